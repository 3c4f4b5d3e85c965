import type { Clock } from '#domain/time.ts';

/** The operating system's clocks: what a twin runs on unless a test hands it another. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
