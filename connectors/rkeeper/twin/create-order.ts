import { childNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';

import { orderHeadXml } from './order-xml.ts';
import {
  findInChild,
  missingChild,
  normalGuid,
  propsIn,
  readInteger,
  requireInChild,
} from './read-command.ts';
import { badParameters, done, errorCodes, found, refused } from './reply.ts';
import type { Call, Found, Reply } from './reply.ts';
import type { Employee, Row, Station, Table } from './seed.ts';
import { rowAt } from './seed.ts';
import { addOrder, makeGuid } from './state.ts';
import type { Order, Restaurant, World } from './state.ts';

/** CreateOrder: an empty order at a table. A GUID of the caller's is kept. */
export function createOrder(call: Call): Reply {
  const { world, restaurant, command } = call;
  if (restaurant.shift.state === 'too-long') {
    return refused('The common shift is open too long, no new orders', errorCodes.shiftTooLong);
  }
  const element = childNamed(command, 'Order');
  if (element === undefined) return missingChild('Order');
  const draft = readDraft(call, element);
  if (draft.kind === 'failed') return draft;
  const { guests, guid } = draft.value;
  if (restaurant.seed.guestsMandatory && guests.length === 0) {
    return refused('Guest count cannot be zero', errorCodes.noGuests);
  }
  if (guid !== undefined && restaurant.orders.has(guid)) return refused(`Order ${guid} already exists`);
  // A POS that keeps nothing of ours cannot tell a second try from a second wish.
  const forgetful = world.defects.has('double-create-on-retry');
  const order = openOrder(world, restaurant, {
    ...draft.value,
    ...(forgetful ? { guid: makeGuid(world), props: new Map<string, string>(), persistentComment: '' } : {}),
  });
  return done([orderHeadXml(order, call)], {
    VisitID: order.visit,
    OrderID: order.orderIdent,
    guid: order.guid,
  });
}

export type OrderDraft = Pick<Order, 'table' | 'waiter' | 'guests' | 'props' | 'persistentComment'> & {
  readonly guid: string | undefined;
  readonly extraTables: readonly Table[];
  readonly creator: Employee | null;
  readonly station: Station | null;
  readonly orderType: Row | undefined;
  readonly nonPersistentComment: string;
  readonly external: Order['external'];
};

/** Opens an order; the till and the interface do it with the same hands. */
export function openOrder(world: World, restaurant: Restaurant, draft: OrderDraft): Order {
  const order = makeOrder(world, restaurant, draft);
  restaurant.nextVisit += 1;
  restaurant.nextOrderName += 1;
  addOrder(restaurant, order);
  return order;
}

/** An order that stands in no list yet. */
export function makeOrder(world: World, restaurant: Restaurant, draft: OrderDraft): Order {
  const { seed } = restaurant;
  return {
    guid: draft.guid ?? makeGuid(world),
    visit: restaurant.nextVisit,
    visitGuid: makeGuid(world),
    // The first order of a visit has this number, and a visit has one order here.
    orderIdent: 256,
    name: String(restaurant.nextOrderName),
    table: draft.table,
    extraTables: draft.extraTables,
    waiter: draft.waiter,
    creator: draft.creator,
    station: draft.station,
    orderType: draft.orderType ?? firstOf(seed.orderTypes),
    orderCategory: firstOf(seed.orderCategories),
    guests: draft.guests,
    props: draft.props,
    persistentComment: draft.persistentComment,
    nonPersistentComment: draft.nonPersistentComment,
    external: draft.external,
    openedAtMs: world.nowMs(),
    state: 'open',
    closedAtMs: null,
    billedAtMs: null,
    version: 1,
    nextUni: 1,
    packages: [],
    card: null,
    receipt: null,
    settledBy: null,
    keyLock: null,
    tillLock: null,
  };
}

function readDraft(call: Call, element: XmlElement): Found<OrderDraft> {
  const { seed } = call.restaurant;
  const employees = { rows: seed.employees, collection: 'Employees' };
  const table = requireInChild(element, 'Table', { rows: seed.tables, collection: 'Tables' });
  if (table.kind === 'failed') return table;
  const station = findInChild(element, 'Station', { rows: seed.stations, collection: 'Cashes' });
  if (station.kind === 'failed') return station;
  const waiter = findInChild(element, 'Waiter', employees);
  if (waiter.kind === 'failed') return waiter;
  const creator = findInChild(element, 'Creator', employees);
  if (creator.kind === 'failed') return creator;
  const orderType = findInChild(element, 'OrderType', orderTypesOf(call));
  if (orderType.kind === 'failed') return orderType;
  const extraTables = readExtraTables(call, element);
  if (extraTables.kind === 'failed') return extraTables;
  const guests = readGuests(element);
  if (guests.kind === 'failed') return guests;
  const guid = normalGuid(element.attributes['guid']);
  if (element.attributes['guid'] !== undefined && guid === undefined) {
    return badParameters('Bad guid attribute "Order/@guid"');
  }
  const system = seed.employees.find(({ role }) => role === 'system') ?? null;
  const { extSource, extID } = element.attributes;
  return found({
    guid,
    table: table.value,
    extraTables: extraTables.value,
    // An order that nobody is named for belongs to the system.
    waiter: waiter.value ?? system,
    creator: creator.value ?? waiter.value ?? system,
    station: station.value ?? null,
    orderType: orderType.value,
    guests: guests.value,
    props: new Map(propsIn(element)),
    persistentComment: element.attributes['persistentComment'] ?? '',
    nonPersistentComment: element.attributes['nonPersistentComment'] ?? '',
    external: extID === undefined ? null : { source: extSource ?? '', id: extID },
  });
}

export function orderTypesOf(call: Call) {
  return { rows: call.restaurant.seed.orderTypes, collection: 'ChangeableOrderTypes' };
}

/** `ExtraTables` holds `item` in CreateOrder and `Item` in UpdateOrder. */
export function readExtraTables(call: Call, element: XmlElement): Found<readonly Table[]> {
  const tables: Table[] = [];
  for (const item of childNamed(element, 'ExtraTables')?.children ?? []) {
    const one = { ...element, children: [{ ...item, name: 'Table' }] };
    const table = requireInChild(one, 'Table', { rows: call.restaurant.seed.tables, collection: 'Tables' });
    if (table.kind === 'failed') return table;
    tables.push(table.value);
  }
  return found(tables);
}

/** Guests at one order; more is a mistake of the one who counts. */
const guestsMax = 500;

/** Labels of the guests: listed, or as many as `count` says. Older clients write `Item` and `GuestLabel`. */
export function readGuests(element: XmlElement): Found<readonly number[]> {
  const list = childNamed(element, 'Guests');
  if (list === undefined) return found([]);
  const count = readInteger(list, 'count');
  if (count.kind === 'failed') return count;
  const labels = list.children
    .filter((child) => child.name === 'Guest' || child.name === 'Item')
    .map((child, index) =>
      Number(child.attributes['guestLabel'] ?? child.attributes['GuestLabel'] ?? index + 1),
    );
  const total = Math.max(labels.length, count.value ?? 0);
  if (total > guestsMax) return badParameters(`More than ${guestsMax} guests`);
  return found(Array.from({ length: total }, (_, index) => labels[index] ?? index + 1));
}

function firstOf(rows: readonly Row[]): Row {
  return rowAt(rows, rows[0]?.ident ?? 0);
}
