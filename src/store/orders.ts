import { sql } from 'kysely';
import type { Reference } from '#domain/reference.ts';
import { notify } from './make-store.ts';
import type { DiningTableRow, NewOrder, NewRound, OrderRow, RoundRow } from './schema.ts';
import type { Tx } from './store.ts';

/** The row lock that two guests at a fresh table meet at: whoever comes second sees the first one's order. */
export function lockTable(tx: Tx, companyId: string, tableId: string): Promise<DiningTableRow> {
  return tx
    .selectFrom('dining_tables')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('table_id', '=', tableId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/**
 * Open Pay-Later orders that the table's guests may join, oldest first. One whose every write was refused or withdrawn is in no
 * POS and never will be: the next round starts another.
 */
export function listJoinableOrders(tx: Tx, companyId: string, tableId: string): Promise<OrderRow[]> {
  return tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('table_id', '=', tableId)
    .where('flow', '=', 'pay-later')
    .where('state', '=', 'open')
    .where('joinable', '=', true)
    .where(mayBeInPos)
    .orderBy('created_at_ms')
    .execute();
}

const mayBeInPos = sql<boolean>`(orders.pos_ref is not null or exists (
  select 1 from writes w where w.company_id = orders.company_id and w.order_id = orders.order_id
    and w.state not in ('refused', 'cancelled')))`;

/**
 * The newest Pay-Later order to show when none is open at the table: one this visit took part in, wherever the waiter moved it,
 * or one of this table that the POS refused. Changed at `sinceMs` or later, or still open.
 */
export function findRecentOrder(
  tx: Tx,
  asked: {
    readonly companyId: string;
    readonly locationId: string;
    readonly tableId: string;
    readonly visitId: string | undefined;
    readonly sinceMs: number;
  },
): Promise<OrderRow | undefined> {
  const took = sql<boolean>`exists (select 1 from rounds r where r.company_id = orders.company_id
    and r.order_id = orders.order_id and r.visit_id = ${asked.visitId ?? null})`;
  return tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', asked.companyId)
    .where('location_id', '=', asked.locationId)
    .where('flow', '=', 'pay-later')
    .where(
      sql<boolean>`((${took} and (changed_at_ms >= ${asked.sinceMs} or (state = 'open' and ${mayBeInPos})))
      or (table_id = ${asked.tableId} and state = 'open' and joinable and not ${mayBeInPos} and changed_at_ms >= ${asked.sinceMs}))`,
    )
    .orderBy('created_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
}

export function getOrder(tx: Tx, companyId: string, orderId: string): Promise<OrderRow | undefined> {
  return tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('order_id', '=', orderId as Reference)
    .executeTakeFirst();
}

/** Those of these references that are orders of ours. */
export function listOrders(tx: Tx, companyId: string, orderIds: readonly Reference[]): Promise<OrderRow[]> {
  if (orderIds.length === 0) return Promise.resolve([]);
  return tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('order_id', 'in', orderIds)
    .execute();
}

/** Everything that adds a write to an order holds this first: it is what keeps its lane in order. */
export function lockOrder(tx: Tx, companyId: string, orderId: Reference): Promise<OrderRow | undefined> {
  return tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('order_id', '=', orderId)
    .forUpdate()
    .executeTakeFirst();
}

export function findOrderByPosRef(
  tx: Tx,
  place: { companyId: string; locationId: string; posRef: string },
): Promise<OrderRow | undefined> {
  return tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .where('pos_ref', '=', place.posRef)
    .executeTakeFirst();
}

/** A Pay-First visit's orders at a location, newest first, at whichever table a waiter put them. */
export function listVisitOrders(
  tx: Tx,
  companyId: string,
  visit: { locationId: string; visitId: string },
): Promise<OrderRow[]> {
  return tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('location_id', '=', visit.locationId)
    .where('visit_id', '=', visit.visitId)
    .where('flow', '=', 'pay-first')
    .orderBy('created_at_ms', 'desc')
    .limit(20)
    .execute();
}

/**
 * What the in-progress poll reads: orders that are open in the POS, as far as we know, and those that we paid at `paidSinceMs` or
 * later, or that have an item open, and that the POS has not shown closed yet.
 */
export async function listOrdersInProgress(
  tx: Tx,
  place: { readonly companyId: string; readonly locationId: string },
  paidSinceMs: number,
): Promise<readonly OrderRow[]> {
  const there = tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .where('pos_ref', 'is not', null);
  const open = await there
    .where('state', '=', 'open')
    .orderBy('created_at_ms')
    .limit(ordersListedMax)
    .execute();
  // Apart from each other, so that each has its index.
  const paid = await there
    .where('state', '=', 'settled')
    .where(sql<boolean>`snapshot ->> 'state' is distinct from 'settled'`)
    .where(
      sql<boolean>`(changed_at_ms >= ${paidSinceMs} or exists (select 1 from reconciliation_items i
        where i.company_id = orders.company_id and i.order_id = orders.order_id and i.closed_at_ms is null))`,
    )
    .orderBy('created_at_ms')
    .limit(ordersListedMax)
    .execute();
  return [...open, ...paid];
}

/** More open orders than this no restaurant serves at a time. */
const ordersListedMax = 1_000;

/**
 * What waiters look after, newest first: every order that is or may come into the POS, or was paid. Carts that nobody paid and
 * orders the POS refused are shown when they changed at `sinceMs` or later.
 */
export function listOrdersToWatch(
  tx: Tx,
  asked: { readonly companyId: string; readonly locationId: string | undefined; readonly sinceMs: number },
): Promise<OrderRow[]> {
  let query = tx
    .selectFrom('orders')
    .selectAll()
    .where('company_id', '=', asked.companyId)
    .where('state', 'in', ['awaiting-payment', 'open'])
    .where(sql<boolean>`(paid_minor > 0 or changed_at_ms >= ${asked.sinceMs} or ${mayBeInPos})`);
  if (asked.locationId !== undefined) query = query.where('location_id', '=', asked.locationId);
  return query.orderBy('created_at_ms', 'desc').limit(ordersListedMax).execute();
}

export type OrderToInsert = Pick<
  NewOrder,
  | 'company_id'
  | 'order_id'
  | 'location_id'
  | 'table_id'
  | 'flow'
  | 'state'
  | 'opened_by'
  | 'visit_id'
  | 'pos_ref'
  | 'currency'
>;

export async function insertOrder(tx: Tx, order: OrderToInsert, nowMs: number): Promise<OrderRow> {
  return tx.insertInto('orders').values(newOrderRow(order, nowMs)).returningAll().executeTakeFirstOrThrow();
}

/** An order that nobody paid, chose or read in the POS yet. */
export function newOrderRow(order: OrderToInsert, nowMs: number): NewOrder {
  return {
    ...order,
    money_state: 'unpaid',
    joinable: true,
    chosen_at_ms: null,
    snapshot: null,
    snapshot_at_ms: null,
    paid_minor: 0,
    tip_minor: 0,
    created_at_ms: nowMs,
    changed_at_ms: nowMs,
  };
}

export async function updateOrder(
  tx: Tx,
  order: Pick<OrderRow, 'company_id' | 'order_id'>,
  change: Partial<
    Pick<
      OrderRow,
      | 'state'
      | 'money_state'
      | 'pos_ref'
      | 'joinable'
      | 'chosen_at_ms'
      | 'table_id'
      | 'paid_minor'
      | 'tip_minor'
      | 'covered_minor'
    >
  >,
  nowMs: number,
): Promise<void> {
  await tx
    .updateTable('orders')
    .set({ ...change, changed_at_ms: nowMs })
    .where('company_id', '=', order.company_id)
    .where('order_id', '=', order.order_id)
    .execute();
}

/** A till order that turns out to be one of ours under another row has no rounds of its own and makes way. */
export async function removeTillOrder(
  tx: Tx,
  order: Pick<OrderRow, 'company_id' | 'order_id'>,
): Promise<boolean> {
  const removed = await sql<{ order_id: string }>`
    delete from orders o where o.company_id = ${order.company_id} and o.order_id = ${order.order_id} and o.opened_by = 'till'
      and not exists (select 1 from rounds r where r.company_id = o.company_id and r.order_id = o.order_id)
      and not exists (select 1 from writes w where w.company_id = o.company_id and w.order_id = o.order_id)
    returning o.order_id`.execute(tx);
  return removed.rows.length > 0;
}

/**
 * Two orders of ours turned out to be one in the POS: rounds, writes and payments of the first go over to the second, whose lane
 * they join in the order they were saved. The first keeps only its id. No mark-paid of either was for the bill of both, so what was
 * paid is part of it until it was counted anew.
 */
export async function mergeOrder(tx: Tx, from: OrderRow, into: OrderRow, nowMs: number): Promise<void> {
  for (const table of ['rounds', 'writes', 'payments', 'refunds', 'reconciliation_items'] as const) {
    await tx
      .updateTable(table)
      .set({ order_id: into.order_id })
      .where('company_id', '=', from.company_id)
      .where('order_id', '=', from.order_id)
      .execute();
  }
  await tx
    .updateTable('writes')
    .set({ lane: into.order_id })
    .where('company_id', '=', from.company_id)
    .where('lane', '=', from.order_id)
    .execute();
  await updateOrder(
    tx,
    into,
    {
      joinable: true,
      table_id: from.table_id,
      paid_minor: into.paid_minor + from.paid_minor,
      tip_minor: into.tip_minor + from.tip_minor,
      covered_minor: null,
      money_state: from.money_state === 'unpaid' && into.money_state === 'unpaid' ? 'unpaid' : 'part-paid',
    },
    nowMs,
  );
  await updateOrder(
    tx,
    from,
    {
      state: 'voided',
      joinable: false,
      paid_minor: 0,
      tip_minor: 0,
      covered_minor: null,
      money_state: 'unpaid',
    },
    nowMs,
  );
}

export async function insertRound(tx: Tx, round: NewRound): Promise<void> {
  await tx.insertInto('rounds').values(round).execute();
}

export async function moveRound(
  tx: Tx,
  round: Pick<RoundRow, 'company_id' | 'round_id'>,
  to: { orderId: Reference; writeId: number },
): Promise<void> {
  await tx
    .updateTable('rounds')
    .set({ order_id: to.orderId, write_id: to.writeId })
    .where('company_id', '=', round.company_id)
    .where('round_id', '=', round.round_id)
    .execute();
}

/** How often a round was meant for the POS: once, and once more each time it started anew. */
export async function countRoundWrites(tx: Tx, companyId: string, roundId: Reference): Promise<number> {
  const counted = await tx
    .selectFrom('writes')
    .select((eb) => eb.fn.countAll<number>().as('writes'))
    .where('company_id', '=', companyId)
    .where('round_id', '=', roundId)
    .executeTakeFirstOrThrow();
  return counted.writes;
}

export function getRound(tx: Tx, companyId: string, roundId: string): Promise<RoundRow | undefined> {
  return tx
    .selectFrom('rounds')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('round_id', '=', roundId as Reference)
    .executeTakeFirst();
}

export function listRounds(tx: Tx, companyId: string, orderIds: readonly Reference[]): Promise<RoundRow[]> {
  if (orderIds.length === 0) return Promise.resolve([]);
  return tx
    .selectFrom('rounds')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('order_id', 'in', orderIds)
    .orderBy('created_at_ms')
    .orderBy('round_id')
    .execute();
}

/** Tells open pages and consoles to ask again. */
export async function announceChange(
  tx: Tx,
  change: { companyId: string; locationId: string; orderId?: string },
): Promise<void> {
  await notify(tx, 'tableside_changes', JSON.stringify(change));
}
