import type { XmlOut } from '#transport/xml.ts';

import { makeOrder, orderTypesOf } from './create-order.ts';
import { orderXml, refXml } from './order-xml.ts';
import { checkSequence, findInChild, findOrder, requireInChild } from './read-command.ts';
import { done } from './reply.ts';
import type { Call, Reply } from './reply.ts';
import { readSessions } from './save-order.ts';
import { takeUni } from './packages.ts';
import { makeGuid } from './state.ts';

/** CalcOrder2: the order with what is really due, promised prepayments counted, and what it may be paid with. */
export function calcOrder2(call: Call): Reply {
  const sequence = checkSequence(call.command, ['Order', 'Station', 'Cashier', 'Payments']);
  if (sequence !== undefined) return sequence;
  const order = findOrder(call);
  if (order.kind === 'failed') return order;
  const { seed } = call.restaurant;
  const station = requireInChild(call.command, 'Station', { rows: seed.stations, collection: 'Cashes' });
  if (station.kind === 'failed') return station;
  const cashier = findInChild(call.command, 'Cashier', { rows: seed.employees, collection: 'Employees' });
  if (cashier.kind === 'failed') return cashier;
  return done([orderXml(order.value, { ...call, due: 'due' }), paymentsXml(call), { name: 'Bindings' }]);
}

/** CalcOrder: what an order would cost. It is never opened. */
export function calcOrder(call: Call): Reply {
  const { world, restaurant, command } = call;
  const { seed } = restaurant;
  const table = requireInChild(command, 'Table', { rows: seed.tables, collection: 'Tables' });
  if (table.kind === 'failed') return table;
  const orderType = findInChild(command, 'OrderType', orderTypesOf(call));
  if (orderType.kind === 'failed') return orderType;
  const drafts = readSessions(call, undefined);
  if (drafts.kind === 'failed') return drafts;
  const order = makeOrder(world, restaurant, {
    guid: undefined,
    table: table.value,
    extraTables: [],
    waiter: null,
    creator: null,
    station: null,
    orderType: orderType.value,
    guests: [],
    props: new Map(),
    persistentComment: '',
    nonPersistentComment: '',
    external: null,
  });
  for (const draft of drafts.value) {
    order.packages.push({
      uni: takeUni(order),
      guid: draft.guid ?? makeGuid(world),
      station: draft.station,
      author: draft.author,
      creator: draft.creator,
      savedAtMs: call.nowMs,
      printed: false,
      lines: draft.lines.map((line) => ({
        ...line,
        uni: takeUni(order),
        guid: line.guid ?? makeGuid(world),
        ordered: line.quantity,
        voids: [],
        kitchenState: 'none',
      })),
      prepays: [],
      discounts: draft.discounts.map((discount) => ({ ...discount, uni: 0 })),
    });
  }
  return done([orderXml(order, call)]);
}

function paymentsXml(call: Call): XmlOut {
  return {
    name: 'Payments',
    children: call.restaurant.seed.currencies.map((row) => refXml('Payment', row)),
  };
}
