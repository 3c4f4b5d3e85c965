import assert from 'node:assert/strict';
import { it } from 'node:test';
import { money } from '#domain/money.ts';
import type { Flow } from '#domain/order.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import { listPayments } from '#store/payments.ts';
import { testStores } from '#store/test-store.ts';
import type { Store } from '#store/store.ts';
import { failed, line, makeWorld, placedIn, posLine, posLinesOf, posOrder } from '#ordering/test-ordering.ts';
import type { TestWorld } from '#ordering/test-ordering.ts';
import type { PaymentsDeps } from './deps.ts';
import { payCash } from './pay-cash.ts';
import type { CashPaid, CashPayment } from './pay-cash.ts';
import { refundPayment } from './refund-payment.ts';
import { makeTestProvider, paymentDepsOf } from './test-payments.ts';

const eur = (minor: number) => money(minor, 'EUR');

type Paying = TestWorld & {
  readonly pays: PaymentsDeps;
  readonly orderId: string;
  pay(more?: Partial<CashPayment>): ReturnType<typeof payCash>;
  paid(more?: Partial<CashPayment>): Promise<CashPaid>;
  /** The newest write, which must be a mark-paid. */
  markPaid(): Promise<{ amount: number; tips: { amount: number; reference: string }[] }>;
  lastWrite(): Promise<Awaited<ReturnType<TestWorld['rows']>>['writes'][number]>;
  /** The POS shows our delivered rounds and these lines. */
  posShows(lines: PosOrder['lines'], more?: Partial<PosOrder>): Promise<void>;
};

/** One soup is ordered; with Pay-Later it is in the POS as P1. */
async function makePaying(store: Store, flow: Flow = 'pay-later'): Promise<Paying> {
  const world = await makeWorld(store, flow);
  const { orderId } = await world.soup();
  const { companyId } = world.table;
  const pays = paymentDepsOf(
    world.deps,
    makeTestProvider(() => world.clock.nowMs()),
  );
  const pay: Paying['pay'] = (more) =>
    payCash(pays, {
      companyId,
      orderId,
      userId: 'anna',
      kind: 'cash',
      tipMinor: 0,
      idempotencyKey: undefined,
      ...more,
    });
  const lastWrite: Paying['lastWrite'] = async () => {
    const write = (await world.rows()).writes.at(-1);
    assert.ok(write);
    return write;
  };
  const paying: Paying = {
    ...world,
    pays,
    orderId,
    pay,
    async paid(more) {
      const result = await pay(more);
      assert.ok(result.kind === 'paid', JSON.stringify(result));
      return result;
    },
    async markPaid() {
      const { payload } = await lastWrite();
      assert.ok(payload.kind === 'mark-paid');
      const { amount, tips } = payload;
      return {
        amount: amount.amountMinor,
        tips: tips.map((tip) => ({ amount: tip.amount.amountMinor, reference: tip.reference })),
      };
    },
    lastWrite,
    async posShows(lines, more) {
      const { rounds } = await world.rows();
      const shown = posOrder('P1', [...posLinesOf(rounds), ...lines], more);
      world.script.order = () => Promise.resolve({ kind: 'read', value: shown });
    },
  };
  if (flow === 'pay-first') return paying;
  const { rounds } = await world.rows();
  await world.end(await lastWrite(), 'delivered', {
    value: placedIn('P1', posOrder('P1', posLinesOf(rounds))),
  });
  await paying.posShows([]);
  return paying;
}

