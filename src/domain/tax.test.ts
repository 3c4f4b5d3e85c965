import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { money } from './money.ts';
import { taxOnTop, taxesOf } from './tax.ts';

const sales = { code: 'sales', included: false, rate: 16_250 };
const line = (minor: number, ...taxes: { code: string; included: boolean; rate?: number }[]) => ({
  item: { taxes },
  price: money(minor, 'USD'),
});
const taxOf = (...lines: ReturnType<typeof line>[]) => taxOnTop(lines, 'USD').amountMinor;

describe('tax on top of prices', () => {
  it('is worked out on the sum, not line by line', () => {
    assert.equal(taxOf(line(1_085, sales)), 176);
    assert.equal(taxOf(line(3, sales), line(3, sales)), 1, 'each alone would round to nothing');
  });

  it('rounds half a coin up', () => {
    assert.equal(taxOf(line(50, { code: 'one', included: false, rate: 1_000 })), 1);
    assert.equal(taxOf(line(49, { code: 'one', included: false, rate: 1_000 })), 0);
  });

  it('leaves out what a price holds already and what nobody knows the rate of', () => {
    assert.equal(taxOf(line(1_000, { ...sales, included: true })), 0);
    assert.equal(taxOf(line(1_000, { code: 'x', included: false })), 0);
    assert.equal(taxOf(line(1_000, sales), line(1_000)), 163);
  });

  it('adds several taxes, each rounded by itself', () => {
    assert.equal(taxOf(line(100, sales, { code: 'city', included: false, rate: 500 })), 17);
  });
});

describe('the taxes of a bill', () => {
  it('are taken out of prices that hold them and put on those that do not', () => {
    const taxes = taxesOf(
      [
        line(1_100, { code: 'vat', included: true, rate: 10_000 }),
        line(550, { code: 'vat', included: true, rate: 10_000 }),
        line(1_000, sales),
      ],
      'USD',
    );
    assert.deepEqual(
      taxes.map(({ code, amount }) => [code, amount?.amountMinor]),
      [
        ['vat', 150],
        ['sales', 163],
      ],
    );
  });

  it('are named without an amount where the POS tells no rate', () => {
    assert.deepEqual(taxesOf([line(500, { code: '3', included: true })], 'USD'), [
      { code: '3', included: true, amount: null },
    ]);
  });
});
