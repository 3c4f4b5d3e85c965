import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { childNamed, childrenNamed } from '#transport/xml.ts';

import { fiumeAlPorto, osteriaFiume } from './houses.ts';
import {
  all,
  at,
  cashier,
  createOrder,
  dish,
  ident,
  licence,
  makeTestTwin,
  order,
  orderGuid,
  save,
  station,
} from './test-twin.ts';
import type { TestTwin } from './test-twin.ts';

function openTwin(): TestTwin {
  const twin = makeTestTwin();
  createOrder(twin);
  return twin;
}

const dishesOn = (twin: TestTwin) => all(twin.ask('GetOrder', '', order), 'Dish').length;

describe('a licence by subscription', () => {
  it('is needed for SaveOrder and PayOrder, not for reading', () => {
    const twin = openTwin();
    const bare = twin.ask('SaveOrder', '', `${order}<Session>${dish(601)}</Session>`);
    assert.match(bare.attributes['ErrorText'] ?? '', /License/);
    const wrong = licence(0).replace('twin-licence-token', 'other');
    const refused = twin.ask('SaveOrder', '', `${wrong}${order}<Session>${dish(601)}</Session>`);
    assert.equal(refused.attributes['ErrorText'], 'Bad license anchor');
    assert.match(
      twin.ask('PayOrder', '', `${order}${station}${cashier}`).attributes['ErrorText'] ?? '',
      /License/,
    );
    assert.equal(dishesOn(twin), 0);
  });

  it('counts from 0 by one and says with 5305 which numbers it takes', () => {
    const twin = openTwin();
    const first = save(twin, 1, dish(601));
    assert.equal(first.attributes['RK7ErrorN'], '5305');
    assert.match(first.attributes['ErrorText'] ?? '', /\{0\}/);
    assert.equal(save(twin, 0, dish(601)).attributes['Status'], 'Ok');
    const skipped = save(twin, 2, dish(602));
    assert.equal(skipped.attributes['RK7ErrorN'], '5305');
    assert.match(skipped.attributes['ErrorText'] ?? '', /\{0, 1\}/);
    assert.equal(save(twin, 1, dish(602)).attributes['Status'], 'Ok');
    assert.equal(dishesOn(twin), 2);
  });

  it('answers the same call again without carrying it out again', () => {
    const twin = openTwin();
    const first = save(twin, 0, dish(601));
    const again = save(twin, 0, dish(601));
    assert.deepEqual(again.children, first.children);
    assert.equal(dishesOn(twin), 1);
  });

  it('refuses another call with the same number with 5310', () => {
    const twin = openTwin();
    save(twin, 0, dish(601));
    const other = save(twin, 0, dish(602));
    assert.equal(other.attributes['RK7ErrorN'], '5310');
    assert.match(other.attributes['ErrorText'] ?? '', /must be increased/);
  });

  it('forgets its answers when told, and then does it again', () => {
    const twin = openTwin();
    const body = `<RK7Query><RK7CMD CMD="SaveOrder">${licence(0)}${order}<Session>${dish(601)}</Session></RK7CMD></RK7Query>`;
    const path = '/rk7api/v0/xmlinterface.xml';
    twin.post(body);
    twin.world.forgetKey({ method: 'POST', path, headers: {}, body });
    twin.post(body);
    assert.equal(dishesOn(twin), 2);
  });

  it('tells the last number', () => {
    const twin = openTwin();
    const last = () =>
      at(twin.ask('GetXMLLicenseInstanceSeqNumber', '', licence(0)), 'LicenseInfo', 'LicenseInstance')
        .attributes['seqNumber'];
    assert.equal(last(), '-1');
    save(twin, 0, dish(601));
    save(twin, 1, dish(601));
    assert.equal(last(), '1');
  });

  it('is not asked for where the licence lies in the server', () => {
    const twin = makeTestTwin();
    const seed = fiumeAlPorto;
    const there = { seed };
    twin.ask(
      'CreateOrder',
      '',
      `<Order guid="${orderGuid}"><Table code="1"/><Guests count="1"/></Order>`,
      there,
    );
    const saved = twin.ask('SaveOrder', '', `${order}<Session>${dish(601)}</Session>`, there);
    assert.equal(saved.attributes['Status'], 'Ok');
  });

  it('may lie beside a lifetime key: only calls that name the subscription are counted', () => {
    const twin = makeTestTwin({ hasLifetimeKey: true });
    createOrder(twin);
    const bare = twin.ask('SaveOrder', '', `${order}<Session>${dish(601)}</Session>`);
    assert.equal(bare.attributes['Status'], 'Ok');
    assert.equal(save(twin, 7, dish(601)).attributes['RK7ErrorN'], '5305');
    assert.equal(save(twin, 0, dish(601)).attributes['Status'], 'Ok');
    assert.equal(dishesOn(twin), 2);
  });
});

