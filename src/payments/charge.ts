import type { PaymentRow } from '#store/schema.ts';

/** What the provider was asked to charge. */
export function chargeOf(payment: Pick<PaymentRow, 'amount_minor' | 'tip_minor' | 'donation_minor'>): number {
  return payment.amount_minor + payment.tip_minor + payment.donation_minor;
}

/** What came in, and so the most that can be given back: what the provider took, where that is another sum. */
export function receivedOf(
  payment: Pick<PaymentRow, 'amount_minor' | 'tip_minor' | 'donation_minor' | 'took_minor'>,
): number {
  return payment.took_minor ?? chargeOf(payment);
}
