import assert from 'node:assert/strict';
import { it } from 'node:test';
import { posLine } from '#ordering/test-ordering.ts';
import { testStores } from '#store/test-store.ts';
import { followOrder } from './follow-order.ts';
import { lastMarkPaid, makePaying, posShows } from './test-paying.ts';
import { eur } from './test-payments.ts';

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

  it('gives the same checkout to a guest who asks for the same again, and another one for another sum', async () => {
    const world = await makePaying(store());
    const first = await world.start({ kind: 'all' });
    const again = await world.start({ kind: 'all' });
    assert.equal(again.attempt.attemptToken, first.attempt.attemptToken);
    const tipped = await world.start({ kind: 'all' }, { tipMinor: 70 });
    assert.notEqual(tipped.attempt.attemptToken, first.attempt.attemptToken);
    assert.equal((await world.row(first.attempt.attemptToken)).state, 'canceled');
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
