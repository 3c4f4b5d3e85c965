import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PosConnector, RoundWrite, ThirdPartyOrder } from '#contract/connector.ts';
import type { PosHttp } from '#contract/pos-http.ts';
import { money } from '#domain/money.ts';
import type { Line } from '#domain/order.ts';
import { makeReference } from '#domain/reference.ts';
import { rkeeper } from './connector.ts';
import { connectionTo } from './twin/connection.ts';
import { osteriaFiume } from './twin/houses.ts';
import { ident, makeTestTwin } from './twin/test-twin.ts';
import type { TestTwin } from './twin/test-twin.ts';

const never = new AbortController().signal;
const zero = money(0, 'EUR');
let drawn = 0;
const randomBytes = (count: number) => new Uint8Array(count).fill((drawn += 1));
const takeaway = String(ident(osteriaFiume.tables, 90));

function connect(twin: TestTwin): PosConnector {
  const stored = connectionTo(osteriaFiume, { origin: 'https://twin.invalid', isFirst: true });
  const settings = rkeeper.parseSettings(stored.settings);
  const secret = rkeeper.parseSecret(stored.secret);
  if (settings.kind === 'bad' || secret.kind === 'bad') throw new Error('the twin describes itself wrongly');
  const http: PosHttp = (request) => {
    const { pathname } = new URL(request.url);
    const { method, headers, body = '' } = request;
    return Promise.resolve({
      kind: 'answered',
      ...twin.world.answer({ method, path: pathname, headers, body }),
    });
  };
  const memory = new Map<string, string>();
  return rkeeper.connect({
    settings: settings.value,
    secret: secret.value,
    http,
    memory: {
      get: (key) => Promise.resolve(memory.get(key)),
      put: (key, value) => Promise.resolve(void memory.set(key, value)),
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

/** Ten-inch cheese pizza with twice pepperoni: 8.85 + 2 × 1.50. */
function pizza(): Line {
  const topping = ident(osteriaFiume.modifiers, 171);
  return {
    lineId: makeReference(randomBytes),
    itemId: `dish-${ident(osteriaFiume.dishes, 451)}`,
    name: 'Cheese',
    variantId: `modi-${ident(osteriaFiume.modifiers, 161)}`,
    quantity: 1,
    modifiers: [
      { modifierId: `modi-${topping}`, modifierGroupId: 'toppings', name: '', quantity: 2, price: zero },
    ],
    unitPrice: zero,
    price: zero,
  };
}

function write(thirdParty: Partial<ThirdPartyOrder> = {}): RoundWrite {
  return {
    kind: 'create-order',
    orderReference: makeReference(randomBytes),
    roundReference: makeReference(randomBytes),
    tableRef: takeaway,
    posRef: null,
    openOrder: 'own',
    lines: [pizza()],
    thirdParty: {
      comment: 'No. 0123456789 | Foodtec Joe | "the door" <left> & up',
      customer: { name: 'Foodtec Joe', phone: null },
      externalNumber: '0123456789',
      orderTypeRef: String(ident(osteriaFiume.orderTypes, 2)),
      stationRef: String(ident(osteriaFiume.stations, 2)),
      discounts: [{ code: '30', name: 'Special Discount', amount: money(100, 'EUR') }],
      tip: money(0, 'EUR'),
      paid: false,
      ...thirdParty,
    },
  };
}

describe('a third party’s order in R-Keeper', () => {
  it('stands at its table with comment, order type, till and discount, on one ticket', async () => {
    const twin = makeTestTwin();
    const sent = write();
    const outcome = await connect(twin).placeRound(sent, never);
    assert.ok(outcome.kind === 'applied');
    const { order } = outcome.value;
    assert.deepEqual(
      [
        order?.total.amountMinor,
        order?.due.amountMinor,
        order?.discounts.map((one) => [one.name, one.amount.amountMinor]),
      ],
      [1085, 1085, [['Sconto piattaforma', -100]]],
    );
    const tickets = twin.world.tickets();
    assert.deepEqual(
      tickets.map(({ table, station, orderType, comment, lines }) => ({
        table,
        station,
        orderType,
        comment,
        lines,
      })),
      [
        {
          table: 'Asporto',
          station: 'Forno',
          orderType: 'Da asporto',
          comment: `No. 0123456789 | Foodtec Joe | "the door" <left> & up`,
          lines: [{ name: 'Cheese', quantity: 1, modifiers: ['10"', '2 × Pepperoni'] }],
        },
      ],
    );
    const [shown] = twin.world.orders() as { packages: { station: string }[] }[];
    assert.equal(shown?.packages[0]?.station, 'Cassa terrazza');
  });

  it('is found again by its reference, discount and all, when the answer was lost', async () => {
    const twin = makeTestTwin();
    const sent = write();
    await connect(twin).placeRound(sent, never);
    const again = await connect(twin).placeRound(sent, never);
    assert.ok(again.kind === 'applied');
    assert.deepEqual([again.repeated, again.value.order?.total.amountMinor], [true, 1085]);
    assert.equal(twin.world.tickets().length, 1);
  });

  it('is paid and closed for what is due after the discount', async () => {
    const twin = makeTestTwin();
    const connector = connect(twin);
    const sent = write();
    const placed = await connector.placeRound(sent, never);
    assert.ok(placed.kind === 'applied');
    const paid = await connector.markPaid(
      {
        kind: 'mark-paid',
        orderReference: sent.orderReference,
        posRef: placed.value.posRef,
        paymentReference: makeReference(randomBytes),
        amount: money(1085, 'EUR'),
        tips: [],
      },
      never,
    );
    assert.equal(paid.kind, 'applied');
  });

  it('is refused, nothing created, when the discount takes no sum of its own', async () => {
    const twin = makeTestTwin();
    const sent = write({ discounts: [{ code: '10', name: 'Members', amount: money(100, 'EUR') }] });
    const outcome = await connect(twin).placeRound(sent, never);
    assert.notEqual(outcome.kind, 'applied');
    assert.deepEqual(twin.world.tickets(), []);
  });

  it('is refused before anything is sent when the profile names a till by no ident', async () => {
    const twin = makeTestTwin();
    const outcome = await connect(twin).placeRound(write({ stationRef: 'terrace' }), never);
    assert.deepEqual(outcome.kind === 'refused' ? outcome.error.code : outcome.kind, 'bad-request');
    assert.deepEqual(twin.world.orders(), []);
  });
});
