import { dayMs, minuteMs, zoneOffsetMs } from '#domain/time.ts';

/** What is read from every location around the clock, and how often. */
export const cadencesMs = {
  status: minuteMs,
  'in-progress': 2 * minuteMs,
  'till-orders': 4 * minuteMs,
  availability: 5 * minuteMs,
} as const;

export type PollKind = keyof typeof cadencesMs | 'menu';
export const pollKinds = [...Object.keys(cadencesMs), 'menu'] as readonly PollKind[];

/** While read-only nothing but the status is asked: often at first, then less. */
export const readOnlyStatusMs = 5_000;
export const readOnlyStatusLaterMs = 15_000;
export const readOnlyOftenMs = 10 * minuteMs;

/**
 * The first instant after `afterMs` at which a poll is due. Computed from the location's own phase, so that nothing is stored per
 * poll and no instant carries many locations' luck.
 */
export function nextDueMs(kind: keyof typeof cadencesMs, locationId: string, afterMs: number): number {
  const everyMs = cadencesMs[kind];
  const phaseMs = phaseOf(`${kind} ${locationId}`, everyMs);
  return Math.floor((afterMs - phaseMs) / everyMs) * everyMs + phaseMs + everyMs;
}

/** Milliseconds into the period, the same for ever: FNV-1a, because any spread will do and every process must agree. */
export function phaseOf(text: string, everyMs: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash ^= text.charCodeAt(index);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash % everyMs;
}

/**
 * The next time the local clock shows `minuteOfDay`. In the night daylight saving skips that minute it is about an hour off, which
 * a menu read before service does not mind.
 */
export function nextDailyMs(minuteOfDay: number, zone: string, afterMs: number): number {
  const localMidnightMs = Math.floor((afterMs + zoneOffsetMs(afterMs, zone)) / dayMs) * dayMs;
  for (const day of [0, 1, 2]) {
    const localMs = localMidnightMs + day * dayMs + minuteOfDay * minuteMs;
    // The offset that holds there, not here: read it at the guess it makes.
    const guessMs = localMs - zoneOffsetMs(localMs, zone);
    const atMs = localMs - zoneOffsetMs(guessMs, zone);
    if (atMs > afterMs) return atMs;
  }
  throw new Error(`no ${minuteOfDay} in the two days after ${afterMs} in ${zone}`);
}
