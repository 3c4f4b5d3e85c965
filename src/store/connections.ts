import type { ConnectionMemory } from '#contract/connector.ts';
import type { ConnectionRow } from './schema.ts';
import type { Store, Tx } from './store.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export type ConnectionToSave = Place & {
  readonly connectorId: string;
  /** Scheme, host and port; the secret is sealed for it, so a new origin always comes with a newly sealed secret. */
  readonly origin: string;
  readonly settings: unknown;
  readonly sealedSecret: string;
  readonly writeConcurrency: number;
};

export function getConnection(tx: Tx, place: Place): Promise<ConnectionRow | undefined> {
  return tx
    .selectFrom('connections')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .executeTakeFirst();
}

/** Saves how a location's POS is reached. The revision rises, so open connectors are closed and refused credentials are tried again. */
export async function saveConnection(tx: Tx, connection: ConnectionToSave): Promise<void> {
  const values = {
    connector_id: connection.connectorId,
    origin: connection.origin,
    settings: JSON.stringify(connection.settings),
    sealed_secret: connection.sealedSecret,
    write_concurrency: connection.writeConcurrency,
    auth_failed_at_ms: null,
  };
  await tx
    .insertInto('connections')
    .values({ company_id: connection.companyId, location_id: connection.locationId, revision: 1, ...values })
    .onConflict((conflict) =>
      conflict
        .columns(['company_id', 'location_id'])
        .doUpdateSet((update) => ({ ...values, revision: update('connections.revision', '+', 1) })),
    )
    .execute();
}

/** Other settings for the same POS: credentials stay as they are sealed. The revision rises, so open connectors are closed. */
export async function changeSettings(tx: Tx, place: Place, settings: unknown): Promise<void> {
  await tx
    .updateTable('connections')
    .set((update) => ({ settings: JSON.stringify(settings), revision: update('revision', '+', 1) }))
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .execute();
}

/**
 * The POS refused our credentials: it is not knocked on again until the connection is saved anew. What it said of an older revision
 * than the one that is saved now says nothing: whoever asked may have been slow, and nobody would ever knock with the new ones.
 */
export async function markAuthFailed(
  tx: Tx,
  place: Place,
  refused: { readonly revision: number; readonly nowMs: number },
): Promise<void> {
  await tx
    .updateTable('connections')
    .set({ auth_failed_at_ms: refused.nowMs })
    .where('revision', '=', refused.revision)
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .where('auth_failed_at_ms', 'is', null)
    .execute();
}

/** What a connector must remember, e.g. a licence counter, kept before `put` resolves. */
export function makeConnectionMemory(store: Store, place: Place): ConnectionMemory {
  return {
    get: (key) =>
      store.asCompany(place.companyId, async (tx) => {
        const row = await tx
          .selectFrom('connection_memories')
          .select('value')
          .where('company_id', '=', place.companyId)
          .where('location_id', '=', place.locationId)
          .where('key', '=', key)
          .executeTakeFirst();
        return row?.value;
      }),
    put: (key, value) =>
      store.asCompany(place.companyId, async (tx) => {
        await tx
          .insertInto('connection_memories')
          .values({ company_id: place.companyId, location_id: place.locationId, key, value })
          .onConflict((conflict) =>
            conflict.columns(['company_id', 'location_id', 'key']).doUpdateSet({ value }),
          )
          .execute();
      }),
  };
}
