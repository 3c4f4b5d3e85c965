import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hourMs, minuteMs } from '#domain/time.ts';
import { checkoutOf, idOf, lunchBody, makeBench } from './test-mollie-twin.ts';
import type { MollieBench } from './test-mollie-twin.ts';

function make(bench: MollieBench): string {
  return idOf(bench.ask('POST', '/v2/payments', { body: lunchBody }));
}

function stateOfCall(bench: MollieBench): string | undefined {
  const view = bench.world.views?.['webhooks']?.() as { deliveries: { state: string }[] };
  return view.deliveries.at(-1)?.state;
}

describe("the Mollie twin's calls to shops", () => {
  it('are repeated ten times over 26 hours while nobody answers 200', async () => {
    const bench = makeBench();
    bench.shopAnswers(500);
    const startMs = bench.clock.nowMs();
    make(bench);
    bench.command('finish', { outcome: 'paid' });
    await bench.clock.advance(30 * hourMs);
    assert.deepEqual(
      bench.called.map(({ atMs }) => (atMs - startMs) / minuteMs),
      [0, 1, 3, 7, 15, 31, 60, 120, 240, 1560],
    );
    assert.equal(stateOfCall(bench), 'gave-up');
  });

  it('stop with the first 200', async () => {
    const bench = makeBench();
    bench.shopAnswers(undefined);
    make(bench);
    bench.command('finish', { outcome: 'paid' });
    await bench.clock.advance(4 * minuteMs);
    bench.shopAnswers(200);
    await bench.clock.advance(30 * hourMs);
    assert.equal(bench.called.length, 4);
    assert.equal(stateOfCall(bench), 'delivered');
  });

  it('go faster with the time scale, expiry and refunds too', async () => {
    const bench = makeBench();
    bench.command('settings', { timeScale: 60 });
    bench.shopAnswers(500);
    const id = make(bench);
    await bench.clock.advance(15_000);
    assert.equal(bench.ask('GET', `/v2/payments/${id}`).json['status'], 'expired');
    await bench.clock.advance(3_000);
    assert.equal(bench.called.length, 3);
  });

  it('can be lost, repeated, delayed, held back and turned round', async () => {
    const bench = makeBench();
    bench.command('webhooks', { mode: 'off' });
    make(bench);
    bench.command('finish', { outcome: 'paid' });
    await bench.clock.advance(hourMs);
    assert.equal(bench.called.length, 0);
    bench.command('webhooks', { mode: 'on', copies: 50, delayMs: 2_000 });
    const many = make(bench);
    bench.command('finish', { payment: many, outcome: 'paid' });
    await bench.clock.advance(1_999);
    assert.equal(bench.called.length, 0);
    await bench.clock.advance(1);
    assert.deepEqual(
      bench.called.map(({ body }) => body),
      Array.from({ length: 50 }, () => `id=${many}`),
    );
    bench.command('webhooks', { mode: 'hold', copies: 1, delayMs: 0 });
    const [first, second] = [make(bench), make(bench)];
    bench.command('finish', { payment: first, outcome: 'paid' });
    bench.command('finish', { payment: second, outcome: 'failed' });
    await bench.clock.advance(hourMs);
    assert.equal(bench.called.length, 50);
    assert.deepEqual(bench.command('release-webhooks', { order: 'reversed' }), { released: 2 });
    await bench.clock.settle();
    assert.deepEqual(
      bench.called.slice(50).map(({ body }) => body),
      [`id=${second}`, `id=${first}`],
    );
  });

  it('may come before the create was answered', async () => {
    const bench = makeBench();
    bench.command('webhooks', { onCreate: true });
    const id = make(bench);
    await bench.clock.advance(0);
    assert.equal(bench.called[0]?.body, `id=${id}`);
  });

  it('are made for a refund and a chargeback while the payment stays paid', async () => {
    const bench = makeBench();
    const id = make(bench);
    bench.command('finish', { outcome: 'paid' });
    await bench.clock.advance(0);
    const path = `/v2/payments/${id}`;
    const amount = { currency: 'EUR', value: '10.00' };
    bench.ask('POST', `${path}/refunds`, { body: { amount } });
    await bench.clock.advance(2 * hourMs);
    assert.equal(bench.called.length, 2);
    await bench.clock.advance(24 * hourMs);
    assert.equal(bench.called.length, 3);
    bench.command('chargeback', { payment: id });
    await bench.clock.advance(0);
    assert.equal(bench.called.length, 4);
    const payment = bench.ask('GET', `${path}?embed=refunds,chargebacks`).json;
    assert.deepEqual(
      [
        payment['status'],
        payment['amountRefunded'],
        payment['amountRemaining'],
        payment['amountChargedBack'],
      ],
      ['paid', amount, { currency: 'EUR', value: '32.50' }, lunchBody.amount],
    );
  });

  it('end with the twin', async () => {
    const bench = makeBench();
    bench.shopAnswers(500);
    make(bench);
    bench.command('finish', { outcome: 'paid' });
    await bench.clock.advance(0);
    make(bench);
    bench.world.stop?.();
    await bench.clock.advance(30 * hourMs);
    assert.deepEqual([bench.called.length, bench.clock.waiting()], [1, 0]);
  });
});

