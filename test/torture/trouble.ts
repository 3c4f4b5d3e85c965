import { setTimeout as sleep } from 'node:timers/promises';
import { findOwner } from './children.ts';
import type { Child } from './children.ts';
import { hogConnections } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { marks } from './fault-proxy.ts';
import type { Exchange, Fault, FaultProxy, Mark, Plan } from './fault-proxy.ts';
import { orderKey } from './figures.ts';
import type { Figures, PosRequest } from './figures.ts';
import type { Random } from './random.ts';
import type { Till } from './till.ts';
import type { Venue } from './venues.ts';

const secondMs = 1_000;
/** 300 kills in 20 minutes are wanted; a few find nobody to kill. */
const killEveryMs = 3_500;
/** A kill that waits for its mark longer than this takes whoever is there. */
const markMsMax = 2_500;
const startMsMax = 30_000;
/** Exchanges with the POS that meet a fault at any time. */
const steadyFaultShare = 0.003;
/** Exchanges with the payment provider that meet a fault. */
const providerFaultShare = 0.05;
/** Inside the connector's declared `lateArrivalMs`: what arrives later is promised by nobody. */
const lateMsMax = 30_000;
/** How far a wall clock may jump, to both sides. */
const clockJumpsMs = [-60, -10, -1, 1, 10, 60].map((minutes) => minutes * 60 * secondMs);
/** After the database was hurt, until everybody had the time to reconnect. */
const recoverMs = 10 * secondMs;

export type World = {
  readonly random: Random;
  readonly serve: Child;
  readonly workers: readonly Child[];
  /** Those whose way to the POS may be hurt. */
  readonly venues: readonly Venue[];
  readonly cluster: Cluster;
  readonly till: Till;
  readonly figures: Figures;
  /** Resets every connection of this process to the database. */
  readonly cutDatabase: (child: Child) => void;
};

/** Everything that goes wrong, by the seed's plan. */
export interface Trouble {
  readonly counts: ReadonlyMap<string, number>;
  readonly posPlan: (exchange: Exchange, proxy: FaultProxy) => Plan;
  readonly providerPlan: () => Plan;
  readonly databasePlan: (child: Child, exchange: Exchange) => Plan;
  /** Runs until the time is up, then mends everything. */
  run(world: World, durationMs: number): Promise<void>;
}

type Armed = { readonly at: Mark; readonly where: 'pos' | 'database'; readonly hit: (child: Child) => void };

export function makeTrouble(random: Random): Trouble {
  const counts = new Map<string, number>();
  const count = (what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1);
  const state: State = {
    armed: undefined,
    burst: undefined,
    faultsOn: false,
    children: [],
    hurtable: new Set(),
    noteFault: () => undefined,
    noteRequest: () => undefined,
    count,
  };
  const chances = random.fork('exchanges');
  return {
    counts,
    posPlan: (exchange, proxy) => planPos(state, chances, { exchange, proxy }),
    providerPlan() {
      if (!state.faultsOn || !chances.chance(providerFaultShare)) return {};
      const fault = makeFault(chances);
      state.count(`provider fault ${fault.kind}`);
      return { fault };
    },
    databasePlan(child, exchange) {
      // Only a commit is between two worlds: whatever comes before it never was.
      if (state.armed?.where !== 'database' || !/\bcommit\b/i.test(exchange.text)) return {};
      if (!state.children.includes(child)) return {};
      const { at, hit } = state.armed;
      state.armed = undefined;
      return { mark: { at, act: () => hit(child) } };
    },
    async run(world, durationMs) {
      state.children = world.workers;
      state.hurtable = new Set(world.venues.map((venue) => venue.locationId));
      state.noteRequest = (request) => world.figures.noteRequest({ ...request, atMs: Date.now() });
      state.noteFault = (locationId) => world.figures.noteFault(locationId, Date.now());
      state.faultsOn = true;
      const untilMs = Date.now() + durationMs;
      const every = (name: string, ms: number, act: (random: Random) => Promise<void> | void) =>
        repeat({ untilMs, everyMs: Math.min(ms, durationMs / 2), random: random.fork(name) }, act);
      await Promise.all([
        every('kill', killEveryMs, (chance) => killOne(state, world, chance)),
        every('kill-serve', 45 * secondMs, () => {
          if (world.serve.ready && world.serve.kill()) count('kill serve');
        }),
        every('pause', 12 * secondMs, (chance) => pauseOne(state, world, chance)),
        every('burst', 15 * secondMs, (chance) => startBurst(state, world, chance)),
        every('till', 3 * secondMs, (chance) => lockAtTill(state, world, chance)),
        every('database', 40 * secondMs, inTurn(state, world, [restartDatabase, hogDatabase, fillDisk])),
        every('cut', 20 * secondMs, (chance) => {
          world.cutDatabase(chance.pick([world.serve, ...world.workers]));
          count('database connections reset');
        }),
        every('clock', 20 * secondMs, (chance) => moveClock(state, world, chance)),
      ]);
      state.faultsOn = false;
      state.armed = undefined;
      for (const child of [world.serve, ...world.workers]) {
        child.resume();
        child.setClockOffset(0);
      }
    },
  };
}

