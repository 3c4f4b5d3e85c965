import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { childrenNamed } from '#transport/xml.ts';

import { fiumeAlPorto } from './houses.ts';
import {
  all,
  at,
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

const read = (twin: TestTwin) => at(twin.ask('GetOrder', '', order), 'Order');
const sum = (twin: TestTwin) => read(twin).attributes['orderSum'];

describe('CreateOrder', () => {
  it('keeps our GUID and answers with a whole order', () => {
    const twin = makeTestTwin();
    const root = createOrder(twin);
    assert.equal(root.attributes['guid'], orderGuid);
    assert.equal(root.attributes['OrderID'], '256');
    assert.match(root.attributes['VisitID'] ?? '', /^\d{9}$/);
    const made = at(root, 'Order');
    assert.equal(made.attributes['url'], '');
    assert.equal(made.attributes['cookMins'], '0');
    assert.equal(at(made, 'Table').attributes['name'], '3');
    assert.equal(at(made, 'Waiter', 'Role').attributes['name'], 'system');
    assert.equal(at(made, 'OrderType').attributes['name'], 'Al tavolo');
  });

  it('finds a table by code when its id is 0, and says when there is none', () => {
    const twin = makeTestTwin();
    const root = twin.ask('CreateOrder', '', '<Order><Table id="0" code="21"/></Order>');
    assert.equal(at(root, 'Order', 'Table').attributes['name'], 'T1');
    const none = twin.ask('CreateOrder', '', '<Order><Table code="777"/></Order>');
    assert.equal(none.attributes['Status'], 'Query Executing Error');
    assert.equal(none.attributes['ErrorText'], 'Element 777 not found in collection Tables');
    assert.equal(twin.ask('CreateOrder', '', '<Order/>').attributes['Status'], 'Bad Query Parameters');
  });

  it('refuses a GUID that it has already', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    assert.equal(createOrder(twin).attributes['Status'], 'Query Executing Error');
    assert.equal(all(twin.ask('GetOrderList2'), 'Order').length, 1);
  });

  it('asks for guests only where the house does', () => {
    const twin = makeTestTwin();
    const at3 = (inside: string) => `<Order><Table code="3"/>${inside}</Order>`;
    const without = twin.ask('CreateOrder', '', at3(''), { seed: fiumeAlPorto });
    assert.equal(without.attributes['RK7ErrorN'], '3444');
    const withTwo = twin.ask('CreateOrder', '', at3('<Guests count="2"/>'), { seed: fiumeAlPorto });
    assert.equal(childrenNamed(at(withTwo, 'Order', 'Guests'), 'Guest').length, 2);
  });

  it('takes no new orders while the shift is open too long, and still serves open ones', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    twin.press('close-shift', { tooLong: true });
    const root = twin.ask('CreateOrder', '', '<Order><Table code="4"/></Order>');
    assert.equal(root.attributes['RK7ErrorN'], '2133');
    assert.equal(save(twin, 0, dish(601)).attributes['Status'], 'Ok');
  });
});

describe('GetOrder', () => {
  it('finds an order by GUID, by visit and ident, and by external properties', () => {
    const twin = makeTestTwin();
    const props = '<ExternalProps><Prop name="tableside" value="abc"/></ExternalProps>';
    const made = twin.ask(
      'CreateOrder',
      '',
      `<Order guid="${orderGuid.toLowerCase()}"><Table code="3"/>${props}</Order>`,
    );
    const visit = made.attributes['VisitID'];
    for (const way of [
      order,
      `<Order guid="${orderGuid.slice(1, -1)}"/>`,
      `<Order visit="${visit}" orderIdent="256"/>`,
      `<Order>${props}</Order>`,
      props,
    ]) {
      assert.equal(at(twin.ask('GetOrder', '', way), 'Order').attributes['guid'], orderGuid, way);
    }
    const other = '<Order><ExternalProps><Prop name="tableside" value="other"/></ExternalProps></Order>';
    assert.match(twin.ask('GetOrder', '', other).attributes['ErrorText'] ?? '', /^Order .*not found$/);
    const missing = twin.ask('GetOrder', '', '<Order guid="{00000000-0000-4000-8000-00000000FFFF}"/>');
    assert.match(missing.attributes['ErrorText'] ?? '', /^Order .*not found$/);
  });

  it('writes the comment even when empty, and no seat on common dishes', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, dish(601) + dish(602, 1000, '', 'seat="2"'));
    const found = read(twin);
    assert.equal(found.attributes['persistentComment'], '');
    assert.deepEqual(
      all(found, 'Dish').map((line) => line.attributes['seat']),
      [undefined, '2'],
    );
    assert.ok(all(found, 'Dish').every((line) => line.children.at(-1)?.name === 'OrderType'));
  });
});

