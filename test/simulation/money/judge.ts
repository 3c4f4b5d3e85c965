/**
 * The judge of money. It reads the provider's books, what the tills booked, what guests and staff were told, and nothing of ours: every
 * cent that the provider has of a guest is on a bill, a tip, a donation, or in front of a person.
 */
import type { GuestTable } from '#ordering/deps.ts';
import type { PaymentState } from '#domain/payment.ts';
import type { PosTruth, ToldRound, Violation } from '../checker.ts';

export type BookedRefund = {
  readonly ref: string;
  /** Ours, or null: made on the provider's own screen. */
  readonly refundId: string | null;
  readonly minor: number;
  /** It failed or was withdrawn otherwise. */
  readonly stands: boolean;
};

/** One payment in the provider's books. */
export type ProviderPayment = {
  readonly ref: string;
  readonly attemptId: string;
  /** From the address the guest's browser comes back to. */
  readonly attemptToken: string;
  readonly profileId: string;
  readonly hasWebhook: boolean;
  readonly state: string;
  readonly minor: number;
  /** The sums it ever said it took, which may be wrong ones. */
  readonly shownMinor: ReadonlySet<number>;
  readonly endedAtMs: number | null;
  readonly refunds: readonly BookedRefund[];
  readonly chargedBackMinor: number;
};

/** What a guest was told of a payment. */
export type ToldAttempt = {
  readonly attemptToken: string;
  readonly orderId: string;
  readonly table: GuestTable;
  readonly shareMinor: number;
  readonly tipMinor: number;
  readonly donationMinor: number;
  /** The newest state that was told. */
  readonly state: PaymentState;
};

/** Money that a waiter took and was told is recorded. */
export type TakenCash = { readonly paymentId: string; readonly orderId: string; readonly minor: number };

/** Money that a person gave back and was told is on its way. */
export type AskedRefund = {
  readonly refundId: string;
  readonly paymentId: string;
  readonly minor: number;
  /** `surplus`: the list said to. `kindness`: of a bill that needed the money. */
  readonly why: 'surplus' | 'kindness';
};

/** An order as staff are shown it. */
export type ShownOrder = {
  readonly orderId: string;
  readonly locationId: string;
  readonly state: string;
  readonly totalMinor: number;
  readonly paidMinor: number;
  readonly dueMinor: number;
  readonly tipMinor: number;
  readonly payments: readonly ShownPayment[];
};

/** A payment as staff are shown it. */
export type ShownPayment = {
  readonly paymentId: string;
  readonly state: PaymentState;
  readonly isOnline: boolean;
  /** False: another sum arrived than was asked for, and a person decides. */
  readonly counts: boolean;
  readonly shareMinor: number;
  readonly tipMinor: number;
  readonly donationMinor: number;
  readonly refundedMinor: number;
};

/** What staff are asked to look at. */
export type ListedItem = {
  readonly kind: string;
  readonly orderId: string | null;
  readonly paymentId: string | null;
  readonly minor: number | null;
};

export type MoneyEvidence = {
  readonly provider: readonly ProviderPayment[];
  readonly attempts: ReadonlyMap<string, ToldAttempt>;
  readonly cash: readonly TakenCash[];
  readonly refunds: readonly AskedRefund[];
  readonly orders: readonly ShownOrder[];
  readonly items: readonly ListedItem[];
  readonly rounds: readonly ToldRound[];
  readonly truths: readonly PosTruth[];
};

/** Kinds whose sum is money that goes back, or that a person takes in by hand: of one payment, and of an order as a whole. */
const givesBack: readonly string[] = ['surplus', 'paid-not-in-pos', 'amount-mismatch'];
const givesAllBack: readonly string[] = ['paid-twice', 'paid-voided'];

export type MoneyJudgement = {
  readonly violations: readonly Violation[];
  /** Orders that somebody tried to pay for at the provider. */
  readonly histories: number;
  readonly unexplainedMinor: number;
};

export function judgeMoney(evidence: MoneyEvidence): MoneyJudgement {
  const books = new Map(evidence.provider.map((payment) => [payment.attemptId, payment]));
  const cash = new Map(evidence.cash.map((taken) => [taken.paymentId, taken]));
  const violations: Violation[] = [];
  let unexplainedMinor = 0;
  let histories = 0;
  const shown = new Set<string>();
  for (const order of evidence.orders) {
    for (const payment of order.payments) shown.add(payment.paymentId);
    if (order.payments.some((payment) => payment.isOnline)) histories += 1;
    const judged = judgeOrder(evidence, { order, books, cash });
    unexplainedMinor += judged.unexplainedMinor;
    violations.push(...judged.violations);
  }
  for (const payment of evidence.provider)
    violations.push(...judgePayment(evidence, payment, shown.has(payment.attemptId)));
  for (const taken of evidence.cash)
    if (!shown.has(taken.paymentId))
      violations.push(about(taken.orderId, '', 'cash that was taken is on no order'));
  return { violations, histories, unexplainedMinor };
}