type State = {
  armed: Armed | undefined;
  /** Exchanges of one venue that meet a fault more often for a while. */
  burst: { readonly locationId: string; readonly untilMs: number; readonly share: number } | undefined;
  faultsOn: boolean;
  children: readonly Child[];
  /** Locations whose way to the POS may be hurt. */
  hurtable: ReadonlySet<string>;
  noteFault: (locationId: string) => void;
  noteRequest: (request: Omit<PosRequest, 'atMs'>) => void;
  readonly count: (what: string) => void;
};

type Pace = { readonly untilMs: number; readonly everyMs: number; readonly random: Random };

/** Acts about every so often, on average exactly; each act ends before the next begins. */
async function repeat(pace: Pace, act: (random: Random) => Promise<void> | void): Promise<void> {
  for (let nextMs = Date.now(); ;) {
    nextMs += pace.everyMs * (0.6 + 0.8 * pace.random.fraction());
    if (nextMs >= pace.untilMs) return;
    await sleep(Math.max(0, nextMs - Date.now()));
    await act(pace.random);
  }
}

/** Commands after whose sending something may have changed in the POS, and reads around them. */
const markedCommands = /CMD="(?:CreateOrder|LockOrder|SaveOrder|PayOrder|GetOrder|GetOrderList2)"/;

function planPos(
  state: State,
  random: Random,
  { exchange, proxy }: { readonly exchange: Exchange; readonly proxy: FaultProxy },
): Plan {
  const { armed } = state;
  const posRef = /guid="([^"]+)"/i.exec(exchange.text)?.[1];
  const locationId = locationOf(exchange.text);
  state.noteRequest({
    connection: `${locationId} ${exchange.callerPort}`,
    ...(posRef === undefined ? {} : { posRef: orderKey(posRef) }),
  });
  if (!state.hurtable.has(locationId)) return {};
  if (armed?.where === 'pos' && markedCommands.test(exchange.text)) {
    const child = findOwner(state.children, exchange.callerPort, proxy.port);
    if (child !== undefined) {
      state.armed = undefined;
      return { mark: { at: armed.at, act: () => armed.hit(child) } };
    }
  }
  if (!state.faultsOn) return {};
  const { burst } = state;
  const isBurst = burst !== undefined && Date.now() < burst.untilMs && locationId === burst.locationId;
  if (!random.chance(isBurst ? burst.share : steadyFaultShare)) return {};
  const fault = makeFault(random);
  state.count(`fault ${fault.kind}`);
  state.noteFault(locationId);
  return { fault };
}

/** The first venue answers at the bare path. */
function locationOf(text: string): string {
  return /^\w+ \/(venue-\d+)\//.exec(text)?.[1] ?? 'venue-1';
}

function makeFault(random: Random): Fault {
  const way = random.pick(['up', 'down'] as const);
  const afterBytes = random.pick([0, 1, 20, 200, 600]);
  switch (random.pick(['latency', 'blackhole', 'drop', 'half-close', 'reset', 'reset', 'late'] as const)) {
    case 'latency':
      return { kind: 'latency', ms: random.between(50, 3_000) };
    case 'blackhole':
      return { kind: 'blackhole' };
    case 'drop':
      return { kind: 'drop', way, afterBytes };
    case 'half-close':
      return { kind: 'half-close', way, afterBytes };
    case 'reset':
      return { kind: 'reset', way, afterBytes };
    case 'late':
      return { kind: 'late', ms: random.between(500, lateMsMax) };
  }
}

/** `kill -9`: of anybody, or of whoever comes to the next mark. */
async function killOne(state: State, world: World, random: Random): Promise<void> {
  const kill = (child: Child, what: string) => {
    const { owner } = child;
    if (!child.kill()) return;
    state.count(`kill ${what}`);
    void world.figures.noteEnd(owner, Date.now(), true);
  };
  const where = random.pick([undefined, 'pos', 'pos', 'database'] as const);
  const at = random.pick(where === 'database' ? (['before-first-byte', 'before-answer'] as const) : marks);
  const spare = random.pick(world.workers);
  if (!(await untilMostRun(world))) return;
  if (where !== undefined) {
    const hit = await new Promise<Child | undefined>((resolve) => {
      const giveUp = setTimeout(() => resolve(undefined), markMsMax);
      state.armed = {
        at,
        where,
        hit(child) {
          clearTimeout(giveUp);
          kill(child, `${where} ${at}`);
          resolve(child);
        },
      };
    });
    if (hit !== undefined) return;
    state.armed = undefined;
  }
  const victim = await untilOneRuns(world, spare);
  if (victim !== undefined) kill(victim, 'at random');
}

