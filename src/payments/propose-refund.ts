import { makeReference } from '#domain/reference.ts';
import { insertRefund, listRefunds, updatePayment } from '#store/payments.ts';
import type { PaymentRow, RefundRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { receivedOf } from './charge.ts';
import { refuse } from './deps.ts';
import type { PaymentsDeps, Refused } from './deps.ts';

export type RefundWish = {
  readonly payment: PaymentRow;
  readonly amountMinor: number;
  readonly reason: string;
  /** Null: by the location's setting. */
  readonly userId: string | null;
};

/**
 * Saves a refund before anybody is asked for it; whoever looks at the payment next sends it. The caller holds the locks of the
 * order and the payment. Refused while another refund of the payment is being sent: two at once would both be paid.
 */
export async function proposeRefund(
  tx: Tx,
  deps: Pick<PaymentsDeps, 'clock' | 'randomBytes'>,
  wish: RefundWish,
): Promise<RefundRow | Refused> {
  const { payment, amountMinor } = wish;
  if (payment.state !== 'paid') return refuse('payment-unknown');
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0) return refuse('amount-invalid');
  if (amountMinor > receivedOf(payment) - payment.refunded_minor) return refuse('amount-over-paid');
  const refunds = await listRefunds(tx, payment);
  if (refunds.some(({ state }) => state === 'created' || state === 'unconfirmed'))
    return refuse('refund-running');
  const nowMs = deps.clock.nowMs();
  // What a waiter took, a waiter gives back: there is nobody else to ask.
  const state = payment.kind === 'online' ? 'created' : 'refunded';
  const refund: RefundRow = {
    company_id: payment.company_id,
    refund_id: makeReference(deps.randomBytes),
    payment_id: payment.payment_id,
    order_id: payment.order_id,
    location_id: payment.location_id,
    state,
    amount_minor: amountMinor,
    currency: payment.currency,
    reason: wish.reason,
    user_id: wish.userId,
    provider_ref: null,
    error_detail: null,
    created_at_ms: nowMs,
    changed_at_ms: nowMs,
  };
  await insertRefund(tx, refund);
  await updatePayment(tx, payment, {
    refunded_minor: payment.refunded_minor + amountMinor,
    ...(state === 'created' ? { check_from_ms: nowMs, check_at_ms: nowMs } : {}),
  });
  return refund;
}
