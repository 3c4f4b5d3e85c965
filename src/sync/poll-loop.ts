import { minuteMs } from '#domain/time.ts';
import type { PosConnector } from '#contract/connector.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import { getMenuVersion } from '#store/menus.ts';
import { pollKinds } from './cadence.ts';
import type { PollKind } from './cadence.ts';
import type { Health, Place } from './health.ts';
import { makePollTimer } from './poll-timer.ts';
import { keyOfPlace, nextDueOf } from './polled-location.ts';
import type { PolledLocation } from './polled-location.ts';
import { makePolledShare } from './polled-share.ts';
import { pollOnce } from './reads.ts';
import type { ReadDeps } from './reads.ts';

/** Polls under way in one process. Slow POSes fill it only up to one poll per kind each. */
const pollsMax = 256;
/** A menu that could not be read is asked for again before the next day. */
const menuRetryMs = 5 * minuteMs;
const readAtFirst = ['menu', 'availability', 'till-orders'] as const satisfies readonly PollKind[];
const readOnReturn = ['availability', 'in-progress', 'till-orders'] as const satisfies readonly PollKind[];

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

/** Runs the five polls of every location in this process's share. */
export function makePollLoop(deps: PollLoopDeps): PollLoop {
  const { store, clock } = deps;
  const share = makePolledShare(deps, beginPolling);
  const timer = makePollTimer(clock, (key) => share.locations.get(key), poll);
  const running = new Set<Promise<void>>();
  let skippedCount = 0;

  function beginPolling(location: PolledLocation): void {
    const nowMs = clock.nowMs();
    for (const kind of pollKinds)
      timer.schedule(location, kind, kind === 'status' ? nowMs : nextDueOf(location, kind, nowMs));
  }

  function poll(location: PolledLocation, kind: PollKind): void {
    if (location.silent || (kind !== 'status' && !location.online)) return;
    if (location.running.has(kind) || running.size >= pollsMax) {
      skippedCount += 1;
      return;
    }
    location.running.add(kind);
    const polling = pollLocation(location, kind)
      .catch(deps.onBug)
      .finally(() => {
        location.running.delete(kind);
        running.delete(polling);
      });
    running.add(polling);
  }

  async function pollLocation(location: PolledLocation, kind: PollKind): Promise<void> {
    const { place } = location;
    if (kind === 'status') return setOnline(location, await deps.health.checkNow(place));
    const connector = await deps.connectorFor(place.companyId, place.locationId);
    if (connector === undefined) return;
    const ended = await pollOnce(deps, connector, place, kind);
    if (ended.kind === 'done') return;
    if (kind === 'menu') timer.schedule(location, 'menu', clock.nowMs() + menuRetryMs);
    if (!ended.answered) setOnline(location, await deps.health.checkNow(place));
  }

  function setOnline(location: PolledLocation, online: boolean): void {
    if (location.online === online) return;
    location.online = online;
    location.readOnlySinceMs = clock.nowMs();
    timer.schedule(location, 'status', nextDueOf(location, 'status', clock.nowMs()));
    if (online) void catchUp(location).catch(deps.onBug);
  }

  /** Back online, or for the first time: what guests need is read now rather than at its next due time. */
  async function catchUp(location: PolledLocation): Promise<void> {
    const { place } = location;
    const version = await store.asCompany(place.companyId, (tx) => getMenuVersion(tx, place));
    for (const kind of version === null ? readAtFirst : readOnReturn)
      timer.schedule(location, kind, clock.nowMs());
  }

  return {
    start() {
      timer.start();
      return share.start();
    },
    async noteChange(place) {
      const location = share.locations.get(keyOfPlace(place));
      if (location === undefined) return;
      const status = await store.asCompany(place.companyId, (tx) => getLocationStatus(tx, place));
      setOnline(location, status?.state === 'online');
    },
    skipped: () => skippedCount,
    async stop() {
      timer.stop();
      await share.stop();
      await Promise.all(running);
    },
  };
}
