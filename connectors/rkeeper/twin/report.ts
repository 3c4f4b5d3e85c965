import { lockedBy } from './locks.ts';
import { lineAmount, sumsOf } from './pricing.ts';
import { isVoided, linesOf } from './state.ts';
import type { Line, Order, Restaurant, World } from './state.ts';

/** Everything that is or was open, newest last. Amounts are hundredths; an order's GUID is its `orderRef`. */
export function showOrders(world: World): unknown {
  return world.restaurants.flatMap((restaurant) =>
    [...restaurant.orders.values()].map((order) => showOrder(world, restaurant, order)),
  );
}

export function showOrder(world: World, restaurant: Restaurant, order: Order): unknown {
  const sums = sumsOf(order);
  const holder = lockedBy(order, world.nowMs());
  return {
    orderRef: order.guid,
    restaurant: restaurant.seed.slug,
    orderName: order.name,
    visit: order.visit,
    table: order.table.name,
    waiter: order.waiter?.name ?? null,
    state: order.state,
    locked: holder !== null,
    lockedBy:
      holder === null ? null : { station: holder.station, operator: holder.operator, code: holder.code },
    externalProps: Object.fromEntries(order.props),
    currency: restaurant.seed.currencyCode,
    total: sums.total,
    discount: sums.discount,
    due: sums.due,
    card: order.card?.card.cardCode ?? null,
    orderType: order.orderType.name,
    comment: order.persistentComment,
    openedAt: order.openedAtMs,
    packages: order.packages.map((entry) => ({
      packageRef: entry.guid,
      author: entry.author?.name ?? null,
      station: entry.station?.name ?? null,
      printed: entry.printed,
      at: entry.savedAtMs,
      lines: entry.lines.map((line) => showLine(line, entry.guid)),
    })),
    lines: order.packages.flatMap((entry) => entry.lines.map((line) => showLine(line, entry.guid))),
    payments: (order.receipt?.pays ?? []).map((pay) => ({
      name: pay.currency.name,
      amount: pay.amount,
      reference: pay.transaction,
    })),
    receipt: order.receipt?.number ?? null,
  };
}

function showLine(line: Line, packageRef: string): unknown {
  return {
    lineRef: line.guid,
    packageRef,
    ident: line.dish.ident,
    name: line.dish.name,
    quantity: line.quantity / 1000,
    ordered: line.ordered / 1000,
    modifiers: line.modis.map((modi) => ({
      name: modi.openName ?? modi.modifier.name,
      quantity: modi.count,
    })),
    amount: lineAmount(line),
    voided: isVoided(line),
    kitchenState: line.kitchenState,
  };
}

type Row = { readonly restaurant: string; readonly name: string; count: number; total: number };

/**
 * The day report: what was settled, by waiter (orders), by item (whole units, before discounts) and by form of payment. Voided
 * lines and open orders are not in it. Sorted by restaurant and name, so that the same day always reads the same.
 */
export function makeReport(world: World): unknown {
  const byWaiter = new Map<string, Row>();
  const byItem = new Map<string, Row>();
  const byPayment = new Map<string, Row>();
  for (const restaurant of world.restaurants) {
    const add = (rows: Map<string, Row>, name: string, sold: { count: number; total: number }) => {
      const key = JSON.stringify([restaurant.seed.slug, name]);
      const row = rows.get(key) ?? { restaurant: restaurant.seed.slug, name, count: 0, total: 0 };
      rows.set(key, { ...row, count: row.count + sold.count, total: row.total + sold.total });
    };
    for (const order of restaurant.orders.values()) {
      if (order.state !== 'settled') continue;
      if (world.defects.has('not-in-report') && order.settledBy === 'interface') continue;
      add(byWaiter, order.waiter?.name ?? '', { count: 1, total: sumsOf(order).total });
      for (const line of linesOf(order).filter((candidate) => !isVoided(candidate))) {
        add(byItem, line.dish.name, { count: line.quantity / 1000, total: lineAmount(line) });
      }
      for (const pay of order.receipt?.pays ?? [])
        add(byPayment, pay.currency.name, { count: 1, total: pay.amount });
      for (const prepay of order.packages.flatMap((entry) => entry.prepays)) {
        add(byPayment, prepay.currency.name, { count: 1, total: prepay.amount });
      }
    }
  }
  return {
    currency: world.restaurants[0]?.seed.currencyCode ?? '',
    byWaiter: sorted(byWaiter).map(({ count, ...row }) => ({ ...row, orders: count })),
    byItem: sorted(byItem).map(({ count, ...row }) => ({ ...row, quantity: count })),
    byPayment: sorted(byPayment).map(({ count, ...row }) => ({ ...row, payments: count })),
  };
}

function sorted(rows: ReadonlyMap<string, Row>): readonly Row[] {
  return [...rows].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, row]) => row);
}
