import type { LocationStatusRow } from './schema.ts';
import type { Tx } from './store.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export function getLocationStatus(tx: Tx, place: Place): Promise<LocationStatusRow | undefined> {
  return tx
    .selectFrom('location_statuses')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .executeTakeFirst();
}

/** Held while a location flips, so that two checks cannot flip it against each other. */
export function lockLocationStatus(tx: Tx, place: Place): Promise<LocationStatusRow> {
  return tx
    .selectFrom('location_statuses')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

export async function saveLocationStatus(
  tx: Tx,
  place: Place,
  change: Partial<Pick<LocationStatusRow, 'state' | 'reason' | 'since_ms' | 'good_pairs_needed'>> & {
    readonly flapped_at_ms?: string;
  },
): Promise<void> {
  await tx
    .updateTable('location_statuses')
    .set(change)
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .execute();
}
