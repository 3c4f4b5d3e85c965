import type { LocationStatusRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { saveLocationStatus as saveReally } from '../../../src/store/location-statuses.ts';
import { fromJson, see } from './database.ts';

export * from '../../../src/store/location-statuses.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export function getLocationStatus(tx: Tx, place: Place): Promise<LocationStatusRow | undefined> {
  return Promise.resolve(see(tx, place.companyId).statuses.get(place.companyId, place.locationId));
}

export async function lockLocationStatus(tx: Tx, place: Place): Promise<LocationStatusRow> {
  const row = await getLocationStatus(tx, place);
  if (row === undefined) throw new Error('a location without its status');
  return row;
}

export async function saveLocationStatus(
  tx: Tx,
  place: Place,
  change: Parameters<typeof saveReally>[2],
): Promise<void> {
  const { flapped_at_ms: flaps, ...columns } = change;
  see(tx, place.companyId).statuses.update(await lockLocationStatus(tx, place), {
    ...columns,
    ...(flaps === undefined ? {} : { flapped_at_ms: fromJson(flaps) }),
  });
}
