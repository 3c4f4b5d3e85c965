import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { childNamed, childrenNamed } from '#transport/xml.ts';
import {
  assertReleased,
  bracedGuidOf,
  connectTo,
  empty,
  error,
  lineReference,
  listXml,
  never,
  ok,
  orderReference,
  orderXml,
  ourGuid,
  packageXml,
  roundReference,
  saved,
  testLine,
  testReference,
  testRound,
} from './test-pos.ts';
import type { Rig, Script } from './test-pos.ts';

const notFound = error(2000, 'Order not found');
const tillGuid = bracedGuidOf(testReference(200));

/** No order at the table, everything works. */
const freshTable: Script = {
  GetOrderList2: [ok('')],
  GetOrder: [notFound, notFound, empty],
  CreateOrder: [ok(orderXml({ guid: ourGuid }), `VisitID="600000001" OrderID="256" guid="${ourGuid}"`)],
  SaveOrder: [saved],
};

describe('PostOrder at a table without an order', () => {
  it('looks, creates ours, locks, saves and lets go', async () => {
    const rig = connectTo(freshTable);
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.deepEqual(rig.commands(), [
      'GetSystemInfo2',
      'GetOrderList2',
      'GetOrder',
      'GetOrder',
      'CreateOrder',
      'LockOrder',
      'GetOrder',
      'SaveOrder',
      'LockOrder',
    ]);
    assert.ok(outcome.kind === 'applied');
    assert.deepEqual(
      [outcome.repeated, outcome.value.posRef, outcome.value.joined, outcome.value.packageRef],
      [false, ourGuid, false, bracedGuidOf(roundReference)],
    );
  });

  it('says everything the schemas ask for, in their order', async () => {
    const rig = connectTo(freshTable);
    await rig.connector.placeRound(testRound({ lines: [testLine({ quantity: 2 })] }), never);
    const created = childNamed(sentAs(rig, 'CreateOrder'), 'Order');
    assert.equal(created?.attributes['guid'], ourGuid);
    assert.deepEqual(
      created?.children.map((child) => child.name),
      ['Table', 'Station', 'Creator', 'Waiter', 'OrderType', 'Guests', 'ExternalProps'],
    );
    const lock = sentAs(rig, 'LockOrder');
    assert.equal(lock.attributes['lockTime'], '1899-12-30T00:01:00');
    const save = sentAs(rig, 'SaveOrder');
    assert.deepEqual(
      save.children.map((child) => child.name),
      ['Order', 'LockStation', 'Session'],
    );
    assert.equal(save.attributes['lockguid'], lock.attributes['lockguid']);
    const session = childNamed(save, 'Session');
    assert.equal(session?.attributes['uni'], undefined);
    assert.equal(session?.attributes['line_guid'], bracedGuidOf(roundReference));
    const [dish] = session === undefined ? [] : childrenNamed(session, 'Dish');
    assert.deepEqual(
      { ...dish?.attributes },
      {
        id: '1004496',
        quantity: '2000',
        line_guid: bracedGuidOf(lineReference),
      },
    );
    assert.equal(dish?.children.at(-1)?.name, 'OrderType');
    const release = rig.sent.at(-1)?.element;
    assert.equal(release?.attributes['lockTime'], '1899-12-30T00:00:00');
    assert.equal(release?.attributes['lockguid'], lock.attributes['lockguid']);
  });

  it('resumes an empty order of ours instead of making a second one', async () => {
    const rig = connectTo({
      ...freshTable,
      GetOrderList2: [ok(listXml([orderXml({ guid: ourGuid })]))],
      GetOrder: [empty],
    });
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.equal(outcome.kind, 'applied');
    assert.ok(!rig.commands().includes('CreateOrder'));
  });

  it('finds its own order by our reference when the POS gave it another GUID', async () => {
    const props = `<ExternalProps><Prop name="tableside" value="${orderReference}"/></ExternalProps>`;
    const other = orderXml({ guid: tillGuid, props });
    const rig = connectTo({
      ...freshTable,
      GetOrder: [notFound, ok(other), ok(other)],
      SaveOrder: [
        ok(orderXml({ guid: tillGuid, props, content: packageXml(roundReference, [lineReference]) })),
      ],
    });
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.ok(outcome.kind === 'applied');
    assert.deepEqual([outcome.value.posRef, outcome.value.joined], [tillGuid, false]);
    assert.ok(!rig.commands().includes('CreateOrder'));
  });

  it('takes no order for its own that merely came back to a question by reference', async () => {
    const rig = connectTo({ ...freshTable, GetOrder: [notFound, ok(orderXml({ guid: tillGuid })), empty] });
    await rig.connector.placeRound(testRound(), never);
    assert.ok(rig.commands().includes('CreateOrder'));
  });

  it('is not applied when CreateOrder got no answer, whatever became of the order', async () => {
    const rig = connectTo({ ...freshTable, CreateOrder: [{ kind: 'reset' }] });
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.ok(outcome.kind === 'not-applied');
    assert.equal(outcome.answered, false);
    assert.ok(!rig.commands().includes('SaveOrder'));
  });

  it('does not create an order when it could not find out whether there is one', async () => {
    const rig = connectTo({ ...freshTable, GetOrder: [error(4711, 'disk full')] });
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.equal(outcome.kind, 'not-applied');
    assert.ok(!rig.commands().includes('CreateOrder'));
  });
});

