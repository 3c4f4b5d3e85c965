import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { Pool } from 'undici';
import { readConfig } from '#gateway/config.ts';
import { openDemoSecrets, seedDemo } from '#gateway/demo-company.ts';
import { intakeUsername } from '#gateway/demo-intake.ts';
import { startRkeeperTwin } from '#gateway/demo.ts';
import { startGateway } from '#gateway/gateway.ts';
import type { GatewayOptions } from '#gateway/gateway.ts';
import { systemClock } from '#gateway/system.ts';
import { examplePost } from '#intake/test-post.ts';
import { openStore } from '#store/open.ts';
import { findServer, makeDatabase } from './shared/server.ts';

const perSecond = 200;
const secondsMeasured = 20;
const secondsWarmUp = 3;
const readyMsMax = 60_000;
/** Posts after which the heap must stand where it stood: a process that leaks shows it long before. */
const postsForMemory = 100_000;
const postersForMemory = 8;
const samples = 5;

/**
 * How long an accepted post of the Order Acceptance API takes at 200 a second, and whether the process stays as large as it was over
 * 100,000 posts (`npm run bench -- intake 20000 postgresql` posts fewer, on the server alone). Client and gateway share this process, over HTTP; the gateway only
 * serves, as beside `work` processes, so that the POS's pace is not part of it.
 */
export async function bench(options: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const posts = Number(options[0] ?? postsForMemory);
  const figures: Record<string, unknown> = {};
  console.log('engine      posts  p50 ms  p99 ms  max ms   heap MB after each fifth of the posts');
  const engines = options[1] === 'postgresql' ? [await findServer()] : [undefined, await findServer()];
  for (const databaseUrl of engines) {
    const engine = databaseUrl === undefined ? 'embedded' : 'postgresql';
    if (engine in figures) {
      console.log('postgresql  no server at TEST_DATABASE_URL or 127.0.0.1:5432');
      continue;
    }
    const measured = await measure(databaseUrl, databaseUrl === undefined ? 0 : posts);
    const delays = measured.delays.toSorted((left, right) => left - right);
    const at = (share: number) => Math.round(delays[Math.floor(share * (delays.length - 1))] ?? Number.NaN);
    const [p50, p99, max] = [at(0.5), at(0.99), at(1)];
    figures[engine] = { posts: delays.length, p50Ms: p50, p99Ms: p99, maxMs: max, heapMb: measured.heapMb };
    console.log(
      `${engine.padEnd(10)}  ${String(delays.length).padStart(5)}  ${String(p50).padStart(6)}  ${String(p99).padStart(6)}  ${String(max).padStart(6)}   ${measured.heapMb.join(' ')}`,
    );
  }
  return figures;
}

type Measured = { readonly delays: readonly number[]; readonly heapMb: readonly number[] };

async function measure(databaseUrl: string | undefined, posts: number): Promise<Measured> {
  const directory = await mkdtemp(join(tmpdir(), 'tableside-bench-'));
  const database = databaseUrl === undefined ? undefined : await makeDatabase(databaseUrl);
  try {
    return await run(directory, { databaseUrl: database?.url, posts });
  } finally {
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  }
}

async function run(
  directory: string,
  { databaseUrl, posts }: { readonly databaseUrl: string | undefined; readonly posts: number },
): Promise<Measured> {
  const read = readConfig({ PORT: '28460', TABLESIDE_DATA: directory });
  if (read.kind === 'bad') throw new Error(read.errors.join('\n'));
  const { config } = read;
  const secrets = await openDemoSecrets(directory);
  const twin = await startRkeeperTwin(config, { password: secrets.posPassword, port: config.port });
  const store = await openStore({
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    directory: join(directory, 'database'),
    clock: systemClock,
  });
  await seedDemo(store, secrets, { pos: { url: twin.url, pinSha256: twin.pinSha256 } }, systemClock.nowMs());
  const options: Omit<GatewayOptions, 'roles'> = {
    config,
    store,
    masterKey: Buffer.from(secrets.masterKey, 'base64'),
    log: pino({ level: 'silent' }),
    version: 'bench',
  };
  const login = `Basic ${btoa(`${intakeUsername}:${secrets.intakePassword}`)}`;
  // The menu is read and the location found online by a process that works; then one that only serves takes the posts.
  const working = await startGateway({ ...options, roles: { serve: true, work: true } });
  await untilReady(await listen(working, config.port), login);
  await working.stop();
  const gateway = await startGateway({ ...options, roles: { serve: true, work: false } });
  const poster = makePoster(await listen(gateway, config.port), login);
  try {
    await poster.atRate(perSecond, secondsWarmUp);
    const delays = await poster.atRate(perSecond, secondsMeasured);
    return { delays, heapMb: posts === 0 ? [] : await poster.watchHeap(posts) };
  } finally {
    await poster.close();
    await gateway.stop();
    await store.close();
    await twin.stop();
  }
}

async function listen(gateway: Awaited<ReturnType<typeof startGateway>>, port: number): Promise<string> {
  const address = await gateway.app?.listen({ port, host: '127.0.0.1' });
  if (address === undefined) throw new Error('a gateway that does not serve');
  return address;
}

/** Posts an order of a type that the demo does not know until it is the order that is refused, not the store. */
async function untilReady(url: string, authorization: string): Promise<void> {
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(100)) {
    const answer = await fetch(`${url}/ws/store/v1/orders`, {
      method: 'POST',
      headers: { authorization },
      body: JSON.stringify({ ...examplePost, externalRef: 'ready' }),
    });
    if (answer.status === 200) return;
  }
  throw new Error(`no order taken for ${readyMsMax} ms`);
}

type Poster = {
  /** Milliseconds from each post's due instant to its answer, whatever the others do. */
  atRate(count: number, seconds: number): Promise<number[]>;
  /** Heap in MB after each fifth of so many posts. */
  watchHeap(posts: number): Promise<number[]>;
  close(): Promise<void>;
};

function makePoster(url: string, authorization: string): Poster {
  const pool = new Pool(url, { connections: 32 });
  let posted = 0;
  const post = async (): Promise<void> => {
    posted += 1;
    const answer = await pool.request({
      path: '/ws/store/v1/orders',
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ ...examplePost, externalRef: `bench-${posted}` }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`a post was answered ${answer.statusCode}: ${text}`);
  };
  return {
    async atRate(count, seconds) {
      const delays: number[] = [];
      const running: Promise<unknown>[] = [];
      const startMs = performance.now();
      for (let index = 0; index < count * seconds; index += 1) {
        const dueMs = startMs + (index * 1_000) / count;
        const waitMs = dueMs - performance.now();
        if (waitMs > 0) await sleep(waitMs);
        running.push(post().then(() => delays.push(performance.now() - dueMs)));
      }
      await Promise.all(running);
      return delays;
    },
    async watchHeap(posts) {
      const heapMb: number[] = [];
      for (let sample = 1; sample <= samples; sample += 1) {
        let left = Math.round(posts / samples);
        const work = async () => {
          while (left > 0) {
            left -= 1;
            await post();
          }
        };
        await Promise.all(Array.from({ length: postersForMemory }, work));
        heapMb.push(heapAfterCollection());
      }
      return heapMb;
    },
    close: () => pool.close(),
  };
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return Math.round(process.memoryUsage().heapUsed / 1_000_000);
}
