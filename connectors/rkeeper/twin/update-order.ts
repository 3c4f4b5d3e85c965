import { childNamed } from '#transport/xml.ts';

import { orderTypesOf, readExtraTables, readGuests } from './create-order.ts';
import { checkWritable } from './locks.ts';
import { orderHeadXml } from './order-xml.ts';
import { findInChild, findOrder, normalGuid, propsIn, stationsOf } from './read-command.ts';
import { done } from './reply.ts';
import type { Call, Reply } from './reply.ts';
import { indexProps, propKey, touch } from './state.ts';
import type { Order, Restaurant } from './state.ts';

/** UpdateOrder: the head of an order, what is given of it. Nothing reaches the kitchen. */
export function updateOrder(call: Call): Reply {
  const { restaurant, command } = call;
  const { seed } = restaurant;
  const order = findOrder(call);
  if (order.kind === 'failed') return order;
  const held = checkWritable(order.value, normalGuid(command.attributes['lockguid']), call.nowMs);
  if (held !== undefined) return held;
  const element = childNamed(command, 'Order') ?? command;
  const table = findInChild(element, 'Table', { rows: seed.tables, collection: 'Tables' });
  if (table.kind === 'failed') return table;
  const waiter = findInChild(element, 'Waiter', { rows: seed.employees, collection: 'Employees' });
  if (waiter.kind === 'failed') return waiter;
  const orderType = findInChild(element, 'OrderType', orderTypesOf(call));
  if (orderType.kind === 'failed') return orderType;
  const guests = readGuests(element);
  if (guests.kind === 'failed') return guests;
  const extraTables = readExtraTables(call, element);
  if (extraTables.kind === 'failed') return extraTables;
  const changed = order.value;
  changed.table = table.value ?? changed.table;
  changed.waiter = waiter.value ?? changed.waiter;
  changed.orderType = orderType.value ?? changed.orderType;
  if (guests.value.length > 0) changed.guests = guests.value;
  if (childNamed(element, 'ExtraTables') !== undefined) changed.extraTables = extraTables.value;
  changed.persistentComment = element.attributes['persistentComment'] ?? changed.persistentComment;
  changed.nonPersistentComment = element.attributes['nonPersistentComment'] ?? changed.nonPersistentComment;
  // An order found by its properties names them; it does not replace them.
  const isAddress = element.attributes['guid'] === undefined && element.attributes['visit'] === undefined;
  if (!isAddress && childNamed(element, 'ExternalProps') !== undefined) {
    replaceProps(restaurant, changed, new Map(propsIn(element)));
  }
  touch(restaurant, changed);
  return done([orderHeadXml(changed, call)]);
}

/** PrintBill: the bill before the payment. The order shows that it is printed. */
export function printBill(call: Call): Reply {
  const order = findOrder(call);
  if (order.kind === 'failed') return order;
  const held = checkWritable(order.value, normalGuid(call.command.attributes['lockguid']), call.nowMs);
  if (held !== undefined) return held;
  const station = findInChild(call.command, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  order.value.billedAtMs = call.nowMs;
  touch(call.restaurant, order.value);
  return done([orderHeadXml(order.value, call)]);
}

function replaceProps(restaurant: Restaurant, order: Order, props: ReadonlyMap<string, string>): void {
  for (const [name, value] of order.props) {
    if (restaurant.byProp.get(propKey(name, value)) === order) restaurant.byProp.delete(propKey(name, value));
  }
  order.props = props;
  indexProps(restaurant, order);
}
