import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { money } from '#domain/money.ts';
import type { PosLine, PosOrder, PosTable } from '#contract/snapshot.ts';
import { getOrder, updateOrder } from '#store/orders.ts';
import { listOpenItems } from '#store/reconciliation.ts';
import type { OrderRow } from '#store/schema.ts';
import { emptyStore, testStores } from '#store/test-store.ts';
import { detectSecondOrders, keepReading } from './detector.ts';
import { makeWorld } from './test-delivery.ts';
import type { World } from './test-delivery.ts';

const eur = (minor: number) => money(minor, 'EUR');

function posOrder(lines: readonly PosLine[], state: PosOrder['state'] = 'open'): PosOrder {
  const heads = { posRef: 'P1', reference: null, tableRef: '1', version: '1', locked: null, waiter: null };
  return { ...heads, state, lines, discounts: [], total: eur(0), paid: eur(0), due: eur(0) };
}

testStores((store) => {
  let w: World;
  beforeEach(async () => {
    await emptyStore(store());
    w = await makeWorld(store());
  });
  afterEach(() => w.stop());

  const kinds = async () => {
    const { companyId } = w.company;
    const items = await w.store.asCompany(companyId, (tx) =>
      listOpenItems(tx, { companyId, locationId: undefined }),
    );
    return items.map((item) => item.kind);
  };
  const read = (order: OrderRow, seen: PosOrder, askedFor?: string) =>
    w.store.asCompany(order.company_id, async (tx) => {
      const current = await getOrder(tx, order.company_id, order.order_id);
      assert.ok(current);
      return keepReading(tx, current, {
        askedFor: askedFor ?? current.pos_ref ?? '',
        seen,
        atMs: w.clock.nowMs(),
      });
    });

  it('tells of a bill that stays open after our payment, until the POS shows it closed', async () => {
    const order = await w.newOrder();
    await w.store.asCompany(order.company_id, (tx) =>
      updateOrder(tx, order, { pos_ref: 'P1', paid_minor: 1_000 }, w.clock.nowMs()),
    );
    await w.enqueue('mark-paid', order, { posRef: 'P1' });
    await w.startWorker();
    await w.clock.advance(100);
    assert.equal(await read(order, posOrder([])), true);
    assert.deepEqual(await kinds(), ['paid-not-closed']);
    assert.equal(await read(order, posOrder([])), false, 'the same again writes nothing');
    await read(order, posOrder([], 'settled'));
    assert.deepEqual(await kinds(), []);
  });

  it('leaves out a reading of what another order of ours has come to stand for meanwhile', async () => {
    const [order, other] = [await w.newOrder(), await w.newOrder()];
    await w.store.asCompany(order.company_id, (tx) =>
      updateOrder(tx, other, { pos_ref: 'P1' }, w.clock.nowMs()),
    );
    assert.equal(await read(order, posOrder([]), 'P1'), false);
    assert.equal(await read(other, posOrder([]), 'P1'), true);
  });

  it('says nothing of what only the till knows', async () => {
    const order = await w.newOrder();
    await w.store.asCompany(order.company_id, (tx) =>
      updateOrder(tx, order, { pos_ref: 'P1' }, w.clock.nowMs()),
    );
    await read(order, posOrder([], 'voided'));
    assert.deepEqual(await kinds(), []);
  });

  it('tells of a second order under one reference for as long as both are there', async () => {
    const order = await w.newOrder();
    await w.store.asCompany(order.company_id, (tx) =>
      updateOrder(tx, order, { pos_ref: 'P1' }, w.clock.nowMs()),
    );
    const head = { version: '1', waiter: null, locked: false, reference: order.order_id };
    const show = (heads: readonly { posRef: string; total: number }[]) => {
      const orders = heads.map(({ posRef, total }) => ({ ...head, posRef, total: eur(total) }));
      const tables: readonly PosTable[] = [{ tableRef: '1', name: '1', orders }];
      const place = { companyId: order.company_id, locationId: order.location_id };
      return w.store.asCompany(order.company_id, (tx) =>
        detectSecondOrders(tx, place, tables, w.clock.nowMs()),
      );
    };
    // A till that renamed the order, and an empty one that a broken-off create left.
    await show([{ posRef: 'P2', total: 890 }]);
    await show([
      { posRef: 'P1', total: 890 },
      { posRef: 'P2', total: 0 },
    ]);
    assert.deepEqual(await kinds(), []);
    await show([
      { posRef: 'P1', total: 890 },
      { posRef: 'P2', total: 890 },
    ]);
    assert.deepEqual(await kinds(), ['second-order']);
    await show([{ posRef: 'P1', total: 890 }]);
    assert.deepEqual(await kinds(), []);
  });
});
