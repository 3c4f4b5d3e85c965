import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { examplePost } from '#acceptance/test-pizzeria.ts';

import { readPizzeria } from './pizzeria.ts';
import { makeTestTwin } from './test-twin.ts';

const ordersPath = '/ws/store/v1/orders';
const documentedKeys = [
  'orderNum',
  'type',
  'source',
  'status',
  'paid',
  'isThirdPartyPickup',
  'price',
  'tax',
  'taxableSubtotal',
  'tip',
  'discount',
  'deliveryCharge',
  'deferTime',
  'promiseTime',
  'instructions',
  'customer',
  'items',
  'specials',
  'orderTaker',
  'externalRef',
  'externalNumber',
];

type Shown = { orderRef: string; externalRef: string; state: string; total: number; status: string };

describe('the FoodTec twin', () => {
  it('is a pizzeria of sixty items, and its small cheese pizza with extra pepperoni costs 11.85', () => {
    const store = readPizzeria();
    assert.ok(store.categories.flatMap(({ items }) => items).length >= 60);
    const { status, json } = makeTestTwin().post(examplePost);
    assert.equal(status, 200, JSON.stringify(json));
    const answer = json as Record<string, unknown>;
    for (const key of documentedKeys) assert.ok(key in answer, `no ${key}`);
    assert.equal(answer['orderNum'], '1');
    assert.equal(answer['price'], 14.61);
    assert.deepEqual((answer['items'] as { externalRef: string }[])[0]?.externalRef, 'line-1');
  });

  it('prints one ticket per station, with who it is for', () => {
    const twin = makeTestTwin();
    twin.post(examplePost);
    assert.deepEqual(twin.world.tickets(), [
      {
        ticketId: 'ticket-1',
        kind: 'order',
        packageRef: 'order-1',
        orderRef: '1',
        table: '',
        station: 'Pizza oven',
        lines: [{ name: '10" Cheese Pizza', quantity: 1, modifiers: ['Extra Pepperoni'] }],
        at: twin.nowMs(),
        restaurant: 'Oak Street Pizza',
        orderType: 'Pickup',
        comment: '#1 · Jo Miller · no. 0123456789 · Blue van',
      },
    ]);
  });

  it('asks for a login in the words of the API', () => {
    const { ask } = makeTestTwin();
    const answer = ask('GET', '/ws/store/v1/menu/ordertypes', undefined, { username: 'x', password: 'y' });
    assert.deepEqual(answer, {
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="store services"' },
      body: '',
    });
    assert.equal(ask('GET', '/ws/store/v1/menu/ordertypes').body, '["Pickup","Delivery"]');
    assert.equal(ask('GET', '/elsewhere').status, 404);
  });

  it('makes one order of fifty identical posts', () => {
    const twin = makeTestTwin();
    const answers = Array.from({ length: 50 }, () => twin.post(examplePost));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.equal(answers.filter(({ json }) => codeOf(json) === 1003).length, 49);
    assert.equal(shown(twin).length, 1);
    assert.equal(twin.world.tickets().length, 1);
  });

  it('takes a reference again once its order is closed', () => {
    const twin = makeTestTwin();
    twin.post(examplePost);
    twin.press('complete', { orderRef: '1' });
    assert.equal(twin.post(examplePost).status, 200);
    assert.deepEqual(
      shown(twin).map(({ state }) => state),
      ['settled', 'open'],
    );
  });

  it('voids an order once, with a reason, and only for the client that posted it', () => {
    const clients = [
      { username: 'a', password: 'a' },
      { username: 'b', password: 'b' },
    ];
    const twin = makeTestTwin({ clients });
    const [a, b] = clients;
    const path = `${ordersPath}/order-1/void`;
    assert.equal(twin.ask('POST', ordersPath, examplePost, a).status, 200);
    assert.equal(codeOf(JSON.parse(twin.ask('PUT', path, { reason: 'x' }, b).body)), 1005);
    assert.equal(codeOf(JSON.parse(twin.ask('PUT', path, {}, a).body)), 1050);
    const voided = twin.ask('PUT', path, { reason: 'by mistake' }, a);
    assert.deepEqual([voided.status, voided.body], [204, '']);
    assert.equal(codeOf(JSON.parse(twin.ask('PUT', path, { reason: 'again' }, a).body)), 1050);
    assert.deepEqual(
      twin.world.tickets().map(({ kind }) => kind),
      ['order', 'void'],
    );
  });

  it('holds a suspended order until it is released, and checks it again then', () => {
    const twin = makeTestTwin();
    const gap = { ...examplePost, customer: { ...examplePost.customer, name: null } };
    assert.equal(twin.post(gap, '?suspend=maybe').status, 400);
    assert.equal((twin.post(gap, '?suspend=true').json as { status: string }).status, 'suspended');
    assert.equal(twin.world.tickets().length, 0);
    assert.throws(() => twin.press('release', { orderRef: '1' }), /1210/);
    twin.post({ ...examplePost, externalRef: 'whole' }, '?suspend=true');
    twin.press('release', { orderRef: '2' });
    assert.equal(twin.world.tickets().length, 1);
  });

  it('counts stock, and gives it back with a void', () => {
    const twin = makeTestTwin();
    twin.press('sell-out', { category: 'Pizza', item: 'Cheese', remaining: 1 });
    twin.post(examplePost);
    assert.equal(codeOf(twin.post({ ...examplePost, externalRef: 'two' }).json), 1123);
    twin.press('void', { orderRef: '1' });
    assert.equal(twin.post({ ...examplePost, externalRef: 'three' }).status, 200);
  });

  it('sells at the price that was typed at the till', () => {
    const twin = makeTestTwin();
    twin.press('set-price', { category: 'Pizza', item: 'Cheese', size: '10"', price: '10.45' });
    assert.equal(codeOf(twin.post(examplePost).json), 1561);
  });

  it('forgets a reference when told to, and shows what it sold', () => {
    const twin = makeTestTwin();
    twin.post(examplePost);
    const body = JSON.stringify(examplePost);
    const headers = { authorization: `Basic ${btoa('tableside:oak-street-demo')}` };
    twin.world.forgetKey({ method: 'POST', path: ordersPath, headers, body });
    assert.equal(twin.post(examplePost).status, 200);
    assert.deepEqual(twin.world.report(), {
      currency: 'USD',
      byWaiter: [{ name: 'Third Party', total: 2922, orders: 2 }],
      byItem: [{ name: 'Cheese', total: 2370, quantity: 2 }],
      byPayment: [{ name: 'At the counter', total: 2922, payments: 2 }],
    });
  });

  it('shows its store and kitchen on a page', () => {
    assert.match(makeTestTwin().world.page(), /Oak Street Pizza/);
  });

  it('has the defects it says, each of them visible', () => {
    const seen: Record<string, (twin: ReturnType<typeof makeTestTwin>) => boolean> = {
      'double-create-on-retry': (twin) => twin.post(examplePost).status === 200,
      'slow-write': (twin) =>
        'x-twin-delay-ms' in twin.ask('POST', ordersPath, { ...examplePost, externalRef: 'slow' }).headers,
      'wrong-restaurant': (twin) => twin.ask('GET', '/ws/store/v1/menu/ordertypes').status === 401,
      'price-rounded': (twin) =>
        (twin.post({ ...examplePost, externalRef: 'r' }).json as { price: number }).price === 15,
      'modifier-dropped': (twin) => {
        twin.post({ ...examplePost, externalRef: 'm' });
        return twin.world.tickets().at(-1)?.lines[0]?.modifiers.length === 0;
      },
      'no-kitchen-ticket': (twin) => {
        twin.post({ ...examplePost, externalRef: 'n' });
        return twin.world.tickets().length === 1;
      },
      'not-in-report': (twin) => (twin.world.report() as { byItem: unknown[] }).byItem.length === 0,
    };
    for (const name of makeTestTwin().world.defects) {
      const twin = makeTestTwin();
      twin.post(examplePost);
      twin.world.setDefects(new Set([name]));
      assert.ok(seen[name]?.(twin), name);
    }
  });
});

function codeOf(json: unknown): number | undefined {
  return (json as { meta?: { code?: number } }).meta?.code;
}

function shown(twin: ReturnType<typeof makeTestTwin>): readonly Shown[] {
  return twin.world.orders() as readonly Shown[];
}
