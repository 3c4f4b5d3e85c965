import type { Reference } from '#domain/reference.ts';
import { listOrders, lockOrder } from '#store/orders.ts';
import { listPayments } from '#store/payments.ts';
import type { OrderRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { listOrderWrites } from '#store/writes.ts';
import type { PaymentsDeps } from './deps.ts';
import { readBill } from './read-bill.ts';
import { settleOrder } from './settle-order.ts';

/**
 * Something about an order changed: a round arrived, the till changed the bill, the POS refused to close it. Where guests have paid
 * for it, the payments are counted anew against the bill. After a mark-paid that the POS refused because the bill had changed, the
 * bill is read first.
 */
export async function followOrder(
  deps: PaymentsDeps,
  which: { readonly companyId: string; readonly orderId: string },
): Promise<void> {
  const { companyId } = which;
  const unread = await deps.store.asCompany(companyId, async (tx) => {
    const [order] = await listToFollow(tx, companyId, [which.orderId]);
    if (order === undefined) return undefined;
    if (isUnread(order, await listOrderWrites(tx, companyId, [order.order_id]))) return order;
    return settle(tx, deps, order);
  });
  if (unread === undefined) return;
  await readBill(deps, unread);
  await deps.store.asCompany(companyId, (tx) => settle(tx, deps, unread));
}

/** Those of these orders whose payments may have to be counted anew: somebody has paid, and they are not over. */
export async function listToFollow(
  tx: Tx,
  companyId: string,
  orderIds: readonly string[],
): Promise<readonly OrderRow[]> {
  const payments = await listPayments(tx, companyId, orderIds as readonly Reference[]);
  const paid = new Set(payments.flatMap((row) => (row.state === 'paid' ? row.order_id : [])));
  return (await listOrders(tx, companyId, [...paid])).filter((order) => !isClosedByUs(order));
}

/** Nothing of it changes any more but its payments, and what changes them counts them anew itself. */
function isClosedByUs({ state, covered_minor }: OrderRow): boolean {
  return state === 'settled' && covered_minor !== null;
}

async function settle(tx: Tx, deps: PaymentsDeps, { company_id, order_id }: OrderRow): Promise<undefined> {
  const order = await lockOrder(tx, company_id, order_id);
  if (order !== undefined) await settleOrder(tx, deps, order);
}

function isUnread(order: OrderRow, writes: Awaited<ReturnType<typeof listOrderWrites>>): boolean {
  const last = writes.findLast((write) => write.kind === 'mark-paid');
  return (
    order.covered_minor === null &&
    last?.error_code === 'bill-changed' &&
    (order.snapshot_at_ms ?? 0) < last.changed_at_ms
  );
}
