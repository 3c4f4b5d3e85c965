import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testStores } from '#store/test-store.ts';
import { makeAuthenticate } from './authenticate.ts';
import {
  getNames,
  getProfile,
  listClients,
  listOrders,
  registerClient,
  revokeClient,
  saveNames,
  saveProfile,
} from './console.ts';
import { makeIntakeWorld } from './test-intake.ts';
import { extra } from './test-menu.ts';
import { examplePost } from './test-post.ts';

const basic = (username: string, password: string) => `Basic ${btoa(`${username}:${password}`)}`;

testStores((store) => {
  it('lets a client in by its issued password until it is revoked', async () => {
    const { intake, client } = await makeIntakeWorld(store());
    const authenticate = makeAuthenticate(intake);
    const issued = await registerClient(intake, { ...client, name: 'New' });
    assert.ok(issued !== undefined);
    const header = basic(issued.username, issued.password);
    assert.deepEqual(await authenticate(header), { ...client, clientId: issued.clientId });
    for (const wrong of [
      basic(issued.username, 'guess'),
      basic('nobody', issued.password),
      'Basic !',
      basic('a\u0000', issued.password),
      undefined,
    ])
      assert.equal(await authenticate(wrong), undefined);
    assert.equal(await revokeClient(intake, { ...client, clientId: issued.clientId }), true);
    authenticate.forget();
    assert.equal(await authenticate(header), undefined);
    assert.equal(await revokeClient(intake, { ...client, clientId: issued.clientId }), false);
    const listed = await listClients(intake, client);
    assert.equal(listed?.find((one) => one.clientId === issued.clientId)?.revokedAtMs, intake.clock.nowMs());
    assert.ok(!JSON.stringify(listed).includes(issued.password));
  });

  it('lets a revoked client in for no longer than a look-up is remembered', async () => {
    const { intake, client, clock, username, password } = await makeIntakeWorld(store());
    const authenticate = makeAuthenticate(intake);
    assert.ok((await authenticate(basic(username, password))) !== undefined);
    await revokeClient(intake, client);
    clock.advance(5_001);
    assert.equal(await authenticate(basic(username, password)), undefined);
  });

  it('keeps companies apart', async () => {
    const [one, other] = [await makeIntakeWorld(store()), await makeIntakeWorld(store())];
    await one.post(examplePost);
    const { companyId } = other.client;
    assert.equal(
      await listClients(other.intake, { companyId, locationId: one.client.locationId }),
      undefined,
    );
    assert.equal(await revokeClient(other.intake, { companyId, clientId: one.client.clientId }), false);
    const asked = { companyId, locationId: undefined, state: undefined, number: '0123456789' };
    assert.deepEqual(await listOrders(other.intake, asked), []);
    assert.equal((await listOrders(one.intake, { ...asked, companyId: one.client.companyId })).length, 1);
  });

  it("finds an order by the client's number, the client's reference and ours", async () => {
    const world = await makeIntakeWorld(store());
    const { intake, client } = world;
    const posted = await world.post(examplePost);
    assert.ok(posted.kind === 'accepted');
    const { orderNum, externalNumber, externalRef } = JSON.parse(posted.body) as typeof examplePost & {
      readonly orderNum: string;
    };
    const find = (number: string) =>
      listOrders(intake, { companyId: client.companyId, locationId: undefined, state: undefined, number });
    for (const number of [orderNum, externalNumber, externalRef])
      assert.equal((await find(number)).length, 1, number);
    for (const number of [`0${orderNum}`, `${orderNum}9`, '99999999999999999999', ''])
      assert.deepEqual(await find(number), [], number);
  });

  it('refuses a profile whose table or store file cannot be used', async () => {
    const { intake, client } = await makeIntakeWorld(store());
    const before = await getProfile(intake, client);
    assert.ok(before !== undefined && before !== 'absent');
    const elsewhere = { ...before, pickup: { tableId: 'none', orderTypeRef: null, stationRef: null } };
    const saved = await saveProfile(intake, client, elsewhere);
    assert.deepEqual(saved, { kind: 'bad', errors: [{ path: 'pickup.tableId', code: 'table-unknown' }] });
    const unreadable = await saveProfile(intake, client, { ...before, priceCheck: 'store', store: {} });
    assert.equal(unreadable?.kind, 'bad');
    assert.deepEqual(await getProfile(intake, client), before);
  });

  it('holds a new word for the next post', async () => {
    const world = await makeIntakeWorld(store());
    const { intake, client } = world;
    const order = { ...examplePost, items: [{ ...examplePost.items[0], category: 'Pies' }] };
    assert.equal(await world.refusedWith(order), 1102);
    const pies = { kind: 'category', withinId: null, name: 'Pies', targetId: 'pizza', units: null } as const;
    assert.equal(await saveNames(intake, client, [extra, pies]), true);
    assert.equal((await world.post(order)).kind, 'accepted');
    const names = await getNames(intake, client);
    assert.ok(names?.catalogue.some(({ category, items }) => category === 'Pies' && items.length === 3));
  });
});
