import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MarkPaidWrite } from '#contract/connector.ts';
import { childNamed, childrenNamed } from '#transport/xml.ts';
import {
  bracedGuidOf,
  connectTo,
  error,
  eur,
  never,
  ok,
  orderReference,
  orderXml,
  ourGuid,
  packageXml,
  testReference,
} from './test-pos.ts';
import type { Reaction, Rig, Script } from './test-pos.ts';

const paymentReference = testReference(40);
const tipReference = testReference(41);
const round = packageXml(testReference(2), [testReference(3)]);
const tipLine = `<Session uni="9" cookMins="0"><Dish id="1009001" code="9001" name="Tip" uni="10" line_guid="${bracedGuidOf(tipReference)}" price="500" amount="500" quantity="1000"/></Session>`;
const open = ok(orderXml({ guid: ourGuid, sum: 35000, content: round }));
const withTip = ok(orderXml({ guid: ourGuid, sum: 35500, content: round + tipLine }));
const receipt = `<PrintCheck CheckNum="812" line_guid="${bracedGuidOf(testReference(42))}" amount="35000"><Pay id="3" name="Tableside" amount="35000" extTransactionInfo="${paymentReference}"/></PrintCheck>`;
const closed = ok(
  orderXml({
    guid: ourGuid,
    sum: 35000,
    unpaid: 0,
    attributes: 'finished="1" paid="1"',
    content: `${round}<Session uni="20" cookMins="0">${receipt}</Session>`,
  }),
);

function calculated(due: number): Reaction {
  return ok(orderXml({ guid: ourGuid, sum: due, content: round }) + '<Payments/><Bindings/>');
}

const bill: MarkPaidWrite = {
  kind: 'mark-paid',
  orderReference,
  posRef: ourGuid,
  paymentReference,
  amount: eur(35000),
  tips: [],
};
const tipped: MarkPaidWrite = { ...bill, tips: [{ amount: eur(500), reference: tipReference }] };
const tipSettings = { settings: { tipItemCode: 9001 } };
const paying: Script = { GetOrder: [open], CalcOrder2: [calculated(35000)], PayOrder: [ok(receipt)] };
const payingTip: Script = {
  GetOrder: [open],
  CalcOrder2: [calculated(35000), calculated(35500)],
  SaveOrder: [withTip],
  PayOrder: [ok(receipt)],
};

