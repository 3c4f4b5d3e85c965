import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { allocate, amountOfShare } from './share.ts';
import type { Bill, Share, Taken } from './share.ts';

const prices = fc.array(fc.integer({ min: 0, max: 9_999 }), { minLength: 1, maxLength: 8 });

function billOf(linePrices: readonly number[], more: Partial<Bill> = {}): Bill {
  const totalMinor = linePrices.reduce((sum, price) => sum + price, 0);
  const lines = linePrices.map((priceMinor, index) => ({ lineId: `line-${index}`, priceMinor }));
  return { totalMinor, dueMinor: totalMinor, lines, taken: [], ...more };
}

/** Somebody pays this share: the bill as the next one finds it. */
function pay(bill: Bill, share: Share): Bill {
  const asked = amountOfShare(bill, share);
  assert.ok(asked.kind === 'share', JSON.stringify(asked));
  const taken: Taken = { paid: true, share, amountMinor: asked.amountMinor, lineAmounts: asked.lineAmounts };
  return { ...bill, dueMinor: bill.dueMinor - asked.amountMinor, taken: [...bill.taken, taken] };
}

const wished = fc.oneof(
  fc.constant<Share>({ kind: 'all' }),
  fc.integer({ min: 1, max: 9 }).map<Share>((parts) => ({ kind: 'equal', parts })),
  fc.integer({ min: 1, max: 12_000 }).map<Share>((amountMinor) => ({ kind: 'amount', amountMinor })),
  fc
    .uniqueArray(
      fc.record(
        { line: fc.integer({ min: 0, max: 7 }), parts: fc.integer({ min: 1, max: 4 }) },
        { requiredKeys: ['line'] },
      ),
      { minLength: 1, maxLength: 4, selector: ({ line }) => line },
    )
    .map<Share>((chosen) => ({
      kind: 'lines',
      lines: chosen.map(({ line, parts }) => ({
        lineId: `line-${line}`,
        ...(parts === undefined ? {} : { parts }),
      })),
    })),
);

describe('shares of a bill', () => {
  it('spread an amount to the last cent, nobody more than a cent off', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), prices, (amountMinor, weights) => {
        const parts = allocate(amountMinor, weights);
        assert.equal(
          parts.reduce((sum, part) => sum + part, 0),
          amountMinor,
        );
        const whole = weights.reduce((sum, weight) => sum + weight, 0);
        if (whole > 0)
          parts.forEach((part, index) =>
            assert.ok(Math.abs(part - (amountMinor * (weights[index] ?? 0)) / whole) < 1),
          );
      }),
    );
  });

  it('close to the cent in equal parts, however many', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50, max: 1_000_000 }),
        fc.integer({ min: 1, max: 50 }),
        (total, parts) => {
          let bill = billOf([total]);
          for (let part = 0; part < parts; part += 1) bill = pay(bill, { kind: 'equal', parts });
          assert.equal(bill.dueMinor, 0);
          const amounts = bill.taken.map((taken) => taken.amountMinor);
          assert.ok(Math.max(...amounts) - Math.min(...amounts) <= 1, amounts.join());
        },
      ),
    );
  });

  it('close when everybody pays their own items, with a discount on the bill', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 100, max: 9_999 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 0, max: 60 }),
        (linePrices, percent) => {
          const total = linePrices.reduce((sum, price) => sum + price, 0);
          const discounted = total - Math.floor((total * percent) / 100);
          let bill = billOf(linePrices, { totalMinor: discounted, dueMinor: discounted });
          for (const { lineId } of bill.lines) bill = pay(bill, { kind: 'lines', lines: [{ lineId }] });
          assert.equal(bill.dueMinor, 0);
        },
      ),
    );
  });

  it('close when one item is shared n ways', () => {
    let bill = billOf([1_000]);
    const third: Share = { kind: 'lines', lines: [{ lineId: 'line-0', parts: 3 }] };
    for (let turn = 0; turn < 3; turn += 1) bill = pay(bill, third);
    assert.deepEqual(
      bill.taken.map((taken) => taken.amountMinor),
      [334, 333, 333],
    );
    assert.deepEqual(amountOfShare(bill, third), { kind: 'refused', code: 'nothing-due' });
  });

  it('never ask for more than is due nor for nothing, in any order of any shares', () => {
    fc.assert(
      fc.property(prices, fc.array(wished, { maxLength: 12 }), (linePrices, shares) => {
        let bill = billOf(linePrices);
        for (const share of shares) {
          const asked = amountOfShare(bill, share);
          if (asked.kind === 'refused') continue;
          assert.ok(asked.amountMinor > 0 && asked.amountMinor <= bill.dueMinor);
          if (asked.lineAmounts.length > 0)
            assert.equal(
              asked.lineAmounts.reduce((sum, line) => sum + line.amountMinor, 0),
              asked.amountMinor,
            );
          bill = pay(bill, share);
        }
        if (bill.dueMinor > 0) bill = pay(bill, { kind: 'all' });
        assert.equal(bill.dueMinor, 0);
      }),
    );
  });

  it('hold what another guest is paying', () => {
    const bill = billOf([500, 300]);
    const held: Taken = {
      paid: false,
      share: { kind: 'lines', lines: [{ lineId: 'line-0' }] },
      amountMinor: 500,
      lineAmounts: [{ lineId: 'line-0', amountMinor: 500, parts: null }],
    };
    const other = { ...bill, taken: [held] };
    assert.deepEqual(amountOfShare(other, held.share), { kind: 'refused', code: 'share-being-paid' });
    const rest = amountOfShare(other, { kind: 'lines', lines: [{ lineId: 'line-1' }] });
    assert.ok(rest.kind === 'share' && rest.amountMinor === 300);
  });

  it('refuse what makes no sense, each with its code', () => {
    const bill = billOf([500]);
    const codes = (
      [
        { kind: 'amount', amountMinor: 0 },
        { kind: 'amount', amountMinor: 501 },
        { kind: 'equal', parts: 51 },
        { kind: 'lines', lines: [] },
        { kind: 'lines', lines: [{ lineId: 'x' }] },
        { kind: 'lines', lines: [{ lineId: 'line-0', parts: 0.5 }] },
      ] as const
    ).map((share) => {
      const asked = amountOfShare(bill, share);
      return asked.kind === 'refused' ? asked.code : asked.kind;
    });
    assert.deepEqual(codes, [
      'amount-invalid',
      'amount-over-due',
      'amount-invalid',
      'amount-invalid',
      'line-unknown',
      'amount-invalid',
    ]);
  });
});
