import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from '#domain/money.ts';
import type { Line } from '#domain/order.ts';
import type { ReconciliationEnd, ReconciliationKind } from '#domain/reconciliation.ts';
import { makeReference } from '#domain/reference.ts';
import type { PosLine, PosOrder } from '#contract/snapshot.ts';
import type { OrderRow, ReconciliationItemRow, WriteRow } from '#store/schema.ts';
import { compareOrder } from './compare-order.ts';
import type { Intent, Reading } from './compare-order.ts';

const nowMs = Date.UTC(2026, 0, 1, 12);
const eur = (minor: number) => money(minor, 'EUR');
const reference = (seed: number) => makeReference((count) => new Uint8Array(count).fill(seed));
const orderId = reference(1);

const soup: Line = {
  lineId: reference(3),
  itemId: 'soup',
  name: 'Soup',
  quantity: 2,
  modifiers: [
    {
      modifierId: 'bread',
      modifierGroupId: 'sides',
      name: 'Bread',
      quantity: 1,
      price: eur(0),
      default: true,
    },
    { modifierId: 'chili', modifierGroupId: 'sides', name: 'Chili', quantity: 2, price: eur(50) },
  ],
  unitPrice: eur(450),
  price: eur(1_000),
};
const keyOf = (kind: string) => `${kind}:${soup.lineId}`;

/** Rows as the detector looks at them; what it does not look at is left out. */
function orderRow(more: Partial<OrderRow> = {}): OrderRow {
  const known = { company_id: 'c', order_id: orderId, state: 'open', currency: 'EUR' } as const;
  return {
    ...known,
    snapshot: null,
    snapshot_at_ms: null,
    paid_minor: 0,
    tip_minor: 0,
    ...more,
  } as OrderRow;
}
function roundOf(lines: readonly Line[]): WriteRow['payload'] {
  const references = { orderReference: orderId, roundReference: reference(2) };
  return { kind: 'create-order', ...references, tableRef: '1', posRef: null, openOrder: 'join', lines };
}
function writeRow(more: Partial<WriteRow> = {}): WriteRow {
  return {
    write_id: 5,
    kind: 'create-order',
    state: 'delivered',
    round_id: reference(2),
    payload: roundOf([soup]),
    doubt_since_ms: null,
    error_code: null,
    changed_at_ms: nowMs - 1_000,
    ...more,
  } as WriteRow;
}
function markPaid(state: WriteRow['state'], more: Partial<WriteRow> = {}): WriteRow {
  const payload = { kind: 'mark-paid' } as WriteRow['payload'];
  return writeRow({ write_id: 9, kind: 'mark-paid', round_id: null, payload, state, ...more });
}
function itemRow(kind: ReconciliationKind, key: string, closed: ReconciliationEnd | null = null) {
  const times = { closed_at_ms: closed === null ? null : nowMs, closed_how: closed };
  return { kind, dedupe_key: key, write_id: 5, ...times } as ReconciliationItemRow;
}
function shown(more: Partial<PosLine> = {}): PosLine {
  return {
    posLineRef: 'l1',
    reference: soup.lineId,
    packageRef: 'p1',
    roundReference: reference(2),
    itemId: 'soup',
    name: 'Soup',
    quantity: 2,
    modifiers: [{ modifierId: 'chili', name: 'Chili', quantity: 2 }],
    price: eur(1_000),
    voided: false,
    tip: false,
    ...more,
  };
}
function posOrder(lines: readonly PosLine[], state: PosOrder['state'] = 'open'): PosOrder {
  const heads = { posRef: 'P1', reference: null, tableRef: '1', version: '1', locked: null, waiter: null };
  return { ...heads, state, lines, discounts: [], total: eur(0), paid: eur(0), due: eur(0) };
}
const paidOnline = { online: true, surplusMinor: 0 };
function compare(intent: Partial<Intent>, lines: readonly PosLine[], more: Partial<Reading> = {}) {
  const all = {
    order: orderRow(),
    writes: [writeRow()],
    items: [],
    paid: paidOnline,
    ...intent,
  };
  const { open, healed } = compareOrder(all, { seen: posOrder(lines), atMs: nowMs, ...more });
  return { open: open.map((finding) => finding.key), healed };
}
const nothing = { open: [], healed: [] };

