import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  all,
  at,
  createOrder,
  dish,
  licence,
  lockKey,
  makeTestTwin,
  order,
  orderGuid,
  save,
  station,
} from './test-twin.ts';
import type { TestTwin } from './test-twin.ts';

const otherKey = '{88888888-2222-4333-8444-555555555555}';
const minute = '1899-12-30T00:01:00';
const nothing = '1899-12-30T00:00:00';

function lock(twin: TestTwin, lockTime: string, key = lockKey, inside = '') {
  return twin.ask('LockOrder', `lockTime="${lockTime}" lockguid="${key}"`, order + inside);
}

function openTwin(): TestTwin {
  const twin = makeTestTwin();
  createOrder(twin);
  return twin;
}

describe('a lock', () => {
  it('holds with the zero date, and with any other form answers Ok and holds nothing', () => {
    const twin = openTwin();
    for (const form of ['00:01:00', '2026-11-24T12:01:00Z', '60', 'PT1M']) {
      const root = lock(twin, form);
      assert.equal(root.attributes['Status'], 'Ok');
      assert.equal(root.attributes['locked'], '0', form);
    }
    assert.equal(lock(twin, minute, otherKey).attributes['locked'], '1');
  });

  it('keeps others out with 2219, naming station and operator', () => {
    const twin = openTwin();
    lock(twin, minute, lockKey, `${station}<Employee code="7"/>`);
    const refused = lock(twin, minute, otherKey);
    assert.equal(refused.attributes['Status'], 'Query Executing Error');
    assert.equal(refused.attributes['RK7ErrorN'], '2219');
    assert.match(refused.attributes['ErrorText'] ?? '', /station "Cassa Tableside", operator "Anna"/);
    const saved = twin.ask(
      'SaveOrder',
      `lockguid="${otherKey}"`,
      `${licence(0)}${order}<Session>${dish(601)}</Session>`,
    );
    assert.equal(saved.attributes['RK7ErrorN'], '2219');
    assert.equal(save(twin, 0, dish(601)).attributes['RK7ErrorN'], '2219');
    const entry = all(twin.ask('GetOrderList2'), 'Order')[0];
    assert.equal(entry?.attributes['locked'], '1');
    assert.equal(all(entry ?? failed(), 'LockedByWaiter')[0]?.attributes['name'], 'Anna');
    assert.equal(at(twin.ask('GetOrder', '', order), 'Order').attributes['locked'], '1');
  });

  it('shows the cash server when nobody put a name on it', () => {
    const twin = openTwin();
    lock(twin, minute);
    assert.match(lock(twin, minute, otherKey).attributes['ErrorText'] ?? '', /station "Cash server"/);
  });

  it('may be taken again and given back by its key, and by no other', () => {
    const twin = openTwin();
    lock(twin, minute);
    assert.equal(lock(twin, minute).attributes['locked'], '1');
    assert.equal(lock(twin, nothing, otherKey).attributes['RK7ErrorN'], '2219');
    assert.equal(lock(twin, nothing).attributes['locked'], '0');
    assert.equal(lock(twin, minute, otherKey).attributes['locked'], '1');
  });

  it('runs out by the clock', () => {
    const twin = openTwin();
    lock(twin, minute);
    twin.advance(59_999);
    assert.equal(lock(twin, minute, otherKey).attributes['RK7ErrorN'], '2219');
    twin.advance(1);
    assert.equal(lock(twin, minute, otherKey).attributes['locked'], '1');
  });

  it('lets its owner write', () => {
    const twin = openTwin();
    lock(twin, minute);
    const saved = twin.ask(
      'SaveOrder',
      `lockguid="${lockKey}"`,
      `${licence(0)}${order}<Session>${dish(601)}</Session>`,
    );
    assert.equal(saved.attributes['Status'], 'Ok');
  });
});

describe('an order open at a till', () => {
  it('is refused with 2219 or 13 for as long as the till holds it', () => {
    const twin = openTwin();
    for (const code of [2219, 13]) {
      twin.press('lock', { orderRef: orderGuid, code, by: 'Marco' });
      twin.advance(3_600_000);
      const refused = lock(twin, minute);
      assert.equal(refused.attributes['RK7ErrorN'], String(code));
      assert.match(refused.attributes['ErrorText'] ?? '', /station "Cassa sala", operator "Marco"/);
    }
    twin.press('unlock', { orderRef: orderGuid });
    assert.equal(lock(twin, minute).attributes['locked'], '1');
  });

  it('waits for a key that was there first', () => {
    const twin = openTwin();
    lock(twin, minute);
    twin.press('lock', { orderRef: orderGuid });
    const saved = twin.ask(
      'SaveOrder',
      `lockguid="${lockKey}"`,
      `${licence(0)}${order}<Session>${dish(601)}</Session>`,
    );
    assert.equal(saved.attributes['Status'], 'Ok');
    lock(twin, nothing);
    assert.equal(lock(twin, minute).attributes['RK7ErrorN'], '2219');
  });

  it('keeps its visit open with 2129', () => {
    const twin = openTwin();
    twin.press('lock', { orderRef: orderGuid });
    assert.equal(twin.ask('CloseVisit', '', order).attributes['RK7ErrorN'], '2129');
  });

  it('cannot be written to once it is closed', () => {
    const twin = openTwin();
    save(twin, 0, dish(601));
    twin.press('settle', { orderRef: orderGuid });
    assert.equal(save(twin, 1, dish(601)).attributes['RK7ErrorN'], '2128');
    assert.equal(lock(twin, minute).attributes['RK7ErrorN'], '2128');
  });
});

function failed(): never {
  throw new Error('nothing found');
}
