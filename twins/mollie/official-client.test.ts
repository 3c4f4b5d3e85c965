import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { after, before, describe, it, mock } from 'node:test';
import { createMollieClient } from '@mollie/api-client';
import { systemClock } from '../clock.ts';
import { startTwin } from '../twin.ts';
import type { RunningTwin } from '../twin.ts';
import { fiumeAccount } from './seed.ts';
import { osteriaKey } from './test-mollie-twin.ts';
import { makeMollieWorld } from './world.ts';

/**
 * Mollie's own client speaks to its default address, https://api.mollie.com, exactly as in a shop. It takes no other address without
 * HTTPS and a certificate of its own list, so the bytes are led to the twin one layer below it, where Node opens the connection.
 */

let twin: RunningTwin;
const hosts: string[] = [];

before(async () => {
  twin = await startTwin({
    world: makeMollieWorld({
      account: fiumeAccount,
      clock: systemClock,
      randomBytes: (count) => new Uint8Array(randomBytes(count)),
      post: () => Promise.resolve(200),
    }),
    host: '127.0.0.1',
    wirePort: 0,
    controlPort: 0,
    tls: null,
  });
  mock.method(https, 'request', (options: http.RequestOptions) => {
    hosts.push(String(options.hostname ?? options.host));
    const { hostname, port } = new URL(twin.url);
    // The agent carries Mollie's certificate authorities, which a connection without TLS has no use for.
    return http.request({ ...options, protocol: 'http:', hostname, host: hostname, port, agent: false });
  });
});
after(async () => {
  mock.restoreAll();
  await twin.stop();
});

const client = createMollieClient({ apiKey: osteriaKey });
const lunch = {
  amount: { currency: 'EUR', value: '42.50' },
  description: 'Table 7',
  redirectUrl: 'https://pay.example/p/tok',
  webhookUrl: 'https://pay.example/webhooks/mollie/tok',
  metadata: { attemptId: 'attempt-1' },
};

describe("Mollie's own client and the twin", () => {
  it('create, read, pay and list a payment', async () => {
    const created = await client.payments.create(lunch);
    assert.equal(created.status, 'open');
    assert.deepEqual(created.amount, lunch.amount);
    assert.deepEqual(created.metadata, { attemptId: 'attempt-1' });
    const checkout = created.getCheckoutUrl() ?? '';
    assert.ok(checkout.includes('/checkout/'));
    await visit(checkout, { outcome: 'paid', method: 'applepay' });
    const paid = await client.payments.get(created.id);
    assert.deepEqual([paid.status, paid.method, paid.getCheckoutUrl()], ['paid', 'creditcard', null]);
    assert.ok(paid.paidAt);
    const page = await client.payments.page({ limit: 1 });
    assert.deepEqual(
      page.map(({ id }) => id),
      [created.id],
    );
    assert.ok(hosts.length > 0 && hosts.every((host) => host === 'api.mollie.com'));
  });

  it('walk through all pages', async () => {
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) made.push((await client.payments.create(lunch)).id);
    const seen: string[] = [];
    for await (const payment of client.payments.iterate().take(5)) seen.push(payment.id);
    assert.deepEqual(seen, made.toReversed());
    const first = await client.payments.page({ limit: 3 });
    const second = await first.nextPage?.();
    assert.deepEqual(
      [...first, ...(second ?? [])].slice(0, 5).map(({ id }) => id),
      made.toReversed(),
    );
  });

  it('repeat a create under one key', async () => {
    const idempotencyKey = 'key-1';
    const first = await client.payments.create({ ...lunch, idempotencyKey });
    assert.equal((await client.payments.create({ ...lunch, idempotencyKey })).id, first.id);
  });

  it('refund, read the refund, and see it on the payment', async () => {
    const { id, getCheckoutUrl } = await open();
    await visit(getCheckoutUrl, { outcome: 'paid', method: 'ideal' });
    const refund = await client.paymentRefunds.create({
      paymentId: id,
      amount: { currency: 'EUR', value: '10.00' },
      description: 'Cold soup',
    });
    assert.equal(refund.status, 'pending');
    assert.equal((await client.paymentRefunds.get(refund.id, { paymentId: id })).id, refund.id);
    assert.equal((await client.paymentRefunds.page({ paymentId: id })).length, 1);
    const payment = await client.payments.get(id);
    assert.deepEqual(
      [payment.amountRefunded, payment.amountRemaining],
      [
        { currency: 'EUR', value: '10.00' },
        { currency: 'EUR', value: '32.50' },
      ],
    );
    await client.paymentRefunds.cancel(refund.id, { paymentId: id });
    assert.equal((await client.paymentRefunds.get(refund.id, { paymentId: id })).status, 'canceled');
  });

  it('list chargebacks', async () => {
    const { id, getCheckoutUrl } = await open();
    await visit(getCheckoutUrl, { outcome: 'paid', method: 'creditcard' });
    await fetch(`${twin.controlUrl}/_twin/chargeback`, {
      method: 'POST',
      body: JSON.stringify({ payment: id }),
    });
    const chargebacks = await client.paymentChargebacks.page({ paymentId: id });
    assert.deepEqual(chargebacks[0]?.amount, lunch.amount);
  });

  it('list the methods of an amount', async () => {
    const methods = await client.methods.list({ amount: lunch.amount, includeWallets: 'applepay' });
    assert.deepEqual(
      methods.map(({ id }) => id),
      ['applepay', 'creditcard', 'ideal', 'bancontact', 'eps', 'paypal'],
    );
    assert.equal((await client.methods.get('ideal')).description, 'iDEAL');
  });

  it('agree on what is refused', async () => {
    const wrong = { ...lunch, amount: { currency: 'EUR', value: '42.505' } };
    await assert.rejects(client.payments.create(wrong), { statusCode: 422, field: 'amount' });
    await assert.rejects(client.payments.get('tr_nobody'), { statusCode: 404 });
    const { id } = await open();
    await assert.rejects(client.payments.cancel(id), { statusCode: 422 });
    await assert.rejects(
      createMollieClient({ apiKey: 'test_somebodyelse000000000000000000' }).payments.get(id),
      { statusCode: 401 },
    );
  });
});

async function open() {
  const payment = await client.payments.create(lunch);
  return { id: payment.id, getCheckoutUrl: payment.getCheckoutUrl() ?? '' };
}

async function visit(checkout: string, form: Readonly<Record<string, string>>): Promise<void> {
  // The page's links follow the host that was asked, which the client believes to be Mollie's.
  const { pathname } = new URL(checkout);
  const answer = await fetch(`${twin.url}${pathname}`, {
    method: 'POST',
    body: new URLSearchParams(form),
    redirect: 'manual',
  });
  assert.equal(answer.status, 303);
}
