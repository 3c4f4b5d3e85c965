import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Donation } from '#domain/payment.ts';
import { roundUpMinor, tipMaxMinor } from '#domain/payment.ts';
import { listAudit } from '#store/audit.ts';
import { updateLocation } from '#store/locations.ts';
import { testStores } from '#store/test-store.ts';
import { lockMs } from '#domain/payment.ts';
import { countPayment } from './count-payment.ts';
import { closeDay, dayCloseCsv } from './day-close.ts';
import { getReceipt } from './get-payment.ts';
import { refundPayment } from './refund-payment.ts';
import { lastMarkPaid, makePaying } from './test-paying.ts';
import type { Paying } from './test-paying.ts';
import { eur, payAtProvider } from './test-payments.ts';

it('rounds up to the next whole unit of the currency, and leaves whole sums and yen alone', () => {
  assert.deepEqual(
    [1, 99, 100, 1234].map((minor) => roundUpMinor(minor, 'EUR')),
    [99, 1, 0, 66],
  );
  assert.equal(roundUpMinor(1234, 'JPY'), 0);
});

it('limits a tip by the location’s percent of the share, ten whole units on a small one, nothing where tips are off', () => {
  assert.deepEqual(
    [tipMaxMinor(5000, 'EUR', 30), tipMaxMinor(500, 'EUR', 30), tipMaxMinor(5000, 'EUR', 0)],
    [1500, 1000, 0],
  );
});

async function set(world: Paying, change: Parameters<typeof updateLocation>[2]): Promise<void> {
  await world.pays.store.asCompany(world.table.companyId, (tx) => updateLocation(tx, world.table, change));
}

const cause = (donation: Partial<Donation>) =>
  JSON.stringify({ cause: 'Soup kitchen', amountsMinor: [100], ...donation });

async function soupOf(world: Paying, visit?: string) {
  const soup = (await world.view(visit)).rounds[0]?.lines.find((line) => line.itemId === 'soup');
  assert.ok(soup);
  return soup;
}

/** The provider took another sum than was asked for. */
async function mismatch(world: Paying, tookMinor: number, tipMinor = 0): Promise<string> {
  const { attempt } = await world.start({ kind: 'all' }, { tipMinor });
  const row = await world.row(attempt.attemptToken);
  payAtProvider(world.provider.of(row.payment_id), world.clock.nowMs(), eur(tookMinor));
  await world.look(attempt.attemptToken);
  return row.payment_id;
}

const count = (world: Paying, paymentId: string, reason = 'seen at the provider') =>
  countPayment(world.pays, { companyId: world.table.companyId, userId: 'anna', paymentId, reason });

