import type { Ticket } from '#twins/definition.ts';
import type { ToldPayment, ToldRound } from './told.ts';

/** An order as the POS itself shows it. */
export type PosOrder = {
  readonly orderRef: string;
  readonly restaurant: string;
  readonly state: string;
  readonly payments: readonly { readonly amount: number; readonly reference: string | null }[];
};

export type Violation = { readonly rule: string; readonly detail: string };

export type Verdict = {
  readonly violations: readonly Violation[];
  readonly counts: Readonly<Record<string, number>>;
};

type Evidence = {
  readonly rounds: readonly ToldRound[];
  readonly payments: readonly ToldPayment[];
  readonly tickets: readonly Ticket[];
  readonly orders: readonly PosOrder[];
};

/** A marked line on the kitchen's paper. */
type Cooked = {
  readonly quantity: number;
  readonly packageRef: string;
  readonly orderRef: string;
  readonly restaurant: string;
  readonly atMs: number;
  /** Place among all tickets: two may be printed in one millisecond. */
  readonly place: number;
};

/**
 * Compares the kitchen's paper and the till's orders with what guests and waiters were told; reads nothing of ours. A line is
 * known by the guest's own words on it, so a copy is seen whatever reference the POS gave it.
 */
export function check(evidence: Evidence): Verdict {
  const cooked = readKitchen(evidence.tickets);
  const violations: Violation[] = [];
  const say = (rule: string, detail: string) => void violations.push({ rule, detail });
  for (const round of evidence.rounds) judgeRound(round, cooked, say);
  judgeOrder(evidence.rounds, cooked, say);
  judgePayments(evidence, cooked, say);
  const known = new Set(evidence.rounds.flatMap((round) => round.marks.map(({ note }) => note)));
  for (const note of cooked.keys()) if (!known.has(note)) say('unknown-line', `the kitchen cooked ${note}`);
  return { violations, counts: count(evidence, cooked) };
}

type Kitchen = ReadonlyMap<string, readonly Cooked[]>;
type Say = (rule: string, detail: string) => void;

function readKitchen(tickets: readonly Ticket[]): Kitchen {
  const found: (Cooked & { readonly note: string })[] = [];
  for (const [place, ticket] of tickets.entries()) {
    if (ticket.kind !== 'order') continue;
    for (const line of ticket.lines)
      for (const note of line.modifiers.filter((text) => text.startsWith('venue-')))
        found.push({
          note,
          quantity: line.quantity,
          packageRef: ticket.packageRef,
          orderRef: ticket.orderRef,
          restaurant: ticket.restaurant,
          atMs: ticket.at,
          place,
        });
  }
  return Map.groupBy(found, ({ note }) => note);
}

function linesOf(round: ToldRound, kitchen: Kitchen): readonly Cooked[] {
  return round.marks.flatMap(({ note }) => kitchen.get(note) ?? []);
}

function judgeRound(round: ToldRound, kitchen: Kitchen, sayAny: Say): void {
  const say = (rule: string, detail: string) =>
    sayAny(
      rule,
      `${round.key} (${[...round.roundIds].join(', ') || 'not taken'}, told ${round.state}): ${detail}`,
    );
  const lines = linesOf(round, kitchen);
  if (round.roundIds.size > 1) say('two-rounds', 'one key was answered with two rounds');
  for (const { note, quantity } of round.marks) {
    const copies = kitchen.get(note) ?? [];
    if (copies.length > 1) say('duplicated', `${note} was cooked ${copies.length} times`);
    else if (copies.some((line) => line.quantity !== quantity)) say('altered', `${note}: another quantity`);
  }
  if (new Set(lines.map((line) => line.packageRef)).size > 1) say('split', 'more than one package');
  const elsewhere = lines.find((line) => line.restaurant !== round.venue.locationId);
  if (elsewhere !== undefined) say('foreign-kitchen', `cooked at ${elsewhere.restaurant}`);
  const isWhole = round.marks.every(({ note }) => kitchen.has(note));
  if (lines.length > 0 && !isWhole) say('incomplete', 'some lines are not in the kitchen');
  if (round.table.flow === 'pay-first' && lines.some((line) => line.atMs < (round.payAskedAtMs ?? Infinity)))
    say('cooked-unpaid', 'cooked before anybody paid');
  if (round.takenAtMs === null) return;
  if (lines.length === 0) judgeMissing(round, say);
  else if (round.state !== 'accepted')
    say('cooked-untold', 'in the kitchen, and the guest is told otherwise');
}

