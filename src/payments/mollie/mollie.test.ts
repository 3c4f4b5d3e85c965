import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { currencyDigits, money } from '#domain/money.ts';
import type { Currency } from '#domain/money.ts';
import { makeFakeClock } from '#test/fake-clock.ts';
import type { ProviderCall, ProviderOutcome } from '../provider.ts';
import { mollieLocale } from './locale.ts';
import { mollie } from './mollie.ts';
import { lunch, makePlatform, openMollie, testKey, wirePayment } from './test-mollie.ts';

const refused = (status: number, title: string, detail: string, field?: string) => ({
  status,
  json: { status, title, detail, ...(field === undefined ? {} : { field }), _links: {} },
});
const created = { status: 201, json: wirePayment() };

function errorOf(outcome: ProviderOutcome<unknown>) {
  assert.equal(outcome.kind, 'failed');
  return outcome.kind === 'failed' ? outcome.error : assert.fail();
}

function valueOf<Value>(outcome: ProviderOutcome<Value>): Value {
  return outcome.kind === 'done' ? outcome.value : assert.fail(outcome.error.detail);
}

describe('a create at Mollie', () => {
  it('sends the amount as exact text, both addresses, the ids as metadata and no lines', async () => {
    const platform = makePlatform([created]);
    await openMollie(platform.fetch).create(lunch);
    const [sent] = platform.sent;
    assert.equal(sent?.url.toString(), 'https://api.mollie.com/v2/payments');
    assert.equal(sent.headers['authorization'], `Bearer ${testKey}`);
    assert.equal(sent.headers['idempotency-key'], 'key-1');
    assert.deepEqual(sent.body, {
      amount: { currency: 'EUR', value: '42.50' },
      description: 'Table 7, Osteria Fiume',
      redirectUrl: 'https://pay.example/p/tok',
      cancelUrl: 'https://pay.example/p/tok?canceled',
      webhookUrl: 'https://pay.example/webhooks/mollie/tok',
      locale: 'de_AT',
      metadata: { attemptId: 'attempt-1', orderId: 'order-1', locationId: 'osteria' },
    });
  });

  it('names a method only when the guest chose one, and no webhook where nothing can be reached', async () => {
    const platform = makePlatform([created]);
    const { webhook: _, ...urls } = lunch.urls;
    await openMollie(platform.fetch).create({ ...lunch, method: 'applepay', urls });
    const body = platform.sent[0]?.body as Record<string, unknown>;
    assert.equal(body['method'], 'applepay');
    assert.ok(!('webhookUrl' in body));
  });

  it('writes each currency with its own digits', async () => {
    const texts: unknown[] = [];
    for (const [currency, amountMinor] of [
      ['ISK', 4250],
      ['JPY', 4250],
      ['HUF', 4250],
      ['TWD', 5],
    ] as const) {
      const platform = makePlatform([created]);
      await openMollie(platform.fetch).create({ ...lunch, amount: money(amountMinor, currency) });
      const body = platform.sent[0]?.body as { readonly amount: { readonly value: string } } | undefined;
      texts.push(body?.amount.value);
    }
    assert.deepEqual(texts, ['4250', '4250', '42.50', '0.05']);
  });

  it('is asked again with the same key when the answer was lost, and the replay counts', async () => {
    const clock = makeFakeClock();
    const platform = makePlatform([{ breaks: 'ECONNRESET' }, { status: 502, json: 'bad gateway' }, created]);
    const outcome = openMollie(platform.fetch, { clock }).create(lunch);
    await clock.advance(2_000);
    assert.equal(valueOf(await outcome).ref, 'tr_5B8cwPMGnU6qLbRvo7qEZo');
    assert.deepEqual(
      platform.sent.map((sent) => sent.headers['idempotency-key']),
      ['key-1', 'key-1', 'key-1'],
    );
  });

  it('ends unknown when no try was answered, within twenty seconds', async () => {
    const clock = makeFakeClock();
    const platform = makePlatform(['silence']);
    const outcome = openMollie(platform.fetch, { clock }).create(lunch);
    await clock.advance(20_000);
    assert.equal(errorOf(await outcome).code, 'unknown-outcome');
    assert.equal(platform.sent.length, 2);
    assert.equal(clock.waiting(), 0);
  });

  it('may be tried later when nothing ever left', async () => {
    const clock = makeFakeClock();
    const platform = makePlatform([{ breaks: 'ECONNREFUSED' }]);
    const outcome = openMollie(platform.fetch, { clock }).create(lunch);
    await clock.advance(2_000);
    assert.equal(errorOf(await outcome).code, 'try-later');
    assert.equal(platform.sent.length, 3);
  });

  it('stays unknown when a lost try is followed by "too many requests"', async () => {
    const clock = makeFakeClock();
    const busy = { ...refused(429, 'Too Many Requests', 'slow down'), headers: { 'retry-after': '60' } };
    const platform = makePlatform([{ breaks: 'ECONNRESET' }, busy]);
    const outcome = openMollie(platform.fetch, { clock }).create(lunch);
    await clock.advance(2_000);
    assert.deepEqual(errorOf(await outcome), {
      code: 'unknown-outcome',
      detail: 'HTTP 429 Too Many Requests: slow down',
      retryAfterMs: 60_000,
    });
    assert.equal(platform.sent.length, 2);
  });

  it('is unknown while a request with its key is still running there', async () => {
    const clock = makeFakeClock();
    const platform = makePlatform([refused(409, 'Conflict', 'a request with this key is being processed')]);
    const outcome = openMollie(platform.fetch, { clock }).create(lunch);
    await clock.advance(2_000);
    assert.equal(errorOf(await outcome).code, 'unknown-outcome');
  });

  it('ends with a clear no at once, and says which field', async () => {
    const platform = makePlatform([
      refused(422, 'Unprocessable Entity', 'The amount is higher than the maximum', 'amount'),
    ]);
    assert.deepEqual(errorOf(await openMollie(platform.fetch).create(lunch)), {
      code: 'invalid',
      detail: 'HTTP 422 Unprocessable Entity: The amount is higher than the maximum',
      field: 'amount',
    });
    assert.equal(platform.sent.length, 1);
  });

  it('is unknown when the answer is a success that makes no sense', async () => {
    const clock = makeFakeClock();
    for (const json of [
      wirePayment({ status: 'half-paid' }),
      wirePayment({ amount: { value: '42.505', currency: 'EUR' } }),
    ]) {
      const platform = makePlatform([{ status: 201, json }]);
      const outcome = openMollie(platform.fetch, { clock }).create(lunch);
      assert.equal(errorOf(await outcome).code, 'unknown-outcome');
    }
  });

  it('follows no redirect with its credentials', async () => {
    const clock = makeFakeClock();
    const platform = makePlatform([
      { status: 302, json: '', headers: { location: 'https://elsewhere.example' } },
    ]);
    const outcome = openMollie(platform.fetch, { clock }).create(lunch);
    await clock.advance(2_000);
    assert.equal(errorOf(await outcome).code, 'unknown-outcome');
    assert.ok(platform.sent.every((sent) => sent.url.host === 'api.mollie.com'));
  });
});

