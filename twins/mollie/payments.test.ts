import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { minuteMs } from '#domain/time.ts';
import { fiumeAccount } from './seed.ts';
import { checkoutOf, idOf, lunchBody, makeBench, osteriaLiveKey, portoKey } from './test-mollie-twin.ts';

const create = '/v2/payments';

describe("the Mollie twin's payments", () => {
  it('are open at first, with a checkout address on the way that was asked', () => {
    const bench = makeBench();
    const made = bench.ask('POST', create, { body: lunchBody });
    assert.equal(made.status, 201);
    assert.equal(made.headers['content-type'], 'application/hal+json');
    assert.match(idOf(made), /^tr_\w{22}$/);
    assert.match(checkoutOf(made), /^http:\/\/twin\.example\/checkout\/\w{24}$/);
    const { status, mode, method, isCancelable, amount, metadata, expiresAt } = made.json;
    assert.deepEqual(
      { status, mode, method, isCancelable, amount, metadata, expiresAt },
      {
        status: 'open',
        mode: 'test',
        method: null,
        isCancelable: false,
        amount: lunchBody.amount,
        metadata: lunchBody.metadata,
        expiresAt: '2026-01-01T12:15:00+00:00',
      },
    );
  });

  it('are refused with the field that is wrong', () => {
    const bench = makeBench();
    const cases: readonly (readonly [object, string])[] = [
      [{ amount: { currency: 'EUR', value: 42.5 } }, 'amount'],
      [{ amount: { currency: 'EUR', value: '42.5' } }, 'amount'],
      [{ amount: { currency: 'JPY', value: '42.50' } }, 'amount'],
      [{ amount: { currency: 'HUF', value: '4250' } }, 'amount'],
      [{ amount: { currency: 'GEL', value: '42.50' } }, 'amount'],
      [{ amount: { currency: 'EUR', value: '0.00' } }, 'amount'],
      [{ amount: { currency: 'EUR', value: '99999.00' } }, 'amount'],
      [{ amount: { currency: 'USD', value: '5.00' }, method: 'ideal' }, 'amount.currency'],
      [{ method: 'googlepay' }, 'method'],
      [{ method: ['creditcard', 'cash'] }, 'method'],
      [{ redirectUrl: 'javascript:alert(1)' }, 'redirectUrl'],
      [{ redirectUrl: undefined }, 'redirectUrl'],
      [{ description: '' }, 'description'],
      [{ metadata: 'x'.repeat(2_000) }, 'metadata'],
      [{ lines: [] }, 'lines'],
      [{ profileId: 'pfl_osteria0' }, 'profileId'],
    ];
    for (const [change, field] of cases) {
      const refused = bench.ask('POST', create, { body: { ...lunchBody, ...change } });
      assert.deepEqual([refused.status, refused.json['field']], [422, field], JSON.stringify(change));
      assert.equal(refused.json['title'], 'Unprocessable Entity');
    }
    assert.deepEqual(bench.world.orders(), []);
  });

  it('belong to one profile and one mode', () => {
    const bench = makeBench();
    const id = idOf(bench.ask('POST', create, { body: lunchBody }));
    assert.equal(bench.ask('GET', `${create}/${id}`).status, 200);
    assert.equal(bench.ask('GET', `${create}/${id}`, { key: portoKey }).status, 404);
    assert.equal(bench.ask('GET', `${create}/${id}`, { key: osteriaLiveKey }).status, 404);
    assert.equal(bench.ask('GET', `${create}/${id}`, { key: 'test_nobody' }).status, 401);
  });

  it('are reached by an organisation token that names profile and mode', () => {
    const bench = makeBench();
    const key = fiumeAccount.token;
    const without = bench.ask('POST', create, { key, body: lunchBody });
    assert.deepEqual([without.status, without.json['field']], [422, 'profileId']);
    const scope = { profileId: 'pfl_porto000', testmode: true };
    const made = bench.ask('POST', create, { key, body: { ...lunchBody, ...scope } });
    assert.deepEqual([made.status, made.json['profileId'], made.json['mode']], [201, 'pfl_porto000', 'test']);
    const path = `${create}/${idOf(made)}`;
    assert.equal(bench.ask('GET', `${path}?testmode=true`, { key }).status, 200);
    assert.equal(bench.ask('GET', path, { key }).status, 404);
    assert.equal(bench.ask('GET', path, { key: portoKey }).status, 200);
  });

  it('expire by their method, and the shop is called', async () => {
    const bench = makeBench();
    const minutes = { none: 15, ideal: 15, creditcard: 30, bancontact: 60, paypal: 72 * 60 };
    for (const [method, until] of Object.entries(minutes)) {
      const body = method === 'none' ? lunchBody : { ...lunchBody, method };
      const id = idOf(bench.ask('POST', create, { body }));
      const status = () => bench.ask('GET', `${create}/${id}`).json['status'];
      await bench.clock.advance(until * minuteMs - 1);
      assert.equal(status(), 'open', method);
      await bench.clock.advance(1);
      assert.equal(status(), 'expired', method);
      assert.equal(bench.called.at(-1)?.body, `id=${id}`);
    }
  });

  it('can hardly ever be canceled by the shop, unless told otherwise', () => {
    const bench = makeBench();
    const make = (method?: string) =>
      idOf(bench.ask('POST', create, { body: { ...lunchBody, ...(method ? { method } : {}) } }));
    const cancel = (id: string) => bench.ask('DELETE', `${create}/${id}`);
    assert.equal(cancel(make()).status, 422);
    assert.equal(cancel(make('paypal')).json['status'], 'canceled');
    bench.command('settings', { cancelable: 'always' });
    assert.equal(cancel(make()).json['status'], 'canceled');
    bench.command('settings', { cancelable: 'never' });
    assert.equal(cancel(make('paypal')).status, 422);
  });

  it('are listed newest first, page by page', () => {
    const bench = makeBench();
    const made = [1, 2, 3, 4, 5].map(() => idOf(bench.ask('POST', create, { body: lunchBody })));
    const read = (path: string) => {
      const { json } = bench.ask('GET', path);
      const { payments } = json['_embedded'] as { readonly payments: readonly { readonly id: string }[] };
      const { next } = json['_links'] as { readonly next: { readonly href: string } | null };
      return { ids: payments.map(({ id }) => id), next: next?.href };
    };
    const first = read(`${create}?limit=3`);
    assert.deepEqual(first.ids, made.toReversed().slice(0, 3));
    const second = read(first.next?.slice('http://twin.example'.length) ?? '');
    assert.deepEqual(second, { ids: made.toReversed().slice(3), next: undefined });
    assert.equal(bench.ask('GET', `${create}?limit=1000`).status, 400);
  });

  it('offer the methods that take the amount, and wallets to who asks', () => {
    const bench = makeBench();
    const ids = (query: string) => {
      const { json } = bench.ask('GET', `/v2/methods${query}`);
      return (json['_embedded'] as { methods: { id: string }[] }).methods.map(({ id }) => id);
    };
    assert.deepEqual(ids(''), ['creditcard', 'ideal', 'bancontact', 'eps', 'paypal']);
    assert.deepEqual(ids('?amount[value]=0.50&amount[currency]=EUR'), [
      'creditcard',
      'ideal',
      'bancontact',
      'paypal',
    ]);
    assert.deepEqual(ids('?amount[value]=100&amount[currency]=ISK&includeWallets=applepay,googlepay'), [
      'applepay',
      'googlepay',
      'creditcard',
    ]);
  });

  it('come out wrong under the defects that say so', () => {
    const bench = makeBench();
    const id = idOf(bench.ask('POST', create, { body: lunchBody }));
    const read = () => bench.ask('GET', `${create}/${id}`).json;
    bench.world.setDefects(new Set(['wrong-amount']));
    assert.deepEqual(read()['amount'], { currency: 'EUR', value: '42.51' });
    bench.world.setDefects(new Set(['unknown-status']));
    assert.equal(read()['status'], 'settling');
  });
});

