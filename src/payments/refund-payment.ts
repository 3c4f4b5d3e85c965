import { parseNote } from '#domain/text.ts';
import { findAnswer, saveAnswer, takeKey } from '#store/idempotency.ts';
import { getPayment, listRefunds } from '#store/payments.ts';
import { settleOrder } from './settle-order.ts';
import { viewRefund } from './console-payments.ts';
import type { RefundView } from './console-payments.ts';
import { PaymentRefused, refuse } from './deps.ts';
import type { PaymentsDeps, Refused } from './deps.ts';
import { receivedOf } from './charge.ts';
import { proposeRefund } from './propose-refund.ts';
import { refundableSurplusMinor } from './surplus.ts';
import { syncPayment, underLocks } from './sync-payment.ts';

/** What a reason may hold: enough for an accountant to understand it next year. */
export const reasonLengthMax = 200;

export type RefundRequest = {
  readonly companyId: string;
  readonly userId: string;
  readonly paymentId: string;
  /** Undefined: everything that is left of it. */
  readonly amountMinor: number | undefined;
  readonly reason: string;
  /** Only what is too much, and nothing that the bill needs by now: what the list said may have been said before it changed. */
  readonly onlySurplus?: boolean;
  readonly idempotencyKey: string;
};

export type Refunded = { readonly kind: 'refunded'; readonly refund: RefundView };

/**
 * Gives money back through whoever took it. The POS is told nothing: what was sold is voided at the till, by a person. Saved before
 * anybody is asked; a lost answer is looked up on schedule and never sent blindly again.
 */
export async function refundPayment(deps: PaymentsDeps, request: RefundRequest): Promise<Refunded | Refused> {
  const { companyId, paymentId } = request;
  const reason = parseNote(request.reason, reasonLengthMax);
  if (reason.kind === 'bad') return refuse(`note-${reason.code}`);
  if (reason.text === '') return refuse('note-required');
  const scope = { companyId, scope: `refund:${paymentId}`, key: request.idempotencyKey };
  const bodyHash = `${request.amountMinor ?? 'all'} ${request.onlySurplus === true ? 'surplus ' : ''}${reason.text}`;
  const payment = await deps.store.asCompany(companyId, (tx) => getPayment(tx, companyId, paymentId));
  if (payment === undefined) return refuse('payment-unknown');
  const saved = await underLocks(deps, payment, async (tx, held) => {
    const taken = await takeKey(tx, scope, { bodyHash, nowMs: deps.clock.nowMs() });
    if (taken.kind === 'other-body') throw new PaymentRefused(refuse('idempotency-key-reused'));
    if (taken.kind === 'running') throw new PaymentRefused(refuse('request-running'));
    if (taken.kind === 'answered') return (await findAnswer(tx, scope, bodyHash)).kind;
    const amountMinor = request.amountMinor ?? receivedOf(held.payment) - held.payment.refunded_minor;
    if (request.onlySurplus === true && amountMinor > refundableSurplusMinor(held.payment))
      throw new PaymentRefused(refuse('amount-over-surplus'));
    const proposed = await proposeRefund(tx, deps, {
      payment: held.payment,
      amountMinor,
      reason: reason.text,
      userId: request.userId,
    });
    if ('kind' in proposed) throw new PaymentRefused(proposed);
    await saveAnswer(tx, scope, { refundId: proposed.refund_id });
    const { order } = held;
    await deps.logFlow(tx, {
      companyId,
      locationId: order.location_id,
      orderId: order.order_id,
      event: 'refund-asked',
      detail: proposed.refund_id,
      atMs: deps.clock.nowMs(),
    });
    await settleOrder(tx, deps, order);
    return 'saved';
  }).catch((error: unknown) => {
    if (error instanceof PaymentRefused) return error.refused;
    throw error;
  });
  if (typeof saved !== 'string') return saved;
  await syncPayment(deps, { companyId, paymentId: payment.payment_id });
  return deps.store.asCompany(companyId, async (tx) => {
    const remembered = await findAnswer(tx, scope, bodyHash);
    const refundId =
      remembered.kind === 'answered' ? (remembered.answer as { refundId: string }).refundId : '';
    const refund = (await listRefunds(tx, payment)).find((row) => row.refund_id === refundId);
    if (refund === undefined) throw new Error(`refund ${refundId} was saved and is gone`);
    return { kind: 'refunded', refund: viewRefund(refund) };
  });
}
