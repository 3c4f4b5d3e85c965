import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { readConfig } from '#gateway/config.ts';
import { startDemo } from '#gateway/demo.ts';

/** Payments measured, after some that only warm up. */
const paymentsMeasured = 30;
const paymentsWarmUp = 4;
const readyMsMax = 60_000;
const port = 28_600;
const base = `http://127.0.0.1:${port}`;

type Table = { readonly flow: string; readonly token: string };
type Demo = {
  readonly guestTables: readonly Table[];
  readonly twins: {
    readonly rkeeper: { readonly controlUrl: string };
    readonly mollie: { readonly controlUrl: string };
  };
};

/**
 * How long from a provider's webhook to the first byte at the POS: a Pay-First cart is paid at the payment twin with its calls held back, then
 * the webhook is sent by hand. In between lie the reading at the provider, the transaction that records the money, and delivery. Gateway,
 * twins and guest share this process and the embedded database.
 */
export async function bench(): Promise<Readonly<Record<string, unknown>>> {
  const directory = await mkdtemp(join(tmpdir(), 'tableside-bench-'));
  const config = readConfig({ PORT: String(port), TABLESIDE_DATA: directory });
  if (config.kind === 'bad') throw new Error(config.errors.join('\n'));
  const running = await startDemo(config.config, pino({ level: 'silent' }), 'bench');
  try {
    const delays = (await measure()).toSorted((left, right) => left - right);
    const at = (share: number) => Math.round(delays[Math.floor(share * (delays.length - 1))] ?? Number.NaN);
    const figures = { payments: delays.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
    console.log(
      'payments  p50 ms  p99 ms  max ms   (webhook sent → first byte at the POS; goal p99 ≤ 300 ms)',
    );
    console.log(
      [figures.payments, figures.p50Ms, figures.p99Ms, figures.maxMs]
        .map((figure, index) => String(figure).padStart(index === 0 ? 8 : 7))
        .join(' '),
    );
    return figures;
  } finally {
    await running.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(): Promise<number[]> {
  const demo = await getJson<Demo>(`${base}/demo.json`);
  const table = demo.guestTables.find(({ flow }) => flow === 'pay-first');
  if (table === undefined) throw new Error('the demo has no Pay-First table');
  await postJson(`${demo.twins.mollie.controlUrl}/_twin/webhooks`, { mode: 'off' });
  const itemId = await findItem(table);
  const delays: number[] = [];
  for (let turn = 0; turn < paymentsWarmUp + paymentsMeasured; turn += 1) {
    const delayMs = await payOnce(demo, table, { itemId, key: `bench-${turn}` });
    if (turn >= paymentsWarmUp) delays.push(delayMs);
  }
  return delays;
}

async function payOnce(
  demo: Demo,
  table: Table,
  cart: { readonly itemId: string; readonly key: string },
): Promise<number> {
  const guest = `${base}/api/guest/${table.token}`;
  const round = await postRound(guest, cart);
  const visit = { visit: round.visit };
  const order = await getJson<{ billVersion: string }>(`${guest}/order?orderId=${round.orderId}`, visit);
  const payment = await postJson<{ attempt: { attemptToken: string }; checkoutUrl: string }>(
    `${guest}/payments`,
    { orderId: round.orderId, billVersion: order.billVersion, share: { kind: 'all' }, tipMinor: 0 },
    { ...visit, 'idempotency-key': cart.key },
  );
  await fetch(payment.checkoutUrl, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'outcome=paid&method=creditcard',
  });
  const made = await getJson<{ id: string; metadata: { orderId?: string } }[]>(
    `${demo.twins.mollie.controlUrl}/_twin/payments`,
  );
  const ref = made.find(({ metadata }) => metadata.orderId === round.orderId)?.id ?? '';
  const sentAtMs = Date.now();
  const answer = await fetch(`${base}/webhooks/mollie/${payment.attempt.attemptToken}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `id=${ref}`,
  });
  if (answer.status !== 200) throw new Error(`the webhook was answered ${answer.status}`);
  const firstByteAtMs = await findFirstByte(demo.twins.rkeeper.controlUrl, sentAtMs);
  await untilSettled(`${guest}/order?orderId=${round.orderId}`, visit);
  return Math.max(0, firstByteAtMs - sentAtMs);
}

/** The cart's create-order begins with the first of these since the webhook; a status poll is none of them. */
async function findFirstByte(controlUrl: string, sinceMs: number): Promise<number> {
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(10)) {
    const requests = await getJson<{ at: number; names: string[] }[]>(
      `${controlUrl}/_twin/requests?since=${sinceMs}`,
    );
    const first = requests.find(({ names }) =>
      names.some((name) => ['GetOrder', 'GetOrderList2', 'CreateOrder'].includes(name)),
    );
    if (first !== undefined && requests.some(({ names }) => names.includes('CreateOrder'))) return first.at;
  }
  throw new Error(`no order in the POS after ${readyMsMax} ms`);
}

async function untilSettled(url: string, headers: Record<string, string>): Promise<void> {
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(50))
    if ((await getJson<{ state: string }>(url, headers)).state === 'settled') return;
  throw new Error(`not settled after ${readyMsMax} ms`);
}

async function findItem(table: Table): Promise<string> {
  type Item = { itemId: string; variants: unknown[]; modifierGroups: { minSelections: number }[] };
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(100)) {
    const answer = await fetch(`${base}/api/guest/${table.token}/menu`);
    if (answer.status !== 200) continue;
    const { categories } = (await answer.json()) as { categories: { items: Item[] }[] };
    const item = categories
      .flatMap(({ items }) => items)
      .find(
        ({ variants, modifierGroups }) =>
          variants.length === 0 && modifierGroups.every(({ minSelections }) => minSelections === 0),
      );
    if (item !== undefined) return item.itemId;
  }
  throw new Error(`no menu after ${readyMsMax} ms`);
}

async function postRound(
  guest: string,
  cart: { readonly itemId: string; readonly key: string },
): Promise<{ readonly orderId: string; readonly visit: string }> {
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(100)) {
    const answer = await fetch(`${guest}/rounds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': cart.key },
      body: JSON.stringify({ lines: [{ itemId: cart.itemId, modifiers: [], quantity: 1 }] }),
    });
    if (answer.status === 202) {
      const { orderId } = (await answer.json()) as { orderId: string };
      return { orderId, visit: answer.headers.get('visit') ?? '' };
    }
    // Read-only until the first status check has passed.
    if (answer.status !== 409) throw new Error(`a round was answered ${answer.status}`);
  }
  throw new Error(`no round taken for ${readyMsMax} ms`);
}

async function getJson<Value>(url: string, headers: Record<string, string> = {}): Promise<Value> {
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`${url} was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Value;
}

async function postJson<Value>(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Value> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url} was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Value;
}
