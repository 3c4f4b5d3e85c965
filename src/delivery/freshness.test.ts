import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { emptyStore, testStores } from '#store/test-store.ts';
import { listOpenItems } from '#store/reconciliation.ts';
import { lockAskedWrite, sendStill } from '#store/writes.ts';
import { endUnwanted } from './end-lane.ts';
import { decideAging, guestAnswerMs, waiterAnswerMs } from './freshness.ts';
import { makeWorld } from './test-delivery.ts';
import type { World } from './test-delivery.ts';
import { applied, notApplied, remembering, unknown } from './test-pos.ts';

const limitMs = 600_000;

describe('aging', () => {
  const round = {
    kind: 'create-order',
    state: 'queued',
    freshness: 'fresh',
    fresh_until_ms: 1_000,
    due_at_ms: 500,
    asked_at_ms: null,
    doubt_since_ms: null,
  } as const;

  it('asks for a stale round that could go, and for none that is wanted, held or not yet at its slot', () => {
    assert.equal(decideAging(round, 1_000), undefined);
    assert.deepEqual(decideAging(round, 1_001), { kind: 'ask', dueAtMs: 241_001 });
    assert.equal(decideAging({ ...round, freshness: 'wanted' }, 9e12), undefined);
    assert.equal(decideAging({ ...round, state: 'waiting' }, 9e12), undefined);
    assert.equal(decideAging({ ...round, state: 'unconfirmed' }, 9e12), undefined);
    assert.equal(decideAging({ ...round, due_at_ms: 2_000 }, 1_999), undefined);
    assert.equal(decideAging({ ...round, fresh_until_ms: null }, 9e12), undefined);
  });

  it('gives the guest two minutes and the waiter two more', () => {
    const asked = { ...round, freshness: 'asked', asked_at_ms: 2_000 } as const;
    assert.equal(decideAging(asked, 2_000 + guestAnswerMs + waiterAnswerMs - 1), undefined);
    const end = decideAging(asked, 2_000 + guestAnswerMs + waiterAnswerMs);
    assert.deepEqual(end?.kind === 'end' && [end.state, end.error.code], ['error', 'write-expired']);
  });

  it('asks before a repeat that would find out, too: it may be what cooks the round', () => {
    const inDoubt = { ...round, doubt_since_ms: 5 };
    assert.equal(decideAging(inDoubt, 1_001)?.kind, 'ask');
    const end = decideAging({ ...inDoubt, freshness: 'asked', asked_at_ms: 2_000 }, 9e12);
    assert.deepEqual(end?.kind === 'end' && [end.state, end.error.code], ['error', 'unknown-outcome']);
  });

  it('drops stale messages wherever they wait, and never a payment or a card', () => {
    for (const state of ['queued', 'locked', 'backing-off', 'waiting', 'error'] as const)
      assert.equal(decideAging({ ...round, kind: 'send-message', state }, 1_001)?.kind, 'end');
    for (const kind of ['mark-paid', 'apply-card'] as const)
      assert.equal(decideAging({ ...round, kind }, 9e12), undefined);
  });
});

