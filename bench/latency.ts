import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { readConfig } from '#gateway/config.ts';
import type { Config } from '#gateway/config.ts';
import { demoTables, openDemoSecrets, seedDemo } from '#gateway/demo-company.ts';
import { startRkeeperTwin } from '#gateway/demo.ts';
import { startGateway } from '#gateway/gateway.ts';
import { systemClock } from '#gateway/system.ts';
import { openStore } from '#store/open.ts';
import { findServer, makeDatabase } from './shared/server.ts';

/** Rounds measured per engine, after some that only warm up. */
const roundsMeasured = 200;
const roundsWarmUp = 30;
/** Between two rounds, so that each meets a quiet gateway. */
const pauseMs = 40;
const readyMsMax = 30_000;

/**
 * How long from a guest's accepted round (the 202 is here) to its first byte at the POS, one round at a time. Gateway, twin and
 * guest share this process; the wire is HTTPS, as at a venue. Rounds go to one open order, as at a table in full swing.
 */
export async function bench(): Promise<Readonly<Record<string, unknown>>> {
  const figures: Record<string, unknown> = {};
  console.log('engine      rounds  p50 ms  p99 ms  max ms   (202 received → first byte at the POS)');
  for (const databaseUrl of [undefined, await findServer()]) {
    const engine = databaseUrl === undefined ? 'embedded' : 'postgresql';
    if (engine in figures) {
      console.log('postgresql  no server at TEST_DATABASE_URL or 127.0.0.1:5432');
      continue;
    }
    const delays = (await measure(databaseUrl)).toSorted((left, right) => left - right);
    const at = (share: number) => Math.round(delays[Math.floor(share * (delays.length - 1))] ?? Number.NaN);
    const [p50, p99, max] = [at(0.5), at(0.99), at(1)];
    figures[engine] = { rounds: delays.length, p50Ms: p50, p99Ms: p99, maxMs: max };
    console.log(
      `${engine.padEnd(10)}  ${String(delays.length).padStart(6)}  ${String(p50).padStart(6)}  ${String(p99).padStart(6)}  ${String(max).padStart(6)}`,
    );
  }
  return figures;
}

async function measure(databaseUrl: string | undefined): Promise<number[]> {
  const directory = await mkdtemp(join(tmpdir(), 'tableside-bench-'));
  const database = databaseUrl === undefined ? undefined : await makeDatabase(databaseUrl);
  const running = await start(directory, database?.url);
  try {
    return await order(running);
  } finally {
    await running.stop();
    await database?.drop();
    await rm(directory, { recursive: true, force: true });
  }
}

type Restaurant = {
  readonly tableUrl: string;
  readonly controlUrl: string;
  stop(): Promise<void>;
};

async function start(directory: string, databaseUrl: string | undefined): Promise<Restaurant> {
  const config = benchConfig(directory);
  const secrets = await openDemoSecrets(directory);
  const twin = await startRkeeperTwin(config, { password: secrets.posPassword, port: config.port });
  const store = await openStore({
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    directory: join(directory, 'database'),
    clock: systemClock,
  });
  const pos = { url: twin.url, pinSha256: twin.pinSha256 };
  await seedDemo(store, secrets, { pos }, systemClock.nowMs());
  const gateway = await startGateway({
    config,
    store,
    masterKey: Buffer.from(secrets.masterKey, 'base64'),
    log: pino({ level: 'silent' }),
    version: 'bench',
    roles: { serve: true, work: true },
  });
  const address = await gateway.app?.listen({ port: config.port, host: '127.0.0.1' });
  const table = demoTables().find((one) => one.flow === 'pay-later');
  return {
    tableUrl: `${address}/api/guest/${secrets.tokens[table?.tableId ?? ''] ?? ''}`,
    controlUrl: twin.controlUrl,
    async stop() {
      await gateway.stop();
      await store.close();
      await twin.stop();
    },
  };
}

function benchConfig(directory: string): Config {
  const read = readConfig({ PORT: '28400', TABLESIDE_DATA: directory });
  if (read.kind === 'bad') throw new Error(read.errors.join('\n'));
  return read.config;
}

async function order(restaurant: Restaurant): Promise<number[]> {
  const itemId = await findItem(restaurant.tableUrl);
  const delays: number[] = [];
  for (let round = 0; round < roundsWarmUp + roundsMeasured; round += 1) {
    const startedAtMs = Date.now();
    await postRound(restaurant.tableUrl, `bench-round-${round}`, itemId);
    const acceptedAtMs = performance.timeOrigin + performance.now();
    const firstByteAtMs = await findFirstByte(restaurant.controlUrl, startedAtMs);
    if (round >= roundsWarmUp) delays.push(Math.max(0, firstByteAtMs - acceptedAtMs));
    await sleep(pauseMs);
  }
  return delays;
}

/** The first item that is ordered as it is, once the menu was read. */
async function findItem(tableUrl: string): Promise<string> {
  type Menu = {
    categories: {
      items: { itemId: string; variants: unknown[]; modifierGroups: { minSelections: number }[] }[];
    }[];
  };
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(100)) {
    const answer = await fetch(`${tableUrl}/menu`);
    if (answer.status !== 200) continue;
    const { categories } = (await answer.json()) as Menu;
    const item = categories
      .flatMap((category) => category.items)
      .find(
        (one) => one.variants.length === 0 && one.modifierGroups.every((group) => group.minSelections === 0),
      );
    if (item !== undefined) return item.itemId;
  }
  throw new Error(`no menu after ${readyMsMax} ms`);
}

async function postRound(tableUrl: string, key: string, itemId: string): Promise<void> {
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(100)) {
    const answer = await fetch(`${tableUrl}/rounds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ lines: [{ itemId, modifiers: [], quantity: 1 }] }),
    });
    if (answer.status === 202) return;
    // Read-only until the first status check has passed.
    if (answer.status !== 409)
      throw new Error(`a round was answered ${answer.status}: ${await answer.text()}`);
  }
  throw new Error(`no round taken for ${readyMsMax} ms`);
}

/** When the round's SaveOrder is in, its attempt began with the first of the order's commands since the round was posted. */
async function findFirstByte(controlUrl: string, sinceMs: number): Promise<number> {
  for (const untilMs = Date.now() + readyMsMax; Date.now() < untilMs; await sleep(5)) {
    const requests = (await (await fetch(`${controlUrl}/_twin/requests?since=${sinceMs}`)).json()) as {
      at: number;
      names: string[];
    }[];
    if (!requests.some((request) => request.names.includes('SaveOrder'))) continue;
    const first = requests.find((request) =>
      request.names.some((name) => name === 'GetOrder' || name === 'GetOrderList2' || name === 'CreateOrder'),
    );
    if (first !== undefined) return first.at;
  }
  throw new Error(`no round in the kitchen after ${readyMsMax} ms`);
}
