import { createHash, randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, describe } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import type { Currency } from '#domain/money.ts';
import type { Flow } from '#domain/order.ts';
import type { Clock } from '#domain/time.ts';
import { makeMemoryImage, openMemoryEngine } from './embedded-engine.ts';
import { storeOnEngine } from './open.ts';
import { openServerEngine } from './server-engine.ts';
import type { Store, Tx } from './store.ts';

export type TestEngine = 'embedded' | 'postgres';

/**
 * Runs the same tests on every engine this machine has: the embedded one always (in memory), a PostgreSQL server when one
 * answers at TEST_DATABASE_URL or 127.0.0.1:5432. With TABLESIDE_REQUIRE_POSTGRES=1 its absence fails the file.
 *
 *     testStores((store) => {
 *       it('keeps a row', async () => { const company = await seedCompany(store()); … });
 *     });
 *
 * One store per engine and file, made before its first test; tests keep apart by seeding companies of their own. Roles
 * that see all companies (`asWorker`) see the rows of earlier tests: call `emptyStore(store())` first where that matters.
 */
export function testStores(run: (store: () => Store, engine: TestEngine) => void): void {
  describeOn('embedded', openMemoryStore, run);
  if (serverUrl !== undefined) describeOn('postgres', () => openTestDatabase(serverUrl), run);
}

type Opened = { readonly store: Store; drop(): Promise<void> };

function describeOn(
  engine: TestEngine,
  open: () => Promise<Opened>,
  run: (store: () => Store, engine: TestEngine) => void,
): void {
  void describe(engine, () => {
    let opened: Opened | undefined;
    before(async () => {
      opened = await open();
    });
    after(() => opened?.drop());
    run(() => {
      if (opened === undefined) throw new Error('the store is open only inside tests');
      return opened.store;
    }, engine);
  });
}

async function openMemoryStore(): Promise<Opened> {
  const image = process.env[testImageVariable];
  const engine = await openMemoryEngine(
    reportTrouble,
    image === undefined ? undefined : await openAsBlob(image),
  );
  const store = await storeOnEngine(engine, 'run');
  return { store, drop: () => store.close() };
}

/** Names a file with a migrated embedded database; without it each test file makes its own, which takes seconds. */
export const testImageVariable = 'TABLESIDE_TEST_IMAGE';

export async function writeTestImage(file: string): Promise<void> {
  const image = await makeMemoryImage(reportTrouble, (engine) => storeOnEngine(engine, 'run'));
  await writeFile(file, image.stream());
}

