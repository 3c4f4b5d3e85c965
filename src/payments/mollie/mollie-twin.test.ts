import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, afterEach, before, describe, it } from 'node:test';
import { money } from '#domain/money.ts';
import type { Clock } from '#domain/time.ts';
import { systemClock } from '#twins/clock.ts';
import { fiumeAccount } from '#twins/mollie/seed.ts';
import { makeMollieWorld } from '#twins/mollie/world.ts';
import { startTwin } from '#twins/twin.ts';
import type { RunningTwin } from '#twins/twin.ts';
import type { PaymentProvider, ProviderOutcome, ProviderPayment } from '../provider.ts';
import { mollie } from './mollie.ts';
import { lunch } from './test-mollie.ts';

/** The provider over real sockets: its pauses between tries are short, its deadlines are real. */
const brisk: Clock = {
  ...systemClock,
  after: (delayMs, act) => systemClock.after(delayMs < 5_000 ? delayMs / 50 : delayMs, act),
};
/** Deadlines ten times shorter as well, for a twin that stays silent. */
const hurried: Clock = { ...systemClock, after: (delayMs, act) => systemClock.after(delayMs / 10, act) };

let twin: RunningTwin;
let provider: PaymentProvider;

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
  provider = open(brisk);
});
afterEach(() => control('DELETE', 'faults'));
after(() => twin.stop());

describe('Mollie, as the twin speaks it', () => {
  it('takes a payment from create to refund', async () => {
    const { ref, checkoutUrl, expiresAtMs, createdAtMs } = await create('whole');
    assert.equal((expiresAtMs ?? 0) - createdAtMs, 15 * 60_000);
    await pay(checkoutUrl);
    const paid = valueOf(await provider.get(ref));
    assert.deepEqual(
      [paid.state, paid.amount, paid.method, paid.wallet, paid.attemptId, paid.checkoutUrl],
      ['paid', lunch.amount, 'creditcard', 'applepay', 'whole', null],
    );
    const refund = {
      refundId: 'r1',
      amount: money(1000, 'EUR'),
      description: 'Cold soup',
      idempotencyKey: 'r1',
    };
    const made = valueOf(await provider.refund(ref, refund));
    assert.deepEqual([made.refundId, made.state, made.amount], ['r1', 'pending', refund.amount]);
    assert.deepEqual(valueOf(await provider.refunds(ref)), [made]);
    assert.deepEqual(valueOf(await provider.get(ref)).refunds, [made]);
    const equal = await provider.refund(ref, { ...refund, refundId: 'r2', idempotencyKey: 'r2' });
    assert.equal(codeOf(equal), 'conflict');
  });

  it('offers methods by the amount, and refuses one that is too much for all', async () => {
    const methods = valueOf(await provider.methods({ amount: money(50, 'EUR'), locale: 'it' }));
    assert.deepEqual(
      methods.map(({ methodId }) => methodId),
      ['applepay', 'creditcard', 'ideal', 'bancontact', 'paypal'],
    );
    const tooMuch = await provider.create({
      ...lunch,
      amount: money(9_999_900, 'EUR'),
      idempotencyKey: 'much',
    });
    assert.equal(codeOf(tooMuch), 'invalid');
  });

  it('lists what was paid in a span, whoever made it, and nothing that was not', async () => {
    // Mollie tells instants in whole seconds.
    const fromMs = Math.floor(Date.now() / 1_000) * 1_000;
    const paid = await create('listed');
    await create('never-paid');
    await pay(paid.checkoutUrl);
    const listed = valueOf(await provider.listPaid({ fromMs, untilMs: Date.now() + 1_000 }));
    const found = listed.find(({ ref }) => ref === paid.ref);
    assert.deepEqual([found?.attemptId, found?.amount, found?.state], ['listed', lunch.amount, 'paid']);
    assert.ok(!listed.some(({ attemptId }) => attemptId === 'never-paid'));
    const before = valueOf(await provider.listPaid({ fromMs: fromMs - 60_000, untilMs: fromMs }));
    assert.ok(!before.some(({ ref }) => ref === paid.ref));
  });

  it('loses a create’s answer and still makes one payment', async () => {
    for (const kind of ['lose-answer', 'bad-body', 'http-503', 'http-429', 'http-409', 'http-500']) {
      await control('POST', 'faults', { kind, count: 1, match: 'create-payment', ms: 0 });
      const made = await create(kind);
      assert.deepEqual(await refsOf(kind), [made.ref], kind);
    }
  });

  it('stays silent: the outcome is unknown, the payment is found by our id, and its link still pays', async () => {
    await control('POST', 'faults', { kind: 'slow', ms: 60_000, match: 'create-payment' });
    const attempt = { ...lunch, attemptId: 'silent', idempotencyKey: 'silent' };
    const createdAtMs = Date.now();
    assert.equal(codeOf(await open(hurried).create(attempt)), 'unknown-outcome');
    await control('DELETE', 'faults');
    const found = valueOf(await provider.find({ attemptId: 'silent', createdAtMs }));
    await pay(found?.checkoutUrl ?? null);
    // The same key is answered with the first answer, which was given before the guest paid.
    assert.equal(valueOf(await provider.create(attempt)).ref, found?.ref);
    assert.equal(valueOf(await provider.get(found?.ref ?? '')).state, 'paid');
    assert.equal(valueOf(await provider.find({ attemptId: 'never', createdAtMs })), undefined);
  });

  it('acts only after the connection broke, and one payment is made all the same', async () => {
    await control('POST', 'faults', { kind: 'late-arrival', ms: 0, count: 1, match: 'create-payment' });
    const made = await create('late');
    assert.deepEqual(await refsOf('late'), [made.ref]);
  });

  it('is offline: nothing was sent, so nothing is unknown', async () => {
    await control('POST', 'faults', { kind: 'offline' });
    const gone = await provider.create({ ...lunch, attemptId: 'gone', idempotencyKey: 'gone' });
    assert.equal(codeOf(gone), 'try-later');
    await control('DELETE', 'faults');
    assert.deepEqual(await refsOf('gone'), []);
  });

  it('shows what it never should, and is not believed', async () => {
    const { ref } = await create('defects');
    await control('POST', 'defects', { name: 'unknown-status' });
    assert.equal(codeOf(await provider.get(ref)), 'bad-answer');
    await control('DELETE', 'defects');
    assert.equal(codeOf(await provider.get('tr_nobody')), 'payment-unknown');
  });
});