testStores((store) => {
  it('rounds the whole charge up for the cause, tip included, and never tells the POS of it', async () => {
    const world = await makePaying(store());
    await set(world, { donation: cause({ roundUp: true }) });
    const { attempt } = await world.start({ kind: 'all' }, { tipMinor: 33, roundUp: true });
    assert.deepEqual([attempt.amount, attempt.tip, attempt.donation], [eur(800), eur(33), eur(17)]);
    await world.pay(attempt.attemptToken);
    const { amount, tips } = await lastMarkPaid(world);
    assert.deepEqual([amount, tips], [750, [33]]);
    const row = await world.row(attempt.attemptToken);
    assert.deepEqual([row.amount_minor, row.tip_minor, row.donation_minor], [750, 33, 17]);
  });

  it('refuses rounding up where it is not offered, and beside a sum of one’s own', async () => {
    const world = await makePaying(store());
    await set(world, { donation: cause({}) });
    const closed = await world.ask({ kind: 'all' }, { roundUp: true });
    assert.ok(closed.kind === 'refused' && closed.code === 'donation-not-offered');
    await set(world, { donation: cause({ roundUp: true }) });
    const both = await world.ask({ kind: 'all' }, { roundUp: true, donationMinor: 100 });
    assert.ok(both.kind === 'refused' && both.code === 'amount-invalid');
  });

  it('takes no tip beyond the limit the location set', async () => {
    const world = await makePaying(store());
    await set(world, { tip_max_percent: 0 });
    const refused = await world.ask({ kind: 'all' }, { tipMinor: 1 });
    assert.ok(refused.kind === 'refused' && refused.code === 'tip-over-limit');
  });

  it('shows others what a guest is paying for, for ten minutes, then what is paid', async () => {
    const world = await makePaying(store());
    const { lineId } = await soupOf(world);
    const { attempt } = await world.start({ kind: 'lines', lines: [{ lineId, parts: 2 }] });
    assert.equal((await soupOf(world)).taken, undefined, 'one’s own checkout holds nothing');
    const held = await soupOf(world, 'visit-b');
    assert.deepEqual(held.taken, { state: 'being-paid', left: eur(250) });
    world.clock.advance(lockMs + 1);
    assert.equal((await soupOf(world, 'visit-b')).taken, undefined);
    await world.pay(attempt.attemptToken);
    assert.deepEqual((await soupOf(world, 'visit-b')).taken, { state: 'paid', left: eur(250) });
  });

  it('counts what the provider really took when a person says so, once, and says who', async () => {
    const world = await makePaying(store());
    const paymentId = await mismatch(world, 740, 50);
    assert.deepEqual(await world.items(), [['amount-mismatch', 800]]);
    for (const _time of [1, 2]) assert.equal((await count(world, paymentId)).kind, 'counted');
    const view = await world.view();
    assert.deepEqual([view.paid, view.tip, view.due], [eur(740), eur(0), eur(10)]);
    assert.deepEqual(await world.items(), []);
    const { companyId } = world.table;
    const audit = await store().asCompany(companyId, (tx) =>
      listAudit(tx, companyId, `payment:${paymentId}`),
    );
    assert.deepEqual(
      audit.map((entry) => [entry.user_id, entry.facts['askedMinor'], entry.facts['tookMinor']]),
      [['anna', 800, 740]],
    );
  });

  it('pays the bill with what came in beyond it, and calls the rest a surplus', async () => {
    const world = await makePaying(store());
    const paymentId = await mismatch(world, 900);
    await count(world, paymentId);
    assert.deepEqual(await world.items(), [['surplus', 150]]);
    assert.equal((await lastMarkPaid(world)).amount, 750);
  });

  it('gives back no more than came in, counted or not, and counts nothing without a reason', async () => {
    const world = await makePaying(store());
    const paymentId = await mismatch(world, 740);
    const unsaid = await count(world, paymentId, '  ');
    assert.ok(unsaid.kind === 'refused' && unsaid.code === 'note-required');
    const done = await refundPayment(world.pays, {
      companyId: world.table.companyId,
      userId: 'anna',
      paymentId,
      amountMinor: undefined,
      reason: 'wrong sum',
      idempotencyKey: 'r',
    });
    assert.ok(done.kind === 'refunded');
    assert.deepEqual([done.refund.amount, world.provider.keptMinor()], [eur(740), 0]);
  });

  it('names every difference of a day, its tips by waiter and its donations apart, as figures and as a table', async () => {
    const world = await makePaying(store());
    await set(world, { donation: cause({}) });
    const { attempt } = await world.start({ kind: 'all' }, { tipMinor: 75, donationMinor: 100 });
    await world.pay(attempt.attemptToken);
    const date = new Date(world.clock.nowMs()).toISOString().slice(0, 10);
    const asked = { companyId: world.table.companyId, locationId: world.table.locationId, date };
    const open = await closeDay(world.pays, asked);
    assert.ok(!('kind' in open));
    assert.deepEqual(
      open.differences.map(({ kind }) => kind),
      ['pos-not-marked'],
    );
    const [total] = open.totals;
    assert.deepEqual(
      [total?.kind, total?.bill, total?.tips, total?.donations],
      ['online', eur(750), eur(75), eur(100)],
    );
    const stranger = { ...world.provider.of((await world.row(attempt.attemptToken)).payment_id) };
    world.provider.payments.set('tr_else', { ...stranger, ref: 'tr_else', attemptId: null });
    const again = await closeDay(world.pays, asked);
    assert.ok(!('kind' in again));
    assert.deepEqual(
      again.differences.map(({ kind, providerRef }) => [kind, providerRef]),
      [
        ['not-in-journal', 'tr_else'],
        ['pos-not-marked', null],
      ],
    );
    const table = dayCloseCsv(again)
      .trimEnd()
      .split('\r\n')
      .map((row) => row.split(','));
    assert.ok(table.every((row) => row.length === table[0]?.length));
    assert.ok(table.some((row) => row[0] === 'total' && row[4] === '0.75' && row[5] === '1.00'));
    assert.ok(table.some((row) => row[1] === 'not-in-journal' && row[10] === '9.25'));
  });

  it('keeps a receipt for ninety days behind a link that nobody guesses', async () => {
    const world = await makePaying(store());
    const { attempt } = await world.start({ kind: 'all' }, { tipMinor: 50 });
    await world.pay(attempt.attemptToken);
    const { receipt_token: token } = await world.row(attempt.attemptToken);
    assert.ok(token !== null && token.length >= 26);
    const receipt = await getReceipt(world.pays, token);
    assert.deepEqual([receipt?.total, receipt?.tip, receipt?.charged], [eur(750), eur(50), eur(800)]);
    assert.equal(await getReceipt(world.pays, token.slice(1)), undefined);
    world.clock.advance(91 * 24 * 3_600_000);
    assert.equal(await getReceipt(world.pays, token), undefined);
  });
});
