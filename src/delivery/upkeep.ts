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

  async function renew(): Promise<void> {
    const writeIds = heldIds();
    if (writeIds.length === 0) return;
    const untilMs = clock.nowMs() + leaseMs;
    await store.asWorker((tx) => renewLeases(tx, { owner: deps.owner, writeIds, untilMs }));
  }

  // Apart from each other: a lease must not run out because an old round is locked elsewhere.
  const rounds = [every(deps, renewEveryMs, renew), every(deps, ageEveryMs, () => ageWrites(deps))];
  return {
    start() {
      for (const round of rounds) round.start();
    },
    async stop() {
      await Promise.all(rounds.map((round) => round.stop()));
    },
  };
}

/** Does it now and once in so long; what is not over by then is not begun again. */
function every(
  { clock, onBug }: Pick<StepDeps, 'clock' | 'onBug'>,
  pauseMs: number,
  act: () => Promise<void>,
): Upkeep {
  let timer: Timer | undefined;
  let running: Promise<void> | undefined;
  function start(): void {
    timer = clock.after(pauseMs, start);
    running ??= act()
      .catch(onBug)
      .finally(() => {
        running = undefined;
      });
  }
  return {
    start,
    async stop() {
      timer?.cancel();
      await running;
    },
  };
}
