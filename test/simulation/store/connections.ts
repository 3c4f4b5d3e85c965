import type { ConnectionMemory } from '#contract/connector.ts';
import type { ConnectionRow } from '#store/schema.ts';
import type { Store, Tx } from '#store/store.ts';
import type * as real from '../../../src/store/connections.ts';
import { fromJson, see } from './database.ts';

export * from '../../../src/store/connections.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export function getConnection(tx: Tx, place: Place): Promise<ConnectionRow | undefined> {
  return Promise.resolve(see(tx, place.companyId).connections.get(place.companyId, place.locationId));
}

export function saveConnection(tx: Tx, connection: real.ConnectionToSave): Promise<void> {
  const { connections } = see(tx, connection.companyId);
  const before = connections.get(connection.companyId, connection.locationId);
  connections.put({
    company_id: connection.companyId,
    location_id: connection.locationId,
    connector_id: connection.connectorId,
    origin: connection.origin,
    settings: fromJson(JSON.stringify(connection.settings)),
    sealed_secret: connection.sealedSecret,
    write_concurrency: connection.writeConcurrency,
    auth_failed_at_ms: null,
    revision: (before?.revision ?? 0) + 1,
  });
  return Promise.resolve();
}

export function markAuthFailed(
  tx: Tx,
  place: Place,
  refused: Parameters<typeof real.markAuthFailed>[2],
): Promise<void> {
  const { connections } = see(tx, place.companyId);
  const row = connections.get(place.companyId, place.locationId);
  if (row?.revision === refused.revision && row.auth_failed_at_ms === null)
    connections.update(row, { auth_failed_at_ms: refused.nowMs });
  return Promise.resolve();
}

export function makeConnectionMemory(store: Store, place: Place): ConnectionMemory {
  return {
    get: (key) =>
      store.asCompany(place.companyId, (tx) =>
        Promise.resolve(see(tx, place.companyId).memories.get(place.companyId, place.locationId, key)?.value),
      ),
    put: (key, value) =>
      store.asCompany(place.companyId, (tx) => {
        see(tx, place.companyId).memories.put({
          company_id: place.companyId,
          location_id: place.locationId,
          key,
          value,
        });
        return Promise.resolve();
      }),
  };
}
