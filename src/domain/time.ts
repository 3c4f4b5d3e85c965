/** A running timer; `cancel` after it fired does nothing. */
export type Timer = { cancel(): void };

/**
 * Time as it is handed to everything that needs it, so that tests and the simulation own it.
 *
 * `nowMs` is the wall clock (epoch milliseconds, UTC), for what is stored and shown. `monotonicMs` never jumps and is what
 * durations, leases and schedules inside one process are measured with.
 */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  /** Calls `act` once, `delayMs` from now. Errors thrown by `act` are the caller's bug. */
  after(delayMs: number, act: () => void): Timer;
}

/**
 * A signal that ends after `delayMs` or with `parent`, whichever is first; `done` frees both. Not `AbortSignal.any`: the platform holds
 * on to its signals, and to everything that listens to them, until they end, and most of these never do.
 */
export function deadline(
  clock: Clock,
  delayMs: number,
  parent?: AbortSignal,
): { signal: AbortSignal; done(): void } {
  const controller = new AbortController();
  const endsAtMs = Math.min(clock.monotonicMs() + delayMs, endOf(parent));
  ends.set(controller.signal, endsAtMs);
  const timer = clock.after(delayMs, () =>
    controller.abort(new DOMException('deadline passed', 'TimeoutError')),
  );
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted === true) follow();
  else parent?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    done() {
      timer.cancel();
      parent?.removeEventListener('abort', follow);
    },
  };
}

/** When deadlines end, on the monotonic clock of their process. */
const ends = new WeakMap<AbortSignal, number>();

function endOf(signal: AbortSignal | undefined): number {
  return (signal === undefined ? undefined : ends.get(signal)) ?? Number.POSITIVE_INFINITY;
}

/**
 * Whether a deadline's time is over, told or not. A process that was stopped hears first the answers that waited for it and only then
 * its timers: what goes on with such an answer must not go on as if no time had passed.
 */
export function isOver(signal: AbortSignal, clock: Clock): boolean {
  return signal.aborted || clock.monotonicMs() >= endOf(signal);
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Making a formatter costs a hundred times what using it does; there are no more than the time zones of the world. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(zone, made);
  return made;
}

/** How far local time is ahead of UTC at `atMs` in an IANA zone. */
export function zoneOffsetMs(atMs: number, zone: string): number {
  const parts = formatterOf(zone).formatToParts(atMs);
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value ?? Number.NaN);
  const localMs = Date.UTC(
    read('year'),
    read('month') - 1,
    read('day'),
    read('hour'),
    read('minute'),
    read('second'),
  );
  return localMs - Math.floor(atMs / 1_000) * 1_000;
}

/** `YYYY-MM-DD` at `atMs` in an IANA zone. */
export function localDate(atMs: number, zone: string): string {
  return new Date(atMs + zoneOffsetMs(atMs, zone)).toISOString().slice(0, 10);
}
