import type { PosMenu, PosOrder, PosTable } from '#contract/snapshot.ts';
import { money } from '#domain/money.ts';
import { parseReference } from '#domain/reference.ts';
import type { Reference } from '#domain/reference.ts';
import { menuOf } from './model-wire.ts';
import type { ModelOrder } from './model-wire.ts';

const eur = (minor: number) => money(minor, 'EUR');

export function mapOrder(order: ModelOrder): PosOrder {
  const due = order.state === 'open' ? order.totalMinor - order.paidMinor : 0;
  return {
    posRef: order.posRef,
    reference: referenceOf(order.reference),
    tableRef: order.tableRef,
    state: order.state,
    version: order.version,
    locked: null,
    waiter: null,
    lines: order.lines.map((line) => ({
      posLineRef: line.lineRef,
      reference: referenceOf(line.reference),
      packageRef: line.packageRef,
      roundReference: referenceOf(line.roundReference),
      itemId: line.itemId,
      name: line.itemId,
      quantity: line.quantity,
      modifiers: [],
      price: eur(line.priceMinor),
      voided: line.voided,
      tip: line.tip,
    })),
    discounts: [],
    total: eur(order.totalMinor),
    paid: eur(order.paidMinor),
    due: eur(due),
  };
}

function referenceOf(text: string | null): Reference | null {
  return text === null ? null : (parseReference(text) ?? null);
}

export function mapTables(tables: readonly string[], orders: readonly ModelOrder[]): readonly PosTable[] {
  return tables.map((tableRef) => ({
    tableRef,
    name: tableRef,
    orders: orders
      .filter((order) => order.tableRef === tableRef)
      .map((order) => ({
        posRef: order.posRef,
        reference: referenceOf(order.reference),
        version: order.version,
        total: eur(order.totalMinor),
        waiter: null,
        locked: false,
      })),
  }));
}

export function mapMenu(restaurant: string, readAtMs: number): PosMenu {
  const { version, items } = menuOf(restaurant);
  return {
    sourceVersion: version,
    menu: {
      menuVersion: version,
      currency: 'EUR',
      readAtMs,
      categories: [
        {
          categoryId: 'all',
          name: 'All',
          items: items.map(([itemId, price]) => ({
            itemId,
            name: itemId,
            price: eur(price),
            taxes: [],
            availability: { state: 'available' } as const,
            variants: [],
            modifierGroups: [],
          })),
        },
      ],
    },
  };
}
