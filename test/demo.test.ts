import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { z } from 'zod';

import { startDemo, until } from './demo-process.ts';
import type { Demo } from './demo-process.ts';

/**
 * The main story, as a stranger would try it with curl: the gateway over HTTP, the kitchen over the twin's control API. It runs on
 * the wire and in mock mode.
 */

/** Generous: other test files share the machine. */
const settledMsMax = 20_000;

const problem = z.object({ status: z.number(), code: z.string(), guestText: z.string().optional() });
const placed = z.object({ orderId: z.string(), roundId: z.string(), state: z.string() });
const amount = z.object({ amountMinor: z.number(), currency: z.string() });
const shownOrder = z.object({
  orderId: z.string(),
  state: z.string(),
  attention: z.string().nullable(),
  total: amount,
  due: amount,
  rounds: z.array(z.object({ roundId: z.string(), state: z.string(), by: z.string() })),
});
const guestView = z.object({ readOnly: z.object({ reason: z.string() }).nullable() });
const shownMenu = z.object({
  categories: z.array(z.object({ items: z.array(z.object({ itemId: z.string(), name: z.string() })) })),
});
const tickets = z.array(
  z.looseObject({
    kind: z.string(),
    packageRef: z.string(),
    orderRef: z.string(),
    table: z.string(),
    station: z.string(),
    lines: z.array(z.unknown()),
  }),
);
const posOrders = z.array(
  z.object({
    orderRef: z.string(),
    table: z.string(),
    state: z.string(),
    due: z.number(),
    payments: z.array(z.object({ name: z.string(), amount: z.number() })),
    lines: z.array(z.looseObject({ name: z.string(), amount: z.number(), kitchenState: z.string() })),
  }),
);
const report = z.object({
  byItem: z.array(z.object({ name: z.string(), total: z.number(), quantity: z.number() })),
});

type Line = {
  readonly itemId: string;
  readonly quantity: number;
  readonly variantId?: string;
  readonly modifiers: readonly { readonly modifierId: string; readonly quantity: number }[];
};
const starters: readonly Line[] = [
  { itemId: 'dish-1020104', quantity: 1, modifiers: [] },
  { itemId: 'dish-1020201', variantId: 'modi-1060012', quantity: 1, modifiers: [] },
  { itemId: 'dish-1020401', quantity: 2, modifiers: [{ modifierId: 'modi-1060091', quantity: 1 }] },
];
const dessert: readonly Line[] = [{ itemId: 'dish-1020601', quantity: 2, modifiers: [] }];

/** A guest's phone, a waiter's console and the till of one running demo. */
function stand(demo: Demo) {
  const send = async (method: string, url: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      json: (text === '' ? null : JSON.parse(text)) as unknown,
    };
  };
  const tokenOf = (table: string) => {
    const found = demo.file.guestTables.find(({ name }) => name === table);
    assert.ok(found, `no table ${table}`);
    return found.token;
  };
  const guest = (table: string) => `${demo.url}/api/guest/${tokenOf(table)}`;
  const till = (path: string, body?: unknown) =>
    send(body === undefined ? 'GET' : 'POST', `${demo.file.twins.rkeeper.controlUrl}/_twin/${path}`, body);
  return {
    guest,
    send,
    till,
    heal: () => send('DELETE', `${demo.file.twins.rkeeper.controlUrl}/_twin/faults`),
    submit: (table: string, lines: readonly Line[]) =>
      send('POST', `${guest(table)}/rounds`, { lines }, { 'idempotency-key': randomUUID() }),
    order: async (table: string) => shownOrder.parse((await send('GET', `${guest(table)}/order`)).json),
    tickets: async (table: string) =>
      tickets
        .parse((await till('tickets')).json)
        .filter((ticket) => ticket.table === table && ticket.kind === 'order'),
    posOrders: async (table: string) =>
      posOrders.parse((await till('orders')).json).filter((order) => order.table === table),
    async cash(orderId: string) {
      const signedIn = await send('POST', `${demo.url}/api/console/session`, {
        email: demo.file.console.email,
        password: demo.file.console.password,
      });
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
      return send('POST', `${demo.url}/api/console/orders/${orderId}/cash-payment`, {}, { cookie });
    },
  };
}
type Stand = ReturnType<typeof stand>;

/** Submits a round and waits until the POS has it. */
async function deliver({ submit, order }: Stand, table: string, lines: readonly Line[]): Promise<string> {
  const answer = await submit(table, lines);
  assert.equal(answer.status, 202, JSON.stringify(answer.json));
  const { roundId } = placed.parse(answer.json);
  await until(settledMsMax, async () =>
    (await order(table)).rounds.find((round) => round.roundId === roundId && round.state === 'accepted'),
  );
  return roundId;
}

/** All that a cook reads: everything on a ticket but which one it is, when it came, and from which table. */
const form = (printed: z.infer<typeof tickets>) =>
  printed.map(
    ({ ticketId: _ticket, packageRef: _package, orderRef: _order, table: _table, at: _at, ...read }) => read,
  );

