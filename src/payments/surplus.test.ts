import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PosOrder } from '#contract/snapshot.ts';
import { lockMs } from '#domain/payment.ts';
import { line, posLinesOf, posOrder } from '#ordering/test-ordering.ts';
import { getOrder } from '#store/orders.ts';
import { updatePayment } from '#store/payments.ts';
import { testStores } from '#store/test-store.ts';
import { followOrder } from './follow-order.ts';
import { payCash } from './pay-cash.ts';
import { readBill } from './read-bill.ts';
import { refundPayment } from './refund-payment.ts';
import { noteSurplus } from './surplus.ts';
import { lastMarkPaid, makePaying, posShows } from './test-paying.ts';
import type { Paying } from './test-paying.ts';
import { eur } from './test-payments.ts';

testStores((store) => {
  it('asks for the tip back too once a refund has made the same surplus all that is left of a payment', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' }, { tipMinor: 80 });
    await posShows(world, [], { total: eur(500), due: eur(500) });
    await world.pay(attempt.attemptToken);
    assert.deepEqual(await world.items(), [['surplus', 250]]);
    const payment = await world.row(attempt.attemptToken);
    await store().asCompany(payment.company_id, async (tx) => {
      const order = await getOrder(tx, payment.company_id, payment.order_id);
      assert.ok(order);
      await updatePayment(tx, payment, { refunded_minor: 500 });
      await noteSurplus(tx, world.pays, {
        order,
        payments: [{ ...payment, refunded_minor: 500 }],
        surplus: new Map([[payment.payment_id, 250]]),
        standing: { billMinor: 500, total: eur(500), lost: false, closedAtTill: true },
      });
    });
    assert.deepEqual(await world.items(), [['surplus', 330]]);
  });

  it('is given back as the list says, but not when the bill has come to need some of it', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await posShows(world, [], { total: eur(500), due: eur(500) });
    await world.pay(attempt.attemptToken);
    assert.deepEqual(await world.items(), [['surplus', 250]]);
    const row = await world.row(attempt.attemptToken);
    const asked = {
      companyId: row.company_id,
      userId: 'anna',
      paymentId: row.payment_id,
      reason: 'too much',
      onlySurplus: true,
    };
    const early = await refundPayment(world.pays, { ...asked, amountMinor: 300, idempotencyKey: 'a' });
    assert.ok(early.kind === 'refused' && early.code === 'amount-over-surplus');
    assert.equal(world.provider.keptMinor(), 750);
    const given = await refundPayment(world.pays, { ...asked, amountMinor: 250, idempotencyKey: 'b' });
    assert.equal(given.kind, 'refunded');
    assert.deepEqual([world.provider.keptMinor(), await world.items()], [500, []]);
  });

  it('asks for the tip of a share that was given back, when the till closes the order without it', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'amount', amountMinor: 375 }, { tipMinor: 40 });
    await world.pay(attempt.attemptToken);
    await giveBack(world, attempt.attemptToken, 375);
    assert.deepEqual([(await world.view()).tip, await world.items()], [eur(40), []]);
    await posShows(world, [], { state: 'settled', paid: eur(750), due: eur(0) });
    const [order] = (await world.rows()).orders;
    assert.ok(order);
    await readBill(world.pays, order);
    await followOrder(world.pays, { companyId: order.company_id, orderId: order.order_id });
    assert.deepEqual([(await world.view()).tip, await world.items()], [eur(0), [['surplus', 40]]]);
    await giveBack(world, attempt.attemptToken, 40);
    assert.deepEqual([world.provider.keptMinor(), await world.items()], [0, []]);
  });

  it('asks for the same money once when the till empties an order that was paid for in part, and then voids it', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'amount', amountMinor: 375 });
    await world.pay(attempt.attemptToken);
    const { rounds } = await world.rows();
    const lines = posLinesOf(rounds).map((each) => ({ ...each, voided: true }));
    const look = async (state: 'open' | 'voided') => {
      const [order] = (await world.rows()).orders;
      assert.ok(order);
      const shown = posOrder('P1', lines, { state, version: state });
      world.script.order = () => Promise.resolve({ kind: 'read', value: shown });
      await readBill(world.pays, order);
      await followOrder(world.pays, { companyId: order.company_id, orderId: order.order_id });
    };
    await look('open');
    assert.deepEqual(await world.items(), [['surplus', 375]]);
    await look('voided');
    assert.deepEqual(await world.items(), [['surplus', 375]]);
  });

  it('asks for all that was paid here when the till closes the order while a round is still on its way to it', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'amount', amountMinor: 375 }, { tipMinor: 40 });
    await world.pay(attempt.attemptToken);
    const shown = posOrder('P1', posLinesOf((await world.rows()).rounds), { state: 'settled' });
    await world.submit([line('oyster', 2)]);
    await showClosed(world, shown);
    assert.deepEqual(await world.items(), [['surplus', 415]]);
  });

  it('asks for money that came too late once when the till closes the order for the cash that had covered it', async () => {
    const world = await makePaying(store());
    const late = await world.start({ kind: 'all' }, { tipMinor: 40 });
    world.clock.advance(lockMs + 1);
    const cash = await payCash(world.pays, {
      companyId: world.table.companyId,
      orderId: world.orderId,
      userId: 'anna',
      kind: 'cash',
      tipMinor: 0,
      idempotencyKey: undefined,
    });
    assert.equal(cash.kind, 'paid');
    const { write } = await lastMarkPaid(world);
    await world.end(write, 'error', { code: 'pos-offline' });
    await world.pay(late.attempt.attemptToken);
    assert.deepEqual(await world.items(), [['surplus', 790]]);
    await showClosed(world, posOrder('P1', posLinesOf((await world.rows()).rounds), { state: 'settled' }));
    assert.deepEqual(await world.items(), [['surplus', 790]]);
  });

  it('asks for the tip for as long as only the share of a payment went back that came too late', async () => {
    const world = await makePaying(store());
    const first = await world.start({ kind: 'all' });
    const second = await world.start({ kind: 'all' }, { visit: 'visit-b', tipMinor: 80 });
    await world.pay(first.attempt.attemptToken);
    await world.pay(second.attempt.attemptToken);
    await giveBack(world, second.attempt.attemptToken, 750);
    assert.deepEqual(await world.items(), [['surplus', 80]]);
    await giveBack(world, second.attempt.attemptToken, 80);
    assert.deepEqual([world.provider.keptMinor(), await world.items()], [750, []]);
  });

  it('keeps the tip of a share that was given back before the POS was told of both', async () => {
    const world = await makePaying(store());
    const first = await world.start({ kind: 'amount', amountMinor: 375 }, { tipMinor: 40 });
    await world.pay(first.attempt.attemptToken);
    await giveBack(world, first.attempt.attemptToken, 375);
    const second = await world.start({ kind: 'all' }, { visit: 'visit-b' });
    await world.pay(second.attempt.attemptToken);
    assert.deepEqual((await lastMarkPaid(world)).tips, [40]);
    await followOrder(world.pays, { companyId: world.table.companyId, orderId: world.orderId });
    assert.deepEqual([(await world.view()).tip, await world.items()], [eur(40), []]);
  });

  it('does not close a cart that never came into the POS while its tip is to go back', async () => {
    const world = await makePaying(store(), 'pay-first');
    const { attempt } = await world.start({ kind: 'all' }, { tipMinor: 80 });
    await world.pay(attempt.attemptToken);
    const [create, mark] = (await world.rows()).writes;
    assert.ok(create && mark);
    await world.end(create, 'refused', { code: 'item-sold-out' });
    await world.end(mark, 'error', { code: 'order-not-in-pos' });
    await giveBack(world, attempt.attemptToken, 750);
    assert.deepEqual(await world.items(), [['paid-not-in-pos', 80]]);
    assert.notEqual((await world.rows()).orders[0]?.state, 'voided');
    await giveBack(world, attempt.attemptToken, 80);
    assert.deepEqual(await world.items(), []);
    assert.equal((await world.rows()).orders[0]?.state, 'voided');
  });
});

async function showClosed(world: Paying, shown: PosOrder): Promise<void> {
  world.script.order = () => Promise.resolve({ kind: 'read', value: shown });
  const [order] = (await world.rows()).orders;
  assert.ok(order);
  await readBill(world.pays, order);
  await followOrder(world.pays, { companyId: order.company_id, orderId: order.order_id });
}

async function giveBack(world: Paying, attemptToken: string, amountMinor: number): Promise<void> {
  const { company_id: companyId, payment_id: paymentId } = await world.row(attemptToken);
  const asked = { companyId, paymentId, amountMinor, userId: 'anna', reason: 'it was cold' };
  const done = await refundPayment(world.pays, { ...asked, idempotencyKey: `back ${amountMinor}` });
  assert.equal(done.kind, 'refunded');
}