describe('PostPayOrder', () => {
  it('pays exactly what is due and says nothing of the payment but our reference', async () => {
    const rig = connectTo(paying);
    const outcome = await rig.connector.markPaid(bill, never);
    assert.deepEqual(outcome, {
      kind: 'applied',
      value: { posRef: ourGuid, receiptRef: '812' },
      repeated: false,
    });
    assert.deepEqual(rig.commands(), [
      'GetSystemInfo2',
      'GetOrder',
      'LockOrder',
      'GetOrder',
      'CalcOrder2',
      'PayOrder',
      'LockOrder',
    ]);
    const sent = sentAs(rig, 'PayOrder');
    assert.deepEqual(
      sent.children.map((child) => child.name),
      ['Order', 'Station', 'Cashier', 'Payment'],
    );
    assert.deepEqual(
      { ...childNamed(sent, 'Payment')?.attributes },
      {
        id: '3',
        amount: '35000',
        extTransactionInfo: paymentReference,
      },
    );
  });

  it('refuses a bill that changed, lets go of it and books no tip', async () => {
    const rig = connectTo({ ...paying, CalcOrder2: [calculated(41000)] }, tipSettings);
    const outcome = await rig.connector.markPaid(tipped, never);
    assert.ok(outcome.kind === 'refused');
    assert.equal(outcome.error.code, 'bill-changed');
    assert.ok(!rig.commands().includes('SaveOrder'));
    assert.equal(rig.commands().at(-1), 'LockOrder');
  });

  it('books the tip first, by the configured code and the price the guest chose, and pays both', async () => {
    const rig = connectTo(payingTip, tipSettings);
    const outcome = await rig.connector.markPaid(tipped, never);
    assert.equal(outcome.kind, 'applied');
    const session = childNamed(sentAs(rig, 'SaveOrder'), 'Session');
    const [dish] = session === undefined ? [] : childrenNamed(session, 'Dish');
    assert.deepEqual(
      { ...dish?.attributes },
      {
        code: '9001',
        quantity: '1000',
        price: '500',
        line_guid: bracedGuidOf(tipReference),
      },
    );
    assert.equal(childNamed(sentAs(rig, 'PayOrder'), 'Payment')?.attributes['amount'], '35500');
  });

  it('finds a tip that an earlier attempt booked', async () => {
    const rig = connectTo({ ...paying, GetOrder: [withTip], CalcOrder2: [calculated(35500)] }, tipSettings);
    assert.equal((await rig.connector.markPaid(tipped, never)).kind, 'applied');
    assert.ok(!rig.commands().includes('SaveOrder'));
    assert.equal(childNamed(sentAs(rig, 'PayOrder'), 'Payment')?.attributes['amount'], '35500');
  });

  it('books only the tips that are not there yet, together, each by its own reference', async () => {
    const third = testReference(43);
    const both: MarkPaidWrite = { ...tipped, tips: [...tipped.tips, { amount: eur(300), reference: third }] };
    const rig = connectTo(
      {
        ...paying,
        GetOrder: [withTip],
        CalcOrder2: [calculated(35500), calculated(35800)],
        SaveOrder: [withTip],
      },
      tipSettings,
    );
    assert.equal((await rig.connector.markPaid(both, never)).kind, 'applied');
    const session = childNamed(sentAs(rig, 'SaveOrder'), 'Session');
    const dishes = session === undefined ? [] : childrenNamed(session, 'Dish');
    assert.deepEqual(
      dishes.map(({ attributes }) => [attributes['price'], attributes['line_guid']]),
      [['300', bracedGuidOf(third)]],
    );
    assert.equal(childNamed(sentAs(rig, 'PayOrder'), 'Payment')?.attributes['amount'], '35800');
  });

  it('leaves the tip out of a POS that has no item for it', async () => {
    const rig = connectTo(paying);
    assert.equal((await rig.connector.markPaid(tipped, never)).kind, 'applied');
    assert.ok(!rig.commands().includes('SaveOrder'));
  });

  it('is certainly not paid when only the tip is in doubt', async () => {
    const rig = connectTo({ ...payingTip, SaveOrder: [{ kind: 'reset' }] }, tipSettings);
    const outcome = await rig.connector.markPaid(tipped, never);
    assert.ok(outcome.kind === 'not-applied' && !outcome.answered);
    assert.ok(!rig.commands().includes('PayOrder'));
  });

  it('cannot know after PayOrder left without an answer', async () => {
    const rig = connectTo({ ...paying, PayOrder: [{ kind: 'reset' }] });
    assert.equal((await rig.connector.markPaid(bill, never)).kind, 'unknown');
    assert.equal(rig.commands().at(-1), 'LockOrder');
  });

  it('counts 3373 as a changed bill, a lock as a lock, a closing shift as passing', async () => {
    for (const [reaction, kind, code] of [
      [error(3373), 'refused', 'bill-changed'],
      [error(2219), 'locked', 'order-locked'],
      [error(2172, '', 'Query Parse Error'), 'not-applied', 'pos-busy'],
    ] as const) {
      const outcome = await connectTo({ ...paying, PayOrder: [reaction] }).connector.markPaid(bill, never);
      assert.ok(outcome.kind === kind && outcome.error.code === code);
    }
  });

  it('sees its own payment on a closed order, and somebody else’s', async () => {
    const again = connectTo({ GetOrder: [closed] });
    assert.deepEqual(await again.connector.markPaid(bill, never), {
      kind: 'applied',
      value: { posRef: ourGuid, receiptRef: '812' },
      repeated: true,
    });
    assert.ok(!again.commands().includes('LockOrder'));
    const other = await connectTo({ GetOrder: [closed] }).connector.markPaid(
      { ...bill, paymentReference: testReference(77) },
      never,
    );
    assert.ok(other.kind === 'refused' && other.error.code === 'order-closed');
  });

  it('asks the order when an Ok comes without a receipt', async () => {
    const shown = connectTo({ ...paying, GetOrder: [open, open, closed], PayOrder: [ok('')] });
    assert.equal((await shown.connector.markPaid(bill, never)).kind, 'applied');
    const notShown = connectTo({ ...paying, PayOrder: [ok('')] });
    assert.equal((await notShown.connector.markPaid(bill, never)).kind, 'unknown');
  });
});

describe('reading back a payment', () => {
  it('tells present, absent and impossible apart', async () => {
    const seen = async (script: Script, write = bill) =>
      await connectTo(script).connector.readBack?.(write, never);
    assert.deepEqual(await seen({ GetOrder: [closed] }), {
      kind: 'read',
      value: { kind: 'present', value: { posRef: ourGuid, receiptRef: '812' } },
    });
    assert.deepEqual(await seen({ GetOrder: [open] }), { kind: 'read', value: { kind: 'absent' } });
    const other = await seen({ GetOrder: [closed] }, { ...bill, paymentReference: testReference(77) });
    assert.ok(other?.kind === 'read' && other.value.kind === 'impossible');
    const gone = await seen({ GetOrder: [error(2000, 'Order not found')], GetOrderList2: [ok('')] });
    assert.ok(gone?.kind === 'read' && gone.value.kind === 'impossible');
    const silent = await seen({ GetOrder: [{ kind: 'reset' }] });
    assert.ok(silent?.kind === 'failed' && !silent.answered);
  });
});

function sentAs(rig: Rig, command: string): Rig['sent'][number]['element'] {
  const found = rig.sent.find((entry) => entry.command === command);
  assert.ok(found !== undefined, `${command} was not sent`);
  return found.element;
}