describe('SaveOrder', () => {
  it('appends a package each time it is sent without uni, with the GUIDs it is given', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    const session = 'line_guid="{AAAAAAAA-0000-4000-8000-000000000001}"';
    const line = dish(601, 1000, '', 'line_guid="{BBBBBBBB-0000-4000-8000-000000000001}"');
    const first = save(twin, 0, line, session);
    assert.equal(at(first, 'Session').attributes['line_guid'], '{AAAAAAAA-0000-4000-8000-000000000001}');
    assert.equal(
      at(first, 'Session', 'Dish').attributes['line_guid'],
      '{BBBBBBBB-0000-4000-8000-000000000001}',
    );
    assert.deepEqual(
      first.children.map((child) => child.name),
      ['Order', 'Session'],
    );
    save(twin, 1, line, session);
    const sessions = childrenNamed(read(twin), 'Session');
    assert.equal(sessions.length, 2);
    assert.notEqual(sessions[1]?.attributes['line_guid'], sessions[0]?.attributes['line_guid']);
    // Tiramisù, 7.20, twice.
    assert.equal(sum(twin), '1440');
  });

  it('moves version and checksum with every change', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    const marks = [read(twin)];
    save(twin, 0, dish(601));
    marks.push(read(twin));
    twin.press('edit', { orderRef: orderGuid, table: 'T2' });
    marks.push(read(twin));
    assert.equal(new Set(marks.map((mark) => mark.attributes['version'])).size, 3);
    assert.equal(new Set(marks.map((mark) => mark.attributes['crc32'])).size, 3);
    assert.deepEqual(read(twin).attributes, marks[2]?.attributes);
  });

  it('rewrites a package with uni while it is not printed, not after', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    const deferred = (seq: number, attributes: string, session: string) =>
      twin.ask(
        'SaveOrder',
        attributes,
        `${licence(seq)}${order}<Session ${session}>${dish(601)}${dish(602)}</Session>`,
      );
    save(twin, 0, dish(601));
    deferred(1, 'deferred="1"', '');
    assert.equal(childrenNamed(read(twin), 'Session')[1]?.attributes['printed'], '0');
    assert.equal(twin.world.tickets().length, 1);
    const uni = childrenNamed(read(twin), 'Session')[1]?.attributes['uni'] ?? '';
    const printed = twin.ask(
      'SaveOrder',
      '',
      `${licence(2)}${order}<Session uni="${uni}">${dish(603)}</Session>`,
    );
    assert.equal(printed.attributes['Status'], 'Ok');
    assert.deepEqual(
      all(read(twin), 'Dish').map((line) => line.attributes['code']),
      ['601', '603'],
    );
    assert.equal(twin.world.tickets().length, 2);
    const again = twin.ask(
      'SaveOrder',
      '',
      `${licence(3)}${order}<Session uni="${uni}">${dish(604)}</Session>`,
    );
    assert.equal(again.attributes['Status'], 'Query Executing Error');
  });

  it('names the element at fault and saves nothing', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    for (const [faulty, text] of [
      [dish(777), 'Element 777 not found in collection MenuItems'],
      // Out of season.
      [dish(207), 'Element 207 not found in collection MenuItems'],
      [dish(306, 1000, modi(51)), 'Dish "Trota del fiume alla mugnaia" is on the stop list'],
      [dish(206, 5000), 'Not enough of dish "Lasagne della domenica" on the stop list: 4 left'],
      [dish(201, 1000, modi(11) + modi(24)), 'Modifier "Tartufo nero" is on the stop list'],
      [dish(601, 1000, modi(11)), 'Modifier "Mezza porzione" does not go with "Tiramisù"'],
      [dish(201), 'Modifiers "Porzione": 0 given, at least 1 needed'],
      [dish(302, 1000, modi(51) + modi(52) + modi(61)), 'Modifiers "Contorno": 3 given, at most 2 allowed'],
      [dish(201, 1000, modi(11) + modi(21, 3)), 'Modifier "Parmigiano": 3 given, at most 2 on one dish'],
      [dish(990), 'Price of "Mancia" must be given'],
      [dish(601, 0), 'Quantity of "Tiramisù" must be positive'],
    ] as const) {
      const seq = 0;
      const root = save(twin, seq, dish(602) + faulty);
      assert.equal(root.attributes['Status'], 'Query Executing Error');
      assert.equal(root.attributes['ErrorText'], text);
      const error = at(root, 'Error');
      assert.equal(error.attributes['Component'], 'Rights');
      assert.match(error.attributes['RK7ErrorN'] ?? '', /^[1-9]\d*$/);
      assert.equal(at(error, 'FaultyTag', 'Dish').attributes['code'], /code="(\d+)"/.exec(faulty)?.[1]);
    }
    assert.equal(all(read(twin), 'Dish').length, 0);
    assert.equal(twin.world.tickets().length, 0);
  });

  it('says what is missing or no number', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    const text = (dishes: string) => save(twin, 0, dishes).attributes['ErrorText'];
    assert.equal(text('<Dish code="601"/>'), 'Attribute "Dish/@quantity" is not found');
    assert.equal(
      text('<Dish code="601" quantity="many"/>'),
      'Bad integer attribute "Dish/@quantity" value: "many"',
    );
    assert.equal(twin.ask('SaveOrder', '', licence(0) + order).attributes['Status'], 'Bad Query Parameters');
  });

  it('wants its children in the order of the schema', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    const root = twin.ask('SaveOrder', '', `${licence(0)}<Session>${dish(601)}</Session>${order}`);
    assert.equal(root.attributes['Status'], 'Bad Query Parameters');
  });

  it('only listens to a price where the list has none', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, dish(601, 1000, '', 'price="1"') + dish(990, 1000, '', 'price="350"'));
    // 7.20 + 3.50.
    assert.equal(sum(twin), '1070');
  });

  it('is dry under ValidateOrder and CalcOrder', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    const session = (inside: string) => `<Session>${inside}</Session>`;
    assert.equal(twin.ask('ValidateOrder', '', order + session(dish(601))).attributes['Status'], 'Ok');
    const bad = twin.ask('ValidateOrder', '', `<Table code="3"/>${session(dish(201))}`);
    assert.equal(at(bad, 'Error', 'FaultyTag', 'Dish').attributes['code'], '201');
    const priced = twin.ask('CalcOrder', '', `<Table code="3"/>${station}${session(dish(601, 3000))}`);
    assert.equal(at(priced, 'Order').attributes['orderSum'], '2160');
    assert.equal(sum(twin), '0');
    assert.equal(all(twin.ask('GetOrderList2'), 'Order').length, 1);
  });
});

