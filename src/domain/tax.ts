import type { MenuItem, TaxFlag } from './menu.ts';
import type { Money } from './money.ts';
import { addMoney, money } from './money.ts';

/** Rates are counted in thousandths of a percent: 16.25 % is 16,250 of these. */
export const taxWhole = 100_000;

type TaxedLine = { readonly item: Pick<MenuItem, 'taxes'>; readonly price: Money };

/** One tax of a bill. `amount` null: the POS names the tax and not its rate, so only the till knows what it comes to. */
export type BillTax = {
  readonly code: string;
  readonly included: boolean;
  readonly rate?: number;
  readonly amount: Money | null;
};

/** Every tax of a bill, each on the sum of the lines that bear it, half a coin rounded up once. */
export function taxesOf(lines: readonly TaxedLine[], currency: Money['currency']): readonly BillTax[] {
  const taxes = new Map<string, { readonly tax: TaxFlag; readonly baseMinor: number }>();
  for (const { item, price } of lines) {
    for (const tax of item.taxes) {
      const key = `${tax.code} ${tax.included} ${tax.rate ?? ''}`;
      const baseMinor = taxes.get(key)?.baseMinor ?? 0;
      taxes.set(key, { tax, baseMinor: baseMinor + price.amountMinor });
    }
  }
  return [...taxes.values()].map(({ tax, baseMinor }) => {
    if (tax.rate === undefined) return { ...tax, amount: null };
    // A price that holds the tax is the sum of what is taxed and the tax on it.
    const whole = tax.included ? taxWhole + tax.rate : taxWhole;
    return { ...tax, amount: money(Math.floor((2 * baseMinor * tax.rate + whole) / (2 * whole)), currency) };
  });
}

/** What taxes that the prices do not hold add to a bill. A tax without a known rate adds nothing here. */
export function taxOnTop(lines: readonly TaxedLine[], currency: Money['currency']): Money {
  return taxesOf(lines, currency)
    .flatMap(({ included, amount }) => (included || amount === null ? [] : [amount]))
    .reduce(addMoney, money(0, currency));
}
