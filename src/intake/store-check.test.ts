import assert from 'node:assert/strict';
import { it } from 'node:test';
import { smallPizzeria } from '#acceptance/test-pizzeria.ts';
import { testStores } from '#store/test-store.ts';
import { makeIntakeWorld } from './test-intake.ts';
import { examplePost } from './test-post.ts';

/** Open while the world's clock stands at noon UTC. */
const store = { ...smallPizzeria, currency: 'EUR', timeZone: 'Europe/Rome' };
const [item] = examplePost.items;

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
    const coupon = {
      special: 'Three Off',
      type: 'Coupon',
      couponCode: 'ONCE',
      sellingPrice: 8.85,
      discount: 3,
    };
    const order = (externalRef: string) => ({
      ...examplePost,
      ...{ items: [], specials: [{ ...coupon, items: [item] }], adjustment: null },
      ...{ discount: 3, tax: 1.44, price: 12.29, externalRef },
    });
    const first = await world.post(order('first'));
    assert.equal(first.kind, 'accepted', JSON.stringify(first));
    assert.equal(await world.refusedWith(order('second')), 1603);
    assert.equal((await world.takeBack('first')).kind, 'voided');
    assert.equal((await world.post(order('third'))).kind, 'accepted');
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

  it('takes nothing by a store file that cannot be read any more', async () => {
    const world = await makeIntakeWorld(opened());
    await world.setProfile({ priceCheck: 'store', store: { name: 'half' } });
    assert.equal(await world.refusedWith(examplePost), 1010);
  });
});
