import type { PosWrite } from '#contract/connector.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import type { CallOf } from './network.ts';

/** Waits of the seeds' two schedules, written out once more here: what is checked must not be read from what is checked. */
const schedulesMs = {
  round: [5_000, 10_000, 20_000, 40_000, 80_000],
  'mark-paid': [60_000, 120_000, 180_000, 240_000, 300_000],
} as const;
/** How late a retry may begin on a store that answers in milliseconds. */
const latenessMsMax = 250;
/** Processes read the database's clock to half a transaction: one may take for due what another, which failed it, does not yet. */
const clocksApartMs = 2;
/** A process that was stopped with a claim in its hand sent nothing, and its claim is an attempt: the next follows within this. */
const unseenMsMax = 60_000;
const locationCodes: readonly string[] = ['auth-failed', 'pos-offline', 'shift-too-long', 'wrong-restaurant'];

export type Begun = {
  readonly process: string;
  readonly locationId: string;
  readonly step: 'send' | 'read-back';
  readonly write: PosWrite;
  readonly signal: AbortSignal;
  readonly startedAtMs: number;
};

export type Schedule = { exact: number; excused: number; readonly wrong: string[] };

type Lane = {
  /** Attempts that count against the schedule, the last one included; null: nobody outside can tell any more. */
  counted: number | null;
  lastEndedAtMs: number;
  last: 'definite' | 'blocked' | 'other';
  /** The attempt that counts now. */
  of: Begun | null;
  /** Attempts before the first one that was seen may count as well. */
  mayHideSome: boolean;
  /** The process that is asked to check the location before this failure counts. */
  checkedBy: string | null;
};

/**
 * Looks at the boundary between delivery and the connectors: which attempts are under way, and whether each retry begins on its
 * schedule. What may hold a retry up (a location that is read-only, another write in its place, a dead process) is seen from
 * outside as well.
 */
export class Watch {
  readonly schedule: Schedule = { exact: 0, excused: 0, wrong: [] };
  readonly #nowMs: () => number;
  readonly #bySignal = new Map<AbortSignal, Begun>();
  readonly #running = new Map<string, Begun>();
  readonly #lanes = new Map<string, Lane>();
  readonly #readOnly = new Set<string>();
  /** When what last held up a location's writes ended: a write under way, or a time of being read-only. */
  readonly #heldUpAtMs = new Map<string, Map<string, number>>();
  readonly #answeredAtMs = new Map<string, number>();
  #disturbedAtMs = Number.NEGATIVE_INFINITY;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The attempt that a call with this signal belongs to, or else the one under way at the location. */
  callOf(process: string, locationId: string, signal: AbortSignal): CallOf {
    return this.#bySignal.get(signal) ?? this.#running.get(`${process} ${locationId}`) ?? null;
  }

  attemptAt(process: string, locationId: string, signal: AbortSignal): Begun | undefined {
    return this.#bySignal.get(signal) ?? this.#running.get(`${process} ${locationId}`);
  }

  flipped(locationId: string, to: 'online' | 'read-only'): void {
    if (to === 'read-only') this.#readOnly.add(locationId);
    else this.#readOnly.delete(locationId);
    this.#heldUp(locationId, 'read-only');
  }

  get isAnyReadOnly(): boolean {
    return this.#readOnly.size > 0;
  }

  /** A status check that a failed attempt asked for: when it fails too, the attempt was no failure of the write. */
  checked(process: string, locationId: string, online: boolean): void {
    // Nothing is decided before it, and what asked for it, a read back as well, keeps its place at the location until then.
    this.#heldUp(locationId, 'check');
    for (const lane of this.#lanes.values()) {
      if (lane.checkedBy !== `${process} ${locationId}`) continue;
      lane.checkedBy = null;
      if (online) continue;
      lane.last = 'blocked';
      if (lane.counted !== null) lane.counted -= 1;
    }
  }

