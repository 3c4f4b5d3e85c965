import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from '#domain/money.ts';
import { makeReference } from '#domain/reference.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import type { OrderRow, PaymentRow, RoundRow, WriteRow } from '#store/schema.ts';
import { viewOrder } from './order-view.ts';
import { posLine, posLinesOf, posOrder, startMs } from './test-ordering.ts';

let count = 0;
const reference = () => makeReference((bytes) => new Uint8Array(bytes).fill((count += 1)));
const eur = (minor: number) => money(minor, 'EUR');
const companyId = 'c';
const orderId = reference();

function orderRow(snapshot: PosOrder | null, more: Partial<OrderRow> = {}): OrderRow {
  return {
    company_id: companyId,
    order_id: orderId,
    location_id: 'l',
    table_id: 't',
    flow: 'pay-later',
    state: 'open',
    money_state: 'unpaid',
    opened_by: 'guest',
    visit_id: null,
    pos_ref: snapshot?.posRef ?? null,
    joinable: true,
    chosen_at_ms: null,
    snapshot,
    snapshot_at_ms: snapshot === null ? null : startMs + 100,
    currency: 'EUR',
    paid_minor: 0,
    tip_minor: 0,
    covered_minor: null,
    created_at_ms: startMs,
    changed_at_ms: startMs,
    ...more,
  };
}

function roundRow(price: number, writeId: number): RoundRow {
  const lineId = reference();
  const line = { lineId, itemId: 'soup', name: 'Soup', quantity: 1, modifiers: [] };
  return {
    company_id: companyId,
    round_id: reference(),
    order_id: orderId,
    location_id: 'l',
    by: 'guest',
    lines: [{ ...line, unitPrice: eur(price), price: eur(price) }],
    total_minor: price,
    menu_version: 'm',
    visit_id: 'v',
    write_id: writeId,
    created_at_ms: startMs,
  };
}

/** Only what the view reads; `changedMs` after the start. */
function writeRow(writeId: number, state: WriteRow['state'], more: Partial<WriteRow> = {}): WriteRow {
  const row: Partial<WriteRow> = {
    write_id: writeId,
    kind: 'append-round',
    state,
    error_code: null,
    freshness: 'fresh',
    asked_at_ms: null,
    changed_at_ms: startMs + 50,
    ...more,
  };
  return row as WriteRow;
}

function view(parts: {
  order: OrderRow;
  rounds?: readonly RoundRow[];
  writes?: readonly WriteRow[];
  payments?: readonly PaymentRow[];
}) {
  return viewOrder({ rounds: [], writes: [], payments: [], table: '1', ...parts });
}

