import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testStores } from '#store/test-store.ts';
import { getConsoleOrder, listConsoleOrders } from './console-orders.ts';
import { getGuestMenu, getGuestView, getOrderView } from './guest-view.ts';
import { makeWorld, placedIn, posLine, posOrder } from './test-ordering.ts';
import type { TestWorld } from './test-ordering.ts';

const minuteMs = 60_000;

async function settleAtTill(world: TestWorld): Promise<void> {
  const [write] = (await world.rows()).writes;
  assert.ok(write);
  const closed = posOrder('P1', [posLine('Soup', 500)], { state: 'settled' });
  await world.end(write, 'delivered', { value: placedIn('P1', closed) });
}

testStores((store) => {
  it('shows the table, its flow and the shared order to every guest of a Pay-Later table', async () => {
    const world = await makeWorld(store());
    const placed = await world.soup();
    for (const visit of ['visit-a', 'visit-b', undefined]) {
      const view = await getGuestView(world.deps, world.table, visit);
      assert.deepEqual([view.table, view.flow, view.readOnly], ['1', 'pay-later', null]);
      assert.equal(view.order?.orderId, placed.orderId);
      assert.equal(view.order.due.amountMinor, 500);
    }
    assert.equal((await getGuestView(world.deps, world.otherTable, 'visit-a')).table, '2');
  });

  it('hides a settled order from the next guests, and leaves it to those who took part for a while', async () => {
    const world = await makeWorld(store());
    const { orderId } = await world.soup();
    await settleAtTill(world);
    const see = (visit: string | undefined, named?: string) =>
      getOrderView(world.deps, world.table, { visit, orderId: named });
    assert.equal(await see('visit-b'), undefined);
    assert.equal(await see('visit-b', orderId), undefined);
    assert.equal(await see(undefined), undefined);
    assert.equal((await see(undefined, orderId))?.state, 'settled');
    assert.equal((await see('visit-a'))?.state, 'settled');
    assert.equal((await see('visit-a', orderId))?.state, 'settled');
    world.clock.advance(16 * minuteMs);
    assert.equal(await see('visit-a'), undefined);
    assert.equal(await see('visit-a', orderId), undefined);
    assert.equal(await see(undefined, orderId), undefined);
    const next = await world.soup({ visit: 'visit-b' });
    assert.equal((await see('visit-a'))?.orderId, next.orderId);
  });

  it('tells a guest what became of a round that outlived its order, for a while after its end', async () => {
    const world = await makeWorld(store());
    await world.soup();
    const { roundId } = await world.soup();
    await settleAtTill(world);
    const see = async (visit = 'visit-a') => {
      const view = await getOrderView(world.deps, world.table, { visit, roundId });
      return view?.rounds.find((round) => round.roundId === roundId)?.state;
    };
    world.clock.advance(16 * minuteMs);
    assert.equal(await see(), 'sending');
    assert.equal(await see('visit-b'), undefined);
    const [, write] = (await world.rows()).writes;
    assert.ok(write);
    await world.end(write, 'refused', { code: 'item-sold-out' });
    assert.equal(await see(), 'refused');
    world.clock.advance(16 * minuteMs);
    assert.equal(await see(), undefined);
  });

  it('shows a Pay-First order to its own visit only', async () => {
    const world = await makeWorld(store(), 'pay-first');
    const first = await world.soup();
    world.clock.advance(1);
    const second = await world.soup();
    const see = (visit: string | undefined, orderId?: string) =>
      getOrderView(world.deps, world.table, { visit, orderId });
    assert.equal((await see('visit-a'))?.orderId, second.orderId);
    assert.equal((await see('visit-a', first.orderId))?.orderId, first.orderId);
    assert.equal(await see('visit-b', first.orderId), undefined);
    assert.equal(await see(undefined, first.orderId), undefined);
  });

  it('shows why the POS refused the only round, and forgets it after a while', async () => {
    const world = await makeWorld(store());
    await world.soup();
    const [write] = (await world.rows()).writes;
    assert.ok(write);
    await world.end(write, 'refused', { code: 'item-sold-out' });
    const see = () => getOrderView(world.deps, world.table, { visit: undefined, orderId: undefined });
    assert.equal((await see())?.rounds[0]?.guestText, 'item-sold-out');
    world.clock.advance(16 * minuteMs);
    assert.equal(await see(), undefined);
  });

  it('serves the menu with what is sold out while read-only, under a tag that follows both', async () => {
    const world = await makeWorld(store());
    const before = await getGuestMenu(world.deps, world.table);
    await world.setReadOnly('pos-offline');
    const found = await getGuestMenu(world.deps, world.table);
    assert.equal(found?.etag, before?.etag);
    const items = found?.menu.categories.flatMap((category) => category.items) ?? [];
    assert.deepEqual(items.find((each) => each.itemId === 'lobster')?.availability, { state: 'sold-out' });
    const view = await getGuestView(world.deps, world.table, undefined);
    assert.deepEqual([view.readOnly?.reason, view.readOnly?.guestText], ['pos-offline', 'read-only']);
    await world.setReadOnly('pos-busy');
    const busy = await getGuestView(world.deps, world.table, undefined);
    assert.equal(busy.readOnly?.guestText, 'read-only', 'not "on its way": nothing is');
    await store().asCompany(world.table.companyId, (tx) =>
      tx.updateTable('availabilities').set({ content_hash: 'a2' }).execute(),
    );
    assert.notEqual((await getGuestMenu(world.deps, world.table))?.etag, before?.etag);
  });

  it('shows the console what is in progress, newest first, with every write', async () => {
    const world = await makeWorld(store());
    const { orderId } = await world.soup();
    await world.soup();
    const { companyId, locationId } = world.table;
    const [listed, ...others] = await listConsoleOrders(world.deps, { companyId, locationId });
    assert.deepEqual(others, []);
    assert.deepEqual([listed?.orderId, listed?.table, listed?.locationId], [orderId, '1', locationId]);
    assert.deepEqual(await listConsoleOrders(world.deps, { companyId, locationId: 'elsewhere' }), []);
    const one = await getConsoleOrder(world.deps, { companyId, orderId });
    assert.deepEqual(
      one?.writes.map((write) => [write.kind, write.state]),
      [
        ['create-order', 'queued'],
        ['append-round', 'queued'],
      ],
    );
    assert.equal(await getConsoleOrder(world.deps, { companyId, orderId: 'nobody' }), undefined);
    await settleAtTill(world);
    assert.deepEqual(await listConsoleOrders(world.deps, { companyId, locationId: undefined }), []);
  });
});
