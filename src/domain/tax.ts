import type { MenuItem } from './menu.ts';
import type { Money } from './money.ts';
import { addMoney, money } from './money.ts';

/** Rates are counted in thousandths of a percent: 16.25 % is 16,250 of these. */
export const taxWhole = 100_000;

/**
 * What taxes that the prices do not hold add to a bill: each on the sum of the lines that bear it, half a coin rounded up once.
 * A tax without a known rate adds nothing here.
 */
export function taxOnTop(
  lines: readonly { readonly item: Pick<MenuItem, 'taxes'>; readonly price: Money }[],
  currency: Money['currency'],
): Money {
  const bases = new Map<string, { rate: number; sumMinor: number }>();
  for (const { item, price } of lines) {
    for (const { code, included, rate } of item.taxes) {
      if (included || rate === undefined) continue;
      const base = bases.get(code) ?? { rate, sumMinor: 0 };
      bases.set(code, { rate, sumMinor: base.sumMinor + price.amountMinor });
    }
  }
  return [...bases.values()]
    .map(({ rate, sumMinor }) =>
      money(Math.floor((2 * sumMinor * rate + taxWhole) / (2 * taxWhole)), currency),
    )
    .reduce(addMoney, money(0, currency));
}
