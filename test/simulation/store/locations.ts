import type { Insertable } from 'kysely';
import type { Database, LocationRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { listPolledLocations as listReally } from '../../../src/store/locations.ts';
import { fromJson, modelOf, see } from './database.ts';

export * from '../../../src/store/locations.ts';

export function insertCompany(
  tx: Tx,
  company: { companyId: string; name: string; nowMs: number },
): Promise<void> {
  see(tx, company.companyId).companies.put({ company_id: company.companyId, name: company.name });
  return Promise.resolve();
}

export function insertLocation(tx: Tx, location: Insertable<Database['locations']>): Promise<void> {
  const database = see(tx, location.company_id);
  const { company_id, location_id, name, time_zone, currency, flow, created_at_ms } = location;
  database.locations.put({
    company_id,
    location_id,
    name,
    time_zone,
    currency,
    flow,
    created_at_ms,
    freshness_limit_ms: location.freshness_limit_ms ?? null,
    menu_read_minute: location.menu_read_minute,
    menu_version: location.menu_version ?? null,
    payment_account_id: location.payment_account_id ?? null,
    payment_mode: location.payment_mode ?? 'live',
    tip_percents: location.tip_percents === undefined ? [5, 10, 15] : fromJson(location.tip_percents),
    tip_max_percent: location.tip_max_percent ?? 100,
    donation: jsonOrNull(location.donation),
    auto_refund: location.auto_refund ?? false,
    day_starts_minute: location.day_starts_minute ?? 300,
    venue: jsonOrNull(location.venue),
  });
  database.statuses.put({
    company_id: location.company_id,
    location_id: location.location_id,
    state: 'read-only',
    reason: 'starting',
    since_ms: location.created_at_ms,
    good_pairs_needed: 1,
    draining: false,
    flapped_at_ms: [],
  });
  return Promise.resolve();
}

export function getLocation(
  tx: Tx,
  place: { companyId: string; locationId: string },
): Promise<LocationRow | undefined> {
  return Promise.resolve(see(tx, place.companyId).locations.get(place.companyId, place.locationId));
}

export function listLocations(tx: Tx, companyId: string): Promise<LocationRow[]> {
  return Promise.resolve(
    see(tx, companyId)
      .locations.all()
      .filter((row) => row.company_id === companyId)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
}

export function listPolledLocations(tx: Tx): ReturnType<typeof listReally> {
  const { database } = modelOf(tx);
  return Promise.resolve(
    database.locations.all().flatMap((location) => {
      const connection = database.connections.get(location.company_id, location.location_id);
      if (connection === undefined) return [];
      const { company_id, location_id, time_zone, menu_read_minute } = location;
      const { connector_id, revision, auth_failed_at_ms } = connection;
      return [
        { company_id, location_id, time_zone, menu_read_minute, connector_id, revision, auth_failed_at_ms },
      ];
    }),
  );
}

function jsonOrNull<Value>(text: string | null | undefined): Value | null {
  return text === null || text === undefined ? null : fromJson<Value>(text);
}
