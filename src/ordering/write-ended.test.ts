import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PosErrorCode } from '#contract/errors.ts';
import { testStores } from '#store/test-store.ts';
import { adoptTillOrders } from './join-order.ts';
import { getOrder, updateOrder } from '#store/orders.ts';
import { getTable } from '#store/tables.ts';
import { getOrderView } from './guest-view.ts';
import { startsAnewMax } from './write-ended.ts';
import { makeWorld, placedIn, posLinesOf, posOrder, showing } from './test-ordering.ts';
import type { TestWorld } from './test-ordering.ts';

async function lastWrite(world: TestWorld) {
  const write = (await world.rows()).writes.at(-1);
  assert.ok(write);
  return write;
}

/** The first round is in the POS as P1. */
async function deliverFirst(world: TestWorld) {
  const first = await world.soup();
  const { rounds } = await world.rows();
  await world.end(await lastWrite(world), 'delivered', {
    value: placedIn('P1', posOrder('P1', posLinesOf(rounds))),
  });
  return first;
}

testStores((store) => {
  it('ties the order to the POS order and keeps what the POS showed', async () => {
    const world = await makeWorld(store());
    await deliverFirst(world);
    const { orders } = await world.rows();
    assert.equal(orders[0]?.pos_ref, 'P1');
    assert.equal(orders[0].snapshot?.total.amountMinor, 500);
  });

  for (const code of ['order-closed', 'order-moved', 'order-unknown'] as const) {
    it(`starts a round anew at the scanned table after ${code}, as the same one round`, async () => {
      const world = await makeWorld(store());
      const first = await deliverFirst(world);
      const second = await world.soup({ visit: 'visit-b' });
      assert.equal(second.orderId, first.orderId);
      await world.end(await lastWrite(world), 'refused', { code });
      const { orders, rounds, writes } = await world.rows();
      assert.equal(orders.length, 2);
      assert.equal(rounds.length, 2);
      const again = writes[2];
      assert.ok(again?.payload.kind === 'create-order' && writes.length === 3);
      assert.equal(again.payload.roundReference, second.roundId);
      assert.deepEqual(again.payload.lines, rounds.find((round) => round.round_id === second.roundId)?.lines);
      assert.notEqual(again.order_id, first.orderId);
      assert.notEqual(again.lane, first.orderId);
      const shown = await getOrderView(world.deps, world.table, {
        visit: 'visit-b',
        orderId: second.orderId,
      });
      assert.deepEqual(
        shown?.rounds.map((round) => [round.roundId, round.state]),
        [[second.roundId, 'sending']],
      );
    });
  }

  it('puts the next rounds of the table on the order that was started anew', async () => {
    const world = await makeWorld(store());
    await deliverFirst(world);
    await world.soup();
    await world.end(await lastWrite(world), 'refused', { code: 'order-closed' });
    const { orders } = await world.rows();
    const third = await world.soup();
    assert.equal(third.orderId, (await lastWrite(world)).order_id);
    assert.equal((await world.rows()).orders.length, orders.length);
    assert.equal((await lastWrite(world)).kind, 'append-round');
  });

  it('takes along the rounds behind the one that should have made the order, in their order', async () => {
    const world = await makeWorld(store());
    const first = await world.soup();
    const second = await world.soup({ visit: 'visit-b' });
    const [create, append] = (await world.rows()).writes;
    assert.ok(create && append);
    await world.end(create, 'refused', { code: 'order-closed' });
    await world.end(append, 'refused', { code: 'order-not-in-pos' });
    const { writes } = await world.rows();
    assert.deepEqual(
      writes.slice(2).map((write) => [write.kind, write.round_id]),
      [
        ['create-order', first.roundId],
        ['append-round', second.roundId],
      ],
    );
    assert.equal(writes[2]?.lane, writes[3]?.lane);
  });

  it('leaves rounds refused behind a create-order that was refused for good', async () => {
    const world = await makeWorld(store());
    await world.soup();
    const second = await world.soup({ visit: 'visit-b' });
    const [create, append] = (await world.rows()).writes;
    assert.ok(create && append);
    await world.end(create, 'refused', { code: 'item-sold-out' });
    await world.end(append, 'refused', { code: 'order-not-in-pos' });
    assert.equal((await world.rows()).writes.length, 2);
    const shown = await getOrderView(world.deps, world.table, { visit: undefined, orderId: undefined });
    assert.equal(shown?.rounds.find((round) => round.roundId === second.roundId)?.guestText, 'tell-a-waiter');
  });

  it('stops starting a round anew when every order is closed under it', async () => {
    const world = await makeWorld(store());
    await world.soup();
    for (let tries = 0; tries < startsAnewMax + 3; tries += 1) {
      const write = await lastWrite(world);
      if (write.state === 'refused') break;
      await world.end(write, 'refused', { code: 'order-closed' });
    }
    const { writes, rounds } = await world.rows();
    assert.equal(writes.length, 1 + startsAnewMax);
    assert.equal(writes.at(-1)?.state, 'refused');
    assert.equal(rounds[0]?.write_id, writes.at(-1)?.write_id);
  });

  it('keeps a refused round where it is for any other reason', async () => {
    const others: readonly PosErrorCode[] = ['item-sold-out', 'table-has-several-orders', 'not-possible'];
    for (const code of others) {
      const world = await makeWorld(store());
      await deliverFirst(world);
      await world.soup();
      await world.end(await lastWrite(world), 'refused', { code });
      assert.equal((await world.rows()).writes.length, 2, code);
    }
  });

  it('takes over the row that the poll made of the order we joined', async () => {
    const world = await makeWorld(store());
    const placed = await world.soup();
    await store().asCompany(world.table.companyId, async (tx) => {
      const table = await getTable(tx, world.table.companyId, world.table.tableId);
      const read = showing('1', [{ posRef: 'P1' }]);
      assert.ok(table && read.kind === 'read');
      const heads = read.value.flatMap((posTable) => posTable.orders);
      assert.equal((await adoptTillOrders(tx, world.deps, table, { heads, currency: 'EUR' })).length, 1);
    });
    await world.end(await lastWrite(world), 'delivered', { value: placedIn('P1') });
    const { orders } = await world.rows();
    assert.deepEqual(
      orders.map((order) => [order.order_id, order.pos_ref]),
      [[placed.orderId, 'P1']],
    );
  });

  it('merges two orders of ours that are one in the POS', async () => {
    const world = await makeWorld(store());
    const first = await deliverFirst(world);
    const second = await world.soup();
    await world.end(await lastWrite(world), 'refused', { code: 'order-moved' });
    const third = await world.soup();
    // The waiter moved P1 back before the new create-order looked at the table, so that it joined it.
    const create = (await world.rows()).writes[2];
    assert.ok(create?.kind === 'create-order');
    await world.end(create, 'delivered', { value: placedIn('P1') });
    const { orders, rounds, writes } = await world.rows();
    assert.deepEqual(
      rounds.map((round) => [round.round_id, round.order_id]),
      [first, second, third].map((round) => [round.roundId, first.orderId]),
    );
    const open = orders.filter((order) => order.state === 'open');
    assert.deepEqual(
      open.map((order) => [order.order_id, order.pos_ref, order.joinable]),
      [[first.orderId, 'P1', true]],
    );
    assert.equal(writes.at(-1)?.lane, first.orderId);
    const shown = await getOrderView(world.deps, world.table, { visit: 'visit-a', orderId: third.orderId });
    assert.equal(shown?.orderId, first.orderId);
  });

  it('shows a guest each round on the order that has it now, also when the till made two orders one', async () => {
    const world = await makeWorld(store());
    const first = await deliverFirst(world);
    const moved = await world.soup({ visit: 'visit-b' });
    await world.end(await lastWrite(world), 'refused', { code: 'order-moved' });
    const create = await lastWrite(world);
    await world.end(create, 'delivered', { value: placedIn('P1') });
    // The same guest's next round finds the order closed and is on an order of its own, the visit's newest.
    const next = await world.soup({ visit: 'visit-b' });
    await world.end(await lastWrite(world), 'refused', { code: 'order-closed' });
    const newest = (await world.rows()).rounds.find((round) => round.round_id === next.roundId);
    const see = async (visit: string | undefined, roundId: string) => {
      const view = await getOrderView(world.deps, world.table, { visit, roundId });
      const state = view?.rounds.find((round) => round.roundId === roundId)?.state;
      return { orderId: view?.orderId, state };
    };
    assert.deepEqual(await see('visit-b', moved.roundId), { orderId: first.orderId, state: 'accepted' });
    assert.deepEqual(await see('visit-b', next.roundId), { orderId: newest?.order_id, state: 'sending' });
    assert.notEqual(newest?.order_id, first.orderId);
    for (const other of ['visit-a', undefined])
      assert.deepEqual(await see(other, moved.roundId), { orderId: undefined, state: undefined });
  });

  it('counts what was paid on one order as a part of the bill that the till made of two', async () => {
    const world = await makeWorld(store());
    await deliverFirst(world);
    await world.soup();
    await world.end(await lastWrite(world), 'refused', { code: 'order-moved' });
    const create = await lastWrite(world);
    const { companyId } = world.table;
    // The small order was paid in full while its create-order was still on its way.
    await store().asCompany(companyId, async (tx) => {
      const small = await getOrder(tx, companyId, create.order_id ?? '');
      assert.ok(small);
      const paid = { paid_minor: 500, tip_minor: 50, covered_minor: 500, money_state: 'paid' } as const;
      await updateOrder(tx, small, paid, world.clock.nowMs());
    });
    world.clock.advance(1_000);
    await world.end(create, 'delivered', { value: placedIn('P1') });
    const money = new Map(
      (await world.rows()).orders.map((order) => [
        order.pos_ref,
        [order.state, order.money_state, order.paid_minor, order.tip_minor, order.covered_minor],
      ]),
    );
    assert.deepEqual(money.get('P1'), ['open', 'part-paid', 500, 50, null]);
    assert.deepEqual(money.get(null), ['voided', 'unpaid', 0, 0, null]);
    const shown = await getOrderView(world.deps, world.table, { visit: 'visit-a' });
    assert.deepEqual([shown?.total.amountMinor, shown?.due.amountMinor], [1000, 500]);
  });

  it('keeps what was paid on the order that takes the other in, and pays nothing by merging', async () => {
    for (const [paidMinor, moneyState] of [
      [0, 'unpaid'],
      [200, 'part-paid'],
    ] as const) {
      const world = await makeWorld(store());
      const { orderId } = await deliverFirst(world);
      await world.soup();
      await world.end(await lastWrite(world), 'refused', { code: 'order-moved' });
      const { companyId } = world.table;
      await store().asCompany(companyId, async (tx) => {
        const into = await getOrder(tx, companyId, orderId);
        assert.ok(into);
        const paid = { paid_minor: paidMinor, money_state: moneyState };
        await updateOrder(tx, into, paid, world.clock.nowMs());
      });
      await world.end(await lastWrite(world), 'delivered', { value: placedIn('P1') });
      const into = (await world.rows()).orders.find((order) => order.order_id === orderId);
      assert.deepEqual([into?.money_state, into?.paid_minor], [moneyState, paidMinor]);
    }
  });
});
