import type { Amount, Payment } from './state.ts';

/**
 * The provider's own digits (docs.mollie.com/docs/multicurrency), written down here a second time on purpose: the twin must not
 * agree with us only because it asks our table.
 */
const cardCurrencies: Readonly<Record<string, number>> = {
  AED: 2,
  AUD: 2,
  CAD: 2,
  CHF: 2,
  CZK: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  HKD: 2,
  HUF: 2,
  ILS: 2,
  ISK: 0,
  JPY: 0,
  NOK: 2,
  NZD: 2,
  PLN: 2,
  RON: 2,
  SEK: 2,
  SGD: 2,
  USD: 2,
  ZAR: 2,
};
const paypalCurrencies: Readonly<Record<string, number>> = { BRL: 2, MXN: 2, MYR: 2, PHP: 2, THB: 2, TWD: 2 };
const digits: Readonly<Record<string, number>> = { ...cardCurrencies, ...paypalCurrencies };

export const cardsTake: readonly string[] = Object.keys(cardCurrencies);
export const paypalTakes: readonly string[] = [
  ...cardsTake.filter((currency) => !['AED', 'ISK', 'RON', 'ZAR'].includes(currency)),
  ...Object.keys(paypalCurrencies),
];

export type ReadAmount =
  { readonly kind: 'amount'; readonly amount: Amount } | { readonly kind: 'bad'; readonly detail: string };

/** An amount as a request carries it: text with exactly the currency's digits, nothing else. */
export function readAmount(value: unknown): ReadAmount {
  if (typeof value !== 'object' || value === null) return bad("The 'amount' field is missing");
  const { currency, value: text } = value as { currency?: unknown; value?: unknown };
  if (typeof currency !== 'string' || !Object.hasOwn(digits, currency)) {
    return bad('The amount contains an unsupported currency');
  }
  if (typeof text !== 'string') return bad('The amount value must be a string');
  const places = digits[currency] ?? 2;
  const pattern = places === 0 ? /^(\d{1,9})$/ : /^(\d{1,9})\.(\d{2})$/;
  const match = pattern.exec(text);
  if (match === null) return bad(`The amount contains an invalid value: ${places} decimals are needed`);
  const minor = Number(`${match[1] ?? ''}${match[2] ?? ''}`);
  if (minor === 0) return bad('The amount is lower than the minimum');
  return { kind: 'amount', amount: { minor, currency } };
}

export function showAmount({ minor, currency }: Amount): {
  readonly value: string;
  readonly currency: string;
} {
  const places = digits[currency] ?? 2;
  const text = String(minor).padStart(places + 1, '0');
  return { currency, value: places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}` };
}

/** Refunds on their way count as given back. */
export function refundedMinor(payment: Payment): number {
  return payment.refunds
    .filter(({ status }) => status !== 'failed' && status !== 'canceled')
    .reduce((sum, refund) => sum + refund.amount.minor, 0);
}

export function chargedBackMinor(payment: Payment): number {
  return payment.chargebacks
    .filter((chargeback) => chargeback.reversedAtMs === null)
    .reduce((sum, chargeback) => sum + chargeback.amount.minor, 0);
}

function bad(detail: string): ReadAmount {
  return { kind: 'bad', detail };
}
