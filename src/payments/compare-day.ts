import type { PaymentKind } from '#domain/payment.ts';

/** What a business day's three books say, in minor units of one currency. Plain figures, so that the comparison is pure. */
export type DayFacts = {
  readonly payments: readonly DayPayment[];
  readonly orders: readonly DayOrder[];
  /** Paid at the provider inside the day, and no payment of this day here. */
  readonly strangers: readonly { readonly providerRef: string; readonly amountMinor: number }[];
};

export type DayPayment = {
  readonly paymentId: string;
  readonly orderId: string;
  readonly kind: PaymentKind;
  readonly chargedMinor: number;
  readonly refundedMinor: number;
  readonly chargedBackMinor: number;
  /** What the provider says of it; null: it could not be asked. Absent for money a waiter took. */
  readonly provider?: {
    readonly paidMinor: number;
    readonly refundedMinor: number;
    readonly chargedBackMinor: number;
  } | null;
};

export type DayOrder = {
  readonly orderId: string;
  /** What our mark-paid told the POS, tip included; null: none was delivered. */
  readonly toldMinor: number | null;
  readonly tipMinor: number;
  /** As the POS shows it now; null: it could not be read, or never came there. */
  readonly pos: { readonly state: 'open' | 'settled' | 'voided'; readonly paidMinor: number } | null;
};

export const differenceKinds = {
  'provider-unread': 'The provider could not be asked about this payment.',
  'not-paid-at-provider': 'Our journal has it paid, the provider does not.',
  'provider-sum': 'The provider took another sum than our journal says.',
  'refund-sum': 'The provider gave back another sum than our journal says.',
  'chargeback-sum': 'The bank took back another sum than our journal says.',
  'not-in-journal': 'The provider was paid, and our journal does not know it.',
  'pos-not-marked': 'Guests paid, and the POS was not told, or did not take it.',
  'pos-unread': 'The POS could not show this order.',
  'pos-open': 'The POS was marked paid and still shows the order open.',
  'pos-voided': 'The order was paid here and is voided in the POS.',
  'pos-sum': 'The POS was paid another sum than we told it.',
} as const;
export type DifferenceKind = keyof typeof differenceKinds;

export type Difference = {
  readonly kind: DifferenceKind;
  readonly orderId: string | null;
  readonly paymentId: string | null;
  readonly providerRef: string | null;
  readonly oursMinor: number | null;
  readonly theirsMinor: number | null;
};

/** Every difference between what the provider took, what stands in our journal, and what the POS was paid. Pure. */
export function compareDay(day: DayFacts): readonly Difference[] {
  return [
    ...day.payments.flatMap(compareWithProvider),
    ...day.strangers.map((stranger) =>
      difference('not-in-journal', { providerRef: stranger.providerRef, theirsMinor: stranger.amountMinor }),
    ),
    ...day.orders.flatMap(compareWithPos),
  ];
}

function compareWithProvider(payment: DayPayment): readonly Difference[] {
  const { paymentId, orderId, provider } = payment;
  if (provider === undefined) return [];
  const of = (kind: DifferenceKind, oursMinor: number, theirsMinor: number | null) =>
    difference(kind, { paymentId, orderId, oursMinor, theirsMinor });
  if (provider === null) return [of('provider-unread', payment.chargedMinor, null)];
  const found: Difference[] = [];
  if (provider.paidMinor === 0) found.push(of('not-paid-at-provider', payment.chargedMinor, 0));
  else if (provider.paidMinor !== payment.chargedMinor)
    found.push(of('provider-sum', payment.chargedMinor, provider.paidMinor));
  if (provider.refundedMinor !== payment.refundedMinor)
    found.push(of('refund-sum', payment.refundedMinor, provider.refundedMinor));
  if (provider.chargedBackMinor !== payment.chargedBackMinor)
    found.push(of('chargeback-sum', payment.chargedBackMinor, provider.chargedBackMinor));
  return found;
}

function compareWithPos(order: DayOrder): readonly Difference[] {
  const { orderId, toldMinor, tipMinor, pos } = order;
  const theirsMinor = pos?.paidMinor ?? null;
  const of = (kind: DifferenceKind) => [difference(kind, { orderId, oursMinor: toldMinor, theirsMinor })];
  if (toldMinor === null) return of('pos-not-marked');
  if (pos === null) return of('pos-unread');
  if (pos.state === 'open') return of('pos-open');
  if (pos.state === 'voided') return of('pos-voided');
  // Without a tip item the POS was paid the bill alone.
  const agrees = pos.paidMinor === toldMinor || pos.paidMinor === toldMinor - tipMinor;
  return agrees ? [] : of('pos-sum');
}

function difference(kind: DifferenceKind, found: Partial<Omit<Difference, 'kind'>>): Difference {
  return {
    kind,
    orderId: null,
    paymentId: null,
    providerRef: null,
    oursMinor: null,
    theirsMinor: null,
    ...found,
  };
}
