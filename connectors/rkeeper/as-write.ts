import { posError } from '#contract/errors.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import { deadline } from '#domain/time.ts';
import type { Call, OperationName } from './client.ts';
import { checkRestaurant } from './get-restaurant-status.ts';
import { manifest } from './manifest.ts';
import { beforeTheWrite } from './map-error.ts';
import type { Site } from './site.ts';
import type { Turn } from './write-line.ts';

export type WriteCall = Call & { readonly turn: Turn };

/** A part of a write: go on with a value, or the write has ended. */
export type Step<Value, Ended = never> =
  | { readonly kind: 'on'; readonly value: Value }
  | { readonly kind: 'end'; readonly outcome: WriteOutcome<Ended> };

/** Runs one write: in its turn, within the attempt deadline, toward the configured restaurant only. */
export async function asWrite<Value>(
  site: Site,
  operation: OperationName,
  from: { readonly signal: AbortSignal; readonly posRef?: string | null },
  act: (call: WriteCall) => Promise<WriteOutcome<Value>>,
): Promise<WriteOutcome<Value>> {
  const limit = deadline(site.clock, manifest.capabilities.attemptDeadlineMs, from.signal);
  try {
    const outcome = await site.writes.inTurn(limit.signal, async (turn) => {
      const call: WriteCall = {
        operation,
        signal: limit.signal,
        turn,
        ...(typeof from.posRef === 'string' ? { posRef: from.posRef } : {}),
      };
      const failure = await checkRestaurant(site, call);
      return failure === undefined ? act(call) : beforeTheWrite(failure);
    });
    return (
      outcome ?? {
        kind: 'not-applied',
        error: posError('pos-busy', 'an earlier write of this location was still under way'),
        answered: false,
      }
    );
  } finally {
    limit.done();
  }
}

export function on<Value>(value: Value): Step<Value> {
  return { kind: 'on', value };
}

export function end<Ended>(outcome: WriteOutcome<Ended>): Step<never, Ended> {
  return { kind: 'end', outcome };
}
