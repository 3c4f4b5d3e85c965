import { makeReference } from '#domain/reference.ts';
import { updatePayment } from '#store/payments.ts';
import type { OrderRow, PaymentRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { PaymentsDeps } from './deps.ts';
import { makeReceipt } from './make-receipt.ts';
import { settleOrder } from './settle-order.ts';

export type PaidFacts = {
  readonly paidAtMs: number;
  /** What it was paid with, for receipt and reports: `cash`, `terminal`, or the provider's own word. */
  readonly paidWith: string;
  /** Another sum arrived than was asked for: recorded, and counted only once a person has looked. */
  readonly counts: boolean;
};

/**
 * The money is there: recorded with its waiter and its receipt, and counted against the bill. The one way into `paid`, for cash,
 * terminal and online. The caller holds the locks of the order and the payment.
 */
export async function recordPaid(
  tx: Tx,
  deps: PaymentsDeps,
  { order, payment }: { readonly order: OrderRow; readonly payment: PaymentRow },
  facts: PaidFacts,
): Promise<OrderRow> {
  const waiter = order.snapshot?.waiter ?? null;
  await updatePayment(tx, payment, {
    state: 'paid',
    counts: facts.counts,
    paid_at_ms: facts.paidAtMs,
    paid_with: facts.paidWith,
    waiter_id: waiter?.staffId ?? null,
    waiter_name: waiter?.name ?? null,
    locked_until_ms: null,
    checkout_url: null,
    receipt_token: makeReference(deps.randomBytes),
    receipt: JSON.stringify(await makeReceipt(tx, order, payment, facts)),
  });
  const place = { companyId: order.company_id, locationId: order.location_id, orderId: order.order_id };
  await deps.logFlow(tx, {
    ...place,
    event: `${payment.kind}-paid`,
    detail: payment.payment_id,
    atMs: deps.clock.nowMs(),
  });
  return settleOrder(tx, deps, order);
}
