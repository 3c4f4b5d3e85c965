import type { WriteKind } from '#domain/write.ts';

/** D9: waits after the first, second … failed attempt, counted from its end: one first try and as many retries as the array is long. */
const lockScheduleMs = [5_000, 10_000, 20_000, 40_000, 80_000] as const;
const markPaidScheduleMs = [60_000, 120_000, 180_000, 240_000, 300_000] as const;

/** A paid order is reconciling, not blocking service: mark-paid is slower, whatever the POS's reason. */
export const retrySchedulesMs = {
  'create-order': lockScheduleMs,
  'append-round': lockScheduleMs,
  'apply-card': lockScheduleMs,
  'send-message': lockScheduleMs,
  'mark-paid': markPaidScheduleMs,
} as const satisfies Record<WriteKind, readonly number[]>;

/** A message nobody received in this time is no longer worth a waiter's walk. */
export const messageExpiryMs = 120_000;

/** The wait after the `attempts`-th attempt failed (1-based), or undefined when the schedule is exhausted. */
export function retryDelayMs(kind: WriteKind, attempts: number): number | undefined {
  return retrySchedulesMs[kind][attempts - 1];
}
