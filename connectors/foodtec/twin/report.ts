import type { AcceptedOrder, OrderItem } from '#acceptance/order.ts';

import { modifierText, tableOf } from './kitchen.ts';
import { allItems, isOpen } from './state.ts';
import type { StoreOrder, World } from './state.ts';

/** Everything that is or was open, newest last. Amounts are cents; an order's number is its `orderRef`. */
export function showOrders(world: World): unknown {
  return [...world.orders.values()].map((order) => showOrder(world, order));
}

export function showOrder(world: World, entry: StoreOrder): unknown {
  const { order } = entry;
  const { totals } = order;
  return {
    orderRef: entry.orderNum,
    restaurant: world.store.name,
    externalRef: order.externalRef,
    externalNumber: order.externalNumber,
    client: entry.client,
    source: order.source,
    orderType: order.type,
    table: tableOf(entry),
    customer: order.customer,
    instructions: order.instructions,
    status: entry.status,
    state: isOpen(entry) ? 'open' : entry.status === 'voided' ? 'voided' : 'settled',
    voidReason: entry.voidReason,
    missing: order.missing.map(({ code }) => code),
    currency: world.store.currency,
    total: totals.price.amountMinor,
    taxableSubtotal: totals.taxableSubtotal.amountMinor,
    tax: totals.tax.amountMinor,
    tip: totals.tip.amountMinor,
    discount: totals.discount.amountMinor,
    deliveryCharge: totals.deliveryCharge.amountMinor,
    serviceCharge: totals.serviceCharge.amountMinor,
    paid: order.paid,
    due: order.paid ? 0 : totals.price.amountMinor,
    openedAt: entry.orderedAtMs,
    promisedAt: order.promiseAtMs,
    lines: allItems(order).map(showLine),
    specials: order.specials.map(({ special, couponCode, price }) => ({
      special,
      couponCode,
      amount: price?.amountMinor ?? null,
    })),
  };
}

function showLine(item: OrderItem): unknown {
  return {
    lineRef: item.externalRef,
    category: item.category,
    name: item.item,
    size: item.size,
    quantity: item.quantity,
    modifiers: item.ingredients.map((entry) => ({ name: modifierText(entry), quantity: 1 })),
    amount: item.price?.amountMinor ?? null,
  };
}

type Row = { readonly name: string; count: number; total: number };

/** The day report: what was made and not voided, by source (nobody waits tables here), by item and by how it was paid. */
export function makeReport(world: World): unknown {
  const byWaiter = new Map<string, Row>();
  const byItem = new Map<string, Row>();
  const byPayment = new Map<string, Row>();
  const add = (rows: Map<string, Row>, name: string, sold: { count: number; total: number }) => {
    const row = rows.get(name) ?? { name, count: 0, total: 0 };
    rows.set(name, { name, count: row.count + sold.count, total: row.total + sold.total });
  };
  for (const { order, status } of world.orders.values()) {
    if (status === 'voided' || status === 'suspended' || world.defects.has('not-in-report')) continue;
    const total = order.totals.price.amountMinor;
    add(byWaiter, order.source, { count: 1, total });
    add(byPayment, paymentOf(order), { count: 1, total });
    for (const item of allItems(order)) {
      add(byItem, item.item, { count: item.quantity, total: item.price?.amountMinor ?? 0 });
    }
  }
  return {
    currency: world.store.currency,
    byWaiter: sorted(byWaiter).map(({ count, ...row }) => ({ ...row, orders: count })),
    byItem: sorted(byItem).map(({ count, ...row }) => ({ ...row, quantity: count })),
    byPayment: sorted(byPayment).map(({ count, ...row }) => ({ ...row, payments: count })),
  };
}

function paymentOf(order: AcceptedOrder): string {
  return order.paid ? `Paid by ${order.source}` : 'At the counter';
}

function sorted(rows: ReadonlyMap<string, Row>): readonly Row[] {
  return [...rows].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
}
