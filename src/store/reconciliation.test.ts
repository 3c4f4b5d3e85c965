import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { money } from '#domain/money.ts';
import { appendAudit, listAudit } from './audit.ts';
import { closeItems, getItem, listOpenItems, openItem } from './reconciliation.ts';
import type { NewItem } from './reconciliation.ts';
import { seedCompany, testStores } from './test-store.ts';
import type { SeededCompany } from './test-store.ts';

const nowMs = Date.UTC(2026, 0, 1, 12);

function finding({ companyId, locationId }: SeededCompany, more: Partial<NewItem> = {}): NewItem {
  return {
    companyId,
    locationId,
    kind: 'line-missing',
    dedupeKey: 'line-missing:a',
    orderId: null,
    writeId: null,
    paymentId: null,
    amount: money(890, 'EUR'),
    facts: { quantity: 1 },
    nowMs,
    ...more,
  };
}

testStores((store) => {
  it('holds one open item per key, with its first age and its newest facts', async () => {
    const company = await seedCompany(store());
    const { companyId } = company;
    const open = (more: Partial<NewItem>) =>
      store().asCompany(companyId, (tx) => openItem(tx, finding(company, more)));
    assert.deepEqual(await open({}), { isNew: true });
    assert.deepEqual(await open({ facts: { quantity: 2 }, nowMs: nowMs + 5 }), { isNew: false });
    assert.deepEqual(await open({ dedupeKey: 'line-missing:b', nowMs: nowMs + 9 }), { isNew: true });
    const items = await store().asCompany(companyId, (tx) =>
      listOpenItems(tx, { companyId, locationId: company.locationId }),
    );
    assert.deepEqual(
      items.map((item) => [item.dedupe_key, item.opened_at_ms, item.facts]),
      [
        ['line-missing:a', nowMs, { quantity: 2 }],
        ['line-missing:b', nowMs + 9, { quantity: 1 }],
      ],
    );
  });

  it('opens a new item when a closed one comes up again', async () => {
    const company = await seedCompany(store());
    const { companyId } = company;
    const close = { companyId, dedupeKeys: ['line-missing:a'], how: 'healed' as const, nowMs: nowMs + 1 };
    const closed = await store().asCompany(companyId, async (tx) => {
      await openItem(tx, finding(company));
      const [item] = await listOpenItems(tx, { companyId, locationId: undefined });
      assert.equal(await closeItems(tx, close), 1);
      assert.equal(await closeItems(tx, close), 0);
      assert.deepEqual(await openItem(tx, finding(company)), { isNew: true });
      return getItem(tx, companyId, item?.item_id ?? 0);
    });
    assert.deepEqual([closed?.closed_at_ms, closed?.closed_how], [nowMs + 1, 'healed']);
  });

  it('shows a company its own items only', async () => {
    const mine = await seedCompany(store());
    const other = await seedCompany(store());
    await store().asCompany(other.companyId, (tx) => openItem(tx, finding(other)));
    const seen = await store().asCompany(mine.companyId, (tx) =>
      sql<{ n: number }>`select count(*)::int as n from reconciliation_items`.execute(tx),
    );
    assert.equal(seen.rows[0]?.n, 0);
  });

  it('lets nobody change or remove what was said', async () => {
    const { companyId } = await seedCompany(store());
    const entry = {
      companyId,
      userId: 'anna',
      action: 'reconciliation in-the-pos',
      subject: 'item:1',
      reason: 'seen on the till',
      facts: {},
      atMs: nowMs,
    };
    await store().asCompany(companyId, (tx) => appendAudit(tx, entry));
    for (const act of [`update audit_entries set reason = 'x'`, 'delete from audit_entries'])
      await assert.rejects(
        store().asCompany(companyId, (tx) => sql.raw(act).execute(tx)),
        { code: '42501' },
      );
    await assert.rejects(
      store().asCompany(companyId, (tx) => appendAudit(tx, { ...entry, reason: '' })),
      { code: '23514' },
    );
    const kept = await store().asCompany(companyId, (tx) => listAudit(tx, companyId, 'item:1'));
    assert.deepEqual(
      kept.map((row) => [row.user_id, row.reason]),
      [['anna', 'seen on the till']],
    );
  });
});
