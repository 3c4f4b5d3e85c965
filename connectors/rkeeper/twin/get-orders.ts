import { childNamed } from '#transport/xml.ts';
import type { XmlElement, XmlOut } from '#transport/xml.ts';

import { lockedBy } from './locks.ts';
import { orderHeadXml, orderXml } from './order-xml.ts';
import { sumsOf } from './pricing.ts';
import { findInChild, findOrder, isOn } from './read-command.ts';
import { done, found } from './reply.ts';
import type { Call, Found, Reply } from './reply.ts';
import type { Order } from './state.ts';
import { localText } from './wire-time.ts';

/** GetOrder: one order with everything on it. */
export function getOrder(call: Call): Reply {
  const order = findOrder(call);
  return order.kind === 'failed' ? order : done([orderXml(order.value, call)]);
}

/** GetOrderList2: orders by visit, without packages. `No changes` when the caller's `lastversion` is still current. */
export function getOrderList2(call: Call): Reply {
  const orders = listOrders(call);
  if (orders.kind === 'failed') return orders;
  const lastversion = call.restaurant.listVersion;
  if (call.command.attributes['lastversion'] === String(lastversion)) {
    return { kind: 'done', status: 'No changes', attributes: { lastversion }, children: [] };
  }
  return done(
    orders.value.map((order) => ({
      name: 'Visit',
      attributes: { visit: order.visit, guid: order.visitGuid, finished: order.state === 'open' ? 0 : 1 },
      children: [{ name: 'Orders', children: [listedXml(order, call)] }],
    })),
    { lastversion },
  );
}

/** GetOrderList: the same in the flat words of earlier versions. */
export function getOrderList(call: Call): Reply {
  const orders = listOrders(call);
  if (orders.kind === 'failed') return orders;
  return done(
    orders.value.map((order) => ({
      name: 'Visit',
      attributes: {
        VisitID: order.visit,
        Finished: order.state === 'open' ? 0 : 1,
        PersistentComment: order.persistentComment,
      },
      children: [
        { name: 'Guests', attributes: { count: order.guests.length } },
        { name: 'Orders', children: [flatXml(order, call)] },
      ],
    })),
    { lastversion: call.restaurant.listVersion },
  );
}

function listOrders(call: Call): Found<readonly Order[]> {
  const { command, restaurant } = call;
  const { seed } = restaurant;
  const table = findInChild(command, 'Table', { rows: seed.tables, collection: 'Tables' });
  if (table.kind === 'failed') return table;
  const waiter = findInChild(command, 'Waiter', { rows: seed.employees, collection: 'Employees' });
  if (waiter.kind === 'failed') return waiter;
  const from = onlyOpened(command) ? restaurant.openOrders : restaurant.orders;
  return found(
    [...from.values()].filter(
      (order) =>
        (table.value === undefined ||
          order.table === table.value ||
          order.extraTables.includes(table.value)) &&
        (waiter.value === undefined || order.waiter === waiter.value),
    ),
  );
}

function onlyOpened(command: XmlElement): boolean {
  return (
    isOn(command, 'onlyOpened') ||
    isOn(command, 'needOnlyOpened') ||
    childNamed(command, 'OnlyOpened') !== undefined
  );
}

/** What only lists tell: who holds the order, and when its bill was printed. */
function listedXml(order: Order, call: Call): XmlOut {
  const head = orderHeadXml(order, call, {
    billTime: order.billedAtMs === null ? undefined : localText(call.restaurant, order.billedAtMs),
  });
  return { ...head, children: [...(head.children ?? []), ...holderXml(order, call)] };
}

function holderXml(order: Order, call: Call): readonly XmlOut[] {
  const holder = lockedBy(order, call.nowMs);
  if (holder === null) return [];
  const { seed } = call.restaurant;
  const employee = seed.employees.find((row) => row.name === holder.operator);
  const station = seed.stations.find((row) => row.name === holder.station);
  return [
    ...(holder.operator === ''
      ? []
      : [
          {
            name: 'LockedByWaiter',
            attributes: { id: employee?.ident ?? 0, code: employee?.code ?? 0, name: holder.operator },
          },
        ]),
    {
      name: 'LockedByStation',
      attributes: {
        id: station?.ident ?? seed.server.ident,
        code: station?.code ?? seed.server.code,
        name: holder.station,
      },
    },
  ];
}

function flatXml(order: Order, call: Call): XmlOut {
  const sums = sumsOf(order);
  return {
    name: 'Order',
    attributes: {
      OrderID: order.orderIdent,
      OrderName: order.name,
      guid: order.guid,
      Version: order.version,
      TableID: order.table.ident,
      TableCode: order.table.code,
      TableName: order.table.name,
      WaiterID: order.waiter?.ident,
      WaiterCode: order.waiter?.code,
      WaiterName: order.waiter?.name,
      OrderSum: sums.total,
      ToPaySum: sums.unpaid,
      PriceListSum: sums.gross,
      TotalPieces: sums.pieces,
      Finished: order.state === 'open' ? 0 : 1,
      Bill: order.billedAtMs === null ? 0 : 1,
      BillTime: order.billedAtMs === null ? undefined : localText(call.restaurant, order.billedAtMs),
      ReceiptError: 0,
      Locked: lockedBy(order, call.nowMs) === null ? 0 : 1,
      CreateTime: localText(call.restaurant, order.openedAtMs),
      FinishTime: order.closedAtMs === null ? undefined : localText(call.restaurant, order.closedAtMs),
    },
    children:
      order.external === null
        ? []
        : [
            {
              name: 'ExternalID',
              attributes: { ExtSource: order.external.source, ExtID: order.external.id },
            },
          ],
  };
}
