import type { Reference } from '#domain/reference.ts';
import { announceChange, listRounds, lockOrder, updateOrder } from '#store/orders.ts';
import { listPayments } from '#store/payments.ts';
import { getTable } from '#store/tables.ts';
import { changeWrite, listOrderWrites } from '#store/writes.ts';
import { refuse } from './deps.ts';
import type { PaymentsDeps, Refused } from './deps.ts';
import { exportCart, settleOrder } from './settle-order.ts';

/**
 * A paid order that the POS refused goes there once more, because a person says so: the rounds under the references they had, so that
 * whatever the POS has of them after all is found, and then its mark-paid.
 */
export async function sendPaidAgain(
  deps: PaymentsDeps,
  asked: { readonly companyId: string; readonly orderId: string },
): Promise<{ readonly kind: 'sending' } | Refused> {
  return deps.store.asCompany(asked.companyId, async (tx) => {
    const order = await lockOrder(tx, asked.companyId, asked.orderId as Reference);
    if (order === undefined) return refuse('order-unknown');
    const writes = await listOrderWrites(tx, order.company_id, [order.order_id]);
    const placing = writes.filter((write) => write.kind === 'create-order');
    const refused =
      placing.length > 0 && placing.every(({ state }) => state === 'refused' || state === 'cancelled');
    if (order.state !== 'open' || order.pos_ref !== null || order.paid_minor === 0 || !refused)
      return refuse('order-closed');
    const table = await getTable(tx, order.company_id, order.table_id);
    if (table === undefined) throw new Error('an order without its table');
    const nowMs = deps.clock.nowMs();
    for (const write of writes.filter(({ state }) => state === 'error'))
      await changeWrite(tx, write, { state: 'cancelled', due_at_ms: nowMs, changed_at_ms: nowMs });
    const rounds = await listRounds(tx, order.company_id, [order.order_id]);
    // An order that was nowhere needed no tip; now it does again.
    const payments = await listPayments(tx, order.company_id, [order.order_id]);
    const tipMinor = payments
      .filter((payment) => payment.state === 'paid' && payment.counts)
      .reduce((sum, payment) => sum + payment.tip_minor, 0);
    const total = rounds.reduce((sum, round) => sum + round.total_minor, 0);
    const paid = { ...order, paid_minor: Math.min(order.paid_minor, total), tip_minor: tipMinor };
    await exportCart(tx, paid, { rounds, table }, nowMs);
    await updateOrder(tx, order, { covered_minor: null }, nowMs);
    await settleOrder(tx, deps, { ...order, covered_minor: null }, { anew: true });
    const place = { companyId: order.company_id, locationId: order.location_id, orderId: order.order_id };
    await deps.logFlow(tx, { ...place, event: 'sent-again', detail: '', atMs: nowMs });
    await announceChange(tx, place);
    return { kind: 'sending' };
  });
}
