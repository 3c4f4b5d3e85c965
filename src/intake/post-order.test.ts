import assert from 'node:assert/strict';
import { it } from 'node:test';
import { listPayments } from '#store/payments.ts';
import { testStores } from '#store/test-store.ts';
import { placedIn, posOrder } from '#ordering/test-ordering.ts';
import { refMemoryMs } from '#store/intake-orders.ts';
import { forgetPosts } from './forget-posts.ts';
import { releaseOrder } from './release-order.ts';
import { getPosted, getPostedAs } from './console.ts';
import { makeIntakeWorld } from './test-intake.ts';
import type { IntakeWorld } from './test-intake.ts';
import { examplePost } from './test-post.ts';

const [item] = examplePost.items;
const pizza = (change: object) => ({ ...examplePost, items: [{ ...item, ...change }] });
const ingredient = (change: object) => pizza({ ingredients: [{ ...item?.ingredients[0], ...change }] });

async function writesOf(world: IntakeWorld) {
  return (await world.rows()).writes;
}

testStores((store) => {
  it('saves a posted order with its POS write, its answer and nothing else', async () => {
    const world = await makeIntakeWorld(store());
    const posted = await world.post(examplePost);
    assert.ok(posted.kind === 'accepted', JSON.stringify(posted));
    const answer = JSON.parse(posted.body) as Record<string, unknown>;
    const [saved] = await world.orders();
    assert.equal(answer['orderNum'], String(saved?.order_num));
    assert.deepEqual(
      [answer['price'], answer['status'], answer['externalRef'], answer['externalNumber']],
      [14.61, 'made', 'order-1', '0123456789'],
    );
    assert.equal(saved?.answer, posted.body);
    const [write, ...others] = await writesOf(world);
    assert.deepEqual(others, []);
    assert.ok(write?.payload.kind === 'create-order');
    const { lines, thirdParty, tableRef, openOrder } = write.payload;
    assert.deepEqual([tableRef, openOrder], ['1', 'own']);
    assert.deepEqual(
      lines.map((line) => [
        line.itemId,
        line.variantId,
        line.modifiers.map((one) => [one.name, one.quantity]),
        line.price.amountMinor,
      ]),
      [['Cheese', 'Cheese 10"', [['Pepperoni', 2]], 1185]],
    );
    assert.deepEqual(thirdParty, {
      comment:
        'No. 0123456789 | Pickup | Third Party | Jo Miller | 617-555-0134 | 12 Market Street 02494 MA Apt 12G | Blue van | Ring twice',
      customer: { name: 'Jo Miller', phone: '617-555-0134' },
      externalNumber: '0123456789',
      orderTypeRef: '2',
      stationRef: null,
      discounts: [{ code: '30', name: 'Regular guest', amount: { amountMinor: 100, currency: 'EUR' } }],
      tip: { amountMinor: 200, currency: 'EUR' },
      paid: false,
    });
    const { orders, rounds } = await world.rows();
    assert.deepEqual(
      orders.map((order) => [order.state, order.flow, order.opened_by, order.money_state]),
      [['open', 'pay-first', 'third-party', 'unpaid']],
    );
    assert.deepEqual(
      rounds.map((round) => [round.total_minor, round.write_id]),
      [[1085, write.write_id]],
    );
  });

  it('makes one order of fifty identical posts at once, and tells the others so', async () => {
    const world = await makeIntakeWorld(store());
    const posts = await Promise.all(Array.from({ length: 50 }, () => world.post(examplePost)));
    const codes = posts.map((posted) => (posted.kind === 'refused' ? posted.refusal.code : 200));
    assert.deepEqual(
      codes.toSorted((left, right) => left - right),
      [200, ...Array.from({ length: 49 }, () => 1003)],
    );
    assert.equal((await writesOf(world)).length, 1);
  });

  it('tells a repeated post that the first one arrived, whatever was switched off since', async () => {
    const world = await makeIntakeWorld(store());
    await world.post(examplePost);
    await world.setProfile({ pickup: null });
    assert.equal(await world.refusedWith(examplePost), 1003);
    assert.equal(await world.refusedWith({ ...examplePost, externalRef: 'new' }), 1000);
  });

  it('knows a reference exactly as it was sent', async () => {
    const world = await makeIntakeWorld(store());
    const order = { ...examplePost, externalRef: ' order/1 % ' };
    const posted = await world.post(order);
    assert.ok(posted.kind === 'accepted');
    assert.equal((JSON.parse(posted.body) as { externalRef: string }).externalRef, order.externalRef);
    assert.equal(await world.refusedWith({ ...order, price: 1 }), 1003);
    const nobodys = await world.takeBack('order/1 %\u0000');
    assert.ok(nobodys.kind === 'refused' && nobodys.refusal.code === 1005);
    assert.equal((await world.takeBack(order.externalRef)).kind, 'voided');
  });

  it('takes the same reference from another client, and from the same one after 400 days', async () => {
    const world = await makeIntakeWorld(store());
    await world.post(examplePost);
    assert.equal((await world.post(examplePost, { client: world.otherClient })).kind, 'accepted');
    assert.equal(await world.refusedWith({ ...examplePost, price: 1 }), 1003);
    world.clock.advance(refMemoryMs + 1);
    assert.equal((await world.post(examplePost)).kind, 'accepted');
  });

  it('forgets what clients posted 400 days ago, also of those that post no more', async () => {
    const world = await makeIntakeWorld(store());
    await world.post(examplePost);
    await world.post(examplePost, { client: world.otherClient });
    world.clock.advance(refMemoryMs - 1);
    await forgetPosts(world.intake);
    assert.equal((await world.orders()).length, 2);
    await world.post({ ...examplePost, externalRef: 'new' });
    world.clock.advance(1);
    await forgetPosts(world.intake);
    assert.deepEqual(
      (await world.orders()).map((order) => order.external_ref),
      ['new'],
    );
  });

  it('refuses with the code of what is wrong, and saves nothing', async () => {
    const world = await makeIntakeWorld(store());
    const customer = (change: object) => ({
      ...examplePost,
      customer: { ...examplePost.customer, ...change },
    });
    const cases: readonly (readonly [number, unknown])[] = [
      [1010, '{'],
      [1010, { ...examplePost, paid: null }],
      [1010, { ...examplePost, instructions: 'x'.repeat(151) }],
      [1000, { ...examplePost, type: 'DineIn' }],
      [1004, { ...examplePost, source: 'Nobody' }],
      [1002, { ...examplePost, externalRef: '' }],
      [1007, { ...examplePost, serviceCharge: 1 }],
      [1100, { ...examplePost, items: [] }],
      [1200, { ...examplePost, customer: null }],
      [1210, customer({ name: null })],
      [1221, customer({ phone: '617' })],
      [1220, { ...customer({ phone: null }), type: 'Delivery' }],
      [1300, { ...customer({ address: null, zip: null }), type: 'Delivery' }],
      [1301, { ...customer({ zip: null }), type: 'Delivery' }],
      [1303, customer({ zip: 'x' })],
      [1305, customer({ value1: null })],
      [1400, { ...examplePost, deferTime: 'noon' }],
      [1401, { ...examplePost, deferTime: 1_000 }],
      [1420, { ...examplePost, deferTime: world.clock.nowMs() + 31 * 86_400_000 }],
      [1506, { ...examplePost, price: 'x' }],
      [1512, { ...examplePost, price: null }],
      [1507, { ...examplePost, tax: -1 }],
      [1508, { ...examplePost, tip: 'x' }],
      [1509, { ...examplePost, discount: 'x' }],
      [1510, { ...examplePost, deliveryCharge: 'x' }],
      [1515, { ...examplePost, serviceCharge: 'x', serviceChargeName: 'Bag' }],
      [1190, { ...examplePost, adjustment: { discount: 1 } }],
      [1191, { ...examplePost, adjustment: { name: 'x' } }],
      [1192, { ...examplePost, adjustment: { name: 'x', discount: 'x' } }],
      [1101, pizza({ category: null })],
      [1102, pizza({ category: 'Pies' })],
      [1110, pizza({ item: '' })],
      [1111, pizza({ item: 'Calzone' })],
      [1120, pizza({ size: null })],
      [1121, pizza({ size: '12"' })],
      [1123, pizza({ item: 'Truffle', size: '14"' })],
      [1124, ingredient({ ingredient: '' })],
      [1125, ingredient({ ingredient: 'x'.repeat(101) })],
      [1130, ingredient({ ingredient: 'Gold' })],
      [1131, ingredient({ qualifiers: ['Double'] })],
      [1140, pizza({ quantity: 0 })],
      [1141, pizza({ category: 'Salad', item: 'Garden', size: 'Regular', ingredients: [] })],
      [1511, pizza({ sellingPrice: 'x' })],
      [1513, pizza({ sellingPrice: null })],
      [1514, ingredient({ isAdHoc: true, price: null })],
      [
        1600,
        {
          ...examplePost,
          items: [],
          specials: [
            {
              special: 'Deal',
              type: 'Coupon',
              couponCode: 'ABC',
              sellingPrice: 10.85,
              discount: 1,
              items: [item],
            },
          ],
        },
      ],
      [1511, pizza({ sellingPrice: 10.85 })],
      [1560, { ...examplePost, price: 14.62 }],
      [1562, { ...examplePost, discount: 1 }],
      [1563, { ...examplePost, deliveryCharge: 1 }],
    ];
    for (const [code, order] of cases) {
      assert.equal(await world.refusedWith(order), code, JSON.stringify(order));
    }
    assert.deepEqual([await world.orders(), await writesOf(world)], [[], []]);
  });

  it('needs a discount of the profile for an adjustment or a special, and takes a special as one', async () => {
    const world = await makeIntakeWorld(store());
    const special = { special: 'Lunch', type: 'Special', sellingPrice: 10.35, discount: 1.5, items: [item] };
    const order = {
      ...examplePost,
      items: [],
      specials: [special],
      adjustment: null,
      discount: 1.5,
      price: 14.11,
    };
    await world.setProfile({ discountCode: null });
    assert.equal(await world.refusedWith(order), 1010);
    assert.equal(await world.refusedWith(examplePost), 1010);
    await world.setProfile({ discountCode: '30' });
    assert.equal((await world.post(order)).kind, 'accepted');
    const [write] = await writesOf(world);
    assert.ok(write?.payload.kind === 'create-order');
    assert.deepEqual(
      write.payload.thirdParty?.discounts.map(({ name, amount }) => [name, amount.amountMinor]),
      [['Lunch', 150]],
    );
  });

  it('refuses halves and ad hoc ingredients that the POS cannot be told of', async () => {
    const world = await makeIntakeWorld(store());
    const half = ingredient({ isLeftHalf: true });
    const adHoc = {
      ...ingredient({ ingredient: 'Truffle oil', isAdHoc: true, price: 3, qualifiers: [] }),
      adjustment: null,
      price: 15.61,
    };
    adHoc.items[0] = { ...adHoc.items[0], sellingPrice: 11.85 };
    assert.equal(await world.refusedWith(half), 1010);
    world.script.capabilities = { portions: true, lineNotes: false };
    assert.equal((await world.post({ ...half, externalRef: 'half' })).kind, 'accepted');
    assert.equal(await world.refusedWith(adHoc), 1010);
    world.script.capabilities = { lineNotes: true };
    const posted = await world.post({ ...adHoc, externalRef: 'ad hoc' });
    assert.equal(posted.kind, 'accepted', JSON.stringify(posted));
  });

  it('refuses while the POS cannot be reached, after everything that is wrong with the order itself', async () => {
    const world = await makeIntakeWorld(store());
    await world.setReadOnly('pos-offline');
    assert.equal(await world.refusedWith(pizza({ item: 'Calzone' })), 1111);
    assert.equal(await world.refusedWith(examplePost), 1010);
    assert.deepEqual(await world.orders(), []);
  });

  it('records money that the third party collected, and marks the order paid behind its lines', async () => {
    const world = await makeIntakeWorld(store());
    await world.post({ ...examplePost, paid: true });
    const { orders, writes } = await world.rows();
    assert.deepEqual(
      orders.map((order) => [order.money_state, order.paid_minor, order.tip_minor]),
      [['paid', 1085, 200]],
    );
    const [create, markPaid] = writes;
    assert.ok(markPaid?.payload.kind === 'mark-paid');
    assert.deepEqual(
      [
        create?.lane === markPaid.lane,
        markPaid.payload.amount.amountMinor,
        markPaid.payload.tips.map((tip) => tip.amount.amountMinor),
      ],
      [true, 1085, [200]],
    );
    assert.equal(create?.fresh_until_ms, null);
    const payments = await store().asCompany(world.client.companyId, (tx) =>
      listPayments(
        tx,
        world.client.companyId,
        orders.map((order) => order.order_id),
      ),
    );
    assert.deepEqual(
      payments.map((row) => [row.kind, row.amount_minor, row.user_id]),
      [['third-party', 1085, null]],
    );
  });

  it('leaves the paying to the till where the POS takes no payment afterwards', async () => {
    const world = await makeIntakeWorld(store());
    world.script.capabilities = { markPaid: false };
    await world.post({ ...examplePost, paid: true });
    const [write, ...others] = await writesOf(world);
    assert.ok(write?.payload.kind === 'create-order');
    assert.deepEqual([write.payload.thirdParty?.paid, others.length], [true, 0]);
  });

  it('sends a deferred order to the POS at its hour', async () => {
    const world = await makeIntakeWorld(store());
    const deferTime = world.clock.nowMs() + 3_600_000;
    const posted = await world.post({ ...examplePost, deferTime });
    assert.ok(posted.kind === 'accepted');
    assert.equal((JSON.parse(posted.body) as { promiseTime: number }).promiseTime, deferTime + 20 * 60_000);
    const [write] = await writesOf(world);
    assert.deepEqual([write?.due_at_ms, write?.fresh_until_ms], [deferTime, null]);
  });

  it('holds a suspended order with what it lacks until it is released, filled in and whole', async () => {
    const world = await makeIntakeWorld(store());
    const order = { ...pizza({ size: null }), customer: { ...examplePost.customer, name: null } };
    const posted = await world.post(order, { suspend: true });
    assert.ok(posted.kind === 'accepted');
    assert.equal((JSON.parse(posted.body) as { status: string }).status, 'suspended');
    const [held] = await world.orders();
    assert.ok(held !== undefined);
    assert.deepEqual(
      [held.state, held.missing, (await writesOf(world)).length],
      ['suspended', [1210, 1120], 0],
    );
    const asked = { companyId: world.client.companyId, intakeId: held.intake_id };
    const early = await releaseOrder(world.intake, { ...asked, changes: undefined });
    assert.ok(early.kind === 'refused' && early.refusal.code === 1210);
    const changes = JSON.stringify({ customer: { name: 'Jo' }, items: pizza({}).items });
    const released = await releaseOrder(world.intake, { ...asked, changes });
    assert.equal(released.kind, 'released', JSON.stringify(released));
    const [after] = await world.orders();
    assert.deepEqual([after?.state, after?.missing, (await writesOf(world)).length], ['placed', [], 1]);
    assert.equal((await releaseOrder(world.intake, { ...asked, changes })).kind, 'settled');
  });

  it('still refuses what is wrong in a suspended order', async () => {
    const world = await makeIntakeWorld(store());
    assert.equal(await world.refusedWith(pizza({ size: '12"' }), { suspend: true }), 1121);
    assert.equal(await world.refusedWith({ ...examplePost, price: 'x' }, { suspend: true }), 1506);
  });

  it('shows what was sent beside what the POS charges', async () => {
    const world = await makeIntakeWorld(store());
    await world.post(examplePost);
    const [saved] = await world.orders();
    const asked = { companyId: world.client.companyId, intakeId: saved?.intake_id ?? '' };
    const before = await getPosted(world.intake, asked);
    assert.deepEqual(
      [before?.sent?.amountMinor, before?.inPos?.amountMinor, before?.difference?.amountMinor],
      [1461, 1085, 376],
    );
    const [write] = await writesOf(world);
    assert.ok(write !== undefined);
    const total = { amountMinor: 1100, currency: 'EUR' } as const;
    await world.end(write, 'delivered', { value: placedIn('P1', posOrder('P1', [], { total })) });
    assert.equal((await getPosted(world.intake, asked))?.difference?.amountMinor, 361);
    const { companyId } = asked;
    const shown = await getPostedAs(world.intake, { companyId, orderId: saved?.order_id ?? '' });
    assert.deepEqual([shown?.difference?.amountMinor, shown?.externalNumber], [361, '0123456789']);
    assert.equal(await getPostedAs(world.intake, { companyId, orderId: 'none' }), null);
  });
});