describe('PostOrder at a table with open orders', () => {
  const till = orderXml({ guid: tillGuid, version: 5 });
  const joinedSave = ok(
    orderXml({
      guid: tillGuid,
      version: 6,
      sum: 35000,
      content: packageXml(roundReference, [lineReference]),
    }),
  );

  it('joins the one order there is', async () => {
    const rig = connectTo({
      GetOrderList2: [ok(listXml([till]))],
      GetOrder: [ok(till)],
      SaveOrder: [joinedSave],
    });
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.ok(outcome.kind === 'applied');
    assert.deepEqual([outcome.value.posRef, outcome.value.joined], [tillGuid, true]);
  });

  it('makes its own order beside it when a cart must be its own order', async () => {
    const rig = connectTo(freshTable);
    const outcome = await rig.connector.placeRound(testRound({ openOrder: 'own' }), never);
    assert.ok(outcome.kind === 'applied' && !outcome.value.joined);
    assert.ok(!rig.commands().includes('GetOrderList2'));
  });

  it('leaves the choice among several to a waiter, unless one is ours', async () => {
    const second = orderXml({ guid: bracedGuidOf(testReference(201)) });
    const rig = connectTo({ GetOrderList2: [ok(listXml([till, second]))] });
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.error.code, 'table-has-several-orders');
    assert.deepEqual(rig.commands(), ['GetSystemInfo2', 'GetOrderList2']);

    const mixed = connectTo({
      GetOrderList2: [ok(listXml([till, orderXml({ guid: ourGuid })]))],
      GetOrder: [empty],
      SaveOrder: [saved],
    });
    const ours = await mixed.connector.placeRound(testRound(), never);
    assert.ok(ours.kind === 'applied' && ours.value.posRef === ourGuid);
  });

  it('does not join a booking, a voided or a paid order', async () => {
    const orders = ['reserve="1"', 'deleted="1"', 'finished="1"'].map((attributes, index) =>
      orderXml({ guid: bracedGuidOf(testReference(210 + index)), attributes }),
    );
    const rig = connectTo({ ...freshTable, GetOrderList2: [ok(listXml(orders))] });
    const outcome = await rig.connector.placeRound(testRound(), never);
    assert.ok(outcome.kind === 'applied' && outcome.value.posRef === ourGuid);
  });
});

