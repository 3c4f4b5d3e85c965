import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { dayMs } from '#domain/time.ts';
import { appendLog, ensureLogChannels, listLog, logKeptDays } from './log-channels.ts';
import type { LogEntry } from './log-channels.ts';
import { seedCompany, testStores } from './test-store.ts';
import type { SeededCompany } from './test-store.ts';
import type { Store } from './store.ts';

const todayMs = Date.UTC(2026, 5, 15, 22);

testStores((store) => {
  it('keep what was asked and answered, newest first, for one company alone', async () => {
    await ensureLogChannels(store(), ['rkeeper'], todayMs);
    const [ours, theirs] = [await seedCompany(store()), await seedCompany(store())];
    await append(store(), ours, { request: 'one', atMs: todayMs });
    await append(store(), ours, { request: 'two', atMs: todayMs + 1 });
    await append(store(), theirs, { request: 'foreign', atMs: todayMs + 2 });
    assert.deepEqual(await requests(store(), ours), ['two', 'one']);
    const seen = await store().asCompany(ours.companyId, (tx) =>
      listLog(tx, 'rkeeper-requests', { companyId: theirs.companyId, limit: 10 }),
    );
    assert.deepEqual(seen, [], 'not even when another company is named');
  });

  it('store an answer once and point to it afterwards', async () => {
    await ensureLogChannels(store(), ['rkeeper'], todayMs);
    const company = await seedCompany(store());
    const [first] = await append(store(), company, { answer: '<menu/>' });
    await append(store(), company, { answer: '<menu/>' }, first);
    const [again, original] = await list(store(), company);
    assert.deepEqual([original?.answer, original?.sameAs], ['<menu/>', null]);
    assert.deepEqual([again?.answer, again?.sameAs], ['', original?.entryId]);
    assert.equal(again?.answerHash, original?.answerHash);
  });

  it('take entries of a day nobody prepared, and go on when it is prepared late', async () => {
    const farMs = todayMs + 400 * dayMs;
    await ensureLogChannels(store(), ['rkeeper'], todayMs);
    const company = await seedCompany(store());
    await append(store(), company, { request: 'after a long sleep', atMs: farMs });
    await ensureLogChannels(store(), ['rkeeper'], farMs);
    await append(store(), company, { request: 'awake', atMs: farMs + 1 });
    assert.deepEqual(await requests(store(), company), ['awake', 'after a long sleep']);
  });

  it('are dropped by whole days when they are old', async () => {
    const company = await seedCompany(store());
    const startMs = todayMs + 1_000 * dayMs;
    await ensureLogChannels(store(), ['rkeeper'], startMs);
    await append(store(), company, { request: 'old', atMs: startMs });
    await append(store(), company, { request: 'of a day nobody prepared', atMs: startMs + 3 * dayMs });
    await ensureLogChannels(store(), ['rkeeper'], startMs + logKeptDays * dayMs);
    assert.equal((await requests(store(), company)).length, 2);
    await ensureLogChannels(store(), ['rkeeper'], startMs + (logKeptDays + 4) * dayMs);
    assert.deepEqual(await requests(store(), company), []);
  });

  it('cannot be named by anybody but a connector', async () => {
    await assert.rejects(
      store().asOwner((tx) => appendLog(tx, 'x"; drop table orders; --requests', [entry('c', 'l', {})])),
      /not a log channel/,
    );
    await store().asOwner((tx) => sql`select 1 from orders limit 0`.execute(tx));
  });
});

function entry(companyId: string, locationId: string, more: Partial<LogEntry>): LogEntry {
  return { companyId, locationId, atMs: todayMs, facts: {}, request: '', answer: '', ...more };
}

function append(
  store: Store,
  company: SeededCompany,
  more: Partial<LogEntry>,
  sameAs?: number,
): Promise<readonly number[]> {
  const one = entry(company.companyId, company.locationId, more);
  return store.asCompany(company.companyId, (tx) =>
    appendLog(tx, 'rkeeper-requests', [sameAs === undefined ? one : { ...one, sameAs }]),
  );
}

function list(store: Store, company: SeededCompany) {
  return store.asCompany(company.companyId, (tx) =>
    listLog(tx, 'rkeeper-requests', { companyId: company.companyId, limit: 10 }),
  );
}

async function requests(store: Store, company: SeededCompany): Promise<readonly string[]> {
  return (await list(store, company)).map((one) => one.request);
}
