import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '#gateway/config.ts';
import { openDemoSecrets, seedDemo } from '#gateway/demo-company.ts';
import { intakeUsername } from '#gateway/demo-intake.ts';
import { startRkeeperTwin } from '#gateway/demo.ts';
import { systemClock } from '#gateway/system.ts';
import { openStore } from '#store/open.ts';
import { startBareCommits } from './shared/bare-commits.ts';
import type { Span } from './shared/bare-commits.ts';
import { openInspector } from './shared/inspector.ts';
import type { Inspector } from './shared/inspector.ts';
import { startPoster } from './shared/poster.ts';
import type { Poster } from './shared/poster.ts';
import { findServer, makeDatabase } from './shared/server.ts';

const perSecond = 200;
/** The embedded database is for one restaurant: 200 orders a second are four times what it commits, delivering them included. */
const perSecondEmbedded = 10;
const secondsMeasured = 20;
const secondsWarmUp = 3;
/** Posts after which the heap must stand where it stood: a process that leaks shows it long before. */
const postsForMemory = 100_000;
const postersForMemory = 8;
const samples = 5;
/** What an accepted post may take. */
const goalMs = 50;
/** A commit of one row that takes this long stands still for another reason than its work. */
const stallMs = 25;
const port = 28_460;
const inspectorPort = port + 90;

/**
 * How long an accepted post of the Order Acceptance API takes at 200 a second, and whether the process stays as large as it was over
 * 100,000 posts. `npm run bench -- intake 0 postgresql` leaves memory and the other rows out.
 *
 * What runs is what an installation runs: `tableside serve` as a process of its own, PostgreSQL beside it on the same machine. The
 * client is a thread of this process, whose own pauses would count as ours. Beside it one row is committed 20 times a second: a post over the goal that overlaps such a commit of more
 * than 25 ms waited for the server or the machine, not for us. In the row `postgresql+work` a `tableside work` delivers and polls at the same time. With the embedded
 * database `serve` does both. The R-Keeper twin that stands for the POS is in this process.
 */
export async function bench(options: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const posts = Number(options[0] ?? postsForMemory);
  const serverUrl = await findServer();
  if (serverUrl === undefined) console.log('no server at TEST_DATABASE_URL or 127.0.0.1:5432');
  const rows: readonly Row[] = [
    { name: 'embedded', posts: 0, serverUrl: undefined, works: true, perSecond: perSecondEmbedded },
    ...(serverUrl === undefined
      ? []
      : [
          { name: 'postgresql', posts, serverUrl, works: false, perSecond },
          { name: 'postgresql+work', posts: 0, serverUrl, works: true, perSecond },
        ]),
  ];
  const figures: Record<string, unknown> = {};
  console.log(
    'engine            a second  posts  p50 ms  p99 ms  max ms  over 50 ms  beside a stall   heap MB after each fifth of the posts',
  );
  for (const row of rows.filter(({ name }) => options[1] === undefined || options[1] === name)) {
    const { posts: timed, bare, heapMb } = await measure(row);
    const delays = timed.map(({ ms }) => ms).toSorted((left, right) => left - right);
    const at = (share: number) => Math.round(delays[Math.floor(share * (delays.length - 1))] ?? Number.NaN);
    const [p50, p99, max] = [at(0.5), at(0.99), at(1)];
    const over = timed.filter(({ ms }) => ms > goalMs);
    const stalls = bare.filter(({ ms }) => ms > stallMs);
    const beside = over.filter((post) => stalls.some((stall) => overlap(post, stall)));
    const slow = { over50Ms: over.length, besideStall: beside.length };
    figures[row.name] = {
      perSecond: row.perSecond,
      posts: delays.length,
      p50Ms: p50,
      p99Ms: p99,
      maxMs: max,
      ...slow,
      heapMb,
    };
    const columns = [row.perSecond, delays.length, p50, p99, max, over.length, beside.length].map(
      (figure, index) => String(figure).padStart([8, 5, 6, 6, 6, 10, 14][index] ?? 0),
    );
    console.log(`${row.name.padEnd(16)}  ${columns.join('  ')}   ${heapMb.join(' ')}`);
  }
  return figures;
}

