import { randomBytes as systemRandomBytes } from 'node:crypto';
import type { RandomBytes } from '#domain/reference.ts';
import type { Clock } from '#domain/time.ts';

/** The longest delay a platform timer takes; a longer wait is chained by nobody here, so it is refused. */
const delayMsMax = 2 ** 31 - 1;

/** The operating system's clocks. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, act) {
    if (delayMs > delayMsMax) throw new RangeError(`a timer of ${delayMs} ms is too long`);
    const timer = setTimeout(act, Math.max(0, delayMs));
    return { cancel: () => clearTimeout(timer) };
  },
};

/** The operating system's random numbers. */
export const randomBytes: RandomBytes = (count) => new Uint8Array(systemRandomBytes(count));