  #heldUp(locationId: string, by: string): void {
    const holders = this.#heldUpAtMs.get(locationId) ?? new Map<string, number>();
    this.#heldUpAtMs.set(locationId, holders.set(by, this.#nowMs()));
  }

  /** A guest said that a stale round is still wanted: it was held up until then. */
  answered(roundId: string): void {
    this.#answeredAtMs.set(roundId, this.#nowMs());
  }

  /** A person has it sent once more: what was counted until then is over. */
  startsAnew(reference: string): void {
    for (const key of this.#lanes.keys()) if (key.split(' ', 1)[0] === reference) this.#lanes.delete(key);
  }

  /** A process was stopped: others may take its writes over, and whether its attempts count depends on who was first. */
  stopped(process: string): void {
    for (const lane of this.#lanes.values())
      if (lane.of?.process === process) Object.assign(lane, { of: null, counted: null, last: 'other' });
  }

  /** The end that was seen here was never saved: another worker took the write over first, and to it nobody saw how it ended. */
  takenOver(write: PosWrite): void {
    const lane = this.#lanes.get(keyOfWrite(write));
    if (lane !== undefined && lane.last !== 'other')
      Object.assign(lane, { of: null, counted: null, last: 'other' });
  }

  /** A process died or was stopped, or the store faltered: nobody can be on time. */
  disturbed(untilMs: number): void {
    this.#disturbedAtMs = Math.max(this.#disturbedAtMs, untilMs);
  }

  begin(attempt: Omit<Begun, 'startedAtMs'>): Begun {
    const begun = { ...attempt, startedAtMs: this.#nowMs() };
    this.#bySignal.set(attempt.signal, begun);
    this.#running.set(`${attempt.process} ${attempt.locationId}`, begun);
    const key = keyOfWrite(begun.write);
    if (attempt.step === 'read-back') {
      // Somebody asks what became of the last send: whatever a stopped process says of it later no longer counts.
      const lane = this.#lanes.get(key);
      // Asked about what was never seen to be sent: a claim whose answer was lost, which counts as an attempt.
      const counted = lane?.last === 'other' ? lane.counted : null;
      this.#lanes.set(key, {
        counted,
        lastEndedAtMs: 0,
        last: 'other',
        checkedBy: lane?.checkedBy ?? null,
        mayHideSome: lane?.mayHideSome ?? false,
        of: null,
      });
    } else {
      this.#judge(begun);
      const before = this.#lanes.get(key);
      const counted = before === undefined ? 1 : before.counted === null ? null : before.counted + 1;
      // Until its end is seen nothing is certain; a dead process never shows it.
      const mayHideSome = before?.mayHideSome ?? this.#disturbedAtMs >= begun.startedAtMs - unseenMsMax;
      this.#lanes.set(key, {
        counted,
        mayHideSome,
        lastEndedAtMs: 0,
        last: 'other',
        checkedBy: null,
        of: begun,
      });
    }
    return begun;
  }

  #judge(begun: Begun): void {
    const key = keyOfWrite(begun.write);
    const lane = this.#lanes.get(key);
    if (lane === undefined || lane.counted === null || lane.last === 'other') return;
    const isPayment = begun.write.kind === 'mark-paid';
    const waits = schedulesMs[isPayment ? 'mark-paid' : 'round'];
    const afterMs = begun.startedAtMs - lane.lastEndedAtMs;
    const waitMs = lane.last === 'blocked' ? 0 : waits[lane.counted - 1];
    const what = `${begun.write.kind} at ${begun.locationId}, attempt ${lane.counted + 1}: ${afterMs} ms after the last, not ${waitMs} (${key}, at ${begun.startedAtMs})`;
    const hidden = lane.mayHideSome
      ? waits.slice(lane.counted).findIndex((later) => isOnTime(afterMs, later))
      : -1;
    if (waitMs === undefined || afterMs < waitMs - clocksApartMs)
      this.schedule.wrong.push(`too early or too many: ${what}`);
    else if (isOnTime(afterMs, waitMs)) this.schedule.exact += 1;
    else if (this.#isExcused(begun, key, lane.lastEndedAtMs + waitMs)) this.schedule.excused += 1;
    else if (hidden >= 0) {
      this.schedule.exact += 1;
      lane.counted += hidden + 1;
      lane.mayHideSome = false;
    } else this.schedule.wrong.push(`too late: ${what}`);
  }

  /** Something else held the location, or all of us, up at the instant the retry was due, and it began as soon as that was over. */
  #isExcused(begun: Begun, key: string, dueAtMs: number): boolean {
    if (this.#disturbedAtMs >= dueAtMs) return true;
    const holders = this.#heldUpAtMs.get(begun.locationId) ?? new Map<string, number>();
    const ends = [...holders].flatMap(([by, atMs]) => (by === key ? [] : atMs));
    const untilMs = Math.max(...ends, this.#answeredAtMs.get(roundOf(begun.write)) ?? 0);
    return untilMs >= dueAtMs && begun.startedAtMs <= untilMs + latenessMsMax;
  }

  end<Value>(begun: Begun, value: Value): Value {
    if (begun.step !== 'send') return value;
    const outcome = value as WriteOutcome<unknown>;
    const key = keyOfWrite(begun.write);
    const lane = this.#lanes.get(key);
    if (lane?.of !== begun) return value;
    if (outcome.kind === 'refused' || outcome.kind === 'applied') this.#lanes.delete(key);
    const isDefinite = outcome.kind === 'locked' || outcome.kind === 'not-applied';
    lane.last = isDefinite ? 'definite' : 'other';
    lane.lastEndedAtMs = this.#nowMs();
    const asksForCheck =
      outcome.kind === 'not-applied' && (!outcome.answered || locationCodes.includes(outcome.error.code));
    lane.checkedBy = asksForCheck ? `${begun.process} ${begun.locationId}` : null;
    return value;
  }

  over(begun: Begun): void {
    this.#bySignal.delete(begun.signal);
    const at = `${begun.process} ${begun.locationId}`;
    if (this.#running.get(at) === begun) this.#running.delete(at);
    // Whatever waited for this one's place may be late by it.
    this.#heldUp(begun.locationId, keyOfWrite(begun.write));
  }
}

function isOnTime(afterMs: number, waitMs: number): boolean {
  return afterMs >= waitMs - clocksApartMs && afterMs <= waitMs + latenessMsMax;
}

function roundOf(write: PosWrite): string {
  return 'roundReference' in write ? write.roundReference : '';
}

function keyOfWrite(write: PosWrite): string {
  switch (write.kind) {
    case 'create-order':
    case 'append-round':
      // A round that starts anew on another order starts its schedule anew.
      return `${write.roundReference} ${write.orderReference}`;
    case 'mark-paid':
      return write.paymentReference;
    case 'send-message':
      return write.messageReference;
    case 'apply-card':
      return `${write.posRef} ${write.cardCode}`;
  }
}
