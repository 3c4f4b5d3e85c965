import type { WriteKind, WriteState } from '#domain/write.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { PosWrite } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { PosError, PosErrorCode } from '#contract/errors.ts';
import type { ReadBack, ReadOutcome, WriteOutcome } from '#contract/outcome.ts';
import { retryDelayMs } from '#contract/schedule.ts';

/** Pause between two reads of a write whose outcome is unknown. */
export const readBackEveryMs = 3_000;
/** Reads of a write in error go on this slowly: it closes itself when the POS shows the effect. */
export const errorReadEveryMs = 60_000;
/** Reads that must agree on absence, after the POS had time to finish a late write. */
const absencesNeeded = 2;
/** A claimed write is sent within this time or not at all: its claimer may have been stopped, and another may have taken over. */
export const sendWithinMs = 3_000;

/** Of a write, see `WriteFacts.joins`. */
export function joinsOrder(payload: PosWrite): boolean {
  return payload.kind === 'create-order' && payload.openOrder === 'join';
}

/** What is known of a write when one of its steps has ended. */
export type WriteFacts = {
  readonly kind: WriteKind;
  readonly state: WriteState;
  /** A create that becomes part of the table's open order, where there is one. */
  readonly joins: boolean;
  /** The attempt that has ended included. */
  readonly attemptsUsed: number;
  readonly absences: number;
  /** When the first send went out that may be in the POS unseen, repeated by every send since; null: there is none. */
  readonly doubtSinceMs: number | null;
  readonly lastSentAtMs: number;
  /** Null: the worker that sent it died, nobody saw the end. */
  readonly lastEndedAtMs: number | null;
  /** After this instant the write is no longer wanted (messages); null: never. */
  readonly expiresAtMs: number | null;
  /** Why the last attempt failed, when a reading decides. */
  readonly error: PosError | null;
};

/** Where the location stands when a step's end is saved. */
export type PlaceFacts = {
  readonly readOnly: boolean;
  /** A status check after this very attempt found the location unusable, so the attempt was no failure of the write. */
  readonly blocked: boolean;
};

type RestingState = 'locked' | 'backing-off';

/** Where a write goes next. `dueAtMs` counts for states that have a next step. */
export type Decision = {
  readonly state: Exclude<WriteState, 'sending' | 'queued'>;
  readonly dueAtMs: number;
  readonly attemptsUsed: number;
  readonly absences: number;
  readonly doubtSinceMs: number | null;
  readonly error: PosError | null;
  readonly heldBy: string | null;
  /** With `waiting`: the state it goes back to when the location returns. */
  readonly waitingFrom: RestingState | null;
};

/** Reasons that speak of the location and not of the write: its status is checked before anything is decided. */
const locationCodes: readonly PosErrorCode[] = [
  'auth-failed',
  'pos-offline',
  'shift-too-long',
  'store-closed',
  'wrong-restaurant',
];

/** Whether an attempt's end asks for a status check at once. */
export function mustCheckLocation(outcome: WriteOutcome<unknown>): boolean {
  if (outcome.kind !== 'not-applied' && outcome.kind !== 'unknown') return false;
  return !outcome.answered || locationCodes.includes(outcome.error.code);
}

/**
 * What follows an attempt. Pure: every branch of delivery's rules after a send is here. Schedules count from the end of the
 * attempt.
 */
export function decideAfterSend(
  facts: WriteFacts,
  outcome: WriteOutcome<unknown>,
  capabilities: Capabilities,
  place: PlaceFacts,
): Decision {
  const same = startOf(facts, endOf(facts, capabilities));
  switch (outcome.kind) {
    case 'applied':
      return { ...same, state: 'delivered', doubtSinceMs: null };
    case 'refused':
      // A refusal says nothing of the send that this one repeats: that one may be in the POS.
      return facts.doubtSinceMs === null
        ? { ...same, state: 'refused', error: outcome.error }
        : { ...same, state: 'error', error: unknownOutcome(outcome.error) };
    case 'locked': {
      const next = onSchedule(facts, capabilities, { state: 'locked', error: outcome.error });
      return whileReadOnly({ ...next, heldBy: outcome.heldBy ?? null }, place.readOnly);
    }
    case 'not-applied': {
      const next = place.blocked
        ? // An unreachable POS is not a failed attempt: the write waits for the location and loses nothing.
          {
            ...same,
            state: 'backing-off' as const,
            attemptsUsed: facts.attemptsUsed - 1,
            error: outcome.error,
          }
        : onSchedule(facts, capabilities, { state: 'backing-off', error: outcome.error });
      return whileReadOnly(next, place.readOnly);
    }
    case 'unknown':
      return whileReadOnly(afterUnknown(facts, outcome.error, capabilities), place.readOnly);
  }
}

