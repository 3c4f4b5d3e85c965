import type { TwinWorld, WireAnswer, WireRequest } from '#twins/definition.ts';

import { carryOut, writeNames } from './commands.ts';
import { defaultPassword, defaultUsername, pathOf } from './connection.ts';
import { formatAnswers, formatFailure, readQuery } from './envelope.ts';
import type { Answered } from './envelope.ts';
import { fiumeAlPorto, osteriaFiume } from './houses.ts';
import { forgetAnswer } from './licence.ts';
import { dropExpiredLocks } from './locks.ts';
import { makePage } from './page.ts';
import { errorCodes } from './reply.ts';
import type { Call } from './reply.ts';
import { makeReport, showOrders } from './report.ts';
import type { RestaurantSeed } from './seed.ts';
import { makeRestaurant } from './state.ts';
import type { Restaurant, World } from './state.ts';
import { makeTillCommands } from './till.ts';

/** Lasting wrong behaviour that this world can have. */
const defects = [
  'double-create-on-retry',
  'lock-as-500',
  'slow-write',
  'wrong-restaurant',
  'price-rounded',
  'modifier-dropped',
  'unstable-ids',
  'append-makes-new-order',
  'no-kitchen-ticket',
  'not-in-report',
  'pay-accepts-wrong-sum',
] as const;

/** How long a write takes under `slow-write`: within any deadline, and far from "seconds". */
const slowWriteMs = 15_000;
/** Tells whoever carries the answer to hold it back so many milliseconds; it is no part of the answer. */
const delayHeader = 'x-twin-delay-ms';

export type RkeeperWorldOptions = {
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  /** The first one answers at the bare path, the others below their slugs. */
  readonly restaurants?: readonly RestaurantSeed[];
  readonly username?: string;
  readonly password?: string;
  /** What a till-held lock answers unless the `lock` command says another. */
  readonly lockCode?: number;
  /** The servers hold a lifetime key beside their subscriptions: a call without `LicenseInfo` runs under it. */
  readonly hasLifetimeKey?: boolean;
};

/** An R-Keeper 7 cash server as clients of its XML interface see it, one or more restaurants behind one address. */
export function makeRkeeperWorld(options: RkeeperWorldOptions): TwinWorld {
  const seeds = options.restaurants ?? [osteriaFiume, fiumeAlPorto];
  const world: World = {
    nowMs: options.nowMs,
    randomBytes: options.randomBytes,
    restaurants: seeds.map((seed, index) => makeRestaurant(seed, index === 0, options.nowMs())),
    username: options.username ?? defaultUsername,
    password: options.password ?? defaultPassword,
    lockCode: options.lockCode ?? errorCodes.orderLocked,
    hasLifetimeKey: options.hasLifetimeKey ?? false,
    tickets: [],
    defects: new Set(),
  };
  return {
    name: 'rkeeper',
    answer: (request) => answer(world, request),
    namesOf: (request) => namesIn(request.body),
    forgetKey: (request) => forgetKey(world, request),
    defects,
    setDefects(active) {
      world.defects = new Set(active);
    },
    tickets: () => world.tickets,
    orders: () => showOrders(world),
    report: () => makeReport(world),
    commands: makeTillCommands(world),
    page: () => makePage(seeds),
  };
}

function answer(world: World, request: WireRequest): WireAnswer {
  const place = findPlace(world, request.path);
  if (place === undefined) return { status: 404, headers: plainText, body: 'Not found' };
  const { restaurant, level } = place;
  if (!isLoginOf(world, request.headers['authorization'])) {
    return {
      status: 401,
      headers: { ...plainText, 'www-authenticate': 'Basic realm="RK7"' },
      body: 'Unauthorized',
    };
  }
  const arrivedAtMs = world.nowMs();
  const read = readQuery(request.body, request.headers['content-type'] ?? '');
  if (read.kind === 'failed') {
    return xmlAnswer(formatFailure(read, { restaurant, arrivedAtMs, nowMs: world.nowMs() }));
  }
  const answers = read.query.commands.map((command): Answered => {
    dropExpiredLocks(world, restaurant);
    const name = command.attributes['CMD'] ?? '';
    return { name, reply: carryOut({ world, restaurant, name, command, level, nowMs: world.nowMs() }) };
  });
  const isLocked = answers.some(({ reply }) => reply.kind === 'failed' && reply.lock === true);
  if (isLocked && world.defects.has('lock-as-500')) {
    return { status: 500, headers: plainText, body: 'Internal server error' };
  }
  const isSlow = world.defects.has('slow-write') && answers.some(({ name }) => writeNames.has(name));
  return xmlAnswer(
    formatAnswers(read.query, answers, { restaurant, arrivedAtMs, nowMs: world.nowMs() }),
    isSlow ? { [delayHeader]: String(slowWriteMs) } : {},
  );
}

const plainText = { 'content-type': 'text/plain; charset=utf-8' };

/** Whatever went wrong, the status is 200: the `Status` attribute tells. */
function xmlAnswer(body: string, headers: Readonly<Record<string, string>> = {}): WireAnswer {
  return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8', ...headers }, body };
}

function findPlace(
  world: World,
  path: string,
): { readonly restaurant: Restaurant; readonly level: Call['level'] } | undefined {
  const [pathname = ''] = path.split('?');
  for (const restaurant of world.restaurants) {
    for (const level of ['list', 'member'] as const) {
      const isThere =
        pathname === pathOf(restaurant.seed, false, level) ||
        (restaurant.isFirst && pathname === pathOf(restaurant.seed, true, level));
      if (isThere) return { restaurant, level };
    }
  }
  return undefined;
}

function isLoginOf(world: World, header: string | undefined): boolean {
  const encoded = /^basic\s+(\S+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return false;
  return Buffer.from(encoded, 'base64').toString('utf8') === `${world.username}:${world.password}`;
}

/** The names of the commands inside a body, without reading it in full: a broken body has names too. */
function namesIn(body: string): readonly string[] {
  return [...body.matchAll(/<RK7(?:CMD|Command2?)\b[^>]*?\bCMD\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  );
}

function forgetKey(world: World, request: WireRequest): void {
  const place = findPlace(world, request.path);
  const read = readQuery(request.body, request.headers['content-type'] ?? '');
  if (place === undefined || read.kind === 'failed') return;
  for (const command of read.query.commands) {
    const name = command.attributes['CMD'] ?? '';
    forgetAnswer({ world, ...place, name, command, nowMs: world.nowMs() });
  }
}
