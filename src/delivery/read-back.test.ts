import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { emptyStore, testStores } from '#store/test-store.ts';
import { makeWorld } from './test-delivery.ts';
import type { World, WorldOptions } from './test-delivery.ts';
import { absent, applied, locked, present, unknown, unread } from './test-pos.ts';

testStores((store) => {
  let world: World | undefined;
  beforeEach(() => emptyStore(store()));
  afterEach(async () => {
    await world?.stop();
    world = undefined;
  });
  async function open(options?: WorldOptions): Promise<World> {
    world = await makeWorld(store(), options);
    return world;
  }

  it('reads back at once, and delivers what it sees without sending again', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(unknown()));
    w.pos.onRead(() => Promise.resolve(w.pos.readAt().length < 3 ? absent : present));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.settle();
    assert.deepEqual(w.pos.readAt(), [0], 'at once');
    assert.equal((await w.getWrite(writeId)).state, 'unconfirmed');
    await w.clock.advance(30_000);
    assert.deepEqual(w.pos.readAt(), [0, 3_000, 6_000]);
    assert.deepEqual(w.pos.sentAt(), [0]);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
    const [end] = w.seen.ends.filter(({ state }) => state === 'delivered');
    assert.deepEqual(end?.value, present.kind === 'read' && 'value' in present.value && present.value.value);
  });

  it('sends again only after two spaced reads since the settle time, and never before it', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(w.pos.sentAt().length === 1 ? unknown() : applied));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(90_000);
    // 20 s deadline and 40 s of late arrival: reads at 60 and 63 s count, those before prove nothing.
    assert.deepEqual(w.pos.sentAt(), [0, 63_000]);
    assert.deepEqual(w.pos.readAt().slice(-2), [60_000, 63_000]);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.attempts_used], ['delivered', 2]);
  });

  it('does not count an absence asked for before the settle time, however late it is answered', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(w.pos.sentAt().length === 1 ? unknown() : applied));
    w.pos.onRead(
      () =>
        new Promise((resolve) => {
          // The reading that starts at 57 s ends at 67 s.
          w.clock.after(w.pos.readAt().at(-1) === 57_000 ? 10_000 : 0, () => resolve(absent));
        }),
    );
    await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(72_000);
    assert.deepEqual(w.pos.readAt().slice(-2), [57_000, 70_000]);
    assert.deepEqual(w.pos.sentAt(), [0], 'one counting absence so far');
    await w.clock.advance(1_000);
    assert.deepEqual(w.pos.sentAt(), [0, 73_000]);
  });

  it('asks about what was sent before its lane became part of another, whatever a person is asked before it', async () => {
    const w = await open();
    const order = await w.newOrder();
    const ahead = await w.enqueue('mark-paid', order, { posRef: 'pos-1' });
    const sent = await w.enqueue('append-round', order);
    const behind = await w.enqueue('append-round', order);
    const nowMs = w.clock.nowMs();
    const { companyId } = w.company;
    await w.store.asCompany(companyId, async (tx) => {
      const put = (writeId: number, values: object) =>
        tx.updateTable('writes').set(values).where('write_id', '=', writeId).execute();
      await put(ahead, { state: 'error', due_at_ms: nowMs + 900_000 });
      await put(sent, { state: 'unconfirmed', last_sent_at_ms: nowMs, last_ended_at_ms: nowMs });
    });
    w.pos.onRead(() => Promise.resolve(present));
    await w.startWorker();
    await w.clock.advance(5_000);
    assert.equal((await w.getWrite(sent)).state, 'delivered');
    assert.equal((await w.getWrite(behind)).state, 'queued', 'what would be sent keeps its turn');
    assert.deepEqual(w.pos.sentAt(), []);
  });

  it('finds what arrived late, and does not double it', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(unknown(false)));
    w.pos.onRead(() => Promise.resolve(w.clock.monotonicMs() >= 59_000 ? present : absent));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(120_000);
    assert.deepEqual(w.pos.sentAt(), [0]);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('waits for reads that fail, and counts only those that saw', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(w.pos.sentAt().length === 1 ? unknown() : applied));
    w.pos.onRead(() => Promise.resolve(w.clock.monotonicMs() < 100_000 ? unread : absent));
    await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(110_000);
    assert.deepEqual(w.pos.sentAt(), [0, 105_000]);
  });

  it('reads a payment back the same way and keeps its own slots', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(w.pos.sentAt().length === 1 ? locked : unknown()));
    await w.enqueue('mark-paid', await w.newOrder(), { posRef: 'pos-1' });
    await w.startWorker();
    await w.clock.advance(185_000);
    // Sent at 60 s, absent for certain at 123 s; the slot after the second attempt is 120 s after its end.
    assert.deepEqual(w.pos.sentAt(), [0, 60_000, 180_000]);
  });

  it('holds the lane while a write is unconfirmed', async () => {
    const w = await open();
    const order = await w.newOrder();
    w.pos.onSend(() => Promise.resolve(unknown()));
    await w.enqueue('create-order', order);
    const next = await w.enqueue('append-round', order);
    await w.startWorker();
    await w.clock.advance(30_000);
    assert.equal((await w.getWrite(next)).state, 'queued');
    w.pos.onRead(() => Promise.resolve(present));
    w.pos.onSend(() => Promise.resolve(applied));
    await w.clock.advance(3_000);
    assert.equal((await w.getWrite(next)).state, 'delivered');
  });

  it('goes on reading a write in error, and closes it when the POS shows it', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(locked));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.settle();
    for (const delayMs of [5_000, 10_000, 20_000, 40_000, 80_000]) {
      await w.clock.leap(delayMs - 1_000);
      await w.clock.advance(1_000);
    }
    assert.equal((await w.getWrite(writeId)).state, 'error');
    assert.deepEqual(w.pos.readAt(), [155_000], 'at once');
    await w.clock.leap(59_000);
    await w.clock.advance(2_000);
    assert.deepEqual(w.pos.readAt(), [155_000, 215_000], 'then every minute');
    assert.equal((await w.getWrite(writeId)).error_code, 'order-locked', 'the reason stays');
    w.pos.onRead(() => Promise.resolve(present));
    await w.clock.leap(58_000);
    await w.clock.advance(2_000);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });
});
