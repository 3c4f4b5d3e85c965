import { currencyDigits, formatDecimal, money, parseDecimal } from '#domain/money.ts';
import type { Currency, Money } from '#domain/money.ts';
import type { Json, JsonNumber } from './json.ts';
import { isNumber } from './json.ts';

/** The largest amount of one order, in minor units: a million of a currency with cents. */
const amountMinorMax = 100_000_000;
/** Longer number texts are refused unread. */
const numberCharsMax = 30;

/**
 * The amount a JSON number stands for, however it is spelled: `2`, `2.0`, `2.00` and `20e-1` are one price. Undefined for anything
 * else, an amount below zero and a fraction of the smallest coin included.
 */
export function readAmount(value: Json | undefined, currency: Currency): Money | undefined {
  if (!isNumber(value)) return undefined;
  const minor = scaledInteger(value.decimal, currencyDigits[currency]);
  return minor === undefined || minor < 0 || minor > amountMinorMax ? undefined : money(minor, currency);
}

/** A JSON number that is a whole number, `1`, `1.0` or `1e0`. */
export function readWhole(value: Json | undefined): number | undefined {
  return isNumber(value) ? scaledInteger(value.decimal, 0) : undefined;
}

/** An amount as the JSON number of an answer. */
export function amountJson(amount: Money): JsonNumber {
  return { decimal: formatDecimal(amount) };
}

/** Percentages are counted in thousandths of a percent. */
export const wholeParts = 100_000;

/** `"16.25"` percent is 16,250 of `wholeParts`. */
export function partsOf(percent: string): number {
  const [whole = '0', fraction = ''] = percent.split('.');
  return Number(whole + fraction.padEnd(3, '0'));
}

/** An amount of a definition file, which its schema has already looked at. */
export function amountOf(text: string, currency: Currency): Money {
  const amount = parseDecimal(text, currency);
  if (amount === undefined) throw new RangeError(`not an amount of ${currency}: ${text}`);
  return amount;
}

/** `part` of `whole` of an amount, half a coin rounded up. */
export function shareOf(amount: Money, part: number, whole: number): Money {
  const scaled = 2 * amount.amountMinor * part + whole;
  if (!Number.isSafeInteger(scaled)) throw new RangeError('an amount beyond every limit');
  return money(Math.floor(scaled / (2 * whole)), amount.currency);
}

/** Decimal text times ten to the power of `digits`, exactly, or undefined when that is no whole number of a sane size. */
function scaledInteger(text: string, digits: number): number | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null || text.length > numberCharsMax) return undefined;
  const [, sign = '', whole = '', fraction = '', power = '0'] = match;
  const all = `${whole}${fraction}`.replace(/^0+(?=\d)/, '');
  const shift = digits - fraction.length + Number(power);
  if (/^0+$/.test(all)) return 0;
  const scaled = shift >= 0 ? `${all}${'0'.repeat(Math.min(shift, numberCharsMax))}` : cutZeros(all, -shift);
  if (scaled === undefined || scaled.length > 15) return undefined;
  return Number(`${sign}${scaled}`);
}

function cutZeros(digits: string, count: number): string | undefined {
  const kept = digits.slice(0, Math.max(0, digits.length - count));
  const cut = digits.slice(kept.length);
  return kept !== '' && cut.length === count && /^0*$/.test(cut) ? kept : undefined;
}
