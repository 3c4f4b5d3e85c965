import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { writeKinds } from '#domain/write.ts';
import { emptyStore, testStores } from '#store/test-store.ts';
import { makeWorld } from './test-delivery.ts';
import type { World, WorldOptions } from './test-delivery.ts';
import { applied, locked, mute, notApplied, refused, remembering, unknown } from './test-pos.ts';

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

  it('sends a write of every kind, recording the attempt before the first byte', async () => {
    const w = await open();
    const order = await w.newOrder();
    for (const kind of writeKinds) await w.enqueue(kind, order);
    const recorded: unknown[] = [];
    w.pos.onSend(async () => {
      const rows = await w.store.asCompany(w.company.companyId, (tx) =>
        tx.selectFrom('attempts').select(['step', 'ended_at_ms']).where('ended_at_ms', 'is', null).execute(),
      );
      recorded.push(rows);
      return applied;
    });
    await w.startWorker();
    await w.clock.advance(2_000);
    assert.deepEqual(
      w.pos.calls.map((call) => call.write.kind).toSorted(),
      [...writeKinds].toSorted(),
      'all five were sent, those that never get stale too',
    );
    assert.deepEqual(
      recorded,
      writeKinds.map(() => [{ step: 'send', ended_at_ms: null }]),
    );
    assert.deepEqual(w.seen.bugs, []);
  });

  it('sends with the reference the order got from the write before', async () => {
    const w = await open();
    const order = await w.newOrder();
    await w.enqueue('create-order', order);
    await w.enqueue('append-round', order);
    await w.startWorker();
    await w.clock.settle();
    const refs = w.pos.calls.map((call) => ('posRef' in call.write ? call.write.posRef : undefined));
    assert.deepEqual(refs, [null, `pos ${order.order_id}`]);
  });

  it('keeps the order of a lane through a retry, and lets other lanes pass', async () => {
    const w = await open();
    const [a, b] = [await w.newOrder(), await w.newOrder()];
    const first = await w.enqueue('create-order', a);
    const second = await w.enqueue('append-round', a);
    const other = await w.enqueue('create-order', b);
    const sent: string[] = [];
    let busy = true;
    w.pos.onSend((write) => {
      const mine = 'orderReference' in write && write.orderReference === a.order_id;
      sent.push(`${mine ? 'a' : 'b'} ${write.kind}`);
      return Promise.resolve(mine && busy ? notApplied() : applied);
    });
    await w.startWorker();
    await w.clock.advance(4_999);
    assert.deepEqual(sent, ['a create-order', 'b create-order']);
    assert.equal((await w.getWrite(first)).state, 'backing-off');
    assert.equal((await w.getWrite(second)).state, 'queued');
    assert.equal((await w.getWrite(other)).state, 'delivered');
    busy = false;
    await w.clock.advance(1);
    assert.deepEqual(sent.slice(2), ['a create-order', 'a append-round']);
  });

  for (const [title, outcome] of [
    ['locked', locked],
    ['not applied', notApplied()],
  ] as const) {
    it(`retries a round that is ${title} 5, 10, 20, 40 and 80 s after each attempt's end, then asks a person`, async () => {
      const w = await open();
      const attemptMs = 700;
      w.pos.onSend(() => new Promise((resolve) => w.clock.after(attemptMs, () => resolve(outcome))));
      const writeId = await w.enqueue('create-order', await w.newOrder());
      await w.startWorker();
      for (const delayMs of [0, 5_000, 10_000, 20_000, 40_000, 80_000]) {
        await w.clock.leap(Math.max(0, delayMs - 1_500));
        await w.clock.advance(Math.min(delayMs, 1_500) + attemptMs);
      }
      assert.deepEqual(
        w.pos.sentAt(),
        [0, 5_700, 16_400, 37_100, 77_800, 158_500],
        'each delay counts from the end of the attempt before',
      );
      const write = await w.getWrite(writeId);
      assert.equal(write.state, 'error');
      assert.equal(write.attempts_used, 6);
      assert.equal(write.error_code, outcome.kind === 'locked' ? 'order-locked' : 'pos-busy');
      await w.clock.advance(61_000);
      assert.equal(w.pos.sentAt().length, 6, 'no seventh attempt');
      assert.deepEqual(w.seen.bugs, []);
    });
  }

  it('retries a payment after 60, 120, 180, 240 and 300 s, whatever the reason, a lock included', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(w.pos.calls.length % 2 === 0 ? locked : notApplied()));
    const writeId = await w.enqueue('mark-paid', await w.newOrder(), { posRef: 'pos-1' });
    await w.startWorker();
    await w.clock.settle();
    for (const delayMs of [60_000, 120_000, 180_000, 240_000, 300_000]) {
      await w.clock.leap(delayMs - 1_500);
      await w.clock.advance(1_500);
    }
    assert.deepEqual(w.pos.sentAt(), [0, 60_000, 180_000, 360_000, 600_000, 900_000]);
    assert.equal((await w.getWrite(writeId)).state, 'error');
  });

  it('shows Locked with the holder, and lands once at the next slot after an unlock', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(locked));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(6_000);
    const write = await w.getWrite(writeId);
    assert.equal(write.state, 'locked');
    assert.equal(write.held_by, 'Till 2');
    w.pos.onSend(() => Promise.resolve(applied));
    await w.clock.advance(9_000);
    assert.deepEqual(w.pos.sentAt(), [0, 5_000, 15_000], 'not before its slot');
    await w.clock.advance(30_000);
    assert.equal(w.pos.sentAt().length, 3, 'once');
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
    assert.deepEqual(
      w.seen.moves.map((move) => `${move.from} ${move.to}`),
      ['sending locked', 'sending locked', 'sending delivered'],
    );
  });

  it('cuts an attempt off at the deadline, and gives up a connector that ignores it', async () => {
    const w = await open();
    const aborted: number[] = [];
    w.pos.onSend(
      (_write, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => aborted.push(w.clock.monotonicMs()));
        }),
    );
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(20_999);
    assert.deepEqual(aborted, [20_000]);
    assert.equal((await w.getWrite(writeId)).state, 'sending', 'its lease was kept for all that time');
    await w.clock.advance(1);
    assert.equal((await w.getWrite(writeId)).state, 'unconfirmed');
  });

  it('takes what a connector throws for unknown, and reports the bug in the detail', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.reject(new Error('a bug of ours')));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.settle();
    const write = await w.getWrite(writeId);
    assert.equal(write.state, 'unconfirmed');
    assert.match(write.error_detail ?? '', /a bug of ours/);
  });

  it('loses nothing to a hook that throws: tried again, then read back by whoever takes it over', async () => {
    const w = await open();
    let throws = 20;
    w.seen.act.hook = () => {
      throws -= 1;
      return throws >= 0 ? Promise.reject(new Error('a bug of ours')) : Promise.resolve();
    };
    w.pos.onRead(() =>
      Promise.resolve({
        kind: 'read',
        value: { kind: 'present', value: { posRef: 'x', joined: false, packageRef: 'y', order: null } },
      }),
    );
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(60_000);
    assert.equal(w.pos.sentAt().length, 1);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
    assert.equal(w.seen.bugs.length, 20);
  });

  it('refuses the rest of a lane whose order was refused, and keeps its payment for a person', async () => {
    const w = await open();
    const order = await w.newOrder();
    const ids = [
      await w.enqueue('create-order', order),
      await w.enqueue('append-round', order),
      await w.enqueue('mark-paid', order),
    ];
    w.pos.onSend(() => Promise.resolve(refused('item-sold-out')));
    await w.startWorker();
    await w.clock.advance(2_000);
    const rows = await Promise.all(ids.map((id) => w.getWrite(id)));
    assert.deepEqual(
      rows.map((row) => [row.state, row.error_code]),
      [
        ['refused', 'item-sold-out'],
        ['refused', 'order-not-in-pos'],
        ['error', 'order-not-in-pos'],
      ],
    );
    assert.equal(w.pos.sentAt().length, 1, 'a payment of an order that is nowhere is never sent');
    assert.deepEqual(
      w.seen.ends.map((end) => [end.writeId, end.state]),
      rows.map((row) => [row.write_id, row.state]),
      'what hangs on each of them hears of it',
    );
    assert.deepEqual(w.seen.bugs, []);
  });

  it('ends the rounds behind a payment that closed their order, together and in their order', async () => {
    const w = await open();
    const order = await w.newOrder();
    const create = await w.enqueue('create-order', order);
    const paid = await w.enqueue('mark-paid', order, { posRef: 'pos-1' });
    const behind = [await w.enqueue('append-round', order), await w.enqueue('append-round', order)];
    await w.startWorker();
    await w.clock.advance(2_000);
    const rows = await Promise.all(behind.map((id) => w.getWrite(id)));
    for (const row of rows) assert.deepEqual([row.state, row.error_code], ['refused', 'order-closed']);
    assert.deepEqual(
      w.seen.ends.map((end) => end.writeId),
      [create, paid, ...behind],
      'what starts them anew hears of each, in the order they were taken',
    );
    assert.equal(w.pos.sentAt().length, 2, 'the POS is not asked for what it must refuse');
    assert.deepEqual(w.seen.bugs, []);
  });

  it('ends the rounds behind one whose order was moved to another table, together and in their order', async () => {
    const w = await open();
    const order = await w.newOrder();
    const create = await w.enqueue('create-order', order);
    const rounds = [
      await w.enqueue('append-round', order),
      await w.enqueue('append-round', order),
      await w.enqueue('append-round', order),
    ];
    w.pos.onSend(() => Promise.resolve(w.pos.sentAt().length === 1 ? applied : refused('order-moved')));
    await w.startWorker();
    await w.clock.advance(2_000);
    const rows = await Promise.all(rounds.map((id) => w.getWrite(id)));
    for (const row of rows) assert.deepEqual([row.state, row.error_code], ['refused', 'order-moved']);
    assert.deepEqual(
      w.seen.ends.map((end) => end.writeId),
      [create, ...rounds],
    );
    assert.equal(w.pos.sentAt().length, 2, 'one by one they would start anew on orders of their own');
  });

  it('asks about a round behind such a payment that may be on the order already, and ends nothing behind it', async () => {
    const w = await open();
    const order = await w.newOrder();
    await w.enqueue('mark-paid', order, { posRef: 'pos-1' });
    // Sent from another lane, before a waiter made two orders one.
    const sent = await w.enqueue('append-round', order);
    const behind = await w.enqueue('append-round', order);
    const { companyId } = w.company;
    const askAtMs = w.clock.nowMs() + 60_000;
    await w.store.asCompany(companyId, (tx) =>
      tx
        .updateTable('writes')
        .set({ state: 'unconfirmed', doubt_since_ms: w.clock.nowMs(), due_at_ms: askAtMs })
        .where('write_id', '=', sent)
        .execute(),
    );
    await w.startWorker();
    await w.clock.advance(2_000);
    const states = await Promise.all([sent, behind].map(async (id) => (await w.getWrite(id)).state));
    assert.deepEqual(states, ['unconfirmed', 'queued'], 'started anew, it would be cooked twice');
  });

  it('never sends a payment of an order that has no reference in the POS', async () => {
    const w = await open();
    const writeId = await w.enqueue('mark-paid', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(120_000);
    assert.deepEqual(w.pos.calls, []);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.error_code], ['error', 'order-not-in-pos']);
  });

  it('drops a message nobody could be told within two minutes', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(locked));
    const order = await w.newOrder();
    const writeId = await w.enqueue('send-message', order);
    await w.startWorker();
    await w.clock.advance(130_000);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.error_code], ['refused', 'write-expired']);
    assert.deepEqual(w.pos.sentAt(), [0, 5_000, 15_000, 35_000, 75_000]);
  });

  it('repeats the same reference only after the settle time where the POS can only remember it', async () => {
    const w = await open({ capabilities: remembering });
    w.pos.onSend(() => Promise.resolve(w.pos.calls.length === 1 ? unknown() : applied));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(60_000);
    assert.deepEqual(w.pos.sentAt(), [0, 50_000]);
    const [first, second] = w.pos.calls;
    assert.deepEqual(first?.write, second?.write);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('counts the settle time from when the attempt began, however long it took from its claim', async () => {
    const w = await open({ capabilities: remembering });
    w.pos.onSend(() => Promise.resolve(w.pos.sentAt().length === 1 ? unknown() : applied));
    w.seen.act.connect = () => new Promise((resolve) => w.clock.after(2_500, () => resolve()));
    await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(4_000);
    w.seen.act.connect = () => Promise.resolve();
    await w.clock.advance(60_000);
    assert.deepEqual(w.pos.sentAt(), [2_500, 52_500], 'the first may land until its own deadline and 30 s');
  });

  it('does not repeat when the POS may have forgotten the reference meanwhile', async () => {
    const w = await open({ capabilities: remembering });
    w.pos.onSend(() => Promise.resolve(unknown()));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    const worker = await w.startWorker();
    await w.clock.settle();
    await worker.stop();
    await w.clock.leap(400_000);
    await worker.start();
    await w.clock.settle();
    assert.equal(w.pos.sentAt().length, 1);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.error_code], ['error', 'unknown-outcome']);
  });

  it('asks a person where the POS can neither be asked nor remembers', async () => {
    const w = await open({ capabilities: mute });
    w.pos.onSend(() => Promise.resolve(unknown()));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(200_000);
    assert.equal(w.pos.sentAt().length, 1);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.error_code], ['error', 'unknown-outcome']);
  });

  it('stops without leaving anything under way', async () => {
    const w = await open();
    w.pos.onSend(() => new Promise((resolve) => w.clock.after(3_000, () => resolve(applied))));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    const worker = await w.startWorker();
    await w.clock.settle();
    const stopped = worker.stop();
    await w.clock.advance(3_000);
    await stopped;
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
    assert.equal(w.clock.waiting(), 0);
  });
});
