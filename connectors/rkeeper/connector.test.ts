import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { z } from 'zod';

import type { PosConnector, RoundPlaced } from '#contract/connector.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import type { PosHttp } from '#contract/pos-http.ts';
import type { Line } from '#domain/order.ts';
import { money } from '#domain/money.ts';
import { makeReference } from '#domain/reference.ts';
import { findItem } from '#domain/menu.ts';
import { rk7Commands } from './client.ts';
import { rkeeper } from './connector.ts';
import { connectionTo } from './twin/connection.ts';
import { fiumeAlPorto, osteriaFiume } from './twin/houses.ts';
import type { RestaurantSeed } from './twin/seed.ts';
import { ident, makeTestTwin } from './twin/test-twin.ts';
import type { TestTwin } from './twin/test-twin.ts';

const never = new AbortController().signal;
let drawn = 0;
const randomBytes = (count: number) => new Uint8Array(count).fill((drawn += 1));

/** The real connector over the world, no socket between them. */
function connect(twin: TestTwin, seed: RestaurantSeed = osteriaFiume): PosConnector {
  const stored = connectionTo(seed, { origin: 'https://twin.invalid', isFirst: seed === osteriaFiume });
  const settings = rkeeper.parseSettings(stored.settings);
  const secret = rkeeper.parseSecret(stored.secret);
  if (settings.kind === 'bad' || secret.kind === 'bad') throw new Error('the twin describes itself wrongly');
  const http: PosHttp = (request) => {
    const { pathname } = new URL(request.url);
    const answer = twin.world.answer({
      method: request.method,
      path: pathname,
      headers: request.headers,
      body: request.body ?? '',
    });
    return Promise.resolve({ kind: 'answered', ...answer });
  };
  const memory = new Map<string, string>();
  return rkeeper.connect({
    settings: settings.value,
    secret: secret.value,
    http,
    memory: {
      get: (key) => Promise.resolve(memory.get(key)),
      put: (key, value) => {
        memory.set(key, value);
        return Promise.resolve();
      },
    },
    clock: {
      nowMs: () => twin.nowMs(),
      monotonicMs: () => twin.nowMs(),
      after: () => ({ cancel: () => undefined }),
    },
    randomBytes,
    log: () => undefined,
  });
}

function line(code: number, more: Partial<Line> = {}, seed = osteriaFiume): Line {
  const price = money(0, 'EUR');
  return {
    lineId: makeReference(randomBytes),
    itemId: `dish-${ident(seed.dishes, code)}`,
    name: '',
    quantity: 1,
    modifiers: [],
    unitPrice: price,
    price,
    ...more,
  };
}

function place(
  connector: PosConnector,
  lines: readonly Line[],
  more: { readonly tableRef?: string; readonly posRef?: string } = {},
): Promise<WriteOutcome<RoundPlaced>> {
  return connector.placeRound(
    {
      kind: more.posRef === undefined ? 'create-order' : 'append-round',
      orderReference: makeReference(randomBytes),
      roundReference: makeReference(randomBytes),
      tableRef: more.tableRef ?? String(ident(osteriaFiume.tables, 3)),
      posRef: more.posRef ?? null,
      openOrder: 'join',
      lines,
    },
    never,
  );
}

