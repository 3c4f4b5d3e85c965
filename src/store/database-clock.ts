import { sql } from 'kysely';
import type { Clock, Timer } from '#domain/time.ts';
import type { Store, Tx } from './store.ts';

/** How often the database is asked the time: how long a process may disagree after the database's own clock was set. */
export const databaseTimeEveryMs = 10_000;

export type DatabaseClock = { readonly clock: Clock; readonly stop: () => void };

/**
 * D7: the wall clock of the database, which all processes on it share. Leases, due instants and the time a POS may need are written
 * by one process and judged by another: on clocks of their own, one that is minutes fast would take over what others are sending,
 * and one that is minutes slow would have its own sends repeated before they can have arrived. Between two readings the monotonic
 * clock goes on, so a step of this machine's wall clock moves nothing.
 *
 * The embedded database is this very process; its clock is the system's.
 */
export async function openDatabaseClock(
  store: Store,
  system: Clock,
  onTrouble: (error: unknown) => void,
  readTime = readDatabaseTime,
): Promise<DatabaseClock> {
  if (store.engine === 'embedded') return { clock: system, stop: () => undefined };
  const first = await readAhead(store, system, readTime);
  let aheadMs = (first.fromMs + first.toMs) / 2;
  let timer: Timer | undefined;
  let stopped = false;

  function readLater(): void {
    if (stopped) return;
    timer = system.after(databaseTimeEveryMs, () => {
      readAhead(store, system, readTime)
        .then(({ fromMs, toMs }) => {
          // What agrees as far as the reading can tell stays: time does not tremble with every slow answer.
          aheadMs = Math.min(Math.max(aheadMs, fromMs), toMs);
        })
        .catch(onTrouble)
        .finally(readLater);
    });
  }

  readLater();
  return {
    clock: {
      nowMs: () => Math.floor(system.monotonicMs() + aheadMs),
      monotonicMs: () => system.monotonicMs(),
      after: (delayMs, act) => system.after(delayMs, act),
    },
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}

/** How far the database's wall clock is ahead of our monotonic one: it was read between the question and the answer. */
function readAhead(
  store: Store,
  system: Clock,
  readTime: typeof readDatabaseTime,
): Promise<{ readonly fromMs: number; readonly toMs: number }> {
  return store.asEntry(async (tx) => {
    const askedMs = system.monotonicMs();
    const atMs = await readTime(tx);
    const answeredMs = system.monotonicMs();
    return { fromMs: atMs - answeredMs, toMs: atMs - askedMs };
  });
}

async function readDatabaseTime(tx: Tx): Promise<number> {
  const { rows } = await sql<{ at_us: number }>`
    select (extract(epoch from clock_timestamp()) * 1000000)::bigint as at_us`.execute(tx);
  return (rows[0]?.at_us ?? 0) / 1_000;
}
