import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { money } from '#domain/money.ts';
import { posError } from '#contract/errors.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import { listAudit } from '#store/audit.ts';
import { updateOrder } from '#store/orders.ts';
import { listOpenItems, listOrderItems } from '#store/reconciliation.ts';
import type { OrderRow } from '#store/schema.ts';
import { emptyStore, testStores } from '#store/test-store.ts';
import { sayDealtWith, sayInPos, sayNotInPos } from './resolve.ts';
import type { Resolved } from './resolve.ts';
import { makeWorld } from './test-delivery.ts';
import type { World } from './test-delivery.ts';
import { absent, applied, locked, mute, present, refused, unknown, unread } from './test-pos.ts';

/** The waits of the two schedules, in seconds. */
const lockWaits = [5, 10, 20, 40, 80];
const markPaidWaits = [60, 120, 180, 240, 300];

function showing(state: PosOrder['state']): PosOrder {
  const zero = money(0, 'EUR');
  const figures = { lines: [], discounts: [], total: zero, paid: zero, due: zero };
  const heads = { posRef: 'P7', reference: null, tableRef: '1', version: '1', locked: null, waiter: null };
  return { ...heads, ...figures, state };
}

testStores((store) => {
  let w: World;
  beforeEach(() => emptyStore(store()));
  afterEach(() => w.stop());

  const items = () =>
    w.store.asCompany(w.company.companyId, (tx) =>
      listOpenItems(tx, { companyId: w.company.companyId, locationId: undefined }),
    );
  const said = async () => {
    const [item] = await items();
    return {
      companyId: w.company.companyId,
      userId: 'anna',
      itemId: item?.item_id ?? 0,
      reason: 'looked at the till',
    };
  };
  const codeOf = (resolved: Resolved) => (resolved.kind === 'refused' ? resolved.code : resolved.how);

  /** An order that is in the POS already. */
  async function newOrderAt(posRef: string): Promise<OrderRow> {
    const order = await w.newOrder();
    await w.store.asCompany(order.company_id, (tx) =>
      updateOrder(tx, order, { pos_ref: posRef }, w.clock.nowMs()),
    );
    return order;
  }

  /** To the end of a schedule, in leaps: nothing happens in between. */
  async function exhaust(waits: readonly number[]): Promise<void> {
    await w.clock.settle();
    for (const seconds of waits) await w.clock.leap(seconds * 1_000);
  }

  /** A create that stayed locked to the end of its schedule, and a round behind it. */
  async function openExhausted(): Promise<{ order: OrderRow; first: number; next: number }> {
    w = await makeWorld(store());
    w.pos.onSend(() => Promise.resolve(locked));
    const order = await w.newOrder();
    const first = await w.enqueue('create-order', order);
    const next = await w.enqueue('append-round', order);
    await w.startWorker();
    await exhaust(lockWaits);
    assert.equal((await w.getWrite(first)).state, 'error');
    return { order, first, next };
  }

  it('lists an exhausted write until a read shows it, and no longer', async () => {
    const { order, first } = await openExhausted();
    const [item] = await items();
    assert.deepEqual(
      [item?.kind, item?.write_id, item?.order_id, item?.facts['cause'], item?.facts['attempts']],
      ['write-in-error', first, order.order_id, 'order-locked', 6],
    );
    w.pos.onRead(() => Promise.resolve(present));
    await w.clock.leap(61_000);
    assert.equal((await w.getWrite(first)).state, 'delivered');
    assert.deepEqual(await items(), []);
    const [closed] = await w.store.asCompany(w.company.companyId, (tx) =>
      listOrderItems(tx, w.company.companyId, order.order_id),
    );
    assert.equal(closed?.closed_how, 'healed');
  });

  it('links what a person found in the POS, lets the lane go on and keeps who said so', async () => {
    const { first, next } = await openExhausted();
    w.pos.onSend(() => Promise.resolve(applied));
    w.pos.onReadOrder(() => Promise.resolve({ kind: 'read', value: showing('open') }));
    const answer = await said();
    assert.equal(codeOf(await sayInPos(w.resolve, { ...answer, posRef: undefined })), 'pos-ref-required');
    assert.equal(codeOf(await sayInPos(w.resolve, { ...answer, posRef: 'P7' })), 'in-the-pos');
    await w.clock.leap(2_000);
    assert.equal((await w.getWrite(first)).state, 'delivered');
    assert.equal((await w.getWrite(next)).state, 'delivered');
    assert.deepEqual(await items(), []);
    const audit = await w.store.asCompany(w.company.companyId, (tx) =>
      listAudit(tx, w.company.companyId, `item:${answer.itemId}`),
    );
    assert.deepEqual(
      audit.map((entry) => [entry.user_id, entry.action, entry.reason]),
      [['anna', 'reconciliation in-the-pos', 'looked at the till']],
    );
    // Said once more it is said once; something else is not undone.
    assert.equal(codeOf(await sayInPos(w.resolve, { ...answer, posRef: 'P7' })), 'in-the-pos');
    assert.equal(
      codeOf(await sayNotInPos(w.resolve, { ...answer, sendAgain: true })),
      'reconciliation-closed',
    );
    assert.equal(audit.length, 1);
  });

  it('believes the POS rather than a person who mistakes an order', async () => {
    const { order } = await openExhausted();
    const answer = { ...(await said()), posRef: 'P7' };
    w.pos.onReadOrder(() => Promise.resolve({ kind: 'read', value: showing('voided') }));
    assert.equal(codeOf(await sayInPos(w.resolve, answer)), 'pos-says-otherwise');
    w.pos.onReadOrder(() => Promise.resolve({ kind: 'read', value: showing('open') }));
    // The order P7 is another table's.
    const other = await w.newOrder();
    await w.store.asCompany(order.company_id, (tx) =>
      updateOrder(tx, other, { pos_ref: 'P7' }, w.clock.nowMs()),
    );
    assert.equal(codeOf(await sayInPos(w.resolve, answer)), 'pos-says-otherwise');
    assert.equal((await items()).length, 1);
  });

  it('sends once more, from the start of the schedule, what is certainly not there', async () => {
    const { first, next } = await openExhausted();
    const sentBefore = w.pos.sentAt().length;
    const answer = { ...(await said()), sendAgain: true };
    // The last attempt may still land: 20 s of deadline and 40 s of late arrival.
    assert.equal(codeOf(await sayNotInPos(w.resolve, answer)), 'too-early');
    await w.clock.leap(60_000);
    w.pos.onRead(() => Promise.resolve(unread));
    assert.equal(codeOf(await sayNotInPos(w.resolve, answer)), 'pos-unreadable');
    w.pos.onRead(() => Promise.resolve(absent));
    w.pos.onSend(() => Promise.resolve(w.pos.sentAt().length === sentBefore + 1 ? locked : applied));
    assert.equal(codeOf(await sayNotInPos(w.resolve, answer)), 'sent-again');
    assert.equal(codeOf(await sayNotInPos(w.resolve, answer)), 'sent-again');
    await w.clock.leap(1_000);
    await w.clock.leap(6_000);
    assert.equal((await w.getWrite(first)).state, 'delivered');
    assert.equal((await w.getWrite(next)).state, 'delivered');
    assert.equal(w.pos.sentAt().length, sentBefore + 3);
    assert.deepEqual(await items(), []);
  });

  it('sends nothing that the POS shows, and lets the next read close it', async () => {
    const { first } = await openExhausted();
    await w.clock.leap(70_000);
    const sentBefore = w.pos.sentAt().length;
    w.pos.onRead(() => Promise.resolve(present));
    assert.equal(
      codeOf(await sayNotInPos(w.resolve, { ...(await said()), sendAgain: true })),
      'pos-says-otherwise',
    );
    await w.clock.leap(2_000);
    assert.equal((await w.getWrite(first)).state, 'delivered');
    assert.deepEqual(w.pos.sentAt().length, sentBefore + 1, 'only the round behind it');
  });

  it('fences a read that is under way, so that what a person said stands', async () => {
    const { first } = await openExhausted();
    await w.clock.leap(60_000);
    const slow = Promise.withResolvers<typeof absent>();
    let reads = 0;
    w.pos.onRead(() => ((reads += 1) === 1 ? slow.promise : Promise.resolve(absent)));
    await w.clock.leap(61_000);
    assert.equal(reads, 1);
    assert.equal(codeOf(await sayNotInPos(w.resolve, { ...(await said()), sendAgain: false })), 'withdrawn');
    slow.resolve(absent);
    await w.clock.advance(1_000);
    assert.equal((await w.getWrite(first)).state, 'cancelled');
    assert.deepEqual(w.seen.bugs, []);
  });

  it('asks a person alone where the POS can neither be asked nor remembers', async () => {
    w = await makeWorld(store(), { capabilities: mute });
    w.pos.onSend(() => Promise.resolve(unknown()));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.advance(1_000);
    const answer = { ...(await said()), sendAgain: true };
    assert.equal(codeOf(await sayNotInPos(w.resolve, answer)), 'too-early');
    await w.clock.leap(70_000);
    w.pos.onSend(() => Promise.resolve(applied));
    assert.equal(codeOf(await sayNotInPos(w.resolve, answer)), 'sent-again');
    await w.clock.advance(1_000);
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('waits for the last repeat where the POS knows a reference only while its order is open', async () => {
    w = await makeWorld(store(), {
      capabilities: { ...mute, createDedupe: 'open-only', dedupeWindowMs: 300_000 },
    });
    w.pos.onSend(() => Promise.resolve(unknown()));
    w.pos.onReadOrder(() => Promise.resolve({ kind: 'read', value: showing('open') }));
    const writeId = await w.enqueue('create-order', await w.newOrder());
    await w.startWorker();
    await w.clock.settle();
    while ((await w.getWrite(writeId)).state !== 'error') await w.clock.leap(5_000);
    const answer = { ...(await said()), posRef: 'P7' };
    // What comes next may be a mark-paid, which closes the order, and the repeat would make another.
    assert.equal(codeOf(await sayInPos(w.resolve, answer)), 'too-early');
    await w.clock.leap(70_000);
    assert.equal(codeOf(await sayInPos(w.resolve, answer)), 'in-the-pos');
  });

  it('never sends a payment for an order that is not in the POS, or for lines that are not', async () => {
    w = await makeWorld(store());
    const [lost, kept] = [await w.newOrder(), await newOrderAt('P9')];
    w.pos.onSend((write) => Promise.resolve(write.kind === 'mark-paid' ? applied : refused('item-sold-out')));
    await w.enqueue('create-order', lost);
    const unplaced = await w.enqueue('mark-paid', lost);
    await w.enqueue('append-round', kept, { posRef: 'P9' });
    const overpaid = await w.enqueue('mark-paid', kept, { posRef: 'P9' });
    await w.startWorker();
    await w.clock.leap(2_000);
    const sent = w.pos.calls.filter((call) => call.op === 'send').map((call) => call.write.kind);
    assert.deepEqual(sent.toSorted(), ['append-round', 'create-order']);
    assert.equal((await w.getWrite(unplaced)).error_code, 'order-not-in-pos');
    assert.equal((await w.getWrite(overpaid)).error_code, 'paid-lines-not-in-pos');
    const open = await items();
    assert.deepEqual(
      open.map((item) => [item.write_id, item.amount_minor]),
      [
        [unplaced, 1_000],
        [overpaid, 1_000],
      ],
    );
    const answer = { ...(await said()), sendAgain: true };
    assert.equal(codeOf(await sayNotInPos(w.resolve, answer)), 'reconciliation-not-possible');
    assert.equal(codeOf(await sayDealtWith(w.resolve, answer)), 'reconciliation-not-possible');
  });

  it('keeps an exhausted payment on the list, and does not take "closed" for an answer while it is open', async () => {
    w = await makeWorld(store());
    const order = await newOrderAt('P7');
    w.pos.onSend(() => Promise.resolve(locked));
    const writeId = await w.enqueue('mark-paid', order, { posRef: 'P7' });
    await w.startWorker();
    await exhaust(markPaidWaits);
    assert.equal((await w.getWrite(writeId)).state, 'error');
    assert.equal((await items())[0]?.amount_minor, 1_000);
    w.pos.onReadOrder(() => Promise.resolve({ kind: 'read', value: showing('open') }));
    const answer = { ...(await said()), posRef: undefined };
    assert.equal(codeOf(await sayInPos(w.resolve, answer)), 'pos-says-otherwise');
    w.pos.onReadOrder(() => Promise.resolve({ kind: 'read', value: showing('settled') }));
    assert.equal(codeOf(await sayInPos(w.resolve, answer)), 'in-the-pos');
    assert.equal((await w.getWrite(writeId)).state, 'delivered');
  });

  it('still tells of cash for a round the till never had, once the till closed the order with its own', async () => {
    w = await makeWorld(store());
    const order = await newOrderAt('P7');
    w.pos.onSend(() => Promise.resolve(refused('order-closed')));
    const error = posError('order-closed', 'seen in the POS');
    w.pos.onRead(() => Promise.resolve({ kind: 'read', value: { kind: 'impossible', error } }));
    await w.enqueue('append-round', order, { posRef: 'P7' });
    const payment = await w.enqueue('mark-paid', order, { posRef: 'P7' });
    await w.startWorker();
    await w.clock.leap(2_000);
    const { state, error_code } = await w.getWrite(payment);
    assert.deepEqual([state, error_code], ['refused', 'paid-lines-not-in-pos']);
    const open = await items();
    assert.deepEqual(
      open.map((item) => [item.kind, item.write_id, item.amount_minor]),
      [['paid-twice', payment, 1_000]],
    );
  });

  it('opens an item for a bill that the POS would not close, and closes it when a later payment does', async () => {
    w = await makeWorld(store());
    const order = await newOrderAt('P7');
    w.pos.onSend(() => Promise.resolve(refused('bill-changed')));
    await w.enqueue('mark-paid', order, { posRef: 'P7' });
    await w.startWorker();
    await w.clock.advance(1_000);
    assert.deepEqual(
      (await items()).map((item) => item.kind),
      ['paid-not-closed'],
    );
    w.pos.onSend(() => Promise.resolve(applied));
    await w.enqueue('mark-paid', order, { posRef: 'P7' });
    await w.clock.advance(1_000);
    assert.deepEqual(await items(), []);
  });
});
