import type { XmlOut } from '#transport/xml.ts';

import { lockedBy } from './locks.ts';
import { checksumOf, lineAmount, sumsOf } from './pricing.ts';
import { priceTypes } from './seed.ts';
import type { Employee, Row } from './seed.ts';
import { isVoided } from './state.ts';
import type { Line, Order, Package, Receipt, Restaurant } from './state.ts';
import { localText } from './wire-time.ts';

/** Where an order is shown, and when: lists carry no packages, CalcOrder2 counts promised prepayments. */
export type Showing = {
  readonly restaurant: Restaurant;
  readonly nowMs: number;
  readonly due?: 'unpaid' | 'due';
};

export function orderXml(order: Order, showing: Showing): XmlOut {
  return {
    ...orderHeadXml(order, showing),
    children: [...headChildren(order), ...sessionsXml(order, showing)],
  };
}

/** The order without its packages. `extra` stands after the common attributes. */
export function orderHeadXml(
  order: Order,
  showing: Showing,
  extra: Readonly<Record<string, string | number | undefined>> = {},
): XmlOut {
  const { restaurant, nowMs } = showing;
  const sums = sumsOf(order);
  return {
    name: 'Order',
    attributes: {
      visit: order.visit,
      orderIdent: order.orderIdent,
      guid: order.guid,
      url: '',
      orderName: order.name,
      version: order.version,
      crc32: checksumOf(order),
      locked: lockedBy(order, nowMs) === null ? 0 : 1,
      paid: order.state === 'settled' ? 1 : 0,
      finished: order.state === 'open' ? 0 : 1,
      deleted: order.state === 'voided' ? 1 : undefined,
      persistentComment: order.persistentComment,
      nonPersistentComment: order.nonPersistentComment,
      orderSum: sums.total,
      discountSum: sums.discount,
      prepaySum: sums.prepaid,
      promisedSum: sums.promised,
      unpaidSum: showing.due === 'due' ? sums.due : sums.unpaid,
      totalPieces: sums.pieces,
      openTime: localText(restaurant, order.openedAtMs),
      closeTime: order.closedAtMs === null ? undefined : localText(restaurant, order.closedAtMs),
      cookMins: 0,
      ...extra,
    },
    children: headChildren(order),
  };
}

export function refXml(name: string, row: Row): XmlOut {
  return { name, attributes: { id: row.ident, code: row.code, name: row.name } };
}

const roleIdents = { system: 1, waiter: 3, cashier: 4, manager: 5, app: 9 } as const;

function waiterXml(employee: Employee): XmlOut {
  return {
    ...refXml('Waiter', employee),
    children: [{ name: 'Role', attributes: { id: roleIdents[employee.role], name: employee.role } }],
  };
}

function headChildren(order: Order): readonly XmlOut[] {
  return [
    ...(order.creator === null ? [] : [refXml('Creator', order.creator)]),
    ...(order.waiter === null ? [] : [waiterXml(order.waiter)]),
    ...(order.station === null ? [] : [refXml('Station', order.station)]),
    refXml('OrderCategory', order.orderCategory),
    refXml('OrderType', order.orderType),
    refXml('Table', order.table),
    ...(order.extraTables.length === 0
      ? []
      : [{ name: 'ExtraTables', children: order.extraTables.map((table) => refXml('item', table)) }]),
    {
      name: 'Guests',
      attributes: { count: order.guests.length },
      children: order.guests.map((guestLabel, index) => ({
        name: 'Guest',
        attributes: { guestLabel, cardCode: index === 0 ? order.card?.card.cardCode : undefined },
      })),
    },
    {
      name: 'ExternalProps',
      children: [...order.props].map(([name, value]) => ({ name: 'Prop', attributes: { name, value } })),
    },
    ...(order.external === null
      ? []
      : [{ name: 'ExternalID', attributes: { ExtSource: order.external.source, ExtID: order.external.id } }]),
  ];
}

/** Every package, and after them what is on the order beside the kitchen's lines: the card's discount, the receipt. */
function sessionsXml(order: Order, showing: Showing): readonly XmlOut[] {
  return [
    ...order.packages.map((entry) => sessionXml(order, entry, showing)),
    ...(order.card === null ? [] : [discountSessionXml(order, order.card)]),
    ...(order.receipt === null ? [] : [receiptSessionXml(order, order.receipt, showing)]),
  ];
}

