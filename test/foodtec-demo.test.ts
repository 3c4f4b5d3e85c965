import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { z } from 'zod';

import { makeReference } from '#domain/reference.ts';
import { examplePost } from '#intake/test-post.ts';
import { startDemo, until } from './demo-process.ts';
import type { Demo } from './demo-process.ts';

/** A guest at a location whose POS takes whole orders only: paid first, then made at the store with its tip, and settled. */

/** Generous: other test files share the machine. */
const settledMsMax = 20_000;

const amount = z.object({ amountMinor: z.number(), currency: z.string() });
const guestOrder = z.object({
  state: z.string(),
  total: amount,
  due: amount,
  tip: amount,
  rounds: z.array(z.object({ state: z.string(), tax: amount.optional() })),
});
const storeOrders = z.array(
  z.object({
    externalRef: z.string(),
    externalNumber: z.string().nullish(),
    customer: z.object({
      name: z.string(),
      phone: z.string().nullish(),
      deliveryInstructions: z.string().nullish(),
    }),
    paid: z.boolean(),
    total: z.number(),
    tip: z.number(),
    instructions: z.string(),
  }),
);
const tickets = z.array(z.object({ table: z.string(), packageRef: z.string() }));
const kitchen = z.array(
  z.object({
    lines: z.array(z.object({ name: z.string(), quantity: z.number(), modifiers: z.array(z.string()) })),
  }),
);

describe('the demo location on a FoodTec store', () => {
  let demo: Demo;
  before(async () => {
    demo = await startDemo();
  });
  after(() => demo.stop());

  const ask = async <Shape>(shape: z.ZodType<Shape>, url: string, init?: RequestInit): Promise<Shape> => {
    const answer = await fetch(url, init);
    const text = await answer.text();
    assert.ok(answer.ok, `${url}: ${answer.status} ${text}`);
    return shape.parse(JSON.parse(text));
  };
  const post = (body: unknown, headers: Record<string, string>): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
    body: JSON.stringify(body),
  });

  it('turns a paid cart into a paid order with tax, tip and table, and settles it', async () => {
    const table = demo.file.guestTables.find(({ locationId }) => locationId === 'oak-street');
    assert.ok(table?.flow === 'pay-first');
    const guest = `${demo.url}/api/guest/${table.token}`;
    const visit = { visit: makeReference((count) => new Uint8Array(randomBytes(count))) };
    await until(settledMsMax, async () => {
      const view = await ask(z.object({ readOnly: z.unknown() }), guest);
      return view.readOnly === null ? true : undefined;
    });
    const lines = [
      {
        itemId: 'pizza.cheese',
        variantId: 'pizza.cheese.10',
        quantity: 1,
        modifiers: [
          {
            modifierId: 'pizza.pepperoni',
            quantity: 1,
            modifiers: [{ modifierId: 'pizza.pepperoni.extra', quantity: 1 }],
          },
        ],
      },
    ];
    const placed = await ask(
      z.object({ orderId: z.string(), roundId: z.string(), state: z.string() }),
      `${guest}/rounds`,
      post({ lines }, visit),
    );
    assert.equal(placed.state, 'awaiting-payment');
    const readOrder = () => ask(guestOrder, `${guest}/order?orderId=${placed.orderId}`, { headers: visit });
    const bill = await readOrder();
    assert.deepEqual([bill.due.amountMinor, bill.rounds[0]?.tax?.amountMinor], [1185 + 193, 193]);
    await payCash(demo, placed.orderId, 200);
    const settled = await until(settledMsMax, async () => {
      const order = await readOrder();
      return order.state === 'settled' ? order : undefined;
    });
    assert.deepEqual([settled.rounds[0]?.state, settled.tip.amountMinor], ['accepted', 200]);
    const { controlUrl } = demo.file.twins.foodtec;
    const [made] = await ask(storeOrders, `${controlUrl}/_twin/orders`);
    assert.deepEqual(
      [made?.externalRef, made?.customer.name, made?.paid, made?.total, made?.tip],
      [placed.roundId, `Table ${table.name}`, true, 1185 + 193 + 200, 200],
    );
    const printed = await ask(tickets, `${controlUrl}/_twin/tickets`);
    assert.deepEqual(
      printed.map((ticket) => ticket.table),
      [table.name],
    );
  });

  it('takes a third party’s order into the store: name, phone, number, tip and money where they belong', async () => {
    const cookie = await signIn(demo);
    const console = `${demo.url}/api/console`;
    const standing = { tableId: 'oak-street-5', orderTypeRef: null, stationRef: null };
    await ask(z.unknown(), `${console}/locations/oak-street/intake-profile`, {
      ...post({ pickup: standing, priceCheck: 'lines', discountCode: 'partner' }, { cookie }),
      method: 'PUT',
    });
    const issued = await ask(
      z.object({ username: z.string(), password: z.string() }),
      `${console}/locations/oak-street/intake-clients`,
      post({ name: 'Market' }, { cookie }),
    );
    const authorization = `Basic ${btoa(`${issued.username}:${issued.password}`)}`;
    const sent = { ...examplePost, paid: true, price: 14.61 };
    const answered = await ask(
      z.object({ price: z.number(), status: z.string() }),
      `${demo.url}/ws/store/v1/orders`,
      post(sent, { authorization }),
    );
    assert.deepEqual(answered, { price: 14.61, status: 'made' });
    const { controlUrl } = demo.file.twins.foodtec;
    const made = await until(settledMsMax, async () => {
      const orders = await ask(storeOrders, `${controlUrl}/_twin/orders`);
      return orders.find(({ externalNumber }) => externalNumber === examplePost.externalNumber);
    });
    assert.deepEqual(
      [made.customer.name, made.customer.phone, made.paid, made.total, made.tip],
      ['Jo Miller', '617-555-0134', true, 1085 + 176 + 200, 200],
    );
    assert.match(made.customer.deliveryInstructions ?? '', /Third Party.*12 Market Street.*Blue van/);
    const printed = await ask(kitchen, `${controlUrl}/_twin/tickets`);
    assert.deepEqual(printed.at(-1)?.lines, [
      { name: '10" Cheese Pizza', quantity: 1, modifiers: ['Extra Pepperoni'] },
    ]);
    const found = await ask(
      z.object({ orders: z.array(z.object({ orderId: z.string() })) }),
      `${console}/intake-orders?number=${examplePost.externalNumber}`,
      { headers: { cookie } },
    );
    const { thirdParty } = await ask(
      z.object({ thirdParty: z.object({ sent: amount, inPos: amount, difference: amount }) }),
      `${console}/orders/${found.orders[0]?.orderId}`,
      { headers: { cookie } },
    );
    assert.equal(
      thirdParty.sent.amountMinor - thirdParty.inPos.amountMinor,
      thirdParty.difference.amountMinor,
    );
  });

  async function signIn(running: Demo): Promise<string> {
    const { email, password } = running.file.console;
    const session = await fetch(`${running.url}/api/console/session`, post({ email, password }, {}));
    return session.headers.get('set-cookie')?.split(';')[0] ?? '';
  }

  async function payCash(running: Demo, orderId: string, tipMinor: number): Promise<void> {
    const cookie = await signIn(running);
    const url = `${running.url}/api/console/orders/${orderId}/cash-payment`;
    await ask(z.unknown(), url, post({ tipMinor }, { cookie }));
  }
});
