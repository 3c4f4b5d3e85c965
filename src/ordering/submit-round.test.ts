import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { RequestedLine } from '#domain/order.ts';
import { testStores } from '#store/test-store.ts';
import { chooseOrder } from './asides.ts';
import { getOrderView } from './guest-view.ts';
import { submitRound, whyNoPayLater } from './submit-round.ts';
import { failed, line, makeWorld, placedIn, posOrder, showing } from './test-ordering.ts';

const nothing = { orders: 0, rounds: 0, writes: 0, payments: 0, idempotency_keys: 0 };
const steak = (modifiers: RequestedLine['modifiers'], quantity = 1) => line('steak', quantity, { modifiers });
const rare = { modifierId: 'rare', quantity: 1 };

const badRounds: readonly [string, readonly RequestedLine[], string, string][] = [
  ['an item nobody sells', [line('soup'), line('unicorn')], 'item-unknown', 'lines[1].itemId'],
  ['a sold-out item', [line('lobster')], 'item-sold-out', 'lines[0].itemId'],
  ['quantity zero', [line('soup', 0)], 'quantity-invalid', 'lines[0].quantity'],
  ['a negative quantity', [line('soup', -1)], 'quantity-invalid', 'lines[0].quantity'],
  ['half a soup', [line('soup', 0.5)], 'quantity-invalid', 'lines[0].quantity'],
  ['a huge quantity', [line('soup', 1e9)], 'quantity-invalid', 'lines[0].quantity'],
  ['no size', [line('coffee')], 'variant-required', 'lines[0].variantId'],
  [
    'a size of something else',
    [line('coffee', 1, { variantId: 'XL' })],
    'variant-unknown',
    'lines[0].variantId',
  ],
  ['a required choice left out', [steak([])], 'modifier-below-min', 'lines[0].modifiers'],
  [
    'too many choices',
    [steak([rare, { modifierId: 'pepper', quantity: 2 }, { modifierId: 'truffle', quantity: 1 }])],
    'modifier-above-max',
    'lines[0].modifiers',
  ],
  [
    'a modifier of nothing',
    [line('soup', 1, { modifiers: [rare] })],
    'modifier-unknown',
    'lines[0].modifiers[0].modifierId',
  ],
  ['more than is left in one line', [line('oyster', 4)], 'item-sold-out', 'lines[0].quantity'],
  [
    'more than is left over two lines',
    [line('oyster', 2), line('oyster', 2)],
    'item-sold-out',
    'lines[1].quantity',
  ],
  [
    'more of a modifier than is left, counted over all units',
    [steak([rare, { modifierId: 'truffle', quantity: 2 }], 2)],
    'modifier-sold-out',
    'lines[0].modifiers',
  ],
  [
    'a note of 151 characters',
    [line('soup', 1, { note: 'x'.repeat(151) })],
    'note-too-long',
    'lines[0].note',
  ],
  [
    'a card number in a note',
    [line('soup', 1, { note: 'pay with 4111 1111 1111 1111' })],
    'note-card-number',
    'lines[0].note',
  ],
];