describe('PayOrder', () => {
  const pay = (twin: TestTwin, seq: number, inside: string) =>
    twin.ask('PayOrder', '', `${licence(seq)}${order}${inside}`);
  const payment = (amount: number) =>
    `<Payment code="9" amount="${amount}" extTransactionInfo="ref-1" owner="x"/>`;

  function servedTwin(): TestTwin {
    const twin = openTwin();
    save(twin, 0, dish(601, 2000));
    return twin;
  }

  it('takes exactly what is due, prints a receipt and closes the order', () => {
    const twin = servedTwin();
    const root = pay(twin, 1, `${station}${cashier}${payment(1440)}`);
    const receipt = at(root, 'PrintCheck');
    assert.equal(receipt.attributes['CheckNum'], '1');
    assert.equal(receipt.attributes['amount'], '1440');
    assert.match(receipt.attributes['line_guid'] ?? '', /^\{[0-9A-F-]{36}\}$/);
    const closed = at(twin.ask('GetOrder', '', order), 'Order');
    assert.equal(closed.attributes['paid'], '1');
    assert.equal(closed.attributes['finished'], '1');
    assert.equal(closed.attributes['unpaidSum'], '0');
    assert.equal(closed.attributes['orderSum'], '1440');
    const [paid] = all(closed, 'Pay');
    assert.equal(paid?.attributes['extTransactionInfo'], 'ref-1');
    assert.equal(paid?.attributes['name'], 'Paid in Tableside');
    assert.equal(all(twin.ask('GetOrderList2', 'onlyOpened="1"'), 'Order').length, 0);
  });

  it('answers 3373 to any other sum and changes nothing', () => {
    const twin = servedTwin();
    for (const [index, amount] of [1439, 1441, 0].entries()) {
      const root = pay(twin, 1 + index, `${station}${cashier}${payment(amount)}`);
      assert.equal(root.attributes['RK7ErrorN'], '3373');
    }
    assert.equal(at(twin.ask('GetOrder', '', order), 'Order').attributes['finished'], '0');
  });

  it('needs a station and a cashier who may', () => {
    const twin = servedTwin();
    assert.match(pay(twin, 1, cashier + payment(1440)).attributes['ErrorText'] ?? '', /"Station" not found/);
    assert.match(pay(twin, 2, station + payment(1440)).attributes['ErrorText'] ?? '', /"Cashier" not found/);
    const waiter = `<Cashier id="${ident(osteriaFiume.employees, 7)}"/>`;
    const refused = pay(twin, 3, station + waiter + payment(1440));
    assert.equal(all(refused, 'Error')[0]?.attributes['Component'], 'Rights');
  });

  it('closes an order that prepayments cover', () => {
    const twin = openTwin();
    save(twin, 0, `${dish(601)}<Prepay code="2" amount="720"/>`);
    const root = pay(twin, 1, station + cashier);
    assert.equal(root.attributes['Status'], 'Ok');
    assert.equal(childNamed(root, 'PrintCheck')?.attributes['amount'], undefined);
  });

  it('says of a closed order that its visit is closed', () => {
    const twin = servedTwin();
    pay(twin, 1, station + cashier + payment(1440));
    const again = pay(twin, 2, station + cashier + payment(1440));
    assert.equal(again.attributes['RK7ErrorN'], '2128');
    // The same call again is answered from memory.
    const twice = servedTwin();
    const first = pay(twice, 1, station + cashier + payment(1440));
    assert.deepEqual(pay(twice, 1, station + cashier + payment(1440)).children, first.children);
  });
});

