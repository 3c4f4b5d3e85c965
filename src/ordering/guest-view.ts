import { createHash } from 'node:crypto';
import type { Menu } from '#domain/menu.ts';
import { isOrderOver } from '#domain/order.ts';
import { isSettled } from '#domain/write.ts';
import { readOnlyText } from '#contract/errors.ts';
import { getLocation } from '#store/locations.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import { getCurrentMenu } from '#store/menus.ts';
import {
  findRecentOrder,
  getOrder,
  getRound,
  listJoinableOrders,
  listRounds,
  listVisitOrders,
} from '#store/orders.ts';
import { listPayments } from '#store/payments.ts';
import type { LocationStatusRow, OrderRow, RoundRow } from '#store/schema.ts';
import { getTable } from '#store/tables.ts';
import type { Tx } from '#store/store.ts';
import { getWrite, listOrderWrites } from '#store/writes.ts';
import type { GuestTable, OrderingDeps } from './deps.ts';
import { showTaken } from './bill.ts';
import type { Viewer } from './bill.ts';
import { chooseJoinable } from './join-order.ts';
import { viewOrder } from './order-view.ts';
import { orderableMenu } from './submit-round.ts';
import type { GuestView, OrderView, ReadOnlyView } from './views.ts';

/** A closed order stays on the phones of those who took part for a while, then the table is fresh for the next guests. */
const closedShownMs = 15 * 60_000;

export async function getGuestView(
  deps: OrderingDeps,
  table: GuestTable,
  visit: string | undefined,
): Promise<GuestView> {
  return deps.store.asCompany(table.companyId, async (tx) => {
    const location = await getLocation(tx, table);
    const diningTable = await getTable(tx, table.companyId, table.tableId);
    if (location === undefined || diningTable === undefined) throw new Error('a table without its location');
    const order = await findGuestOrder(tx, table, { visit, nowMs: deps.clock.nowMs() });
    return {
      location: {
        locationId: location.location_id,
        name: location.name,
        currency: location.currency,
        timeZone: location.time_zone,
      },
      table: diningTable.name,
      flow: table.flow,
      readOnly: viewReadOnly(await getLocationStatus(tx, table)),
      order:
        order === undefined
          ? null
          : await viewStoredOrder(tx, order, diningTable.name, { visit, nowMs: deps.clock.nowMs() }),
    };
  });
}

export function viewReadOnly(status: LocationStatusRow | undefined): ReadOnlyView | null {
  if (status?.state === 'online') return null;
  const reason = status?.reason ?? 'starting';
  return {
    reason,
    sinceMs: status?.since_ms ?? 0,
    guestText: reason === 'starting' ? 'read-only' : readOnlyText(reason),
  };
}

/** The menu with availability, and a tag that changes with either. */
export async function getGuestMenu(
  deps: OrderingDeps,
  table: GuestTable,
): Promise<{ menu: Menu; etag: string } | undefined> {
  const current = await deps.store.asCompany(table.companyId, (tx) => getCurrentMenu(tx, table));
  if (current === undefined) return undefined;
  const seen = createHash('sha256')
    .update(`${current.menu.menuVersion} ${current.availabilityHash}`)
    .digest('base64url')
    .slice(0, 22);
  return { menu: orderableMenu(current), etag: `"${seen}"` };
}

/**
 * Pay-Later: the order the table's guests share now, or the one named if this visit may see it. Pay-First: the visit's newest, or
 * the one named; never another visit's. With a round named: the order that has it.
 */
export async function getOrderView(
  deps: OrderingDeps,
  table: GuestTable,
  asked: Omit<Asked, 'nowMs'>,
): Promise<OrderView | undefined> {
  return deps.store.asCompany(table.companyId, async (tx) => {
    const nowMs = deps.clock.nowMs();
    const order = await findGuestOrder(tx, table, { ...asked, nowMs });
    const diningTable = await getTable(tx, table.companyId, table.tableId);
    return order === undefined || diningTable === undefined
      ? undefined
      : viewStoredOrder(tx, order, diningTable.name, { visit: asked.visit, nowMs });
  });
}

type Asked = {
  readonly visit: string | undefined;
  readonly orderId?: string | undefined;
  readonly roundId?: string | undefined;
  readonly nowMs: number;
};