describe('an order as guests see it', () => {
  it('shows our rounds with their states and counts what is still on its way at our price', () => {
    const rounds = [roundRow(500, 1), roundRow(300, 2), roundRow(200, 3)];
    const writes = [writeRow(1, 'delivered'), writeRow(2, 'locked'), writeRow(3, 'queued')];
    // The POS has another price than our menu: its own counts.
    const [inPos] = posLinesOf(rounds.slice(0, 1));
    assert.ok(inPos);
    const shown = view({ order: orderRow(posOrder('P', [{ ...inPos, price: eur(450) }])), rounds, writes });
    assert.deepEqual(
      shown.rounds.map((round) => round.state),
      ['accepted', 'locked', 'sending'],
    );
    assert.equal(shown.total.amountMinor, 450 + 300 + 200);
    assert.equal(shown.due.amountMinor, 950);
    assert.equal(shown.attention, 'locked');
    assert.equal(shown.waiter, 'Anna');
    assert.equal(shown.rounds[0]?.lines[0]?.price.amountMinor, 450);
  });

  it('counts nothing for rounds that were refused, withdrawn or need a person', () => {
    const rounds = [roundRow(500, 1), roundRow(300, 2), roundRow(200, 3)];
    const writes = [
      writeRow(1, 'refused', { error_code: 'item-sold-out' }),
      writeRow(2, 'cancelled'),
      writeRow(3, 'error', { error_code: 'unknown-outcome' }),
    ];
    const shown = view({ order: orderRow(null), rounds, writes });
    assert.equal(shown.total.amountMinor, 0);
    assert.equal(shown.attention, 'error');
    assert.deepEqual(
      shown.rounds.map((round) => round.guestText),
      ['item-sold-out', undefined, 'checking'],
    );
  });

  it('shows what a waiter typed as rounds of the till, one per package, and hides tips', () => {
    const round = roundRow(500, 1);
    const lines = [
      ...posLinesOf([round]),
      posLine('Beer', 400, { packageRef: 'A' }),
      posLine('Bread', 100, { packageRef: 'A', posLineRef: 'x' }),
      posLine('Wine', 700, { packageRef: 'B', voided: true }),
      posLine('Tip', 50, { packageRef: 'C', tip: true, reference: reference() }),
    ];
    const shown = view({
      order: orderRow(posOrder('P', lines)),
      rounds: [round],
      writes: [writeRow(1, 'delivered')],
    });
    assert.deepEqual(
      shown.rounds.map((each) => [each.by, each.lines.map((line) => [line.name, line.voided ?? false])]),
      [
        [
          'till',
          [
            ['Beer', false],
            ['Bread', false],
          ],
        ],
        ['till', [['Wine', true]]],
        ['guest', [['Soup', false]]],
      ],
    );
    assert.equal(shown.due.amountMinor, 500 + 400 + 100 + 50, 'what the till booked is due');
  });

  it('flags a line that the till took off, and asks no money for it', () => {
    const rounds = [roundRow(500, 1), roundRow(300, 2)];
    const writes = [writeRow(1, 'delivered'), writeRow(2, 'delivered')];
    const left = posLinesOf(rounds.slice(1)).map((each) => ({ ...each, voided: true }));
    const shown = view({ order: orderRow(posOrder('P', left)), rounds, writes });
    assert.deepEqual(
      shown.rounds.map((round) => round.lines[0]?.voided),
      [true, true],
    );
    assert.equal(shown.due.amountMinor, 0);
  });

  it('still counts a round that was delivered after the POS was last read', () => {
    const round = roundRow(500, 1);
    const writes = [writeRow(1, 'delivered', { changed_at_ms: startMs + 101 })];
    const shown = view({ order: orderRow(posOrder('P', [])), rounds: [round], writes });
    assert.equal(shown.due.amountMinor, 500);
    assert.equal(shown.rounds[0]?.lines[0]?.voided, undefined);
  });

  it('shows a tip of ours that the POS holds as a tip, not as part of the bill', () => {
    const tip = reference();
    const payment: Partial<PaymentRow> = { tip_reference: tip, tip_minor: 50 };
    const order = orderRow(
      posOrder('P', [posLine('Beer', 400), posLine('Tip', 50, { tip: true, reference: tip })]),
      { paid_minor: 400, tip_minor: 50 },
    );
    const shown = view({ order, payments: [payment as PaymentRow] });
    assert.deepEqual(
      [shown.total, shown.tip, shown.paid, shown.due].map((amount) => amount.amountMinor),
      [400, 50, 400, 0],
    );
  });

  it('takes what was paid at the till off what is due', () => {
    const paidAtTill = posOrder('P', [posLine('Beer', 400)], { paid: eur(150), due: eur(250) });
    assert.equal(view({ order: orderRow(paidAtTill) }).due.amountMinor, 250);
    assert.equal(view({ order: orderRow(paidAtTill, { paid_minor: 100 }) }).due.amountMinor, 150);
  });

  it('owes nothing once settled', () => {
    const closed = posOrder('P', [posLine('Beer', 400)], { state: 'settled', paid: eur(400), due: eur(0) });
    const shown = view({ order: orderRow(closed, { state: 'settled' }) });
    assert.deepEqual([shown.paid.amountMinor, shown.due.amountMinor], [400, 0]);
  });

  it('calls for a person when the POS refused to close a bill that was paid here', () => {
    const writes = [writeRow(1, 'refused', { kind: 'mark-paid', error_code: 'bill-changed' })];
    assert.equal(view({ order: orderRow(null), writes }).attention, 'error');
    assert.equal(view({ order: orderRow(null, { state: 'settled' }), writes }).attention, null);
  });

  it('asks the guest while a round waits for an answer', () => {
    const asked = writeRow(1, 'queued', { freshness: 'asked', asked_at_ms: startMs + 7 });
    const shown = view({ order: orderRow(null), rounds: [roundRow(500, 1)], writes: [asked] });
    assert.deepEqual(shown.rounds[0]?.stillWanted, { askedAtMs: startMs + 7 });
  });
});

describe('the bill version', () => {
  const round = roundRow(500, 1);
  const onTheWay = { order: orderRow(null), rounds: [round], writes: [writeRow(1, 'queued')] };
  const before = view(onTheWay).billVersion;
  const lines = posLinesOf([round]);
  const inPos = (order: PosOrder, more: Partial<OrderRow> = {}) =>
    view({ order: orderRow(order, more), rounds: [round], writes: [writeRow(1, 'delivered')] }).billVersion;

  it('stays when a round reaches the POS at the price we said, or the POS counts another version', () => {
    assert.equal(inPos(posOrder('P', lines)), before);
    assert.equal(inPos(posOrder('P', lines, { version: '99' })), before);
  });

  it('changes with lines, prices, discounts and payments', () => {
    const versions = [
      before,
      inPos(posOrder('P', [...lines, posLine('Beer', 400)])),
      inPos(
        posOrder(
          'P',
          lines.map((line) => ({ ...line, price: eur(400) })),
        ),
      ),
      inPos(
        posOrder(
          'P',
          lines.map((line) => ({ ...line, voided: true })),
        ),
      ),
      inPos(posOrder('P', lines, { discounts: [{ name: 'Friend', amount: eur(-100) }], total: eur(400) })),
      inPos(posOrder('P', lines, { paid: eur(100) })),
      inPos(posOrder('P', lines), { paid_minor: 200 }),
    ];
    assert.equal(new Set(versions).size, versions.length);
  });
});
