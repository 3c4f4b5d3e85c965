import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Script } from 'node:vm';

import { z } from 'zod';

import type { Ticket } from '#twins/definition.ts';
import { TwinCommandError } from '#twins/definition.ts';

import {
  all,
  at,
  cashier,
  createOrder,
  dish,
  licence,
  makeTestTwin,
  modi,
  order,
  orderGuid,
  save,
  station,
} from './test-twin.ts';
import type { TestTwin } from './test-twin.ts';

const opened = z.object({ orderRef: z.string(), packageRef: z.string().nullable() });
const shownOrders = z.array(
  z.object({
    orderRef: z.string(),
    restaurant: z.string(),
    table: z.string(),
    waiter: z.string().nullable(),
    state: z.enum(['open', 'settled', 'voided']),
    locked: z.boolean(),
    externalProps: z.record(z.string(), z.string()),
    total: z.number(),
    packages: z.array(z.object({ packageRef: z.string(), lines: z.array(z.object({ name: z.string() })) })),
    lines: z.array(
      z.object({
        name: z.string(),
        quantity: z.number(),
        amount: z.number(),
        kitchenState: z.string(),
        voided: z.boolean(),
      }),
    ),
  }),
);

const orders = (twin: TestTwin) => shownOrders.parse(twin.world.orders());
const only = (twin: TestTwin) => {
  const [first] = orders(twin);
  if (first === undefined) throw new Error('no order');
  return first;
};
/** A ticket without what two tickets can never share. */
const form = ({ kind, table, station: where, lines, restaurant }: Ticket) => ({
  kind,
  table,
  where,
  lines,
  restaurant,
});

const typed = [
  {
    item: 'Tagliatelle al ragù',
    quantity: 2,
    modifiers: ['Porzione intera', { modifier: 'Parmigiano', quantity: 2 }],
  },
  { item: 'Margherita' },
  { item: 'Chinotto', quantity: 3 },
  { item: 'Mancia', price: 200 },
];
const sent =
  dish(201, 2000, modi(12) + modi(21, 2)) + dish(401) + dish(805, 3000) + dish(990, 1000, '', 'price="200"');

