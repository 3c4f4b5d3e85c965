import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { prepare } from './prepared.ts';
import { seedCompany, testStores } from './test-store.ts';

type Named = { readonly place: { readonly company_id: string }; readonly name?: string | undefined };

testStores((store) => {
  it('builds a statement once and gives each run its own values', async () => {
    let built = 0;
    const echo = prepare(
      (tx, given: { readonly word: string; readonly inner: { readonly n: number | null } }) => {
        built += 1;
        return tx
          .selectFrom('companies')
          .select([
            sql<string>`${given.word}::text`.as('word'),
            sql<number>`${given.inner.n}::integer`.as('n'),
          ]);
      },
    );
    const mine = await seedCompany(store());
    const say = (word: string, n: number | null) =>
      store().asCompany(mine.companyId, async (tx) => (await echo(tx, { inner: { n }, word })).rows);
    assert.deepEqual(await say('one', 1), [{ word: 'one', n: 1 }]);
    assert.deepEqual(await say('two', null), [{ word: 'two', n: null }]);
    assert.equal(built, 1);
  });

  it('builds another one for other columns', async () => {
    const rename = prepare((tx, { place, ...columns }: Named) =>
      tx
        .updateTable('companies')
        .set({ created_at_ms: 7, ...columns })
        .where('company_id', '=', place.company_id),
    );
    const mine = await seedCompany(store());
    const place = { company_id: mine.companyId };
    const named = await store().asOwner(async (tx) => {
      const nameNow = async () =>
        (
          await tx
            .selectFrom('companies')
            .select('name')
            .where('company_id', '=', mine.companyId)
            .executeTakeFirst()
        )?.name;
      const before = await nameNow();
      await rename(tx, { place });
      const kept = await nameNow();
      await rename(tx, { place, name: 'Another' });
      return { before, kept, after: await nameNow() };
    });
    assert.equal(named.kept, named.before);
    assert.equal(named.after, 'Another');
  });

  it('refuses a statement that computes with a value, which would hold only for the first run', async () => {
    const wrong = prepare((tx, { nowMs }: { readonly nowMs: number }) =>
      tx
        .selectFrom('companies')
        .select('name')
        .where('created_at_ms', '<', nowMs - 1),
    );
    await assert.rejects(
      store().asOwner((tx) => wrong(tx, { nowMs: 5 })),
      /places for 0 of 1 values/,
    );
  });
});
