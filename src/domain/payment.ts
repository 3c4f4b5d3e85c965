import { currencyDigits } from './money.ts';
import type { Currency } from './money.ts';
import { hourMs, minuteMs } from './time.ts';

/**
 * `online` through a payment provider's checkout page; `cash` and `terminal` are taken by a waiter; `third-party` was collected by
 * whoever posted the order, before it reached us.
 */
export const paymentKinds = ['cash', 'terminal', 'online', 'third-party'] as const;
export type PaymentKind = (typeof paymentKinds)[number];

/**
 * The life of a payment, the same for cash, terminal and online.
 *
 * - `created`     saved; the provider is being asked for a checkout.
 * - `unconfirmed` the provider's answer was lost; only looking there moves it.
 * - `open`        the guest has a checkout to pay at.
 * - `paid`        the money is there. Final: refunds and chargebacks stand beside it and move no state.
 * - `failed`, `canceled`, `expired` ended without money. A provider that says `paid` later is believed: money is recorded
 *   whatever was said before.
 */
export const paymentTransitions = {
  created: ['unconfirmed', 'open', 'paid', 'failed', 'canceled', 'expired'],
  unconfirmed: ['open', 'paid', 'failed', 'canceled', 'expired'],
  open: ['paid', 'failed', 'canceled', 'expired'],
  paid: [],
  failed: ['paid'],
  canceled: ['paid'],
  expired: ['paid'],
} as const satisfies Record<string, readonly string[]>;

export type PaymentState = keyof typeof paymentTransitions;

export function canPaymentMove(from: PaymentState, to: PaymentState): boolean {
  return (paymentTransitions[from] as readonly PaymentState[]).includes(to);
}

/** A guest may still pay it. */
export function isUnderWay(state: PaymentState): boolean {
  return state === 'created' || state === 'unconfirmed' || state === 'open';
}

/** `created` and `unconfirmed` are ours; the others are the provider's. The last three are final. */
export const refundStates = [
  'created',
  'unconfirmed',
  'queued',
  'pending',
  'processing',
  'refunded',
  'failed',
  'canceled',
] as const;
export type RefundState = (typeof refundStates)[number];

/** Money that is back with the guest or on its way. */
export function refundCounts(state: RefundState): boolean {
  return state !== 'failed' && state !== 'canceled';
}

/** How far a refund has come: a reading that began earlier must not take it back. */
export function canRefundMove(from: RefundState, to: RefundState): boolean {
  return !isRefundFinal(from) && refundStates.indexOf(to) > refundStates.indexOf(from);
}

export function isRefundFinal(state: RefundState): boolean {
  return state === 'refunded' || state === 'failed' || state === 'canceled';
}

/** What a location collects for somebody else, e.g. a food bank. Never part of an order. */
export type Donation = {
  readonly cause: string;
  readonly amountsMinor: readonly number[];
  /** Guests may round what they are charged up to the next whole unit of the currency. */
  readonly roundUp?: boolean;
};

/** What is missing to the next whole unit of the currency. Nothing where the sum is whole, as every sum of yen is. */
export function roundUpMinor(chargeMinor: number, currency: Currency): number {
  const unit = 10 ** currencyDigits[currency];
  return (unit - (chargeMinor % unit)) % unit;
}

/** What of a payment counts toward a bill. */
export type CountedPayment = {
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly tipMinor: number;
  readonly refundedMinor: number;
  /** What of it closed the bill in the POS, once the POS was told; absent while it was not. */
  readonly coversMinor?: number;
  /** Whether the POS has its tip, once nothing more of the order is told there; absent while it may still be told. */
  readonly tipIsTold?: boolean;
};

export type Counted = {
  /** Everything kept for the bill, a surplus included. */
  readonly paidMinor: number;
  /** Tips of payments that the bill needed, by payment; none of nothing. */
  readonly tipsMinor: ReadonlyMap<string, number>;
  /** Per payment that the bill did not need in full, what of it is too much; its tip, where nothing else is left and no POS has it. */
  readonly surplusMinor: ReadonlyMap<string, number>;
  /** What of each payment the bill needs. */
  readonly neededMinor: ReadonlyMap<string, number>;
};

/** What is left of a payment for the bill: a refund takes from it first, then from the tip. */
export function keptForBill(payment: CountedPayment): number {
  return Math.max(0, payment.amountMinor - payment.refundedMinor);
}

function keptTip(payment: CountedPayment): number {
  const beyondBill = Math.max(0, payment.refundedMinor - payment.amountMinor);
  return Math.max(0, payment.tipMinor - beyondBill);
}

/**
 * Counts paid payments against a bill in the order they came: the first ones fill it, what is beyond is surplus. Always from
 * scratch, so that a bill that grew takes a surplus in again, until the POS was told: from then on each payment covers what it covered
 * then, whatever comes to light or goes back later. A payment the bill did not need at all leaves no tip either: its guest paid the
 * same thing a second time. One whose share was given back leaves its tip, unless the POS closed without it.
 */
export function countPayments(billMinor: number, payments: readonly CountedPayment[]): Counted {
  let leftMinor = billMinor;
  let paidMinor = 0;
  const tipsMinor = new Map<string, number>();
  const surplusMinor = new Map<string, number>();
  const neededMinor = new Map<string, number>();
  for (const payment of payments) {
    const kept = keptForBill(payment);
    const needed = Math.min(kept, payment.coversMinor ?? Math.max(0, leftMinor));
    neededMinor.set(payment.paymentId, needed);
    leftMinor -= needed;
    paidMinor += kept;
    if (kept > needed) surplusMinor.set(payment.paymentId, kept - needed);
    const tip = keptTip(payment);
    if (tip === 0) continue;
    if (bringsTip(payment, needed)) tipsMinor.set(payment.paymentId, tip);
    else if (kept === 0) surplusMinor.set(payment.paymentId, tip);
  }
  return { paidMinor, tipsMinor, surplusMinor, neededMinor };
}

function bringsTip(payment: CountedPayment, needed: number): boolean {
  if (needed > 0 || payment.tipIsTold === true) return true;
  return payment.tipIsTold === undefined && keptForBill(payment) === 0;
}

/** On a coffee a tip may be this many whole units of the currency, whatever the limit in percent. */
const smallTipMax = 10;
export const tipMaxPercentDefault = 100;

/** The largest tip on a share, by the location's limit in percent of it. With a limit of nothing no tips are taken. */
export function tipMaxMinor(
  shareMinor: number,
  currency: Currency,
  maxPercent: number = tipMaxPercentDefault,
): number {
  if (maxPercent === 0) return 0;
  return Math.max(Math.floor((shareMinor * maxPercent) / 100), smallTipMax * 10 ** currencyDigits[currency]);
}

/** Nobody else may pay the same while a guest is at the checkout, for this long. */
export const lockMs = 10 * minuteMs;

/** When a payment that is not final is looked at although nobody called: first these, then hourly, then never again. */
const checksMs = [1, 3, 10, 31, 45].map((minutes) => minutes * minuteMs);
const hourlyChecks = 26;
const scheduleMs = [
  ...checksMs,
  ...Array.from({ length: hourlyChecks }, (_, hour) => (hour + 1) * hourMs),
] as const;

/** The first look after `nowMs` of a schedule that began at `fromMs`; null: it has ended. */
export function nextCheckAtMs(fromMs: number, nowMs: number): number | null {
  const next = scheduleMs.find((afterMs) => fromMs + afterMs > nowMs);
  return next === undefined ? null : fromMs + next;
}