describe('a read at Mollie', () => {
  it('maps a paid payment with its refunds and chargebacks', async () => {
    const refund = {
      resource: 'refund',
      id: 're_4qqhO89gsT',
      amount: { value: '10.00', currency: 'EUR' },
      status: 'queued',
      createdAt: '2026-11-24T13:00:00+00:00',
      metadata: { refundId: 'refund-1' },
    };
    const chargeback = {
      resource: 'chargeback',
      id: 'chb_n9z0tp',
      amount: { value: '42.50', currency: 'EUR' },
      createdAt: '2026-11-25T13:00:00+00:00',
      reversedAt: null,
    };
    const platform = makePlatform([
      {
        status: 200,
        json: wirePayment({
          status: 'paid',
          method: 'creditcard',
          details: { wallet: 'applepay' },
          paidAt: '2026-11-24T12:01:00+00:00',
          _links: {},
          _embedded: { refunds: [refund], chargebacks: [chargeback] },
        }),
      },
    ]);
    const payment = valueOf(await openMollie(platform.fetch).get('tr_5B8cwPMGnU6qLbRvo7qEZo'));
    assert.equal(platform.sent[0]?.url.search, '?embed=refunds%2Cchargebacks');
    assert.deepEqual(payment, {
      ref: 'tr_5B8cwPMGnU6qLbRvo7qEZo',
      state: 'paid',
      mode: 'test',
      amount: money(4250, 'EUR'),
      attemptId: 'attempt-1',
      checkoutUrl: null,
      cancelable: false,
      createdAtMs: Date.UTC(2026, 10, 24, 12),
      expiresAtMs: Date.UTC(2026, 10, 24, 12, 15),
      paidAtMs: Date.UTC(2026, 10, 24, 12, 1),
      method: 'creditcard',
      wallet: 'applepay',
      failureReason: null,
      refunds: [
        {
          ref: 're_4qqhO89gsT',
          refundId: 'refund-1',
          state: 'queued',
          amount: money(1000, 'EUR'),
          createdAtMs: Date.UTC(2026, 10, 24, 13),
        },
      ],
      chargebacks: [
        {
          ref: 'chb_n9z0tp',
          amount: money(4250, 'EUR'),
          createdAtMs: Date.UTC(2026, 10, 25, 13),
          reversedAtMs: null,
        },
      ],
    });
  });

  it('says what went wrong in our words', async () => {
    const cases = [
      [refused(401, 'Unauthorized Request', 'Missing authentication'), 'auth-failed'],
      [refused(404, 'Not Found', 'No payment exists with token tr_x.'), 'payment-unknown'],
      [refused(503, 'Service Unavailable', 'down'), 'try-later'],
      [{ breaks: 'ECONNRESET' }, 'try-later'],
      [{ status: 200, json: wirePayment({ status: 'half-paid' }) }, 'bad-answer'],
      [{ status: 200, json: 'x'.repeat(3 * 1024 * 1024) }, 'try-later'],
    ] as const;
    for (const [step, code] of cases) {
      const outcome = await openMollie(makePlatform([step]).fetch).get('tr_x');
      assert.equal(errorOf(outcome).code, code);
    }
  });

  it('reads the methods for an amount, Apple Pay included', async () => {
    const platform = makePlatform([
      {
        status: 200,
        json: {
          count: 2,
          _embedded: {
            methods: [
              { resource: 'method', id: 'applepay', description: 'Apple Pay', status: 'activated' },
              { resource: 'method', id: 'creditcard', description: 'Karte' },
            ],
          },
          _links: {},
        },
      },
    ]);
    const methods = await openMollie(platform.fetch).methods({ amount: money(4250, 'EUR'), locale: 'de' });
    assert.deepEqual(valueOf(methods), [
      { methodId: 'applepay', name: 'Apple Pay' },
      { methodId: 'creditcard', name: 'Karte' },
    ]);
    assert.deepEqual(Object.fromEntries(platform.sent[0]?.url.searchParams ?? []), {
      'amount[value]': '42.50',
      'amount[currency]': 'EUR',
      includeWallets: 'applepay',
      locale: 'de_DE',
    });
  });

  it('finds a lost create by our own id, page after page, and stops at its time', async () => {
    const page = (payments: readonly unknown[], next?: string) => ({
      status: 200,
      json: {
        _embedded: { payments },
        _links:
          next === undefined ? { next: null } : { next: { href: `https://elsewhere.example/?from=${next}` } },
      },
    });
    const other = wirePayment({ id: 'tr_other', metadata: { attemptId: 'attempt-9' } });
    const foreign = wirePayment({ id: 'tr_foreign', metadata: 'a text of another shop' });
    const older = wirePayment({ id: 'tr_older', metadata: null, createdAt: '2026-11-24T09:00:00+00:00' });
    const attempt = { attemptId: 'attempt-1', createdAtMs: Date.UTC(2026, 10, 24, 12) };
    const found = makePlatform([page([other, foreign], 'tr_next'), page([wirePayment()])]);
    assert.equal(valueOf(await openMollie(found.fetch).find(attempt))?.ref, 'tr_5B8cwPMGnU6qLbRvo7qEZo');
    assert.equal(found.sent[1]?.url.toString(), 'https://api.mollie.com/v2/payments?limit=100&from=tr_next');
    const none = makePlatform([page([other], 'tr_next'), page([older], 'tr_more')]);
    assert.equal(valueOf(await openMollie(none.fetch).find(attempt)), undefined);
    assert.equal(none.sent.length, 2);
  });
});

