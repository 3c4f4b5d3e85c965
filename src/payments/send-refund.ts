import { money } from '#domain/money.ts';
import { isRefundFinal } from '#domain/payment.ts';
import { lockOrder } from '#store/orders.ts';
import { getPayment, listRefunds, lockPayment, updatePayment, updateRefund } from '#store/payments.ts';
import type { RefundRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { openCase } from './cases.ts';
import type { PaymentsDeps } from './deps.ts';
import type { PaymentProvider, ProviderError, ProviderRefund } from './provider.ts';
import { settleOrder } from './settle-order.ts';

/**
 * Asks the provider for a refund that is saved already, under the refund's own key. One that may have been sent before is looked
 * for first: two partial refunds would both be paid.
 */
export async function sendRefund(
  deps: PaymentsDeps,
  provider: PaymentProvider,
  refund: RefundRow,
): Promise<void> {
  const payment = await deps.store.asCompany(refund.company_id, (tx) =>
    getPayment(tx, refund.company_id, refund.payment_id),
  );
  const ref = payment?.provider_ref ?? undefined;
  if (ref === undefined) return;
  const listed = await provider.refunds(ref);
  if (listed.kind === 'failed') return;
  const there = listed.value.find((each) => each.refundId === refund.refund_id);
  if (there !== undefined) {
    await save(deps, refund, { kind: 'done', value: there });
    return;
  }
  // Before the first byte leaves: should this process die now, the next one knows that it may be there.
  await deps.store.asCompany(refund.company_id, (tx) =>
    updateRefund(tx, refund, { state: 'unconfirmed', changed_at_ms: deps.clock.nowMs() }),
  );
  const asked = await provider.refund(ref, {
    refundId: refund.refund_id,
    amount: money(refund.amount_minor, refund.currency),
    description: 'Refund',
    idempotencyKey: refund.refund_id,
  });
  await save(deps, refund, asked.kind === 'done' ? asked : { kind: 'failed', error: asked.error });
}

type Ended =
  | { readonly kind: 'done'; readonly value: ProviderRefund }
  | { readonly kind: 'failed'; readonly error: ProviderError };

async function save(deps: PaymentsDeps, refund: RefundRow, ended: Ended): Promise<void> {
  await deps.store.asCompany(refund.company_id, async (tx) => {
    const order = await lockOrder(tx, refund.company_id, refund.order_id);
    const payment = await lockPayment(tx, refund);
    const current = (await listRefunds(tx, refund)).find((row) => row.refund_id === refund.refund_id);
    if (order === undefined || payment === undefined || current === undefined) return;
    if (isRefundFinal(current.state)) return;
    const nowMs = deps.clock.nowMs();
    if (ended.kind === 'done') {
      await updateRefund(tx, current, {
        state: ended.value.state,
        provider_ref: ended.value.ref,
        changed_at_ms: nowMs,
      });
      if (ended.value.state === 'failed' || ended.value.state === 'canceled')
        await giveUp(tx, deps, current, ended.value.state);
    } else if (isLastingNo(ended.error)) {
      await updateRefund(tx, current, {
        state: 'failed',
        error_detail: ended.error.detail,
        changed_at_ms: nowMs,
      });
      await giveUp(tx, deps, current, ended.error.code);
    } else {
      await updateRefund(tx, current, { error_detail: ended.error.detail, changed_at_ms: nowMs });
      return;
    }
    await recount(tx, refund);
    await settleOrder(tx, deps, order);
  });
}

/** `conflict` is a repetition that the provider knows of: the next look finds it in the list. */
function isLastingNo(error: ProviderError): boolean {
  return error.code === 'invalid' || error.code === 'payment-unknown';
}

async function giveUp(tx: Tx, deps: PaymentsDeps, refund: RefundRow, endedAs: string): Promise<void> {
  await openCase(tx, deps.clock, refund, {
    kind: 'refund-failed',
    amountMinor: refund.amount_minor,
    facts: { endedAs },
  });
}

async function recount(tx: Tx, refund: RefundRow): Promise<void> {
  const refunds = await listRefunds(tx, refund);
  const standing = refunds.filter((row) => row.state !== 'failed' && row.state !== 'canceled');
  await updatePayment(tx, refund, {
    refunded_minor: standing.reduce((sum, row) => sum + row.amount_minor, 0),
  });
}