function applied<Value>(outcome: WriteOutcome<Value>): Value {
  if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

describe('the connector over this twin', () => {
  it('reads the menu of both restaurants, with sizes, joined bottles and loyalty prices', async () => {
    const twin = makeTestTwin();
    const read = await connect(twin).readMenu(never);
    assert.equal(read.kind, 'read');
    if (read.kind !== 'read') return;
    const { categories } = read.value.menu;
    assert.equal(categories.length, 9);
    assert.ok(categories.every((category) => category.name !== 'Servizio'));
    const tagliatelle = findItem(read.value.menu, `dish-${ident(osteriaFiume.dishes, 201)}`);
    assert.deepEqual(
      tagliatelle?.variants.map((variant) => [variant.name, variant.price.amountMinor]),
      [
        ['Mezza porzione', 980],
        ['Porzione intera', 1440],
      ],
    );
    assert.equal(tagliatelle?.loyaltyPrice?.amountMinor, 882);
    const water = findItem(read.value.menu, 'join-acqua-naturale');
    assert.equal(water?.variants.length, 2);
    assert.equal(water.description, undefined, 'the small bottle is not described as the item');
    const trout = findItem(read.value.menu, `dish-${ident(osteriaFiume.dishes, 306)}`);
    assert.equal(trout?.availability.state, 'sold-out');
    assert.deepEqual(
      trout?.modifierGroups.map((group) => [
        group.name,
        group.minSelections,
        group.maxSelections,
        group.modifiers.length,
      ]),
      [['Contorno', 1, 2, 4]],
    );
    const porto = await connect(twin, fiumeAlPorto).readMenu(never);
    assert.equal(porto.kind === 'read' ? porto.value.menu.categories.length : 0, 8);
  });

  it('places two rounds as two packages of one order, pays it with a tip and closes it', async () => {
    const twin = makeTestTwin();
    const connector = connect(twin);
    const { posRef } = applied(await place(connector, [line(601), line(401)]));
    applied(await place(connector, [line(806, { quantity: 2 })], { posRef }));
    const tickets = twin.world.tickets();
    assert.equal(new Set(tickets.map((ticket) => ticket.packageRef)).size, 2);
    assert.deepEqual(new Set(tickets.map((ticket) => ticket.orderRef)), new Set([posRef]));
    const paid = await connector.markPaid(
      {
        kind: 'mark-paid',
        orderReference: makeReference(randomBytes),
        posRef,
        // 7.20 + 9.50 + 2 × 1.80.
        amount: money(2030, 'EUR'),
        tips: [{ amount: money(300, 'EUR'), reference: makeReference(randomBytes) }],
        paymentReference: makeReference(randomBytes),
      },
      never,
    );
    assert.deepEqual(applied(paid), { posRef, receiptRef: '1' });
    assert.equal(twin.world.tickets().length, tickets.length);
    const report = JSON.stringify(twin.world.report());
    assert.match(report, /"name":"Paid in Tableside","total":2330,"payments":1/);
    assert.match(report, /"name":"Mancia","total":300,"quantity":1/);
  });

  it('joins what a waiter opened, and waits while a till has it open', async () => {
    const twin = makeTestTwin();
    const connector = connect(twin);
    const typed = twin.press('open-order', { table: '3', lines: [{ item: 602 }] });
    const { orderRef } = z.object({ orderRef: z.string() }).parse(typed);
    for (const code of [2219, 13]) {
      twin.press('lock', { orderRef, code });
      const locked = await place(connector, [line(601)]);
      assert.equal(locked.kind, 'locked', JSON.stringify(locked));
    }
    twin.press('unlock', { orderRef });
    const joined = await place(connector, [line(601)]);
    assert.equal(
      joined.kind === 'applied' ? (joined.value as { posRef: string }).posRef : joined.kind,
      orderRef,
    );
  });

  it('reads tables, status and availability', async () => {
    const twin = makeTestTwin();
    const connector = connect(twin);
    twin.press('open-order', { table: 'T2', lines: [{ item: 'Tiramisù' }] });
    const status = await connector.readStatus(never);
    assert.equal(status.kind === 'read' ? status.value.posRestaurant : status.kind, '199990001');
    const tables = await connector.readTables(never);
    assert.equal(tables.kind, 'read');
    if (tables.kind !== 'read') return;
    assert.equal(tables.value.length, 15);
    assert.deepEqual(
      tables.value.filter((table) => table.orders.length > 0).map((table) => [table.name, table.hall]),
      [['T2', 'Terrazza']],
    );
    const availability = await connector.readAvailability(never);
    assert.deepEqual(
      availability.kind === 'read'
        ? availability.value.items[`dish-${ident(osteriaFiume.dishes, 206)}`]
        : undefined,
      { state: 'limited', remaining: 4 },
    );
  });

  it('recovers the licence number when one of the two has lost its own', async () => {
    const twin = makeTestTwin();
    const { posRef } = applied(await place(connect(twin), [line(601)]));
    applied(await place(connect(twin), [line(602)], { posRef }));
    // A connection that remembers nothing starts at 0 again, the server is at 1.
    applied(await place(connect(twin), [line(603)], { posRef }));
    const packages = new Set(twin.world.tickets().map((ticket) => ticket.packageRef));
    assert.equal(packages.size, 3);
  });

  it('applies a card and sends a message, each once however often it is asked', async () => {
    const twin = makeTestTwin();
    const connector = connect(twin);
    const { posRef } = applied(await place(connector, [line(601, { quantity: 2 })]));
    const card = { kind: 'apply-card', posRef, cardCode: '7001' } as const;
    const first = await connector.applyCard?.(card, never);
    const again = await connector.applyCard?.(card, never);
    assert.deepEqual([first?.kind, again?.kind], ['applied', 'applied']);
    const read = await connector.readOrder(posRef, never);
    // 14.40 less a tenth.
    assert.equal(read.kind === 'read' ? read.value.due.amountMinor : read.kind, 1296);
    const message = {
      kind: 'send-message',
      messageReference: makeReference(randomBytes),
      tableRef: String(ident(osteriaFiume.tables, 3)),
      text: 'Table 3 calls',
      expiresAtMs: twin.nowMs() + 120_000,
    } as const;
    await connector.sendMessage?.(message, never);
    await connector.sendMessage?.(message, never);
    assert.equal(twin.world.tickets().filter((ticket) => ticket.kind === 'message').length, 1);
  });

  it('places rounds where the licence lies in the server and guests are counted', async () => {
    const twin = makeTestTwin();
    const tableRef = String(ident(fiumeAlPorto.tables, 2));
    const { posRef } = applied(
      await place(connect(twin, fiumeAlPorto), [line(601, {}, fiumeAlPorto)], { tableRef }),
    );
    assert.equal(twin.world.tickets()[0]?.orderRef, posRef);
    assert.equal(twin.world.tickets()[0]?.restaurant, 'fiume-al-porto');
  });
});

describe('what the connector may say', () => {
  it('is a closed list that the twin never saw anything outside of, and nothing of it writes reference data, voids or refunds', async () => {
    const twin = makeTestTwin();
    const seen = new Set<string>();
    const pos = connect({
      ...twin,
      world: {
        ...twin.world,
        answer: (request) => {
          for (const name of twin.world.namesOf(request)) seen.add(name);
          return twin.world.answer(request);
        },
      },
    });
    await pos.readStatus(never);
    await pos.readMenu(never);
    await pos.readAvailability(never);
    await pos.readTables(never);
    for (const name of seen) assert.ok((rk7Commands as readonly string[]).includes(name), name);
    assert.ok(seen.size >= 6);
    assert.deepEqual(
      rk7Commands.filter((name) => /SetRefData|Void|Undo|Delete|Return|Refund|SetDishRests/i.test(name)),
      [],
    );
  });
});