describe('a refund or a cancel at Mollie', () => {
  const refund = {
    refundId: 'refund-1',
    amount: money(1000, 'EUR'),
    description: 'Cold soup',
    idempotencyKey: 'key-2',
  };

  it('reads every page of a payment’s refunds: one that is not seen would be made again', async () => {
    const createdAt = '2026-11-24T12:00:00+00:00';
    const amount = { value: '1.00', currency: 'EUR' };
    const refundOf = (id: string) => ({ resource: 'refund', id, status: 'pending', amount, createdAt });
    const page = (id: string, ...next: string[]) => {
      const [href] = next.map((from) => `https://api.mollie.com/v2/x?from=${from}`);
      const links = href === undefined ? {} : { next: { href } };
      return { status: 200, json: { _embedded: { refunds: [refundOf(id)] }, _links: links } };
    };
    const platform = makePlatform([page('re_1', 're_2'), page('re_2')]);
    const refunds = valueOf(await openMollie(platform.fetch).refunds('tr_x'));
    assert.deepEqual(
      refunds.map(({ ref }) => ref),
      ['re_1', 're_2'],
    );
    assert.deepEqual(
      platform.sent.map(({ url }) => url.search),
      ['?limit=250', '?limit=250&from=re_2'],
    );
  });

  it('sends a refund once, whatever becomes of it', async () => {
    for (const [step, code] of [
      [{ breaks: 'ECONNRESET' }, 'unknown-outcome'],
      [{ breaks: 'ECONNREFUSED' }, 'try-later'],
      [refused(409, 'Conflict', 'A duplicate refund has been detected'), 'conflict'],
      [refused(503, 'Service Unavailable', 'many refunds'), 'unknown-outcome'],
      [
        refused(422, 'Unprocessable Entity', 'The amount is higher than the remaining amount', 'amount'),
        'invalid',
      ],
    ] as const) {
      const platform = makePlatform([step]);
      assert.equal(errorOf(await openMollie(platform.fetch).refund('tr_x', refund)).code, code);
      assert.equal(platform.sent.length, 1);
      assert.deepEqual(platform.sent[0]?.body, {
        amount: { currency: 'EUR', value: '10.00' },
        description: 'Cold soup',
        metadata: { refundId: 'refund-1' },
      });
    }
  });

  it('takes "cannot be cancelled" for the ordinary answer it is', async () => {
    const no = makePlatform([refused(422, 'Unprocessable Entity', 'The payment cannot be cancelled')]);
    assert.equal(valueOf(await openMollie(no.fetch).cancel('tr_x')), 'not-cancelable');
    const yes = makePlatform([{ status: 200, json: wirePayment({ status: 'canceled', _links: {} }) }]);
    assert.equal(valueOf(await openMollie(yes.fetch).cancel('tr_x')), 'canceled');
  });
});