function open(clock: Clock): PaymentProvider {
  const opened = mollie.open(
    { kind: 'api-key', apiKey: fiumeAccount.profiles[0]?.keys.test },
    { fetch: (url, request) => fetch(url, request), clock, apiUrl: twin.url },
  );
  return opened.kind === 'opened' ? opened.provider : assert.fail(JSON.stringify(opened.errors));
}

function valueOf<Value>(outcome: ProviderOutcome<Value>): Value {
  return outcome.kind === 'done'
    ? outcome.value
    : assert.fail(`${outcome.error.code}: ${outcome.error.detail}`);
}

function codeOf(outcome: ProviderOutcome<unknown>): string {
  return outcome.kind === 'failed' ? outcome.error.code : 'done';
}

async function create(attemptId: string): Promise<ProviderPayment> {
  return valueOf(await provider.create({ ...lunch, attemptId, idempotencyKey: attemptId }));
}

async function pay(checkoutUrl: string | null): Promise<void> {
  const body = new URLSearchParams({ outcome: 'paid', method: 'applepay' });
  const answer = await fetch(checkoutUrl ?? '', { method: 'POST', body, redirect: 'manual' });
  assert.equal(answer.status, 303);
}

/** What the provider's own books hold for an attempt. */
async function refsOf(attemptId: string): Promise<readonly string[]> {
  const payments = (await control('GET', 'payments')) as { id: string; metadata: { attemptId: string } }[];
  return payments.filter(({ metadata }) => metadata.attemptId === attemptId).map(({ id }) => id);
}

async function control(method: string, name: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${twin.controlUrl}/_twin/${name}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${method} ${name}: ${answer.status}`);
  return answer.json();
}
