import assert from 'node:assert/strict';
import { it } from 'node:test';
import { idempotencyMemoryMs, findAnswer, saveAnswer, takeKey } from '#store/idempotency.ts';
import { testStores } from '#store/test-store.ts';
import { forgetAnswers } from './forget-answers.ts';
import { makeWorld } from './test-ordering.ts';

testStores((store) => {
  it('forgets the answers of keyed requests after 400 days, and no other', async () => {
    const world = await makeWorld(store());
    const { companyId } = world.table;
    const answerAt = (key: string) =>
      store().asCompany(companyId, async (tx) => {
        const scope = { companyId, scope: 'table', key };
        await takeKey(tx, scope, { bodyHash: 'body', nowMs: world.clock.nowMs() });
        await saveAnswer(tx, scope, key);
      });
    const kindOf = async (key: string) =>
      (await store().asCompany(companyId, (tx) => findAnswer(tx, { companyId, scope: 'table', key }, 'body')))
        .kind;
    await answerAt('old');
    world.clock.advance(1);
    await answerAt('young');
    world.clock.advance(idempotencyMemoryMs);
    await forgetAnswers({ store: store(), clock: world.clock });
    assert.deepEqual([await kindOf('old'), await kindOf('young')], ['new', 'answered']);
  });
});