/** What follows a read back, in `unconfirmed` and in `error`. `startedAtMs`: absence is as old as the question. Pure. */
export function decideAfterReadBack(
  facts: WriteFacts,
  read: ReadOutcome<ReadBack<unknown>>,
  capabilities: Capabilities,
  when: { readonly startedAtMs: number; readonly nowMs: number; readonly readOnly: boolean },
): Decision {
  const inError = facts.state === 'error';
  const stay: Decision = {
    ...startOf(facts, when.nowMs + (inError ? errorReadEveryMs : readBackEveryMs)),
    state: inError ? 'error' : 'unconfirmed',
    error: facts.error,
  };
  // Only a worker's death leaves such a write unconfirmed; no read will ever move it.
  if (!inError && capabilities.readBack === 'none') {
    const died = posError('unknown-outcome', 'the worker that sent it died before the answer');
    return whileReadOnly(afterUnknown(facts, facts.error ?? died, capabilities), when.readOnly);
  }
  if (read.kind === 'failed') return stay;
  switch (read.value.kind) {
    case 'present':
      return { ...stay, state: 'delivered', doubtSinceMs: null, error: null };
    case 'impossible': {
      const { error } = read.value;
      // Part of it is there and the rest will not follow: neither done nor refused, so a person is asked.
      if (error.code === 'unknown-outcome') return { ...stay, state: 'error', error };
      return { ...stay, state: 'refused', error: lacksPaidLines(facts, error) ? facts.error : error };
    }
    case 'absent':
      // Before the POS had time to finish a late write, absence proves nothing.
      if (inError || when.startedAtMs < settledAtMs(facts, capabilities)) return stay;
      return facts.absences + 1 < absencesNeeded
        ? { ...stay, absences: facts.absences + 1 }
        : whileReadOnly(resend(facts, capabilities, when.nowMs), when.readOnly);
  }
}

/** The till closed the order without a round that this payment was for: that it did is why the payment ends, and not what is wrong. */
function lacksPaidLines(facts: WriteFacts, seen: PosError): boolean {
  return facts.error?.code === 'paid-lines-not-in-pos' && seen.code === 'order-closed';
}

/**
 * A repeat of a send whose outcome is unknown may have waited since it was planned. Why it is no longer safe to send, because
 * the POS may have forgotten our reference; undefined: send it.
 */
export function whyNotRepeat(
  facts: Pick<WriteFacts, 'kind' | 'joins' | 'doubtSinceMs'>,
  capabilities: Capabilities,
  nowMs: number,
): PosError | undefined {
  return facts.doubtSinceMs === null || isRemembered(facts, capabilities, nowMs)
    ? undefined
    : posError('unknown-outcome', 'the POS may have forgotten our reference, so it is not sent again');
}

/** D5: the first instant at which absence counts: whatever was sent has been applied by then or never will be. */
export function settledAtMs(
  facts: Pick<WriteFacts, 'lastSentAtMs' | 'lastEndedAtMs'>,
  capabilities: Capabilities,
): number {
  const lastByteMs = Math.max(
    facts.lastSentAtMs + capabilities.attemptDeadlineMs,
    endOf(facts, capabilities),
  );
  return lastByteMs + capabilities.lateArrivalMs + capabilities.readLagMs;
}

/** D4: where a POS can be asked, it is, at once. Where it only remembers our reference, a repeat of the same one asks; else a person does. */
function afterUnknown(facts: WriteFacts, error: PosError, capabilities: Capabilities): Decision {
  const endedAtMs = endOf(facts, capabilities);
  if (capabilities.readBack !== 'none')
    return { ...startOf(facts, endedAtMs), state: 'unconfirmed', absences: 0, error };
  const delayMs = retryDelayMs(facts.kind, facts.attemptsUsed);
  const doubtSinceMs = facts.doubtSinceMs ?? facts.lastSentAtMs;
  const dueAtMs = Math.max(settledAtMs(facts, capabilities), endedAtMs + (delayMs ?? 0));
  return delayMs !== undefined && isRemembered({ ...facts, doubtSinceMs }, capabilities, dueAtMs)
    ? { ...startOf(facts, dueAtMs), state: 'backing-off', doubtSinceMs, error }
    : { ...startOf(facts, endedAtMs), state: 'error', doubtSinceMs, error: unknownOutcome(error) };
}

