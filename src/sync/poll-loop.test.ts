import assert from 'node:assert/strict';
import { afterEach, it } from 'node:test';
import { minuteMs } from '#domain/time.ts';
import { saveOrderSnapshot } from '#store/order-snapshots.ts';
import { announceChange } from '#store/orders.ts';
import { emptyStore, seedCompany, testStores } from '#store/test-store.ts';
import type { Store } from '#store/store.ts';
import { settle, watch } from '#delivery/test-crash.ts';
import { makeFakeClock } from '#test/fake-clock.ts';
import { makeHealth } from './health.ts';
import { makePollLoop } from './poll-loop.ts';
import type { PollLoop } from './poll-loop.ts';
import { makeReadablePos, read, silence } from './test-sync.ts';

testStores((store) => {
  let stop = () => Promise.resolve();
  afterEach(() => stop());
  async function open(): Promise<World> {
    const world = await makeWorld(store());
    stop = world.stop;
    return world;
  }

  it('reads each thing at its own cadence', async () => {
    const w = await open();
    await w.clock.advance(20 * minuteMs);
    assert.deepEqual(w.counts(), { status: 21, tables: 5, availability: 4 });
  });

  it('asks a lost POS for its status only: every 5 s for ten minutes, then every 15 s', async () => {
    const w = await open();
    w.pos.status = silence;
    await w.clock.advance(minuteMs);
    w.pos.asked.splice(0);
    await w.clock.advance(8 * minuteMs);
    assert.deepEqual(w.counts(), { status: 96 });
    await w.clock.advance(3 * minuteMs);
    w.pos.asked.splice(0);
    await w.clock.advance(3 * minuteMs);
    assert.deepEqual(w.counts(), { status: 12 });
  });

  it('reads what guests need the moment the POS is back', async () => {
    const w = await open();
    w.pos.status = silence;
    await w.clock.advance(minuteMs);
    w.pos.asked.splice(0);
    w.pos.status = read({ posRestaurant: 'ours' });
    await w.clock.advance(5_000);
    // The second availability is the read that belongs to the check.
    assert.deepEqual(w.pos.asked.toSorted(), ['availability', 'availability', 'menu', 'status', 'tables']);
  });

  it('checks the status at once when a read meets silence', async () => {
    const w = await open();
    await w.clock.advance(1);
    w.pos.tables = silence;
    w.pos.status = silence;
    const asked = () => w.pos.asked as readonly string[];
    for (let second = 0; second < 240 && !asked().includes('tables'); second += 1)
      await w.clock.advance(1_000);
    assert.equal(asked().at(-1), 'status');
    w.pos.asked.splice(0);
    await w.clock.advance(10 * minuteMs);
    assert.deepEqual(new Set(asked()), new Set(['status']), 'read-only: nothing else is asked');
  });

  it('leaves a POS that refuses our credentials alone until they change', async () => {
    const w = await open();
    await w.changeConnection({ auth_failed_at_ms: w.clock.nowMs() });
    await w.clock.advance(2 * minuteMs);
    w.pos.asked.splice(0);
    await w.clock.advance(10 * minuteMs);
    assert.deepEqual(w.pos.asked, []);
    await w.changeConnection({ auth_failed_at_ms: null, revision: 2 });
    await w.clock.advance(2 * minuteMs);
    assert.ok(w.counts()['status'] !== undefined);
  });

  it('shares the locations between two processes and takes over those of one that died', async () => {
    const w = await open();
    const other = w.startAnother();
    await w.clock.advance(minuteMs);
    w.pos.asked.splice(0);
    await w.clock.advance(10 * minuteMs);
    assert.equal(w.counts()['status'], 10, 'each location has one poller');
    await other.stop();
    await w.clock.advance(minuteMs);
    w.pos.asked.splice(0);
    await w.clock.advance(10 * minuteMs);
    assert.equal(w.counts()['status'], 10);
  });
});

type World = Awaited<ReturnType<typeof makeWorld>>;

async function makeWorld(shared: Store) {
  await emptyStore(shared);
  const traffic = { inFlight: 0 };
  const clock = makeFakeClock({ settle: () => settle(traffic) });
  const store = watch(shared, traffic);
  const company = await seedCompany(shared, { nowMs: clock.nowMs() });
  const place = { companyId: company.companyId, locationId: company.locationId };
  const pos = makeReadablePos();
  const bugs: unknown[] = [];
  const loops: PollLoop[] = [];
  const flip = (tx: Parameters<typeof announceChange>[0]) => announceChange(tx, place);
  const connectorFor = () => Promise.resolve(pos.connector);
  function startAnother(): PollLoop {
    const loop = makePollLoop({
      store,
      clock,
      owner: `poller-${loops.length + 1}`,
      health: makeHealth({
        store,
        clock,
        connectionFor: () => Promise.resolve({ connector: pos.connector, revision: 1 }),
        hold: flip,
        release: flip,
        authFailed: () => Promise.resolve(),
        onFlip: () => undefined,
      }),
      connectorFor,
      adopt: () => Promise.resolve([]),
      keepReading: (tx, order, { seen, atMs }) => saveOrderSnapshot(tx, order, seen, atMs),
      detectSecondOrders: () => Promise.resolve(),
      onBug: (error) => bugs.push(error),
    });
    loops.push(loop);
    void loop.start();
    return loop;
  }
  startAnother();
  await clock.settle();
  return {
    clock,
    pos,
    startAnother,
    /** How often each thing was asked for. */
    counts(): Readonly<Record<string, number>> {
      const counts: Record<string, number> = {};
      for (const what of pos.asked) counts[what] = (counts[what] ?? 0) + 1;
      return counts;
    },
    async changeConnection(change: { auth_failed_at_ms: number | null; revision?: number }): Promise<void> {
      await shared.asCompany(place.companyId, (tx) => tx.updateTable('connections').set(change).execute());
    },
    stop: async (): Promise<void> => {
      for (const loop of loops) await loop.stop();
      assert.deepEqual(bugs, []);
    },
  };
}