function about(orderId: string, locationId: string, detail: string): Violation {
  return { rule: 'money', locationId, detail: `order ${orderId}: ${detail}` };
}

/** What a guest and staff are told of one payment is what the provider has. */
function judgePayment(
  evidence: MoneyEvidence,
  payment: ProviderPayment,
  isShown: boolean,
): readonly Violation[] {
  const told = evidence.attempts.get(payment.attemptToken);
  const found: Violation[] = [];
  const say = (detail: string) =>
    found.push({
      rule: 'money',
      locationId: told?.table.locationId ?? '',
      detail: `payment ${payment.ref} of attempt ${payment.attemptId}, ${payment.state}: ${detail}`,
    });
  const refundIds = payment.refunds
    .filter((refund) => refund.stands)
    .flatMap(({ refundId }) => refundId ?? []);
  if (new Set(refundIds).size < refundIds.length) say('one refund was made twice');
  if (payment.state !== 'paid') {
    if (told?.state === 'paid') say('the guest is told that it was paid');
    return found;
  }
  if (told === undefined) say('nobody was ever told of it');
  else if (told.state !== 'paid') say(`the guest is told ${told.state}`);
  else if (told.shareMinor + told.tipMinor + told.donationMinor !== payment.minor)
    say(`took ${payment.minor}, and the guest was told another sum`);
  if (!isShown) say('no order shows it');
  const isListed = evidence.items.some(
    (item) =>
      item.kind === 'chargeback' &&
      item.paymentId === payment.attemptId &&
      item.minor === payment.chargedBackMinor,
  );
  if (payment.chargedBackMinor > 0 && !isListed) say(`${payment.chargedBackMinor} were taken back, unseen`);
  for (const refund of payment.refunds)
    if (refund.stands && refund.minor > payment.minor) say('gave back more than it took');
  return found;
}

type Subject = {
  readonly order: ShownOrder;
  readonly books: ReadonlyMap<string, ProviderPayment>;
  readonly cash: ReadonlyMap<string, TakenCash>;
};

function judgeOrder(
  evidence: MoneyEvidence,
  subject: Subject,
): { readonly violations: readonly Violation[]; readonly unexplainedMinor: number } {
  const { order, books } = subject;
  const found: Violation[] = [];
  const say = (detail: string) => found.push(about(order.orderId, order.locationId, detail));
  const ids = new Set(order.payments.map((payment) => payment.paymentId));
  const booked = evidence.truths.flatMap((truth) =>
    truth.payments.filter((payment) => ids.has(payment.reference)),
  );
  if (booked.length > 1) say(`the POS was paid ${booked.length} times`);
  for (const payment of order.payments) {
    const real = books.get(payment.paymentId);
    if (!payment.isOnline) continue;
    if (payment.state === 'paid' && chargedOf(payment) > 0 && real?.state !== 'paid')
      say(`payment ${payment.paymentId} is shown paid, and is ${real?.state ?? 'not'} at the provider`);
    const isAsked = evidence.items.some(
      (item) => item.kind === 'amount-mismatch' && item.paymentId === payment.paymentId,
    );
    if (payment.state === 'paid' && real !== undefined && isShownWrong(real) && !isAsked)
      say(`payment ${payment.paymentId} was said to have taken another sum, and nobody is asked`);
    const backMinor = givenBack(real?.refunds ?? []);
    // The provider tells of a refund on its own screen when it goes to the bank, hours later.
    const thereMinor = givenBack((real?.refunds ?? []).filter(({ refundId }) => refundId === null));
    const { refundedMinor } = payment;
    if (refundedMinor > backMinor || refundedMinor < backMinor - thereMinor)
      say(
        `payment ${payment.paymentId} gave back ${backMinor}, and staff are shown ${payment.refundedMinor}`,
      );
  }
  const sums = sumUp(
    evidence,
    subject,
    booked.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
  );
  if (sums.silent) say('paid in full, not closed in the POS, and nobody is told');
  const restMinor = sums.receivedMinor - sums.explainedMinor;
  const isExplained = restMinor >= 0 && restMinor <= sums.mayBeMinor;
  if (!isExplained) {
    const items = evidence.items.filter((item) => item.orderId === order.orderId);
    say(`${restMinor} unexplained: ${JSON.stringify({ ...sums, order, items })}`);
  }
  return { violations: found, unexplainedMinor: isExplained ? 0 : Math.abs(restMinor) };
}

