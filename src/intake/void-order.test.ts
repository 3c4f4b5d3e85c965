import assert from 'node:assert/strict';
import { it } from 'node:test';
import { listOpenItems } from '#store/reconciliation.ts';
import { testStores } from '#store/test-store.ts';
import { placedIn, posOrder } from '#ordering/test-ordering.ts';
import { makeIntakeWorld } from './test-intake.ts';
import { examplePost } from './test-post.ts';

testStores((store) => {
  it('withdraws a voided order that the POS has not seen, money and all', async () => {
    const world = await makeIntakeWorld(store());
    await world.post({ ...examplePost, paid: true });
    assert.equal((await world.takeBack('order-1')).kind, 'voided');
    const { orders, writes } = await world.rows();
    assert.deepEqual(
      writes.map((write) => write.state),
      ['cancelled', 'cancelled'],
    );
    assert.deepEqual(
      orders.map((order) => [order.state, order.paid_minor, order.money_state]),
      [['voided', 0, 'unpaid']],
    );
    const again = await world.takeBack('order-1');
    assert.ok(again.kind === 'refused' && again.refusal.code === 1050);
    assert.equal(await world.refusedWith(examplePost), 1003);
  });

  it('makes a void after delivery a task of the staff, once', async () => {
    const world = await makeIntakeWorld(store());
    await world.post(examplePost);
    const [write] = (await world.rows()).writes;
    assert.ok(write !== undefined);
    await world.end(write, 'delivered', { value: placedIn('P1', posOrder('P1', [])) });
    for (const _ of [1, 2]) {
      const voided = await world.takeBack('order-1');
      assert.ok(voided.kind === 'refused' && voided.refusal.code === 1050);
      assert.match(voided.refusal.text, /staff/);
    }
    const { companyId } = world.client;
    const items = await store().asCompany(companyId, (tx) =>
      listOpenItems(tx, { companyId, locationId: undefined }),
    );
    // The scripted POS shows none of the lines, which is a task of its own.
    assert.equal(items.filter((one) => one.kind === 'void-asked').length, 1);
  });

  it('never withdraws what may be in the POS', async () => {
    const world = await makeIntakeWorld(store());
    await world.post(examplePost);
    const [write] = (await world.rows()).writes;
    assert.ok(write !== undefined);
    for (const state of ['sending', 'unconfirmed', 'error'] as const) {
      await store().asCompany(world.client.companyId, (tx) =>
        tx.updateTable('writes').set({ state }).where('write_id', '=', write.write_id).execute(),
      );
      const voided = await world.takeBack('order-1');
      assert.ok(voided.kind === 'refused' && voided.refusal.code === 1050, state);
    }
  });

  it('knows an order only by the client that posted it, and a void only with a reason', async () => {
    const world = await makeIntakeWorld(store());
    await world.post(examplePost);
    const other = await world.takeBack('order-1', { client: world.otherClient });
    assert.ok(other.kind === 'refused' && other.refusal.code === 1005);
    const unknown = await world.takeBack('order-2', { reason: '' });
    assert.ok(unknown.kind === 'refused' && unknown.refusal.code === 1005);
    const silent = await world.takeBack('order-1', { reason: '' });
    assert.ok(silent.kind === 'refused' && silent.refusal.code === 1050);
  });
});
