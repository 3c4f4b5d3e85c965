import assert from 'node:assert/strict';
import { it } from 'node:test';
import { money } from '#domain/money.ts';
import { testStores } from '#store/test-store.ts';
import { converge } from './converge.ts';
import { getGuestPayment } from './get-payment.ts';
import { wireAmount } from './mollie/map-payment.ts';
import { payCash } from './pay-cash.ts';
import { makePaymentLoop } from './payment-loop.ts';
import type { PaymentLoop } from './payment-loop.ts';
import { refundPayment } from './refund-payment.ts';
import { syncPayment, underLocks } from './sync-payment.ts';
import { lastMarkPaid, makePaying } from './test-paying.ts';
import type { Paying } from './test-paying.ts';
import { eur, payAtProvider } from './test-payments.ts';

/** Mistakes that shops and their payment plug-ins are known to have made: one test each, named by what went wrong there. */

const fail = (error: unknown) => {
  throw error;
};

async function withLoop(world: Paying, act: (loop: PaymentLoop) => Promise<void>): Promise<void> {
  const loop = makePaymentLoop(world.pays, { onBug: fail });
  await act(loop);
  await loop.stop();
}

async function payAtProviderOnly(world: Paying, token: string) {
  const row = await world.row(token);
  payAtProvider(world.provider.of(row.payment_id), world.clock.nowMs());
  return { companyId: row.company_id, paymentId: row.payment_id };
}

it('cents were divided by a hundred in every currency: here króna and yen have none, forint has two', () => {
  assert.deepEqual(
    [money(1234, 'ISK'), money(1234, 'JPY'), money(1234, 'HUF'), money(1234, 'EUR')].map(
      (amount) => wireAmount(amount).value,
    ),
    ['1234', '1234', '12.34', '12.34'],
  );
});

