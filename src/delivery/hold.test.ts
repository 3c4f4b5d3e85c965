import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { emptyStore, testStores } from '#store/test-store.ts';
import { makeWorld } from './test-delivery.ts';
import type { World, WorldOptions } from './test-delivery.ts';
import { absent, applied, locked, notApplied, present, unknown } from './test-pos.ts';

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
  /** The check that an attempt without an answer asks for finds the POS gone. */
  function losePos(w: World): void {
    w.seen.act.check = async () => {
      await w.flip('read-only');
      return false;
    };
  }

  it('waits without losing an attempt when the location turned out to be unreachable', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(notApplied('pos-offline', false)));
    losePos(w);
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(20_000);
    await w.clock.leap(580_000);
    const waiting = await w.getWrite(writeId);
    assert.deepEqual(
      [waiting.state, waiting.attempts_used, waiting.waiting_from],
      ['waiting', 0, 'backing-off'],
    );
    assert.deepEqual(w.pos.sentAt(), [0], 'it is not knocked on again');
    w.pos.onSend(() => Promise.resolve(applied));
    await w.comeBack();
    assert.deepEqual(w.pos.sentAt(), [0, 600_000]);
    assert.equal((await w.getWrite(writeId)).attempts_used, 1);
  });

  it('goes on its schedule when the check finds the location in order', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(notApplied('pos-offline', false)));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(5_000);
    assert.deepEqual(w.pos.sentAt(), [0, 5_000]);
    assert.equal((await w.getWrite(writeId)).attempts_used, 2);
  });

  it('waits when the POS refuses our credentials', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(notApplied('auth-failed')));
    losePos(w);
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(10_000);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.attempts_used, write.error_code], ['waiting', 0, 'auth-failed']);
  });

  it('waits for nobody when the location came back before the outcome was saved', async () => {
    const w = await open();
    let lost = true;
    w.pos.onSend(() => Promise.resolve(lost ? notApplied('pos-offline', false) : applied));
    w.seen.act.check = async () => {
      await w.flip('read-only');
      await w.flip('online');
      lost = false;
      return false;
    };
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.settle();
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.attempts_used], ['delivered', 1]);
  });

  it('puts what fails during a flip on hold like the rest', async () => {
    const w = await open();
    w.pos.onSend(async () => {
      await w.flip('read-only');
      return locked;
    });
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(20_000);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.waiting_from, write.attempts_used], ['waiting', 'locked', 1]);
    assert.deepEqual(w.pos.sentAt(), [0]);
    w.pos.onSend(() => Promise.resolve(applied));
    await w.comeBack();
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('gives held writes their own instants back where those are still to come', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(locked));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(36_000);
    // Sent at 0, 5, 15 and 35 s; the next slot is at 75 s.
    await w.goReadOnly();
    assert.equal((await w.getWrite(writeId)).state, 'waiting');
    await w.clock.advance(10_000);
    await w.comeBack();
    assert.equal((await w.getWrite(writeId)).state, 'locked');
    await w.clock.advance(40_000);
    assert.deepEqual(w.pos.sentAt(), [0, 5_000, 15_000, 35_000, 75_000]);
    assert.deepEqual(
      w.seen.moves
        .filter((move) => move.to === 'waiting' || move.from === 'waiting')
        .map(({ from, to }) => [from, to]),
      [
        ['locked', 'waiting'],
        ['waiting', 'locked'],
      ],
    );
  });

  it('takes writes while read-only, held from the start', async () => {
    const w = await open();
    await w.startWorker();
    await w.goReadOnly();
    const writeId = await w.enqueue('mark-paid', await w.newOrder(), { posRef: 'pos-1' });
    await w.clock.advance(5_000);
    assert.equal((await w.getWrite(writeId)).state, 'waiting');
    assert.deepEqual(w.pos.calls, []);
    await w.comeBack();
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('drains payments first, then the youngest rounds, lanes in order', async () => {
    const w = await open();
    await w.startWorker();
    await w.goReadOnly();
    const paid = await w.newOrder();
    await w.enqueue('mark-paid', paid, { posRef: 'pos-9' });
    const orders = [];
    for (let index = 0; index < 3; index += 1) {
      await w.clock.advance(10_000);
      const order = await w.newOrder();
      orders.push(order);
      await w.enqueue('create-order', order);
      await w.enqueue('append-round', order);
    }
    const names = new Map([...orders, paid].map((order, index) => [order.order_id, 'abcp'[index] ?? '']));
    w.pos.onSend(() => new Promise((resolve) => w.clock.after(100, () => resolve(applied))));
    await w.comeBack();
    await w.clock.advance(5_000);
    const sent = w.pos.calls.map((call) => {
      const name = 'orderReference' in call.write ? names.get(call.write.orderReference) : '';
      return `${name} ${call.write.kind}`;
    });
    assert.deepEqual(sent, [
      'p mark-paid',
      'c create-order',
      'c append-round',
      'b create-order',
      'b append-round',
      'a create-order',
      'a append-round',
    ]);
  });

  it('lets one write go alone until one is delivered, then as many as the connection takes', async () => {
    const w = await open({ writeConcurrency: 4 });
    await w.startWorker();
    await w.goReadOnly();
    for (let lane = 0; lane < 9; lane += 1) await w.enqueue('create-order', await w.newOrder());
    let tried = 0;
    w.pos.onSend(() => {
      tried += 1;
      const outcome = tried === 1 ? locked : applied;
      return new Promise((resolve) => w.clock.after(1_000, () => resolve(outcome)));
    });
    const backMs = w.clock.monotonicMs();
    await w.comeBack();
    await w.clock.advance(4_500);
    const starts = w.pos.sentAt().map((atMs) => atMs - backMs);
    // The first is locked and opens nothing; the second is delivered at 2 s.
    assert.deepEqual(starts, [0, 1_000, 2_000, 2_000, 2_000, 2_000, 3_000, 3_000, 3_000]);
    const status = await w.store.asCompany(w.company.companyId, (tx) =>
      tx.selectFrom('location_statuses').select('draining').executeTakeFirstOrThrow(),
    );
    assert.equal(status.draining, false);
  });

  it('drains no more at a time than one process may, and takes what is new beside it', async () => {
    const w = await open({ writeConcurrency: 8, drainedMax: 2 });
    await w.startWorker();
    await w.goReadOnly();
    for (let lane = 0; lane < 5; lane += 1) await w.enqueue('create-order', await w.newOrder());
    w.pos.onSend(() => new Promise((resolve) => w.clock.after(1_000, () => resolve(applied))));
    await w.clock.advance(10);
    const backMs = w.clock.monotonicMs();
    await w.comeBack();
    await w.clock.advance(1_500);
    await w.enqueue('create-order', await w.newOrder());
    await w.clock.advance(3_000);
    // One alone, then two at a time; what was ordered since goes out at its own instant.
    assert.deepEqual(
      w.pos.sentAt().map((atMs) => atMs - backMs),
      [0, 1_000, 1_000, 1_500, 2_000, 2_000],
    );
  });

  it('reads nothing back while read-only, and at once on return', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(unknown(false)));
    losePos(w);
    w.pos.onRead(() => Promise.resolve(present));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(10_000);
    await w.clock.leap(90_000);
    assert.equal((await w.getWrite(writeId)).state, 'unconfirmed');
    assert.deepEqual(w.pos.readAt(), []);
    await w.comeBack();
    assert.deepEqual(w.pos.readAt(), [100_000]);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('holds what was proven absent during a flip, and sends it on return', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(w.pos.sentAt().length === 1 ? unknown() : applied));
    w.pos.onRead(async () => {
      if (w.clock.monotonicMs() === 63_000) await w.flip('read-only');
      return absent;
    });
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(80_000);
    assert.equal((await w.getWrite(writeId)).state, 'waiting');
    assert.deepEqual(w.pos.sentAt(), [0]);
    await w.comeBack();
    assert.deepEqual(w.pos.sentAt(), [0, 80_000]);
    assert.deepEqual(w.seen.bugs, []);
  });

  it('drops a message that waited too long for its location', async () => {
    const w = await open();
    await w.startWorker();
    await w.goReadOnly();
    const writeId = await w.enqueue('send-message', await w.newOrder());
    await w.clock.leap(119_500);
    assert.equal((await w.getWrite(writeId)).state, 'waiting');
    await w.clock.advance(5_500);
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.error_code], ['refused', 'write-expired']);
    await w.comeBack();
    assert.deepEqual(w.pos.calls, []);
  });
});
