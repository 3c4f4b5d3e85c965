import assert from 'node:assert/strict';
import { it } from 'node:test';
import { getOrder } from '#store/orders.ts';
import { updatePayment } from '#store/payments.ts';
import { testStores } from '#store/test-store.ts';
import { noteSurplus } from './surplus.ts';
import { makePaying, posShows } from './test-paying.ts';
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
});
