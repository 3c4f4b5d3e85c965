import type { OrderRow, WriteRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { changeWrite, listOrderWrites, lockWriteUnlessBusy } from '#store/writes.ts';

/**
 * Withdraws every write of an order, if nothing of it can have reached its POS. The caller holds the order's row lock, so that
 * no write is added meanwhile. False: something is there, or may be, and nothing was changed.
 */
export async function cancelBeforeDelivery(
  tx: Tx,
  order: Pick<OrderRow, 'company_id' | 'order_id'>,
  nowMs: number,
): Promise<boolean> {
  const writes: WriteRow[] = [];
  for (const { write_id: writeId } of await listOrderWrites(tx, order.company_id, [order.order_id])) {
    const write = await lockWriteUnlessBusy(tx, order.company_id, writeId);
    if (write === undefined) return false;
    writes.push(write);
  }
  const mayBeThere = writes.some((write) => {
    if (write.state === 'refused' || write.state === 'cancelled') return false;
    const waits = write.state === 'queued' || write.state === 'waiting' || write.state === 'locked';
    const unsent = waits || write.state === 'backing-off' || isBehind(write);
    return !unsent || write.doubt_since_ms !== null || write.lease_until_ms !== null;
  });
  if (mayBeThere) return false;
  for (const write of writes) {
    if (write.state === 'refused' || write.state === 'cancelled') continue;
    await changeWrite(tx, write, { state: 'cancelled', waiting_from: null, changed_at_ms: nowMs });
  }
  return true;
}

/** A mark-paid whose order was refused by the POS: money without an order, which a void settles. */
function isBehind(write: { readonly state: string; readonly error_code: string | null }): boolean {
  return write.state === 'error' && write.error_code === 'order-not-in-pos';
}
