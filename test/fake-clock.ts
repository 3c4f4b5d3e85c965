import type { Clock } from '#domain/time.ts';

/** A clock that moves when told. Every instant of a test is exact, and no test waits. */
export interface FakeClock extends Clock {
  /**
   * Moves time, firing each timer at its own instant, in order. Before the first, after each and at the end everything under
   * way gets to settle, so that what a timer starts (and what that starts) happens at the timer's instant.
   */
  advance(ms: number): Promise<void>;
  /** Moves time at once, as for a process that was stopped meanwhile: timers fire late, each once, at the new instant. */
  leap(ms: number): Promise<void>;
  /** Lets everything under way settle without moving time. */
  settle(): Promise<void>;
  /** Running timers. */
  waiting(): number;
}

export type FakeClockOptions = {
  readonly startMs?: number;
  /** Waits for what promises alone cannot show, e.g. queries on their way to a server. Called until time may move. */
  readonly settle?: () => Promise<void>;
};

type Pending = { readonly dueMs: number; readonly act: () => void };

export function makeFakeClock(options: FakeClockOptions = {}): FakeClock {
  const startMs = options.startMs ?? Date.UTC(2026, 0, 1, 12);
  const settle = options.settle ?? drainPromises;
  // A set keeps the order of insertion, which decides between timers of one instant.
  const timers = new Set<Pending>();
  let nowMs = startMs;

  function next(untilMs: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  }

  async function fire(untilMs: number): Promise<void> {
    await settle();
    for (let timer = next(untilMs); timer !== undefined; timer = next(untilMs)) {
      timers.delete(timer);
      nowMs = Math.max(nowMs, timer.dueMs);
      timer.act();
      await settle();
    }
    nowMs = untilMs;
  }

  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    after(delayMs, act) {
      const timer: Pending = { dueMs: nowMs + Math.max(0, delayMs), act };
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
    advance: (ms) => fire(nowMs + ms),
    async leap(ms) {
      await settle();
      nowMs += ms;
      await fire(nowMs);
    },
    settle,
    waiting: () => timers.size,
  };
}

/** Chains of promises, and what they put off to the next turns of the event loop. */
export async function drainPromises(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
