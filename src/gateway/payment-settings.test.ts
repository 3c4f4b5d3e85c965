import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { connectionTo as foodtecConnection } from '#connectors/foodtec/twin/connection.ts';
import { readPizzeria } from '#connectors/foodtec/twin/pizzeria.ts';
import { connectionTo } from '#connectors/rkeeper/twin/connection.ts';
import { osteriaFiume } from '#connectors/rkeeper/twin/houses.ts';
import type { PaymentSettings } from '#payments/payment-settings.ts';
import { makePlatform, testKey } from '#payments/mollie/test-mollie.ts';
import { listAudit } from '#store/audit.ts';
import { changeSettings, getConnection } from '#store/connections.ts';
import { seedCompany, testStores } from '#store/test-store.ts';
import type { Store } from '#store/store.ts';
import { systemClock } from './system.ts';
import { makePaymentAccounts } from './payment-accounts.ts';
import { makePaymentSettingsPort } from './payment-settings-port.ts';

const origin = 'https://127.0.0.1:8081';

async function makeSettings(store: Store, connectorId: 'rkeeper' | 'foodtec' = 'rkeeper') {
  const place = await seedCompany(store, { connectorId });
  const { companyId, locationId } = place;
  const connector =
    connectorId === 'rkeeper'
      ? connectionTo(osteriaFiume, { origin, isFirst: true }).settings
      : foodtecConnection(readPizzeria(), { origin }).settings;
  await store.asCompany(companyId, (tx) => changeSettings(tx, place, { connector }));
  const platform = makePlatform([
    {
      status: 200,
      json: {
        count: 1,
        _embedded: { methods: [{ resource: 'method', id: 'creditcard', description: 'Card' }] },
        _links: {},
      },
    },
  ]);
  const accounts = makePaymentAccounts({
    store,
    clock: systemClock,
    masterKey: randomBytes(32),
    fetch: platform.fetch,
    lab: false,
    onTrouble: (message) => assert.fail(message),
  });
  const port = makePaymentSettingsPort({ store, clock: systemClock, ...accounts });
  const user = { companyId, userId: 'ada', email: 'ada@example.com', name: 'Ada', role: 'owner' };
  return {
    accounts,
    port,
    user,
    place: { companyId, locationId },
    saveKey: (apiKey: string, apiUrl: string | null = null) =>
      port.saveAccount(user, 'main', {
        provider: 'mollie',
        name: 'Main profile',
        apiUrl,
        credentials: { kind: 'api-key', apiKey },
      }),
    save: (changes: Partial<PaymentSettings>) =>
      port.saveSettings(user, locationId, { ...settings, ...changes }),
    connection: () => store.asCompany(companyId, (tx) => getConnection(tx, place)),
    audit: (subject: string) => store.asCompany(companyId, (tx) => listAudit(tx, companyId, subject)),
  };
}

const settings: PaymentSettings = {
  accountId: 'main',
  mode: 'test',
  tips: { percents: [7, 12], maxPercent: 50, itemCode: '990' },
  donation: { cause: 'Soup kitchen', amountsMinor: [100], roundUp: true },
  autoRefund: true,
  dayStartsMinute: 240,
  venue: { legalName: 'Fiume S.r.l.', addressLines: ['Via 4'], taxNumber: 'IT 1' },
};

