/**
 * The independent checker: it reads what the kitchen got, what the till was paid and what guests were told, and nothing of ours.
 * It knows no kernel and no store, so the simulation and the process torture use the same one.
 */

/** Lines that reached the kitchen together. `roundReference` is ours, when the POS shows one. */
export type KitchenPackage = {
  readonly packageRef: string;
  readonly roundReference: string | null;
  readonly orderRef: string;
  readonly tableRef: string;
  readonly atMs: number;
  /** Our reference of each line, or its name where the POS shows none. */
  readonly lines: readonly string[];
};

/** A payment that the till booked under a reference of ours. */
export type BookedPayment = {
  readonly orderRef: string;
  readonly reference: string;
  readonly atMs: number;
  readonly amountMinor: number;
  /** The till was told of it with the order it pays: `reference` is the round's. */
  readonly withOrder?: true;
};

/** One location's POS at the end, as a person standing in it would find it. */
export type PosTruth = {
  readonly locationId: string;
  readonly packages: readonly KitchenPackage[];
  readonly payments: readonly BookedPayment[];
  /** Orders that a person closed, moved or merged at the till. */
  readonly touchedByStaff: ReadonlySet<string>;
};

/** What one guest was told of one round. */
export type ToldRound = {
  readonly roundId: string;
  /** The order it was taken for. Its lane is what keeps the rounds in order. */
  readonly orderId: string;
  /** The order it is shown on at last: a waiter may have moved or closed the first one. */
  readonly lastOrderId: string;
  readonly locationId: string;
  readonly flow: 'pay-first' | 'pay-later';
  /** Our references of its lines, or their names, as `KitchenPackage.lines`. */
  readonly lines: readonly string[];
  readonly submittedAtMs: number;
  /** When the guest was told that it was taken. */
  readonly takenAtMs: number;
  /** The newest state the guest was told; a state of the API. */
  readonly state: string;
  /** Staff are told to look at its order. */
  readonly listed: boolean;
  /** The guest was ever told `accepted`. */
  readonly everAccepted: boolean;
  /** Somebody said that it is still wanted; null: nobody was asked or answered. */
  readonly wantedAtMs: number | null;
  /** Pay-First: when the money was handed over. */
  readonly paidAtMs: number | null;
};

/** Money that was taken and confirmed. `visible`: a person is told that something about it needs a look. */
export type ToldPayment = {
  readonly paymentId: string;
  readonly orderId: string;
  readonly locationId: string;
  readonly takenAtMs: number;
  readonly visible: boolean;
  /** What the console says its order is called in the POS, when no round of ours is on it: a till opened it. */
  readonly tillOrderRef: string | null;
};

export type Bounds = {
  /** A round older than this asks before it is cooked. */
  readonly freshnessMs: number;
  /** The longest time from the decision to send until the POS acts: deadline, late arrival, read lag. */
  readonly landingMs: number;
  /** Something can be learnt of a lost answer: a round that is in the kitchen must be known to be. */
  readonly readable: boolean;
};

export type Violation = {
  readonly rule:
    | 'lost'
    | 'duplicated'
    | 'silent'
    | 'told-no-but-cooked'
    | 'incomplete'
    | 'unknown-package'
    | 'foreign-kitchen'
    | 'out-of-order'
    | 'cooked-unpaid'
    | 'stale'
    | 'payment-lost'
    | 'payment-duplicated'
    | 'payment-unknown'
    | 'paid-before-cooked'
    | 'money';
  readonly locationId: string;
  readonly detail: string;
};

export type Evidence = {
  readonly rounds: readonly ToldRound[];
  readonly payments: readonly ToldPayment[];
  readonly truths: readonly PosTruth[];
  readonly boundsOf: (locationId: string) => Bounds;
};

/** Final words to a guest that mean: this will not be cooked, or somebody is looking into it. */
const saidNo: readonly string[] = ['refused', 'cancelled'];
const saidLook = 'error';