describe("the Mollie twin's refunds", () => {
  function paid(bench: MollieBench) {
    const made = bench.ask('POST', '/v2/payments', { body: lunchBody });
    bench.visit(checkoutOf(made), { outcome: 'paid', method: 'creditcard' });
    const path = `/v2/payments/${idOf(made)}/refunds`;
    const refund = (value: string) =>
      bench.ask('POST', path, { body: { amount: { currency: 'EUR', value } } });
    return { path, refund };
  }

  it('never exceed what was paid, and are refused before there is anything', () => {
    const bench = makeBench();
    const open = bench.ask('POST', '/v2/payments', { body: lunchBody });
    const early = bench.ask('POST', `/v2/payments/${idOf(open)}/refunds`, {
      body: { amount: lunchBody.amount },
    });
    assert.equal(early.status, 422);
    const { refund } = paid(bench);
    assert.equal(refund('40.00').status, 201);
    assert.equal(refund('2.51').status, 422);
    assert.equal(refund('2.50').status, 201);
  });

  it('take an equal one within the hour for the same one', async () => {
    const bench = makeBench();
    const { refund } = paid(bench);
    assert.equal(refund('10.00').status, 201);
    assert.equal(refund('10.00').status, 409);
    await bench.clock.advance(hourMs);
    assert.equal(refund('10.00').status, 201);
  });

  it('wait for balance, can be canceled until they leave, and free their amount when they fail', () => {
    const bench = makeBench();
    const { path, refund } = paid(bench);
    bench.command('settings', { balance: 'short' });
    const queued = refund('42.50');
    assert.equal(queued.json['status'], 'queued');
    assert.equal(bench.ask('DELETE', `${path}/${idOf(queued)}`).status, 204);
    assert.equal(bench.ask('GET', `${path}/${idOf(queued)}`).json['status'], 'canceled');
    bench.command('settings', { balance: 'enough' });
    const sent = refund('42.50');
    assert.equal(sent.json['status'], 'pending');
    bench.command('move-refund', { status: 'processing' });
    assert.equal(bench.ask('DELETE', `${path}/${idOf(sent)}`).status, 422);
    bench.command('move-refund', { status: 'failed' });
    assert.equal(refund('42.50').status, 201);
  });

  it('stand in the provider’s own report, with chargebacks until they are reversed', () => {
    const bench = makeBench();
    const { refund } = paid(bench);
    refund('10.00');
    bench.command('chargeback', { amountMinor: 500 });
    const [row] = bench.world.report() as Record<string, unknown>[];
    assert.deepEqual(row, {
      profileId: 'pfl_osteria0',
      shop: 'Osteria Fiume',
      mode: 'test',
      currency: 'EUR',
      method: 'creditcard',
      payments: 1,
      paidMinor: 4250,
      refundedMinor: 1000,
      chargedBackMinor: 500,
    });
    bench.command('reverse-chargeback', {});
    const [after] = bench.world.report() as Record<string, unknown>[];
    assert.equal(after?.['chargedBackMinor'], 0);
  });
});
