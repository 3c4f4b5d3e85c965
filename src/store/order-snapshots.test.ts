import assert from 'node:assert/strict';
import { it } from 'node:test';
import { money } from '#domain/money.ts';
import { makeReference } from '#domain/reference.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import { saveOrderSnapshot } from './order-snapshots.ts';
import { getOrder, insertOrder } from './orders.ts';
import { seedCompany, testStores } from './test-store.ts';
import type { Store } from './store.ts';

const nowMs = Date.UTC(2026, 0, 1, 12);
let count = 0;

function seen(more: Partial<PosOrder> = {}): PosOrder {
  const zero = money(0, 'EUR');
  return {
    posRef: 'P1',
    reference: null,
    tableRef: '1',
    state: 'open',
    version: '1',
    locked: null,
    waiter: null,
    lines: [],
    discounts: [],
    total: zero,
    paid: zero,
    due: zero,
    ...more,
  };
}

async function makeOrder(store: Store) {
  const { companyId, locationId, tables } = await seedCompany(store);
  const orderId = makeReference((bytes) => new Uint8Array(bytes).fill((count += 1)));
  const read = () =>
    store.asCompany(companyId, async (tx) => {
      const order = await getOrder(tx, companyId, orderId);
      assert.ok(order);
      return order;
    });
  await store.asCompany(companyId, (tx) =>
    insertOrder(
      tx,
      {
        company_id: companyId,
        order_id: orderId,
        location_id: locationId,
        table_id: tables[0]?.tableId ?? '',
        flow: 'pay-later',
        state: 'open',
        opened_by: 'guest',
        visit_id: null,
        pos_ref: 'P1',
        currency: 'EUR',
      },
      nowMs,
    ),
  );
  const save = async (order: PosOrder, atMs: number) => {
    const current = await read();
    return store.asCompany(companyId, (tx) => saveOrderSnapshot(tx, current, order, atMs));
  };
  return { read, save, tables };
}

testStores((store) => {
  it('keeps a reading, and writes nothing when the next one is the same', async () => {
    const { read, save } = await makeOrder(store());
    assert.equal(await save(seen(), nowMs + 1), true);
    assert.equal(await save(seen(), nowMs + 2), false);
    assert.equal((await read()).snapshot_at_ms, nowMs + 1);
    assert.equal(await save(seen({ version: '2' }), nowMs + 3), true);
  });

  it('leaves out a reading that began before the newest one', async () => {
    const { read, save } = await makeOrder(store());
    await save(seen({ version: '2' }), nowMs + 10);
    assert.equal(await save(seen({ version: '1' }), nowMs + 9), false);
    assert.equal((await read()).snapshot?.version, '2');
  });

  it('follows an order that a waiter moved to another table', async () => {
    const { read, save, tables } = await makeOrder(store());
    await save(seen({ tableRef: '2' }), nowMs + 1);
    assert.equal((await read()).table_id, tables[1]?.tableId);
    await save(seen({ tableRef: 'unknown' }), nowMs + 2);
    assert.equal((await read()).table_id, tables[1]?.tableId);
  });

  it('settles and voids with the POS, once and for all', async () => {
    const settled = await makeOrder(store());
    await settled.save(seen({ state: 'settled' }), nowMs + 1);
    assert.deepEqual([(await settled.read()).state, (await settled.read()).money_state], ['settled', 'paid']);
    await settled.save(seen({ state: 'open' }), nowMs + 2);
    assert.equal((await settled.read()).state, 'settled');
    const voided = await makeOrder(store());
    await voided.save(seen({ state: 'voided' }), nowMs + 1);
    assert.equal((await voided.read()).state, 'voided');
  });
});