/** Everything that must never be, at the end of a run after which the world came to rest. */
export function check(evidence: Evidence): readonly Violation[] {
  const packages = Map.groupBy(
    evidence.truths.flatMap((truth) =>
      truth.packages.map((entry) => ({ ...entry, locationId: truth.locationId })),
    ),
    (entry) => entry.roundReference ?? '',
  );
  const told = new Map(evidence.rounds.map((round) => [round.roundId, round]));
  return [
    ...evidence.rounds.flatMap((round) => judgeRound(evidence, round, packages.get(round.roundId) ?? [])),
    ...[...packages].flatMap(([reference, found]) =>
      reference === '' || told.has(reference)
        ? []
        : found.map((entry): Violation => ({
            rule: 'unknown-package',
            locationId: entry.locationId,
            detail: `package ${entry.packageRef} of round ${reference}, which no guest was told is taken`,
          })),
    ),
    ...judgeOrder(evidence, packages),
    ...judgePayments(evidence, packages),
  ];
}

/** What a till was told with an order goes by the round's reference: here it gets the name of the payment that it is. */
export function nameBookings(
  truths: readonly PosTruth[],
  told: Pick<Evidence, 'rounds' | 'payments'>,
): readonly PosTruth[] {
  const rounds = new Map(told.rounds.map((round) => [round.roundId, round]));
  const payments = Map.groupBy(told.payments, (payment) => payment.orderId);
  const nameOf = (roundId: string) => {
    const round = rounds.get(roundId);
    const mine = payments.get(round?.lastOrderId ?? '') ?? [];
    return mine.toSorted((a, b) => a.takenAtMs - b.takenAtMs).at(-1)?.paymentId ?? roundId;
  };
  return truths.map((truth) => ({
    ...truth,
    payments: truth.payments.map((booked) =>
      booked.withOrder === true ? { ...booked, reference: nameOf(booked.reference) } : booked,
    ),
  }));
}

type Placed = KitchenPackage & { readonly locationId: string };

function judgeRound(evidence: Evidence, round: ToldRound, all: readonly Placed[]): readonly Violation[] {
  const { locationId, roundId, state } = round;
  const found: Violation[] = [];
  const say = (rule: Violation['rule'], detail: string) =>
    found.push({ rule, locationId, detail: `round ${roundId}: ${detail}` });
  for (const entry of all)
    if (entry.locationId !== locationId) say('foreign-kitchen', `cooked at ${entry.locationId}`);
  const here = all.filter((entry) => entry.locationId === locationId);
  const [cooked] = here;
  if (here.length > 1) say('duplicated', `${here.length} packages, at ${here.map(timeOf).join(', ')}`);
  const looked = saidNo.includes(state) || round.listed;
  if (cooked === undefined) {
    if (round.everAccepted) say('lost', 'the guest was told accepted, the kitchen has nothing');
    else if (state === 'awaiting-payment') {
      if (round.paidAtMs !== null && !round.listed) say('lost', 'paid, and still said to await payment');
    } else if (!looked) say('silent', `the kitchen has nothing and the guest is told ${state}`);
    return found;
  }
  const bounds = evidence.boundsOf(locationId);
  if (saidNo.includes(state)) {
    // A part of it may be there: that is told as what it is, a case for a person.
    if (sameLines(round.lines, cooked.lines))
      say('told-no-but-cooked', `told ${state}, cooked at ${timeOf(cooked)}`);
  } else if (!sameLines(round.lines, cooked.lines)) {
    if (state !== saidLook)
      say('incomplete', `kitchen ${cooked.lines.length} of ${round.lines.length} lines`);
  } else if (state !== 'accepted' && (bounds.readable || !looked)) {
    say('silent', `cooked, and the guest is told ${state}`);
  }
  if (round.flow === 'pay-first' && (round.paidAtMs === null || cooked.atMs < round.paidAtMs))
    say('cooked-unpaid', `cooked at ${timeOf(cooked)}, paid at ${round.paidAtMs ?? 'never'}`);
  const staleMs = round.submittedAtMs + bounds.freshnessMs + bounds.landingMs;
  if (round.flow === 'pay-later' && round.wantedAtMs === null && cooked.atMs > staleMs)
    say('stale', `cooked ${cooked.atMs - round.submittedAtMs} ms after it was ordered, and nobody was asked`);
  return found;
}

function timeOf(entry: KitchenPackage): string {
  return String(entry.atMs);
}

function sameLines(ours: readonly string[], theirs: readonly string[]): boolean {
  const left = ours.toSorted();
  const right = theirs.toSorted();
  return left.length === right.length && left.every((line, index) => line === right[index]);
}

