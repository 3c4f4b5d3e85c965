import {
  nextDailyMs,
  nextDueMs,
  readOnlyOftenMs,
  readOnlyStatusLaterMs,
  readOnlyStatusMs,
} from './cadence.ts';
import type { PollKind } from './cadence.ts';
import type { Place } from './health.ts';

/** A location as its poller knows it. */
export type PolledLocation = {
  readonly place: Place;
  readonly timeZone: string;
  readonly menuReadMinute: number;
  /** Of its connection: another one means that it was changed. */
  readonly revision: number;
  /** Credentials were refused: nothing is asked until they change. */
  readonly silent: boolean;
  online: boolean;
  readOnlySinceMs: number;
  /** What each poll waits for; an entry of the queue with another instant no longer counts. */
  readonly dueAtMs: Map<PollKind, number>;
  readonly running: Set<PollKind>;
};

export function keyOfPlace(place: Place): string {
  return `${place.companyId} ${place.locationId}`;
}

/** When a poll of a location is due next, in the state the location is in. Pure. */
export function nextDueOf(location: PolledLocation, kind: PollKind, nowMs: number): number {
  if (kind === 'menu') return nextDailyMs(location.menuReadMinute, location.timeZone, nowMs);
  if (kind === 'status' && !location.online) {
    const often = nowMs - location.readOnlySinceMs < readOnlyOftenMs;
    return nowMs + (often ? readOnlyStatusMs : readOnlyStatusLaterMs);
  }
  return nextDueMs(kind, location.place.locationId, nowMs);
}