/** Two rounds, one POS order, paid in cash; the same typed at the till beside it. */
async function mainStory(here: Stand): Promise<void> {
  await deliver(here, '1', starters);
  await deliver(here, '1', dessert);
  const [ours, ...others] = await here.posOrders('1');
  assert.ok(ours);
  assert.deepEqual(others, []);
  const printed = await here.tickets('1');
  assert.ok(printed.every((ticket) => ticket.orderRef === ours.orderRef));
  assert.equal(new Set(printed.map((ticket) => ticket.packageRef)).size, 2);

  const typed = z
    .object({ orderRef: z.string() })
    .parse((await here.till('open-order', { table: '2', lines: starters })).json);
  await here.till('edit', { orderRef: typed.orderRef, lines: dessert });
  assert.deepEqual(form(await here.tickets('2')), form(printed));
  const without = (lines: z.infer<typeof posOrders>[number]['lines']) =>
    lines.map(({ lineRef: _line, packageRef: _package, ...line }) => line);
  const [theirs] = await here.posOrders('2');
  assert.deepEqual(without(theirs?.lines ?? []), without(ours.lines));

  const { orderId, due } = await here.order('1');
  assert.equal(due.amountMinor, ours.due);
  assert.equal((await here.cash(orderId)).status, 200);
  const closed = await until(settledMsMax, async () =>
    (await here.posOrders('1')).find((order) => order.state === 'settled'),
  );
  assert.deepEqual(closed.payments, [{ name: 'Paid in Tableside', amount: ours.due }]);
  await here.till('settle', { orderRef: typed.orderRef });
  const { byItem } = report.parse((await here.till('report')).json);
  for (const line of ours.lines) {
    assert.equal(byItem.find((item) => item.name === line.name)?.total, 2 * line.amount);
  }
}

const mainSentence =
  'puts two rounds of a table on one POS order as if typed at the till, and closes it when a waiter took the money';

async function open(environment: Readonly<Record<string, string>>): Promise<Demo> {
  const demo = await startDemo(environment);
  const { send, guest } = stand(demo);
  await until(settledMsMax, async () => {
    const menu = await send('GET', `${guest('1')}/menu`);
    const { readOnly } = guestView.parse((await send('GET', guest('1'))).json);
    return menu.status === 200 && readOnly === null ? true : undefined;
  });
  return demo;
}

describe('the demo on the wire', () => {
  let demo: Demo;
  let here: Stand;
  before(async () => {
    demo = await open({});
    here = stand(demo);
  });
  after(() => demo?.stop());

  it(mainSentence, () => mainStory(here));

  it('shows Locked while a till has the order open, and lands the round once after it was closed there', async () => {
    await deliver(here, '3', dessert);
    const [order] = await here.posOrders('3');
    await here.till('lock', { orderRef: order?.orderRef });
    assert.equal((await here.submit('3', dessert)).status, 202);
    await until(settledMsMax, async () =>
      (await here.order('3')).attention === 'locked' ? true : undefined,
    );
    assert.equal((await here.tickets('3')).length, 1);
    await here.till('unlock', { orderRef: order?.orderRef });
    const after = await until(settledMsMax, async () => {
      const shown = await here.order('3');
      return shown.rounds.every((round) => round.state === 'accepted') ? shown : undefined;
    });
    assert.equal(after.attention, null);
    assert.equal((await here.tickets('3')).length, 2);
    assert.equal((await here.posOrders('3')).length, 1);
  });

  it('serves the menu and refuses rounds while the POS is away, and lands what waited when it is back', async () => {
    await deliver(here, '4', dessert);
    await here.till('faults', { kind: 'offline' });
    // Accepted before anyone knew.
    assert.equal((await here.submit('4', starters)).status, 202);
    await until(
      settledMsMax,
      async () => guestView.parse((await here.send('GET', here.guest('4'))).json).readOnly ?? undefined,
    );
    const refused = await here.submit('4', dessert);
    assert.deepEqual(problem.parse(refused.json), {
      status: 409,
      code: 'location-read-only',
      guestText: 'read-only',
    });
    const menu = await here.send('GET', `${here.guest('4')}/menu`);
    assert.ok(shownMenu.parse(menu.json).categories.length > 5);
    await here.heal();
    await until(settledMsMax, async () => {
      const shown = await here.order('4');
      return shown.rounds.every((round) => round.state === 'accepted') ? true : undefined;
    });
    assert.equal((await here.posOrders('4')).length, 1);
    assert.equal(new Set((await here.tickets('4')).map((ticket) => ticket.packageRef)).size, 2);
  });

  it('cooks a Pay-First cart only when it is paid, as a POS order of its own', async () => {
    const table = demo.file.guestTables.find(({ flow }) => flow === 'pay-first')?.name ?? '';
    const menu = shownMenu.parse((await here.send('GET', `${here.guest(table)}/menu`)).json);
    const beer = menu.categories.flatMap(({ items }) => items).find(({ name }) => name.startsWith('Birra'));
    const submitted = await here.submit(table, [{ itemId: beer?.itemId ?? '', quantity: 1, modifiers: [] }]);
    const cart = placed.parse(submitted.json);
    assert.equal(cart.state, 'awaiting-payment');
    assert.deepEqual(await here.posOrders(table), []);
    assert.equal((await here.cash(cart.orderId)).status, 200);
    const [order] = await until(settledMsMax, async () => {
      const there = await here.posOrders(table);
      return there.some(({ state }) => state === 'settled') ? there : undefined;
    });
    assert.equal(order?.payments[0]?.amount, 540);
    assert.equal((await here.tickets(table)).length, 1);
  });
});

describe('the demo in mock mode', () => {
  let demo: Demo;
  before(async () => {
    demo = await open({ RKEEPER_MOCK: 'true' });
  });
  after(() => demo?.stop());

  it(mainSentence, () => mainStory(stand(demo)));
});
