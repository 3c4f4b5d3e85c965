import { attemptDeadlineMsDefault } from '#contract/capabilities.ts';
import { claimWrites, getNextDueAtMs, listPlacesInTurn } from '#store/write-claims.ts';
import type { ClaimedWrite } from '#store/write-claims.ts';
import { leaseMs, takeStep } from './step.ts';
import type { StepDeps } from './step.ts';
import { makeUpkeep } from './upkeep.ts';
import { makeWakeLoop } from './wake-loop.ts';

/** Every announcement may be lost; nothing waits longer than this for want of one. */
const backstopMs = 1_000;
/** Steps one worker runs at the same time: so many that a region of silent locations leaves room for the others. */
const slotsMax = 5_000;
/** Writes taken in one transaction. */
const claimMax = 200;
/**
 * D12: writes of drains one process has in flight at a time, over all its locations. A region that comes back at once empties its
 * backlog at this width, whatever its size, and leaves the database and the other locations their room.
 */
const drainedMax = 400;

/** Locations whose connections are opened before their writes fall due, by a process that starts among writes of others. */
const openedAheadMax = 100;

/** Delivers writes: claims what is due, calls connectors, and saves what became of it. */
export interface DeliveryWorker {
  start(): Promise<void>;
  /** Looks for due writes now. */
  wake(): void;
  /** Resolves when nothing is being claimed, sent or read back. */
  idle(): Promise<void>;
  /** Takes nothing new, waits for what is under way. */
  stop(): Promise<void>;
}

export function makeDeliveryWorker(deps: StepDeps, limits = { drainedMax }): DeliveryWorker {
  const { store, clock } = deps;
  /** Steps under way. Only their leases are kept: one that failed on our side is given up to the next claim. */
  const running = new Map<ClaimedWrite, Promise<void>>();
  const upkeep = makeUpkeep(deps, () => [...running.keys()].map((write) => write.writeId));
  const loop = makeWakeLoop({ clock, onBug: deps.onBug, pauseMsMax: backstopMs }, look);
  let unlisten: (() => Promise<void>) | undefined;
  let openingAhead: Promise<void> | undefined;

  async function look(): Promise<number> {
    const limit = Math.min(claimMax, slotsMax - running.size);
    // The end of a step wakes us.
    if (limit <= 0) return backstopMs;
    const nowMs = clock.nowMs();
    // Before the claim, so that a claim that took long leaves less time to send.
    const claimedAtMs = clock.monotonicMs();
    const { claimed, nextMs } = await claim(nowMs, limit);
    for (const write of claimed) run(write, claimedAtMs);
    // A full hand means there may be more.
    if (claimed.length === limit) return 0;
    // What was due already and not claimed is held by something whose end wakes us.
    return nextMs === undefined ? backstopMs : Math.max(1, nextMs - clock.nowMs());
  }

  type Found = { readonly claimed: readonly ClaimedWrite[]; readonly nextMs: number | undefined };

  function claim(nowMs: number, limit: number): Promise<Found> {
    return store.asWorker(async (tx) => {
      const claimed = await claimWrites(tx, {
        owner: deps.owner,
        nowMs,
        leaseUntilMs: nowMs + leaseMs,
        deadlineAtMs: nowMs + attemptDeadlineMsDefault,
        limit,
        backlogLimit: Math.max(0, limits.drainedMax - countDrained()),
      });
      return { claimed, nextMs: await getNextDueAtMs(tx, nowMs) };
    });
  }

  function countDrained(): number {
    let drained = 0;
    for (const write of running.keys()) if (write.backlog) drained += 1;
    return drained;
  }

  function run(write: ClaimedWrite, claimedAtMs: number): void {
    const step = takeStep(deps, write, claimedAtMs)
      .catch(deps.onBug)
      .finally(() => {
        running.delete(write);
        loop.wake();
      });
    running.set(write, step);
  }

  async function idle(): Promise<void> {
    await loop.idle();
    while (running.size > 0) {
      await Promise.all(running.values());
      await loop.idle();
    }
  }

  return {
    async start() {
      unlisten = await store.listen('tableside_writes', () => loop.wake());
      upkeep.start();
      openingAhead = openAhead(deps).catch(deps.onBug);
      loop.start();
    },
    wake: () => loop.wake(),
    idle,
    async stop() {
      await unlisten?.();
      await loop.stop();
      // Leases are kept until the last step has ended.
      await idle();
      await upkeep.stop();
      await openingAhead;
    },
  };
}

/** A retry keeps its instant, also in a process that has only just begun. */
async function openAhead({ store, connectorFor }: StepDeps): Promise<void> {
  const places = await store.asWorker((tx) => listPlacesInTurn(tx, openedAheadMax));
  for (const { companyId, locationId } of places) await connectorFor(companyId, locationId);
}
