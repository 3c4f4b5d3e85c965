import { randomBytes } from 'node:crypto';
import type { RoundWrite } from '#contract/connector.ts';
import type { Menu } from '#domain/menu.ts';
import type { RequestedLine } from '#domain/order.ts';
import { priceLine } from '#domain/price-line.ts';
import { makeReference } from '#domain/reference.ts';
import { testConformance } from '#conformance/test-conformance.ts';
import { connectOver } from './test-pos.ts';
import { connectionTo } from './twin/connection.ts';
import { osteriaFiume } from './twin/houses.ts';
import { ident, makeTestTwin } from './twin/test-twin.ts';

const newReference = () => makeReference((count) => new Uint8Array(randomBytes(count)));
const dish = (code: number) => `dish-${ident(osteriaFiume.dishes, code)}`;
const modifier = (code: number) => `modi-${ident(osteriaFiume.modifiers, code)}`;

function roundOf(menu: Menu, lines: readonly RequestedLine[], tableRef: string): RoundWrite {
  return {
    kind: 'create-order',
    orderReference: newReference(),
    roundReference: newReference(),
    tableRef,
    posRef: null,
    openOrder: 'own',
    lines: lines.map((requested) => {
      const priced = priceLine(menu, requested);
      if (priced.kind === 'refused') throw new Error(JSON.stringify(priced.errors));
      const { item, variant, modifiers, unitPrice, price } = priced.line;
      return {
        lineId: newReference(),
        itemId: item.itemId,
        name: item.name,
        ...(variant === undefined ? {} : { variantId: variant.variantId, variantName: variant.name }),
        quantity: requested.quantity,
        ...(requested.note === undefined ? {} : { note: requested.note }),
        modifiers,
        unitPrice,
        price,
      };
    }),
  };
}

/** A wrong sum is not here: the connector compares it with what is due before the POS is asked. */
const defects = [
  'double-create-on-retry',
  'price-rounded',
  'modifier-dropped',
  'unstable-ids',
  'append-makes-new-order',
  'no-kitchen-ticket',
  'wrong-restaurant',
  'lock-as-500',
];

testConformance('R-Keeper', defects, () => {
  const twin = makeTestTwin();
  const { settings, secret } = connectionTo(osteriaFiume, { origin: 'https://twin.invalid', isFirst: true });
  const tables = osteriaFiume.tables.map((table) => String(table.ident));
  let taken = 0;
  return {
    world: twin.world,
    connect: (http) => connectOver(http, { settings, secret }),
    roundOf: (menu, lines) => roundOf(menu, lines, tables[(taken += 1)] ?? ''),
    dishes: {
      plain: { itemId: dish(601), modifiers: [], quantity: 1 },
      chosen: { itemId: dish(302), modifiers: [{ modifierId: modifier(51), quantity: 1 }], quantity: 2 },
    },
    saves: 'SaveOrder',
    terminal: {
      open: (orderRef) => void twin.press('lock', { orderRef, code: 2219 }),
      close: (orderRef) => void twin.press('unlock', { orderRef }),
    },
  };
});
