import type { Clock } from '#domain/time.ts';
import { deadline, minuteMs } from '#domain/time.ts';
import type { PosConnector } from '#contract/connector.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import { getLocationStatus, lockLocationStatus, saveLocationStatus } from '#store/location-statuses.ts';
import { announceChange } from '#store/orders.ts';
import type { LocationStatusRow } from '#store/schema.ts';
import type { Store, Tx } from '#store/store.ts';

export type Place = { readonly companyId: string; readonly locationId: string };

/** A status answer that takes longer is as bad as none. */
const statusMsMax = 8_000;
const pairsNeededMax = 4;
const flapMemoryMs = 10 * minuteMs;

export type HealthDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly connectionFor: (companyId: string, locationId: string) => Promise<OpenConnection | undefined>;
  /** Puts the location's writes on hold, and back, in the transaction that flips it. */
  readonly hold: (tx: Tx, place: Place, nowMs: number) => Promise<void>;
  readonly release: (tx: Tx, place: Place, nowMs: number) => Promise<void>;
  /** Called once when a POS is lost and once when it is back. */
  readonly onFlip: (place: Place, to: 'online' | 'read-only', reason: string) => void;
  /** Remembers that the POS refused the credentials of this revision, so that it is not knocked on until they change. */
  readonly authFailed: (tx: Tx, place: Place, refused: Refused) => Promise<void>;
};

/** A connector, and which revision of the location's connection it was opened with. */
export type OpenConnection = { readonly connector: PosConnector; readonly revision: number };
type Refused = { readonly revision: number; readonly nowMs: number };

/** What one check found: the POS answers as ours, or why it does not. */
type Check = { readonly kind: 'good' } | { readonly kind: 'bad'; readonly reason: PosErrorCode };

/** Keeps each location's state true: online, or read-only with the reason. */
export interface Health {
  /** Checks now; callers at the same time share one check. Answers whether the location is online afterwards. */
  readonly checkNow: (place: Place) => Promise<boolean>;
}

export function makeHealth(deps: HealthDeps): Health {
  const checking = new Map<string, Promise<boolean>>();
  return {
    checkNow(place) {
      const key = `${place.companyId} ${place.locationId}`;
      const running = checking.get(key) ?? check(deps, place).finally(() => checking.delete(key));
      checking.set(key, running);
      return running;
    },
  };
}

async function check(deps: HealthDeps, place: Place): Promise<boolean> {
  const before = await deps.store.asCompany(place.companyId, (tx) => getLocationStatus(tx, place));
  const connection = await deps.connectionFor(place.companyId, place.locationId);
  const seen: Check =
    connection === undefined
      ? { kind: 'bad', reason: 'bad-request' }
      : await askPos(deps, connection.connector, before?.state !== 'online');
  return deps.store.asCompany(place.companyId, async (tx) => {
    const status = await lockLocationStatus(tx, place);
    const nowMs = deps.clock.nowMs();
    const next = nextStatus(status, seen, nowMs);
    // Most checks find nothing new, and then change no row.
    if (!isSame(status, next)) {
      const flapped = JSON.stringify(next.flapped_at_ms);
      await saveLocationStatus(tx, place, { ...next, flapped_at_ms: flapped });
    }
    if (connection !== undefined && seen.kind === 'bad' && seen.reason === 'auth-failed')
      await deps.authFailed(tx, place, { revision: connection.revision, nowMs });
    if (next.state !== status.state) {
      await (next.state === 'read-only' ? deps.hold : deps.release)(tx, place, nowMs);
      await announceChange(tx, place);
      deps.onFlip(place, next.state, next.reason ?? status.reason ?? '');
    } else if (next.reason !== status.reason) {
      await announceChange(tx, place);
    }
    return next.state === 'online';
  });
}

/** Asks for the status, and on the way back from read-only reads once as well: a POS that answers but cannot be read is not back. */
async function askPos(deps: HealthDeps, connector: PosConnector, alsoRead: boolean): Promise<Check> {
  const limit = deadline(deps.clock, statusMsMax);
  try {
    const status = await connector.readStatus(limit.signal);
    if (status.kind === 'failed') return { kind: 'bad', reason: status.error.code };
    if (status.value.closedFor !== undefined) return { kind: 'bad', reason: status.value.closedFor.code };
    if (!alsoRead) return { kind: 'good' };
    const read = await connector.readAvailability(limit.signal);
    return read.kind === 'failed' ? { kind: 'bad', reason: read.error.code } : { kind: 'good' };
  } finally {
    limit.done();
  }
}

type Next = Pick<LocationStatusRow, 'state' | 'reason' | 'since_ms' | 'good_pairs_needed'> & {
  readonly flapped_at_ms: readonly number[];
};

function isSame(status: LocationStatusRow, next: Next): boolean {
  return (
    status.state === next.state &&
    status.reason === next.reason &&
    status.good_pairs_needed === next.good_pairs_needed &&
    status.flapped_at_ms.length === next.flapped_at_ms.length
  );
}

/** D11, the rules of read-only, pure: one bad check opens it; good pairs close it, more of them when it flapped lately. */
export function nextStatus(status: LocationStatusRow, seen: Check, nowMs: number): Next {
  const flaps = status.flapped_at_ms.filter((atMs) => nowMs - atMs < flapMemoryMs);
  if (seen.kind === 'good') {
    if (status.state === 'online')
      return {
        state: 'online',
        reason: null,
        since_ms: status.since_ms,
        good_pairs_needed: 1,
        flapped_at_ms: flaps,
      };
    const left = status.good_pairs_needed - 1;
    return left <= 0
      ? { state: 'online', reason: null, since_ms: nowMs, good_pairs_needed: 1, flapped_at_ms: flaps }
      : {
          state: 'read-only',
          reason: status.reason,
          since_ms: status.since_ms,
          good_pairs_needed: left,
          flapped_at_ms: flaps,
        };
  }
  const lost = status.state === 'online';
  const flapped = lost ? [...flaps, nowMs] : flaps;
  return {
    state: 'read-only',
    reason: seen.reason,
    since_ms: lost ? nowMs : status.since_ms,
    // The first loss needs one good pair; each further one within the memory doubles it.
    good_pairs_needed: Math.min(pairsNeededMax, 2 ** Math.max(0, flapped.length - 1)),
    flapped_at_ms: flapped,
  };
}
