import type { AvailabilitySnapshot, Menu } from '#domain/menu.ts';
import type { Tx } from '#store/store.ts';
import type { getCurrentMenu as getReally } from '../../../src/store/menus.ts';
import { fromJson, see } from './database.ts';

export * from '../../../src/store/menus.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export async function getCurrentMenu(tx: Tx, place: Place): ReturnType<typeof getReally> {
  const database = see(tx, place.companyId);
  const version = await getMenuVersion(tx, place);
  const row = version === null ? undefined : database.menus.get(place.companyId, place.locationId, version);
  if (row === undefined) return undefined;
  const availability = database.availabilities.get(place.companyId, place.locationId);
  return {
    menu: row.menu,
    availability: availability?.snapshot,
    availabilityHash: availability?.content_hash ?? '',
  };
}

export function getMenuVersion(tx: Tx, place: Place): Promise<string | null> {
  const row = see(tx, place.companyId).locations.get(place.companyId, place.locationId);
  return Promise.resolve(row?.menu_version ?? null);
}

export function saveMenu(tx: Tx, place: Place, menu: Menu, sourceVersion: string): Promise<void> {
  const database = see(tx, place.companyId);
  const { companyId, locationId } = place;
  database.menus.insert({
    company_id: companyId,
    location_id: locationId,
    menu_version: menu.menuVersion,
    menu: fromJson(JSON.stringify(menu)),
    source_version: sourceVersion,
    read_at_ms: menu.readAtMs,
  });
  const location = database.locations.get(companyId, locationId);
  if (location !== undefined) database.locations.update(location, { menu_version: menu.menuVersion });
  return Promise.resolve();
}

/** A simulated day has one menu. */
export function forgetOldMenus(): Promise<void> {
  return Promise.resolve();
}

export function saveAvailability(
  tx: Tx,
  place: Place,
  snapshot: AvailabilitySnapshot,
  contentHash: string,
): Promise<boolean> {
  const { availabilities } = see(tx, place.companyId);
  if (availabilities.get(place.companyId, place.locationId)?.content_hash === contentHash)
    return Promise.resolve(false);
  availabilities.put({
    company_id: place.companyId,
    location_id: place.locationId,
    snapshot: fromJson(JSON.stringify(snapshot)),
    content_hash: contentHash,
    read_at_ms: snapshot.readAtMs,
  });
  return Promise.resolve(true);
}
