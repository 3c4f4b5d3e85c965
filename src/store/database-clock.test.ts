import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { makeFakeClock } from '#test/fake-clock.ts';
import { databaseTimeEveryMs, openDatabaseClock } from './database-clock.ts';
import type { Store } from './store.ts';
import { testStores } from './test-store.ts';

const minuteMs = 60_000;
/** A reading lies between its question and its answer; a busy machine needs some time for both. */
const readingMsMax = 3_000;

testStores((store, engine) => {
  const fail = (error: unknown) => assert.fail(String(error));

  if (engine === 'embedded') {
    it('is the clock of the process the database is part of', async () => {
      const system = makeFakeClock();
      const { clock } = await openDatabaseClock(store(), system, fail);
      assert.equal(clock, system);
    });
    return;
  }

  it('shows processes whose own clocks are minutes apart the same time', async () => {
    const atMs = await readTime(store());
    for (const offByMs of [-10 * minuteMs, 0, 10 * minuteMs]) {
      const system = makeFakeClock({ startMs: atMs + offByMs });
      const { clock, stop } = await openDatabaseClock(store(), system, fail);
      assert.ok(Math.abs(clock.nowMs() - atMs) < readingMsMax, `off by ${clock.nowMs() - atMs} ms`);
      stop();
      assert.equal(system.waiting(), 0);
    }
  });

  it('goes on with monotonic time when the wall clock of its machine is set', async () => {
    const system = makeFakeClock();
    let setByMs = 0;
    const settable = { ...system, nowMs: () => system.nowMs() + setByMs };
    const { clock, stop } = await openDatabaseClock(store(), settable, fail);
    const beforeMs = clock.nowMs();
    setByMs = -10 * minuteMs;
    assert.equal(clock.nowMs(), beforeMs);
    await system.advance(1_500);
    assert.equal(clock.nowMs(), beforeMs + 1_500);
    stop();
  });

  it('finds back to the time of the database when it went another way', async () => {
    const system = makeFakeClock();
    const { clock, stop } = await openDatabaseClock(store(), system, fail);
    // Of the ten seconds that pass here, the database sees none.
    await system.advance(databaseTimeEveryMs);
    for (let looks = 0; looks < 500 && system.waiting() === 0; looks += 1) await readTime(store());
    const offByMs = clock.nowMs() - (await readTime(store()));
    assert.ok(Math.abs(offByMs) < readingMsMax, `off by ${offByMs} ms`);
    stop();
  });
});

function readTime(store: Store): Promise<number> {
  return store.asOwner(async (tx) => {
    const { rows } = await sql<{ at_ms: number }>`
      select (extract(epoch from clock_timestamp()) * 1000)::bigint as at_ms`.execute(tx);
    return rows[0]?.at_ms ?? 0;
  });
}