describe('cards and messages', () => {
  const card = (twin: TestTwin, code: string) =>
    twin.ask(
      'ApplyPersonalCard',
      `CardCode="${code}"`,
      `${order}${station}<Interface code="100"/>${cashier}<Coupons/>`,
    );

  it('takes a card off the bill, tip excepted, and shows it on guest and discount', () => {
    const twin = openTwin();
    save(twin, 0, dish(601, 2000) + dish(990, 1000, '', 'price="200"'));
    assert.equal(card(twin, '7001').attributes['Status'], 'Ok');
    const found = at(twin.ask('GetOrder', '', order), 'Order');
    // 10 % of 14.40.
    assert.equal(found.attributes['discountSum'], '-144');
    assert.equal(found.attributes['orderSum'], '1496');
    const [discount] = all(found, 'Discount');
    assert.equal(discount?.attributes['amount'], '10');
    assert.equal(discount?.attributes['discountSum'], '-144');
    assert.equal(discount?.attributes['charge_source'], 'pdsCard');
    assert.equal(discount?.attributes['cardCode'], '7001');
    assert.equal(all(found, 'Guest')[0]?.attributes['cardCode'], '7001');
  });

  it('refuses unknown and exhausted cards, and tolerates the same one twice', () => {
    const twin = openTwin();
    const unknown = card(twin, '4711');
    assert.equal(unknown.attributes['RK7ErrorN'], '3813');
    assert.equal(all(unknown, 'Error')[0]?.attributes['Component'], 'PDS');
    assert.equal(card(twin, '7003').attributes['RK7ErrorN'], '2142');
    assert.equal(card(twin, '7001').attributes['Status'], 'Ok');
    assert.equal(card(twin, '7001').attributes['Status'], 'Ok');
    // Another card beside it: Ok, and nothing happens.
    assert.equal(card(twin, '7002').attributes['Status'], 'Ok');
    const guests = all(at(twin.ask('GetOrder', '', order), 'Order'), 'Guest');
    assert.equal(guests[0]?.attributes['cardCode'], '7001');
  });

  it('answers Ok and zeros about a card that nobody has', () => {
    const info = (code: string) =>
      at(makeTestTwin().ask('GetCardInfo', `cardCode="${code}"`, '<Interface code="100"/>'), 'CardInfo');
    assert.equal(info('7001').attributes['maxDisc'], '10');
    assert.deepEqual(
      ['holder', 'amount', 'maxAmount', 'maxDisc'].map((name) => info('4711').attributes[name]),
      ['', '0', '0', '0'],
    );
    assert.equal(info('4711').children[0]?.name, 'Discount');
  });

  it('pops a message up at the till until it is over, and wants to know when that is', () => {
    const twin = openTwin();
    const send = (more: string) =>
      twin.ask('WaiterMessage', `text="Table 3 calls" external_id="m-1" ${more}`, station + order);
    assert.match(send('').attributes['ErrorText'] ?? '', /expireTime/);
    assert.ok(childNamed(send('expireTime="2026-11-24T12:02:00"'), 'Message')?.attributes['id']);
    assert.deepEqual(
      twin.world
        .tickets()
        .map(({ kind, station: where, table, orderRef, lines }) => ({ kind, where, table, orderRef, lines })),
      [
        {
          kind: 'message',
          where: 'Cassa Tableside',
          table: '3',
          orderRef: orderGuid,
          lines: [{ name: 'Table 3 calls', quantity: 1, modifiers: [] }],
        },
      ],
    );
    const waiting = () => childrenNamed(twin.ask('GetWaiterMessages', '', station), 'Message');
    assert.equal(waiting()[0]?.attributes['external_id'], 'm-1');
    twin.ask('DelWaiterMessages', 'external_id="m-1"');
    assert.equal(waiting().length, 0);
    send('expireTime="2026-11-24T12:02:00"');
    twin.advance(120_000);
    assert.equal(waiting().length, 0);
    assert.match(send(`expireTime="2026-11-24T12:09:00"`).attributes['Status'] ?? '', /Ok/);
    const long = twin.ask(
      'WaiterMessage',
      `text="x" expireTime="2026-11-24T12:09:00" external_id="${'x'.repeat(39)}"`,
    );
    assert.equal(long.attributes['Status'], 'Bad Query Parameters');
  });
});
