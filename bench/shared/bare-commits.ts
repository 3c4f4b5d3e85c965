import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Pause between two commits: few beside what is measured, and none of its stalls is missed that lasts longer. */
const everyMs = 50;

/** Since the epoch, so that spans of two threads compare. */
export type Span = { readonly fromMs: number; readonly ms: number };

/** Commits one row after the other beside whatever is measured: how long a commit takes on this server when nothing else is in it. */
export async function startBareCommits(
  databaseUrl: string,
): Promise<{ readonly stop: () => Promise<readonly Span[]> }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('create table if not exists bare_commits (n integer not null)');
  const spans: Span[] = [];
  let stopping = false;
  const running = (async () => {
    while (!stopping) {
      const fromMs = performance.now();
      await client.query('insert into bare_commits values (1)');
      spans.push({ fromMs: performance.timeOrigin + fromMs, ms: performance.now() - fromMs });
      await sleep(everyMs);
    }
  })();
  return {
    async stop() {
      stopping = true;
      await running;
      await client.end();
      return spans;
    },
  };
}
