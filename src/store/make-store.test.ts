import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { notify } from './make-store.ts';
import { lockTimeoutMs } from './server-engine.ts';
import { openBeside, seedCompany, testStores } from './test-store.ts';
import type { Tx } from './store.ts';

const whoAmI = (tx: Tx) =>
  sql<{
    role: string;
    company: string | null;
  }>`select current_user::text as role, current_setting('tableside.company', true) as company`
    .execute(tx)
    .then((result) => result.rows[0]);

testStores((store, engine) => {
  it('acts in a role that cannot bypass row-level security, and leaves the connection clean', async () => {
    const before = await store().asOwner(whoAmI);
    assert.deepEqual(await store().asCompany('a', whoAmI), { role: 'tableside_app', company: 'a' });
    assert.deepEqual(await store().asWorker(whoAmI), { role: 'tableside_worker', company: '' });
    assert.deepEqual(await store().asEntry(whoAmI), { role: 'tableside_entry', company: '' });
    await assert.rejects(store().asCompany('a', (tx) => sql`select nothing from nowhere`.execute(tx)));
    const after = await store().asOwner(whoAmI);
    assert.equal(after?.role, before?.role);
    assert.equal(after?.company ?? '', '');
  });

  it('shows a company its own rows only', async () => {
    const mine = await seedCompany(store());
    const other = await seedCompany(store());
    const seen = await store().asCompany(mine.companyId, (tx) =>
      tx.selectFrom('locations').select('company_id').execute(),
    );
    assert.deepEqual(seen, [{ company_id: mine.companyId }]);
    await assert.rejects(
      store().asCompany(mine.companyId, (tx) =>
        tx
          .insertInto('companies')
          .values({ company_id: `${other.companyId}-2`, name: 'x', created_at_ms: 1 })
          .execute(),
      ),
      { code: '42501' },
    );
  });

  it('reads bigints as safe integers and jsonb as values', async () => {
    const { companyId } = await seedCompany(store(), { nowMs: 1_767_268_800_000 });
    const status = await store().asCompany(companyId, (tx) =>
      tx.selectFrom('location_statuses').selectAll().executeTakeFirstOrThrow(),
    );
    assert.equal(status.since_ms, 1_767_268_800_000);
    assert.deepEqual(status.flapped_at_ms, []);
    await assert.rejects(
      store().asCompany(companyId, (tx) => sql`select 9007199254740993::bigint as n`.execute(tx)),
      RangeError,
    );
  });

  it('announces what was committed and nothing that was rolled back', async () => {
    const heard: string[] = [];
    const stop = await store().listen('tableside_changes', (payload) => heard.push(payload));
    await assert.rejects(
      store().asCompany('a', async (tx) => {
        await notify(tx, 'tableside_changes', 'rolled back');
        throw new Error('undo');
      }),
    );
    await store().asCompany('a', (tx) => notify(tx, 'tableside_changes', 'kept'));
    for (let turn = 0; turn < 100 && heard.length === 0; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(heard, ['kept']);
    await stop();
  });

  // The embedded database has one process and no connection to lose.
  if (engine === 'embedded') return;

  it('says the same change once, here and in another process', async () => {
    const other = await openBeside(store());
    const here: string[] = [];
    const there: string[] = [];
    const stop = await store().listen('tableside_changes', (payload) => here.push(payload));
    await other.listen('tableside_changes', (payload) => there.push(payload));
    await store().asCompany('a', async (tx) => {
      await notify(tx, 'tableside_changes', 'twice in one');
      await notify(tx, 'tableside_changes', 'twice in one');
    });
    await other.asCompany('a', (tx) => notify(tx, 'tableside_changes', 'back'));
    for (let turn = 0; turn < 200 && here.length + there.length < 4; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(
      [here.toSorted(), there.toSorted()],
      [
        ['back', 'twice in one'],
        ['back', 'twice in one'],
      ],
    );
    await stop();
    await other.close();
  });

  it('fails the transaction, and nothing else, when its connection breaks between two statements', async () => {
    await assert.rejects(
      store().asWorker(async (tx) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
        await store().asOwner((other) =>
          sql`select pg_terminate_backend(${rows[0]?.pid}, 5000)`.execute(other),
        );
        // The end of the connection is heard while nothing waits for an answer on it.
        await new Promise((resolve) => setTimeout(resolve, 50));
        await sql`select 1`.execute(tx);
      }),
    );
    assert.equal((await store().asWorker(whoAmI))?.role, 'tableside_worker');
  });

  it('takes back what a process holds that was frozen within a transaction', async () => {
    const lock = (tx: Tx) => sql`select pg_advisory_xact_lock(hashtextextended('a turn', 0))`.execute(tx);
    const startedMs = performance.now();
    let waitedMs = Infinity;
    await assert.rejects(
      store().asWorker(async (tx) => {
        await lock(tx);
        // Nothing is said in the transaction until another has what it held.
        await store().asOwner(lock);
        waitedMs = performance.now() - startedMs;
        await sql`select 1`.execute(tx);
      }),
    );
    assert.ok(waitedMs < lockTimeoutMs, 'the lock was given back, and not given up');
  });
});