describe('what is told about Mollie', () => {
  it('holds no credentials, no addresses and no long numbers', async () => {
    const calls: ProviderCall[] = [];
    const echo = `bad key ${testKey} for https://pay.example/p/secret-token, card 4111 1111 1111 1111`;
    const platform = makePlatform([refused(401, 'Unauthorized Request', echo)]);
    const outcome = await openMollie(platform.fetch, { onCall: (call) => calls.push(call) }).get('tr_x');
    const error = errorOf(outcome);
    assert.equal(error.detail, 'HTTP 401 Unauthorized Request: bad key (key) for (address) card (number)');
    assert.equal(calls.length, 1);
    assert.deepEqual(Object.keys(calls[0] ?? {}), ['method', 'path', 'status', 'durationMs', 'detail']);
    assert.ok(!JSON.stringify(calls).includes(testKey));
  });

  it('is read from a webhook as an id and nothing else', () => {
    const read = (body: string, contentType = 'application/x-www-form-urlencoded') =>
      mollie.parseWebhook({ contentType, body });
    assert.deepEqual(read('id=tr_5B8cwPMGnU6qLbRvo7qEZo'), {
      kind: 'changed',
      refs: ['tr_5B8cwPMGnU6qLbRvo7qEZo'],
    });
    for (const body of ['', 'id=', 'id=ord_1', 'id=tr_../x', 'id=tr_1&id=tr_2', `id=tr_${'a'.repeat(300)}`]) {
      assert.deepEqual(read(body), { kind: 'unreadable' });
    }
    assert.deepEqual(read('{"id":"tr_1"}', 'application/json'), { kind: 'unreadable' });
  });

  it('speaks the guest’s language or English', () => {
    assert.deepEqual(
      ['de-AT', 'de-LI', 'de', 'no', 'nb-NO', 'ka-GE', 'sr-Latn-RS', 'fr-BE', 'en-US', ''].map(mollieLocale),
      ['de_AT', 'de_DE', 'de_DE', 'nb_NO', 'nb_NO', 'en_GB', 'en_GB', 'fr_BE', 'en_US', 'en_GB'],
    );
  });

  it('counts every currency it takes with the digits Mollie documents', () => {
    const withoutDigits = new Set(['ISK', 'JPY']);
    const taken = (Object.keys(currencyDigits) as Currency[]).filter(mollie.takes);
    assert.equal(taken.length, 27);
    for (const currency of taken) {
      assert.equal(currencyDigits[currency], withoutDigits.has(currency) ? 0 : 2, currency);
    }
    assert.ok(
      ['GEL', 'KZT', 'RSD', 'UAH', 'AMD', 'RUB'].every((currency) => !mollie.takes(currency as Currency)),
    );
  });
});
