import assert from 'node:assert/strict';
import { it } from 'node:test';
import { testStores } from '#store/test-store.ts';
import { answerStillWanted, applyLoyaltyCard, callWaiter } from './asides.ts';
import { getOrderView } from './guest-view.ts';
import { makeWorld, placedIn } from './test-ordering.ts';

testStores((store) => {
  it('queues a call to the waiter in the table’s own lane, for two minutes', async () => {
    const world = await makeWorld(store());
    assert.equal((await callWaiter(world.deps, world.table, 'the  bill, please')).kind, 'queued');
    const [write] = (await world.rows()).writes;
    assert.ok(write?.payload.kind === 'send-message');
    assert.deepEqual(
      [write.payload.text, write.payload.tableRef, write.order_id],
      ['Table 1: the bill, please', '1', null],
    );
    assert.equal(write.lane, `message:${world.table.tableId}`);
    assert.equal(write.payload.expiresAtMs - world.clock.nowMs(), 120_000);
    assert.equal(write.fresh_until_ms, write.payload.expiresAtMs);
  });

  it('refuses a call that the POS does not offer, that is too long, or that holds a card number', async () => {
    const world = await makeWorld(store());
    const refused = async (text: string) => {
      const answer = await callWaiter(world.deps, world.table, text);
      return answer.kind === 'refused' ? answer.code : answer.kind;
    };
    assert.equal(await refused('x'.repeat(121)), 'note-too-long');
    assert.equal(await refused('4111111111111111'), 'note-card-number');
    world.script.capabilities = { sendMessage: false };
    assert.equal(await refused(''), 'not-offered');
    assert.equal((await world.counts())['writes'], 0);
  });

  it('applies a card to the table’s order, behind its rounds, and keeps the number to the write', async () => {
    const world = await makeWorld(store());
    const card = { visit: 'visit-a', cardCode: '77001234' };
    const early = await applyLoyaltyCard(world.deps, world.table, card);
    assert.ok(early.kind === 'refused' && early.code === 'order-unknown');
    const { orderId } = await world.soup();
    const taken = { kind: 'taken', state: 'queued' } as const;
    assert.deepEqual(await applyLoyaltyCard(world.deps, world.table, card), taken);
    const [, write] = (await world.rows()).writes;
    assert.deepEqual(write?.payload, { kind: 'apply-card', posRef: '', cardCode: '77001234' });
    assert.equal(write.lane, orderId);
    assert.ok(!JSON.stringify(world.flow).includes('77001234'));
    world.script.capabilities = { applyCard: false };
    const refused = await applyLoyaltyCard(world.deps, world.table, card);
    assert.ok(refused.kind === 'refused' && refused.code === 'not-offered');
  });

  it('answers each end of a card in its own way: waiting, applied already, unknown', async () => {
    const world = await makeWorld(store());
    const card = { visit: 'visit-a', cardCode: '77001234' };
    const apply = async () => {
      const answer = await applyLoyaltyCard(world.deps, world.table, card);
      return answer.kind === 'taken' ? answer.state : answer.code;
    };
    const { orderId } = await world.soup();
    const seen = async () =>
      (await getOrderView(world.deps, world.table, { visit: 'visit-a', orderId }))?.loyaltyCard;
    await world.setReadOnly('pos-offline');
    assert.equal(await apply(), 'waiting');
    assert.equal(await apply(), 'waiting', 'the same card is not queued twice');
    assert.deepEqual(await seen(), { state: 'waiting' });
    const cards = async () => (await world.rows()).writes.filter((write) => write.kind === 'apply-card');
    const [first] = await cards();
    assert.ok(first);
    await world.end(first, 'refused', { code: 'card-refused' });
    assert.deepEqual(await seen(), { state: 'refused', guestText: 'card-refused' });
    assert.equal(await apply(), 'waiting', 'a refused card may be tried once more');
    const last = (await cards()).at(-1);
    assert.ok(last);
    await world.end(last, 'delivered', { value: { posRef: 'P1' } });
    assert.equal(await apply(), 'applied');
    assert.deepEqual(await seen(), { state: 'applied' });
    assert.equal((await cards()).length, 2);
  });

  it('lets no bank card’s number into the loyalty field', async () => {
    const world = await makeWorld(store());
    await world.soup();
    const refused = await applyLoyaltyCard(world.deps, world.table, {
      visit: 'visit-a',
      cardCode: '4111 1111 1111 1111',
    });
    assert.ok(refused.kind === 'refused' && refused.code === 'note-card-number');
  });

  it('applies a card to the own order of a Pay-First visit only', async () => {
    const world = await makeWorld(store(), 'pay-first');
    await world.soup();
    await store().asCompany(world.table.companyId, (tx) =>
      tx.updateTable('orders').set({ state: 'open' }).execute(),
    );
    const other = await applyLoyaltyCard(world.deps, world.table, { visit: 'visit-b', cardCode: '77001234' });
    assert.equal(other.kind, 'refused');
    const own = await applyLoyaltyCard(world.deps, world.table, { visit: 'visit-a', cardCode: '77001234' });
    assert.equal(own.kind, 'taken');
  });

  it('lets only the visit that ordered say whether a stale round is still wanted', async () => {
    const world = await makeWorld(store());
    const { roundId } = await world.soup();
    const answer = (visit: string | undefined, wanted: boolean) =>
      answerStillWanted(world.deps, world.table, { visit, roundId, wanted });
    const early = await answer('visit-a', true);
    assert.ok(early.kind === 'refused' && early.code === 'round-settled', 'nobody asked yet');
    await store().asCompany(world.table.companyId, (tx) =>
      tx.updateTable('writes').set({ freshness: 'asked', asked_at_ms: world.clock.nowMs() }).execute(),
    );
    for (const visit of ['visit-b', undefined]) {
      const refused = await answer(visit, false);
      assert.ok(refused.kind === 'refused' && refused.code === 'order-unknown');
    }
    assert.equal((await answer('visit-a', false)).kind, 'answered');
    assert.equal((await world.rows()).writes[0]?.state, 'cancelled');
    const again = await answer('visit-a', true);
    assert.ok(again.kind === 'refused' && again.code === 'round-settled');
  });

  it('keeps a message out of the order’s lane', async () => {
    const world = await makeWorld(store());
    await world.soup();
    const [first] = (await world.rows()).writes;
    assert.ok(first);
    await world.end(first, 'delivered', { value: placedIn('P1') });
    await callWaiter(world.deps, world.table, undefined);
    const [order, message] = (await world.rows()).writes;
    assert.notEqual(order?.lane, message?.lane);
    assert.ok(message?.payload.kind === 'send-message' && message.payload.text === 'Table 1 calls');
  });
});
