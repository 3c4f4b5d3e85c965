import type { WriteState } from '#domain/write.ts';
import type { PosError } from '#contract/errors.ts';
import { lockOrder } from '#store/orders.ts';
import type { WriteRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { changeWrite, listAgedWrites, lockWrite } from '#store/writes.ts';
import type { MovedWrite } from '#store/writes.ts';
import { decideAging } from './freshness.ts';
import { endLane, tellMove } from './end-lane.ts';
import type { StepDeps } from './step.ts';

/** Writes looked at in one round; the rest come a second later. */
const agedMax = 200;

/** Looks after writes that waited longer than they are wanted, each in a transaction of its own. */
export async function ageWrites(deps: StepDeps): Promise<void> {
  const nowMs = deps.clock.nowMs();
  const aged = await deps.store.asWorker((tx) => listAgedWrites(tx, nowMs, agedMax));
  for (const found of aged) {
    // One that fails must not keep the others from growing old.
    await deps.store.asCompany(found.company_id, (tx) => ageWrite(deps, tx, found)).catch(deps.onBug);
  }
}

async function ageWrite(deps: StepDeps, tx: Tx, found: MovedWrite): Promise<void> {
  // A guest's answer locks the two in the same order.
  if (found.order_id !== null) await lockOrder(tx, found.company_id, found.order_id);
  const write = await lockWrite(tx, found.company_id, found.write_id);
  if (write === undefined || write.lease_until_ms !== null) return;
  const nowMs = deps.clock.nowMs();
  const aging = decideAging(write, nowMs);
  if (aging === undefined) return;
  if (aging.kind === 'ask') {
    await changeWrite(tx, write, {
      freshness: 'asked',
      asked_at_ms: nowMs,
      due_at_ms: aging.dueAtMs,
      changed_at_ms: nowMs,
    });
    await deps.moved(tx, write, write.state, 'asked whether it is still wanted');
    return;
  }
  await moveUnleased(deps, tx, write, { state: aging.state, error: aging.error });
}

/** Moves a write that no worker holds, with all that hangs on it. The caller has locked its order and the write. */
async function moveUnleased(
  deps: Pick<StepDeps, 'clock' | 'ended' | 'moved'>,
  tx: Tx,
  write: WriteRow,
  to: { readonly state: WriteState; readonly error: PosError },
): Promise<void> {
  const nowMs = deps.clock.nowMs();
  await changeWrite(tx, write, {
    state: to.state,
    due_at_ms: nowMs,
    waiting_from: null,
    error_code: to.error.code,
    error_detail: to.error.detail,
    changed_at_ms: nowMs,
  });
  const told = { decision: to, value: undefined, detail: `${to.error.code}: ${to.error.detail}` };
  await tellMove(deps, tx, write, told);
  if (to.state === 'refused' || to.state === 'cancelled') await endLane(deps, tx, write, to.error.detail);
}
