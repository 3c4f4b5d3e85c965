import { sql } from 'kysely';
import type { IntakeName, IntakeProfile } from '#domain/intake.ts';
import { refMemoryMs } from './intake-orders.ts';
import { prepare } from './prepared.ts';
import type { Tx } from './store.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export type StoredProfile = { readonly profile: IntakeProfile; readonly revision: number };

export async function getIntakeProfile(tx: Tx, place: Place): Promise<StoredProfile | undefined> {
  return tx
    .selectFrom('intake_profiles')
    .select(['profile', 'revision'])
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .executeTakeFirst();
}

/** What may be asked along with the state, for a post. */
export type PostedRef = { readonly clientId: string; readonly externalRef: string; readonly nowMs: number };

/**
 * Everything that can change what a location says to a posted order, as versions, and whether it takes orders now. With `posted`
 * also a number for the order, null while the client's reference is taken.
 */
export async function getIntakeState(tx: Tx, place: Place, posted: PostedRef | undefined) {
  const { rows } = await readingState(tx, {
    companyId: place.companyId,
    locationId: place.locationId,
    isPosted: posted !== undefined,
    clientId: posted?.clientId ?? '',
    externalRef: posted?.externalRef ?? '',
    forgottenMs: (posted?.nowMs ?? 0) - refMemoryMs,
  });
  return rows[0];
}

type StateAsked = Place &
  Omit<PostedRef, 'nowMs'> & { readonly isPosted: boolean; readonly forgottenMs: number };

const readingState = prepare((tx, asked: StateAsked) =>
  tx
    .selectFrom('locations as l')
    .innerJoin('location_statuses as s', (join) =>
      join.onRef('s.company_id', '=', 'l.company_id').onRef('s.location_id', '=', 'l.location_id'),
    )
    .innerJoin('intake_profiles as p', (join) =>
      join.onRef('p.company_id', '=', 'l.company_id').onRef('p.location_id', '=', 'l.location_id'),
    )
    .leftJoin('availabilities as a', (join) =>
      join.onRef('a.company_id', '=', 'l.company_id').onRef('a.location_id', '=', 'l.location_id'),
    )
    .leftJoin('intake_orders as i', (join) =>
      join
        .onRef('i.company_id', '=', 'l.company_id')
        .on('i.client_id', '=', asked.clientId)
        .on('i.external_ref', '=', asked.externalRef),
    )
    .select([
      'l.currency',
      'l.freshness_limit_ms',
      'l.menu_version',
      's.state',
      's.reason',
      'p.revision',
      'a.content_hash',
      sql<
        number | null
      >`case when ${asked.isPosted}::boolean and coalesce(i.created_at_ms, 0) <= ${asked.forgottenMs}::bigint
        then nextval('intake_orders_order_num_seq') end`.as('order_num'),
    ])
    .where('l.company_id', '=', asked.companyId)
    .where('l.location_id', '=', asked.locationId),
);

/** Held by posts that use up what a store definition counts, so that two of them count each other. */
export async function lockIntakeProfile(tx: Tx, place: Place): Promise<void> {
  await tx
    .selectFrom('intake_profiles')
    .select('revision')
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .forUpdate()
    .executeTakeFirst();
}

export async function saveIntakeProfile(tx: Tx, place: Place, profile: IntakeProfile): Promise<void> {
  const text = JSON.stringify(profile);
  await tx
    .insertInto('intake_profiles')
    .values({ company_id: place.companyId, location_id: place.locationId, profile: text, revision: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['company_id', 'location_id'])
        .doUpdateSet((update) => ({ profile: text, revision: update('intake_profiles.revision', '+', 1) })),
    )
    .execute();
}

export async function listIntakeNames(tx: Tx, place: Place): Promise<IntakeName[]> {
  const rows = await tx
    .selectFrom('intake_names')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .orderBy('kind')
    .orderBy('within_id')
    .orderBy('name')
    .execute();
  return rows.map((row) => ({
    kind: row.kind,
    withinId: row.within_id === '' ? null : row.within_id,
    name: row.name,
    targetId: row.target_id,
    units: row.units,
  }));
}

/** Replaces a location's words by these, whole. The location has a profile. */
export async function saveIntakeNames(tx: Tx, place: Place, names: readonly IntakeName[]): Promise<void> {
  await tx
    .updateTable('intake_profiles')
    .set((update) => ({ revision: update('revision', '+', 1) }))
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .execute();
  await tx
    .deleteFrom('intake_names')
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .execute();
  if (names.length === 0) return;
  await tx
    .insertInto('intake_names')
    .values(
      names.map((name) => ({
        company_id: place.companyId,
        location_id: place.locationId,
        kind: name.kind,
        within_id: name.withinId ?? '',
        name: name.name,
        target_id: name.targetId,
        units: name.units,
      })),
    )
    .execute();
}
