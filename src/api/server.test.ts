import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Clock } from '#domain/time.ts';
import { makeChanges } from './changes.ts';
import type { Refused, RoundToSubmit, SubmittedRound } from './ports.ts';
import { schemasNamedIn } from './openapi.ts';
import type { OpenApi } from './openapi.ts';
import { makeServer } from './server.ts';
import { consolePort, guestPort, intakePorts, paymentPort, reconciliationPort, user } from './test-ports.ts';

const line = { itemId: 'dish-1', quantity: 2 };
const clock: Clock = { nowMs: () => 0, monotonicMs: () => 0, after: () => ({ cancel: () => undefined }) };

describe('HTTP interface', () => {
  let app: FastifyInstance;
  let submitted: RoundToSubmit[] = [];
  const said: unknown[] = [];
  let answer: SubmittedRound | Refused = { kind: 'placed', orderId: 'o1', roundId: 'r1', state: 'sending' };

  before(async () => {
    app = await makeServer({
      guest: guestPort((round) => {
        submitted.push(round);
        return answer;
      }),
      payment: paymentPort(),
      console: consolePort(),
      reconciliation: reconciliationPort((what) => said.push(what)),
      consolePayments: {
        payments: () => Promise.resolve([]),
        refresh: () => Promise.resolve(undefined),
        refund: () => Promise.resolve({ kind: 'refunded', refund: {} }),
        count: () => Promise.resolve({ kind: 'counted', payment: {} }),
        sendAgain: () => Promise.resolve({ kind: 'sending' }),
        dayClose: () => Promise.resolve({ kind: 'closed', close: {} }),
        dayCloseCsv: () => Promise.resolve({ kind: 'closed', text: '' }),
      },
      paymentSettings: {
        accounts: () => Promise.resolve([]),
        saveAccount: () => Promise.resolve({ kind: 'saved', mode: 'test' }),
        checkAccount: () => Promise.resolve({ kind: 'checked', state: 'working', methods: [] }),
        settings: () => Promise.resolve(undefined),
        saveSettings: () => Promise.resolve({ kind: 'saved' }),
      },
      ...intakePorts(),
      changes: makeChanges(),
      readiness: () => Promise.resolve(undefined),
      metrics: new Registry(),
      clock,
      randomBytes: (count) => new Uint8Array(count).fill(7),
      log: pino({ level: 'silent' }),
      secureCookies: false,
      publicUrl: undefined,
      version: '0.0.0',
      registerPages: () => undefined,
    });
  });
  after(() => app.close());
  beforeEach(() => {
    submitted = [];
    answer = { kind: 'placed', orderId: 'o1', roundId: 'r1', state: 'sending' };
  });

  const post = (
    body: unknown,
    headers: Record<string, string> = { 'idempotency-key': 'k1' },
    token = 'good',
  ) =>
    app.inject({
      method: 'POST',
      url: `/api/guest/${token}/rounds`,
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });

  it('accepts a round and begins a visit', async () => {
    const response = await post({ lines: [line] });
    assert.equal(response.statusCode, 202);
    assert.deepEqual(response.json(), { orderId: 'o1', roundId: 'r1', state: 'sending' });
    assert.match(String(response.headers['set-cookie']), /^visit=[a-z2-7]{26}; .*HttpOnly/);
    assert.equal(submitted[0]?.visit, response.headers['visit']);
  });

  it('takes an answer about a stuck write only with a reason, from somebody who is signed in', async () => {
    const answer = (act: string, body: object, cookies: Record<string, string> = { session: 's1' }) =>
      app.inject({ method: 'POST', url: `/api/console/reconciliation/${act}`, payload: body, cookies });
    const inPos = await answer('7/in-the-pos', { reason: ' seen at till 2 ', posRef: 'P1' });
    assert.deepEqual([inPos.statusCode, inPos.json()], [200, { how: 'in-the-pos' }]);
    const early = await answer('7/not-in-the-pos', { reason: 'looked' });
    assert.deepEqual([early.statusCode, early.json().code], [409, 'too-early']);
    assert.deepEqual(said, [
      { itemId: 7, reason: 'seen at till 2', posRef: 'P1' },
      { itemId: 7, reason: 'looked', sendAgain: true },
    ]);
    assert.equal((await answer('7/in-the-pos', { reason: '  ' })).statusCode, 400);
    assert.equal((await answer('x/dealt-with', { reason: 'done' })).statusCode, 400);
    assert.equal((await answer('7/dealt-with', { reason: '4111 1111 1111 1111' })).statusCode, 400);
    assert.equal((await answer('7/dealt-with', { reason: 'done' }, {})).statusCode, 401);
    assert.equal(said.length, 2);
  });

  it('keeps the visit a program or a browser brought', async () => {
    const first = await post({ lines: [line] });
    const visit = String(first.headers['visit']);
    assert.equal((await post({ lines: [line] }, { 'idempotency-key': 'k2', visit })).headers['visit'], visit);
    assert.equal(
      (await post({ lines: [line] }, { 'idempotency-key': 'k3', cookie: `visit=${visit}` })).headers['visit'],
      visit,
    );
  });

  it('drops prices and other fields a client sends, and hashes only what counts', async () => {
    await post({ lines: [{ ...line, price: { amountMinor: 1, currency: 'EUR' } }], total: 1 });
    await post(`{ "lines": [ {"quantity":2, "itemId":"dish-1"} ] }`);
    assert.deepEqual(submitted[0]?.lines, [{ itemId: 'dish-1', quantity: 2, modifiers: [] }]);
    assert.equal(submitted[0]?.bodyHash, submitted[1]?.bodyHash);
  });

  const refused = [
    [
      'an unknown table',
      () => post({ lines: [line] }, { 'idempotency-key': 'k' }, 'nobody'),
      404,
      'table-unknown',
    ],
    ['an unknown table even when the rest is wrong too', () => post('{', {}, 'nobody'), 404, 'table-unknown'],
    ['a missing key', () => post({ lines: [line] }, {}), 400, 'idempotency-key-required'],
    [
      'a key with spaces',
      () => post({ lines: [line] }, { 'idempotency-key': 'a b' }),
      400,
      'idempotency-key-invalid',
    ],
    ['a body that is not JSON', () => post('{"lines":'), 400, 'body-unreadable'],
    ['a body over 64 KB', () => post({ lines: [line], pad: 'x'.repeat(70_000) }), 413, 'body-too-large'],
    [
      'another media type',
      () => post('a=b', { 'idempotency-key': 'k', 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'media-type-unsupported',
    ],
    ['no lines', () => post({ lines: [] }), 400, 'body-invalid'],
    ['a line without an item', () => post({ lines: [{ quantity: 1 }] }), 400, 'body-invalid'],
    [
      'a quantity in words',
      () => post({ lines: [{ itemId: 'a', quantity: 'two' }] }),
      422,
      'quantity-invalid',
    ],
  ] as const;
  for (const [what, send, status, code] of refused) {
    it(`refuses ${what} with ${code}, and nothing is submitted`, async () => {
      const response = await send();
      assert.equal(response.headers['content-type'], 'application/problem+json; charset=utf-8');
      const problem: { code: string; status: number } = response.json();
      assert.deepEqual([response.statusCode, problem.status, problem.code], [status, status, code]);
      assert.equal(submitted.length, 0);
    });
  }

  it('names the field that is wrong', async () => {
    const problem: { errors: unknown } = (
      await post({ lines: [line, { itemId: 'a', quantity: null }] })
    ).json();
    assert.deepEqual(problem.errors, [{ path: 'lines[1].quantity', code: 'quantity-invalid' }]);
  });

  it('passes on why ordering refused, with the guest text of the reason', async () => {
    answer = { kind: 'refused', code: 'location-read-only', reason: 'auth-failed' };
    const response = await post({ lines: [line] });
    const problem: { guestText: string } = response.json();
    assert.deepEqual([response.statusCode, problem.guestText], [409, 'ordering-paused']);
  });

  it('cannot be made to reach an object prototype', async () => {
    await post(
      '{"lines":[{"itemId":"a","quantity":1,"__proto__":{"polluted":true}}],"constructor":{"prototype":{"polluted":true}}}',
    );
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
    assert.equal(submitted.length, 1);
  });

  it('lets nobody without a session near the console', async () => {
    for (const [method, url] of [
      ['GET', '/api/console/orders'],
      ['GET', '/api/console/orders/o1'],
      ['POST', '/api/console/orders/o1/cash-payment'],
      ['POST', '/api/console/tables/t1/order'],
    ] as const) {
      const response = await app.inject({ method, url });
      assert.deepEqual(
        [response.statusCode, response.json<{ code: string }>().code],
        [401, 'sign-in-required'],
        url,
      );
    }
  });

  it('signs in with a cookie and takes a payment without a body', async () => {
    const wrong = await app.inject({
      method: 'POST',
      url: '/api/console/session',
      payload: { email: user.email, password: 'no' },
    });
    assert.equal(wrong.statusCode, 401);
    const right = await app.inject({
      method: 'POST',
      url: '/api/console/session',
      payload: { email: user.email, password: 'yes' },
    });
    const cookie = String(right.headers['set-cookie']).split(';')[0] ?? '';
    for (const headers of [{ cookie }, { cookie, 'content-type': 'application/json' }]) {
      const paid = await app.inject({ method: 'POST', url: '/api/console/orders/o1/cash-payment', headers });
      assert.equal(paid.statusCode, 200, paid.body);
    }
  });

  it('refuses a console change that another site asks for', async () => {
    const response = await app.inject({
      method: 'POST',
      url: '/api/console/orders/o1/cash-payment',
      headers: { cookie: 'session=s1', origin: 'https://evil.example', host: '127.0.0.1' },
    });
    assert.equal(response.json<{ code: string }>().code, 'origin-refused');
  });

  const ask = (method: 'GET' | 'POST' | 'PUT', url: string, payload?: string, password = 'secret') =>
    app.inject({
      method,
      url: `/ws/store/v1${url}`,
      headers: { authorization: `Basic ${btoa(`third:${password}`)}`, 'content-type': 'text/plain' },
      ...(payload === undefined ? {} : { payload }),
    });

  it('answers a third party in the words of its API, whatever it calls its body', async () => {
    const posted = await ask('POST', '/orders?suspend=TRUE', '{"price": 14.610}');
    assert.equal(posted.statusCode, 200);
    assert.equal(posted.headers['content-type'], 'application/json;charset=UTF-8');
    assert.deepEqual(posted.json(), { text: '{"price": 14.610}', suspend: true });
    assert.deepEqual((await ask('GET', '/menu/ordertypes')).json(), ['Pickup']);
    const voided = await ask('PUT', '/orders/a%2Fb%20c/void', '{"reason":"x"}');
    assert.deepEqual([voided.statusCode, voided.body], [204, '']);
  });

  it('refuses a third party with 400 and the envelope, however large or empty its body', async () => {
    const huge = 'x'.repeat(256 * 1024 + 1);
    const cases = [
      [await ask('POST', '/orders', 'bad'), 1100],
      [await ask('POST', '/orders?suspend=maybe', '{}'), 1010],
      [await ask('POST', '/orders', huge), 1010],
      [await ask('PUT', '/orders/none/void', '{"reason":"x"}'), 1005],
    ] as const;
    for (const [response, code] of cases) {
      assert.equal(response.statusCode, 400);
      assert.equal(response.headers['content-type'], 'application/json;charset=UTF-8');
      const { meta, response: inner } = response.json<{
        meta: { code: number; error: string; info: string };
        response: string;
      }>();
      assert.deepEqual([meta.code, meta.info, inner], [code, meta.error, '']);
    }
    assert.deepEqual((await ask('POST', '/orders')).json(), { text: '', suspend: false });
  });

  it('keeps to the envelope where a path or a content type cannot be read', async () => {
    for (const [url, code] of [
      [`/orders/${'x'.repeat(250)}/void`, 1005],
      ['/orders/%ZZ/void', 1005],
      ['/orders/none/void', 1010],
    ] as const) {
      const unreadable = { method: 'PUT', url: `/ws/store/v1${url}`, payload: '{"reason":"x"}' } as const;
      const headers = { authorization: `Basic ${btoa('third:secret')}`, 'content-type': 'a b c' };
      const response = await app.inject({ ...unreadable, headers });
      assert.equal(response.statusCode, 400, url);
      assert.equal(response.json<{ meta: { code: number } }>().meta.code, code, url);
      assert.equal((await app.inject(unreadable)).statusCode, 401, url);
    }
    assert.equal((await app.inject('/t/%ZZ')).json<{ code: string }>().code, 'route-unknown');
  });

  it('says nothing but the realm to a third party that it does not know', async () => {
    const response = await ask('POST', '/orders', '{}', 'wrong');
    assert.equal(response.statusCode, 401);
    assert.equal(response.headers['www-authenticate'], 'Basic realm="store services"');
    assert.deepEqual([response.body, response.headers['content-length']], ['', '0']);
    assert.equal((await app.inject('/ws/store/v1/menu/ordertypes')).statusCode, 401);
  });

  it('documents every guest and console route', async () => {
    const document = (await app.inject('/openapi.json')).json<{
      openapi: string;
      paths: Record<string, unknown>;
    }>();
    assert.equal(document.openapi, '3.1.0');
    for (const path of [
      '/api/guest/{token}/rounds',
      '/api/guest/{token}/menu',
      '/api/guest/{token}/payments',
      '/api/console/orders/{orderId}/cash-payment',
    ]) {
      assert.ok(Object.hasOwn(document.paths, path), path);
    }
  });

  it('takes no U+0000, which no database keeps, in a path, a query or a body', async () => {
    assert.equal((await app.inject('/api/guest/a%00/menu')).json<{ code: string }>().code, 'route-unknown');
    const listed = await app.inject('/api/console/intake-orders?number=%00');
    assert.equal(listed.json<{ code: string }>().code, 'route-unknown');
    const posted = await post({ lines: [{ ...line, note: 'a\u0000' }] });
    assert.equal(posted.json<{ code: string }>().code, 'body-unreadable');
  });

  it('documents every schema that its document names', async () => {
    const document = (await app.inject('/openapi.json')).json<OpenApi>();
    const known = new Set(Object.keys(document.components.schemas));
    const named = schemasNamedIn(document);
    assert.ok(named.length > 50);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });
});
