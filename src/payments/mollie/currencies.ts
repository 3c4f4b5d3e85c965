import type { Currency } from '#domain/money.ts';

/**
 * What Mollie charges in (docs.mollie.com/docs/multicurrency, read November 2026); a single method takes fewer. Its decimals are
 * those of our own table: 0 for ISK and JPY, 2 for all others, HUF and TWD included. A test holds the two together.
 */
const taken = [
  'AED',
  'AUD',
  'BRL',
  'CAD',
  'CHF',
  'CZK',
  'DKK',
  'EUR',
  'GBP',
  'HKD',
  'HUF',
  'ILS',
  'ISK',
  'JPY',
  'MXN',
  'MYR',
  'NOK',
  'NZD',
  'PHP',
  'PLN',
  'RON',
  'SEK',
  'SGD',
  'THB',
  'TWD',
  'USD',
  'ZAR',
] as const satisfies readonly Currency[];

const takenCurrencies: ReadonlySet<Currency> = new Set(taken);

export function mollieTakes(currency: Currency): boolean {
  return takenCurrencies.has(currency);
}
