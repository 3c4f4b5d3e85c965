import { sql } from 'kysely';
import type { AvailabilitySnapshot, Menu } from '#domain/menu.ts';
import type { Tx } from './store.ts';

type Place = { readonly companyId: string; readonly locationId: string };

/** The menu guests order from and the newest reading of availability; undefined until the menu was read once. */
export async function getCurrentMenu(
  tx: Tx,
  place: Place,
): Promise<
  { menu: Menu; availability: AvailabilitySnapshot | undefined; availabilityHash: string } | undefined
> {
  const row = await tx
    .selectFrom('locations as l')
    .innerJoin('menu_versions as m', (join) =>
      join
        .onRef('m.company_id', '=', 'l.company_id')
        .onRef('m.location_id', '=', 'l.location_id')
        .onRef('m.menu_version', '=', 'l.menu_version'),
    )
    .leftJoin('availabilities as a', (join) =>
      join.onRef('a.company_id', '=', 'l.company_id').onRef('a.location_id', '=', 'l.location_id'),
    )
    .select(['m.menu', 'a.snapshot', 'a.content_hash'])
    .where('l.company_id', '=', place.companyId)
    .where('l.location_id', '=', place.locationId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    menu: row.menu,
    availability: row.snapshot ?? undefined,
    availabilityHash: row.content_hash ?? '',
  };
}

/** What was read last: spares rows when nothing changed. */
export async function getMenuVersion(tx: Tx, place: Place): Promise<string | null> {
  const row = await tx
    .selectFrom('locations')
    .select('menu_version')
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .executeTakeFirst();
  return row?.menu_version ?? null;
}

/** Keeps a new menu version and makes it the one guests order from. Older versions stay while rounds may pin them. */
export async function saveMenu(tx: Tx, place: Place, menu: Menu, sourceVersion: string): Promise<void> {
  await tx
    .insertInto('menu_versions')
    .values({
      company_id: place.companyId,
      location_id: place.locationId,
      menu_version: menu.menuVersion,
      menu: JSON.stringify(menu),
      source_version: sourceVersion,
      read_at_ms: menu.readAtMs,
    })
    .onConflict((conflict) => conflict.columns(['company_id', 'location_id', 'menu_version']).doNothing())
    .execute();
  await tx
    .updateTable('locations')
    .set({ menu_version: menu.menuVersion })
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .execute();
}

/** Versions kept per location beside the current one. */
export const menuVersionsKept = 30;

export async function forgetOldMenus(tx: Tx, place: Place): Promise<void> {
  await sql`
    delete from menu_versions m using locations l
    where l.company_id = m.company_id and l.location_id = m.location_id and m.menu_version <> l.menu_version
      and m.company_id = ${place.companyId} and m.location_id = ${place.locationId}
      and m.menu_version not in (
        select menu_version from menu_versions k where k.company_id = ${place.companyId} and k.location_id = ${place.locationId}
        order by read_at_ms desc limit ${menuVersionsKept})`.execute(tx);
}

/** True when the reading differed from the one before and was saved. */
export async function saveAvailability(
  tx: Tx,
  place: Place,
  snapshot: AvailabilitySnapshot,
  contentHash: string,
): Promise<boolean> {
  const saved = await tx
    .insertInto('availabilities')
    .values({
      company_id: place.companyId,
      location_id: place.locationId,
      snapshot: JSON.stringify(snapshot),
      content_hash: contentHash,
      read_at_ms: snapshot.readAtMs,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['company_id', 'location_id'])
        .doUpdateSet({
          snapshot: JSON.stringify(snapshot),
          content_hash: contentHash,
          read_at_ms: snapshot.readAtMs,
        })
        .where('availabilities.content_hash', '<>', contentHash),
    )
    .returning('content_hash')
    .executeTakeFirst();
  return saved !== undefined;
}
