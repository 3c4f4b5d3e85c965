import { posError } from '#contract/errors.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import { deadline } from '#domain/time.ts';
import type { Call } from './client.ts';
import { beforeTheWrite, failureOf } from './map-error.ts';
import { configured, freshGuid, orderTag } from './site.ts';
import type { Site } from './site.ts';
import type { Turn } from './write-line.ts';

/**
 * Sixty seconds, counted from Delphi's zero date. The schema asks for `00:01:00`; servers accept that, answer Ok and lock
 * nothing (RK7 XML interface, LockOrder, seen on 7.26.8).
 */
const lockTime = '1899-12-30T00:01:00';
const noTime = '1899-12-30T00:00:00';
/** Letting go has its own time: an attempt that used up its own must not leave staff in front of a locked order. */
const lockReleaseMs = 3_000;

/**
 * Runs `act` while the order is locked with a key of this attempt alone, and lets go on every ending.
 *
 * The key is fresh for every attempt: a late command of an earlier attempt then meets another key and is refused, instead of
 * slipping in beside the attempt that replaced it.
 */
export async function underLock<Value>(
  site: Site,
  posRef: string,
  call: Call & { readonly turn: Turn },
  act: (lockguid: string) => Promise<WriteOutcome<Value>>,
): Promise<WriteOutcome<Value>> {
  const lockguid = freshGuid(site);
  const reply = await site.client.send(
    {
      command: 'LockOrder',
      attributes: { lockTime, lockguid },
      children: [
        orderTag(posRef),
        // Named so that the till shows who holds the order.
        configured(site, 'Station', 'station'),
        configured(site, 'Employee', 'waiter'),
      ],
    },
    call,
  );
  const failure = reply.kind === 'ok' ? undefined : failureOf(reply, site.settings);
  // A POS that refused the lock holds nothing of ours; after anything less certain it may.
  if (failure !== undefined && failure.kind !== 'unknown') return beforeTheWrite(failure);
  try {
    if (failure !== undefined) return beforeTheWrite(failure);
    // `Status="Ok"` alone proves nothing: only the attribute tells that the lock is set.
    const held = reply.kind === 'ok' && /^(?:1|true)$/.test(reply.data.attributes['locked'] ?? '');
    if (!held) {
      return {
        kind: 'not-applied',
        error: posError('bad-answer', 'LockOrder answered Ok without locking'),
        answered: true,
      };
    }
    return await act(lockguid);
  } finally {
    const released = release(site, posRef, lockguid, call);
    if (call.signal.aborted) call.turn.holdFor(released);
    else await released;
  }
}

/** A failure to let go never changes the outcome: the lock ends by itself within its minute. */
async function release(site: Site, posRef: string, lockguid: string, call: Call): Promise<void> {
  const limit = deadline(site.clock, lockReleaseMs);
  try {
    await site.client.send(
      {
        command: 'LockOrder',
        attributes: { lockTime: noTime, lockguid },
        children: [orderTag(posRef)],
      },
      { operation: call.operation, signal: limit.signal, posRef },
    );
  } finally {
    limit.done();
  }
}
