import assert from 'node:assert/strict';
import { it } from 'node:test';
import { posLine } from '#ordering/test-ordering.ts';
import { testStores } from '#store/test-store.ts';
import { followOrder } from './follow-order.ts';
import { makePaymentLoop } from './payment-loop.ts';
import { refundPayment } from './refund-payment.ts';
import { lastMarkPaid, makePaying, posShows } from './test-paying.ts';
import { eur, payAtProvider } from './test-payments.ts';

testStores((store) => {
  it('sends a Pay-First cart to the POS once its payment is paid, and marks it paid there', async () => {
    const world = await makePaying(store(), 'pay-first');
    const started = await world.start({ kind: 'all' }, { tipMinor: 100 });
    assert.deepEqual([started.attempt.amount, started.attempt.share], [eur(850), eur(750)]);
    assert.match(started.checkoutUrl ?? '', /^https:\/\/pay\.example/);
    assert.deepEqual(await world.kinds(), []);
    await world.pay(started.attempt.attemptToken);
    assert.deepEqual(await world.kinds(), ['create-order', 'mark-paid']);
    const { amount, tips } = await lastMarkPaid(world);
    assert.deepEqual([amount, tips], [750, [100]]);
    const view = await world.view();
    assert.deepEqual([view.state, view.paid, view.tip, view.due], ['open', eur(750), eur(100), eur(0)]);
  });

  it('has one effect when redirect and webhook come fifty times at once', async () => {
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

  it('writes nothing to the POS again when a refund or a second webhook comes', async () => {
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

  it('leaves an order paid by a later attempt alone when an older one expires', async () => {
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

  it('pays with the older of two attempts as well', async () => {
    const world = await makePaying(store(), 'pay-first');
    const older = await world.start({ kind: 'all' });
    world.provider.of((await world.row(older.attempt.attemptToken)).payment_id).cancelable = false;
    await world.start({ kind: 'all' }, { tipMinor: 50 });
    await world.pay(older.attempt.attemptToken);
    assert.deepEqual((await world.view()).paid, eur(750));
  });

  it('gives the same checkout to a guest who asks for the same again, and another one for another sum', async () => {
    const world = await makePaying(store());
    const first = await world.start({ kind: 'all' });
    const again = await world.start({ kind: 'all' });
    assert.equal(again.attempt.attemptToken, first.attempt.attemptToken);
    const tipped = await world.start({ kind: 'all' }, { tipMinor: 70 });
    assert.notEqual(tipped.attempt.attemptToken, first.attempt.attemptToken);
    assert.equal((await world.row(first.attempt.attemptToken)).state, 'canceled');
  });

  it('calls the second payment of the same thing a surplus, and gives it back when asked', async () => {
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

  it('gives a surplus back by itself where the location says so', async () => {
    const world = await makePaying(store());
    const { companyId } = world.table;
    await store().asCompany(companyId, (tx) =>
      tx.updateTable('locations').set({ auto_refund: true }).where('company_id', '=', companyId).execute(),
    );
    const first = await world.start({ kind: 'all' });
    const second = await world.start({ kind: 'all' }, { visit: 'visit-b' });
    await world.pay(first.attempt.attemptToken);
    await world.pay(second.attempt.attemptToken);
    assert.equal(world.provider.keptMinor(), 750);
    assert.deepEqual(await world.items(), []);
  });

  it('counts two equal parts, each with a tip of its own, and marks the order paid once', async () => {
    const world = await makePaying(store());
    const half = { kind: 'equal', parts: 2 } as const;
    const one = await world.start(half, { tipMinor: 40 });
    const two = await world.start(half, { visit: 'visit-b', tipMinor: 60 });
    assert.deepEqual([one.attempt.share, two.attempt.share], [eur(375), eur(375)]);
    await world.pay(one.attempt.attemptToken);
    const between = await world.view();
    assert.deepEqual([between.paid, between.due, between.state], [eur(375), eur(375), 'open']);
    assert.ok(!(await world.kinds()).includes('mark-paid'));
    await world.pay(two.attempt.attemptToken);
    const { amount, tips } = await lastMarkPaid(world);
    assert.deepEqual([amount, tips], [750, [40, 60]]);
  });

  it('refuses a bill the guest did not see', async () => {
    const world = await makePaying(store());
    const { billVersion } = await world.view();
    await posShows(world, [posLine('Beer', 400)]);
    const refused = await world.ask({ kind: 'all' }, { billVersion });
    assert.ok(refused.kind === 'refused' && refused.code === 'bill-changed');
    assert.equal(world.provider.payments.size, 0);
  });

  it('reads the bill again when money arrives: what it no longer needs is a surplus', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await posShows(world, [], { total: eur(500), due: eur(500) });
    await world.pay(attempt.attemptToken);
    assert.deepEqual(await world.items(), [['surplus', 250]]);
    assert.equal((await lastMarkPaid(world)).amount, 500);
  });

  it('leaves the rest open when a line slipped in before the POS was marked paid', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    const { write } = await lastMarkPaid(world);
    await posShows(world, [posLine('Beer', 400)]);
    world.clock.advance(1_000);
    await world.end(write, 'refused', { code: 'bill-changed' });
    world.clock.advance(1_000);
    await followOrder(world.pays, { companyId: write.company_id, orderId: world.orderId });
    const view = await world.view();
    assert.deepEqual([view.state, view.paid, view.due], ['open', eur(750), eur(400)]);
    const rest = await world.start({ kind: 'all' }, { visit: 'visit-b' });
    assert.deepEqual(rest.attempt.share, eur(400));
    await world.pay(rest.attempt.attemptToken);
    assert.equal((await lastMarkPaid(world)).amount, 1150);
    assert.ok(!(await world.items()).some(([kind]) => kind === 'surplus'));
  });

  it('marks a bill that shrank paid once more by itself, three times and then no more', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    for (let turn = 0; turn < 6; turn += 1) {
      const last = (await world.rows()).writes.at(-1);
      if (last?.state !== 'queued') break;
      world.clock.advance(1_000);
      await world.end(last, 'refused', { code: 'bill-changed' });
      world.clock.advance(1_000);
      await posShows(world, [], { total: eur(740 - turn), due: eur(740 - turn) });
      await followOrder(world.pays, { companyId: last.company_id, orderId: world.orderId });
    }
    assert.equal((await world.kinds()).filter((kind) => kind === 'mark-paid').length, 4);
  });
});