describe('what the first reading after a delivery shows', () => {
  it('is quiet when everything is there as it was meant', () => {
    assert.deepEqual(compare({}, [shown()]), nothing);
  });
  it('is a line that did not get there', () => {
    assert.deepEqual(compare({}, []), { open: [keyOf('line-missing')], healed: [] });
  });
  it('is a line that got there twice', () => {
    assert.deepEqual(compare({}, [shown(), shown({ posLineRef: 'l2' })]).open, [keyOf('line-twice')]);
    assert.deepEqual(compare({}, [shown(), shown({ posLineRef: 'l2', voided: true })]), nothing);
  });
  it('is a dish without what was chosen with it, defaults aside', () => {
    assert.deepEqual(compare({}, [shown({ modifiers: [] })]).open, [keyOf('modifier-missing')]);
    const one = [{ modifierId: 'chili', name: 'Chili', quantity: 1 }];
    assert.deepEqual(compare({}, [shown({ modifiers: one })]).open, [keyOf('modifier-missing')]);
  });
  it('is another price, and how far off', () => {
    const { open } = compareOrder(
      { order: orderRow(), writes: [writeRow()], items: [], paid: { online: false, surplusMinor: 0 } },
      { seen: posOrder([shown({ price: eur(1_090) })]), atMs: nowMs },
    );
    assert.deepEqual(
      open.map((finding) => [finding.kind, finding.amount, finding.facts['shownMinor']]),
      [['price-drift', eur(90), 1_090]],
    );
  });
});

describe('what is no finding', () => {
  it('a round that is still on its way, or that this reading cannot show yet', () => {
    for (const state of ['queued', 'sending', 'locked', 'backing-off', 'unconfirmed', 'error'] as const)
      assert.deepEqual(compare({ writes: [writeRow({ state })] }, []), nothing, state);
    assert.deepEqual(compare({ writes: [writeRow({ changed_at_ms: nowMs + 1 })] }, []), nothing);
  });
  it('what a waiter took off, moved or repriced after it had been there', () => {
    const order = orderRow({ snapshot: posOrder([shown()]), snapshot_at_ms: nowMs - 500 });
    assert.deepEqual(compare({ order }, []), nothing);
    assert.deepEqual(compare({ order }, [shown({ price: eur(1), modifiers: [] })]), nothing);
    const later = orderRow({ snapshot: posOrder([]), snapshot_at_ms: nowMs - 500 });
    assert.deepEqual(compare({ order: later }, []), nothing, 'gone in an earlier reading');
  });
  it('a line that was voided at the till before it was ever read', () => {
    assert.deepEqual(compare({}, [shown({ voided: true, price: eur(0) })]), nothing);
  });
  it('a dish that is there under no reference of ours, once for each', () => {
    assert.deepEqual(compare({}, [shown({ reference: null })]), nothing);
    const writes = [writeRow({ payload: roundOf([soup, { ...soup, lineId: reference(4) }]) })];
    assert.deepEqual(compare({ writes }, [shown({ reference: null })]).open, [
      `line-missing:${reference(4)}`,
    ]);
  });
  it('a round that a person said is in the POS, or a finding that somebody dealt with', () => {
    assert.deepEqual(compare({ items: [itemRow('write-in-error', 'write:5', 'in-the-pos')] }, []), nothing);
    assert.deepEqual(
      compare({ items: [itemRow('line-missing', keyOf('line-missing'), 'dealt-with')] }, []),
      nothing,
    );
  });
});

describe('an open item', () => {
  it('stays while it is true, whatever else was read since, and closes when it no longer is', () => {
    const order = orderRow({ snapshot: posOrder([]), snapshot_at_ms: nowMs - 500 });
    const items = [itemRow('line-missing', keyOf('line-missing'))];
    assert.deepEqual(compare({ order, items }, []), { open: [keyOf('line-missing')], healed: [] });
    assert.deepEqual(compare({ order, items }, [shown()]), { open: [], healed: [keyOf('line-missing')] });
  });
  it('about something a reading does not show is left alone', () => {
    const items = [itemRow('write-in-error', 'write:5'), itemRow('second-order', 'second-order:P2')];
    assert.deepEqual(compare({ items }, [shown()]), nothing);
  });
});

