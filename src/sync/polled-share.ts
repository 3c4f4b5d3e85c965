import { minuteMs } from '#domain/time.ts';
import type { Clock, Timer } from '#domain/time.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import { listPolledLocations } from '#store/locations.ts';
import { ensurePollShards, leaseShards, pollShardCount, releaseShards } from '#store/poll-shards.ts';
import type { LocationStatusRow } from '#store/schema.ts';
import type { Store } from '#store/store.ts';
import { phaseOf } from './cadence.ts';
import type { Place } from './health.ts';
import { keyOfPlace } from './polled-location.ts';
import type { PolledLocation } from './polled-location.ts';

/** Shards change hands this long after their worker's last sign of life. */
const shardLeaseMs = 10_000;
const shardRenewMs = 3_000;
/** New locations and changed connections are noticed within this, announced or not. */
const reloadMs = minuteMs;

/** The locations that are this process's to poll: those of the shards it leased. */
export interface PolledShare {
  readonly locations: ReadonlyMap<string, PolledLocation>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type PolledShareDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  readonly onBug: (error: unknown) => void;
};

/** `taken` is called for each location that comes into the share, and again when its connection was changed. */
export function makePolledShare(
  deps: PolledShareDeps,
  taken: (location: PolledLocation) => void,
): PolledShare {
  const { store, clock } = deps;
  const locations = new Map<string, PolledLocation>();
  let stopped = true;
  let timer: Timer | undefined;
  let renewing: Promise<void> | undefined;
  let reloadedAtMs = Number.NEGATIVE_INFINITY;

  function renew(): void {
    if (stopped) return;
    timer = clock.after(shardRenewMs, renew);
    // One that takes longer than the pause is not overtaken by the next.
    renewing ??= renewOnce()
      .catch(deps.onBug)
      .finally(() => {
        renewing = undefined;
      });
  }

  async function renewOnce(): Promise<void> {
    const nowMs = clock.nowMs();
    const lease = { owner: deps.owner, nowMs, untilMs: nowMs + shardLeaseMs };
    const shards = new Set(await store.asWorker((tx) => leaseShards(tx, lease)));
    const isMine = (key: string) => shards.has(phaseOf(key, pollShardCount));
    for (const key of locations.keys()) if (!isMine(key)) locations.delete(key);
    if (nowMs - reloadedAtMs < reloadMs && locations.size > 0) return;
    reloadedAtMs = nowMs;
    await reload(isMine);
  }

  async function reload(isMine: (key: string) => boolean): Promise<void> {
    const seen = new Set<string>();
    for (const row of await store.asWorker(listPolledLocations)) {
      const place = { companyId: row.company_id, locationId: row.location_id };
      const key = keyOfPlace(place);
      if (!isMine(key)) continue;
      seen.add(key);
      const known = locations.get(key);
      if (known?.revision === row.revision && known.silent === isSilent(row)) continue;
      const status = await store.asCompany(place.companyId, (tx) => getLocationStatus(tx, place));
      const location = polledLocation(place, row, status);
      locations.set(key, location);
      taken(location);
    }
    for (const key of locations.keys()) if (!seen.has(key)) locations.delete(key);
  }

  return {
    locations,
    async start() {
      stopped = false;
      await store.asWorker(ensurePollShards);
      renew();
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await renewing;
      await store.asWorker((tx) => releaseShards(tx, deps.owner));
    },
  };
}

type FoundLocation = Awaited<ReturnType<typeof listPolledLocations>>[number];

function isSilent(row: FoundLocation): boolean {
  return row.auth_failed_at_ms !== null;
}

function polledLocation(
  place: Place,
  row: FoundLocation,
  status: LocationStatusRow | undefined,
): PolledLocation {
  return {
    place,
    timeZone: row.time_zone,
    menuReadMinute: row.menu_read_minute,
    revision: row.revision,
    silent: isSilent(row),
    online: status?.state === 'online',
    readOnlySinceMs: status?.since_ms ?? 0,
    dueAtMs: new Map(),
    running: new Set(),
  };
}
