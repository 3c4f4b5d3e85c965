import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { money } from '#domain/money.ts';
import { makeReference } from '#domain/reference.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import { insertOrder } from '#store/orders.ts';
import { emptyStore, seedCompany, testStores } from '#store/test-store.ts';
import { makeFakeClock } from '#test/fake-clock.ts';
import { pollOnce } from './reads.ts';
import { makeReadablePos, read } from './test-sync.ts';

const nothing = money(0, 'EUR');
const seen: PosOrder = {
  posRef: 'P1',
  reference: null,
  tableRef: '1',
  version: '1',
  locked: null,
  waiter: null,
  state: 'open',
  lines: [],
  discounts: [],
  total: nothing,
  paid: nothing,
  due: nothing,
};

testStores((store) => {
  it('dates a reading by what the POS can show: when it was asked, less the time a write takes to show', async () => {
    await emptyStore(store());
    const clock = makeFakeClock({ settle: () => Promise.resolve() });
    const company = await seedCompany(store(), { nowMs: clock.nowMs() });
    const { companyId, locationId } = company;
    await store().asCompany(companyId, (tx) =>
      insertOrder(
        tx,
        {
          company_id: companyId,
          order_id: makeReference(randomBytes),
          location_id: locationId,
          table_id: company.tables[0]?.tableId ?? '',
          flow: 'pay-later',
          state: 'open',
          opened_by: 'guest',
          visit_id: null,
          pos_ref: seen.posRef,
          currency: 'EUR',
        },
        clock.nowMs(),
      ),
    );
    const pos = makeReadablePos({ readLagMs: 2_000 });
    pos.order = () => read(seen);
    const datedMs: number[] = [];
    await pollOnce(
      {
        store: store(),
        clock,
        adopt: () => Promise.resolve([]),
        keepReading: (_tx, _order, { atMs }) => {
          datedMs.push(atMs);
          return Promise.resolve(false);
        },
        detectSecondOrders: () => Promise.resolve(),
      },
      pos.connector,
      { companyId, locationId },
      'in-progress',
    );
    assert.deepEqual(datedMs, [clock.nowMs() - 2_000]);
  });
});