describe('a round that its guest was told is not coming', () => {
  for (const state of ['refused', 'cancelled'] as const)
    it(`is found when the POS holds it all the same (${state})`, () => {
      const writes = [writeRow({ state })];
      assert.deepEqual(compare({ writes }, [shown()]).open, ['withdrawn-in-pos:5']);
      assert.deepEqual(compare({ writes }, [shown({ voided: true })]), nothing);
      assert.deepEqual(compare({ writes }, []), nothing);
    });
  it('is none when it started anew on the same order', () => {
    const writes = [writeRow({ state: 'refused' }), writeRow({ write_id: 6 })];
    assert.deepEqual(compare({ writes }, [shown()]), nothing);
  });
});

describe('money and the POS order', () => {
  const paid = orderRow({ paid_minor: 1_000 });
  const seen = (state: PosOrder['state']) => ({ seen: posOrder([shown()], state) });
  const find = (payment: WriteRow, state: PosOrder['state'], online = true) =>
    compare({ order: paid, writes: [writeRow(), payment], paid: { ...paidOnline, online } }, [], seen(state))
      .open;

  it('disagree when our payment ended and the order is open', () => {
    assert.deepEqual(find(markPaid('delivered'), 'open'), [`paid-not-closed:${orderId}`]);
    assert.deepEqual(find(markPaid('refused'), 'open'), [`paid-not-closed:${orderId}`]);
    for (const state of ['queued', 'locked', 'backing-off', 'unconfirmed', 'error'] as const)
      assert.deepEqual(find(markPaid(state), 'open'), [], state);
  });
  it('disagree when the till closed it for its own money while guests paid online', () => {
    for (const state of ['queued', 'locked', 'backing-off', 'refused', 'error'] as const) {
      assert.deepEqual(find(markPaid(state), 'settled'), [`paid-twice:${orderId}`], state);
      assert.deepEqual(find(markPaid(state), 'settled', false), [], `${state}, cash`);
    }
  });
  it('disagree about what the bill took: what was too much is told of for each payment', () => {
    const intent = { order: paid, writes: [writeRow(), markPaid('error')], items: [] };
    const reading = { seen: posOrder([shown()], 'settled'), atMs: nowMs };
    const amounts = (surplusMinor: number) =>
      compareOrder({ ...intent, paid: { ...paidOnline, surplusMinor } }, reading).open.map(
        ({ amount }) => amount?.amountMinor,
      );
    assert.deepEqual([amounts(0), amounts(300), amounts(1_000)], [[1_000], [700], []]);
  });
  it('disagree when the till closed it without a round that its guests paid for in cash', () => {
    const payment = markPaid('refused', { error_code: 'paid-lines-not-in-pos' });
    assert.deepEqual(find(payment, 'settled', false), [`paid-twice:${orderId}`]);
  });
  it('agree when it may be our own payment that closed it', () => {
    for (const state of ['delivered', 'sending', 'unconfirmed'] as const)
      assert.deepEqual(find(markPaid(state), 'settled'), [], state);
    assert.deepEqual(find(markPaid('backing-off', { doubt_since_ms: nowMs }), 'settled'), []);
    assert.deepEqual(find(markPaid('error', { error_code: 'unknown-outcome' }), 'settled'), []);
  });
  it('disagree when a paid order was voided at the till', () => {
    assert.deepEqual(find(markPaid('queued'), 'voided'), [`paid-voided:${orderId}`]);
  });
  it('stay open on the list while another payment is on its way, and close with the order', () => {
    const items = [itemRow('paid-not-closed', `paid-not-closed:${orderId}`)];
    const writes = [writeRow(), markPaid('refused'), markPaid('queued')];
    assert.deepEqual(compare({ order: paid, writes, items }, [], seen('open')), nothing);
    const done = [writeRow(), markPaid('delivered')];
    assert.deepEqual(compare({ order: paid, writes: done, items }, [], seen('settled')).healed, [
      `paid-not-closed:${orderId}`,
    ]);
  });
});