/** Rounds of one POS order are cooked in the order in which their guests were told that they were taken. */
function judgeOrder(
  evidence: Evidence,
  packages: ReadonlyMap<string, readonly Placed[]>,
): readonly Violation[] {
  const found: Violation[] = [];
  const cooked = evidence.rounds.flatMap((round) => {
    const [entry] = packages.get(round.roundId) ?? [];
    return entry === undefined ? [] : [{ round, entry }];
  });
  for (const rounds of Map.groupBy(cooked, ({ round }) => round.orderId).values()) {
    for (const [index, earlier] of rounds.entries()) {
      for (const later of rounds.slice(index + 1)) {
        if (earlier.entry.orderRef !== later.entry.orderRef) continue;
        const [first, second] =
          earlier.round.takenAtMs <= later.round.submittedAtMs ? [earlier, later] : [later, earlier];
        if (first.round.takenAtMs > second.round.submittedAtMs) continue;
        if (first.entry.atMs > second.entry.atMs)
          found.push({
            rule: 'out-of-order',
            locationId: first.round.locationId,
            detail: `round ${second.round.roundId} was cooked before ${first.round.roundId}, which was taken before it`,
          });
      }
    }
  }
  return found;
}

/** Of each order: itself, and where its rounds are at last. Two orders that the till made one have one bill. */
function whereOrdersAre(rounds: readonly ToldRound[]): (payment: ToldPayment) => readonly string[] {
  const byOrder = Map.groupBy(rounds, (round) => round.orderId);
  return ({ orderId }) => [
    ...new Set([orderId, ...(byOrder.get(orderId) ?? []).map((round) => round.lastOrderId)]),
  ];
}

function judgePayments(
  evidence: Evidence,
  packages: ReadonlyMap<string, readonly Placed[]>,
): readonly Violation[] {
  const found: Violation[] = [];
  const booked = evidence.truths.flatMap((truth) =>
    truth.payments.map((payment) => ({ ...payment, locationId: truth.locationId })),
  );
  const byReference = Map.groupBy(booked, (payment) => payment.reference);
  const touchedAt = new Map(evidence.truths.map((truth) => [truth.locationId, truth.touchedByStaff]));
  const rounds = Map.groupBy(evidence.rounds, (round) => round.lastOrderId);
  const ordersOf = whereOrdersAre(evidence.rounds);
  // Several payments may make up one bill: the last one closes it in the POS, for all of them.
  const closed = new Set(
    evidence.payments.filter((payment) => byReference.has(payment.paymentId)).flatMap(ordersOf),
  );
  for (const payment of evidence.payments) {
    const { locationId, paymentId } = payment;
    const say = (rule: Violation['rule'], detail: string) =>
      found.push({ rule, locationId, detail: `payment ${paymentId} of order ${payment.orderId}: ${detail}` });
    const mine = byReference.get(paymentId) ?? [];
    if (mine.length > 1) say('payment-duplicated', `booked ${mine.length} times`);
    if (mine.some((entry) => entry.locationId !== locationId)) say('foreign-kitchen', 'booked elsewhere');
    const orders = ordersOf(payment);
    const packagesOfOrder = orders
      .flatMap((orderId) => rounds.get(orderId) ?? [])
      .flatMap((round) => packages.get(round.roundId) ?? []);
    const [paid] = mine;
    if (paid === undefined) {
      // Whoever closed the order at the till took the same money there.
      const orderRefs = [...packagesOfOrder.map((entry) => entry.orderRef), payment.tillOrderRef ?? ''];
      const isTouched = orderRefs.some((orderRef) => touchedAt.get(locationId)?.has(orderRef));
      if (!payment.visible && !isTouched && !orders.some((orderId) => closed.has(orderId)))
        say('payment-lost', 'taken, not in the POS, and nobody is told');
      continue;
    }
    for (const entry of packagesOfOrder)
      if (entry.orderRef === paid.orderRef && entry.atMs > paid.atMs)
        say(
          'paid-before-cooked',
          `the POS was told ${entry.atMs - paid.atMs} ms before round ${entry.roundReference}`,
        );
  }
  const known = new Set(evidence.payments.map((payment) => payment.paymentId));
  for (const payment of booked)
    if (!known.has(payment.reference))
      found.push({
        rule: 'payment-unknown',
        locationId: payment.locationId,
        detail: `the POS booked ${payment.reference}, which nobody took`,
      });
  return found;
}
