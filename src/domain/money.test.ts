import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addMoney,
  currencyDigits,
  formatDecimal,
  isCurrency,
  money,
  parseDecimal,
  sumMoney,
} from './money.ts';
import type { Currency } from './money.ts';

const currencies = Object.keys(currencyDigits) as Currency[];
const anyMoney = fc
  .tuple(fc.integer({ min: -1e11, max: 1e11 }), fc.constantFrom(...currencies))
  .map(([amountMinor, currency]) => money(amountMinor, currency));

describe('money', () => {
  it('reads what it writes, for every currency and sign', () => {
    fc.assert(
      fc.property(anyMoney, (amount) => {
        assert.deepEqual(parseDecimal(formatDecimal(amount), amount.currency), amount);
      }),
    );
  });

  it('knows how many digits a currency has', () => {
    assert.equal(formatDecimal(money(890, 'EUR')), '8.90');
    assert.equal(formatDecimal(money(890, 'JPY')), '890');
    assert.equal(formatDecimal(money(890, 'KWD')), '0.890');
    assert.equal(formatDecimal(money(-5, 'EUR')), '-0.05');
    assert.equal(isCurrency('EUR'), true);
    assert.equal(isCurrency('toString'), false);
  });

  it('refuses decimal text it does not fully understand rather than rounding it', () => {
    for (const text of [
      '8.905',
      '1e3',
      '',
      '.5',
      '5.',
      '1,50',
      '0x10',
      ' 1',
      '1 ',
      'NaN',
      '--1',
      '+1',
      '1234567890123',
    ])
      assert.equal(parseDecimal(text, 'EUR'), undefined, text);
    assert.equal(parseDecimal('1.0', 'JPY'), undefined);
    assert.deepEqual(parseDecimal('8.9', 'EUR'), money(890, 'EUR'));
    assert.deepEqual(parseDecimal('-0.00', 'EUR'), { amountMinor: 0, currency: 'EUR' });
  });

  it('never mixes currencies and never holds a fraction', () => {
    assert.throws(() => addMoney(money(1, 'EUR'), money(1, 'USD')), RangeError);
    assert.throws(() => money(0.5, 'EUR'), RangeError);
    assert.throws(() => money(Number.NaN, 'EUR'), RangeError);
    assert.throws(() => money(2 ** 53, 'EUR'), RangeError);
    assert.equal(Object.is(money(-0, 'EUR').amountMinor, 0), true);
  });

  it('sums exactly', () => {
    assert.deepEqual(
      sumMoney([money(10, 'EUR'), money(20, 'EUR'), money(-5, 'EUR')], 'EUR'),
      money(25, 'EUR'),
    );
    assert.deepEqual(sumMoney([], 'RUB'), money(0, 'RUB'));
  });
});
