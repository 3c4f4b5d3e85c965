import assert from 'node:assert/strict';
import { it } from 'node:test';
import { countTransactions, testStores } from '#store/test-store.ts';
import { makePaymentLoop } from './payment-loop.ts';
import { lastMarkPaid, makePaying, posShows } from './test-paying.ts';
import { eur } from './test-payments.ts';

testStores((store) => {
  /** A loop whose timers ring when the test says so. */
  async function open() {
    const world = await makePaying(store());
    const timers: { readonly delayMs: number; readonly ring: () => void }[] = [];
    const counted = countTransactions(world.pays.store);
    const clock = {
      nowMs: () => world.clock.nowMs(),
      monotonicMs: () => world.clock.nowMs(),
      after(delayMs: number, ring: () => void) {
        timers.push({ delayMs, ring });
        return { cancel: () => undefined };
      },
    };
    const loop = makePaymentLoop(
      { ...world.pays, store: counted.store, clock },
      { onBug: (error) => assert.fail(String(error)) },
    );
    const which = { companyId: world.table.companyId, orderId: world.orderId };
    return { world, loop, timers, counted, which };
  }

  it('asks once about all that changed within half a second, and no further about what nobody paid for', async () => {
    const { loop, timers, counted, which } = await open();
    for (let news = 0; news < 20; news += 1) loop.noteOrder(which);
    loop.noteOrder({ ...which, orderId: 'another' });
    assert.deepEqual([timers.map(({ delayMs }) => delayMs), counted.begun()], [[500], 0]);
    timers[0]?.ring();
    await loop.stop();
    assert.equal(counted.begun(), 1);
  });

  it('counts the payments of a changed order anew, also when it is stopped before it would', async () => {
    const { world, loop, which } = await open();
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    const { write } = await lastMarkPaid(world);
    world.clock.advance(1_000);
    await world.end(write, 'refused', { code: 'bill-changed' });
    world.clock.advance(1_000);
    await posShows(world, [], { total: eur(700), due: eur(700) });
    loop.noteOrder(which);
    assert.equal((await world.kinds()).filter((kind) => kind === 'mark-paid').length, 1);
    await loop.stop();
    assert.equal((await world.kinds()).filter((kind) => kind === 'mark-paid').length, 2);
  });
});
