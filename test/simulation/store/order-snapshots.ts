import { isDeepStrictEqual } from 'node:util';
import type { PosOrder } from '#contract/snapshot.ts';
import { canOrderMove } from '#domain/order.ts';
import type { OrderRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { fromJson } from './database.ts';
import { changeOrder } from './orders.ts';
import { findTableIdByRef } from './tables.ts';

export * from '../../../src/store/order-snapshots.ts';

/** The text each kept snapshot was read from: most reads find what is there already. */
const texts = new WeakMap<PosOrder, string>();

function kept(text: string): PosOrder {
  const snapshot = fromJson<PosOrder>(text);
  texts.set(snapshot, text);
  return snapshot;
}

function isSame(snapshot: PosOrder, text: string): boolean {
  return texts.get(snapshot) === text || isDeepStrictEqual(snapshot, fromJson<PosOrder>(text));
}

export async function saveOrderSnapshot(
  tx: Tx,
  order: OrderRow,
  seen: PosOrder,
  seenAtMs: number,
): Promise<boolean> {
  if (order.snapshot_at_ms !== null && seenAtMs < order.snapshot_at_ms) return false;
  const state = seen.state !== 'open' && canOrderMove(order.state, seen.state) ? seen.state : order.state;
  const place = { companyId: order.company_id, locationId: order.location_id };
  const tableId = seen.tableRef === null ? undefined : await findTableIdByRef(tx, place, seen.tableRef);
  const moved = tableId !== undefined && tableId !== order.table_id && seen.state === 'open';
  const text = JSON.stringify(seen);
  const same = order.snapshot !== null && isSame(order.snapshot, text);
  if (same && state === order.state && !moved && order.pos_ref === seen.posRef) return false;
  changeOrder(tx, order, {
    snapshot: same ? order.snapshot : kept(text),
    snapshot_at_ms: seenAtMs,
    pos_ref: seen.posRef,
    state,
    ...(state === 'settled' ? { money_state: 'paid' as const } : {}),
    ...(moved ? { table_id: tableId, joinable: true } : {}),
    changed_at_ms: seenAtMs,
  });
  return true;
}
