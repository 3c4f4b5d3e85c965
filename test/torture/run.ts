import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '#gateway/system.ts';
import { openStore } from '#store/open.ts';
import { makeSealKey } from '#store/seal.ts';
import type { Ticket } from '#twins/definition.ts';
import { check } from './checker.ts';
import type { PosOrder, Verdict } from './checker.ts';
import { Child } from './children.ts';
import { freePort, openCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { FaultProxy } from './fault-proxy.ts';
import { callGateway } from './gateway-client.ts';
import { makeFigures } from './figures.ts';
import type { Measured } from './figures.ts';
import { seatGuests } from './guests.ts';
import type { Guests } from './guests.ts';
import { makeRandom } from './random.ts';
import { lookAgain } from './told.ts';
import { openPos, openProvider } from './outside.ts';
import { makeTill } from './till.ts';
import { makeTrouble } from './trouble.ts';
import type { Trouble } from './trouble.ts';
import { makeVenues, seedVenues } from './venues.ts';
import type { Operator, Venue } from './venues.ts';

/**
 * `npm run torture -- --minutes N --seed S`: the real processes, a real PostgreSQL and the POS twin behind a proxy of ours, hurt for N
 * minutes. Then nothing is hurt any more, everything comes to rest, and the kitchen is compared with what guests were told.
 */

const workersCount = 4;
const minuteMs = 60_000;
/** After the last fault: a mark-paid that failed five times still has its longest pauses before it. */
const restMsMax = 18 * minuteMs;
const lookEveryMs = 10_000;
const readTriesMax = 5;
const readyMsMax = 180_000;
/** The promises: from a kill to the next send of a lane it held up; retries in time; and how much dying that was shown with. */
const recoveryMsMax = 6_000;
const slowPrinted = 20;
const killsPerMinuteMin = 15;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now()) },
    keep: { type: 'boolean', default: false },
    /** How fast things went is printed and does not decide: for a machine that does other work. */
    'safety-only': { type: 'boolean', default: false },
  },
});
// Phones, tills and late requests may still have timers; nobody waits for them.
process.exit(await main(Number(values.minutes), values.seed));

async function main(minutes: number, seed: string): Promise<number> {
  if (!(minutes > 0 && minutes <= 600)) throw new Error('--minutes must be more than 0 and at most 600');
  const directory = await mkdtemp(join(tmpdir(), 'tableside-torture-'));
  // The database's own user has to get in.
  await chmod(directory, 0o755);
  const cluster = await openCluster(directory, `tableside_test_torture_${process.pid}`);
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.once(signal, () => reject(new Error(`ended by ${signal}`)));
    // A bug of ours must not leave processes behind.
    process.once('unhandledRejection', reject);
  });
  // Heard when the hurting is raced with it.
  interrupted.catch(() => undefined);
  let failed = true;
  try {
    failed = !(await torture({ directory, cluster, minutes, seed, interrupted }));
  } finally {
    await cluster.stop();
    if (failed || values.keep) console.log(`logs of the processes: ${directory}`);
    else await rm(directory, { recursive: true, force: true });
  }
  return failed ? 1 : 0;
}

type Setting = {
  readonly directory: string;
  readonly cluster: Cluster;
  readonly minutes: number;
  readonly seed: string;
  /** Rejects when the run is to end early; what it started is ended all the same. */
  readonly interrupted: Promise<never>;
};

async function torture(setting: Setting): Promise<boolean> {
  const { directory, cluster, minutes, seed } = setting;
  const random = makeRandom(seed);
  const trouble = makeTrouble(random.fork('trouble'));
  const venues = makeVenues();
  const pos = await openPos(directory, venues, trouble);
  const masterKey = makeSealKey();
  const provider = await openProvider(trouble);
  const operators = await fillDatabase(cluster, venues, { pos, provider, masterKey });
  const { skipped } = cluster;
  for (const reason of skipped) console.log(`skipped: ${reason}`);
  const processes = await startProcesses({ directory, cluster, masterKey, trouble });
  const figures = makeFigures(cluster.url);
  try {
    await untilReady(processes.children);
    const durationMs = minutes * minuteMs;
    const till = makeTill(pos.controlUrl);
    const guests = await seatGuests(processes.url, venues, {
      operators,
      random: random.fork('guests'),
      till,
      untilMs: Date.now() + durationMs,
    });
    const [serve, ...workers] = processes.children;
    if (serve === undefined) throw new Error('no process to hurt');
    console.log(`hurting ${workers.length + 1} processes for ${minutes} minutes, seed ${seed}`);
    const hurt = venues.filter((venue) => !venue.calm);
    const world = { random, serve, workers, venues: hurt, cluster, figures, till };
    const { cutDatabase } = processes;
    const hurting = trouble.run({ ...world, cutDatabase }, durationMs);
    await Promise.race([hurting, setting.interrupted]);
    const unsettled = await Promise.race([comeToRest(processes.url, guests), setting.interrupted]);
    const verdict = await judge(pos.controlUrl, guests);
    const measured = await figures.read();
    return report(setting, { verdict, measured, unsettled, trouble, children: processes.children, skipped });
  } finally {
    await processes.stop();
    await figures.close();
    await pos.stop();
    await provider.stop();
  }
}