/** Taken and not in the kitchen: the guest must have been told, or a person must have been asked. */
function judgeMissing(round: ToldRound, say: Say): void {
  if ((round.state === 'error' || round.waitsForAPerson) && !round.everAccepted) return;
  if (round.state === 'awaiting-payment' && round.payAskedAtMs === null) return;
  // Nothing here is sold out and no table is closed, so no lasting no is right.
  say('lost', 'taken, and not in the kitchen');
}

/**
 * What was taken before another round was posted is cooked before it, when guests were told the same order for both and both are
 * on one order of the POS. A round that started anew, because its order was closed, stands in the new order's lane as a late one.
 */
function judgeOrder(rounds: readonly ToldRound[], kitchen: Kitchen, say: Say): void {
  for (const [earlier, later] of listOvertaken(rounds, kitchen))
    if (earlier.orderId === later.orderId)
      say('out-of-order', `${later.key} was cooked before ${earlier.key}`);
}

type Pair = readonly [earlier: ToldRound, later: ToldRound];

function listOvertaken(rounds: readonly ToldRound[], kitchen: Kitchen): readonly Pair[] {
  const placed = rounds.flatMap((round) => {
    const [first] = linesOf(round, kitchen);
    return first === undefined ? [] : [{ round, ...first }];
  });
  const pairs: Pair[] = [];
  for (const together of Map.groupBy(placed, ({ orderRef }) => orderRef).values())
    for (const earlier of together)
      for (const later of together)
        if ((earlier.round.takenAtMs ?? Infinity) < later.round.postedAtMs && earlier.place > later.place)
          pairs.push([earlier.round, later.round]);
  return pairs;
}

/** Money that was taken is in the POS: the order is closed there, or a person is asked to look. */
function judgePayments(evidence: Evidence, kitchen: Kitchen, say: Say): void {
  const orders = new Map(evidence.orders.map((order) => [order.orderRef, order]));
  const rounds = Map.groupBy(evidence.rounds, (round) => round.orderId ?? '');
  const references = new Set<string>();
  for (const payment of evidence.payments) {
    if (payment.takenAtMs === null) continue;
    const cooked = (rounds.get(payment.orderId) ?? []).flatMap((round) => linesOf(round, kitchen));
    const closed = cooked.some((line) => orders.get(line.orderRef)?.state === 'settled');
    if (!closed && !payment.visible)
      say('payment-lost', `order ${payment.orderId} was paid and is not closed in the POS`);
  }
  for (const order of evidence.orders)
    for (const { reference } of order.payments) {
      if (reference === null) continue;
      if (references.has(reference)) say('payment-duplicated', `${reference} was booked twice`);
      references.add(reference);
    }
}

function count(evidence: Evidence, kitchen: Kitchen): Verdict['counts'] {
  const { rounds, payments } = evidence;
  const taken = rounds.filter((round) => round.takenAtMs !== null);
  const inState = (state: string) => taken.filter((round) => round.state === state).length;
  return {
    rounds: rounds.length,
    taken: taken.length,
    accepted: inState('accepted'),
    heldForAPerson: inState('error'),
    waitBehindOneHeld: taken.filter((round) => round.waitsForAPerson).length,
    unpaidCarts: inState('awaiting-payment'),
    ...Object.fromEntries(
      [...Map.groupBy(rounds, (round) => round.refusedAs ?? '')]
        .filter(([code]) => code !== '')
        .map(([code, refused]) => [`refused at once: ${code}`, refused.length]),
    ),
    payments: payments.filter((payment) => payment.takenAtMs !== null).length,
    paymentsHeldForAPerson: payments.filter((payment) => payment.visible).length,
    overtakenAfterStartingAnew: new Set(
      listOvertaken(rounds, kitchen)
        .filter(([earlier, later]) => earlier.orderId !== later.orderId)
        .map(([earlier]) => earlier),
    ).size,
    linesCooked: kitchen.size,
    ordersInPos: evidence.orders.length,
  };
}
