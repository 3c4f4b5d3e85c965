import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { businessDay } from '#domain/business-day.ts';
import { formatCsv } from '#domain/csv.ts';
import { hourMs } from '#domain/time.ts';
import { compareDay } from './compare-day.ts';
import type { DayFacts, DayOrder, DayPayment } from './compare-day.ts';

const payment: DayPayment = {
  paymentId: 'p1',
  orderId: 'o1',
  kind: 'online',
  chargedMinor: 1_100,
  refundedMinor: 0,
  chargedBackMinor: 0,
  provider: { paidMinor: 1_100, refundedMinor: 0, chargedBackMinor: 0 },
};
const order: DayOrder = {
  orderId: 'o1',
  toldMinor: 1_100,
  tipMinor: 100,
  pos: { state: 'settled', paidMinor: 1_100 },
};
const day = (more: Partial<DayFacts> = {}): DayFacts => ({
  payments: [payment],
  orders: [order],
  strangers: [],
  ...more,
});
const kinds = (facts: DayFacts) => compareDay(facts).map((found) => found.kind);

describe('a business day', () => {
  it('has no difference when provider, journal and POS agree, with the tip in the POS or not', () => {
    assert.deepEqual(kinds(day()), []);
    assert.deepEqual(kinds(day({ orders: [{ ...order, pos: { state: 'settled', paidMinor: 1_000 } }] })), []);
    const { provider: _provider, ...cash } = payment;
    assert.deepEqual(kinds(day({ payments: [{ ...cash, kind: 'cash' }] })), []);
  });

  it('names every difference', () => {
    const provider = { paidMinor: 1_100, refundedMinor: 0, chargedBackMinor: 0 };
    const cases: readonly [Partial<DayFacts>, readonly string[]][] = [
      [{ payments: [{ ...payment, provider: null }] }, ['provider-unread']],
      [{ payments: [{ ...payment, provider: { ...provider, paidMinor: 0 } }] }, ['not-paid-at-provider']],
      [{ payments: [{ ...payment, provider: { ...provider, paidMinor: 1_099 } }] }, ['provider-sum']],
      [{ payments: [{ ...payment, provider: { ...provider, refundedMinor: 5 } }] }, ['refund-sum']],
      [{ payments: [{ ...payment, provider: { ...provider, chargedBackMinor: 5 } }] }, ['chargeback-sum']],
      [{ strangers: [{ providerRef: 'tr_9', amountMinor: 7 }] }, ['not-in-journal']],
      [{ orders: [{ ...order, toldMinor: null }] }, ['pos-not-marked']],
      [{ orders: [{ ...order, pos: null }] }, ['pos-unread']],
      [{ orders: [{ ...order, pos: { state: 'open', paidMinor: 0 } }] }, ['pos-open']],
      [{ orders: [{ ...order, pos: { state: 'voided', paidMinor: 0 } }] }, ['pos-voided']],
      [{ orders: [{ ...order, pos: { state: 'settled', paidMinor: 900 } }] }, ['pos-sum']],
    ];
    for (const [more, expected] of cases) assert.deepEqual(kinds(day(more)), expected);
  });

  it('begins and ends by the restaurant’s clock, also when that is changed', () => {
    const summer = businessDay('2026-07-01', 300, 'Europe/Rome');
    assert.equal(new Date(summer.fromMs).toISOString(), '2026-07-01T03:00:00.000Z');
    assert.equal(summer.untilMs - summer.fromMs, 24 * hourMs);
    const change = businessDay('2026-10-25', 0, 'Europe/Rome');
    assert.equal(change.untilMs - change.fromMs, 25 * hourMs);
  });

  it('is a table that no spreadsheet takes for a program', () => {
    const csv = formatCsv([
      ['=1+1', '+39 055', '-5', '@x', 'a "quoted", cell', null, 12],
      ['\tx', 'plain'],
    ]);
    assert.equal(csv, `'=1+1,'+39 055,'-5,'@x,"a ""quoted"", cell",,12\r\n'\tx,plain\r\n`);
  });
});
