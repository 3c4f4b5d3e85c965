import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { after, before, describe, it } from 'node:test';

import { z } from 'zod';

import { makeReference } from '#domain/reference.ts';
import { startDemo, until } from './demo-process.ts';
import type { Demo } from './demo-process.ts';

/** Guests of the running demo pay on the provider's own page; what happened is read in the kitchen, at the till and at the provider. */

/** Generous: other test files share the machine. */
const settledMsMax = 30_000;

const amount = z.object({ amountMinor: z.number(), currency: z.string() });
const guestOrder = z.object({
  orderId: z.string(),
  state: z.string(),
  billVersion: z.string(),
  total: amount,
  paid: amount,
  tip: amount,
  due: amount,
  rounds: z.array(z.object({ roundId: z.string(), state: z.string() })),
});
const payment = z.object({
  attempt: z.object({
    attemptToken: z.string(),
    state: z.string(),
    amount,
    share: amount,
    donation: amount,
    receipt: z.string().optional(),
  }),
  checkoutUrl: z.string().nullable(),
});
type Payment = z.infer<typeof payment>;
const posOrders = z.array(
  z.object({
    table: z.string(),
    state: z.string(),
    payments: z.array(z.object({ name: z.string(), amount: z.number() })),
    lines: z.array(z.looseObject({ name: z.string(), amount: z.number() })),
  }),
);
const tickets = z.array(
  z.looseObject({ kind: z.string(), packageRef: z.string(), table: z.string(), lines: z.array(z.unknown()) }),
);
const storeOrders = z.array(
  z.object({
    customer: z.object({ name: z.string() }),
    paid: z.boolean(),
    total: z.number(),
    tip: z.number(),
    tax: z.number(),
  }),
);
const dayClose = z.object({
  differences: z.array(z.object({ kind: z.string(), orderId: z.string().nullable() })),
  totals: z.array(z.object({ kind: z.string(), payments: z.number(), tips: amount, donations: amount })),
  taxes: z.array(z.object({ code: z.string(), tax: amount.nullable() })),
});

const dessert = [{ itemId: 'dish-1020601', quantity: 2, modifiers: [] }];
const pizza = [{ itemId: 'pizza.cheese', variantId: 'pizza.cheese.10', quantity: 1, modifiers: [] }];
const tipName = 'Mancia';

async function ask<Shape>(shape: z.ZodType<Shape>, url: string, init?: RequestInit): Promise<Shape> {
  const answer = await fetch(url, init);
  const text = await answer.text();
  assert.ok(answer.ok, `${url}: ${answer.status} ${text}`);
  return shape.parse(JSON.parse(text));
}

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
    body: JSON.stringify(body),
  };
}

/** One phone at one table. */
function makeGuest(demo: Demo, token: string) {
  const url = `${demo.url}/api/guest/${token}`;
  const headers = { visit: makeReference((count) => new Uint8Array(randomBytes(count))) };
  const order = () => ask(guestOrder, `${url}/order`, { headers });
  return {
    headers,
    order,
    payment: (attempt: string) => ask(payment, `${url}/payments/${attempt}`, { headers }),
    round: (lines: unknown) => ask(z.unknown(), `${url}/rounds`, post({ lines }, headers)),
    delivered: () =>
      until(settledMsMax, async () => {
        const seen = await order();
        return seen.rounds.every(({ state }) => state === 'accepted') ? seen : undefined;
      }),
    settled: () => until(settledMsMax, async () => ((await order()).state === 'settled' ? true : undefined)),
    async goToPay(share: unknown, extras: Record<string, unknown> = {}): Promise<Payment> {
      const { orderId, billVersion } = await order();
      return ask(payment, `${url}/payments`, post({ orderId, billVersion, share, ...extras }, headers));
    },
  };
}

/** The guest chooses a card on the provider's page and is sent back; answers where to. */
async function payOnThePage(started: Payment, outcome = 'paid'): Promise<string> {
  const page = started.checkoutUrl ?? '';
  assert.equal((await fetch(page)).status, 200);
  const body = new URLSearchParams({ outcome, method: 'creditcard' });
  const answer = await fetch(page, { method: 'POST', body, redirect: 'manual' });
  assert.equal(answer.status, 303);
  return answer.headers.get('location') ?? '';
}

