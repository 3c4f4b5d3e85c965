import type { PosError } from '#contract/errors.ts';
import { posError } from '#contract/errors.ts';
import type { WriteRow } from '#store/schema.ts';
import { expired } from './decide.ts';

/** How long the guest's phone asks "still want it?", and after it the waiter's view. */
export const guestAnswerMs = 120_000;
export const waiterAnswerMs = 120_000;

/** What becomes of a write that waited longer than it is wanted. Undefined: nothing yet. */
export type Aging =
  | { readonly kind: 'ask'; readonly dueAtMs: number }
  | { readonly kind: 'end'; readonly state: 'refused' | 'error'; readonly error: PosError };

/**
 * Late food is a fault too: a round past its freshness is not sent before somebody says that it is still wanted. A message is
 * dropped, in `error` as well: nobody looks for yesterday's call. Payments and cards never get old. Pure.
 */
export function decideAging(
  write: Pick<
    WriteRow,
    'kind' | 'state' | 'freshness' | 'fresh_until_ms' | 'due_at_ms' | 'asked_at_ms' | 'doubt_since_ms'
  >,
  nowMs: number,
): Aging | undefined {
  if (write.fresh_until_ms === null || write.fresh_until_ms >= nowMs) return undefined;
  const unsent = write.state === 'queued' || write.state === 'locked' || write.state === 'backing-off';
  switch (write.kind) {
    case 'send-message':
      return unsent || write.state === 'waiting' || write.state === 'error'
        ? { kind: 'end', state: 'refused', error: expired }
        : undefined;
    case 'create-order':
    case 'append-round':
      // It is asked when the write could go: before its slot, or while the location is read-only, an answer would change
      // nothing yet. A repeat that would find out what became of a lost answer asks too: it may be what cooks the round.
      if (!unsent || write.freshness === 'wanted' || write.due_at_ms > nowMs) return undefined;
      if (write.freshness === 'fresh')
        return { kind: 'ask', dueAtMs: nowMs + guestAnswerMs + waiterAnswerMs };
      return nowMs < (write.asked_at_ms ?? nowMs) + guestAnswerMs + waiterAnswerMs
        ? undefined
        : { kind: 'end', state: 'error', error: write.doubt_since_ms === null ? unanswered : mayBeThere };
    case 'mark-paid':
    case 'apply-card':
      return undefined;
  }
}

/** Nobody wants it any more, or said so; what went before may be in the POS, which only a person can find out now. */
export const mayBeThere: PosError = posError(
  'unknown-outcome',
  'it may be in the POS, and nobody wants it sent again',
);

const unanswered = posError('write-expired', 'nobody said whether the round is still wanted');
