import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { emptyStore, seedCompany, testStores } from '#store/test-store.ts';
import { claimWrites, getLeasedWrite } from '#store/write-claims.ts';
import { sendWithinMs } from './decide.ts';
import { leaseMs } from './step.ts';
import { makeWorld } from './test-delivery.ts';
import type { World, WorldOptions } from './test-delivery.ts';
import { applied, present, remembering, notApplied } from './test-pos.ts';

testStores((store, engine) => {
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

  it('reads back within 5 s what a worker that died was sending, and never sends it blindly', async () => {
    const w = await open();
    w.pos.onSend(() => new Promise(() => undefined));
    w.pos.onRead(() => Promise.resolve(present));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    const first = await w.startWorker();
    await w.clock.advance(7_500);
    first.kill();
    assert.equal((await w.getWrite(writeId)).state, 'sending');
    await w.startWorker();
    const diedMs = w.clock.monotonicMs();
    await w.clock.advance(5_000);
    const [readMs] = w.pos.readAt();
    assert.ok(
      readMs !== undefined && readMs - diedMs <= 4_001,
      `taken over after ${(readMs ?? 0) - diedMs} ms`,
    );
    assert.deepEqual(w.pos.sentAt(), [0]);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
    assert.deepEqual(
      (await w.listAttempts(writeId)).map(({ step, outcome }) => [step, outcome]),
      [
        ['send', 'died'],
        ['read-back', 'present'],
      ],
    );
  });

  it('sends again what a dead worker never sent, after the settle time of the latest it can have been sent', async () => {
    const w = await open();
    w.pos.onSend(() => new Promise(() => undefined));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    const first = await w.startWorker();
    await w.clock.settle();
    first.kill();
    await w.startWorker();
    w.pos.onSend(() => Promise.resolve(applied));
    await w.clock.advance(100_000);
    const [, again] = w.pos.sentAt();
    // Up to 3 s to send, 20 s of deadline, 40 s of late arrival; then a second read 3 s after the first.
    assert.ok(again !== undefined && again >= 66_000 && again <= 69_001, `sent again at ${again} ms`);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('repeats a dead worker’s write where the POS cannot be asked but remembers', async () => {
    const w = await open({ capabilities: remembering });
    w.pos.onSend(() => new Promise(() => undefined));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    const first = await w.startWorker();
    await w.clock.settle();
    first.kill();
    await w.startWorker();
    w.pos.onSend(() => Promise.resolve(applied));
    await w.clock.advance(60_000);
    assert.deepEqual(w.pos.sentAt(), [0, 53_000]);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('ignores the late completion of a worker that lost its lease', async () => {
    const w = await open();
    let answer = (_outcome: typeof applied): void => undefined;
    w.pos.onSend(() => new Promise((resolve) => (answer = resolve)));
    w.pos.onRead(() => new Promise(() => undefined));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker('stopped for a while');
    await w.clock.settle();
    // Somebody else takes it over while the first is stopped.
    const nowMs = w.clock.nowMs() + leaseMs + 1;
    const [taken] = await w.store.asWorker((tx) =>
      claimWrites(tx, {
        owner: 'other',
        nowMs,
        leaseUntilMs: nowMs + leaseMs,
        deadlineAtMs: nowMs,
        limit: 1,
        backlogLimit: 1,
      }),
    );
    assert.deepEqual([taken?.writeId, taken?.step, taken?.from], [writeId, 'read-back', 'sending']);
    answer(applied);
    await w.clock.settle();
    const write = await w.getWrite(writeId);
    assert.deepEqual([write.state, write.lease_owner], ['unconfirmed', 'other']);
    assert.deepEqual(w.seen.ends, []);
    assert.deepEqual(w.seen.bugs, []);
  });

  it('has the connection open before a retry falls due that another worker left', async () => {
    const w = await open();
    w.pos.onSend(() => Promise.resolve(w.pos.calls.length === 1 ? notApplied() : applied));
    await w.enqueue('create-order', await w.newOrder());
    const first = await w.startWorker();
    await w.clock.settle();
    first.kill();
    const opened: number[] = [];
    w.seen.act.connect = () => Promise.resolve(void opened.push(w.clock.nowMs()));
    const startedAtMs = w.clock.nowMs();
    await w.startWorker();
    await w.clock.advance(6_000);
    assert.deepEqual(opened, [startedAtMs, startedAtMs + 5_000]);
    assert.deepEqual(w.pos.sentAt(), [0, 5_000]);
  });

  it('does not send when its process was stopped between claim and send', async () => {
    const w = await open();
    const connectorFor = w.seen.deps.connectorFor;
    let open_ = (): void => undefined;
    const slow = new Promise<void>((resolve) => (open_ = resolve));
    Object.assign(w.seen.deps, {
      connectorFor: async (companyId: string, locationId: string) => {
        await slow;
        return connectorFor(companyId, locationId);
      },
    });
    await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.settle();
    await w.clock.leap(sendWithinMs);
    open_();
    await w.clock.settle();
    assert.deepEqual(w.pos.sentAt(), []);
  });

  it('never has two writes in flight at a location of one, with two workers and ten lanes', async () => {
    const w = await open();
    let seed = 7;
    w.pos.onSend(() => {
      seed = (seed * 16_807) % 2_147_483_647;
      return new Promise((resolve) => w.clock.after(50 + (seed % 400), () => resolve(applied)));
    });
    const ids: number[] = [];
    for (let lane = 0; lane < 10; lane += 1) {
      const order = await w.newOrder();
      ids.push(await w.enqueue('create-order', order), await w.enqueue('append-round', order));
    }
    await Promise.all([w.startWorker('a'), w.startWorker('b')]);
    await w.clock.advance(10_000);
    assert.equal(w.pos.mostInFlight(w.company.locationId), 1);
    assert.equal(w.pos.sentAt().length, 20, 'each once');
    for (const id of ids) assert.equal((await w.getWrite(id)).state, 'delivered');
    const owners = new Set(w.seen.bugs);
    assert.deepEqual([...owners], []);
  });

  it('uses the room a location offers, and no more, over two workers', async () => {
    const w = await open({ writeConcurrency: 3 });
    w.pos.onSend(() => new Promise((resolve) => w.clock.after(500, () => resolve(applied))));
    for (let lane = 0; lane < 9; lane += 1) await w.enqueue('create-order', await w.newOrder());
    await Promise.all([w.startWorker('a'), w.startWorker('b')]);
    await w.clock.advance(3_000);
    assert.equal(w.pos.mostInFlight(w.company.locationId), 3);
    assert.deepEqual(w.pos.sentAt(), [0, 0, 0, 500, 500, 500, 1_000, 1_000, 1_000]);
  });

  it('lets no location wait for a silent one', async () => {
    const w = await open();
    const other = await seedCompany(w.store, {
      companyId: w.company.companyId,
      nowMs: w.clock.nowMs() - 60_000,
    });
    const silent = w.company.locationId;
    w.pos.onSend((write) =>
      write.kind === 'create-order' && w.pos.calls.at(-1)?.locationId === silent
        ? new Promise(() => undefined)
        : Promise.resolve(applied),
    );
    for (let lane = 0; lane < 5; lane += 1) await w.enqueue('create-order', await w.newOrder());
    const theirs = await w.enqueue('create-order', await w.newOrder(other.locationId));
    await w.startWorker();
    await w.clock.settle();
    assert.equal((await w.getWrite(theirs)).state, 'delivered');
    assert.equal(w.pos.calls.filter((call) => call.locationId === silent).length, 1);
  });

  it('leaves alone what a transaction under way is changing', { skip: engine === 'embedded' }, async () => {
    const w = await open();
    const writeId = await w.enqueue('create-order', await w.newOrder());
    const claim = {
      owner: 'a',
      nowMs: w.clock.nowMs(),
      leaseUntilMs: 9e12,
      deadlineAtMs: 9e12,
      limit: 5,
      backlogLimit: 1,
    };
    await w.store.asCompany(w.company.companyId, async (tx) => {
      await tx.updateTable('writes').set({ state: 'cancelled' }).where('write_id', '=', writeId).execute();
      assert.deepEqual(await w.store.asWorker((other) => claimWrites(other, claim)), []);
    });
    assert.deepEqual(await w.store.asWorker((tx) => claimWrites(tx, claim)), []);
  });

  it('knows a completion by owner and epoch', async () => {
    const w = await open();
    await w.enqueue('create-order', await w.newOrder());
    const nowMs = w.clock.nowMs();
    const [held] = await w.store.asWorker((tx) =>
      claimWrites(tx, {
        owner: 'a',
        nowMs,
        leaseUntilMs: nowMs + 1,
        deadlineAtMs: nowMs,
        limit: 1,
        backlogLimit: 1,
      }),
    );
    assert.ok(held);
    const get = (claimed: typeof held, owner: string) =>
      w.store.asCompany(w.company.companyId, (tx) => getLeasedWrite(tx, claimed, owner));
    assert.ok(await get(held, 'a'));
    assert.equal(await get(held, 'b'), undefined);
    assert.equal(await get({ ...held, epoch: held.epoch - 1 }, 'a'), undefined);
  });
});