type Row = {
  readonly name: string;
  readonly posts: number;
  readonly serverUrl: string | undefined;
  readonly perSecond: number;
  /** Orders are delivered while posts come in. */
  readonly works: boolean;
};

type Measured = {
  readonly posts: readonly Span[];
  /** None with the embedded database, which one process has for itself. */
  readonly bare: readonly Span[];
  readonly heapMb: readonly number[];
};

function overlap(one: Span, other: Span): boolean {
  return one.fromMs < other.fromMs + other.ms && other.fromMs < one.fromMs + one.ms;
}

async function measure(row: Row): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'tableside-bench-'));
  const database = row.serverUrl === undefined ? undefined : await makeDatabase(row.serverUrl);
  try {
    return await run(row, { directory, database });
  } finally {
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  }
}

type Place = {
  readonly directory: string;
  readonly database: Awaited<ReturnType<typeof makeDatabase>> | undefined;
};

async function run(row: Row, { directory, database }: Place): Promise<Measured> {
  const databaseUrl = database?.url;
  const secrets = await openDemoSecrets(directory);
  const twin = await startTwin(directory, secrets.posPassword);
  const store = await openStore({
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    directory: join(directory, 'database'),
    clock: systemClock,
  });
  await seedDemo(store, secrets, { pos: { url: twin.url, pinSha256: twin.pinSha256 } }, systemClock.nowMs());
  await store.close();
  const environment = {
    PORT: String(port),
    TABLESIDE_DATA: directory,
    TABLESIDE_MASTER_KEY: secrets.masterKey,
    LOG_LEVEL: 'warn',
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  };
  const serving = start('serve', environment);
  const working = databaseUrl === undefined ? undefined : start('work', environment);
  const poster = startPoster({
    url: `http://127.0.0.1:${port}`,
    authorization: `Basic ${btoa(`${intakeUsername}:${secrets.intakePassword}`)}`,
  });
  try {
    await poster.untilReady();
    if (!row.works) await working?.stop();
    await poster.atRate(row.perSecond, secondsWarmUp);
    await database?.analyze();
    const commits = databaseUrl === undefined ? undefined : await startBareCommits(databaseUrl);
    const measured = await poster.atRate(row.perSecond, secondsMeasured);
    const bare = (await commits?.stop()) ?? [];
    return { posts: measured, bare, heapMb: row.posts === 0 ? [] : await watchHeap(poster, row.posts) };
  } finally {
    await poster.close();
    await working?.stop();
    await serving.stop();
    await twin.stop();
  }
}

function startTwin(directory: string, password: string) {
  const read = readConfig({ PORT: String(port), TABLESIDE_DATA: directory });
  if (read.kind === 'bad') throw new Error(read.errors.join('\n'));
  return startRkeeperTwin(read.config, { password, port });
}

/** A role of an installation, as its own process. Its warnings are shown. */
function start(role: 'serve' | 'work', environment: Readonly<Record<string, string>>) {
  const inspected = role === 'serve' ? [`--inspect=127.0.0.1:${inspectorPort}`] : [];
  const child = spawn(
    process.execPath,
    [...inspected, join(import.meta.dirname, '../src/gateway/cli.ts'), role],
    { env: { ...process.env, ...environment }, stdio: ['ignore', 'inherit', 'ignore'] },
  );
  const ended = once(child, 'exit');
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Heap of the serving process in MB, garbage collected, after each fifth of so many posts. */
async function watchHeap(poster: Poster, posts: number): Promise<number[]> {
  const inspector: Inspector = await openInspector(inspectorPort);
  const heapMb: number[] = [];
  for (let sample = 1; sample <= samples; sample += 1) {
    await poster.many(Math.round(posts / samples), postersForMemory);
    heapMb.push(Math.round((await inspector.heapBytes()) / 1_000_000));
  }
  inspector.close();
  return heapMb;
}
