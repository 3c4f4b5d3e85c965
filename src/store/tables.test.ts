import assert from 'node:assert/strict';
import { it } from 'node:test';
import { findTableByToken, rotateToken } from './tables.ts';
import { seedCompany, testStores } from './test-store.ts';

testStores((store) => {
  it('a code names its table and the flow that holds there', async () => {
    const company = await seedCompany(store(), { flow: 'pay-first' });
    const [first, second] = company.tables;
    await store().asCompany(company.companyId, (tx) =>
      tx
        .updateTable('dining_tables')
        .set({ flow: 'pay-later' })
        .where('table_id', '=', second?.tableId ?? '')
        .execute(),
    );
    const found = await findTableByToken(store(), first?.token ?? '');
    assert.deepEqual([found?.tableId, found?.flow], [first?.tableId, 'pay-first']);
    assert.equal((await findTableByToken(store(), second?.token ?? ''))?.flow, 'pay-later');
  });

  it('a rotated code answers like one that never was', async () => {
    const company = await seedCompany(store());
    const [table] = company.tables;
    const token = 'a-new-code-for-the-table';
    await store().asCompany(company.companyId, (tx) =>
      rotateToken(tx, { companyId: company.companyId, tableId: table?.tableId ?? '' }, token),
    );
    assert.equal(await findTableByToken(store(), table?.token ?? ''), undefined);
    assert.equal((await findTableByToken(store(), token))?.tableId, table?.tableId);
  });
});