testStores((store) => {
  it('saves an account whose key nobody reads back, and says who did', async () => {
    const world = await makeSettings(store());
    assert.deepEqual(await world.saveKey(testKey), { kind: 'saved', mode: 'test' });
    const listed = await world.port.accounts(world.user);
    assert.deepEqual(
      listed.map(({ accountId, provider, mode, locationIds }) => [accountId, provider, mode, locationIds]),
      [['main', 'mollie', 'test', []]],
    );
    const audit = await world.audit('payment-account:main');
    assert.deepEqual(
      audit.map(({ user_id: userId, action }) => [userId, action]),
      [['ada', 'payment account saved']],
    );
    assert.ok(!JSON.stringify([listed, audit]).includes(testKey.slice(5)));
  });

  it('names the field of credentials that the provider would not take, and keeps the old ones', async () => {
    const world = await makeSettings(store());
    await world.saveKey(testKey);
    const refused = await world.saveKey('secret');
    assert.ok(refused.kind === 'refused' && refused.code === 'payment-account-invalid');
    assert.equal(refused.errors?.[0]?.path, 'credentials.apiKey');
    assert.equal((await world.port.accounts(world.user))[0]?.mode, 'test');
    const twin = await world.saveKey(testKey, 'http://127.0.0.1:8083');
    assert.ok(twin.kind === 'refused' && twin.errors?.[0]?.path === 'apiUrl', 'no twin in production');
  });

  it('lets a location use an account, and says why it cannot when the account is of the other mode', async () => {
    const world = await makeSettings(store());
    await world.saveKey(testKey);
    assert.equal((await world.save({})).kind, 'saved');
    assert.equal((await world.accounts.accountOf(world.place)).kind, 'ready');
    assert.deepEqual((await world.port.accounts(world.user))[0]?.locationIds, [world.place.locationId]);
    await world.save({ mode: 'live' });
    const off = await world.accounts.accountOf(world.place);
    assert.ok(off.kind === 'off' && off.reason === 'test-account-on-live-location');
    const unknown = await world.save({ accountId: 'nobody' });
    assert.ok(unknown.kind === 'refused' && unknown.code === 'payment-account-unknown');
  });

  it('keeps every setting, books tips as the item named, and writes down what changed', async () => {
    const world = await makeSettings(store());
    await world.saveKey(testKey);
    const before = (await world.connection())?.revision ?? 0;
    await world.save({ tips: { ...settings.tips, itemCode: '77' } });
    const saved = await world.port.settings(world.user, world.place.locationId);
    assert.deepEqual(saved, { ...settings, tips: { ...settings.tips, itemCode: '77' } });
    const connection = await world.connection();
    assert.ok((connection?.revision ?? 0) > before, 'the open connector is opened again');
    assert.match(JSON.stringify(connection?.settings), /"tipItemCode":"77"/);
    await world.save({ tips: { ...settings.tips, itemCode: null } });
    assert.doesNotMatch(JSON.stringify((await world.connection())?.settings), /tipItemCode/);
    const [first, second] = await world.audit(`location:${world.place.locationId}`);
    assert.match(String(first?.facts['venue']), /null → .*Fiume/);
    assert.deepEqual(Object.keys(second?.facts ?? {}), ['tips']);
  });

  it('offers no tip item where the POS has none, and takes no card number as a cause', async () => {
    const world = await makeSettings(store(), 'foodtec');
    await world.saveKey(testKey);
    const refused = await world.save({});
    assert.ok(refused.kind === 'refused' && refused.code === 'not-offered');
    const cause = { cause: 'card 4111 1111 1111 1111', amountsMinor: [100] };
    const card = await world.save({ donation: cause, tips: { ...settings.tips, itemCode: null } });
    assert.ok(card.kind === 'refused' && card.code === 'note-card-number');
    assert.equal((await world.save({ tips: { ...settings.tips, itemCode: null } })).kind, 'saved');
  });

  it('asks the provider whether an account works and what guests could pay with', async () => {
    const world = await makeSettings(store());
    await world.saveKey(testKey);
    const check = await world.port.checkAccount(world.user, 'main');
    assert.ok(check.kind === 'checked' && check.state === 'working', JSON.stringify(check));
    assert.deepEqual(check.methods, [{ methodId: 'creditcard', name: 'Card' }]);
    const unknown = await world.port.checkAccount(world.user, 'nobody');
    assert.ok(unknown.kind === 'refused' && unknown.code === 'payment-account-unknown');
  });
});
