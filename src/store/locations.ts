import type { Insertable, Updateable } from 'kysely';
import type { Database, LocationRow } from './schema.ts';
import type { Tx } from './store.ts';

export async function insertCompany(
  tx: Tx,
  company: { companyId: string; name: string; nowMs: number },
): Promise<void> {
  await tx
    .insertInto('companies')
    .values({ company_id: company.companyId, name: company.name, created_at_ms: company.nowMs })
    .execute();
}

/** A new location starts read-only, reason `starting`, until its POS answered once. */
export async function insertLocation(tx: Tx, location: Insertable<Database['locations']>): Promise<void> {
  await tx.insertInto('locations').values(location).execute();
  await tx
    .insertInto('location_statuses')
    .values({
      company_id: location.company_id,
      location_id: location.location_id,
      state: 'read-only',
      reason: 'starting',
      since_ms: location.created_at_ms,
      good_pairs_needed: 1,
      draining: false,
      flapped_at_ms: '[]',
    })
    .execute();
}

export function getLocation(
  tx: Tx,
  place: { companyId: string; locationId: string },
): Promise<LocationRow | undefined> {
  return tx
    .selectFrom('locations')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .executeTakeFirst();
}

export function listLocations(tx: Tx, companyId: string): Promise<LocationRow[]> {
  return tx.selectFrom('locations').selectAll().where('company_id', '=', companyId).orderBy('name').execute();
}

/** What an operator sets about a location's money. */
export async function updateLocation(
  tx: Tx,
  place: { readonly companyId: string; readonly locationId: string },
  change: Omit<Updateable<Database['locations']>, 'company_id' | 'location_id'>,
): Promise<void> {
  await tx
    .updateTable('locations')
    .set(change)
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .execute();
}

/** Every location of every company. */
export async function listPlaces(tx: Tx): Promise<{ companyId: string; locationId: string }[]> {
  const rows = await tx.selectFrom('locations').select(['company_id', 'location_id']).execute();
  return rows.map((row) => ({ companyId: row.company_id, locationId: row.location_id }));
}

/** What polling needs to know of every location of every company. */
export function listPolledLocations(tx: Tx) {
  return tx
    .selectFrom('locations as l')
    .innerJoin('connections as c', (join) =>
      join.onRef('c.company_id', '=', 'l.company_id').onRef('c.location_id', '=', 'l.location_id'),
    )
    .select([
      'l.company_id',
      'l.location_id',
      'l.time_zone',
      'l.menu_read_minute',
      'c.connector_id',
      'c.revision',
      'c.auth_failed_at_ms',
    ])
    .execute();
}
