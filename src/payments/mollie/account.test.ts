import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeFakeClock } from '#test/fake-clock.ts';
import { judgeAccount } from '../account.ts';
import { mollie } from './mollie.ts';
import { lunch, makePlatform, openMollie, testKey, wirePayment } from './test-mollie.ts';

const created = { status: 201, json: wirePayment() };

describe('an account at Mollie', () => {
  const token = {
    kind: 'organisation-token',
    token: 'access_Wwvu7egPcJLLJ9Kb7J632x8wJ2zMeJ',
    profileId: 'pfl_QkEhN94Ba',
    mode: 'test',
  };

  it('has the mode of its key', () => {
    assert.equal(openMollie(makePlatform([]).fetch).mode, 'test');
    const live = { kind: 'api-key', apiKey: testKey.replace('test_', 'live_') };
    assert.equal(openMollie(makePlatform([]).fetch, { account: live }).mode, 'live');
  });

  it('names profile and mode with an organisation token only', async () => {
    const platform = makePlatform([created, { status: 200, json: wirePayment() }]);
    const provider = openMollie(platform.fetch, { account: token });
    await provider.create(lunch);
    await provider.get('tr_x');
    const body = platform.sent[0]?.body as Record<string, unknown>;
    assert.deepEqual([body['profileId'], body['testmode']], ['pfl_QkEhN94Ba', true]);
    assert.equal(platform.sent[1]?.url.searchParams.get('testmode'), 'true');
    assert.equal(platform.sent[1]?.url.searchParams.get('profileId'), null);
  });

  it('that is malformed is described without showing it', () => {
    const opened = mollie.open(
      { kind: 'api-key', apiKey: 'live_tooshort' },
      { fetch: makePlatform([]).fetch, clock: makeFakeClock() },
    );
    assert.deepEqual(opened, {
      kind: 'bad',
      errors: [{ path: 'apiKey', detail: 'not an API key: test_… or live_…' }],
    });
  });

  it('is opened at no address that would carry its credentials in the clear', () => {
    const open = (apiUrl: string) =>
      mollie.open(
        { kind: 'api-key', apiKey: testKey },
        { fetch: makePlatform([]).fetch, clock: makeFakeClock(), apiUrl },
      ).kind;
    const fine = [
      'https://api.mollie.com',
      'http://127.0.0.1:8083',
      'http://localhost:8083',
      'http://[::1]:8083',
    ];
    assert.deepEqual(fine.map(open), ['opened', 'opened', 'opened', 'opened']);
    const not = ['http://api.mollie.com', 'http://127.evil.example', 'ftp://127.0.0.1', 'mollie'];
    assert.deepEqual(not.map(open), ['bad', 'bad', 'bad', 'bad']);
  });

  it('takes no money at a location of the other mode or of a currency Mollie lacks, and says why', () => {
    const test = { kind: 'opened', mode: 'test', takes: mollie.takes } as const;
    assert.equal(judgeAccount(test, { mode: 'test', currency: 'EUR' }), null);
    assert.equal(judgeAccount(test, { mode: 'live', currency: 'EUR' }), 'test-account-on-live-location');
    const live = { ...test, mode: 'live' } as const;
    assert.equal(judgeAccount(live, { mode: 'test', currency: 'EUR' }), 'live-account-on-test-location');
    assert.equal(judgeAccount(live, { mode: 'live', currency: 'GEL' }), 'currency-not-taken');
    assert.equal(judgeAccount({ kind: 'none' }, { mode: 'live', currency: 'EUR' }), 'no-account');
    assert.equal(
      judgeAccount({ kind: 'unreadable' }, { mode: 'live', currency: 'EUR' }),
      'account-unreadable',
    );
  });
});
