import { minuteMs } from '#domain/time.ts';
import type { Timer } from '#domain/time.ts';
import type { PosConnector } from '#contract/connector.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import { listPolledLocations } from '#store/locations.ts';
import { getMenuVersion } from '#store/menus.ts';
import { ensurePollShards, leaseShards, pollShardCount, releaseShards } from '#store/poll-shards.ts';
import {
  nextDailyMs,
  nextDueMs,
  phaseOf,
  pollKinds,
  readOnlyOftenMs,
  readOnlyStatusLaterMs,
  readOnlyStatusMs,
} from './cadence.ts';
import type { PollKind } from './cadence.ts';
import { makeDueQueue } from './due-queue.ts';
import type { Health, Place } from './health.ts';
import { pollOnce } from './reads.ts';
import type { ReadDeps } from './reads.ts';

/** Shards change hands this long after their worker's last sign of life. */
const shardLeaseMs = 10_000;
const shardRenewMs = 3_000;
/** New locations and changed connections are noticed within this, announced or not. */
const reloadMs = minuteMs;
/** Polls under way in one process. Slow POSes fill it only up to one poll per kind each. */
const pollsMax = 256;
/** A menu that could not be read is asked for again before the next day. */
const menuRetryMs = 5 * minuteMs;

export type PollLoopDeps = ReadDeps & {
  readonly owner: string;
  readonly health: Health;
  readonly connectorFor: (companyId: string, locationId: string) => Promise<PosConnector | undefined>;
  readonly onBug: (error: unknown) => void;
};

export interface PollLoop {
  start(): Promise<void>;
  /** Somebody else may have flipped this location: look at its state now. */
  noteChange(place: Place): Promise<void>;
  /** Polls that were still running when their next was due: a sign that a POS is too slow for its cadence. */
  skipped(): number;
  stop(): Promise<void>;
}

type Polled = {
  readonly place: Place;
  readonly timeZone: string;
  readonly menuReadMinute: number;
  readonly revision: number;
  /** Credentials were refused: nothing is asked until they change. */
  readonly silent: boolean;
  online: boolean;
  readOnlySinceMs: number;
  readonly dueAtMs: Map<PollKind, number>;
  readonly running: Set<PollKind>;
};