testStores((store) => {
  it('redirect and webhook in the same second did everything twice: here fifty of both at once have one effect', async () => {
    const world = await makePaying(store(), 'pay-first');
    const { attempt } = await world.start({ kind: 'all' });
    const row = await world.row(attempt.attemptToken);
    payAtProvider(world.provider.of(row.payment_id), world.clock.nowMs());
    const which = { companyId: row.company_id, paymentId: row.payment_id };
    const loop = makePaymentLoop(world.pays, {
      onBug: (error) => {
        throw error;
      },
    });
    const states = await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        index % 2 === 0 ? (await loop.sync(which))?.state : loop.noteNews(which, row.provider_ref ?? ''),
      ),
    );
    await loop.stop();
    assert.ok(states.filter((state) => state !== undefined).every((state) => state === 'paid'));
    assert.deepEqual(await world.kinds(), ['create-order', 'mark-paid']);
    assert.equal(world.flow.filter((entry) => entry.event === 'online-paid').length, 1);
    assert.ok(world.provider.calls.filter((call) => call === 'get').length <= 3);
  });

  it('a refund’s webhook ran "order paid" again: here nothing more is written to the POS', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    const { write } = await lastMarkPaid(world);
    await world.end(write, 'delivered', { value: { posRef: 'P1', receiptRef: '1' } });
    const before = (await world.rows()).writes.length;
    const row = await world.row(attempt.attemptToken);
    const refunded = await refundPayment(world.pays, {
      companyId: row.company_id,
      userId: 'anna',
      paymentId: row.payment_id,
      amountMinor: 300,
      reason: 'cold soup',
      idempotencyKey: 'refund-1',
    });
    assert.ok(refunded.kind === 'refunded' && refunded.refund.state === 'pending');
    await world.look(attempt.attemptToken);
    await world.look(attempt.attemptToken);
    assert.equal((await world.rows()).writes.length, before);
    assert.deepEqual((await world.rows()).orders[0]?.state, 'settled');
    assert.equal((await world.row(attempt.attemptToken)).refunded_minor, 300);
  });

  it('a stale attempt that expired cancelled an order that a later one had paid: here it stays paid', async () => {
    const world = await makePaying(store(), 'pay-first');
    const older = await world.start({ kind: 'all' });
    world.provider.of((await world.row(older.attempt.attemptToken)).payment_id).cancelable = false;
    const newer = await world.start({ kind: 'all' }, { tipMinor: 50 });
    await world.pay(newer.attempt.attemptToken);
    world.provider.of((await world.row(older.attempt.attemptToken)).payment_id).state = 'expired';
    await world.look(older.attempt.attemptToken);
    const view = await world.view();
    assert.deepEqual([view.state, view.due, view.paid], ['open', eur(0), eur(750)]);
    assert.deepEqual(await world.kinds(), ['create-order', 'mark-paid']);
  });

  it('the newest attempt, still open, made a paid order fail: here the older of two pays as well', async () => {
    const world = await makePaying(store(), 'pay-first');
    const older = await world.start({ kind: 'all' });
    world.provider.of((await world.row(older.attempt.attemptToken)).payment_id).cancelable = false;
    await world.start({ kind: 'all' }, { tipMinor: 50 });
    await world.pay(older.attempt.attemptToken);
    assert.deepEqual((await world.view()).paid, eur(750));
  });

  it('whoever paid twice was told nowhere but in a log: here it is a surplus, and goes back when asked', async () => {
    const world = await makePaying(store());
    const first = await world.start({ kind: 'all' });
    const second = await world.start({ kind: 'all' }, { visit: 'visit-b', tipMinor: 80 });
    await world.pay(first.attempt.attemptToken);
    await world.pay(second.attempt.attemptToken);
    assert.deepEqual(await world.items(), [['surplus', 830]]);
    assert.equal((await world.kinds()).filter((kind) => kind === 'mark-paid').length, 1);
    assert.deepEqual((await lastMarkPaid(world)).tips, [], 'the tip of what is given back is not booked');
    const row = await world.row(second.attempt.attemptToken);
    const back = { companyId: row.company_id, userId: 'anna', paymentId: row.payment_id };
    const done = await refundPayment(world.pays, {
      ...back,
      amountMinor: undefined,
      reason: 'paid twice',
      idempotencyKey: 'r',
    });
    assert.ok(done.kind === 'refunded');
    assert.deepEqual(await world.items(), []);
    assert.equal(world.provider.keptMinor(), 750);
  });

  it('a late "paid" took back a refund: here a refunded order stays refunded', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    const row = await world.row(attempt.attemptToken);
    const stale = structuredClone(world.provider.of(row.payment_id));
    await refundPayment(world.pays, {
      companyId: row.company_id,
      userId: 'anna',
      paymentId: row.payment_id,
      amountMinor: undefined,
      reason: 'closed early',
      idempotencyKey: 'all',
    });
    const before = await world.view();
    // A reading that began before the refund, and ends after it.
    await underLocks(world.pays, row, (tx, held) =>
      converge(tx, world.pays, { ...held, askedAtMs: world.clock.nowMs() }, stale),
    );
    assert.deepEqual(await world.view(), before);
    assert.equal((await world.row(attempt.attemptToken)).refunded_minor, 750);
  });

  it('a second "paid" threw, and was repeated for a day: here every further one is taken and does nothing', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    const which = await payAtProviderOnly(world, attempt.attemptToken);
    await withLoop(world, async (loop) => {
      for (let turn = 0; turn < 3; turn += 1) await loop.noteNews(which, undefined);
      await loop.sync(which);
    });
    assert.equal((await world.kinds()).filter((kind) => kind === 'mark-paid').length, 1);
  });

  it('a webhook came before its payment was saved: here it waits for the row, and both leave one payment', async () => {
    const world = await makePaying(store());
    world.provider.fail('create', 'unknown-outcome', true);
    await world.ask({ kind: 'all' });
    const [made] = [...world.provider.payments.values()];
    assert.ok(made?.attemptId);
    payAtProvider(made, world.clock.nowMs());
    const which = { companyId: world.table.companyId, paymentId: made.attemptId as never };
    // Named by the webhook, while the create that made it is looked for.
    await Promise.all([syncPayment(world.pays, which, made.ref), syncPayment(world.pays, which)]);
    assert.deepEqual((await world.view()).paid, eur(750));
    assert.equal(world.flow.filter((entry) => entry.event === 'online-paid').length, 1);
  });

  it('moving to where it stood already threw: here it is no move', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    for (const state of ['open', 'expired'] as const) {
      world.provider.of((await world.row(attempt.attemptToken)).payment_id).state = state;
      await world.look(attempt.attemptToken);
      await world.look(attempt.attemptToken);
      assert.equal((await world.row(attempt.attemptToken)).state, state);
    }
    assert.equal(world.flow.filter((entry) => entry.event === 'payment-expired').length, 1);
  });

  it('webhook and shop both completed the cart: here cash and checkout at once make one order', async () => {
    const world = await makePaying(store(), 'pay-first');
    const { attempt } = await world.start({ kind: 'all' });
    const which = await payAtProviderOnly(world, attempt.attemptToken);
    await Promise.all([
      syncPayment(world.pays, which),
      payCash(world.pays, {
        companyId: which.companyId,
        userId: 'anna',
        orderId: world.orderId,
        kind: 'cash',
        tipMinor: 0,
        idempotencyKey: undefined,
      }),
    ]);
    assert.deepEqual(await world.kinds(), ['create-order', 'mark-paid']);
  });

  it('a passing state completed the cart: here only "paid" does', async () => {
    const world = await makePaying(store(), 'pay-first');
    const { attempt } = await world.start({ kind: 'all' });
    for (const state of ['pending', 'authorized'] as const) {
      world.provider.of((await world.row(attempt.attemptToken)).payment_id).state = state;
      await world.look(attempt.attemptToken);
      assert.equal((await world.row(attempt.attemptToken)).state, 'open');
    }
    assert.deepEqual(await world.kinds(), []);
  });

  it('who came back first was thanked for a payment they had cancelled: here the provider is asked', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    const token = attempt.attemptToken;
    await withLoop(world, async (loop) => {
      const state = async () => (await getGuestPayment(world.pays, loop, world.table, token))?.attempt.state;
      assert.equal(await state(), 'open', 'back, and nobody has said anything yet');
      world.clock.advance(3_000);
      world.provider.of((await world.row(token)).payment_id).state = 'canceled';
      assert.equal(await state(), 'canceled');
    });
  });

  it('the same webhook twice at once credited twice: here only what moved the row counts', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'amount', amountMinor: 200 });
    const which = await payAtProviderOnly(world, attempt.attemptToken);
    // Past the one process that shares its readings: as two processes would.
    await Promise.all(Array.from({ length: 8 }, () => syncPayment(world.pays, which)));
    assert.deepEqual((await world.view()).paid, eur(200));
    assert.equal(world.flow.filter((entry) => entry.event === 'online-paid').length, 1);
  });
});
