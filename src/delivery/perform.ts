import type { Clock, Timer } from '#domain/time.ts';
import { deadline } from '#domain/time.ts';
import type { PosConnector, PosWrite, PosWritten } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { ReadBack, ReadOutcome, WriteOutcome } from '#contract/outcome.ts';

/** A connector ends with its deadline's signal. One that does not is given up this much later: its lane must not hang. */
const graceMs = 1_000;

/**
 * Asks the POS for one write, within the connector's own attempt deadline. What a connector throws is a bug of ours, and
 * nobody knows what it did before: `unknown`.
 */
export async function performWrite(
  clock: Clock,
  connector: PosConnector,
  write: PosWrite,
): Promise<WriteOutcome<PosWritten>> {
  const ended = await withinDeadline(clock, connector, (signal) => ask(connector, write, signal));
  return ended.kind === 'ended'
    ? ended.value
    : { kind: 'unknown', error: posError('bad-answer', ended.detail), answered: true };
}

function ask(
  connector: PosConnector,
  write: PosWrite,
  signal: AbortSignal,
): Promise<WriteOutcome<PosWritten>> {
  switch (write.kind) {
    case 'create-order':
    case 'append-round':
      return connector.placeRound(write, signal);
    case 'mark-paid':
      return connector.markPaid(write, signal);
    case 'send-message':
      return connector.sendMessage?.(write, signal) ?? notOffered('this POS takes no messages');
    case 'apply-card':
      return connector.applyCard?.(write, signal) ?? notOffered('this POS takes no cards');
  }
}

function notOffered(detail: string): Promise<WriteOutcome<never>> {
  return Promise.resolve({ kind: 'refused', error: posError('not-possible', detail) });
}

export async function performReadBack(
  clock: Clock,
  connector: PosConnector,
  write: PosWrite,
): Promise<ReadOutcome<ReadBack<PosWritten>>> {
  const cannot = {
    kind: 'failed',
    error: posError('unknown-outcome', 'this POS cannot be asked'),
    answered: true,
  } as const;
  const ended = await withinDeadline(
    clock,
    connector,
    (signal) => connector.readBack?.(write, signal) ?? Promise.resolve(cannot),
  );
  return ended.kind === 'ended'
    ? ended.value
    : { kind: 'failed', error: posError('bad-answer', ended.detail), answered: true };
}

type Within<Value> =
  { readonly kind: 'ended'; readonly value: Value } | { readonly kind: 'failed'; readonly detail: string };

async function withinDeadline<Value>(
  clock: Clock,
  connector: PosConnector,
  act: (signal: AbortSignal) => Promise<Value>,
): Promise<Within<Value>> {
  const { attemptDeadlineMs } = connector.capabilities;
  const limit = deadline(clock, attemptDeadlineMs);
  let giveUp: Timer | undefined;
  const overdue = new Promise<Within<Value>>((resolve) => {
    giveUp = clock.after(attemptDeadlineMs + graceMs, () =>
      resolve({ kind: 'failed', detail: 'the connector did not end with its deadline' }),
    );
  });
  // Inside a promise, so that what is thrown before the first await counts as well.
  const acted = Promise.resolve()
    .then(() => act(limit.signal))
    .then(
      (value): Within<Value> => ({ kind: 'ended', value }),
      (error: unknown): Within<Value> => ({
        kind: 'failed',
        detail: `the connector failed: ${String(error)}`,
      }),
    );
  const ended = await Promise.race([acted, overdue]);
  limit.done();
  giveUp?.cancel();
  return ended;
}

/** The write as it must be sent now: the order's reference in the POS may have become known after it was saved. */
export function withPosRef(write: PosWrite, posRef: string | null): PosWrite | undefined {
  switch (write.kind) {
    case 'create-order':
    case 'append-round':
      return { ...write, posRef: posRef ?? write.posRef };
    case 'mark-paid':
    case 'apply-card': {
      const known = posRef ?? write.posRef;
      return known === '' ? undefined : { ...write, posRef: known };
    }
    case 'send-message':
      return write;
  }
}
