import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { retrySchedulesMs } from '#contract/schedule.ts';
import { makeReference } from '#domain/reference.ts';
import { readItems, submit, takeCash, waitClosed } from './phone.ts';
import type { Seat, Service } from './phone.ts';
import type { Till } from './till.ts';

/** The till lets go this long before the last retry that is to meet it, so that this one succeeds. */
const lettingGoMs = 2_500;
/** Parties do not all begin at the same instant: one cash server takes one write at a time. */
const beginWithinMs = 8_000;
const findTriesMax = 15;
const againMs = 1_000;

export type Walk = {
  readonly till: Till;
  /** No walk ends later. */
  readonly untilMs: number;
  readonly kind: 'append-round' | 'mark-paid';
};

/**
 * A table at a venue nobody hurts: a waiter keeps the order open at the till while a round, or the money, wants to go in, for one to
 * five retries. So both schedules are walked in real time, past every step, while processes die around them.
 */
export async function walkSchedule(service: Service, seat: Seat, walk: Walk): Promise<void> {
  const { random } = seat;
  const items = await readItems(service, seat);
  await sleep(random.between(0, beginWithinMs));
  while (!service.isClosing) {
    // The long walks first: they are the ones that a short run has no time for.
    const holdMs = longestHold(walk.kind, walk.untilMs - Date.now());
    if (holdMs === undefined) return;
    const visit = makeReference(randomBytes);
    const first = await submit(service, seat, { visit, items });
    const order = first.orderId === null ? undefined : await findOrder(walk.till, seat);
    if (first.orderId === null || order === undefined) {
      await sleep(againMs);
      continue;
    }
    const { orderId } = first;
    await walk.till.lock(order.orderRef, random.pick([2219, 13]));
    const letGo = sleep(holdMs).then(() => walk.till.unlock(order.orderRef));
    if (walk.kind === 'append-round') await submit(service, seat, { visit, items });
    else await takeCash(service, seat.venue, orderId);
    await letGo;
    if (walk.kind === 'append-round') await takeCash(service, seat.venue, orderId);
    await waitClosed(service, seat, { visit, orderId });
  }
}

/** The longest of the schedule's sums that is over in time; undefined: not even the first wait is. */
function longestHold(kind: Walk['kind'], leftMs: number): number | undefined {
  let sumMs = 0;
  let holdMs: number | undefined;
  for (const delayMs of retrySchedulesMs[kind]) {
    sumMs += delayMs;
    if (sumMs <= leftMs) holdMs = sumMs - lettingGoMs;
  }
  return holdMs;
}

async function findOrder(till: Till, seat: Seat) {
  for (let tries = 0; tries < findTriesMax; tries += 1) {
    const order = await till.findOpen(seat.venue, seat.table);
    if (order !== undefined) return order;
    await sleep(againMs);
  }
  return undefined;
}