/** Runs the five polls of every location in this worker's shards. */
export function makePollLoop(deps: PollLoopDeps): PollLoop {
  const { store, clock } = deps;
  const locations = new Map<string, Polled>();
  const queue = makeDueQueue<{ readonly key: string; readonly kind: PollKind; readonly dueAtMs: number }>();
  const running = new Set<Promise<void>>();
  let skippedCount = 0;
  let stopped = true;
  let tick: Timer | undefined;
  let upkeep: Timer | undefined;
  let reloadedAtMs = Number.NEGATIVE_INFINITY;

  function schedule(location: Polled, kind: PollKind, dueAtMs: number): void {
    location.dueAtMs.set(kind, dueAtMs);
    queue.add(dueAtMs, { key: keyOf(location.place), kind, dueAtMs });
    setTick();
  }

  function setTick(): void {
    tick?.cancel();
    const dueAtMs = queue.nextDueAtMs();
    if (stopped || dueAtMs === undefined) return;
    tick = clock.after(Math.max(0, dueAtMs - clock.nowMs()), runDue);
  }

  function runDue(): void {
    const nowMs = clock.nowMs();
    for (let due = queue.takeDue(nowMs); due !== undefined; due = queue.takeDue(nowMs)) {
      const location = locations.get(due.key);
      // Rescheduled or removed meanwhile: this entry no longer counts.
      if (location === undefined || location.dueAtMs.get(due.kind) !== due.dueAtMs) continue;
      schedule(location, due.kind, nextDueOf(location, due.kind, nowMs));
      if (location.silent || (due.kind !== 'status' && !location.online)) continue;
      if (location.running.has(due.kind) || running.size >= pollsMax) skippedCount += 1;
      else run(location, due.kind);
    }
    setTick();
  }

  function run(location: Polled, kind: PollKind): void {
    location.running.add(kind);
    const poll = pollLocation(location, kind).catch(deps.onBug);
    running.add(poll);
    void poll.finally(() => {
      location.running.delete(kind);
      running.delete(poll);
    });
  }

  async function pollLocation(location: Polled, kind: PollKind): Promise<void> {
    const { place } = location;
    if (kind === 'status') {
      setOnline(location, await deps.health.checkNow(place));
      return;
    }
    const connector = await deps.connectorFor(place.companyId, place.locationId);
    if (connector === undefined) return;
    const ended = await pollOnce(deps, connector, place, kind);
    if (ended.kind === 'done') return;
    if (kind === 'menu') schedule(location, 'menu', clock.nowMs() + menuRetryMs);
    if (!ended.answered) setOnline(location, await deps.health.checkNow(place));
  }

  function setOnline(location: Polled, online: boolean): void {
    if (location.online === online) return;
    location.online = online;
    location.readOnlySinceMs = clock.nowMs();
    schedule(location, 'status', nextDueOf(location, 'status', clock.nowMs()));
    if (online) void catchUp(location).catch(deps.onBug);
  }

  /** Back online, or for the first time: what guests need is read now rather than at its next due time. */
  async function catchUp(location: Polled): Promise<void> {
    const { place } = location;
    const version = await store.asCompany(place.companyId, (tx) => getMenuVersion(tx, place));
    const nowMs = clock.nowMs();
    for (const kind of version === null
      ? (['menu', 'availability', 'till-orders'] as const)
      : (['availability', 'in-progress', 'till-orders'] as const)) {
      schedule(location, kind, nowMs);
    }
  }

  async function keepUp(): Promise<void> {
    const nowMs = clock.nowMs();
    const shards = new Set(
      await store.asWorker((tx) =>
        leaseShards(tx, { owner: deps.owner, nowMs, untilMs: nowMs + shardLeaseMs }),
      ),
    );
    const mine = (key: string) => shards.has(phaseOf(key, pollShardCount));
    for (const key of locations.keys()) if (!mine(key)) locations.delete(key);
    if (nowMs - reloadedAtMs < reloadMs && locations.size > 0) return;
    reloadedAtMs = nowMs;
    const rows = await store.asWorker(listPolledLocations);
    const seen = new Set<string>();
    for (const row of rows) {
      const place = { companyId: row.company_id, locationId: row.location_id };
      const key = keyOf(place);
      if (!mine(key)) continue;
      seen.add(key);
      const known = locations.get(key);
      const silent = row.auth_failed_at_ms !== null;
      if (known !== undefined && known.revision === row.revision && known.silent === silent) continue;
      await take({
        place,
        timeZone: row.time_zone,
        menuReadMinute: row.menu_read_minute,
        revision: row.revision,
        silent,
      });
    }
    for (const key of locations.keys()) if (!seen.has(key)) locations.delete(key);
  }

  async function take(
    found: Pick<Polled, 'place' | 'timeZone' | 'menuReadMinute' | 'revision' | 'silent'>,
  ): Promise<void> {
    const status = await store.asCompany(found.place.companyId, (tx) => getLocationStatus(tx, found.place));
    const location: Polled = {
      ...found,
      online: status?.state === 'online',
      readOnlySinceMs: status?.since_ms ?? 0,
      dueAtMs: new Map(),
      running: new Set(),
    };
    locations.set(keyOf(found.place), location);
    const nowMs = clock.nowMs();
    for (const kind of pollKinds)
      schedule(location, kind, kind === 'status' ? nowMs : nextDueOf(location, kind, nowMs));
  }

  function onUpkeep(): void {
    if (stopped) return;
    upkeep = clock.after(shardRenewMs, onUpkeep);
    const kept = keepUp().catch(deps.onBug);
    running.add(kept);
    void kept.finally(() => running.delete(kept));
  }

  return {
    async start() {
      stopped = false;
      await store.asWorker(ensurePollShards);
      onUpkeep();
    },
    async noteChange(place) {
      const location = locations.get(keyOf(place));
      if (location === undefined) return;
      const status = await store.asCompany(place.companyId, (tx) => getLocationStatus(tx, place));
      setOnline(location, status?.state === 'online');
    },
    skipped: () => skippedCount,
    async stop() {
      stopped = true;
      tick?.cancel();
      upkeep?.cancel();
      queue.clear();
      await Promise.all(running);
      await store.asWorker((tx) => releaseShards(tx, deps.owner));
    },
  };
}

function keyOf(place: Place): string {
  return `${place.companyId} ${place.locationId}`;
}

/** Pure: when a poll of a location is due next, in the state the location is in. */
function nextDueOf(location: Polled, kind: PollKind, nowMs: number): number {
  if (kind === 'menu') return nextDailyMs(location.menuReadMinute, location.timeZone, nowMs);
  if (kind === 'status' && !location.online) {
    return (
      nowMs + (nowMs - location.readOnlySinceMs < readOnlyOftenMs ? readOnlyStatusMs : readOnlyStatusLaterMs)
    );
  }
  return nextDueMs(kind, location.place.locationId, nowMs);
}