/** Certainly not in the POS: sent again now or at its schedule's slot, whichever is later. Uses one of its attempts. */
function resend(facts: WriteFacts, capabilities: Capabilities, nowMs: number): Decision {
  const error = facts.error ?? posError('bad-answer', 'the answer was lost, and the POS does not have it');
  const next = { ...facts, doubtSinceMs: null, absences: 0 };
  return onSchedule(next, capabilities, { state: 'backing-off', error, notBeforeMs: nowMs });
}

/** The schedule's next slot, or what ends it: exhausted, no longer wanted, or no longer safe to repeat. */
function onSchedule(
  facts: WriteFacts,
  capabilities: Capabilities,
  next: { readonly state: RestingState; readonly error: PosError; readonly notBeforeMs?: number },
): Decision {
  const delayMs = retryDelayMs(facts.kind, facts.attemptsUsed);
  const endedAtMs = endOf(facts, capabilities);
  const dueAtMs = Math.max(endedAtMs + (delayMs ?? 0), next.notBeforeMs ?? 0);
  const same = startOf(facts, dueAtMs);
  const inDoubt = facts.doubtSinceMs !== null;
  if (!inDoubt && facts.expiresAtMs !== null && dueAtMs > facts.expiresAtMs)
    return { ...same, state: 'refused', error: expired };
  if (inDoubt && (delayMs === undefined || !isRemembered(facts, capabilities, dueAtMs)))
    return { ...same, dueAtMs: endedAtMs, state: 'error', error: unknownOutcome(next.error) };
  return { ...same, state: delayMs === undefined ? 'error' : next.state, error: next.error };
}

export const expired: PosError = posError('write-expired', 'not delivered while it was wanted');

/**
 * D6: whether a repeat sent at `atMs` still meets the POS's memory of the first send. A tenth of the window and one deadline are
 * kept off its end: the repeat must arrive inside it, and clocks differ.
 */
function isRemembered(
  facts: Pick<WriteFacts, 'kind' | 'joins' | 'doubtSinceMs'>,
  capabilities: Capabilities,
  atMs: number,
): boolean {
  const { createDedupe, dedupeWindowMs } = capabilities;
  // A key replays whatever was sent under it; the other two only tell a second create of an order.
  const covers =
    createDedupe === 'key'
      ? facts.kind === 'create-order' || facts.kind === 'append-round'
      : createDedupe !== 'none' && facts.kind === 'create-order';
  if (!covers || facts.doubtSinceMs === null) return false;
  // It may have joined another order of ours, whose payment closes it before its window is over.
  if (createDedupe === 'open-only' && facts.joins) return false;
  if (dedupeWindowMs === null) return true;
  const usableMs = dedupeWindowMs - capabilities.attemptDeadlineMs - dedupeWindowMs / 10;
  return atMs - facts.doubtSinceMs < usableMs;
}

/** While read-only nothing rests on a schedule: the write waits and keeps its instant. */
function whileReadOnly(decision: Decision, readOnly: boolean): Decision {
  if (!readOnly || (decision.state !== 'locked' && decision.state !== 'backing-off')) return decision;
  return { ...decision, state: 'waiting', waitingFrom: decision.state };
}

/** The end of the last send; where nobody saw it, the latest it can have been. */
function endOf(
  facts: Pick<WriteFacts, 'lastSentAtMs' | 'lastEndedAtMs'>,
  capabilities: Capabilities,
): number {
  return facts.lastEndedAtMs ?? facts.lastSentAtMs + sendWithinMs + capabilities.attemptDeadlineMs;
}

function startOf(facts: WriteFacts, dueAtMs: number) {
  return {
    dueAtMs,
    attemptsUsed: facts.attemptsUsed,
    absences: facts.state === 'sending' ? 0 : facts.absences,
    doubtSinceMs: facts.doubtSinceMs,
    error: null,
    heldBy: null,
    waitingFrom: null,
  };
}

function unknownOutcome(error: PosError): PosError {
  return posError('unknown-outcome', error.detail, error.vendorCode);
}
