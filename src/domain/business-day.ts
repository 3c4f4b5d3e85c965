import { dayMs, minuteMs, zoneOffsetMs } from './time.ts';

/** From which instant to which a business date lasts. A restaurant's day ends when it closes, not at midnight. */
export function businessDay(
  date: string,
  startsMinute: number,
  zone: string,
): { readonly fromMs: number; readonly untilMs: number } {
  const localMs = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(localMs)) throw new RangeError(`not a date: ${date}`);
  return {
    fromMs: instantOf(localMs + startsMinute * minuteMs, zone),
    untilMs: instantOf(localMs + dayMs + startsMinute * minuteMs, zone),
  };
}

/** The instant at which a zone's clock shows this; in a skipped hour, an hour later. */
function instantOf(localMs: number, zone: string): number {
  const guessMs = localMs - zoneOffsetMs(localMs, zone);
  return localMs - zoneOffsetMs(guessMs, zone);
}