describe('what an order costs', () => {
  const priceOf = (dishes: string) => {
    const twin = makeTestTwin();
    createOrder(twin);
    const root = save(twin, 0, dishes);
    assert.equal(root.attributes['Status'], 'Ok', root.attributes['ErrorText']);
    return { sum: sum(twin), modis: all(read(twin), 'Modi').map((one) => one.attributes['name']) };
  };

  it('multiplies price and modifiers by the quantity', () => {
    // (9.80 + 4.60) × 2.
    assert.equal(priceOf(dish(201, 2000, modi(12))).sum, '2880');
    // 5.40 × 1.5.
    assert.equal(priceOf(dish(704, 1500)).sum, '810');
  });

  it('charges nothing for the free units of a group, the first ones given', () => {
    // First Parmesan free, second 0.50: 9.80 + 0.50.
    assert.equal(priceOf(dish(201, 1000, modi(11) + modi(21, 2))).sum, '1030');
    // Chilli is given first and is the free one: 9.80 + 3.40.
    assert.equal(priceOf(dish(201, 1000, modi(11) + modi(22) + modi(23))).sum, '1320');
    // First side included, second 3.50.
    assert.equal(priceOf(dish(302, 1000, modi(51) + modi(61))).sum, '2210');
    // Two scoops included, the third 1.60.
    assert.equal(priceOf(dish(604, 1000, modi(121, 2) + modi(123))).sum, '720');
  });

  it('adds defaults, lets others replace them, and keeps those that nothing replaces', () => {
    assert.deepEqual(priceOf(dish(401)), { sum: '950', modis: ['Fior di latte', 'Basilico'] });
    assert.deepEqual(priceOf(dish(401, 1000, modi(72) + modi(82))), {
      sum: '1210',
      modis: ['Mozzarella di bufala', 'Senza basilico'],
    });
    // Bread comes anyway; gluten-free bread comes beside it: 12.50 + 1.80.
    assert.deepEqual(priceOf(dish(101, 1000, modi(152))), {
      sum: '1430',
      modis: ['Pane senza glutine', 'Pane casereccio'],
    });
    // The second piece of the default bread is charged.
    assert.equal(priceOf(dish(101, 1000, modi(151, 2))).sum, '1350');
  });

  it('takes a note on any dish, as what was typed in', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, dish(601, 1000, modi(991, 1, 'openName="senza cacao"')));
    assert.equal(all(read(twin), 'Modi')[0]?.attributes['openName'], 'senza cacao');
    assert.deepEqual(twin.world.tickets()[0]?.lines[0]?.modifiers, ['senza cacao']);
  });

  it('tells what is really due only in CalcOrder2, where promised prepayments count', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, `${dish(601)}<Prepay code="2" amount="200" promised="1"/><Prepay code="1" amount="100"/>`);
    assert.equal(read(twin).attributes['unpaidSum'], '620');
    const calculated = twin.ask('CalcOrder2', '', `${order}${station}<Payments/>`);
    assert.equal(at(calculated, 'Order').attributes['unpaidSum'], '420');
    assert.deepEqual(
      calculated.children.map((child) => child.name),
      ['Order', 'Payments', 'Bindings'],
    );
  });

  it('keeps the rests of the stop list', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    save(twin, 0, dish(206, 3000));
    assert.equal(twin.ask('GetDishRests').children[0]?.attributes['quantity'], '1000');
    assert.match(save(twin, 1, dish(206) + dish(206)).attributes['ErrorText'] ?? '', /1 left/);
  });
});

