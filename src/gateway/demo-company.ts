import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { connectionTo, takeawayTable, tipCode } from '#connectors/rkeeper/twin/connection.ts';
import { fiumeAlPorto, osteriaFiume } from '#connectors/rkeeper/twin/houses.ts';
import type { RestaurantSeed } from '#connectors/rkeeper/twin/seed.ts';
import type { Flow } from '#domain/order.ts';
import { tipMaxPercentDefault } from '#domain/payment.ts';
import { columnsOf } from '#payments/payment-settings.ts';
import { hashPassword, insertConsoleUser } from '#store/console-users.ts';
import { saveConnection } from '#store/connections.ts';
import { insertCompany, insertLocation } from '#store/locations.ts';
import { savePaymentAccount } from '#store/payment-accounts.ts';
import { makeSealKey } from '#store/seal.ts';
import type { Store, Tx } from '#store/store.ts';
import { insertTable, tokenBytes } from '#store/tables.ts';
import { fiumeAccount } from '#twins/mollie/seed.ts';
import { sealSecret } from './open-connections.ts';
import { connectors } from './connectors.ts';
import { foodtecLocationId, foodtecTables, seedFoodtecLocation } from './demo-foodtec.ts';
import { sealCredentials } from './payment-accounts.ts';
import { seedDemoIntake } from './demo-intake.ts';

/** What the demo keeps between starts, so that printed codes and passwords stay the same. */
const secretsSchema = z.object({
  masterKey: z.base64(),
  posPassword: z.string(),
  consolePassword: z.string(),
  intakePassword: z.string(),
  tokens: z.record(z.string(), z.string()),
});
export type DemoSecrets = z.infer<typeof secretsSchema>;

export const consoleEmail = 'owner@fiume.example';
const companyId = 'fiume';

export async function openDemoSecrets(directory: string): Promise<DemoSecrets> {
  const file = join(directory, 'demo-secrets.json');
  await mkdir(directory, { recursive: true });
  const stored = await readFile(file, 'utf8').catch(() => undefined);
  const made: DemoSecrets = {
    masterKey: makeSealKey().toString('base64'),
    posPassword: randomBytes(12).toString('base64url'),
    consolePassword: randomBytes(9).toString('base64url'),
    intakePassword: randomBytes(24).toString('base64url'),
    tokens: Object.fromEntries(
      allDemoTables().map((table) => [table.tableId, randomBytes(tokenBytes).toString('base64url')]),
    ),
  };
  // What a later version needs beside the stored ones is made now.
  const kept = stored === undefined ? {} : (JSON.parse(stored) as Partial<DemoSecrets>);
  const tokens = { ...made.tokens, ...kept.tokens };
  const secrets = secretsSchema.parse({ ...made, ...kept, tokens });
  await writeFile(file, JSON.stringify(secrets, null, 2), { mode: 0o600 });
  return secrets;
}

export type DemoTable = {
  readonly tableId: string;
  readonly name: string;
  readonly tableRef: string;
  readonly locationId: string;
  readonly location: string;
  readonly flow: Flow;
};

/** Where third parties may post orders. */
const intakeLocation = 'osteria-fiume';

type DemoLocation = {
  readonly seed: RestaurantSeed;
  readonly locationId: string;
  readonly flow: Flow;
  readonly apiKey: string;
  readonly addressLines: readonly string[];
};
const [osteriaProfile, portoProfile] = fiumeAccount.profiles;
const locations: readonly DemoLocation[] = [
  {
    seed: osteriaFiume,
    locationId: intakeLocation,
    flow: 'pay-later',
    apiKey: osteriaProfile?.keys.test ?? '',
    addressLines: ['Via della Sponda 4', 'Fiume'],
  },
  {
    seed: fiumeAlPorto,
    locationId: 'fiume-al-porto',
    flow: 'pay-first',
    apiKey: portoProfile?.keys.test ?? '',
    addressLines: ['Molo Vecchio 1', 'Fiume'],
  },
];

/** Every code there is to scan. */
export function allDemoTables(): readonly DemoTable[] {
  return [...demoTables(), ...foodtecTables()];
}

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