/** The order a guest may see, and so pay: named, or the one their table has now. */
export async function findGuestOrder(tx: Tx, table: GuestTable, asked: Asked): Promise<OrderRow | undefined> {
  if (asked.roundId !== undefined) return findOrderOfRound(tx, table, asked, asked.roundId);
  if (table.flow === 'pay-first') {
    if (asked.visit === undefined) return undefined;
    const orders = await listVisitOrders(tx, table.companyId, {
      locationId: table.locationId,
      visitId: asked.visit,
    });
    return asked.orderId === undefined ? orders[0] : orders.find((order) => order.order_id === asked.orderId);
  }
  const named = asked.orderId === undefined ? undefined : await findNamed(tx, table, asked, asked.orderId);
  if (named !== undefined) return named;
  const joinable = chooseJoinable(await listJoinableOrders(tx, table.companyId, table.tableId));
  if (joinable !== undefined && joinable !== 'several') return joinable;
  return findRecentOrder(tx, { ...table, visitId: asked.visit, sinceMs: asked.nowMs - closedShownMs });
}

/**
 * The order that has this visit's round now. The till may move, close and merge orders: rounds of one visit may be on several, and
 * the order a round was submitted to may not have it any more.
 */
async function findOrderOfRound(
  tx: Tx,
  table: GuestTable,
  asked: Asked,
  roundId: string,
): Promise<OrderRow | undefined> {
  const round = await getRound(tx, table.companyId, roundId);
  if (round === undefined || round.visit_id === null || round.visit_id !== asked.visit) return undefined;
  const order = await getOrder(tx, table.companyId, round.order_id);
  if (order === undefined || order.location_id !== table.locationId) return undefined;
  return isOld(order, asked.nowMs) && !(await isNews(tx, round, asked.nowMs)) ? undefined : order;
}

/** A round may outlive its order, while the POS cannot be reached: its guest is told what becomes of it, and that as long as any end. */
async function isNews(tx: Tx, round: RoundRow, nowMs: number): Promise<boolean> {
  const write = round.write_id === null ? undefined : await getWrite(tx, round.company_id, round.write_id);
  if (write === undefined) return false;
  return !isSettled(write.state) || nowMs - write.changed_at_ms <= closedShownMs;
}

function isOld(order: OrderRow, nowMs: number): boolean {
  return isOrderOver(order.state) && nowMs - order.changed_at_ms > closedShownMs;
}

/**
 * The Pay-Later order of that id. The table's next guests must not read what the last ones ate: what is not open at this table is
 * shown only to who took part, and when it is closed not for long. Who comes without a visit took part when they can name the
 * order: nobody else was ever told its id. A round that started anew is on another order, so nothing found here is no error.
 */
async function findNamed(
  tx: Tx,
  table: GuestTable,
  asked: Asked,
  orderId: string,
): Promise<OrderRow | undefined> {
  const order = await getOrder(tx, table.companyId, orderId);
  if (order === undefined || order.location_id !== table.locationId || order.flow !== 'pay-later')
    return undefined;
  if (order.state === 'open' && order.joinable && order.table_id === table.tableId) return order;
  if (isOld(order, asked.nowMs)) return undefined;
  if (asked.visit === undefined) return order.table_id === table.tableId ? order : undefined;
  const rounds = await listRounds(tx, order.company_id, [order.order_id]);
  if (rounds.some((round) => round.visit_id === asked.visit)) return order;
  // The round that was taken for it started anew on another order, whatever became of it there.
  return findRecentOrder(tx, { ...table, visitId: asked.visit, sinceMs: asked.nowMs - closedShownMs });
}

export async function viewStoredOrder(
  tx: Tx,
  order: OrderRow,
  table: string,
  viewer?: Viewer,
): Promise<OrderView> {
  const [view] = await viewStoredOrders(tx, [{ order, table }], viewer);
  if (view === undefined) throw new Error('an order without its view');
  return view;
}

/** Orders of one company with their tables' names. For a viewer they show what others have taken of them. */
export async function viewStoredOrders(
  tx: Tx,
  shown: readonly { readonly order: OrderRow; readonly table: string }[],
  viewer?: Viewer,
): Promise<readonly OrderView[]> {
  const companyId = shown[0]?.order.company_id ?? '';
  const ids = shown.map(({ order }) => order.order_id);
  const rounds = Map.groupBy(await listRounds(tx, companyId, ids), (round) => round.order_id);
  const writes = Map.groupBy(await listOrderWrites(tx, companyId, ids), (write) => write.order_id);
  const payments = Map.groupBy(await listPayments(tx, companyId, ids), (payment) => payment.order_id);
  return shown.map(({ order, table }) => {
    const paid = payments.get(order.order_id) ?? [];
    const view = viewOrder({
      order,
      rounds: rounds.get(order.order_id) ?? [],
      writes: writes.get(order.order_id) ?? [],
      payments: paid,
      table,
    });
    return viewer === undefined ? view : showTaken(view, paid, viewer);
  });
}
