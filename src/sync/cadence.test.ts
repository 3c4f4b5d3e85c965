import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dayMs, hourMs, minuteMs } from '#domain/time.ts';
import { cadencesMs, nextDailyMs, nextDueMs } from './cadence.ts';
import { makeDueQueue } from './due-queue.ts';

describe('cadences', () => {
  it('are the published ones', () => {
    assert.deepEqual(cadencesMs, {
      status: minuteMs,
      'in-progress': 2 * minuteMs,
      'till-orders': 4 * minuteMs,
      availability: 5 * minuteMs,
    });
  });

  it('come round exactly once per period, whenever one asks', () => {
    const startMs = Date.UTC(2026, 0, 1);
    for (let askedAtMs = startMs; askedAtMs < startMs + minuteMs; askedAtMs += 777) {
      const dueAtMs = nextDueMs('status', 'location', askedAtMs);
      assert.ok(dueAtMs > askedAtMs && dueAtMs <= askedAtMs + minuteMs);
      assert.equal(nextDueMs('status', 'location', dueAtMs), dueAtMs + minuteMs);
    }
  });

  it('spread locations over the period', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let number = 0; number < 10_000; number += 1) {
      const phaseMs = nextDueMs('status', `location-${number}`, 0) % minuteMs;
      const tenth = Math.floor(phaseMs / (minuteMs / 10));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) assert.ok(count > 800 && count < 1_200, `${tenths.join(' ')}`);
  });

  it('read the menu at the same local time through the changes of the clock', () => {
    const minuteOfDay = 5 * 60;
    // The night to 29 March 2026 is an hour short in Rome, the one to 25 October an hour long.
    const beforeSpring = Date.UTC(2026, 2, 28, 12);
    assert.equal(nextDailyMs(minuteOfDay, 'Europe/Rome', beforeSpring), Date.UTC(2026, 2, 29, 3));
    const beforeAutumn = Date.UTC(2026, 9, 24, 12);
    assert.equal(nextDailyMs(minuteOfDay, 'Europe/Rome', beforeAutumn), Date.UTC(2026, 9, 25, 4));
    assert.equal(nextDailyMs(0, 'UTC', Date.UTC(2026, 0, 1)), Date.UTC(2026, 0, 2), 'never now, always next');
  });

  it('read the menu once a day, all year, everywhere', () => {
    for (const zone of ['Europe/Rome', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata'])
      for (let atMs = Date.UTC(2026, 0, 1), day = 0; day < 366; day += 1) {
        const nextMs = nextDailyMs(150, zone, atMs);
        assert.ok(
          nextMs - atMs > 0 && nextMs - atMs <= dayMs + hourMs,
          `${zone} ${new Date(atMs).toISOString()}`,
        );
        atMs = nextMs;
      }
  });
});

describe('the due queue', () => {
  it('gives what is due, earliest first, and keeps the rest', () => {
    const queue = makeDueQueue<number>();
    const instants = Array.from({ length: 500 }, (_, index) => (index * 7_919) % 1_009);
    for (const atMs of instants) queue.add(atMs, atMs);
    const taken: number[] = [];
    for (let item = queue.takeDue(600); item !== undefined; item = queue.takeDue(600)) taken.push(item);
    assert.deepEqual(
      taken,
      instants.filter((atMs) => atMs <= 600).toSorted((left, right) => left - right),
    );
    assert.equal(queue.nextDueAtMs(), Math.min(...instants.filter((atMs) => atMs > 600)));
    queue.clear();
    assert.equal(queue.nextDueAtMs(), undefined);
  });
});
