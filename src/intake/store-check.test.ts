import assert from 'node:assert/strict';
import { it } from 'node:test';
import { smallPizzeria } from '#acceptance/test-pizzeria.ts';
import { testStores } from '#store/test-store.ts';
import { releaseOrder } from './release-order.ts';
import { makeIntakeWorld } from './test-intake.ts';
import { examplePost } from './test-post.ts';

/** Open while the world's clock stands at noon UTC. */
const store = { ...smallPizzeria, currency: 'EUR', timeZone: 'Europe/Rome' };
const [item] = examplePost.items;

/** The example under a coupon that works once. */
function once(externalRef: string) {
  const coupon = {
    ...{ special: 'Three Off', type: 'Coupon', couponCode: 'ONCE' },
    ...{ sellingPrice: 8.85, discount: 3, items: [item] },
  };
  const sums = { discount: 3, tax: 1.44, price: 12.29 };
  return { ...examplePost, ...sums, items: [], specials: [coupon], adjustment: null, externalRef };
}

testStores((opened) => {
  it('prices the store’s way, tax included', async () => {
    const world = await makeIntakeWorld(opened());
    await world.setProfile({ priceCheck: 'store', store });
    assert.equal(await world.refusedWith({ ...examplePost, tax: 1.77, price: 14.62 }), 1561);
    assert.equal((await world.post(examplePost)).kind, 'accepted');
  });

  it('counts redeemed coupons over the orders posted here, taken back ones left out', async () => {
    const world = await makeIntakeWorld(opened());
    await world.setProfile({ priceCheck: 'store', store });
    const first = await world.post(once('first'));
    assert.equal(first.kind, 'accepted', JSON.stringify(first));
    assert.equal(await world.refusedWith(once('second')), 1603);
    assert.equal((await world.takeBack('first')).kind, 'voided');
    assert.equal((await world.post(once('third'))).kind, 'accepted');
  });

  it('counts the orders of a slot, two at once included', async () => {
    const world = await makeIntakeWorld(opened());
    await world.setProfile({ priceCheck: 'store', store });
    const deferTime = world.clock.nowMs() + 3_600_000;
    const posts = await Promise.all(
      ['a', 'b', 'c', 'd'].map((externalRef) => world.post({ ...examplePost, deferTime, externalRef })),
    );
    const codes = posts.map((posted) => (posted.kind === 'refused' ? posted.refusal.code : 200));
    assert.deepEqual(
      codes.toSorted((left, right) => left - right),
      [200, 200, 1411, 1411],
    );
    const later = { ...examplePost, deferTime: deferTime + 900_000, externalRef: 'later' };
    assert.equal((await world.post(later)).kind, 'accepted');
  });

  it('keeps slot and coupon of a suspended order for its release', async () => {
    const world = await makeIntakeWorld(opened());
    const deferring = { ...store.deferring, ordersPerSlot: 1 };
    await world.setProfile({ priceCheck: 'store', store: { ...store, deferring } });
    const deferTime = world.clock.nowMs() + 3_600_000;
    const order = {
      ...{ ...once('held'), deferTime, price: null },
      customer: { ...examplePost.customer, name: null },
    };
    assert.equal((await world.post(order, { suspend: true })).kind, 'accepted');
    assert.equal(await world.refusedWith({ ...examplePost, deferTime }), 1411);
    assert.equal(await world.refusedWith(once('other')), 1603);
    const [held] = await world.orders();
    const released = await releaseOrder(world.intake, {
      ...{ companyId: world.client.companyId, intakeId: held?.intake_id ?? '' },
      changes: JSON.stringify({ customer: { name: 'Jo' }, price: 12.29 }),
    });
    assert.equal(released.kind, 'released', JSON.stringify(released));
  });

  it('takes nothing by a store file that cannot be read any more', async () => {
    const world = await makeIntakeWorld(opened());
    await world.post(examplePost);
    await world.setProfile({ priceCheck: 'store', store: { name: 'half' } });
    assert.equal(await world.refusedWith({ ...examplePost, externalRef: 'new' }), 1010);
    assert.equal(await world.refusedWith(examplePost), 1003);
  });
});
