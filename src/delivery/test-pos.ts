import type { Capabilities } from '#contract/capabilities.ts';
import type { PosConnector, PosWrite, PosWritten } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { ReadBack, ReadOutcome, WriteOutcome } from '#contract/outcome.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import type { FakeClock } from '#test/fake-clock.ts';

/** A POS that can be asked for references, whose late writes land within 40 s. */
export const readable: Capabilities = {
  appendRounds: true,
  readTables: true,
  readOrders: true,
  markPaid: true,
  sendMessage: true,
  applyCard: true,
  loyaltyMenu: false,
  createDedupe: 'none',
  dedupeWindowMs: null,
  readBack: 'reference',
  readLagMs: 0,
  lateArrivalMs: 40_000,
  attemptDeadlineMs: 20_000,
  writeConcurrency: 1,
  sumMustMatch: true,
};
/** A POS that cannot be asked, and refuses a second create of an open order. */
export const remembering: Capabilities = {
  ...readable,
  createDedupe: 'open-only',
  dedupeWindowMs: 300_000,
  readBack: 'none',
  lateArrivalMs: 30_000,
};
/** A POS of which nothing can be learnt after the fact. */
export const mute: Capabilities = { ...readable, readBack: 'none' };

export const applied: WriteOutcome<PosWritten> = {
  kind: 'applied',
  value: { posRef: 'pos-1', joined: false, packageRef: 'package-1', order: null },
  repeated: false,
};
export const locked: WriteOutcome<PosWritten> = {
  kind: 'locked',
  error: posError('order-locked', 'open at a terminal'),
  heldBy: 'Till 2',
};
export function notApplied(code: PosErrorCode = 'pos-busy', answered = true): WriteOutcome<PosWritten> {
  return { kind: 'not-applied', error: posError(code, 'not now'), answered };
}
export function refused(code: PosErrorCode = 'not-possible'): WriteOutcome<PosWritten> {
  return { kind: 'refused', error: posError(code, 'never') };
}
export function unknown(answered = true): WriteOutcome<PosWritten> {
  return { kind: 'unknown', error: posError('bad-answer', 'half an answer'), answered };
}
export const absent: ReadOutcome<ReadBack<PosWritten>> = { kind: 'read', value: { kind: 'absent' } };
export const present: ReadOutcome<ReadBack<PosWritten>> = {
  kind: 'read',
  value: { kind: 'present', value: { posRef: 'pos-1', joined: false, packageRef: 'package-1', order: null } },
};
export const unread: ReadOutcome<ReadBack<PosWritten>> = {
  kind: 'failed',
  error: posError('pos-offline', 'silence'),
  answered: true,
};

/** One call the scripted POS got. `sinceMs` counts from the world's start. */
type Call = {
  readonly op: 'send' | 'read';
  readonly sinceMs: number;
  readonly locationId: string;
  readonly write: PosWrite;
};
/** A POS that records what it is asked and answers what the test says. */
export function makeScriptedPos(clock: FakeClock, startMs: number, capabilities: Capabilities) {
  const calls: Call[] = [];
  const flying = new Map<string, number>();
  const most = new Map<string, number>();
  let send = (_write: PosWrite, _signal: AbortSignal): Promise<WriteOutcome<PosWritten>> =>
    Promise.resolve(applied);
  let read = (_write: PosWrite): Promise<ReadOutcome<ReadBack<PosWritten>>> => Promise.resolve(absent);

  let readOrder = (): Promise<ReadOutcome<PosOrder>> =>
    Promise.reject(new Error('delivery reads no orders by itself'));

  function connectorAt(locationId: string): PosConnector {
    const ask = async (write: PosWrite, signal: AbortSignal): Promise<WriteOutcome<PosWritten>> => {
      calls.push({ op: 'send', sinceMs: clock.nowMs() - startMs, locationId, write });
      const now = (flying.get(locationId) ?? 0) + 1;
      flying.set(locationId, now);
      most.set(locationId, Math.max(now, most.get(locationId) ?? 0));
      try {
        return await send(write, signal);
      } finally {
        flying.set(locationId, (flying.get(locationId) ?? 0) - 1);
      }
    };
    const never = () => Promise.reject(new Error('delivery reads no menus'));
    // The outcome's value is whatever the script says; delivery hands it on unread.
    const connector = {
      capabilities,
      readMenu: never,
      readModifierGroups: never,
      readStatus: never,
      readAvailability: never,
      readTables: never,
      readOrder: () => readOrder(),
      placeRound: ask,
      markPaid: ask,
      sendMessage: ask,
      applyCard: ask,
      ...(capabilities.readBack === 'none'
        ? {}
        : {
            readBack(write: PosWrite) {
              calls.push({ op: 'read', sinceMs: clock.nowMs() - startMs, locationId, write });
              return read(write);
            },
          }),
    };
    return connector as unknown as PosConnector;
  }

  return {
    calls,
    connectorAt,
    sentAt: () => calls.filter((call) => call.op === 'send').map((call) => call.sinceMs),
    readAt: () => calls.filter((call) => call.op === 'read').map((call) => call.sinceMs),
    /** The most writes that were in flight at one location at one time. */
    mostInFlight: (locationId: string) => most.get(locationId) ?? 0,
    onSend(act: typeof send) {
      send = act;
    },
    onRead(act: typeof read) {
      read = act;
    },
    /** What a person's answer is compared with. */
    onReadOrder(act: typeof readOrder) {
      readOrder = act;
    },
  };
}