export function sessionXml(
  order: Order,
  entry: Package,
  showing: Showing,
  extra: Readonly<Record<string, string | number>> = {},
): XmlOut {
  return {
    name: 'Session',
    attributes: {
      uni: entry.uni,
      line_guid: entry.guid,
      ...extra,
      state: packageState(order, entry),
      printed: entry.printed ? 1 : 0,
      startService: localText(showing.restaurant, entry.savedAtMs),
      cookMins: 0,
    },
    children: [
      ...(entry.station === null ? [] : [refXml('Station', entry.station)]),
      ...(entry.author === null ? [] : [refXml('Author', entry.author)]),
      ...(entry.creator === null ? [] : [refXml('Creator', entry.creator)]),
      ...entry.lines.map((line) => dishXml(order, entry, line, showing)),
      ...entry.discounts.map(({ discount, ...typed }) => ({
        name: 'Discount',
        attributes: {
          id: discount.ident,
          code: discount.code,
          name: discount.name,
          uni: typed.uni,
          line_guid: typed.guid,
          amount: typed.amount,
          discountSum: -typed.amount,
        },
      })),
      ...entry.prepays.map((prepay) => ({
        name: 'Prepay',
        attributes: {
          id: prepay.currency.ident,
          code: prepay.currency.code,
          name: prepay.currency.name,
          uni: prepay.uni,
          line_guid: prepay.guid,
          amount: prepay.amount,
          promised: prepay.promised ? 1 : 0,
          extTransactionInfo: prepay.transaction ?? undefined,
        },
      })),
      { name: 'PriceScale', attributes: { id: priceTypes.list } },
      { name: 'TradeGroup', attributes: { id: 1 } },
    ],
  };
}

const states = { open: 1, fixed: 3, printed: 4, closed: 6, deleted: 7 } as const;

function packageState(order: Order, entry: Package): number {
  if (order.state === 'settled') return states.closed;
  return entry.printed ? states.printed : states.open;
}

function dishXml(order: Order, entry: Package, line: Line, showing: Showing): XmlOut {
  return {
    name: 'Dish',
    attributes: {
      id: line.dish.ident + showing.restaurant.identShift,
      code: line.dish.code,
      name: line.dish.name,
      uni: line.uni,
      line_guid: line.guid,
      state: isVoided(line) ? states.deleted : packageState(order, entry),
      guid: line.dish.guid,
      price: line.unitPrice,
      amount: lineAmount(line),
      quantity: line.quantity,
      srcQuantity: line.ordered,
      // The seat of a common dish is not written at all.
      seat: line.seat === 0 ? undefined : line.seat,
      kdsstate: line.kitchenState === 'none' ? undefined : line.kitchenState,
    },
    children: [
      ...line.modis.map(({ modifier, count, charged, openName }) => ({
        name: 'Modi',
        attributes: {
          id: modifier.ident,
          code: modifier.code,
          name: modifier.name,
          count,
          price: modifier.priceMinor,
          amount: Math.round((modifier.priceMinor * charged * line.quantity) / 1000),
          openName: openName ?? undefined,
        },
      })),
      ...line.voids.map(({ reason, quantity }) => ({
        ...refXml('Void', reason),
        attributes: { id: reason.ident, code: reason.code, name: reason.name, quantity },
      })),
      refXml('OrderType', order.orderType),
    ],
  };
}

/** `amount` is what was typed in, here a percentage; `discountSum` is what it comes to. */
function discountSessionXml(order: Order, applied: NonNullable<Order['card']>): XmlOut {
  return {
    name: 'Session',
    attributes: { uni: applied.uni, line_guid: applied.guid, state: states.printed, printed: 1, cookMins: 0 },
    children: [
      {
        name: 'Discount',
        attributes: {
          id: applied.discount.ident,
          code: applied.discount.code,
          name: applied.discount.name,
          amount: applied.discount.percent,
          discountSum: sumsOf(order).cardDiscount,
          calculated: 1,
          charge_source: 'pdsCard',
          cardCode: applied.card.cardCode,
        },
        children: [refXml('Interface', applied.interface)],
      },
    ],
  };
}

function receiptSessionXml(order: Order, receipt: Receipt, showing: Showing): XmlOut {
  return {
    name: 'Session',
    attributes: { uni: receipt.uni, line_guid: receipt.guid, state: states.closed, printed: 1, cookMins: 0 },
    children: [receiptXml(order, receipt, showing)],
  };
}

export function receiptXml(order: Order, receipt: Receipt, showing: Showing): XmlOut {
  const amount = receipt.pays.reduce((sum, pay) => sum + pay.amount, 0);
  return {
    name: 'PrintCheck',
    attributes: {
      uni: receipt.uni,
      line_guid: receipt.guid,
      CheckNum: receipt.number,
      // The schema knows no receipt of nothing.
      amount: amount > 0 ? amount : undefined,
      unpaidSum: sumsOf(order).unpaid,
      GlobalFiscalID: '',
      state: states.closed,
      deleted: 0,
      bill: 0,
      printTime: localText(showing.restaurant, receipt.printedAtMs),
    },
    children: receipt.pays.map((pay) => ({
      name: 'Pay',
      attributes: {
        id: pay.currency.ident,
        code: pay.currency.code,
        name: pay.currency.name,
        line_guid: pay.guid,
        amount: pay.amount,
        basicSum: pay.amount > 0 ? pay.amount : undefined,
        nationalSum: pay.amount > 0 ? pay.amount : undefined,
        extTransactionInfo: pay.transaction ?? undefined,
      },
    })),
  };
}
