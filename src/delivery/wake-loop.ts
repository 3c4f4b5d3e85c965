import type { Clock, Timer } from '#domain/time.ts';

/** Something that looks for work whenever it is woken, and by itself after the pause its last look asked for. */
export interface WakeLoop {
  start(): void;
  wake(): void;
  /** Resolves when no look is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export type WakeLoopDeps = {
  readonly clock: Clock;
  readonly onBug: (error: unknown) => void;
  /** The longest pause, also after a look that failed. */
  readonly pauseMsMax: number;
};

/** `look` answers how long the loop may pause, 0 to look again at once. Looks never overlap; wakes during one make another. */
export function makeWakeLoop(deps: WakeLoopDeps, look: () => Promise<number>): WakeLoop {
  let stopped = true;
  let again = false;
  let looking: Promise<void> | undefined;
  let timer: Timer | undefined;

  function wake(): void {
    again = true;
    if (stopped || looking !== undefined) return;
    looking = run().finally(() => {
      looking = undefined;
      // Woken between the last look and now.
      if (again) wake();
    });
  }

  async function run(): Promise<void> {
    timer?.cancel();
    let pauseMs = deps.pauseMsMax;
    try {
      while (again && !stopped) {
        again = false;
        pauseMs = Math.min(deps.pauseMsMax, await look());
        if (pauseMs === 0) again = true;
      }
    } catch (error) {
      deps.onBug(error);
      pauseMs = deps.pauseMsMax;
      again = false;
    }
    if (!stopped) timer = deps.clock.after(pauseMs, wake);
  }

  async function idle(): Promise<void> {
    while (looking !== undefined) await looking;
  }

  return {
    start() {
      stopped = false;
      wake();
    },
    wake,
    idle,
    async stop() {
      stopped = true;
      timer?.cancel();
      await idle();
      timer?.cancel();
    },
  };
}