/** What the demo's restaurants are connected to. `paymentApiUrl` undefined: nobody pays online. */
export type DemoLinks = {
  readonly pos: DemoPos;
  /** Undefined: no location of another POS. */
  readonly foodtec?: DemoPos;
  readonly paymentApiUrl?: string;
};

/** One company, two locations with tables of both flows, their connections to the twins, one owner. */
export async function seedDemo(
  store: Store,
  secrets: DemoSecrets,
  links: DemoLinks,
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
    for (const location of locations) await seedLocation(tx, location, { secrets, links, nowMs });
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
    await seedDemoIntake(
      tx,
      { companyId, locationId: intakeLocation },
      { seed: osteriaFiume, password: secrets.intakePassword, nowMs },
    );
    if (links.foodtec !== undefined) await seedPizzeria(tx, { secrets, links, pos: links.foodtec, nowMs });
  });
}

async function seedLocation(
  tx: Tx,
  location: DemoLocation,
  demo: { readonly secrets: DemoSecrets; readonly links: DemoLinks; readonly nowMs: number },
): Promise<void> {
  const { seed, locationId, flow } = location;
  const { secrets } = demo;
  const { pos, paymentApiUrl } = demo.links;
  if (paymentApiUrl !== undefined) {
    const account = { accountId: locationId, name: seed.name, apiKey: location.apiKey };
    await seedPaymentAccount(tx, account, { ...demo, apiUrl: paymentApiUrl });
  }
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
    ...columnsOf({
      accountId: paymentApiUrl === undefined ? null : locationId,
      mode: 'test',
      tips: { percents: [5, 10, 15], maxPercent: tipMaxPercentDefault, itemCode: String(tipCode) },
      donation: { cause: 'Mensa del Porto, warm meals', amountsMinor: [50, 100, 200], roundUp: true },
      autoRefund: false,
      dayStartsMinute: 300,
      venue: {
        legalName: `${seed.name} S.r.l.`,
        addressLines: location.addressLines,
        taxNumber: 'IT 01234567890',
      },
    }),
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
    sealedSecret: sealSecret(connection.secret, Buffer.from(secrets.masterKey, 'base64'), {
      companyId,
      locationId,
      origin,
    }),
    writeConcurrency: connectors.get('rkeeper')?.manifest.capabilities.writeConcurrency ?? 1,
  });
}

/** The pizzeria shares the harbour bar's profile: nobody there reads statements. */
async function seedPizzeria(
  tx: Tx,
  demo: {
    readonly secrets: DemoSecrets;
    readonly links: DemoLinks;
    readonly pos: DemoPos;
    readonly nowMs: number;
  },
): Promise<void> {
  const { paymentApiUrl } = demo.links;
  const paymentAccountId = paymentApiUrl === undefined ? null : foodtecLocationId;
  if (paymentApiUrl !== undefined) {
    const account = {
      accountId: foodtecLocationId,
      name: 'Oak Street Pizza',
      apiKey: portoProfile?.keys.test ?? '',
    };
    await seedPaymentAccount(tx, account, { ...demo, apiUrl: paymentApiUrl });
  }
  await seedFoodtecLocation(tx, { companyId, ...demo, paymentAccountId });
}

/** A profile of its own per restaurant, so that each has its own statements. */
async function seedPaymentAccount(
  tx: Tx,
  shop: { readonly accountId: string; readonly name: string; readonly apiKey: string },
  demo: { readonly secrets: DemoSecrets; readonly apiUrl: string; readonly nowMs: number },
): Promise<void> {
  const account = { companyId, accountId: shop.accountId, apiUrl: demo.apiUrl };
  await savePaymentAccount(tx, {
    ...account,
    providerId: 'mollie',
    name: shop.name,
    sealedCredentials: sealCredentials(
      { ...account, credentials: { kind: 'api-key', apiKey: shop.apiKey } },
      Buffer.from(demo.secrets.masterKey, 'base64'),
    ),
    nowMs: demo.nowMs,
  });
}