describe('lists of orders', () => {
  it('shows what is open at a table, several orders too, and what closed only when asked', () => {
    const twin = makeTestTwin();
    createOrder(twin, 3);
    createOrder(twin, 3, '{22222222-2222-4333-8444-555555555555}');
    createOrder(twin, 4, '{33333333-2222-4333-8444-555555555555}');
    const count = (attributes: string, inside = '') =>
      all(twin.ask('GetOrderList2', attributes, inside), 'Order').length;
    assert.equal(count('onlyOpened="1"', '<Table code="3"/>'), 2);
    twin.press('void', { orderRef: orderGuid });
    assert.equal(count('onlyOpened="1"', '<Table code="3"/>'), 1);
    assert.equal(count('onlyOpened="0"', '<Table code="3"/>'), 2);
    assert.equal(count(''), 3);
    const flat = all(twin.ask('GetOrderList', 'onlyOpened="1"'), 'Order');
    assert.deepEqual(
      flat.map((one) => one.attributes['TableName']),
      ['3', '4'],
    );
  });

  it('answers No changes until something that it shows has changed', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    const list = (version: string) => twin.ask('GetOrderList2', `lastversion="${version}"`);
    const version = list('').attributes['lastversion'] ?? '';
    assert.equal(list(version).attributes['Status'], 'No changes');
    assert.equal(list(version).children.length, 0);
    twin.ask('LockOrder', `lockTime="1899-12-30T00:01:00" lockguid="${lockKey}"`, order);
    const locked = list(version);
    assert.equal(locked.attributes['Status'], 'Ok');
    // The lock runs out by itself, and that is a change.
    twin.advance(60_000);
    assert.equal(list(locked.attributes['lastversion'] ?? '').attributes['Status'], 'Ok');
  });
});

describe('UpdateOrder', () => {
  it('changes what it is given of the head', () => {
    const twin = makeTestTwin();
    createOrder(twin);
    twin.ask(
      'UpdateOrder',
      '',
      `<Order guid="${orderGuid}" persistentComment="window"><Table code="22"/><Waiter code="7"/>` +
        '<ExternalProps><Prop name="tableside" value="new"/></ExternalProps></Order>',
    );
    const found = read(twin);
    assert.equal(at(found, 'Table').attributes['name'], 'T2');
    assert.equal(at(found, 'Waiter').attributes['name'], 'Anna');
    assert.equal(found.attributes['persistentComment'], 'window');
    assert.equal(at(found, 'ExternalProps', 'Prop').attributes['value'], 'new');
  });
});
