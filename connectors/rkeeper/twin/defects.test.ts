import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  all,
  at,
  cashier,
  createOrder,
  dish,
  licence,
  lockKey,
  makeTestTwin,
  modi,
  order,
  orderGuid,
  save,
  station,
} from './test-twin.ts';
import type { TestTwin } from './test-twin.ts';

function defective(...names: readonly string[]): TestTwin {
  const twin = makeTestTwin();
  for (const name of names)
    assert.ok(twin.world.defects.includes(name), `${name} is not a defect of this world`);
  twin.world.setDefects(new Set(names));
  return twin;
}

const sumOf = (twin: TestTwin) => at(twin.ask('GetOrder', '', order), 'Order').attributes['orderSum'];

describe('a defect', () => {
  it('is gone when it is taken away', () => {
    const twin = defective('wrong-restaurant');
    const restCode = () => at(twin.ask('GetSystemInfo2'), 'SystemInfo').attributes['RestCode'];
    assert.equal(restCode(), '199990999');
    twin.world.setDefects(new Set());
    assert.equal(restCode(), '199990001');
  });

  it('double-create-on-retry: nothing by which a retry could be recognised is kept', () => {
    const twin = defective('double-create-on-retry');
    const first = createOrder(twin).attributes['guid'];
    const second = createOrder(twin).attributes['guid'];
    assert.notEqual(first, orderGuid);
    assert.notEqual(first, second);
    assert.equal(all(twin.ask('GetOrderList2'), 'Order').length, 2);
    const sent = `${licence(0)}<Order guid="${first}"/><Session line_guid="${lockKey}">${dish(601, 1000, '', `line_guid="${lockKey}"`)}</Session>`;
    twin.ask('SaveOrder', '', sent);
    twin.ask('SaveOrder', '', sent);
    const found = twin.ask('GetOrder', '', `<Order guid="${first}"/>`);
    assert.equal(all(found, 'Dish').length, 2);
    assert.ok(
      [...all(found, 'Dish'), ...all(found, 'Session')].every(
        (one) => one.attributes['line_guid'] !== lockKey,
      ),
    );
  });

  it('lock-as-500: a lock looks like a broken server', () => {
    const twin = defective('lock-as-500');
    createOrder(twin);
    twin.press('lock', { orderRef: orderGuid });
    const body = `<RK7Query><RK7CMD CMD="LockOrder" lockTime="1899-12-30T00:01:00" lockguid="${lockKey}">${order}</RK7CMD></RK7Query>`;
    assert.equal(twin.post(body).status, 500);
  });

  it('slow-write: the answer of a write asks to be held back, that of a read does not', () => {
    const { world } = defective('slow-write');
    const twin = makeTestTwin();
    const headersOf = (command: string) => {
      const body = `<RK7Query><RK7CMD CMD="${command}"/></RK7Query>`;
      const authorization = `Basic ${btoa('tableside:fiume-demo')}`;
      return world.answer({
        method: 'POST',
        path: '/rk7api/v0/xmlinterface.xml',
        headers: { authorization },
        body,
      }).headers;
    };
    assert.equal(headersOf('SaveOrder')['x-twin-delay-ms'], '15000');
    assert.equal(headersOf('GetOrder')['x-twin-delay-ms'], undefined);
    assert.ok(twin.world.defects.includes('slow-write'));
  });

  it('price-rounded: cents are lost', () => {
    const twin = defective('price-rounded');
    createOrder(twin);
    save(twin, 0, dish(103));
    // 13.20 becomes 13.00.
    assert.equal(sumOf(twin), '1300');
  });

  it('modifier-dropped: the last modifier never gets there', () => {
    const twin = defective('modifier-dropped');
    createOrder(twin);
    save(twin, 0, dish(201, 1000, modi(11) + modi(23)));
    assert.deepEqual(twin.world.tickets()[0]?.lines[0]?.modifiers, ['Mezza porzione']);
  });

  it('unstable-ids: every reading of the references gives dishes other idents', () => {
    const twin = defective('unstable-ids');
    const reading = () => {
      const version = all(twin.ask('GetRefList'), 'RK7Reference').find(
        (reference) => reference.attributes['RefName'] === 'MENUITEMS',
      )?.attributes['DataVersion'];
      const menu = at(twin.ask('GetOrderMenu', '', station), 'Dishes').children[0]?.attributes['Ident'];
      const row = all(twin.ask('GetRefData', 'RefName="MenuItems"'), 'Item')[0]?.attributes['Ident'];
      assert.equal(menu, row);
      return { version, row };
    };
    const first = reading();
    const second = reading();
    assert.notEqual(first.row, second.row);
    assert.notEqual(first.version, second.version);
  });

  it('append-makes-new-order: a second package opens a second order', () => {
    const twin = defective('append-makes-new-order');
    createOrder(twin);
    save(twin, 0, dish(601));
    save(twin, 1, dish(602));
    assert.equal(all(twin.ask('GetOrderList2', '', '<Table code="3"/>'), 'Order').length, 2);
  });

  it('no-kitchen-ticket: the order is there, the kitchen knows nothing', () => {
    const twin = defective('no-kitchen-ticket');
    createOrder(twin);
    save(twin, 0, dish(601));
    assert.equal(sumOf(twin), '720');
    assert.equal(twin.world.tickets().length, 0);
    twin.press('open-order', { table: 4, lines: [{ item: 601 }] });
    assert.equal(twin.world.tickets().length, 1);
  });

  it('not-in-report: what the interface paid is missing from the day', () => {
    const twin = defective('not-in-report');
    createOrder(twin);
    save(twin, 0, dish(601));
    twin.ask('PayOrder', '', `${licence(1)}${order}${station}${cashier}<Payment code="9" amount="720"/>`);
    assert.deepEqual(twin.world.report(), { currency: 'EUR', byWaiter: [], byItem: [], byPayment: [] });
  });

  it('pay-accepts-wrong-sum: any sum closes the order', () => {
    const twin = defective('pay-accepts-wrong-sum');
    createOrder(twin);
    save(twin, 0, dish(601));
    const root = twin.ask(
      'PayOrder',
      '',
      `${licence(1)}${order}${station}${cashier}<Payment code="9" amount="1"/>`,
    );
    assert.equal(root.attributes['Status'], 'Ok');
  });
});