/** Whoever read it can only have read another sum than was asked for. */
function isShownWrong({ minor, shownMinor }: ProviderPayment): boolean {
  return shownMinor.size > 0 && !shownMinor.has(minor);
}

function chargedOf({ shareMinor, tipMinor, donationMinor }: ShownPayment): number {
  return shareMinor + tipMinor + donationMinor;
}

function givenBack(refunds: readonly BookedRefund[]): number {
  return refunds.filter((refund) => refund.stands).reduce((sum, refund) => sum + refund.minor, 0);
}

/** Received = on the bill, or as the guests' bill shows it while it is open + donations + what is listed to go back + what went back. */
function sumUp(evidence: MoneyEvidence, { order, books, cash }: Subject, bookedMinor: number) {
  const mine = evidence.items.filter((item) => item.orderId === order.orderId);
  const listed = new Map<string, number>();
  for (const item of mine)
    if (item.paymentId !== null && givesBack.includes(item.kind))
      listed.set(item.paymentId, (listed.get(item.paymentId) ?? 0) + (item.minor ?? 0));
  let onlineMinor = 0;
  let cashMinor = 0;
  let donatedMinor = 0;
  let wentBackMinor = 0;
  let kindnessMinor = 0;
  for (const payment of order.payments) {
    const real = books.get(payment.paymentId);
    if (!payment.isOnline) cashMinor += cash.get(payment.paymentId)?.minor ?? 0;
    if (real?.state !== 'paid') continue;
    onlineMinor += real.minor;
    const backMinor = givenBack(real.refunds);
    const kindness = evidence.refunds
      .filter((refund) => refund.paymentId === payment.paymentId && refund.why === 'kindness')
      .map((refund) => refund.refundId);
    const kind = real.refunds
      .filter(({ stands, refundId }) => stands && (refundId === null || kindness.includes(refundId)))
      .reduce((sum, { minor }) => sum + minor, 0);
    kindnessMinor += kind;
    wentBackMinor += backMinor - kind;
    // A donation goes back last, with a payment that nothing needed.
    const keptMinor = real.minor - backMinor;
    if ((listed.get(payment.paymentId) ?? 0) < keptMinor)
      donatedMinor += Math.min(payment.donationMinor, keptMinor);
  }
  const isOpen = order.state === 'open' || order.state === 'awaiting-payment';
  // Until the POS is paid the guests' bill counts a surplus as paid, but for tips and donations of payments it did not need.
  const isCounted = (payment: ShownPayment) => bookedMinor === 0 && isOpen && payment.counts;
  const surplusMinor = order.payments.reduce((sum, payment) => {
    const counted = isCounted(payment) ? Math.max(0, payment.shareMinor - payment.refundedMinor) : 0;
    return sum + Math.max(0, (listed.get(payment.paymentId) ?? 0) - counted);
  }, 0);
  const onBillMinor = bookedMinor > 0 ? bookedMinor : isOpen ? order.paidMinor + order.tipMinor : 0;
  // Whoever closed the order at the till took the cash there.
  const atTillMinor = bookedMinor === 0 && !isOpen ? cashMinor : 0;
  const wholeMinor = sumOf(mine.filter((item) => givesAllBack.includes(item.kind)));
  // Nobody knows yet whether the POS was paid, and a person is asked.
  const inDoubtMinor =
    bookedMinor === 0
      ? sumOf(mine.filter((item) => item.kind === 'write-in-error' && item.paymentId !== null))
      : 0;
  const covered = bookedMinor === 0 && isOpen && order.dueMinor === 0 && order.paidMinor > 0;
  return {
    receivedMinor: onlineMinor + cashMinor,
    explainedMinor: onBillMinor + donatedMinor + surplusMinor + wholeMinor + wentBackMinor,
    mayBeMinor: kindnessMinor + atTillMinor + (isOpen ? 0 : inDoubtMinor),
    silent: covered && mine.length === 0,
    onBillMinor,
    donatedMinor,
    surplusMinor,
    wentBackMinor,
  };
}

function sumOf(items: readonly ListedItem[]): number {
  return items.reduce((sum, item) => sum + (item.minor ?? 0), 0);
}
