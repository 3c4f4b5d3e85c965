import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Share } from '#domain/share.ts';
import { posLine } from '#ordering/test-ordering.ts';
import { testStores } from '#store/test-store.ts';
import { followOrder } from './follow-order.ts';
import { payCash } from './pay-cash.ts';
import { refundPayment } from './refund-payment.ts';
import { syncPayment } from './sync-payment.ts';
import { makePaying, posShows } from './test-paying.ts';
import type { Paying } from './test-paying.ts';
import { payAtProvider } from './test-payments.ts';

/** Random histories per engine and flow. More: PAYMENT_HISTORIES=1000. The simulation runs the same code over many more. */
const histories = Number(process.env['PAYMENT_HISTORIES'] ?? 12);
const stepsMax = 14;

function makeRandom(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 1) % 2_147_483_647;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** What the outside saw: the truth the books are judged by. */
type Seen = { cashMinor: number; posPaid: number };

type Step = (world: Paying, random: (below: number) => number, seen: Seen) => Promise<void>;

/** Everything that can happen to money, in any order: guests, providers, forged and repeated calls, waiters, the till, the POS. */
const steps: readonly Step[] = [
  async (world, random) => {
    const shares: readonly Share[] = [
      { kind: 'all' },
      { kind: 'equal', parts: 2 + random(3) },
      { kind: 'amount', amountMinor: 1 + random(900) },
      { kind: 'lines', lines: [{ lineId: (await world.view()).rounds[0]?.lines[random(2)]?.lineId ?? '' }] },
    ];
    if (random(6) === 0) world.provider.fail('create', 'unknown-outcome', random(2) === 0);
    const more = { visit: `visit-${'ab'[random(2)] ?? 'a'}`, tipMinor: random(3) * 50 };
    await world.ask(shares[random(4)] ?? { kind: 'all' }, more);
  },
  async (world, random) => {
    const open = [...world.provider.payments.values()].filter(({ state }) => state === 'open');
    const payment = open[random(Math.max(1, open.length))];
    if (payment === undefined) return;
    const ends = ['paid', 'paid', 'paid', 'failed', 'canceled', 'expired'] as const;
    const end = ends[random(ends.length)] ?? 'paid';
    if (end === 'paid') payAtProvider(payment, world.clock.nowMs());
    else payment.state = end;
  },
  // A payment that the provider called over is paid after all.
  async (world, random) => {
    const over = [...world.provider.payments.values()].filter(({ state }) => state === 'expired');
    const payment = over[random(Math.max(1, over.length))];
    if (payment !== undefined && random(3) === 0) payAtProvider(payment, world.clock.nowMs());
  },
  lookAtOne,
  lookAtOne,
  async (world, random) => {
    const rows = await paymentRows(world);
    const row = rows[random(Math.max(1, rows.length))];
    if (row === undefined) return;
    const which = { companyId: world.table.companyId, paymentId: row.payment_id };
    // A forged webhook, or a call for somebody else's payment.
    await syncPayment(world.pays, which, `tr_${1 + random(4)}`);
    await Promise.all([syncPayment(world.pays, which), syncPayment(world.pays, which)]);
  },
  async (world, random, seen) => {
    const paid = await payCash(world.pays, {
      companyId: world.table.companyId,
      userId: 'anna',
      orderId: world.orderId,
      kind: random(2) === 0 ? 'cash' : 'terminal',
      ...(random(2) === 0 ? { amountMinor: 1 + random(300) } : {}),
      tipMinor: random(2) * 30,
      idempotencyKey: undefined,
    });
    if (paid.kind === 'paid') seen.cashMinor += paid.amount.amountMinor + paid.tip.amountMinor;
  },
  async (world, random) => {
    const paid = (await paymentRows(world)).filter(
      ({ state, kind }) => state === 'paid' && kind === 'online',
    );
    const row = paid[random(Math.max(1, paid.length))];
    if (row === undefined) return;
    if (random(4) === 0) world.provider.fail('refund', 'unknown-outcome', random(2) === 0);
    await refundPayment(world.pays, {
      companyId: world.table.companyId,
      userId: 'anna',
      paymentId: row.payment_id,
      amountMinor: random(2) === 0 ? undefined : 1 + random(400),
      reason: 'because',
      idempotencyKey: `r-${random(1_000_000)}`,
    });
  },
  async (world, random) => {
    if (world.table.flow === 'pay-later')
      await posShows(world, [posLine(`Beer ${random(9)}`, 100 + random(300))]);
  },
  endOneWrite,
  endOneWrite,
  async (world, random) => world.clock.advance(1_000 * (1 + random(900))),
];

