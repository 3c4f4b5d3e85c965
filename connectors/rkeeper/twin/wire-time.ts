import { minuteMs, zoneOffsetMs } from '#domain/time.ts';

import type { Restaurant } from './state.ts';

const zoneStepMs = 15 * minuteMs;

/** `YYYY-MM-DDTHH:MM:SS` in the restaurant's own time, without a zone, as the server writes every moment. */
export function localText(restaurant: Restaurant, atMs: number): string {
  return new Date(atMs + offsetMs(restaurant, atMs)).toISOString().slice(0, 19);
}

/** Epoch milliseconds of a local moment, or undefined when it is none. */
export function parseLocal(restaurant: Restaurant, text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?$/.test(text)) return undefined;
  const localMs = Date.parse(`${text}Z`);
  return Number.isNaN(localMs) ? undefined : localMs - offsetMs(restaurant, localMs);
}

/** Delphi counts intervals from this day. */
const delphiZeroMs = Date.UTC(1899, 11, 30);

/**
 * A length of time in milliseconds, written as the moment that is that far from Delphi's zero date. Any other form is read
 * as nothing: `00:01:00` is what the schema asks for, and it locks nothing (RK7 XML interface, LockOrder, seen on 7.26.8).
 */
export function parseInterval(text: string): number {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?$/.test(text)) return 0;
  const ms = Date.parse(`${text}Z`) - delphiZeroMs;
  return Number.isNaN(ms) || ms < 0 ? 0 : ms;
}

/** The reverse: how long something has lasted, from Delphi's zero date. */
export function intervalText(ms: number): string {
  return new Date(delphiZeroMs + ms).toISOString().slice(0, 19);
}

function offsetMs(restaurant: Restaurant, atMs: number): number {
  const fromMs = Math.floor(atMs / zoneStepMs) * zoneStepMs;
  if (restaurant.zone.fromMs !== fromMs) {
    restaurant.zone = { fromMs, offsetMs: zoneOffsetMs(fromMs, restaurant.seed.timeZone) };
  }
  return restaurant.zone.offsetMs;
}