/** A database of its own on the server, dropped afterwards. */
async function openTestDatabase(url: string): Promise<Opened> {
  const name = `tableside_test_${randomBytes(8).toString('hex')}`;
  await onServer(url, `create database ${name}`);
  const databaseUrl = new URL(url);
  databaseUrl.pathname = `/${name}`;
  const engine = openServerEngine({
    databaseUrl: databaseUrl.href,
    connections: 4,
    clock: stillClock,
    log: reportTrouble,
  });
  const store = await storeOnEngine(engine, 'run');
  return {
    store,
    async drop() {
      await store.close();
      await onServer(url, `drop database ${name} with (force)`);
    },
  };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The same database on the server once more, as another process opens it. */
export async function openBeside(store: Store): Promise<Store> {
  if (serverUrl === undefined) throw new Error('only a server has room for two');
  const { rows } = await store.asOwner((tx) =>
    sql<{ name: string }>`select current_database() as name`.execute(tx),
  );
  const databaseUrl = new URL(serverUrl);
  databaseUrl.pathname = `/${rows[0]?.name}`;
  const options = { databaseUrl: databaseUrl.href, connections: 2, clock: stillClock, log: reportTrouble };
  return storeOnEngine(openServerEngine(options), 'check');
}

/** The store's own clock serves only reconnection and housekeeping, never a row; in these tests neither is due. */
const stillClock: Clock = {
  nowMs: () => 0,
  monotonicMs: () => 0,
  after: () => ({ cancel: () => undefined }),
};

function reportTrouble(message: string, error?: unknown): void {
  console.error(`store: ${message}`, error);
}

const serverUrl = await findServer();
console.log(`engines: embedded${serverUrl === undefined ? ' (no PostgreSQL server answers)' : ', postgres'}`);

async function findServer(): Promise<string | undefined> {
  const url = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  try {
    await onServer(url, 'select 1');
    return url;
  } catch (error) {
    if (process.env['TABLESIDE_REQUIRE_POSTGRES'] === '1')
      throw new Error('TABLESIDE_REQUIRE_POSTGRES=1 and no PostgreSQL server answers', { cause: error });
    return undefined;
  }
}

/** Removes every row of every company. */
export async function emptyStore(store: Store): Promise<void> {
  await store.asOwner(async (tx) => {
    const { rows } = await sql<{ name: string }>`
      select format('%I', tablename) as name from pg_tables
      where schemaname = 'public' and tablename not like 'kysely_%'`.execute(tx);
    await sql.raw(`truncate ${rows.map((row) => row.name).join(', ')} restart identity cascade`).execute(tx);
  });
}

export type Seed = {
  readonly flow?: Flow;
  readonly currency?: Currency;
  readonly timeZone?: string;
  readonly connectorId?: string;
  /** How many tables, `1`…; 2 unless told. */
  readonly tables?: number;
  /** Adds locations to a company that is there. */
  readonly companyId?: string;
  readonly nowMs?: number;
};

export type SeededTable = { readonly tableId: string; readonly tableRef: string; readonly token: string };
export type SeededCompany = {
  readonly companyId: string;
  readonly locationId: string;
  readonly tables: readonly SeededTable[];
};

/** The same store, and how many transactions of companies were begun over it. */
export function countTransactions(store: Store): { readonly store: Store; readonly begun: () => number } {
  let begun = 0;
  return {
    store: {
      ...store,
      asCompany(companyId, act) {
        begun += 1;
        return store.asCompany(companyId, act);
      },
    },
    begun: () => begun,
  };
}

/** A company with one online location, its connection and tables. Ids are random, so tests do not meet. */
export async function seedCompany(store: Store, seed: Seed = {}): Promise<SeededCompany> {
  const companyId = seed.companyId ?? `company-${randomBytes(6).toString('hex')}`;
  const locationId = `location-${randomBytes(6).toString('hex')}`;
  const nowMs = seed.nowMs ?? Date.UTC(2026, 0, 1, 12);
  const tables = Array.from({ length: seed.tables ?? 2 }, (_, index) => ({
    tableId: `table-${randomBytes(6).toString('hex')}`,
    tableRef: String(index + 1),
    token: randomBytes(24).toString('base64url'),
  }));
  const place = { company_id: companyId, location_id: locationId };
  await store.asCompany(companyId, async (tx) => {
    if (seed.companyId === undefined)
      await tx
        .insertInto('companies')
        .values({ company_id: companyId, name: 'Test', created_at_ms: nowMs })
        .execute();
    await tx
      .insertInto('locations')
      .values({
        ...place,
        name: 'Test location',
        time_zone: seed.timeZone ?? 'Europe/Berlin',
        currency: seed.currency ?? 'EUR',
        flow: seed.flow ?? 'pay-later',
        freshness_limit_ms: 600_000,
        menu_read_minute: 300,
        menu_version: null,
        created_at_ms: nowMs,
      })
      .execute();
    await tx
      .insertInto('location_statuses')
      .values({
        ...place,
        state: 'online',
        reason: null,
        since_ms: nowMs,
        good_pairs_needed: 1,
        draining: false,
        flapped_at_ms: '[]',
      })
      .execute();
    await tx
      .insertInto('connections')
      .values({
        ...place,
        connector_id: seed.connectorId ?? 'rkeeper',
        origin: 'https://127.0.0.1:8081',
        settings: '{}',
        sealed_secret: 'v1.test',
        revision: 1,
        write_concurrency: 1,
        auth_failed_at_ms: null,
      })
      .execute();
    for (const table of tables) await insertTable(tx, place, table);
  });
  return { companyId, locationId, tables };
}

async function insertTable(
  tx: Tx,
  place: { readonly company_id: string; readonly location_id: string },
  table: SeededTable,
): Promise<void> {
  await tx
    .insertInto('dining_tables')
    .values({
      ...place,
      table_id: table.tableId,
      name: table.tableRef,
      table_ref: table.tableRef,
      token_hash: createHash('sha256').update(table.token).digest('hex'),
      flow: null,
    })
    .execute();
}
