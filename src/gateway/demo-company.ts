import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { connectionTo, takeawayTable } from '#connectors/rkeeper/twin/connection.ts';
import { fiumeAlPorto, osteriaFiume } from '#connectors/rkeeper/twin/houses.ts';
import type { RestaurantSeed } from '#connectors/rkeeper/twin/seed.ts';
import type { Flow } from '#domain/order.ts';
import { hashPassword, insertConsoleUser } from '#store/console-users.ts';
import { saveConnection } from '#store/connections.ts';
import { insertCompany, insertLocation } from '#store/locations.ts';
import { makeSealKey, seal } from '#store/seal.ts';
import type { Store, Tx } from '#store/store.ts';
import { insertTable, tokenBytes } from '#store/tables.ts';
import { connectors } from './connectors.ts';

/** What the demo keeps between starts, so that printed codes and passwords stay the same. */
const secretsSchema = z.object({
  masterKey: z.base64(),
  posPassword: z.string(),
  consolePassword: z.string(),
  tokens: z.record(z.string(), z.string()),
});
export type DemoSecrets = z.infer<typeof secretsSchema>;

export const consoleEmail = 'owner@fiume.example';
const companyId = 'fiume';

export async function openDemoSecrets(directory: string): Promise<DemoSecrets> {
  const file = join(directory, 'demo-secrets.json');
  await mkdir(directory, { recursive: true });
  const stored = await readFile(file, 'utf8').catch(() => undefined);
  if (stored !== undefined) return secretsSchema.parse(JSON.parse(stored));
  const made: DemoSecrets = {
    masterKey: makeSealKey().toString('base64'),
    posPassword: randomBytes(12).toString('base64url'),
    consolePassword: randomBytes(9).toString('base64url'),
    tokens: Object.fromEntries(
      demoTables().map((table) => [table.tableId, randomBytes(tokenBytes).toString('base64url')]),
    ),
  };
  await writeFile(file, JSON.stringify(made, null, 2), { mode: 0o600 });
  return made;
}

export type DemoTable = {
  readonly tableId: string;
  readonly name: string;
  readonly tableRef: string;
  readonly locationId: string;
  readonly location: string;
  readonly flow: Flow;
};

type DemoLocation = { readonly seed: RestaurantSeed; readonly locationId: string; readonly flow: Flow };
const locations: readonly DemoLocation[] = [
  { seed: osteriaFiume, locationId: 'osteria-fiume', flow: 'pay-later' },
  { seed: fiumeAlPorto, locationId: 'fiume-al-porto', flow: 'pay-first' },
];

const terraceCode = 2;

/** The osteria's terrace pays first, its room at the end; the harbour bar pays first but for its last table. */
export function demoTables(): readonly DemoTable[] {
  return locations.flatMap(({ seed, locationId, flow }) =>
    guestTablesOf(seed).map((table, index, tables) => {
      const hall = seed.halls.find(({ ident }) => ident === table.hall);
      const other = seed === osteriaFiume ? hall?.code === terraceCode : index === tables.length - 1;
      const flowHere = other ? (flow === 'pay-later' ? 'pay-first' : 'pay-later') : flow;
      return {
        tableId: `${locationId}-${table.code}`,
        name: table.name,
        tableRef: String(table.ident),
        locationId,
        location: seed.name,
        flow: flowHere,
      };
    }),
  );
}

/** Nobody sits at the takeaway counter: it has no code. */
function guestTablesOf(seed: RestaurantSeed): RestaurantSeed['tables'] {
  return seed.tables.filter((table) => table.code !== takeawayTable);
}

export type DemoPos = { readonly url: string; readonly pinSha256: string | undefined };

/** One company, two locations with tables of both flows, their connections to the twin, one owner. */
export async function seedDemo(
  store: Store,
  secrets: DemoSecrets,
  pos: DemoPos,
  nowMs: number,
): Promise<void> {
  const passwordHash = await hashPassword(secrets.consolePassword);
  await store.asCompany(companyId, async (tx) => {
    await insertCompany(tx, { companyId, name: 'Fiume', nowMs });
    await insertConsoleUser(tx, {
      companyId,
      userId: 'owner',
      email: consoleEmail,
      name: 'Ada Fiume',
      role: 'owner',
      passwordHash,
    });
    for (const location of locations) await seedLocation(tx, location, { secrets, pos, nowMs });
    for (const table of demoTables()) {
      const location = locations.find((one) => one.locationId === table.locationId);
      await insertTable(tx, {
        companyId,
        locationId: table.locationId,
        tableId: table.tableId,
        name: table.name,
        tableRef: table.tableRef,
        flow: table.flow === location?.flow ? null : table.flow,
        token: secrets.tokens[table.tableId] ?? '',
      });
    }
  });
}

async function seedLocation(
  tx: Tx,
  { seed, locationId, flow }: DemoLocation,
  demo: { readonly secrets: DemoSecrets; readonly pos: DemoPos; readonly nowMs: number },
): Promise<void> {
  const { secrets, pos } = demo;
  await insertLocation(tx, {
    company_id: companyId,
    location_id: locationId,
    name: seed.name,
    time_zone: 'Europe/Rome',
    currency: 'EUR',
    flow,
    freshness_limit_ms: 600_000,
    menu_read_minute: 300,
    menu_version: null,
    created_at_ms: demo.nowMs,
  });
  const origin = new URL(pos.url).origin;
  const connection = connectionTo(seed, {
    origin,
    isFirst: seed === osteriaFiume,
    password: secrets.posPassword,
  });
  await saveConnection(tx, {
    companyId,
    locationId,
    connectorId: 'rkeeper',
    origin,
    settings: {
      ...(pos.pinSha256 === undefined ? {} : { tls: { pinSha256: pos.pinSha256 } }),
      connector: connection.settings,
    },
    sealedSecret: seal(JSON.stringify(connection.secret), Buffer.from(secrets.masterKey, 'base64'), {
      companyId,
      locationId,
      origin,
      purpose: 'pos-credentials',
    }),
    writeConcurrency: connectors.get('rkeeper')?.manifest.capabilities.writeConcurrency ?? 1,
  });
}