describe('the kitchen', () => {
  it('gets one ticket per station of a package, every line on exactly one, the tip on none', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, sent, 'line_guid="{AAAAAAAA-0000-4000-8000-000000000001}"');
    assert.deepEqual(
      twin.world.tickets().map((ticket) => [ticket.station, ticket.lines]),
      [
        [
          'Cucina',
          [{ name: 'Tagliatelle al ragù', quantity: 2, modifiers: ['Porzione intera', '2 × Parmigiano'] }],
        ],
        ['Forno', [{ name: 'Margherita', quantity: 1, modifiers: ['Fior di latte', 'Basilico'] }]],
        ['Bar', [{ name: 'Chinotto', quantity: 3, modifiers: [] }]],
      ],
    );
    for (const ticket of twin.world.tickets()) {
      assert.equal(ticket.packageRef, '{AAAAAAAA-0000-4000-8000-000000000001}');
      assert.equal(ticket.orderRef, orderGuid);
    }
    assert.equal(new Set(twin.world.tickets().map((ticket) => ticket.ticketId)).size, 3);
  });

  it('gets the same tickets when a guest line is typed as it stands', () => {
    const print = (lines: readonly unknown[]) => {
      const twin = makeTestTwin();
      twin.press('open-order', { table: '3', lines });
      return twin.world.tickets().map(form);
    };
    const guest = [
      {
        itemId: 'dish-1020201',
        variantId: 'modi-1060012',
        quantity: 2,
        modifiers: [{ modifierId: 'modi-1060021', quantity: 2 }],
      },
      {
        itemId: 'dish-1020401',
        modifiers: [
          { modifierId: 'modi-1060071', quantity: 0 },
          { modifierId: 'modi-1060072', quantity: 1 },
        ],
        note: 'well done',
      },
      { itemId: 'join-acqua-naturale', variantId: 'dish-1020802' },
    ];
    const byName = [
      {
        item: 'Tagliatelle al ragù',
        quantity: 2,
        modifiers: ['Porzione intera', { modifier: 'Parmigiano', quantity: 2 }],
      },
      { item: 'Margherita', modifiers: ['Mozzarella di bufala', { modifier: 991, text: 'well done' }] },
      { item: 'Acqua naturale 0,75 l' },
    ];
    assert.deepEqual(print(guest), print(byName));
  });

  it('knows the restaurant by what only one of them has', () => {
    const twin = makeTestTwin();
    twin.press('open-order', { table: 'M2', lines: [{ itemId: 'dish-2020104' }] });
    assert.equal(only(twin).restaurant, 'fiume-al-porto');
    assert.deepEqual(twin.press('sell-out', { item: 'dish-2020104' }), {
      item: 'Crostini ai fegatini',
      ident: 2_020_104,
      kind: 'dish',
      remaining: 0,
    });
    assert.throws(() => twin.press('open-order', { table: 'Z9' }), TwinCommandError);
  });

  it('cannot tell an order typed at the till from one sent over the interface; nor can the day report', () => {
    const overWire = makeTestTwin();
    overWire.ask(
      'CreateOrder',
      '',
      `<Order guid="${orderGuid}"><Table code="3"/><Waiter code="7"/><Guests count="1"/></Order>`,
    );
    save(overWire, 0, sent);
    const due = at(overWire.ask('CalcOrder2', '', order + station), 'Order').attributes['unpaidSum'];
    overWire.ask(
      'PayOrder',
      '',
      `${licence(1)}${order}${station}${cashier}<Payment code="1" amount="${due}"/>`,
    );
    const atTill = makeTestTwin();
    const { orderRef } = opened.parse(
      atTill.press('open-order', { table: '3', waiter: 'Anna', lines: typed }),
    );
    atTill.press('settle', { orderRef });
    assert.deepEqual(overWire.world.tickets().map(form), atTill.world.tickets().map(form));
    assert.deepEqual(overWire.world.report(), atTill.world.report());
    const lines = (twin: TestTwin) =>
      only(twin).lines.map(({ name, quantity, amount, kitchenState, voided }) => ({
        name,
        quantity,
        amount,
        kitchenState,
        voided,
      }));
    assert.deepEqual(lines(overWire), lines(atTill));
    // 2 × (9.80 + 4.60 + 0.50) + 9.50 + 3 × 4.20 + 2.00.
    assert.deepEqual(overWire.world.report(), {
      currency: 'EUR',
      byWaiter: [{ restaurant: 'osteria-fiume', name: 'Anna', orders: 1, total: 5390 }],
      byItem: [
        { restaurant: 'osteria-fiume', name: 'Chinotto', quantity: 3, total: 1260 },
        { restaurant: 'osteria-fiume', name: 'Mancia', quantity: 1, total: 200 },
        { restaurant: 'osteria-fiume', name: 'Margherita', quantity: 1, total: 950 },
        { restaurant: 'osteria-fiume', name: 'Tagliatelle al ragù', quantity: 2, total: 2980 },
      ],
      byPayment: [{ restaurant: 'osteria-fiume', name: 'Contanti', payments: 1, total: 5390 }],
    });
  });

  it('shows on the order what was bumped', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, dish(601) + dish(401));
    const [pastry] = twin.world.tickets().filter((ticket) => ticket.station === 'Pasticceria');
    twin.press('bump', { ticketId: pastry?.ticketId });
    assert.deepEqual(
      all(twin.ask('GetOrder', '', order), 'Dish').map((line) => [
        line.attributes['code'],
        line.attributes['kdsstate'],
      ]),
      [
        ['601', 'ready'],
        ['401', 'sent'],
      ],
    );
  });
});

