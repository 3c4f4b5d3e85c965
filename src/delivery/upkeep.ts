import type { Timer } from '#domain/time.ts';
import { renewLeases } from '#store/write-claims.ts';
import { ageWrites } from './age.ts';
import { leaseMs } from './step.ts';
import type { StepDeps } from './step.ts';

const renewEveryMs = 1_000;
/** How much longer than it is wanted a write may wait, which is a matter of minutes. */
const ageEveryMs = 5_000;

/** Says again and again that a worker lives, and looks after writes that waited longer than they are wanted. */
export interface Upkeep {
  start(): void;
  stop(): Promise<void>;
}

/** `heldIds`: the writes whose steps are under way. */
export function makeUpkeep(deps: StepDeps, heldIds: () => readonly number[]): Upkeep {
  const { store, clock } = deps;
  let renewTimer: Timer | undefined;
  let ageTimer: Timer | undefined;
  let renewing: Promise<void> | undefined;
  let aging: Promise<void> | undefined;

  // Apart from each other: a lease must not run out because an old round is locked elsewhere.
  function renewSoon(): void {
    renewTimer = clock.after(renewEveryMs, renewSoon);
    renewing ??= renew()
      .catch(deps.onBug)
      .finally(() => {
        renewing = undefined;
      });
  }

  function ageSoon(): void {
    ageTimer = clock.after(ageEveryMs, ageSoon);
    aging ??= ageWrites(deps)
      .catch(deps.onBug)
      .finally(() => {
        aging = undefined;
      });
  }

  async function renew(): Promise<void> {
    const writeIds = heldIds();
    if (writeIds.length === 0) return;
    const untilMs = clock.nowMs() + leaseMs;
    await store.asWorker((tx) => renewLeases(tx, { owner: deps.owner, writeIds, untilMs }));
  }

  return {
    start() {
      renewSoon();
      ageSoon();
    },
    async stop() {
      renewTimer?.cancel();
      ageTimer?.cancel();
      await Promise.all([renewing, aging]);
    },
  };
}