testStores((store) => {
  it('saves order, round, write and answer of a first round together', async () => {
    const world = await makeWorld(store());
    const placed = await world.submit([
      line('soup', 2, { note: ' no salt ' }),
      steak([rare, { modifierId: 'pepper', quantity: 1 }]),
    ]);
    assert.ok(placed.kind === 'placed');
    assert.equal(placed.state, 'sending');
    const { orders, rounds, writes } = await world.rows();
    const [order] = orders;
    const [round] = rounds;
    const [write] = writes;
    assert.ok(order && round && write && writes.length === 1);
    assert.deepEqual([order.order_id, round.round_id], [placed.orderId, placed.roundId]);
    assert.deepEqual([order.state, order.opened_by, order.pos_ref], ['open', 'guest', null]);
    assert.deepEqual([round.total_minor, round.menu_version, round.visit_id], [3100, 'menu-1', 'visit-a']);
    assert.ok(write.payload.kind === 'create-order' && write.payload.openOrder === 'join');
    assert.equal(write.payload.roundReference, round.round_id);
    assert.deepEqual(write.payload.lines, round.lines);
    assert.equal(round.lines[0]?.note, 'no salt');
    assert.equal(world.flow.length, 1);
    assert.deepEqual(world.asked, ['table 1']);
  });

  for (const [name, lines, code, path] of badRounds) {
    it(`refuses ${name} and saves nothing`, async () => {
      const world = await makeWorld(store());
      const refused = await world.submit(lines);
      assert.ok(refused.kind === 'refused');
      assert.equal(refused.code, code);
      assert.deepEqual(refused.errors?.[0], { path, code });
      assert.deepEqual(await world.counts(), nothing);
      assert.deepEqual(world.asked, []);
    });
  }

  it('refuses a note where the POS takes none, and takes an empty one', async () => {
    const world = await makeWorld(store());
    world.script.capabilities = { lineNotes: false };
    const refused = await world.submit([line('soup', 1, { note: 'no salt' })]);
    assert.ok(refused.kind === 'refused' && refused.code === 'not-offered');
    assert.deepEqual(await world.counts(), nothing);
    assert.equal((await world.submit([line('soup', 1, { note: ' ' })])).kind, 'placed');
  });

  it('refuses more lines than a round has, and an order nobody knows', async () => {
    const world = await makeWorld(store());
    const many = await world.submit(Array.from({ length: 41 }, () => line('soup')));
    assert.ok(many.kind === 'refused' && many.code === 'lines-too-many');
    const lost = await world.submit([line('soup')], { orderId: 'aaaaaaaaaaaaaaaaaaaaaaaaaa' });
    assert.ok(lost.kind === 'refused' && lost.code === 'order-unknown');
    assert.deepEqual(await world.counts(), nothing);
  });

  it('ignores prices that a client sends', async () => {
    const world = await makeWorld(store());
    const cheap = { ...line('soup'), price: { amountMinor: 1, currency: 'EUR' }, unitPrice: 1, total: 1 };
    await world.submit([cheap]);
    const { rounds } = await world.rows();
    assert.equal(rounds[0]?.total_minor, 500);
    assert.equal(rounds[0]?.lines[0]?.price.amountMinor, 500);
  });

  it('answers a repeated key with the first answer and refuses it for another body', async () => {
    const world = await makeWorld(store());
    const first = await world.soup({ idempotencyKey: 'k', bodyHash: 'one' });
    assert.deepEqual(await world.submit([line('soup')], { idempotencyKey: 'k', bodyHash: 'one' }), first);
    const other = await world.submit([line('soup', 2)], { idempotencyKey: 'k', bodyHash: 'two' });
    assert.ok(other.kind === 'refused' && other.code === 'idempotency-key-reused');
    assert.deepEqual(await world.counts(), {
      ...nothing,
      orders: 1,
      rounds: 1,
      writes: 1,
      idempotency_keys: 1,
    });
  });

  it('takes one round when the same request arrives five times at once', async () => {
    const world = await makeWorld(store());
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => world.soup({ idempotencyKey: 'k' })));
    assert.equal(new Set(answers.map((answer) => answer.roundId)).size, 1);
    assert.equal((await world.counts())['writes'], 1);
  });

  it('gives a key back when its request is refused', async () => {
    const world = await makeWorld(store());
    await world.submit([line('lobster')], { idempotencyKey: 'k', bodyHash: 'one' });
    assert.equal(
      (await world.submit([line('soup')], { idempotencyKey: 'k', bodyHash: 'two' })).kind,
      'placed',
    );
  });

  for (const readable of [true, false]) {
    it(`puts guests who order at once at a fresh table on one order, the table ${readable ? 'read' : 'unreadable'}`, async () => {
      const world = await makeWorld(store());
      if (!readable) world.script.tables = () => Promise.resolve(failed('bad-answer', true));
      const answers = await Promise.all(
        ['visit-a', 'visit-b', 'visit-c'].map((visit) => world.soup({ visit })),
      );
      assert.equal(new Set(answers.map((answer) => answer.orderId)).size, 1);
      const { writes } = await world.rows();
      assert.deepEqual(
        writes.map((write) => write.kind),
        ['create-order', 'append-round', 'append-round'],
      );
      assert.equal(new Set(writes.map((write) => write.lane)).size, 1);
    });
  }

  it('appends to the one order that a waiter opened', async () => {
    const world = await makeWorld(store());
    world.script.tables = (tableRef) => Promise.resolve(showing(tableRef, [{ posRef: 'P1' }]));
    const placed = await world.soup();
    const { orders, writes } = await world.rows();
    assert.deepEqual(
      orders.map((order) => [order.order_id, order.opened_by, order.pos_ref]),
      [[placed.orderId, 'till', 'P1']],
    );
    assert.ok(writes[0]?.payload.kind === 'append-round' && writes[0].payload.posRef === 'P1');
    await world.soup();
    assert.deepEqual(world.asked, ['table 1'], 'a known order is not looked for again');
  });

  it('refuses at a table with several orders until a waiter chose', async () => {
    const world = await makeWorld(store());
    world.script.tables = (tableRef) =>
      Promise.resolve(showing(tableRef, [{ posRef: 'P1' }, { posRef: 'P2' }]));
    const refused = await world.submit([line('soup')]);
    assert.ok(refused.kind === 'refused' && refused.code === 'table-has-several-orders');
    assert.deepEqual(await world.counts(), { ...nothing, orders: 2 }, 'only what the till showed');
    const { companyId, tableId } = world.table;
    const unknown = await chooseOrder(world.deps, { companyId, tableId, posRef: 'P3' });
    assert.equal(unknown.kind, 'refused');
    assert.equal((await chooseOrder(world.deps, { companyId, tableId, posRef: 'P2' })).kind, 'chosen');
    await world.soup();
    const { writes } = await world.rows();
    assert.ok(writes[0]?.payload.kind === 'append-round' && writes[0].payload.posRef === 'P2');
  });

  it('joins the last of several orders once the till closed the others', async () => {
    const world = await makeWorld(store());
    world.script.tables = (tableRef) =>
      Promise.resolve(showing(tableRef, [{ posRef: 'P1' }, { posRef: 'P2' }]));
    await world.submit([line('soup')]);
    world.script.tables = (tableRef) => Promise.resolve(showing(tableRef, [{ posRef: 'P1' }]));
    await world.soup();
    const { writes } = await world.rows();
    assert.ok(writes[0]?.payload.kind === 'append-round' && writes[0].payload.posRef === 'P1');
  });

  it('takes, of several orders, the one that carries our reference', async () => {
    const world = await makeWorld(store());
    const first = await world.soup();
    const [write] = (await world.rows()).writes;
    assert.ok(write);
    await world.end(write, 'delivered', { value: placedIn('P1') });
    world.script.tables = (tableRef) =>
      Promise.resolve(showing(tableRef, [{ posRef: 'P1' }, { posRef: 'P2' }]));
    assert.equal((await world.soup({ visit: 'visit-b' })).orderId, first.orderId);
  });

  it('never takes a Pay-First cart of ours for an order of the table', async () => {
    const world = await makeWorld(store(), 'pay-first');
    const cart = await world.soup();
    world.script.tables = (tableRef) =>
      Promise.resolve(showing(tableRef, [{ posRef: 'P1', reference: cart.orderId as never }]));
    const later = { ...world.table, flow: 'pay-later' as const };
    const placed = await submitRound(world.deps, later, {
      visit: 'visit-b',
      idempotencyKey: 'k',
      bodyHash: 'b',
      lines: [line('soup')],
    });
    assert.ok(placed.kind === 'placed' && placed.orderId !== cart.orderId);
    const { writes } = await world.rows();
    assert.equal(writes[0]?.kind, 'create-order');
  });

  it('leaves the decision to the attempt when the table cannot be read', async () => {
    const world = await makeWorld(store());
    world.script.tables = () => Promise.resolve(failed('bad-answer', true));
    await world.soup();
    const { writes } = await world.rows();
    assert.ok(writes[0]?.payload.kind === 'create-order' && writes[0].payload.openOrder === 'join');
    assert.deepEqual(world.asked, ['table 1'], 'a POS that answered is not checked');
  });

  it('checks the location when the table read ends without an answer', async () => {
    const world = await makeWorld(store());
    world.script.tables = () => Promise.resolve(failed('pos-offline', false));
    await world.soup();
    assert.deepEqual(world.asked, ['table 1', 'status']);
    const lost = await makeWorld(store());
    lost.script.tables = () => Promise.resolve(failed('pos-offline', false));
    lost.script.online = false;
    const refused = await lost.submit([line('soup')]);
    assert.deepEqual(refused, { kind: 'refused', code: 'location-read-only', reason: 'pos-offline' });
    assert.deepEqual(await lost.counts(), nothing);
  });

  it('gives up reading the table after three seconds', async () => {
    const world = await makeWorld(store());
    world.script.tables = (_tableRef, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(failed('pos-offline', false)));
        world.clock.advance(2_999);
        assert.equal(signal.aborted, false);
        world.clock.advance(1);
      });
    await world.soup();
    assert.deepEqual(world.asked, ['table 1', 'status']);
  });

  it('refuses while read-only, with the reason, and asks the POS nothing', async () => {
    const world = await makeWorld(store());
    await world.setReadOnly('wrong-restaurant');
    const refused = await world.submit([line('soup')]);
    assert.deepEqual(refused, { kind: 'refused', code: 'location-read-only', reason: 'wrong-restaurant' });
    assert.deepEqual(await world.counts(), nothing);
    assert.deepEqual(world.asked, []);
  });

  it('saves nothing when the location is lost while its table is read', async () => {
    const world = await makeWorld(store());
    world.script.tables = async (tableRef) => {
      await world.setReadOnly('pos-offline');
      return showing(tableRef, []);
    };
    const refused = await world.submit([line('soup')]);
    assert.deepEqual(refused, { kind: 'refused', code: 'location-read-only', reason: 'pos-offline' });
    assert.deepEqual(await world.counts(), nothing);
  });

  it('refuses behind a write that needs a person', async () => {
    const world = await makeWorld(store());
    await world.soup();
    const [write] = (await world.rows()).writes;
    assert.ok(write);
    await world.end(write, 'error', { code: 'unknown-outcome' });
    const before = await world.counts();
    const refused = await world.submit([line('soup')]);
    assert.ok(refused.kind === 'refused' && refused.code === 'order-needs-a-waiter');
    assert.deepEqual(await world.counts(), before);
  });

  it('starts another order, after another look, when the POS refused the first', async () => {
    const world = await makeWorld(store());
    const first = await world.soup();
    const [write] = (await world.rows()).writes;
    assert.ok(write);
    await world.end(write, 'refused', { code: 'item-sold-out' });
    const second = await world.soup();
    assert.notEqual(second.orderId, first.orderId);
    assert.deepEqual(world.asked, ['table 1', 'table 1']);
    const { writes } = await world.rows();
    assert.equal(writes[1]?.kind, 'create-order');
  });

  it('sends nothing of a Pay-First cart to the POS', async () => {
    const world = await makeWorld(store(), 'pay-first');
    const [one, two] = [await world.soup(), await world.soup()];
    assert.equal(one.state, 'awaiting-payment');
    assert.notEqual(one.orderId, two.orderId);
    const { orders, writes } = await world.rows();
    assert.deepEqual(writes, []);
    assert.deepEqual(
      orders.map((order) => [order.state, order.visit_id]),
      [
        ['awaiting-payment', 'visit-a'],
        ['awaiting-payment', 'visit-a'],
      ],
    );
    assert.deepEqual(world.asked, []);
    const stolen = await world.submit([line('soup')], { visit: 'visit-b', orderId: one.orderId });
    assert.ok(stolen.kind === 'refused' && stolen.code === 'order-unknown');
  });

  it('refuses Pay-Later where the POS takes no further round, and takes Pay-First there', async () => {
    const later = await makeWorld(store());
    later.script.capabilities = { appendRounds: false };
    const refused = await later.submit([line('soup')]);
    assert.ok(refused.kind === 'refused' && refused.code === 'not-offered');
    assert.equal((await whyNoPayLater(later.deps, later.table))?.reason, 'no-further-rounds');
    const first = await makeWorld(store(), 'pay-first');
    first.script.capabilities = { appendRounds: false };
    assert.equal((await first.soup()).state, 'awaiting-payment');
  });

  it('puts the tax that prices do not hold on the bill, in sight', async () => {
    const world = await makeWorld(store(), 'pay-first');
    await world.submit([line('pizza')]);
    const view = await getOrderView(world.deps, world.table, { visit: 'visit-a', orderId: undefined });
    assert.deepEqual(
      [view?.total.amountMinor, view?.due.amountMinor, view?.rounds[0]?.tax?.amountMinor],
      [1378, 1378, 193],
    );
  });

  it('appends with the POS reference once the order is there', async () => {
    const world = await makeWorld(store());
    const first = await world.soup();
    const [write] = (await world.rows()).writes;
    assert.ok(write);
    await world.end(write, 'delivered', { value: placedIn('P1', posOrder('P1', [])) });
    const second = await world.soup({ orderId: first.orderId });
    assert.equal(second.orderId, first.orderId);
    const { writes } = await world.rows();
    assert.ok(writes[1]?.payload.kind === 'append-round' && writes[1].payload.posRef === 'P1');
  });
});