describe("the Mollie twin's idempotency keys", () => {
  it('repeat the first answer for an hour, and say so', async () => {
    const bench = makeBench();
    const ask = () => bench.ask('POST', create, { body: lunchBody, idempotencyKey: 'key-1' });
    const first = ask();
    await bench.clock.advance(60 * minuteMs - 1);
    const again = ask();
    assert.equal(idOf(again), idOf(first));
    assert.equal(again.headers['idempotent-replayed'], 'true');
    await bench.clock.advance(1);
    assert.notEqual(idOf(ask()), idOf(first));
  });

  it('refuse another request under the same key, and are not shared between credentials', () => {
    const bench = makeBench();
    const idempotencyKey = 'key-1';
    bench.ask('POST', create, { body: lunchBody, idempotencyKey });
    const other = { ...lunchBody, description: 'Table 8' };
    assert.equal(bench.ask('POST', create, { body: other, idempotencyKey }).status, 400);
    assert.equal(bench.ask('POST', create, { body: other, idempotencyKey, key: portoKey }).status, 201);
  });

  it('do not keep a refusal', () => {
    const bench = makeBench();
    const idempotencyKey = 'key-1';
    assert.equal(bench.ask('POST', create, { body: {}, idempotencyKey }).status, 422);
    assert.equal(bench.ask('POST', create, { body: lunchBody, idempotencyKey }).status, 201);
  });

  it('are forgotten by the fault and by the defect', () => {
    const bench = makeBench();
    const ask = () => idOf(bench.ask('POST', create, { body: lunchBody, idempotencyKey: 'key-1' }));
    const first = ask();
    bench.world.setDefects(new Set(['forgets-keys']));
    assert.notEqual(ask(), first);
    bench.world.setDefects(new Set());
    assert.equal(ask(), first);
  });
});