describe('the till', () => {
  it('opens orders that the interface sees like its own, in any of its restaurants', () => {
    const twin = makeTestTwin();
    const { orderRef } = opened.parse(twin.press('open-order', { table: 'T1', lines: [{ item: 601 }] }));
    const found = at(twin.ask('GetOrder', '', `<Order guid="${orderRef}"/>`), 'Order');
    assert.equal(at(found, 'Table').attributes['name'], 'T1');
    assert.equal(at(found, 'Waiter').attributes['name'], 'Anna');
    const empty = opened.parse(twin.press('open-order', { table: 'M1', restaurant: 'fiume-al-porto' }));
    assert.equal(empty.packageRef, null);
    assert.equal(
      orders(twin).find((entry) => entry.orderRef === empty.orderRef)?.restaurant,
      'fiume-al-porto',
    );
  });

  it('shows every order with its packages, its lock and our properties', () => {
    const twin = makeTestTwin();
    twin.ask(
      'CreateOrder',
      '',
      `<Order guid="${orderGuid}"><Table code="3"/><ExternalProps><Prop name="a" value="b"/></ExternalProps></Order>`,
    );
    save(twin, 0, dish(601));
    twin.press('lock', { orderRef: orderGuid, restaurant: 'osteria-fiume' });
    const shown = only(twin);
    assert.equal(shown.locked, true);
    assert.deepEqual(shown.externalProps, { a: 'b' });
    assert.equal(shown.total, 720);
    assert.equal(shown.packages[0]?.lines[0]?.name, 'Tiramisù');
  });

  it('adds lines, moves tables, takes units off and prints what changed', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, dish(601, 3000));
    twin.press('edit', {
      orderRef: orderGuid,
      table: 'T3',
      waiter: 'Giulia',
      lines: [{ item: 'Espresso', quantity: 2 }],
    });
    twin.press('edit', { orderRef: orderGuid, line: 'Tiramisù', quantity: 1 });
    twin.press('edit', { orderRef: orderGuid, line: 'Espresso', quantity: 3 });
    assert.deepEqual(
      twin.world.tickets().map(({ kind, table, lines }) => [kind, table, lines[0]?.name, lines[0]?.quantity]),
      [
        ['order', '3', 'Tiramisù', 3],
        ['order', '3', 'Espresso', 2],
        ['void', 'T3', 'Tiramisù', 2],
        // What is printed cannot grow: the third one is a line of its own.
        ['order', 'T3', 'Espresso', 1],
      ],
    );
    const found = at(twin.ask('GetOrder', '', order), 'Order');
    assert.equal(at(found, 'Table').attributes['name'], 'T3');
    // 7.20 + 3 × 1.80.
    assert.equal(found.attributes['orderSum'], '1260');
    const [tiramisu] = all(found, 'Dish');
    assert.equal(tiramisu?.attributes['quantity'], '1000');
    assert.equal(tiramisu?.attributes['srcQuantity'], '3000');
    assert.equal(all(tiramisu ?? found, 'Void')[0]?.attributes['quantity'], '2000');
  });

  it('voids a line, and with its last line the order', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, dish(601) + dish(401));
    twin.press('void', { orderRef: orderGuid, line: 'Margherita' });
    const found = at(twin.ask('GetOrder', '', order), 'Order');
    assert.equal(found.attributes['orderSum'], '720');
    assert.deepEqual(
      all(found, 'Dish').map((line) => [line.attributes['state'], line.attributes['quantity']]),
      [
        ['4', '1000'],
        ['7', '0'],
      ],
    );
    twin.press('void', { orderRef: orderGuid, line: 'Tiramisù' });
    const gone = at(twin.ask('GetOrder', '', order), 'Order');
    assert.equal(gone.attributes['deleted'], '1');
    assert.equal(only(twin).state, 'voided');
    assert.deepEqual(
      twin.world.tickets().map((ticket) => `${ticket.kind} ${ticket.station}`),
      ['order Forno', 'order Pasticceria', 'void Forno', 'void Pasticceria'],
    );
  });

  it('refuses what it cannot do, and opens nothing for it', () => {
    const twin = makeTestTwin();
    const refused = (name: string, body: unknown, status: number) =>
      assert.throws(
        () => twin.press(name, body),
        (error) => error instanceof TwinCommandError && error.status === status,
        name,
      );
    refused('open-order', { table: 'nowhere' }, 404);
    refused(
      'open-order',
      { table: 3, lines: [{ item: 'Trota del fiume alla mugnaia', modifiers: ['Con insalata di campo'] }] },
      409,
    );
    refused('open-order', { table: 3, lines: [{ item: 'Tonnarelli cacio e pepe' }] }, 409);
    refused('open-order', { table: 3, extra: 1 }, 400);
    refused('settle', { orderRef: orderGuid }, 404);
    refused('sell-out', { item: 'Nonsense' }, 404);
    refused('close-shift', { restaurant: 'nonsense' }, 404);
    createOrder(twin);
    twin.press('settle', { orderRef: orderGuid });
    refused('settle', { orderRef: orderGuid }, 409);
    assert.equal(orders(twin).length, 1);
    assert.equal(twin.world.tickets().length, 0);
  });
});

describe('the page', () => {
  it('stands alone and names every table', () => {
    const page = makeTestTwin().world.page();
    assert.match(page, /^<!doctype html>/);
    assert.doesNotMatch(page, /https?:|src=|@import|url\(/);
    assert.match(page, /"T6"/);
    assert.match(page, /Fiume al Porto/);
    const script = /<script>(.*)<\/script>/s.exec(page)?.[1] ?? '';
    assert.ok(script.length > 0);
    // Throws when it is not JavaScript.
    assert.ok(new Script(script));
  });
});
