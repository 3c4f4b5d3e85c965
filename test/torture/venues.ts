import { randomBytes } from 'node:crypto';
import { connectionTo } from '#connectors/rkeeper/twin/connection.ts';
import { osteriaFiume } from '#connectors/rkeeper/twin/houses.ts';
import type { RestaurantSeed } from '#connectors/rkeeper/twin/seed.ts';
import type { Flow } from '#domain/order.ts';
import { hashPassword, insertConsoleUser } from '#store/console-users.ts';
import { sealSecret } from '#gateway/open-connections.ts';
import { saveConnection } from '#store/connections.ts';
import { insertCompany, insertLocation } from '#store/locations.ts';
import { sealCredentials } from '#gateway/payment-accounts.ts';
import { savePaymentAccount } from '#store/payment-accounts.ts';
import type { Store, Tx } from '#store/store.ts';
import { insertTable, tokenBytes } from '#store/tables.ts';

/** One cash server takes one write at a time, so several venues are needed to keep four processes busy. */
const hurtVenuesCount = 4;
/** Venues whose way to the POS nobody hurts, for what is measured against the clock. */
const calmVenuesCount = 3;
/** All pay later where nobody hurts; elsewhere so few that two cores have room for what each kill sets going. */
const calmTables = 12;
const payLaterTables = 5;
const payFirstTables = 3;
const companies = ['torture-a', 'torture-b'] as const;

export type Venue = {
  /** Its exchanges with the POS are left alone; processes that serve it die like all others. */
  readonly calm: boolean;
  readonly companyId: string;
  readonly locationId: string;
  readonly seed: RestaurantSeed;
  readonly tables: readonly VenueTable[];
};

export type VenueTable = {
  readonly tableId: string;
  readonly name: string;
  readonly tableRef: string;
  readonly flow: Flow;
  readonly token: string;
};

export type Operator = { readonly companyId: string; readonly email: string; readonly password: string };

/**
 * Restaurants that differ in nothing but their number: a write that reached the wrong one would be taken there, and be seen. Every
 * second one has its interface by subscription, whose counter four processes share.
 */
export function makeVenues(): readonly Venue[] {
  return Array.from({ length: hurtVenuesCount + calmVenuesCount }, (_, index) => {
    const calm = index >= hurtVenuesCount;
    const slug = `venue-${index + 1}`;
    const seed: RestaurantSeed = {
      ...osteriaFiume,
      slug,
      name: `Venue ${index + 1}`,
      restCode: String(199_991_000 + index),
      licence: index % 2 === 0 ? osteriaFiume.licence : { mode: 'lifetime' },
    };
    const tables = seed.tables
      .slice(0, calm ? calmTables : payLaterTables + payFirstTables)
      .map((table, place): VenueTable => ({
        tableId: `${slug}-${table.code}`,
        name: table.name,
        tableRef: String(table.ident),
        flow: calm || place < payLaterTables ? 'pay-later' : 'pay-first',
        token: randomBytes(tokenBytes).toString('base64url'),
      }));
    return {
      calm,
      companyId: companies[index % companies.length] ?? companies[0],
      locationId: slug,
      seed,
      tables,
    };
  });
}

export type Pos = { readonly origin: string; readonly pinSha256: string; readonly password: string };
export type Provider = { readonly apiUrl: string; readonly apiKeys: readonly string[] };

/** Fills an empty database with the venues, each connected to the POS at `pos`, and one operator per company. */
export async function seedVenues(
  store: Store,
  venues: readonly Venue[],
  outside: { readonly pos: Pos; readonly provider: Provider; readonly masterKey: Buffer },
): Promise<readonly Operator[]> {
  const nowMs = Date.now();
  const password = randomBytes(12).toString('base64url');
  const passwordHash = await hashPassword(password);
  const operators: Operator[] = [];
  for (const [place, companyId] of companies.entries()) {
    const email = `owner@${companyId}.example`;
    operators.push({ companyId, email, password });
    await store.asCompany(companyId, async (tx) => {
      await insertCompany(tx, { companyId, name: companyId, nowMs });
      await insertConsoleUser(tx, {
        companyId,
        userId: `owner-${companyId}`,
        email,
        name: 'Owner',
        role: 'owner',
        passwordHash,
      });
      await seedAccount(tx, companyId, { ...outside, apiKey: outside.provider.apiKeys[place] ?? '', nowMs });
      for (const [index, venue] of venues.entries())
        if (venue.companyId === companyId)
          await seedVenue(tx, venue, {
            ...outside.pos,
            masterKey: outside.masterKey,
            isFirst: index === 0,
            nowMs,
          });
    });
  }
  return operators;
}

/** A profile of its own at the provider per company. */
async function seedAccount(
  tx: Tx,
  companyId: string,
  given: {
    readonly provider: Provider;
    readonly apiKey: string;
    readonly masterKey: Buffer;
    readonly nowMs: number;
  },
): Promise<void> {
  const account = { companyId, accountId: companyId, apiUrl: given.provider.apiUrl };
  await savePaymentAccount(tx, {
    ...account,
    providerId: 'mollie',
    name: companyId,
    sealedCredentials: sealCredentials(
      { ...account, credentials: { kind: 'api-key', apiKey: given.apiKey } },
      given.masterKey,
    ),
    nowMs: given.nowMs,
  });
}

async function seedVenue(
  tx: Tx,
  venue: Venue,
  pos: Pos & { readonly masterKey: Buffer; readonly isFirst: boolean; readonly nowMs: number },
): Promise<void> {
  const { companyId, locationId, seed } = venue;
  await insertLocation(tx, {
    company_id: companyId,
    location_id: locationId,
    name: seed.name,
    time_zone: 'Europe/Rome',
    currency: 'EUR',
    flow: 'pay-later',
    // Guests of this run wait for ever: a question about stale food would end what is to be watched.
    freshness_limit_ms: null,
    menu_read_minute: 300,
    menu_version: null,
    payment_account_id: companyId,
    payment_mode: 'test',
    created_at_ms: pos.nowMs,
  });
  const connection = connectionTo(seed, pos);
  await saveConnection(tx, {
    companyId,
    locationId,
    connectorId: 'rkeeper',
    origin: pos.origin,
    settings: { tls: { pinSha256: pos.pinSha256 }, connector: connection.settings },
    sealedSecret: sealSecret(connection.secret, pos.masterKey, { companyId, locationId, origin: pos.origin }),
    writeConcurrency: 1,
  });
  for (const table of venue.tables) {
    await insertTable(tx, {
      companyId,
      locationId,
      tableId: table.tableId,
      name: table.name,
      tableRef: table.tableRef,
      flow: table.flow === 'pay-later' ? null : table.flow,
      token: table.token,
    });
  }
}
