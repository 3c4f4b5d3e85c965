import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { findAnswer, forgetOldAnswers, idempotencyMemoryMs, saveAnswer, takeKey } from './idempotency.ts';
import { seedCompany, testStores } from './test-store.ts';

const nowMs = Date.UTC(2026, 0, 1, 12);
const request = { bodyHash: 'body', nowMs };

testStores((store, engine) => {
  it('remembers an answer for its key and body, in its own scope', async () => {
    const { companyId } = await seedCompany(store());
    const scope = { companyId, scope: 'table', key: 'k' };
    await store().asCompany(companyId, async (tx) => {
      assert.deepEqual(await takeKey(tx, scope, request), { kind: 'new' });
      await saveAnswer(tx, scope, { roundId: 'r' });
    });
    await store().asCompany(companyId, async (tx) => {
      assert.deepEqual(await takeKey(tx, scope, request), { kind: 'answered', answer: { roundId: 'r' } });
      assert.deepEqual(await findAnswer(tx, scope, 'other'), { kind: 'other-body' });
      assert.deepEqual(await findAnswer(tx, { ...scope, scope: 'other table' }, 'body'), { kind: 'new' });
    });
  });

  it('remembers answers for 400 days and then forgets them', async () => {
    const { companyId } = await seedCompany(store());
    const scope = { companyId, scope: 'table', key: 'k' };
    await store().asCompany(companyId, async (tx) => {
      await takeKey(tx, scope, request);
      await saveAnswer(tx, scope, 'kept');
      await forgetOldAnswers(tx, companyId, nowMs + idempotencyMemoryMs);
      assert.equal((await findAnswer(tx, scope, 'body')).kind, 'answered');
      await forgetOldAnswers(tx, companyId, nowMs + idempotencyMemoryMs + 1);
      assert.equal((await findAnswer(tx, scope, 'body')).kind, 'new');
    });
  });

  // The embedded engine has one connection, so nothing ever waits for a row there.
  if (engine === 'postgres')
    it('says that the first request still runs when it holds the key for too long', async () => {
      const { companyId } = await seedCompany(store());
      const scope = { companyId, scope: 'table', key: 'k' };
      await store().asCompany(companyId, async (first) => {
        await takeKey(first, scope, request);
        const second = store().asCompany(companyId, async (tx) => {
          await sql`set local lock_timeout = '20ms'`.execute(tx);
          const taken = await takeKey(tx, scope, request);
          throw new Error(taken.kind);
        });
        await assert.rejects(second, /running/);
      });
    });
});
