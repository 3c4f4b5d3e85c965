import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkoutOf, idOf, lunchBody, makeBench } from './test-mollie-twin.ts';
import type { MollieBench } from './test-mollie-twin.ts';

function open(bench: MollieBench, change: object = {}) {
  const made = bench.ask('POST', '/v2/payments', { body: { ...lunchBody, ...change } });
  const id = idOf(made);
  const read = () => bench.ask('GET', `/v2/payments/${id}`).json;
  return { id, checkout: checkoutOf(made), read };
}

describe("the Mollie twin's checkout page", () => {
  it('shows the amount in the guest’s language, the shop and the ways to pay, and no field for a card', () => {
    const bench = makeBench();
    const page = bench.visit(open(bench).checkout);
    assert.equal(page.status, 200);
    assert.match(page.body, /€\s42,50/);
    assert.match(page.body, /Osteria Fiume/);
    assert.equal([...page.body.matchAll(/type="radio"/g)].length, 7);
    assert.ok(!/type="(text|tel|number|password)"/.test(page.body));
    assert.ok(!/mollie/i.test(page.body));
  });

  it('takes what a shop wrote for text', () => {
    const bench = makeBench();
    const page = bench.visit(open(bench, { description: '<script>alert("x")</script>' }).checkout);
    assert.ok(page.body.includes('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;'));
  });

  it('pays, calls the shop once and sends the guest back', async () => {
    const bench = makeBench();
    const { id, checkout, read } = open(bench);
    const answer = bench.visit(checkout, { outcome: 'paid', method: 'applepay' });
    assert.deepEqual([answer.status, answer.headers['location']], [303, 'https://pay.example/p/tok']);
    await bench.clock.advance(0);
    assert.deepEqual(
      bench.called.map(({ url, body }) => [url, body]),
      [['https://pay.example/webhooks/mollie/tok', `id=${id}`]],
    );
    const payment = read();
    assert.deepEqual([payment['status'], payment['method']], ['paid', 'creditcard']);
    assert.equal((payment['details'] as { wallet: string }).wallet, 'applepay');
    assert.equal(payment['paidAt'], '2026-01-01T12:00:00+00:00');
    assert.ok(!('checkout' in (payment['_links'] as object)));
  });

  it('pays once however often the button is pressed', async () => {
    const bench = makeBench();
    const { checkout, read } = open(bench);
    for (const outcome of ['paid', 'paid', 'canceled', 'failed']) {
      assert.equal(bench.visit(checkout, { outcome, method: 'creditcard' }).status, 303);
    }
    await bench.clock.advance(0);
    assert.equal(read()['status'], 'paid');
    assert.equal(bench.called.length, 1);
    assert.match(bench.visit(checkout).body, /This payment is paid/);
  });

  it('goes back to the cancel address when the guest cancels, and to the other one where there is none', () => {
    const bench = makeBench();
    const one = open(bench);
    assert.equal(
      bench.visit(one.checkout, { outcome: 'canceled' }).headers['location'],
      'https://pay.example/p/tok?canceled',
    );
    assert.equal(one.read()['status'], 'canceled');
    const other = open(bench, { cancelUrl: undefined });
    assert.equal(
      bench.visit(other.checkout, { outcome: 'canceled' }).headers['location'],
      'https://pay.example/p/tok',
    );
  });

  it('offers the other ways when the guest backs out of the one the shop named, and calls nobody', async () => {
    const bench = makeBench();
    const { checkout, read } = open(bench, { method: 'applepay' });
    const page = bench.visit(checkout, { outcome: 'canceled' });
    assert.equal(page.status, 200);
    assert.ok(page.body.includes('value="ideal"'));
    await bench.clock.advance(0);
    assert.deepEqual([read()['status'], bench.called.length], ['open', 0]);
    bench.visit(checkout, { outcome: 'paid', method: 'ideal' });
    assert.deepEqual([read()['status'], read()['method']], ['paid', 'ideal']);
  });

  it('keeps a declined payment open, without a call', async () => {
    const bench = makeBench();
    const { checkout, read } = open(bench);
    assert.equal(bench.visit(checkout, { outcome: 'declined', method: 'creditcard' }).status, 200);
    await bench.clock.advance(0);
    assert.deepEqual([read()['status'], bench.called.length], ['open', 0]);
  });

  it('leaves a payment open when the guest walks away', () => {
    const bench = makeBench();
    const { checkout, read } = open(bench);
    assert.equal(bench.visit(checkout, { outcome: 'open' }).headers['location'], 'https://pay.example/p/tok');
    assert.equal(read()['status'], 'open');
  });

  it('lets a bank take its time, and calls the shop only when it is done', async () => {
    const bench = makeBench();
    const { checkout, read } = open(bench);
    bench.visit(checkout, { outcome: 'pending', method: 'eps' });
    await bench.clock.advance(0);
    assert.deepEqual([read()['status'], bench.called.length], ['pending', 0]);
    bench.visit(checkout, { outcome: 'paid' });
    await bench.clock.advance(0);
    assert.deepEqual([read()['status'], read()['method'], bench.called.length], ['paid', 'eps', 1]);
  });

  it('fails with the reason that an amount of the test mode asks for', () => {
    const bench = makeBench();
    const { checkout, read } = open(bench, { amount: { currency: 'EUR', value: '1007.00' } });
    bench.visit(checkout, { outcome: 'failed', method: 'creditcard' });
    assert.equal(read()['status'], 'failed');
    assert.equal((read()['details'] as { failureReason: string }).failureReason, 'insufficient_funds');
  });

  it('refuses a form without an outcome or with a way that is not offered', () => {
    const bench = makeBench();
    const { checkout, read } = open(bench, { method: ['creditcard', 'ideal'] });
    assert.equal(bench.visit(checkout, {}).status, 400);
    assert.equal(bench.visit(checkout, { outcome: 'paid', method: 'paypal' }).status, 400);
    assert.equal(read()['status'], 'open');
    assert.equal(bench.visit('http://twin.example/checkout/nothing').status, 404);
  });
});
