/**
 * Digits after the decimal point, by ISO 4217. Our own table: platform tables differ between versions (one says HUF has 0 digits,
 * payment providers want 2), and an amount that is off by a factor of 100 is never a matter of taste.
 */
export const currencyDigits = {
  AED: 2,
  AMD: 2,
  AUD: 2,
  BRL: 2,
  CAD: 2,
  CHF: 2,
  CZK: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  GEL: 2,
  HKD: 2,
  HUF: 2,
  ILS: 2,
  ISK: 0,
  JPY: 0,
  KWD: 3,
  KZT: 2,
  MXN: 2,
  MYR: 2,
  NOK: 2,
  NZD: 2,
  PHP: 2,
  PLN: 2,
  RON: 2,
  RSD: 2,
  RUB: 2,
  SEK: 2,
  SGD: 2,
  THB: 2,
  TWD: 2,
  UAH: 2,
  USD: 2,
  ZAR: 2,
} as const;

export type Currency = keyof typeof currencyDigits;

/** An amount in the currency's smallest unit: EUR 8.90 is `{ amountMinor: 890, currency: 'EUR' }`. */
export type Money = { readonly amountMinor: number; readonly currency: Currency };

export function isCurrency(text: string): text is Currency {
  return Object.hasOwn(currencyDigits, text);
}

/** Makes an amount. Throws on a number that is not a safe integer: that is a bug, never a price. */
export function money(amountMinor: number, currency: Currency): Money {
  if (!Number.isSafeInteger(amountMinor))
    throw new RangeError(`not a whole number of minor units: ${amountMinor}`);
  // -0 and 0 are one price; -0 would print as "-0.00".
  return { amountMinor: amountMinor === 0 ? 0 : amountMinor, currency };
}

export function addMoney(left: Money, right: Money): Money {
  if (left.currency !== right.currency)
    throw new RangeError(`cannot add ${right.currency} to ${left.currency}`);
  return money(left.amountMinor + right.amountMinor, left.currency);
}

export function multiplyMoney(amount: Money, times: number): Money {
  return money(amount.amountMinor * times, amount.currency);
}

export function sumMoney(amounts: readonly Money[], currency: Currency): Money {
  return amounts.reduce(addMoney, money(0, currency));
}

/**
 * Reads a vendor's decimal text, e.g. `"8.90"` EUR is 890. No float is ever made.
 *
 * Returns undefined for text it does not fully understand, including too many digits: `"8.905"` EUR is a vendor bug to
 * report, not a number to round.
 */
export function parseDecimal(text: string, currency: Currency): Money | undefined {
  const digits = currencyDigits[currency];
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,3}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  if (fraction.length > digits) return undefined;
  return money(Number(sign + whole + fraction.padEnd(digits, '0')), currency);
}

/** The amount as plain decimal text, `"8.90"`: for wires and logs. Screens format with the guest's locale. */
export function formatDecimal(amount: Money): string {
  const digits = currencyDigits[amount.currency];
  const sign = amount.amountMinor < 0 ? '-' : '';
  const text = String(Math.abs(amount.amountMinor)).padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