testStores((store) => {
  let world: World | undefined;
  beforeEach(() => emptyStore(store()));
  afterEach(async () => {
    await world?.stop();
    world = undefined;
  });
  /** A round that went stale while its location was read-only, and a second one behind it. */
  async function openStale(): Promise<{ w: World; first: number; second: number; roundId: string }> {
    const w = await makeWorld(store());
    world = w;
    await w.startWorker();
    await w.goReadOnly();
    const order = await w.newOrder();
    const freshUntilMs = w.clock.nowMs() + limitMs;
    const first = await w.enqueue('create-order', order, { freshUntilMs });
    const second = await w.enqueue('append-round', order);
    await w.clock.leap(limitMs + 1);
    assert.equal((await w.getWrite(first)).freshness, 'fresh', 'not asked while nothing could follow');
    await w.comeBack();
    await w.clock.advance(5_000);
    const asked = await w.getWrite(first);
    assert.deepEqual([asked.state, asked.freshness], ['queued', 'asked']);
    assert.deepEqual(w.pos.calls, []);
    return { w, first, second, roundId: asked.round_id ?? '' };
  }
  const answer = (w: World, roundId: string, wanted: boolean) =>
    w.store.asCompany(w.company.companyId, async (tx) => {
      const write = await lockAskedWrite(tx, w.company.companyId, roundId);
      if (write === undefined) return false;
      await (wanted ? sendStill : endUnwanted)(tx, write, w.clock.nowMs());
      return true;
    });

  it('sends a stale round once somebody says that it is still wanted, through its retries', async () => {
    const { w, first, roundId } = await openStale();
    w.pos.onSend(() => Promise.resolve(w.pos.calls.length === 1 ? notApplied() : applied));
    assert.ok(await answer(w, roundId, true));
    await w.clock.advance(7_000);
    assert.equal((await w.getWrite(first)).state, 'delivered');
    assert.equal(await answer(w, roundId, false), false, 'too late to say no');
  });

  it('cancels it on a no, and the rest of the lane with an order that will never be', async () => {
    const { w, first, second, roundId } = await openStale();
    assert.ok(await answer(w, roundId, false));
    await w.clock.advance(10_000);
    assert.equal((await w.getWrite(first)).state, 'cancelled');
    const rest = await w.getWrite(second);
    assert.deepEqual([rest.state, rest.error_code], ['refused', 'order-not-in-pos']);
    assert.deepEqual(w.pos.calls, []);
  });

  it('takes the answer while the location is read-only again', async () => {
    const { w, first, roundId } = await openStale();
    await w.goReadOnly();
    assert.ok(await answer(w, roundId, true));
    assert.equal((await w.getWrite(first)).state, 'waiting');
    await w.comeBack();
    assert.equal((await w.getWrite(first)).state, 'delivered');
  });

  it('becomes a case for a person when nobody answers, and is not sent', async () => {
    const { w, first } = await openStale();
    await w.clock.leap(guestAnswerMs + waiterAnswerMs - 10_000);
    await w.clock.advance(4_000);
    assert.equal((await w.getWrite(first)).state, 'queued');
    await w.clock.advance(10_000);
    const write = await w.getWrite(first);
    assert.deepEqual([write.state, write.error_code], ['error', 'write-expired']);
    assert.ok(w.seen.ends.some(({ writeId, state }) => writeId === first && state === 'error'));
    await w.clock.leap(120_000);
    assert.deepEqual(w.pos.sentAt(), []);
    assert.deepEqual(w.seen.bugs, []);
  });

  it('leaves a round that may be in the POS to a person when its guest no longer wants it', async () => {
    const capabilities = { ...remembering, createDedupe: 'unique-reference', dedupeWindowMs: null } as const;
    const w = await makeWorld(store(), { capabilities });
    world = w;
    await w.startWorker();
    w.pos.onSend(() => Promise.resolve(unknown()));
    const order = await w.newOrder();
    const writeId = await w.enqueue('create-order', order, { freshUntilMs: w.clock.nowMs() + limitMs });
    await w.clock.advance(1_000);
    await w.goReadOnly();
    await w.clock.leap(limitMs);
    await w.comeBack();
    await w.clock.advance(5_000);
    const asked = await w.getWrite(writeId);
    assert.deepEqual([asked.state, asked.freshness], ['backing-off', 'asked']);
    assert.ok(await answer(w, asked.round_id ?? '', false));
    await w.clock.leap(120_000);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.error_code], ['error', 'unknown-outcome']);
    const place = { companyId: w.company.companyId, locationId: w.company.locationId };
    const items = await w.store.asCompany(place.companyId, (tx) => listOpenItems(tx, place));
    assert.deepEqual(
      items.map((item) => [item.kind, item.write_id]),
      [['write-in-error', writeId]],
    );
    assert.equal(w.pos.sentAt().length, 1, 'not sent again');
  });
});