/** Where starting takes longer than killing nobody would ever work, and nothing would be shown. */
async function untilMostRun({ workers }: World): Promise<boolean> {
  for (const untilMs = Date.now() + startMsMax; Date.now() < untilMs; await sleep(100))
    if (workers.filter((child) => child.ready && !child.stopped).length >= workers.length - 1) return true;
  return false;
}

/** A process that only just starts holds nothing: whoever is to be killed has run. On a busy machine that may take a while. */
async function untilOneRuns(world: World, wanted: Child): Promise<Child | undefined> {
  for (const untilMs = Date.now() + startMsMax; Date.now() < untilMs; await sleep(100)) {
    const running = world.workers.filter((child) => child.ready && !child.stopped);
    if (running.includes(wanted)) return wanted;
    const [first] = running.toSorted((left, right) => left.kills - right.kills);
    if (first !== undefined) return first;
  }
  return undefined;
}

function pauseOne(state: State, world: World, random: Random): void {
  const child = random.pick([...world.workers, ...world.workers, world.serve]);
  const ms = child === world.serve ? random.between(500, 3_000) : random.between(500, 12_000);
  if (child.stopped || !child.ready) return;
  child.pause(ms);
  state.count(`pause ${child === world.serve ? 'serve' : 'work'}`);
  if (child !== world.serve) void world.figures.noteEnd(child.owner, Date.now(), false);
}

function startBurst(state: State, world: World, random: Random): void {
  const venue = random.pick(world.venues);
  state.burst = {
    locationId: venue.locationId,
    untilMs: Date.now() + random.between(1, 8) * secondMs,
    share: random.pick([0.1, 0.4, 1]),
  };
  state.count('burst');
}

/** A waiter opens an order at the till for a while. */
async function lockAtTill(state: State, world: World, random: Random): Promise<void> {
  const hurt = new Set(world.venues.map((venue) => venue.locationId));
  const free = (await world.till.listFree()).filter((order) => hurt.has(order.restaurant));
  if (free.length === 0) return;
  const { orderRef } = random.pick(free);
  const ms = random.pick([2, 4, 8, 8, 20, 40]) * secondMs;
  state.count('till lock');
  await world.till.lock(orderRef, random.pick([2219, 13]));
  // Not waited for: several orders may be open at tills at once.
  void sleep(ms).then(() => world.till.unlock(orderRef));
}

/** One after the other: a server that starts on a full disk is another test. */
function inTurn(
  state: State,
  world: World,
  acts: readonly ((state: State, world: World) => Promise<void>)[],
): () => Promise<void> {
  let turn = 0;
  return async () => {
    await acts[turn % acts.length]?.(state, world);
    turn += 1;
  };
}

async function restartDatabase(state: State, world: World): Promise<void> {
  const { restart } = world.cluster;
  if (restart === undefined) return;
  const fromMs = Date.now();
  await restart();
  state.count('database restart');
  world.figures.disturb('restart', fromMs, Date.now() + recoverMs);
}

async function hogDatabase(state: State, world: World): Promise<void> {
  const fromMs = Date.now();
  const give = await hogConnections(world.cluster.url);
  state.count('connections exhausted');
  await sleep(6 * secondMs);
  await give();
  world.figures.disturb('hog', fromMs, Date.now() + recoverMs);
}

async function fillDisk(state: State, world: World): Promise<void> {
  const { disk } = world.cluster;
  if (disk === undefined) return;
  const fromMs = Date.now();
  disk.fill();
  state.count('disk full');
  try {
    await sleep(8 * secondMs);
  } finally {
    disk.empty();
  }
  world.figures.disturb('disk', fromMs, Date.now() + recoverMs);
}

/** One process's wall clock is off for a while, as on a host whose time is being set: by minutes, in the middle of its work. */
async function moveClock(state: State, world: World, random: Random): Promise<void> {
  const child = random.pick([world.serve, ...world.workers]);
  child.setClockOffset(random.pick(clockJumpsMs));
  state.count('clock jump');
  await sleep(10 * secondMs);
  child.setClockOffset(0);
}
