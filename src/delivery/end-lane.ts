import { posError } from '#contract/errors.ts';
import type { WriteRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { changeWrite, endRestOfLane, listRoundsBehind } from '#store/writes.ts';
import { mayBeThere } from './freshness.ts';
import { reconcileMove } from './reconcile.ts';
import type { Ended, StepDeps } from './step.ts';

type Told = Ended & { readonly detail: string };

/** All that hangs on a write's move, in its transaction. `write.state` is where it came from. */
export async function tellMove(
  deps: Pick<StepDeps, 'clock' | 'ended' | 'moved'>,
  tx: Tx,
  write: WriteRow,
  { decision, value, detail }: Told,
): Promise<void> {
  await deps.ended(tx, write, { decision, value });
  await reconcileMove(tx, write, decision, deps.clock.nowMs());
  if (write.state !== decision.state) await deps.moved(tx, write, decision.state, detail);
  const why = whyRoundsAreLeft(write, decision);
  if (why !== undefined) await endNextRound(deps, tx, write, why);
}

type WhyLeft = 'order-closed' | 'order-moved';

/** The order is closed in the POS, or gone from where its guests sit: no round behind can get onto it any more. */
function whyRoundsAreLeft({ kind }: WriteRow, { state, error }: Ended['decision']): WhyLeft | undefined {
  if (kind === 'mark-paid') return state === 'delivered' ? 'order-closed' : undefined;
  if (state !== 'refused') return undefined;
  if (error?.code === 'order-moved') return 'order-moved';
  return error?.code === 'order-closed' || error?.code === 'order-unknown' ? 'order-closed' : undefined;
}

/**
 * The POS would refuse the rounds behind one after the other, and whoever orders at the table meanwhile would get before them. So
 * they end with their order: each takes the next one along, and they start anew together, as they were taken.
 */
async function endNextRound(
  deps: Pick<StepDeps, 'clock' | 'ended' | 'moved'>,
  tx: Tx,
  write: WriteRow,
  why: WhyLeft,
): Promise<void> {
  const [next] = await listRoundsBehind(tx, write);
  // What is with a person stays there, and so does what stands behind it.
  if (next === undefined || next.state === 'error' || next.lease_until_ms !== null) return;
  // Lanes that became one have more than one write that was sent. What may be on the order is asked about, and ended by what is seen.
  if (isInDoubt(next)) return;
  // Orders of two tables that became one: it was moved from one of them only.
  if (why === 'order-moved' && tableOf(next) !== tableOf(write)) return;
  const error = posError(
    why,
    why === 'order-moved' ? 'the order was moved before it' : 'the order was closed before it',
  );
  const { code: error_code, detail: error_detail } = error;
  const nowMs = deps.clock.nowMs();
  await changeWrite(tx, next, {
    state: 'refused',
    waiting_from: null,
    due_at_ms: nowMs,
    error_code,
    error_detail,
    changed_at_ms: nowMs,
  });
  const decision = { state: 'refused', error } as const;
  await tellMove(deps, tx, next, { decision, value: undefined, detail: error.detail });
}

function tableOf({ payload }: WriteRow): string | undefined {
  return 'tableRef' in payload ? payload.tableRef : undefined;
}

function isInDoubt({ doubt_since_ms, state }: WriteRow): boolean {
  return doubt_since_ms !== null || state === 'unconfirmed';
}

/** D13: a round that was refused for good lets its lane go on, and takes along what makes no sense without it. */
export async function endLane(
  deps: Pick<StepDeps, 'clock' | 'ended' | 'moved'>,
  tx: Tx,
  write: WriteRow,
  detail: string,
): Promise<void> {
  const { rest, code } = await endRestOfLane(tx, write, detail, deps.clock.nowMs());
  for (const next of rest)
    await tellMove(deps, tx, next, {
      decision: { state: stateBehind(next), error: posError(code, detail) },
      value: undefined,
      detail,
    });
}

/**
 * The end of a round its own guest no longer wants, whose order is already locked: nothing of it starts anew. What may be in the
 * POS already cannot be withdrawn, so a person is asked.
 */
export async function endUnwanted(tx: Tx, write: WriteRow, nowMs: number): Promise<void> {
  if (write.doubt_since_ms !== null) {
    const { code, detail } = mayBeThere;
    const error = { error_code: code, error_detail: detail };
    await changeWrite(tx, write, { state: 'error', ...error, due_at_ms: nowMs, changed_at_ms: nowMs });
    await reconcileMove(tx, write, { state: 'error', error: mayBeThere }, nowMs);
    return;
  }
  await changeWrite(tx, write, { state: 'cancelled', changed_at_ms: nowMs });
  const detail = 'the round before it was withdrawn';
  const { rest, code } = await endRestOfLane(tx, write, detail, nowMs);
  for (const next of rest)
    await reconcileMove(tx, next, { state: stateBehind(next), error: posError(code, detail) }, nowMs);
}

/** Money that was taken is never dropped without a word. */
function stateBehind(next: WriteRow): 'error' | 'refused' {
  return next.kind === 'mark-paid' ? 'error' : 'refused';
}