async function fillDatabase(
  cluster: Cluster,
  venues: readonly Venue[],
  outside: Parameters<typeof seedVenues>[2],
): Promise<readonly Operator[]> {
  const store = await openStore({ databaseUrl: cluster.url, directory: '', clock: systemClock });
  try {
    return await seedVenues(store, venues, outside);
  } finally {
    await store.close();
  }
}

type Processes = {
  readonly url: string;
  readonly children: readonly Child[];
  readonly cutDatabase: (child: Child) => void;
  stop(): Promise<void>;
};

/** One `serve` and four `work`, each with a proxy of its own before the database, so that a commit can be told from another's. */
async function startProcesses(parts: {
  readonly directory: string;
  readonly cluster: Cluster;
  readonly masterKey: Buffer;
  readonly trouble: Trouble;
}): Promise<Processes> {
  const port = await freePort();
  const proxies: FaultProxy[] = [];
  const children: Child[] = [];
  for (const name of ['serve', ...Array.from({ length: workersCount }, (_, index) => `work-${index + 1}`)]) {
    const proxy = new FaultProxy({
      upstreamPort: parts.cluster.port,
      tls: null,
      planFor(exchange) {
        const child = children.find((one) => one.name === name);
        if (child === undefined) return {};
        child.owner = leaseOwnerIn(exchange.text) ?? child.owner;
        return parts.trouble.databasePlan(child, exchange);
      },
    });
    await proxy.listen();
    proxies.push(proxy);
    const url = new URL(parts.cluster.url);
    url.port = String(proxy.port);
    const child = new Child({
      name,
      role: name === 'serve' ? 'serve' : 'work',
      directory: parts.directory,
      environment: {
        DATABASE_URL: url.href,
        TABLESIDE_MASTER_KEY: parts.masterKey.toString('base64'),
        PORT: String(port),
        LOG_LEVEL: 'info',
        // Hundreds of starts of the same sources.
        NODE_COMPILE_CACHE: join(parts.directory, 'compiled'),
      },
    });
    children.push(child);
    child.start();
  }
  return {
    url: `http://127.0.0.1:${port}`,
    children,
    cutDatabase: (child) => proxies[children.indexOf(child)]?.resetAll(),
    async stop() {
      await Promise.all(children.map((child) => child.end()));
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
}

/** A parameter of 26 characters in a statement about leases. */
function leaseOwnerIn(text: string): string | undefined {
  if (!/lease_owner"? = \$/.test(text)) return undefined;
  // oxlint-disable-next-line no-control-regex -- PostgreSQL writes a parameter's length before it.
  return /\0\0\0\x1a([a-z2-7]{26})/.exec(text)?.[1];
}

async function untilReady(children: readonly Child[]): Promise<void> {
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(100))
    if (children.every((child) => child.ready)) return;
  throw new Error(`not all processes run after ${readyMsMax} ms`);
}

/** Nothing is hurt any more. Waits until nothing is on its way; names what still is when patience ends. */
async function comeToRest(url: string, guests: Guests): Promise<readonly string[]> {
  console.log('nothing is hurt any more; waiting for everything to come to rest');
  await guests.finish();
  let unsettled: readonly string[] = [];
  for (const untilMs = Date.now() + restMsMax; Date.now() < untilMs; await sleep(lookEveryMs)) {
    ({ unsettled } = await lookAgain(url, guests.cookieOf, guests));
    if (unsettled.length === 0) break;
    console.log(`on the way: ${unsettled.length}, e.g. ${unsettled[0] ?? ''}`);
  }
  return unsettled;
}

async function judge(twinUrl: string, guests: Guests): Promise<Verdict> {
  const [tickets, orders] = await Promise.all(
    ['tickets', 'orders'].map((what) => readAll(`${twinUrl}/_twin/${what}`)),
  );
  return check({
    rounds: guests.rounds,
    payments: guests.payments,
    tickets: tickets as readonly Ticket[],
    orders: orders as readonly PosOrder[],
  });
}

async function readAll(url: string): Promise<unknown> {
  for (let tries = 0; tries < readTriesMax; tries += 1) {
    const answer = await callGateway(url);
    if (answer?.status === 200) return answer.body;
  }
  throw new Error(`${url} does not answer`);
}

type Outcome = {
  readonly verdict: Verdict;
  readonly measured: Measured;
  readonly unsettled: readonly string[];
  readonly trouble: Trouble;
  readonly children: readonly Child[];
  readonly skipped: readonly string[];
};

/** Promises about time hold on a machine that has nothing else to do. */
function judgeSpeed(minutes: number, kills: number, { recovery, retries }: Measured): readonly string[] {
  const killsMin = Math.floor(minutes * killsPerMinuteMin);
  return [
    ...(kills < killsMin
      ? [`${kills} processes were killed, fewer than ${killsMin}: this run shows too little`]
      : []),
    ...(recovery.p99 > recoveryMsMax
      ? [`a lane was taken up ${recovery.p99} ms after a kill (p99), more than ${recoveryMsMax}`]
      : []),
    ...(retries.within250 !== null && retries.within250 < 1
      ? [`${((1 - retries.within250) * 100).toFixed(2)} % of retries were early, or more than 250 ms late`]
      : []),
  ];
}

/** Prints what happened, last one line of JSON. True: nothing that must never be. */
function report(setting: Setting, outcome: Outcome): boolean {
  const { verdict, measured, children } = outcome;
  const [, ...workers] = children;
  const kills = workers.reduce((sum, child) => sum + child.kills, 0);
  const crashes = children.filter((child) => child.crashes > 0);
  const failures = [
    ...verdict.violations.map(({ rule, detail }) => `${rule}: ${detail}`),
    ...outcome.unsettled.map((what) => `not at rest: ${what}`),
    ...crashes.map((child) => `${child.name} ended by itself ${child.crashes} times`),
    ...(measured.recovery.never > 0 ? [`${measured.recovery.never} lanes were never taken up again`] : []),
    ...(values['safety-only'] ? [] : judgeSpeed(setting.minutes, kills, measured)),
  ];
  const line = (label: string, text: string) => console.log(`  ${label.padEnd(34)} ${text}`);
  console.log('\nwhat was done');
  for (const [what, times] of [...outcome.trouble.counts].toSorted(([left], [right]) =>
    left < right ? -1 : 1,
  ))
    line(what, String(times));
  line(
    'kill -9 of work processes',
    `${kills} (${workers.map((child) => `${child.name} ${child.kills}`).join(', ')})`,
  );
  console.log('what guests were told, and the kitchen');
  for (const [what, times] of Object.entries(verdict.counts)) line(what, String(times));
  console.log('how fast (milliseconds)');
  const { recovery, retries } = measured;
  line(
    'kill to next send',
    `p50 ${recovery.p50}  p99 ${recovery.p99}  max ${recovery.max}  (${recovery.samples}, ${recovery.leftOut} left out)`,
  );
  line(
    'retry after its instant',
    `p50 ${retries.p50}  p99 ${retries.p99}  max ${retries.max}  (${retries.samples}, ${retries.leftOut} left out)`,
  );
  for (const [wait, { samples, max }] of Object.entries(retries.waits))
    line(`  after ${wait}`, `max ${max}  (${samples})`);
  line(
    'retries within 250 ms',
    retries.within250 === null ? 'no samples' : `${(retries.within250 * 100).toFixed(2)} %`,
  );
  for (const slow of measured.slow.slice(0, slowPrinted)) line('slow', slow);
  console.log(failures.length === 0 ? 'no violations' : `${failures.length} violations`);
  for (const failure of failures.slice(0, 50)) console.log(`  ${failure}`);
  if (failures.length > 0)
    console.log(`again: npm run torture -- --minutes ${setting.minutes} --seed ${setting.seed}`);
  console.log(
    JSON.stringify({
      torture: setting.seed,
      minutes: setting.minutes,
      kills,
      violations: failures.length,
      ...verdict.counts,
      recovery,
      retries,
      skipped: outcome.skipped,
    }),
  );
  return failures.length === 0;
}
