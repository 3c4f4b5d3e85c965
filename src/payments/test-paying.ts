import assert from 'node:assert/strict';
import type { Flow } from '#domain/order.ts';
import type { Share } from '#domain/share.ts';
import { getOrderView } from '#ordering/guest-view.ts';
import { line, makeWorld, placedIn, posLinesOf, posOrder } from '#ordering/test-ordering.ts';
import type { TestWorld } from '#ordering/test-ordering.ts';
import { savePaymentAccount } from '#store/payment-accounts.ts';
import { getPayment } from '#store/payments.ts';
import { listOpenItems } from '#store/reconciliation.ts';
import type { PaymentRow } from '#store/schema.ts';
import type { Store, Tx } from '#store/store.ts';
import { createPayment } from './create-payment.ts';
import type { PaymentWish } from './create-payment.ts';
import type { PaymentsDeps } from './deps.ts';
import { syncPayment } from './sync-payment.ts';
import { makeTestProvider, payAtProvider, paymentDepsOf, testAccountId } from './test-payments.ts';
import type { TestProvider } from './test-payments.ts';

export type Paying = TestWorld & {
  readonly pays: PaymentsDeps;
  readonly provider: TestProvider;
  readonly orderId: string;
  view(visit?: string): Promise<NonNullable<Awaited<ReturnType<typeof getOrderView>>>>;
  start(
    share: Share,
    more?: Partial<PaymentWish>,
  ): Promise<Extract<Awaited<ReturnType<typeof createPayment>>, { kind: 'payment' }>>;
  ask(share: Share, more?: Partial<PaymentWish>): ReturnType<typeof createPayment>;
  row(attemptToken: string): Promise<PaymentRow>;
  /** The guest pays at the provider, and somebody makes us look. */
  pay(attemptToken: string): Promise<void>;
  look(attemptToken: string): Promise<void>;
  kinds(): Promise<string[]>;
  items(): Promise<[string, number | null][]>;
};

let keys = 0;

/** Soup and coffee are ordered; with Pay-Later they are in the POS as P1. */
export async function makePaying(store: Store, flow: Flow = 'pay-later'): Promise<Paying> {
  const world = await makeWorld(store, flow);
  const { companyId } = world.table;
  const provider = makeTestProvider(() => world.clock.nowMs());
  const pays = paymentDepsOf(world.deps, provider);
  await store.asCompany(companyId, (tx) => saveAccount(tx, companyId));
  const placed = await world.submit([line('soup'), line('coffee', 1, { variantId: 'small' })]);
  assert.ok(placed.kind === 'placed');
  const { orderId } = placed;
  const view: Paying['view'] = async (visit = 'visit-a') => {
    const found = await getOrderView(world.deps, world.table, { visit, orderId });
    assert.ok(found);
    return found;
  };
  const ask: Paying['ask'] = async (share, more = {}) =>
    createPayment(pays, world.table, {
      visit: 'visit-a',
      idempotencyKey: `key-${(keys += 1)}`,
      bodyHash: 'body',
      orderId,
      billVersion: (await view()).billVersion,
      share,
      tipMinor: 0,
      donationMinor: 0,
      returnUrls: {
        returnTo: (token) => `https://t.example/?attempt=${token}`,
        cancelTo: (token) => `https://t.example/?attempt=${token}&left=1`,
        locale: 'de-DE',
      },
      ...more,
    });
  const row: Paying['row'] = (token) =>
    store.asCompany(companyId, async (tx) => {
      const found = await tx
        .selectFrom('payments')
        .select('payment_id')
        .where('attempt_token', '=', token)
        .executeTakeFirstOrThrow();
      const payment = await getPayment(tx, companyId, found.payment_id);
      assert.ok(payment);
      return payment;
    });
  const look: Paying['look'] = async (token) => {
    const { payment_id: paymentId } = await row(token);
    await syncPayment(pays, { companyId, paymentId });
  };
  const paying: Paying = {
    ...world,
    pays,
    provider,
    orderId,
    view,
    ask,
    async start(share, more) {
      const answer = await ask(share, more);
      assert.ok(answer.kind === 'payment', JSON.stringify(answer));
      return answer;
    },
    row,
    look,
    async pay(token) {
      payAtProvider(provider.of((await row(token)).payment_id), world.clock.nowMs());
      await look(token);
    },
    kinds: async () => (await world.rows()).writes.map((write) => write.kind),
    items: () => listItems(store, companyId),
  };
  if (flow === 'pay-later') await deliver(world);
  return paying;
}

function listItems(store: Store, companyId: string): Promise<[string, number | null][]> {
  return store.asCompany(companyId, async (tx) => {
    const items = await listOpenItems(tx, { companyId, locationId: undefined });
    return items.map((item) => [item.kind, item.amount_minor]);
  });
}

function saveAccount(tx: Tx, companyId: string): Promise<void> {
  return savePaymentAccount(tx, {
    companyId,
    accountId: testAccountId,
    providerId: 'test',
    name: 'test',
    apiUrl: null,
    sealedCredentials: 'v1.test',
    nowMs: 0,
  });
}

async function deliver(world: TestWorld): Promise<void> {
  const { writes, rounds } = await world.rows();
  const shown = posOrder('P1', posLinesOf(rounds));
  assert.ok(writes[0]);
  await world.end(writes[0], 'delivered', { value: placedIn('P1', shown) });
  world.script.order = () => Promise.resolve({ kind: 'read', value: shown });
}

/** The POS shows our rounds and these lines from now on. */
export async function posShows(
  world: Paying,
  lines: Parameters<typeof posOrder>[1],
  more?: Parameters<typeof posOrder>[2],
) {
  const shown = posOrder('P1', [...posLinesOf((await world.rows()).rounds), ...lines], more);
  world.script.order = () => Promise.resolve({ kind: 'read', value: shown });
}

export async function lastMarkPaid(world: Paying) {
  const write = (await world.rows()).writes.at(-1);
  assert.ok(write?.payload.kind === 'mark-paid');
  const { amount, tips } = write.payload;
  return { write, amount: amount.amountMinor, tips: tips.map((tip) => tip.amount.amountMinor) };
}
