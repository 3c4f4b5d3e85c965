import { dayMs, minuteMs, zoneOffsetMs } from '#domain/time.ts';
import type { Refused } from './codes.ts';
import { refuse } from './codes.ts';
import type { OrderType } from './order.ts';
import type { Promised } from './rules.ts';
import type { StoreDefinition } from './store-definition.ts';
import { weekDays } from './store-definition.ts';

/** Zone rules change on quarter hours at most, so one offset serves a whole quarter. */
const offsetStepMs = 15 * minuteMs;

export type OpeningHours = {
  isOpen(atMs: number): boolean;
  /** When an order of now, or for later, is ready: 1400 (not offered), 1401, 1402, 1410, 1411, 1420. */
  promise(wish: Wish, ordersInSlot: (slotMs: number) => number): Promised;
};

type Wish = { readonly type: OrderType; readonly deferAtMs: number | null; readonly nowMs: number };

export function makeOpeningHours(store: StoreDefinition): OpeningHours {
  const offsetAt = makeOffsets(store.timeZone);
  const isOpen = (atMs: number) => openAt(store, atMs + offsetAt(atMs));
  return {
    isOpen,
    promise({ type, deferAtMs, nowMs }, ordersInSlot) {
      const preparationMs = store.preparationMinutes[type] * minuteMs;
      if (deferAtMs === null) {
        return isOpen(nowMs) ? { kind: 'promised', atMs: nowMs + preparationMs } : refuse(1402);
      }
      const wrong = wrongDefer(store, { deferAtMs, nowMs });
      if (wrong !== undefined) return wrong;
      const deferDate = new Date(deferAtMs).toISOString();
      if (!isOpen(deferAtMs)) return refuse(1410, { deferDate });
      const perSlot = store.deferring?.ordersPerSlot ?? 0;
      if (ordersInSlot(slotOf(store, deferAtMs)) >= perSlot) return refuse(1411, { deferDate });
      return { kind: 'promised', atMs: deferAtMs + preparationMs };
    },
  };
}

/** The start of the slot an order for later falls into. */
export function slotOf(store: StoreDefinition, deferAtMs: number): number {
  const slotMs = (store.deferring?.slotMinutes ?? 15) * minuteMs;
  return Math.floor(deferAtMs / slotMs) * slotMs;
}

function wrongDefer(
  { deferring }: StoreDefinition,
  { deferAtMs, nowMs }: { readonly deferAtMs: number; readonly nowMs: number },
): Refused | undefined {
  if (deferring === null) return refuse(1400, { message: 'Orders for later are not offered.' });
  // Beyond what a calendar can hold.
  if (Math.abs(deferAtMs) > 8.64e15) return refuse(1400, { message: 'It is no date.' });
  if (deferAtMs < nowMs) return refuse(1401, { deferDate: new Date(deferAtMs).toISOString() });
  if (deferAtMs <= nowMs + deferring.horizonDays * dayMs) return undefined;
  return refuse(1420, { message: `Orders are taken ${deferring.horizonDays} days ahead.` });
}

function makeOffsets(zone: string): (atMs: number) => number {
  const known = new Map<number, number>();
  return (atMs) => {
    const step = Math.floor(atMs / offsetStepMs);
    const found = known.get(step);
    if (found !== undefined) return found;
    const offset = zoneOffsetMs(atMs, zone);
    // A store that is asked about every quarter hour of a year starts over; each answer is the same again.
    if (known.size > 10_000) known.clear();
    known.set(step, offset);
    return offset;
  };
}

function openAt(store: StoreDefinition, localMs: number): boolean {
  const day = Math.floor(localMs / dayMs);
  const minute = Math.floor((localMs - day * dayMs) / minuteMs);
  // 1 January 1970 was a Thursday.
  const weekDay = (((day + 4) % 7) + 7) % 7;
  return (
    openingsOf(store, weekDay).some(({ from, to }) => minute >= from && minute < to) ||
    openingsOf(store, (weekDay + 6) % 7).some(({ to }) => minute + 1440 < to)
  );
}

/** Minutes since the local midnight a day begins with; beyond 1440 is the morning after. */
function openingsOf(store: StoreDefinition, weekDay: number): readonly { from: number; to: number }[] {
  const day = weekDays[weekDay] ?? 'sunday';
  return store.hours[day].map(({ opens, closes }) => {
    const from = minutesOf(opens);
    const to = minutesOf(closes);
    return { from, to: to <= from ? to + 1440 : to };
  });
}

function minutesOf(clockTime: string): number {
  const [hours = '0', minutes = '0'] = clockTime.split(':');
  return Number(hours) * 60 + Number(minutes);
}
