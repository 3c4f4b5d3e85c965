import assert from 'node:assert/strict';
import { it } from 'node:test';
import { lockMs } from '#domain/payment.ts';
import { dayMs, hourMs, minuteMs } from '#domain/time.ts';
import { testStores } from '#store/test-store.ts';
import { followOrder } from './follow-order.ts';
import { makePaymentLoop } from './payment-loop.ts';
import { refundPayment } from './refund-payment.ts';
import { sendPaidAgain } from './send-again.ts';
import { syncPayment } from './sync-payment.ts';
import { makePaying } from './test-paying.ts';
import { eur, payAtProvider } from './test-payments.ts';

testStores((store) => {
  it('is impossible to miss when a paid cart never comes into the POS, and can be sent again', async () => {
    const world = await makePaying(store(), 'pay-first');
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    const [create, mark] = (await world.rows()).writes;
    assert.ok(create && mark);
    await world.end(create, 'refused', { code: 'item-sold-out' });
    await world.end(mark, 'error', { code: 'order-not-in-pos' });
    const { companyId } = world.table;
    await followOrder(world.pays, { companyId, orderId: world.orderId });
    assert.deepEqual(await world.items(), [['paid-not-in-pos', 750]]);
    const again = await sendPaidAgain(world.pays, { companyId, orderId: world.orderId });
    assert.equal(again.kind, 'sending');
    assert.deepEqual(await world.kinds(), ['create-order', 'mark-paid', 'create-order', 'mark-paid']);
    assert.deepEqual(await world.items(), []);
  });

  it('gives the money of a cart back that never came into the POS, and closes it', async () => {
    const world = await makePaying(store(), 'pay-first');
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    const [create, mark] = (await world.rows()).writes;
    assert.ok(create && mark);
    await world.end(create, 'refused', { code: 'item-sold-out' });
    await world.end(mark, 'error', { code: 'order-not-in-pos' });
    const row = await world.row(attempt.attemptToken);
    await refundPayment(world.pays, {
      companyId: row.company_id,
      userId: 'anna',
      paymentId: row.payment_id,
      amountMinor: undefined,
      reason: 'sold out',
      idempotencyKey: 'r',
    });
    assert.equal(world.provider.keptMinor(), 0);
    assert.equal((await world.rows()).orders[0]?.state, 'voided');
    assert.deepEqual(await world.items(), []);
  });

  it('never calls a payment failed because an answer was lost: the same request gets the same checkout', async () => {
    const world = await makePaying(store());
    world.provider.fail('create', 'unknown-outcome', true);
    const more = { idempotencyKey: 'lost', billVersion: (await world.view()).billVersion };
    const lost = await world.ask({ kind: 'all' }, more);
    assert.ok(lost.kind === 'refused' && lost.code === 'payment-provider-away');
    const again = await world.start({ kind: 'all' }, more);
    assert.equal(again.attempt.state, 'open');
    assert.equal(world.provider.payments.size, 1);
  });

  it('finds a payment whose create was never answered, and counts it when it was paid', async () => {
    const world = await makePaying(store());
    world.provider.fail('create', 'unknown-outcome', true);
    const lost = await world.ask({ kind: 'all' });
    assert.equal(lost.kind, 'refused');
    const [made] = [...world.provider.payments.values()];
    assert.ok(made?.attemptId);
    payAtProvider(made, world.clock.nowMs());
    const which = { companyId: world.table.companyId, paymentId: made.attemptId as never };
    await syncPayment(world.pays, which);
    assert.deepEqual((await world.view()).paid, eur(750));
  });

  it('believes no webhook that names somebody else’s payment', async () => {
    const world = await makePaying(store());
    const mine = await world.start({ kind: 'amount', amountMinor: 100 });
    const other = await world.start({ kind: 'amount', amountMinor: 200 }, { visit: 'visit-b' });
    const otherRow = await world.row(other.attempt.attemptToken);
    payAtProvider(world.provider.of(otherRow.payment_id), world.clock.nowMs());
    const row = await world.row(mine.attempt.attemptToken);
    await syncPayment(
      world.pays,
      { companyId: row.company_id, paymentId: row.payment_id },
      otherRow.provider_ref ?? '',
    );
    assert.equal((await world.row(mine.attempt.attemptToken)).state, 'open');
    assert.deepEqual((await world.view()).paid, eur(0));
  });

  it('counts a wrong sum only when a person has looked', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    const row = await world.row(attempt.attemptToken);
    payAtProvider(world.provider.of(row.payment_id), world.clock.nowMs(), eur(740));
    await world.look(attempt.attemptToken);
    assert.deepEqual(await world.items(), [['amount-mismatch', 750]]);
    assert.deepEqual((await world.view()).due, eur(750));
    assert.ok(!(await world.kinds()).includes('mark-paid'));
  });

  it('records money that came after the provider had called the payment expired', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    world.provider.of((await world.row(attempt.attemptToken)).payment_id).state = 'expired';
    await world.look(attempt.attemptToken);
    assert.equal((await world.row(attempt.attemptToken)).state, 'expired');
    await world.pay(attempt.attemptToken);
    assert.deepEqual((await world.view()).paid, eur(750));
  });

  it('opens an item for a chargeback and closes it when the bank gives up', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    const held = world.provider.of((await world.row(attempt.attemptToken)).payment_id);
    held.chargebacks.push({ ref: 'chb_1', amount: eur(750), createdAtMs: 1, reversedAtMs: null });
    await world.look(attempt.attemptToken);
    assert.deepEqual(await world.items(), [['chargeback', 750]]);
    const [chargeback] = held.chargebacks;
    assert.ok(chargeback);
    chargeback.reversedAtMs = 2;
    await world.look(attempt.attemptToken);
    assert.deepEqual(await world.items(), []);
  });

  it('looks again at news of an old payment when the provider was away at first', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    world.clock.advance(30 * dayMs);
    const row = await world.row(attempt.attemptToken);
    const which = { companyId: row.company_id, paymentId: row.payment_id };
    const loop = makePaymentLoop(world.pays, { onBug: (error) => assert.fail(String(error)) });
    world.provider.fail('get', 'try-later');
    await loop.noteNews(which, undefined);
    await loop.stop();
    const { check_at_ms } = await world.row(attempt.attemptToken);
    assert.equal(check_at_ms, world.clock.nowMs() + minuteMs);
  });

  it('keeps news that come while an older answer is on its way', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    const row = await world.row(attempt.attemptToken);
    const which = { companyId: row.company_id, paymentId: row.payment_id };
    const { provider } = world;
    const get = provider.get.bind(provider);
    const loop = makePaymentLoop(world.pays, { onBug: () => undefined });
    const pays = {
      ...world.pays,
      providerOf: () =>
        Promise.resolve({
          ...world.provider,
          async get(ref: string) {
            const answer = await get(ref);
            world.clock.advance(1);
            // The process that is told dies before it has looked.
            world.provider.fail('get', 'try-later');
            await loop.noteNews(which, undefined);
            await loop.stop();
            return answer;
          },
        }),
    };
    await syncPayment(pays, which);
    assert.notEqual((await world.row(attempt.attemptToken)).check_at_ms, null);
  });

  it('holds items another guest is paying, and lets them go after ten minutes', async () => {
    const world = await makePaying(store());
    const soup = (await world.view()).rounds[0]?.lines.find((each) => each.itemId === 'soup');
    assert.ok(soup);
    const lines = { kind: 'lines', lines: [{ lineId: soup.lineId }] } as const;
    const first = await world.start(lines);
    assert.deepEqual(first.attempt.share, eur(500));
    const held = await world.ask(lines, { visit: 'visit-b' });
    assert.ok(held.kind === 'refused' && held.code === 'share-being-paid');
    world.clock.advance(lockMs + 1);
    assert.deepEqual((await world.start(lines, { visit: 'visit-b' })).attempt.share, eur(500));
  });

  it('lets held items go when the guest cancels', async () => {
    const world = await makePaying(store());
    const soup = (await world.view()).rounds[0]?.lines[0];
    assert.ok(soup);
    const lines = { kind: 'lines', lines: [{ lineId: soup.lineId }] } as const;
    const { attempt } = await world.start(lines);
    world.provider.of((await world.row(attempt.attemptToken)).payment_id).state = 'canceled';
    await world.look(attempt.attemptToken);
    assert.equal((await world.start(lines, { visit: 'visit-b' })).attempt.state, 'open');
  });

  it('refuses amounts and tips out of range, each with its code', async () => {
    const world = await makePaying(store());
    const codes: string[] = [];
    for (const [share, more] of [
      [{ kind: 'amount', amountMinor: -5 }, {}],
      [{ kind: 'amount', amountMinor: 1.5 }, {}],
      [{ kind: 'amount', amountMinor: 751 }, {}],
      [{ kind: 'equal', parts: 0 }, {}],
      [{ kind: 'all' }, { tipMinor: -1 }],
      [{ kind: 'all' }, { tipMinor: 0.5 }],
      [{ kind: 'all' }, { tipMinor: 1001 }],
      [{ kind: 'all' }, { donationMinor: 100 }],
      [{ kind: 'lines', lines: [{ lineId: 'nobody' }] }, {}],
    ] as const) {
      const answer = await world.ask(share, more);
      codes.push(answer.kind === 'refused' ? answer.code : answer.kind);
    }
    assert.deepEqual(codes, [
      'amount-invalid',
      'amount-invalid',
      'amount-over-due',
      'amount-invalid',
      'amount-invalid',
      'amount-invalid',
      'tip-over-limit',
      'donation-not-offered',
      'line-unknown',
    ]);
    assert.equal(world.provider.payments.size, 0);
  });

  it('lets nobody pay into a closed location, nor for a cart the kitchen can no longer cook', async () => {
    const closed = await makePaying(store(), 'pay-first');
    closed.script.online = false;
    const refused = await closed.ask({ kind: 'all' });
    assert.ok(refused.kind === 'refused' && refused.code === 'location-read-only');
    const soldOut = await makePaying(store(), 'pay-first');
    const { companyId } = soldOut.table;
    const snapshot = { readAtMs: 1, items: { soup: { state: 'sold-out' } }, variants: {}, modifiers: {} };
    await store().asCompany(companyId, (tx) =>
      tx
        .updateTable('availabilities')
        .set({ snapshot: JSON.stringify(snapshot) })
        .where('company_id', '=', companyId)
        .execute(),
    );
    const late = await soldOut.ask({ kind: 'all' });
    assert.ok(late.kind === 'refused' && late.code === 'item-sold-out');
    assert.equal(soldOut.provider.payments.size, 0);
  });

  it('looks at open payments on its schedule, with no webhook ever', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    const row = await world.row(attempt.attemptToken);
    const looks: number[] = [];
    for (let next = row.check_at_ms; next !== null;) {
      looks.push((next - row.created_at_ms) / minuteMs);
      world.clock.advance(next - world.clock.nowMs());
      await world.look(attempt.attemptToken);
      next = (await world.row(attempt.attemptToken)).check_at_ms;
    }
    assert.deepEqual(looks.slice(0, 7), [1, 3, 10, 31, 45, 60, 120]);
    assert.equal(looks.at(-1), (26 * hourMs) / minuteMs);
    assert.deepEqual(await world.items(), [['payment-unresolved', 750]]);
  });

  it('asks a provider that lost the answer of a refund before it asks again', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' });
    await world.pay(attempt.attemptToken);
    world.provider.fail('refund', 'unknown-outcome', true);
    const row = await world.row(attempt.attemptToken);
    const asked = {
      companyId: row.company_id,
      userId: 'anna',
      paymentId: row.payment_id,
      amountMinor: 200,
      reason: 'cold',
      idempotencyKey: 'r1',
    };
    const first = await refundPayment(world.pays, asked);
    assert.ok(first.kind === 'refunded' && first.refund.state === 'unconfirmed');
    const second = await refundPayment(world.pays, { ...asked, idempotencyKey: 'r2' });
    assert.ok(second.kind === 'refused' && second.code === 'refund-running');
    await world.look(attempt.attemptToken);
    assert.equal(world.provider.of(row.payment_id).refunds.length, 1);
    assert.equal(world.provider.keptMinor(), 550);
  });
});