describe('PostOrder for a further round', () => {
  const further = testRound({ kind: 'append-round', posRef: ourGuid });

  it('appends to the order it knows', async () => {
    const rig = connectTo({ GetOrder: [empty], SaveOrder: [saved] });
    const outcome = await rig.connector.placeRound(further, never);
    assert.equal(outcome.kind, 'applied');
    assert.deepEqual(rig.commands(), [
      'GetSystemInfo2',
      'GetOrder',
      'LockOrder',
      'GetOrder',
      'SaveOrder',
      'LockOrder',
    ]);
  });

  it('says applied, repeated, when the round is there already, by its package or by a line', async () => {
    const byPackage = packageXml(roundReference, [testReference(99)]);
    const byLine = packageXml(testReference(98), [lineReference]);
    for (const content of [byPackage, byLine]) {
      const rig = connectTo({ GetOrder: [ok(orderXml({ guid: ourGuid, content }))] });
      const outcome = await rig.connector.placeRound(further, never);
      assert.ok(outcome.kind === 'applied' && outcome.repeated);
      assert.ok(!rig.commands().includes('SaveOrder'));
    }
  });

  it('judges what the till changed between the reading and the lock', async () => {
    const changes: readonly (readonly [string, string])[] = [
      [orderXml({ guid: ourGuid, version: 2, attributes: 'finished="1"' }), 'order-closed'],
      [orderXml({ guid: ourGuid, version: 2, table: 1000099 }), 'order-moved'],
    ];
    const other = packageXml(testReference(98), [testReference(97)]);
    const before = ok(orderXml({ guid: ourGuid, content: other }));
    for (const [after, code] of changes) {
      const rig = connectTo({ GetOrder: [before, ok(after)] });
      const outcome = await rig.connector.placeRound(further, never);
      assert.ok(outcome.kind === 'refused');
      assert.equal(outcome.error.code, code);
      assertReleased(rig);
    }
  });

  it('refuses an order that moved or is closed without locking it', async () => {
    const moved = connectTo({ GetOrder: [ok(orderXml({ guid: ourGuid, table: 1000099 }))] });
    const outcome = await moved.connector.placeRound(further, never);
    assert.ok(outcome.kind === 'refused' && outcome.error.code === 'order-moved');
    assert.ok(!moved.commands().includes('LockOrder'));
    const gone = connectTo({ GetOrder: [notFound] });
    const unknown = await gone.connector.placeRound(further, never);
    assert.ok(unknown.kind === 'refused' && unknown.error.code === 'order-unknown');
  });

  it('lets a cart that was paid first follow its order to another table', async () => {
    const moved = ok(orderXml({ guid: ourGuid, table: 1000099 }));
    const rig = connectTo({ GetOrder: [moved], SaveOrder: [saved] });
    const outcome = await rig.connector.placeRound({ ...further, openOrder: 'own' }, never);
    assert.equal(outcome.kind, 'applied');
  });

  it('is locked when the order is open at a terminal, and holds nothing that it would have to release', async () => {
    for (const code of [2219, 13]) {
      const rig = connectTo({
        GetOrder: [empty],
        LockOrder: [error(code, 'locked, station Bar, operator X')],
      });
      const outcome = await rig.connector.placeRound(further, never);
      assert.ok(outcome.kind === 'locked');
      assert.equal(outcome.heldBy, 'Bar');
      assert.equal(rig.commands().filter((command) => command === 'LockOrder').length, 1);
    }
  });

  it('does not believe an Ok that locked nothing', async () => {
    const rig = connectTo({ GetOrder: [empty], LockOrder: [ok('', 'locked="0"')] });
    const outcome = await rig.connector.placeRound(further, never);
    assert.equal(outcome.kind, 'not-applied');
    assert.ok(!rig.commands().includes('SaveOrder'));
  });
});

function sentAs(rig: Rig, command: string): Rig['sent'][number]['element'] {
  const found = rig.sent.find((entry) => entry.command === command);
  assert.ok(found !== undefined, `${command} was not sent`);
  return found.element;
}
