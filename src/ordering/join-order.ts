import type { Currency } from '#domain/money.ts';
import { makeReference } from '#domain/reference.ts';
import { deadline } from '#domain/time.ts';
import type { PosOrderHead } from '#contract/snapshot.ts';
import {
  findOrderByPosRef,
  insertOrder,
  listJoinableOrders,
  listOrders,
  lockTable,
  updateOrder,
} from '#store/orders.ts';
import type { DiningTableRow, OrderRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { refuse } from './deps.ts';
import type { GuestTable, OrderingDeps, Refused } from './deps.ts';

/** A guest waits for this read before an answer; without it the attempt itself reads the table and decides. */
const tableReadMsMax = 3_000;

/** What the POS showed open at the table, or `unread` when it could not say in time. */
export type TableReading =
  { readonly kind: 'read'; readonly heads: readonly PosOrderHead[] } | { readonly kind: 'unread' };

/** Reads the table in the POS right before its first round. An answerless read checks the location at once. */
export async function readTableNow(
  deps: OrderingDeps,
  table: GuestTable,
  tableRef: string,
): Promise<TableReading | Refused> {
  const limit = deadline(deps.clock, tableReadMsMax);
  const read = await deps.readTable(table, tableRef, limit.signal);
  limit.done();
  if (read.kind === 'read') return { kind: 'read', heads: read.value.flatMap((posTable) => posTable.orders) };
  if (!read.answered && !(await deps.checkLocation(table)))
    return { ...refuse('location-read-only'), reason: read.error.code };
  return { kind: 'unread' };
}

/**
 * Which order of ours the next round of a Pay-Later table belongs to, among those we know: the guests' own, else the only
 * one, else the one a waiter chose. Undefined when none is open.
 */
export function chooseJoinable(orders: readonly OrderRow[]): OrderRow | 'several' | undefined {
  const ours = orders.findLast((order) => order.opened_by === 'guest');
  if (ours !== undefined) return ours;
  if (orders.length <= 1) return orders[0];
  const chosen = orders
    .filter((order) => order.chosen_at_ms !== null)
    .toSorted((a, b) => (b.chosen_at_ms ?? 0) - (a.chosen_at_ms ?? 0));
  return chosen[0] ?? 'several';
}

/** The order a round joins, made or adopted where there is none. The caller holds the table's row lock. */
export async function joinOrder(
  tx: Tx,
  deps: OrderingDeps,
  table: DiningTableRow,
  round: { readonly reading: TableReading; readonly currency: Currency },
): Promise<OrderRow | 'several'> {
  const known = await listJoinableOrders(tx, table.company_id, table.table_id);
  const joinable = chooseJoinable(known);
  if (joinable !== undefined && joinable !== 'several') return joinable;
  if (round.reading.kind === 'read') {
    const { heads } = round.reading;
    await adoptTillOrders(tx, deps, table, { heads, currency: round.currency });
    // Known ones that the POS no longer shows here were closed or moved since the last poll, which will say which.
    for (const order of known) {
      if (!heads.some((head) => head.posRef === order.pos_ref))
        await updateOrder(tx, order, { joinable: false }, deps.clock.nowMs());
    }
  }
  const adopted = chooseJoinable(await listJoinableOrders(tx, table.company_id, table.table_id));
  return (
    adopted ??
    insertOrder(
      tx,
      newOrder(deps, table, { opened_by: 'guest', pos_ref: null, currency: round.currency }),
      deps.clock.nowMs(),
    )
  );
}

/**
 * Orders that a waiter opened at this table become ours to show and to append to. Ours are known already, by reference or by the
 * POS's own; Pay-First ones are never joined. One that is seen here again after a waiter moved it away may be joined again.
 */
export async function adoptTillOrders(
  tx: Tx,
  deps: Pick<OrderingDeps, 'clock' | 'randomBytes'>,
  table: DiningTableRow,
  seen: { readonly heads: readonly PosOrderHead[]; readonly currency: Currency },
): Promise<readonly OrderRow[]> {
  // The poll and a guest's round may see the same order at the same time.
  await lockTable(tx, table.company_id, table.table_id);
  const references = seen.heads.flatMap((head) => head.reference ?? []);
  const ours = await listOrders(tx, table.company_id, references);
  const adopted: OrderRow[] = [];
  for (const head of seen.heads) {
    const place = { companyId: table.company_id, locationId: table.location_id, posRef: head.posRef };
    const known =
      ours.find((order) => order.order_id === head.reference) ?? (await findOrderByPosRef(tx, place));
    if (known !== undefined) {
      await bringBack(tx, known, { tableId: table.table_id, nowMs: deps.clock.nowMs() });
      continue;
    }
    adopted.push(
      await insertOrder(
        tx,
        newOrder(deps, table, { opened_by: 'till', pos_ref: head.posRef, currency: seen.currency }),
        deps.clock.nowMs(),
      ),
    );
  }
  return adopted;
}

async function bringBack(
  tx: Tx,
  order: OrderRow,
  seen: { readonly tableId: string; readonly nowMs: number },
): Promise<void> {
  if (order.flow !== 'pay-later' || order.state !== 'open') return;
  if (order.joinable && order.table_id === seen.tableId) return;
  await updateOrder(tx, order, { joinable: true, table_id: seen.tableId }, seen.nowMs);
}

function newOrder(
  deps: Pick<OrderingDeps, 'randomBytes'>,
  table: DiningTableRow,
  order: {
    readonly opened_by: 'guest' | 'till';
    readonly pos_ref: string | null;
    readonly currency: Currency;
  },
) {
  return {
    company_id: table.company_id,
    order_id: makeReference(deps.randomBytes),
    location_id: table.location_id,
    table_id: table.table_id,
    flow: 'pay-later' as const,
    state: 'open' as const,
    visit_id: null,
    ...order,
  };
}
