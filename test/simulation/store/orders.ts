import type { Reference } from '#domain/reference.ts';
import type { DiningTableRow, NewRound, OrderRow, RoundRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type * as real from '../../../src/store/orders.ts';
import { fromJson, inOrder, keyOf, see } from './database.ts';
import type { ModelDatabase } from './database.ts';
import { notify } from './make-store.ts';

export * from '../../../src/store/orders.ts';

export function lockTable(tx: Tx, companyId: string, tableId: string): Promise<DiningTableRow> {
  const row = see(tx, companyId).tables.get(companyId, tableId);
  return row === undefined ? Promise.reject(new Error('no such table')) : Promise.resolve(row);
}

export function listJoinableOrders(tx: Tx, companyId: string, tableId: string): Promise<OrderRow[]> {
  const database = see(tx, companyId);
  return Promise.resolve(
    database.ordersAtTable
      .find(keyOf(companyId, tableId))
      .filter(
        (order) =>
          order.flow === 'pay-later' &&
          order.state === 'open' &&
          order.joinable &&
          mayBeInPos(database, order),
      )
      .toSorted((a, b) => a.created_at_ms - b.created_at_ms),
  );
}

function mayBeInPos(database: ModelDatabase, order: OrderRow): boolean {
  return (
    order.pos_ref !== null ||
    database.writesOfOrder
      .find(keyOf(order.company_id, order.order_id))
      .some((write) => write.state !== 'refused' && write.state !== 'cancelled')
  );
}

export function findRecentOrder(
  tx: Tx,
  asked: Parameters<typeof real.findRecentOrder>[1],
): Promise<OrderRow | undefined> {
  const { companyId, sinceMs } = asked;
  const database = see(tx, companyId);
  const took = new Set(
    asked.visitId === undefined
      ? []
      : database.roundsOfVisit.find(keyOf(companyId, asked.visitId)).map((round) => round.order_id),
  );
  const here = database.ordersAtTable.find(keyOf(companyId, asked.tableId));
  const there = [...took].flatMap((orderId) => database.orders.get(companyId, orderId) ?? []);
  const shown = [...new Set([...here, ...there])].filter((order) => {
    if (order.flow !== 'pay-later' || order.location_id !== asked.locationId) return false;
    const isRecent = order.changed_at_ms >= sinceMs;
    const mayBe = mayBeInPos(database, order);
    if (took.has(order.order_id) && (isRecent || (order.state === 'open' && mayBe))) return true;
    return order.table_id === asked.tableId && order.state === 'open' && order.joinable && !mayBe && isRecent;
  });
  return Promise.resolve(shown.toSorted((a, b) => b.created_at_ms - a.created_at_ms)[0]);
}

export function getOrder(tx: Tx, companyId: string, orderId: string): Promise<OrderRow | undefined> {
  return Promise.resolve(see(tx, companyId).orders.get(companyId, orderId));
}

export function lockOrder(tx: Tx, companyId: string, orderId: Reference): Promise<OrderRow | undefined> {
  return getOrder(tx, companyId, orderId);
}

export function findOrderByPosRef(
  tx: Tx,
  place: { companyId: string; locationId: string; posRef: string },
): Promise<OrderRow | undefined> {
  const found = see(tx, place.companyId).ordersByPosRef.find(
    keyOf(place.companyId, place.locationId, place.posRef),
  );
  return Promise.resolve(found[0]);
}

export function listOrders(tx: Tx, companyId: string, orderIds: readonly Reference[]): Promise<OrderRow[]> {
  const { orders } = see(tx, companyId);
  return Promise.resolve([...new Set(orderIds)].flatMap((orderId) => orders.get(companyId, orderId) ?? []));
}

export function listVisitOrders(
  tx: Tx,
  companyId: string,
  visit: { locationId: string; visitId: string },
): Promise<OrderRow[]> {
  return Promise.resolve(
    see(tx, companyId)
      .ordersOfVisit.find(keyOf(companyId, visit.locationId, visit.visitId))
      .filter((order) => order.flow === 'pay-first')
      .toSorted((a, b) => b.created_at_ms - a.created_at_ms)
      .slice(0, 20),
  );
}

export function listOrdersInProgress(
  tx: Tx,
  place: Parameters<typeof real.listOrdersInProgress>[1],
  paidSinceMs: number,
): Promise<readonly OrderRow[]> {
  const database = see(tx, place.companyId);
  const key = keyOf(place.companyId, place.locationId);
  const byAge = (a: OrderRow, b: OrderRow) => a.created_at_ms - b.created_at_ms;
  const hasItem = (order: OrderRow) =>
    database.itemsOfOrder
      .find(keyOf(order.company_id, order.order_id))
      .some((item) => item.closed_at_ms === null);
  const paid = database.ordersUnconfirmed
    .find(key)
    .filter((order) => order.changed_at_ms >= paidSinceMs || hasItem(order));
  return Promise.resolve([...database.ordersInProgress.find(key).toSorted(byAge), ...paid.toSorted(byAge)]);
}

export function listOrdersToWatch(
  tx: Tx,
  asked: Parameters<typeof real.listOrdersToWatch>[1],
): Promise<OrderRow[]> {
  const database = see(tx, asked.companyId);
  return Promise.resolve(
    database.ordersToWatch
      .find(asked.companyId)
      .filter(
        (order) =>
          (asked.locationId === undefined || order.location_id === asked.locationId) &&
          (order.paid_minor > 0 || order.changed_at_ms >= asked.sinceMs || mayBeInPos(database, order)),
      )
      .toSorted((a, b) => b.created_at_ms - a.created_at_ms),
  );
}

export function insertOrder(
  tx: Tx,
  order: Parameters<typeof real.insertOrder>[1],
  nowMs: number,
): Promise<OrderRow> {
  const database = see(tx, order.company_id);
  const row: OrderRow = {
    ...order,
    visit_id: order.visit_id ?? null,
    pos_ref: order.pos_ref ?? null,
    money_state: 'unpaid',
    joinable: true,
    chosen_at_ms: null,
    snapshot: null,
    snapshot_at_ms: null,
    covered_minor: null,
    paid_minor: 0,
    tip_minor: 0,
    created_at_ms: nowMs,
    changed_at_ms: nowMs,
  };
  mustBeFree(database, row);
  database.orders.put(row);
  return Promise.resolve(row);
}

/** The unique index: one row of ours per order of the POS. */
function mustBeFree(database: ModelDatabase, row: OrderRow): void {
  if (row.pos_ref === null) return;
  const others = database.ordersByPosRef.find(keyOf(row.company_id, row.location_id, row.pos_ref));
  if (others.some((other) => other.order_id !== row.order_id))
    throw new Error('duplicate key value violates unique constraint "orders_pos_ref"');
}

/** Changes the row as it stands now, whatever the caller last saw of it. */
export function changeOrder(
  tx: Tx,
  order: Pick<OrderRow, 'company_id' | 'order_id'>,
  change: Partial<OrderRow>,
): void {
  const database = see(tx, order.company_id);
  const row = database.orders.get(order.company_id, order.order_id);
  if (row === undefined) return;
  const next = { ...row, ...change };
  mustBeFree(database, next);
  if (next.paid_minor < 0 || next.tip_minor < 0) throw new Error('an order cannot be paid less than nothing');
  database.orders.put(next);
}

export function updateOrder(
  tx: Tx,
  order: Pick<OrderRow, 'company_id' | 'order_id'>,
  change: Parameters<typeof real.updateOrder>[2],
  nowMs: number,
): Promise<void> {
  changeOrder(tx, order, { ...change, changed_at_ms: nowMs });
  return Promise.resolve();
}

export function removeTillOrder(tx: Tx, order: Pick<OrderRow, 'company_id' | 'order_id'>): Promise<boolean> {
  const database = see(tx, order.company_id);
  const key = keyOf(order.company_id, order.order_id);
  const row = database.orders.get(order.company_id, order.order_id);
  const isBare =
    row?.opened_by === 'till' &&
    database.roundsOfOrder.find(key).length === 0 &&
    database.writesOfOrder.find(key).length === 0;
  if (row !== undefined && isBare) database.orders.remove(row);
  return Promise.resolve(isBare);
}

export function mergeOrder(tx: Tx, from: OrderRow, into: OrderRow, nowMs: number): Promise<void> {
  const database = see(tx, from.company_id);
  const key = keyOf(from.company_id, from.order_id);
  const order_id = into.order_id;
  for (const row of database.roundsOfOrder.find(key)) database.rounds.update(row, { order_id });
  for (const row of database.paymentsOfOrder.find(key)) database.payments.update(row, { order_id });
  for (const row of database.refundsOfOrder.find(key)) database.refunds.update(row, { order_id });
  for (const row of database.itemsOfOrder.find(key)) database.items.update(row, { order_id });
  for (const row of database.writesOfOrder.find(key))
    database.writes.update(row, {
      order_id,
      ...(row.lane === from.order_id ? { lane: into.order_id } : {}),
    });
  changeOrder(tx, into, {
    joinable: true,
    table_id: from.table_id,
    paid_minor: into.paid_minor + from.paid_minor,
    tip_minor: into.tip_minor + from.tip_minor,
    covered_minor: null,
    money_state: from.money_state === 'unpaid' && into.money_state === 'unpaid' ? 'unpaid' : 'part-paid',
    changed_at_ms: nowMs,
  });
  changeOrder(tx, from, {
    state: 'voided',
    joinable: false,
    paid_minor: 0,
    tip_minor: 0,
    covered_minor: null,
    money_state: 'unpaid',
    changed_at_ms: nowMs,
  });
  return Promise.resolve();
}

export function insertRound(tx: Tx, round: NewRound): Promise<void> {
  const row: RoundRow = {
    ...round,
    lines: fromJson(round.lines),
    visit_id: round.visit_id ?? null,
    write_id: round.write_id ?? null,
  };
  if (!see(tx, round.company_id).rounds.insert(row)) throw new Error('the round is there already');
  return Promise.resolve();
}

export function moveRound(
  tx: Tx,
  round: Pick<RoundRow, 'company_id' | 'round_id'>,
  to: { orderId: Reference; writeId: number },
): Promise<void> {
  const { rounds } = see(tx, round.company_id);
  const row = rounds.get(round.company_id, round.round_id);
  if (row !== undefined) rounds.update(row, { order_id: to.orderId, write_id: to.writeId });
  return Promise.resolve();
}

export function countRoundWrites(tx: Tx, companyId: string, roundId: Reference): Promise<number> {
  return Promise.resolve(see(tx, companyId).writesOfRound.find(keyOf(companyId, roundId)).length);
}

export function getRound(tx: Tx, companyId: string, roundId: string): Promise<RoundRow | undefined> {
  return Promise.resolve(see(tx, companyId).rounds.get(companyId, roundId));
}

export function listRounds(tx: Tx, companyId: string, orderIds: readonly Reference[]): Promise<RoundRow[]> {
  const { roundsOfOrder } = see(tx, companyId);
  return Promise.resolve(
    inOrder(
      orderIds.flatMap((orderId) => roundsOfOrder.find(keyOf(companyId, orderId))),
      (a, b) => a.created_at_ms - b.created_at_ms || (a.round_id < b.round_id ? -1 : 1),
    ),
  );
}

export function announceChange(
  tx: Tx,
  change: { companyId: string; locationId: string; orderId?: string },
): Promise<void> {
  return notify(tx, 'tableside_changes', JSON.stringify(change));
}
