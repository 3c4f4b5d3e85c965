import { isDeepStrictEqual } from 'node:util';
import { canOrderMove } from '#domain/order.ts';
import type { OrderState } from '#domain/order.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import type { OrderRow } from './schema.ts';
import type { Tx } from './store.ts';
import { findTableIdByRef } from './tables.ts';

/**
 * Keeps how the POS holds an order. Nothing is written when nothing changed. An order seen settled or voided in the POS becomes
 * so here; one that moved to another table we know moves along. Returns whether anything changed.
 *
 * `seenAtMs` is when the reading began: one that began before the newest we have knows less and is left out.
 */
export async function saveOrderSnapshot(
  tx: Tx,
  order: OrderRow,
  seen: PosOrder,
  seenAtMs: number,
): Promise<boolean> {
  if (order.snapshot_at_ms !== null && seenAtMs < order.snapshot_at_ms) return false;
  const state = stateSeen(order.state, seen);
  const tableId =
    seen.tableRef === null
      ? undefined
      : await findTableIdByRef(
          tx,
          { companyId: order.company_id, locationId: order.location_id },
          seen.tableRef,
        );
  const moved = tableId !== undefined && tableId !== order.table_id && seen.state === 'open';
  // As values, not as text: jsonb gives keys back in an order of its own.
  const text = JSON.stringify(seen);
  const same = order.snapshot !== null && isDeepStrictEqual(order.snapshot, JSON.parse(text));
  if (same && state === order.state && !moved && order.pos_ref === seen.posRef) return false;
  await tx
    .updateTable('orders')
    .set({
      snapshot: text,
      snapshot_at_ms: seenAtMs,
      pos_ref: seen.posRef,
      state,
      ...(state === 'settled' ? { money_state: 'paid' as const } : {}),
      ...(moved ? { table_id: tableId, joinable: true } : {}),
      changed_at_ms: seenAtMs,
    })
    .where('company_id', '=', order.company_id)
    .where('order_id', '=', order.order_id)
    .execute();
  return true;
}

function stateSeen(state: OrderState, seen: PosOrder): OrderState {
  return seen.state !== 'open' && canOrderMove(state, seen.state) ? seen.state : state;
}
