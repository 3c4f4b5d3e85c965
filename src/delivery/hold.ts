import { holdWrites, releaseWrites } from '#store/writes.ts';
import type { Tx } from '#store/store.ts';
import type { StepDeps } from './step.ts';

type Place = { readonly companyId: string; readonly locationId: string };

/** Puts a location's writes on hold, in the transaction that makes it read-only, and records each move. */
export async function holdLocation(
  tx: Tx,
  deps: Pick<StepDeps, 'moved'>,
  place: Place,
  nowMs: number,
): Promise<void> {
  for (const write of await holdWrites(tx, place, nowMs)) await deps.moved(tx, write, 'waiting', '');
}

/** Lets a location's writes go again, in the transaction that brings it back, and records each move. */
export async function releaseLocation(
  tx: Tx,
  deps: Pick<StepDeps, 'moved'>,
  place: Place,
  nowMs: number,
): Promise<void> {
  for (const write of await releaseWrites(tx, place, nowMs))
    await deps.moved(tx, { ...write, state: 'waiting' }, write.state, '');
}
