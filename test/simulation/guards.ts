/**
 * What follows from the seed must not ask the machine: while a world runs, the platform's clock, random numbers and timers throw.
 * The answer is the way back.
 */
export function forbidPlatform(): () => void {
  const platform = {
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    setImmediate: globalThis.setImmediate,
    fetch: globalThis.fetch,
    Date: globalThis.Date,
  };
  const random = Object.getOwnPropertyDescriptor(Math, 'random') ?? {};
  const now = Object.getOwnPropertyDescriptor(performance, 'now') ?? {};
  const forbid = (name: string) => (): never => {
    throw new Error(`the simulated code used the platform's ${name}`);
  };
  class SimulatedDate extends platform.Date {
    constructor(...parts: readonly unknown[]) {
      if (parts.length === 0) forbid('Date')();
      super(...(parts as [number]));
    }
    static override now(): never {
      return forbid('Date.now')();
    }
  }
  Object.assign(globalThis, {
    setTimeout: forbid('setTimeout'),
    setInterval: forbid('setInterval'),
    setImmediate: forbid('setImmediate'),
    fetch: forbid('fetch'),
    Date: SimulatedDate,
  });
  Math.random = forbid('Math.random');
  performance.now = forbid('performance.now');
  return () => {
    Object.assign(globalThis, platform);
    Object.defineProperty(Math, 'random', random);
    Reflect.deleteProperty(performance, 'now');
    if ('value' in now) Object.defineProperty(performance, 'now', now);
  };
}