describe('guests of the demo pay on the provider’s page', () => {
  let demo: Demo;
  let cookie = '';
  before(async () => {
    demo = await startDemo();
    const { email, password } = demo.file.console;
    const session = await fetch(`${demo.url}/api/console/session`, post({ email, password }));
    cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
    for (const { token } of [
      table('pay-later', 0),
      table('pay-first', 0),
      table('pay-first', 0, 'oak-street'),
    ])
      await until(settledMsMax, async () => {
        const view = await ask(z.object({ readOnly: z.unknown() }), `${demo.url}/api/guest/${token}`);
        const menu = await fetch(`${demo.url}/api/guest/${token}/menu`);
        return view.readOnly === null && menu.status === 200 ? true : undefined;
      });
  });
  after(() => demo?.stop());

  const table = (flow: string, index: number, location = 'osteria-fiume') => {
    const found = demo.file.guestTables.filter((each) => each.flow === flow && each.locationId === location)[
      index
    ];
    assert.ok(found, `no ${flow} table ${index}`);
    return found;
  };
  const mollie = (name: string, body?: unknown) =>
    ask(
      z.unknown(),
      `${demo.file.twins.mollie.controlUrl}/_twin/${name}`,
      body === undefined ? {} : post(body),
    );
  const posOrdersAt = async (name: string) =>
    (await ask(posOrders, `${demo.file.twins.rkeeper.controlUrl}/_twin/orders`)).filter(
      (order) => order.table === name,
    );
  const packagesAt = async (name: string) => {
    const all = await ask(tickets, `${demo.file.twins.rkeeper.controlUrl}/_twin/tickets`);
    const here = all.filter((ticket) => ticket.kind === 'order' && ticket.table === name);
    return new Set(here.map((ticket) => ticket.packageRef)).size;
  };
  const paidOnce = async (name: string, minor: number) => {
    const [order, ...others] = await posOrdersAt(name);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [order?.state, order?.payments],
      ['settled', [{ name: 'Paid in Tableside', amount: minor }]],
    );
    return order;
  };

  it('Pay-First: order, pay, and only then the ticket; closed in the POS, with a receipt to print', async () => {
    const { token, name } = table('pay-first', 0);
    const guest = makeGuest(demo, token);
    await guest.round(dessert);
    const started = await guest.goToPay({ kind: 'all' }, { donationRoundUp: true });
    assert.deepEqual([await packagesAt(name), await posOrdersAt(name)], [0, []]);
    assert.equal(started.attempt.amount.amountMinor % 100, 0);
    const back = await payOnThePage(started);
    assert.ok(back.startsWith(`${demo.url}/t/${token}?attempt=${started.attempt.attemptToken}`), back);
    assert.equal((await fetch(back)).status, 200);
    await guest.settled();
    assert.equal(await packagesAt(name), 1);
    await paidOnce(name, started.attempt.share.amountMinor);
    const { attempt } = await guest.payment(started.attempt.attemptToken);
    assert.equal(attempt.state, 'paid');
    const receipt = await fetch(`${demo.url}${attempt.receipt}`);
    const text = await receipt.text();
    assert.match(text, /Osteria Fiume S\.r\.l\./);
    assert.match(text, /The till does not tell us what tax comes to/);
  });

  it('Pay-Later: three rounds, two phones pay equal shares with tips, the POS closes once with both tips on it', async () => {
    const { token, name } = table('pay-later', 0);
    const [one, two] = [makeGuest(demo, token), makeGuest(demo, token)];
    for (const guest of [one, two, one]) {
      await guest.round(dessert);
      await guest.delivered();
    }
    const { total } = await one.order();
    const half = { kind: 'equal', parts: 2 };
    const first = await one.goToPay(half, { tipMinor: 150 });
    const second = await two.goToPay(half, { tipMinor: 230 });
    assert.equal(first.attempt.share.amountMinor + second.attempt.share.amountMinor, total.amountMinor);
    await payOnThePage(first);
    await until(settledMsMax, async () => ((await two.order()).paid.amountMinor > 0 ? true : undefined));
    assert.equal((await posOrdersAt(name))[0]?.state, 'open', 'half a bill closes nothing');
    await payOnThePage(second);
    await one.settled();
    const order = await paidOnce(name, total.amountMinor + 380);
    assert.deepEqual(
      order?.lines.filter((line) => line.name === tipName).map((line) => line.amount),
      [150, 230],
    );
    assert.equal(await packagesAt(name), 3, 'a tip prints nowhere');
  });

  it('completes the same without any webhook, and has one effect when fifty callers come at once', async () => {
    await mollie('webhooks', { mode: 'off' });
    const { token, name } = table('pay-first', 1);
    const guest = makeGuest(demo, token);
    await guest.round(dessert);
    const started = await guest.goToPay({ kind: 'all' });
    await payOnThePage(started);
    const payments = z.array(z.object({ id: z.string(), metadata: z.looseObject({ orderId: z.string() }) }));
    const { orderId } = await guest.order();
    const ref = payments
      .parse(await mollie('payments'))
      .find(({ metadata }) => metadata.orderId === orderId)?.id;
    const webhook = `${demo.url}/webhooks/mollie/${started.attempt.attemptToken}`;
    const call = () => fetch(webhook, { method: 'POST', body: new URLSearchParams({ id: ref ?? '' }) });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        index % 2 === 0
          ? call().then(({ status }) => status)
          : guest.payment(started.attempt.attemptToken).then(() => 200),
      ),
    );
    assert.deepEqual([...new Set(answers)], [200]);
    await guest.settled();
    assert.equal(await packagesAt(name), 1);
    await paidOnce(name, started.attempt.share.amountMinor);

    const later = makeGuest(demo, table('pay-later', 1).token);
    await later.round(dessert);
    await later.delivered();
    const quiet = await later.goToPay({ kind: 'all' }, { tipMinor: 100 });
    // The browser never comes back and nobody calls: looking at the bill is enough.
    await payOnThePage(quiet);
    await later.settled();
    await paidOnce(table('pay-later', 1).name, quiet.attempt.amount.amountMinor);
    await mollie('webhooks', { mode: 'on' });
  });

  it('answers a stranger’s webhook like any other, and a payment that failed leaves the bill open', async () => {
    const stranger = await fetch(`${demo.url}/webhooks/mollie/nobody`, {
      method: 'POST',
      body: new URLSearchParams({ id: 'tr_nobody' }),
    });
    assert.equal(stranger.status, 200);
    const guest = makeGuest(demo, table('pay-first', 2).token);
    await guest.round(dessert);
    const started = await guest.goToPay({ kind: 'all' });
    await payOnThePage(started, 'failed');
    await until(settledMsMax, async () => {
      const { attempt } = await guest.payment(started.attempt.attemptToken);
      return attempt.state === 'failed' ? true : undefined;
    });
    const order = await guest.order();
    assert.deepEqual([order.state, order.paid.amountMinor], ['awaiting-payment', 0]);
    assert.equal(await packagesAt(table('pay-first', 2).name), 0);
  });

  it('FoodTec: paid first, then made at the store as a paid order with its tax and tip', async () => {
    const { token, name } = table('pay-first', 0, 'oak-street');
    const guest = makeGuest(demo, token);
    await guest.round(pizza);
    const store = `${demo.file.twins.foodtec.controlUrl}/_twin/orders`;
    const started = await guest.goToPay({ kind: 'all' }, { tipMinor: 200 });
    assert.deepEqual(await ask(storeOrders, store), []);
    await payOnThePage(started);
    await guest.settled();
    const [made, ...others] = await ask(storeOrders, store);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [made?.customer.name, made?.paid, made?.total, made?.tip],
      [`Table ${name}`, true, started.attempt.amount.amountMinor, 200],
    );
    const { attempt } = await guest.payment(started.attempt.attemptToken);
    const receipt = await (await fetch(`${demo.url}${attempt.receipt}`)).text();
    assert.match(receipt, new RegExp(`Tax sales-tax .*\\$${((made?.tax ?? 0) / 100).toFixed(2)}`));
    const close = await ask(dayClose, dayCloseUrl('oak-street', 'America/New_York'), { headers: { cookie } });
    assert.deepEqual(
      close.taxes.map(({ code, tax }) => [code, tax?.amountMinor]),
      [['sales-tax', made?.tax]],
    );
  });

  it('closes the day with tips and donations apart and no difference between provider, journal and POS', async () => {
    const url = dayCloseUrl('osteria-fiume', 'Europe/Rome');
    const close = await ask(dayClose, url, { headers: { cookie } });
    assert.deepEqual(close.differences, []);
    const online = close.totals.find(({ kind }) => kind === 'online');
    assert.deepEqual([online?.payments, online?.tips.amountMinor], [5, 480]);
    assert.ok((online?.donations.amountMinor ?? 0) < 100);
    assert.ok(close.taxes.every(({ tax }) => tax === null));
    const csv = await fetch(url.replace('day-close?', 'day-close.csv?'), { headers: { cookie } });
    assert.match(await csv.text(), /^section,name,/);
  });

  it('shows its settings and whether its account works, and takes both back as they are', async () => {
    const api = `${demo.url}/api/console`;
    const headers = { cookie, 'content-type': 'application/json' };
    const url = `${api}/locations/osteria-fiume/payment-settings`;
    const shown = await ask(z.looseObject({ accountId: z.string() }), url, { headers });
    const put = { method: 'PUT', headers, body: JSON.stringify(shown) };
    assert.deepEqual(await ask(z.unknown(), url, put), { state: 'saved' });
    const check = `${api}/payment-accounts/${shown.accountId}/check`;
    const checked = await ask(z.looseObject({ state: z.string() }), check, {
      method: 'POST',
      headers: { cookie },
    });
    assert.equal(checked.state, 'working');
  });

  function dayCloseUrl(locationId: string, zone: string): string {
    const dayStartsMs = 5 * 3_600_000;
    const date = new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(Date.now() - dayStartsMs);
    return `${demo.url}/api/console/day-close?locationId=${locationId}&date=${date}`;
  }
});
