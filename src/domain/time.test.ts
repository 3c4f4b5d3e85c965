import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { makeFakeClock } from '#test/fake-clock.ts';
import { deadline, hourMs, isOver, localDate, zoneOffsetMs } from './time.ts';

describe('local time', () => {
  it('follows daylight saving', () => {
    assert.equal(zoneOffsetMs(Date.UTC(2026, 0, 1), 'Europe/Rome'), hourMs);
    assert.equal(zoneOffsetMs(Date.UTC(2026, 6, 1), 'Europe/Rome'), 2 * hourMs);
    assert.equal(zoneOffsetMs(Date.UTC(2026, 2, 29, 0, 59), 'Europe/Rome'), hourMs);
    assert.equal(zoneOffsetMs(Date.UTC(2026, 2, 29, 1, 0), 'Europe/Rome'), 2 * hourMs);
    assert.equal(zoneOffsetMs(Date.UTC(2026, 0, 1), 'Asia/Kolkata'), 5.5 * hourMs);
  });

  it('puts an instant on the local day', () => {
    const lateEvening = Date.UTC(2026, 11, 31, 23, 30);
    assert.equal(localDate(lateEvening, 'Europe/Rome'), '2027-01-01');
    assert.equal(localDate(lateEvening, 'America/New_York'), '2026-12-31');
  });
});

describe('a deadline', () => {
  it('ends its signal once its time is over, and not before', async () => {
    const clock = makeFakeClock();
    const limit = deadline(clock, 1_000);
    await clock.advance(999);
    assert.equal(limit.signal.aborted, false);
    await clock.advance(1);
    assert.equal((limit.signal.reason as DOMException).name, 'TimeoutError');
  });

  it('ends with its parent, and leaves no timer behind', () => {
    const clock = makeFakeClock();
    const parent = new AbortController();
    const limit = deadline(clock, 1_000, parent.signal);
    parent.abort();
    assert.equal(limit.signal.aborted, true);
    limit.done();
    assert.equal(clock.waiting(), 0);
  });

  it('is over when its time is, or its parent’s, although no timer has told so yet', () => {
    let nowMs = 0;
    const clock = { ...makeFakeClock(), monotonicMs: () => nowMs };
    const parent = deadline(clock, 1_000);
    const limit = deadline(clock, 60_000, parent.signal);
    nowMs = 999;
    assert.equal(isOver(limit.signal, clock), false);
    nowMs = 1_000;
    assert.equal(isOver(limit.signal, clock), true);
    assert.equal(limit.signal.aborted, false);
    assert.equal(isOver(AbortSignal.abort(), clock), true);
  });

  it('leaves nobody listening to its parent once it is done', () => {
    const parent = new AbortController();
    const limit = deadline(makeFakeClock(), 1_000, parent.signal);
    assert.equal(getEventListeners(parent.signal, 'abort').length, 1);
    limit.done();
    assert.equal(getEventListeners(parent.signal, 'abort').length, 0);
  });

  it('has ended from the beginning when its parent has', () => {
    const limit = deadline(makeFakeClock(), 1_000, AbortSignal.abort('over'));
    assert.equal(limit.signal.reason, 'over');
  });
});
