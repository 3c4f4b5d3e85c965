import type { Clock, Timer } from '#domain/time.ts';
import type { PollKind } from './cadence.ts';
import { makeDueQueue } from './due-queue.ts';
import { keyOfPlace, nextDueOf } from './polled-location.ts';
import type { PolledLocation } from './polled-location.ts';

/** Calls for each poll at its instant, over all locations, with one timer. */
export interface PollTimer {
  readonly start: () => void;
  /** The poll's next instant; the one it waited for before no longer counts. */
  readonly schedule: (location: PolledLocation, kind: PollKind, dueAtMs: number) => void;
  readonly stop: () => void;
}

/** `due` is called after the poll's next instant was set. A location that `find` no longer knows is forgotten. */
export function makePollTimer(
  clock: Clock,
  find: (key: string) => PolledLocation | undefined,
  due: (location: PolledLocation, kind: PollKind) => void,
): PollTimer {
  const queue = makeDueQueue<{ readonly key: string; readonly kind: PollKind; readonly dueAtMs: number }>();
  let stopped = true;
  let timer: Timer | undefined;

  function setTimer(): void {
    timer?.cancel();
    const dueAtMs = queue.nextDueAtMs();
    if (!stopped && dueAtMs !== undefined) timer = clock.after(Math.max(0, dueAtMs - clock.nowMs()), takeDue);
  }

  function enter(location: PolledLocation, kind: PollKind, dueAtMs: number): void {
    location.dueAtMs.set(kind, dueAtMs);
    queue.add(dueAtMs, { key: keyOfPlace(location.place), kind, dueAtMs });
  }

  function takeDue(): void {
    const nowMs = clock.nowMs();
    for (let entry = queue.takeDue(nowMs); entry !== undefined; entry = queue.takeDue(nowMs)) {
      const location = find(entry.key);
      // Rescheduled or removed meanwhile: this entry no longer counts.
      if (location === undefined || location.dueAtMs.get(entry.kind) !== entry.dueAtMs) continue;
      enter(location, entry.kind, nextDueOf(location, entry.kind, nowMs));
      due(location, entry.kind);
    }
    setTimer();
  }

  return {
    start() {
      stopped = false;
      setTimer();
    },
    schedule(location, kind, dueAtMs) {
      enter(location, kind, dueAtMs);
      setTimer();
    },
    stop() {
      stopped = true;
      timer?.cancel();
      queue.clear();
    },
  };
}
