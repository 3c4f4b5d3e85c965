import type { PosTable } from '#contract/snapshot.ts';
import { saveOrderSnapshot } from '#store/order-snapshots.ts';
import { listOrders } from '#store/orders.ts';
import { closeItems, listOpenItems, listOrderItems, openItem, readPaid } from '#store/reconciliation.ts';
import type { OrderRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { listOrderWrites } from '#store/writes.ts';
import { compareOrder } from './compare-order.ts';
import type { Reading } from './compare-order.ts';

type Place = { readonly companyId: string; readonly locationId: string };

/**
 * Keeps how the POS holds an order; whoever read it. Before it is kept it is compared with what was meant to be there (D8). The
 * caller holds the order. `askedFor` is the POS's name of the order that was read: while the POS was answering, another row of ours
 * may have come to stand for it, and then the reading is not this order's. Returns whether anything changed.
 */
export async function keepReading(
  tx: Tx,
  order: OrderRow,
  reading: Reading & { readonly askedFor: string },
): Promise<boolean> {
  if (order.pos_ref !== reading.askedFor) return false;
  await detectInOrder(tx, order, reading);
  return saveOrderSnapshot(tx, order, reading.seen, reading.atMs);
}

const nothingPaid = { online: false, surplusMinor: 0 };

async function detectInOrder(tx: Tx, order: OrderRow, reading: Reading): Promise<void> {
  // A reading that began before the newest one knows less.
  if (order.snapshot_at_ms !== null && reading.atMs < order.snapshot_at_ms) return;
  const writes = await listOrderWrites(tx, order.company_id, [order.order_id]);
  // What only the till knows of, nobody meant here.
  if (writes.length === 0) return;
  const items = await listOrderItems(tx, order.company_id, order.order_id);
  const paid = order.paid_minor > 0 ? await readPaid(tx, order.company_id, order.order_id) : nothingPaid;
  const { open, healed } = compareOrder({ order, writes, items, paid }, reading);
  await closeItems(tx, {
    companyId: order.company_id,
    dedupeKeys: healed,
    how: 'healed',
    nowMs: reading.atMs,
  });
  for (const finding of open)
    await openItem(tx, {
      companyId: order.company_id,
      locationId: order.location_id,
      orderId: order.order_id,
      paymentId: null,
      nowMs: reading.atMs,
      kind: finding.kind,
      dedupeKey: finding.key,
      writeId: finding.writeId,
      amount: finding.amount,
      facts: finding.facts,
    });
}

/**
 * D8 over all tables of a location, as one reading shows them: two orders that carry the same reference of ours, one of which
 * nobody meant. An empty one is left out: a create that was broken off leaves it behind, and the next attempt fills it.
 */
export async function detectSecondOrders(
  tx: Tx,
  place: Place,
  tables: readonly PosTable[],
  nowMs: number,
): Promise<void> {
  const heads = tables.flatMap((table) => table.orders).filter((head) => head.total.amountMinor > 0);
  const references = [...new Set(heads.flatMap((head) => head.reference ?? []))];
  const ours = new Map(
    (await listOrders(tx, place.companyId, references)).map((order) => [order.order_id, order]),
  );
  const posRefs = new Set(heads.map((head) => head.posRef));
  const found = new Set<string>();
  for (const head of heads) {
    const order = head.reference === null ? undefined : ours.get(head.reference);
    const isSecond =
      order !== undefined &&
      order.pos_ref !== null &&
      order.pos_ref !== head.posRef &&
      // A till that gave the order another name shows it once.
      posRefs.has(order.pos_ref);
    if (!isSecond) continue;
    const dedupeKey = `second-order:${head.posRef}`;
    found.add(dedupeKey);
    await openItem(tx, {
      ...place,
      kind: 'second-order',
      dedupeKey,
      orderId: order.order_id,
      writeId: null,
      paymentId: null,
      amount: head.total,
      facts: { posRef: head.posRef, first: order.pos_ref },
      nowMs,
    });
  }
  const gone = (await listOpenItems(tx, place))
    .filter((item) => item.kind === 'second-order' && !found.has(item.dedupe_key))
    .map((item) => item.dedupe_key);
  await closeItems(tx, { companyId: place.companyId, dedupeKeys: gone, how: 'healed', nowMs });
}
