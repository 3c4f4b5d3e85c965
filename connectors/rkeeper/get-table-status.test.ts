import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { restaurant } from './test-menu.ts';
import {
  bracedGuidOf,
  connectTo,
  error,
  eur,
  lineReference,
  listXml,
  never,
  ok,
  orderReference,
  orderXml,
  ourGuid,
  roundReference,
  systemInfo,
  testReference,
} from './test-pos.ts';
import type { Script } from './test-pos.ts';

describe('GetRestaurantStatus', () => {
  it('names the restaurant that answers, and fails for another one', async () => {
    const right = await connectTo({}).connector.readStatus(never);
    assert.deepEqual(right, { kind: 'read', value: { posRestaurant: '199990001' } });
    const wrong = await connectTo({ GetSystemInfo2: [ok(systemInfo('299990002'))] }).connector.readStatus(
      never,
    );
    assert.ok(wrong.kind === 'failed' && wrong.error.code === 'wrong-restaurant' && wrong.answered);
    const silent = await connectTo({ GetSystemInfo2: [{ kind: 'refused' }] }).connector.readStatus(never);
    assert.ok(silent.kind === 'failed' && silent.error.code === 'pos-offline' && !silent.answered);
    const closing = await connectTo({
      GetSystemInfo2: [error(2172, '', 'Query Parse Error')],
    }).connector.readStatus(never);
    assert.ok(closing.kind === 'failed' && closing.error.code === 'pos-busy' && closing.answered);
  });
});

describe('GetTableStatus', () => {
  const props = `<ExternalProps><Prop name="tableside" value="${orderReference}"/></ExternalProps>`;
  const spread = orderXml({
    guid: ourGuid,
    sum: 900,
    props: `${props}<ExtraTables><item id="1000047"/></ExtraTables>`,
  });
  const stray = orderXml({ guid: bracedGuidOf(testReference(9)), table: 77, attributes: 'locked="1"' });

  it('shows every table with its orders, whichever tables they span', async () => {
    const rig = connectTo(restaurant({ GetOrderList2: [ok(listXml([spread, stray]))] }));
    const read = await rig.connector.readTables(never);
    assert.ok(read.kind === 'read');
    assert.deepEqual(
      read.value.map((table) => [
        table.tableRef,
        table.name,
        table.hall,
        table.orders.map((order) => order.posRef),
      ]),
      [
        ['1000046', 'T12', 'Terrace', [ourGuid]],
        ['1000047', 'T13', 'Terrace', [ourGuid]],
        ['77', '12', undefined, [bracedGuidOf(testReference(9))]],
      ],
    );
    const head = read.value[0]?.orders[0];
    assert.deepEqual(
      [head?.reference, head?.version, head?.total, head?.waiter, head?.locked],
      [orderReference, '1.-12', eur(900), { staffId: '10', name: 'Anna' }, false],
    );
    assert.equal(read.value[2]?.orders[0]?.locked, true);
  });

  it('narrows to one table', async () => {
    const rig = connectTo(restaurant({ GetOrderList2: [ok('')] }));
    const read = await rig.connector.readTables(never, '1000047');
    assert.ok(read.kind === 'read');
    assert.deepEqual(read.value, [{ tableRef: '1000047', name: 'T13', hall: 'Terrace', orders: [] }]);
    const sent = rig.sent.find((entry) => entry.command === 'GetOrderList2')?.element;
    assert.deepEqual({ ...sent?.children[0]?.attributes }, { id: '1000047' });
  });
});

describe('GetTableOrderStatus', () => {
  const content =
    `<Session uni="1" line_guid="${bracedGuidOf(roundReference)}" cookMins="0">` +
    `<Dish id="1" code="11" name="Soup" uni="2" line_guid="${bracedGuidOf(lineReference)}" state="4" price="800" amount="1600" quantity="2000" srcQuantity="2000" kdsstate="started"><Modi id="80" name="Cow" count="1" price="0"/><OrderType id="1"/></Dish>` +
    '<Dish id="3" code="13" name="Beer" uni="3" state="7" price="350" amount="0" quantity="0" srcQuantity="1000"/>' +
    '<Dish id="6" code="9001" name="Tip" uni="4" state="4" price="200" amount="200" quantity="1000"/>' +
    '<Discount id="5" name="Happy hour" amount="10" discountSum="-160"/></Session>';
  const locked = orderXml({
    guid: ourGuid,
    sum: 1640,
    unpaid: 1640,
    attributes: 'locked="1"',
    content,
  }).replace('discountSum="0"', 'discountSum="-160"');
  const script: Script = {
    GetOrder: [ok(locked)],
    CalcOrder2: [ok(orderXml({ guid: ourGuid, sum: 1640, unpaid: 1140 }) + '<Payments/><Bindings/>')],
    GetOrderList2: [
      ok(
        listXml([
          orderXml({
            guid: ourGuid,
            attributes: 'locked="1"',
            props: '<LockedByWaiter id="12" name="Boris"/><LockedByStation id="15002" name="Bar"/>',
          }),
        ]),
      ),
    ],
  };

  it('gives lines, due, discount, waiter and who holds the order', async () => {
    const rig = connectTo(script, { settings: { tipItemCode: 9001 } });
    const read = await rig.connector.readOrder(ourGuid, never);
    assert.ok(read.kind === 'read');
    const { lines, ...head } = read.value;
    assert.deepEqual(head, {
      posRef: ourGuid,
      reference: orderReference,
      tableRef: '1000046',
      state: 'open',
      version: '1.-12',
      locked: { heldBy: 'Bar, Boris' },
      waiter: { staffId: '10', name: 'Anna' },
      discounts: [{ name: 'Happy hour', amount: eur(-160) }],
      total: eur(1640),
      paid: eur(500),
      due: eur(1140),
    });
    assert.deepEqual(lines[0], {
      posLineRef: bracedGuidOf(lineReference),
      reference: lineReference,
      packageRef: bracedGuidOf(roundReference),
      roundReference,
      itemId: 'dish-1',
      name: 'Soup',
      quantity: 2,
      modifiers: [{ modifierId: 'modi-80', name: 'Cow', quantity: 1 }],
      price: eur(1600),
      voided: false,
      kitchenState: 'started',
      tip: false,
    });
    assert.deepEqual(
      lines.map((line) => [line.name, line.voided, line.tip]),
      [
        ['Soup', false, false],
        ['Beer', true, false],
        ['Tip', false, true],
      ],
    );
  });

  it('owes nothing on a closed order and does not ask for it', async () => {
    const rig = connectTo({
      GetOrder: [ok(orderXml({ guid: ourGuid, sum: 900, attributes: 'finished="1"', content }))],
    });
    const read = await rig.connector.readOrder(ourGuid, never);
    assert.ok(read.kind === 'read');
    assert.deepEqual([read.value.state, read.value.due, read.value.paid], ['settled', eur(0), eur(900)]);
    assert.ok(!rig.commands().includes('CalcOrder2'));
  });

  it('says that the POS has no such order', async () => {
    const rig = connectTo({ GetOrder: [error(2000, 'Order not found')] });
    const read = await rig.connector.readOrder(ourGuid, never);
    assert.ok(read.kind === 'failed' && read.error.code === 'order-unknown');
    const own = connectTo({ GetOrder: [error(5555, 'nope')] }, { settings: { orderUnknownCodes: [5555] } });
    const configured = await own.connector.readOrder(ourGuid, never);
    assert.ok(configured.kind === 'failed' && configured.error.code === 'order-unknown');
  });
});