async function lookAtOne(world: Paying, random: (below: number) => number): Promise<void> {
  const rows = await paymentRows(world);
  const row = rows[random(Math.max(1, rows.length))];
  if (row === undefined) return;
  if (random(8) === 0) world.provider.fail('get', 'try-later');
  await syncPayment(world.pays, { companyId: world.table.companyId, paymentId: row.payment_id });
}

/** The POS takes, or refuses, the head of the lane. */
async function endOneWrite(world: Paying, random: (below: number) => number, seen: Seen): Promise<void> {
  const head = (await world.rows()).writes.find(({ state }) => state === 'queued');
  if (head === undefined) return;
  world.clock.advance(1_000);
  if (head.kind === 'mark-paid') {
    const takes = random(3) > 0;
    if (takes) seen.posPaid += 1;
    const value = { posRef: 'P1', receiptRef: '1' };
    await world.end(head, takes ? 'delivered' : 'refused', takes ? { value } : { code: 'bill-changed' });
  } else {
    const value = { posRef: 'P1', joined: false, packageRef: 'p', order: null };
    await world.end(head, 'delivered', { value });
  }
  world.clock.advance(1_000);
  await followOrder(world.pays, { companyId: world.table.companyId, orderId: world.orderId });
}

async function paymentRows(world: Paying) {
  return world.pays.store.asCompany(world.table.companyId, (tx) =>
    tx.selectFrom('payments').selectAll().orderBy('payment_no').execute(),
  );
}

/** Cents by the provider's and the drawer's books against ours; one mark-paid taken at most; nothing silent. */
async function judge(world: Paying, seen: Seen): Promise<void> {
  const rows = await paymentRows(world);
  const [order] = (await world.rows()).orders;
  assert.ok(order);
  const paid = rows.filter(({ state, counts }) => state === 'paid' && counts);
  // Every cent at the provider stands in our journal, and no other.
  const ours = paid
    .filter(({ kind }) => kind === 'online')
    .reduce(
      (sum, row) => sum + row.amount_minor + row.tip_minor + row.donation_minor - row.refunded_minor,
      0,
    );
  assert.equal(ours, world.provider.keptMinor(), 'unexplained cents at the provider');
  const drawer = paid
    .filter(({ kind }) => kind !== 'online')
    .reduce((sum, row) => sum + row.amount_minor + row.tip_minor, 0);
  assert.equal(drawer, seen.cashMinor, 'unexplained cents in the drawer');
  // Paid is the sum of what was paid and kept, never more and never less.
  const kept = paid.reduce((sum, row) => sum + Math.max(0, row.amount_minor - row.refunded_minor), 0);
  assert.equal(order.paid_minor, kept, 'paid is not the sum of paid payments');
  assert.ok(seen.posPaid <= 1, 'the POS was marked paid twice');
  const marks = (await world.rows()).writes.filter(({ kind }) => kind === 'mark-paid');
  assert.ok(marks.filter(({ state }) => state === 'delivered').length <= 1);
  assert.ok(marks.filter(({ state }) => state === 'queued').length <= 1, 'two mark-paids at once');
  const creates = (await world.rows()).writes.filter(({ kind }) => kind === 'create-order');
  assert.ok(creates.length <= 1, 'a cart went to the POS twice');
  if (seen.posPaid === 1) assert.ok(order.state === 'settled' && order.money_state === 'paid');
  // What is too much is in front of a person.
  const surplus = rows.filter(({ surplus_minor: minor }) => minor > 0).length;
  const told = (await world.items()).filter(
    ([kind]) => kind === 'surplus' || kind === 'paid-not-in-pos',
  ).length;
  assert.equal(told, surplus, 'a surplus that nobody is told about');
}

testStores((store, engine) => {
  for (const flow of ['pay-later', 'pay-first'] as const) {
    it(`leaves no cent unexplained in ${histories} random histories of ${flow} payments`, async () => {
      for (let seed = 1; seed <= histories; seed += 1) {
        const random = makeRandom(
          seed * 31 + (flow === 'pay-later' ? 0 : 7) + (engine === 'embedded' ? 0 : 500),
        );
        const world = await makePaying(store(), flow);
        const seen: Seen = { cashMinor: 0, posPaid: 0 };
        const count = 4 + random(stepsMax);
        try {
          for (let turn = 0; turn < count; turn += 1)
            await (steps[random(steps.length)] ?? lookAtOne)(world, random, seen);
          // The world settles: everybody looks once more, and what was on its way arrives.
          for (let turn = 0; turn < 3; turn += 1) {
            world.clock.advance(3_600_000);
            for (const row of await paymentRows(world))
              await syncPayment(world.pays, { companyId: world.table.companyId, paymentId: row.payment_id });
          }
          await judge(world, seen);
        } catch (error) {
          throw new Error(`history ${seed} of ${flow}`, { cause: error });
        }
      }
    });
  }
});
