import { readFileSync } from 'node:fs';

/**
 * Loaded into a process before its own code (`node --import`): its wall clock is off by the milliseconds in the file that
 * TORTURE_CLOCK_FILE names. Monotonic time and timers go on, as when a host's time is set.
 */
const rereadEveryMs = 200;

const file = process.env['TORTURE_CLOCK_FILE'];
const SystemDate = Date;
let offsetMs = 0;

function reread(): void {
  if (file === undefined) return;
  try {
    offsetMs = Number(readFileSync(file, 'utf8'));
  } catch {
    // Just being written: the next look finds it.
  }
}

const nowMs = () => SystemDate.now() + offsetMs;

globalThis.Date = new Proxy(SystemDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [nowMs()] : given, newTarget) as Date,
  apply: () => new SystemDate(nowMs()).toString(),
  get: (target, key, receiver) => (key === 'now' ? nowMs : (Reflect.get(target, key, receiver) as unknown)),
});

reread();
setInterval(reread, rereadEveryMs).unref();