testStores((store) => {
  it('takes what the POS says is due, read right before', async () => {
    const world = await makePaying(store());
    await world.posShows([posLine('Beer', 400)], {
      discounts: [{ name: 'Friend', amount: eur(-50) }],
      total: eur(850),
    });
    const paid = await world.paid({ tipMinor: 100 });
    assert.deepEqual([paid.amount, paid.tip], [eur(850), eur(100)]);
    assert.deepEqual([paid.order.paid, paid.order.due, paid.order.state], [eur(850), eur(0), 'open']);
    const write = await world.lastWrite();
    assert.ok(write.payload.kind === 'mark-paid');
    assert.equal(write.payload.posRef, 'P1');
    assert.equal(write.payload.paymentReference, paid.paymentId);
    assert.equal(write.lane, world.orderId);
    const sent = await world.markPaid();
    assert.deepEqual([sent.amount, sent.tips.map((tip) => tip.amount)], [850, [100]]);
    const payments = await store().asCompany(world.table.companyId, (tx) =>
      listPayments(tx, world.table.companyId, [write.order_id ?? ('' as never)]),
    );
    assert.deepEqual(
      payments.map((row) => [row.amount_minor, row.tip_minor, row.user_id, row.tip_reference]),
      [[850, 100, 'anna', sent.tips[0]?.reference]],
    );
  });

  it('settles the order when the POS has closed it', async () => {
    const world = await makePaying(store());
    await world.paid();
    await world.end(await world.lastWrite(), 'delivered', { value: { posRef: 'P1', receiptRef: '12' } });
    const { orders } = await world.rows();
    assert.deepEqual([orders[0]?.state, orders[0]?.money_state], ['settled', 'paid']);
    const again = await world.pay();
    assert.ok(again.kind === 'refused' && again.code === 'order-closed');
  });

  it('takes the last amount known while the POS cannot be reached', async () => {
    const world = await makePaying(store());
    world.script.order = () => Promise.resolve(failed('pos-offline', false));
    world.script.online = false;
    assert.deepEqual((await world.paid()).amount, eur(500));
    const offline = await makePaying(store());
    await offline.setReadOnly('pos-offline');
    assert.deepEqual((await offline.paid()).amount, eur(500));
    assert.ok(!offline.asked.includes('order P1'), 'a POS known to be away is not asked');
    assert.equal((await offline.lastWrite()).state, 'waiting');
  });

  it('refuses when the POS answers and does not show the bill', async () => {
    const world = await makePaying(store());
    world.script.order = () => Promise.resolve(failed('bad-answer', true));
    const refused = await world.pay();
    assert.deepEqual(refused, { kind: 'refused', code: 'pos-unreadable', reason: 'bad-answer' });
    assert.equal((await world.counts())['payments'], 0);
  });

  it('refuses an order the till has closed meanwhile', async () => {
    const world = await makePaying(store());
    await world.posShows([], { state: 'settled', due: eur(0) });
    const refused = await world.pay();
    assert.ok(refused.kind === 'refused' && refused.code === 'order-closed');
    assert.equal((await world.rows()).orders[0]?.state, 'settled');
    assert.equal((await world.counts())['payments'], 0);
  });

  it('refuses when nothing is due, when a write needs a person, and for an order nobody knows', async () => {
    const world = await makePaying(store());
    await world.posShows([], { total: eur(0) });
    const free = await world.pay();
    assert.ok(free.kind === 'refused' && free.code === 'nothing-due');
    const stuck = await makePaying(store());
    await stuck.soup();
    await stuck.end(await stuck.lastWrite(), 'error', { code: 'order-locked' });
    const refused = await stuck.pay();
    assert.ok(refused.kind === 'refused' && refused.code === 'order-needs-a-waiter');
    const nobody = await world.pay({ orderId: 'aaaaaaaaaaaaaaaaaaaaaaaaaa' });
    assert.ok(nobody.kind === 'refused' && nobody.code === 'order-unknown');
    assert.equal((await stuck.counts())['payments'], 0);
  });

  it('takes the money once when two waiters press at once', async () => {
    const world = await makePaying(store());
    const answers = await Promise.all([
      world.pay(),
      world.pay({ userId: 'ben' }),
      world.pay({ userId: 'cid' }),
    ]);
    assert.deepEqual(answers.map((answer) => (answer.kind === 'paid' ? 'paid' : answer.code)).toSorted(), [
      'nothing-due',
      'nothing-due',
      'paid',
    ]);
    assert.equal((await world.counts())['payments'], 1);
  });

  it('takes nothing more while a payment is on its way to the POS', async () => {
    const world = await makePaying(store());
    await world.paid();
    await world.soup();
    const refused = await world.pay();
    assert.ok(refused.kind === 'refused' && refused.code === 'nothing-due');
  });

  it('answers a repeated request with the first payment', async () => {
    const world = await makePaying(store());
    const answers = await Promise.all([1, 2, 3].map(() => world.paid({ idempotencyKey: 'k', tipMinor: 20 })));
    assert.equal(new Set(answers.map((answer) => answer.paymentId)).size, 1);
    assert.deepEqual(await world.paid({ idempotencyKey: 'k', tipMinor: 20 }), answers[0]);
    const other = await world.pay({ idempotencyKey: 'k', tipMinor: 30 });
    assert.ok(other.kind === 'refused' && other.code === 'idempotency-key-reused');
    assert.equal((await world.counts())['payments'], 1);
  });

  it('takes the remainder of a bill that grew, and tells the POS the whole sum', async () => {
    const world = await makePaying(store());
    await world.paid({ tipMinor: 100 });
    const first = await world.markPaid();
    await world.end(await world.lastWrite(), 'refused', { code: 'bill-changed' });
    await world.posShows([posLine('Beer', 400)]);
    const rest = await world.paid();
    assert.deepEqual(rest.amount, eur(400));
    // The first tip was never booked: it goes along under its own reference.
    assert.deepEqual(await world.markPaid(), { amount: 900, tips: first.tips });
    assert.deepEqual([rest.order.paid, rest.order.tip], [eur(900), eur(100)]);
  });

  it('keeps the order open with its remainder in sight when the bill changed', async () => {
    const world = await makePaying(store());
    await world.paid();
    await world.end(await world.lastWrite(), 'refused', { code: 'bill-changed' });
    const { orders } = await world.rows();
    assert.deepEqual(
      [orders[0]?.state, orders[0]?.money_state, orders[0]?.paid_minor],
      ['open', 'part-paid', 500],
    );
  });

  it('closes a bill that shrank without taking more money', async () => {
    const world = await makePaying(store());
    await world.paid();
    await world.end(await world.lastWrite(), 'refused', { code: 'bill-changed' });
    await world.posShows([], { total: eur(300) });
    const closing = await world.paid();
    assert.deepEqual([closing.amount, closing.order.paid, closing.order.due], [eur(0), eur(500), eur(0)]);
    assert.deepEqual(await world.markPaid(), { amount: 300, tips: [] });
  });

  it('tells the POS no tip twice that it has booked already', async () => {
    const world = await makePaying(store());
    await world.paid({ tipMinor: 100 });
    const [tip] = (await world.markPaid()).tips;
    assert.ok(tip);
    await world.end(await world.lastWrite(), 'refused', { code: 'not-possible' });
    const booked = posLine('Tip', 100, { tip: true, reference: tip.reference as never });
    await world.posShows([posLine('Beer', 400), booked]);
    const rest = await world.paid({ tipMinor: 30 });
    assert.deepEqual([rest.amount, rest.order.tip], [eur(400), eur(130)]);
    const sent = await world.markPaid();
    // The tip that stands on the bill is told under the reference it was booked by, so that it is found.
    assert.deepEqual([sent.amount, sent.tips.map((each) => each.amount)], [900, [100, 30]]);
    assert.deepEqual(sent.tips[0], tip);
    assert.notEqual(sent.tips[1]?.reference, tip.reference);
  });

  it('pays for a booked tip that was given back since: nothing takes it off the bill but the till', async () => {
    const world = await makePaying(store());
    await world.paid({ tipMinor: 100 });
    const [tip] = (await world.markPaid()).tips;
    const { payment_id: paymentId } = await world.lastWrite();
    await world.end(await world.lastWrite(), 'refused', { code: 'not-possible' });
    await world.posShows([posLine('Tip', 100, { tip: true, reference: tip?.reference as never })]);
    await refundPayment(world.pays, {
      companyId: world.table.companyId,
      userId: 'anna',
      paymentId: paymentId ?? '',
      amountMinor: undefined,
      reason: 'went home',
      idempotencyKey: 'back',
    });
    const again = await world.paid();
    assert.deepEqual([again.amount, again.order.tip], [eur(500), eur(0)]);
    assert.deepEqual(await world.markPaid(), { amount: 600, tips: [] });
  });

  it('counts rounds that are still on their way', async () => {
    const world = await makePaying(store());
    await world.submit([line('oyster', 2)]);
    assert.deepEqual((await world.paid()).amount, eur(1100));
    const kinds = (await world.rows()).writes.map((write) => write.kind);
    assert.deepEqual(kinds, ['create-order', 'append-round', 'mark-paid']);
  });

  it('sends a Pay-First cart to the POS once it is paid, then marks it paid there', async () => {
    const world = await makePaying(store(), 'pay-first');
    assert.deepEqual((await world.rows()).writes, []);
    const paid = await world.paid({ tipMinor: 50 });
    assert.deepEqual([paid.amount, paid.order.state], [eur(500), 'open']);
    const { writes, rounds } = await world.rows();
    const [create, mark] = writes;
    assert.ok(
      create?.payload.kind === 'create-order' && mark?.payload.kind === 'mark-paid' && writes.length === 2,
    );
    assert.deepEqual(
      [create.payload.openOrder, create.payload.orderReference, create.payload.roundReference],
      ['own', world.orderId, rounds[0]?.round_id],
    );
    // A POS that is told of the payment with the order needs the money, the tip and the table's name in it.
    assert.deepEqual(create.payload.paidAhead, { amount: eur(500), tip: eur(50) });
    assert.equal(create.payload.tableName, '1');
    assert.equal(create.lane, mark.lane);
    assert.equal(rounds[0]?.write_id, create.write_id);
    assert.equal(create.fresh_until_ms, null);
  });

  it('never sends a Pay-First cart twice, whatever became of its payment', async () => {
    const world = await makePaying(store(), 'pay-first');
    await world.paid();
    const twice = await world.pay();
    assert.ok(twice.kind === 'refused' && twice.code === 'nothing-due');
    const [create, mark] = (await world.rows()).writes;
    assert.ok(create && mark);
    const { rounds } = await world.rows();
    const dearer = posLinesOf(rounds).map((each) => ({ ...each, price: eur(600) }));
    await world.end(create, 'delivered', { value: placedIn('P1', posOrder('P1', dearer)) });
    await world.end(mark, 'refused', { code: 'bill-changed' });
    world.script.order = () => Promise.resolve({ kind: 'read', value: posOrder('P1', dearer) });
    assert.deepEqual((await world.paid()).amount, eur(100));
    assert.deepEqual(
      (await world.rows()).writes.map((write) => write.kind),
      ['create-order', 'mark-paid', 'mark-paid'],
    );
    assert.deepEqual(await world.markPaid(), { amount: 600, tips: [] });
  });

  it('does not mark paid what never came into the POS', async () => {
    const world = await makePaying(store(), 'pay-first');
    await world.paid();
    const [create, mark] = (await world.rows()).writes;
    assert.ok(create && mark);
    await world.end(create, 'refused', { code: 'item-sold-out' });
    await world.end(mark, 'refused', { code: 'order-not-in-pos' });
    const refused = await world.pay();
    assert.ok(refused.kind === 'refused' && refused.code === 'nothing-due');
    const { orders } = await world.rows();
    assert.deepEqual([orders[0]?.paid_minor, orders[0]?.state], [500, 'open'], 'the money stays recorded');
  });
});
