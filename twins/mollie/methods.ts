import { hourMs, minuteMs } from '#domain/time.ts';
import { cardsTake, paypalTakes, showAmount } from './amounts.ts';
import type { Amount } from './state.ts';

/**
 * What a profile can be paid with. Limits and expiry follow the provider's documents; a real profile's are its own.
 */
export type Method = {
  readonly id: string;
  readonly name: string;
  readonly currencies: readonly string[];
  /** In hundredths of a euro; other currencies are not limited here. */
  readonly minMinor: number;
  readonly maxMinor: number | null;
  readonly expiresAfterMs: number;
  /** Whether an open payment of this method can be withdrawn. */
  readonly cancelable: boolean;
  /** Shown in lists only to who asks for wallets; pays by card underneath. */
  readonly wallet?: 'applepay' | 'googlepay';
};

const card = { currencies: cardsTake, minMinor: 1, maxMinor: 1_000_000, expiresAfterMs: 30 * minuteMs };
const euro = { currencies: ['EUR'], cancelable: false };

export const methods: readonly Method[] = [
  { id: 'applepay', name: 'Apple Pay', ...card, cancelable: false, wallet: 'applepay' },
  { id: 'googlepay', name: 'Google Pay', ...card, cancelable: false, wallet: 'googlepay' },
  { id: 'creditcard', name: 'Card', ...card, cancelable: false },
  { id: 'ideal', name: 'iDEAL', ...euro, minMinor: 1, maxMinor: 5_000_000, expiresAfterMs: 15 * minuteMs },
  { id: 'bancontact', name: 'Bancontact', ...euro, minMinor: 2, maxMinor: 5_000_000, expiresAfterMs: hourMs },
  { id: 'eps', name: 'eps', ...euro, minMinor: 100, maxMinor: 5_000_000, expiresAfterMs: hourMs },
  {
    id: 'paypal',
    name: 'PayPal',
    currencies: paypalTakes,
    minMinor: 1,
    maxMinor: 800_000,
    expiresAfterMs: 72 * hourMs,
    cancelable: true,
  },
];

/** While the guest has not chosen. */
export const unchosenExpiresAfterMs = 15 * minuteMs;

/** `googlepay` is a way to pay by card that the page offers; a request cannot name it. */
export const requestableMethods: ReadonlySet<string> = new Set(
  methods.map(({ id }) => id).filter((id) => id !== 'googlepay'),
);

export function findMethod(id: string | null): Method | undefined {
  return methods.find((method) => method.id === id);
}

export function methodTakes(method: Method, amount: Amount): boolean {
  if (!method.currencies.includes(amount.currency)) return false;
  if (amount.currency !== 'EUR') return true;
  return amount.minor >= method.minMinor && amount.minor <= (method.maxMinor ?? Number.POSITIVE_INFINITY);
}

/** What a payment of this method shows: a wallet pays by card. */
export function paidWith(method: Method): { readonly method: string; readonly wallet: string | null } {
  return { method: method.wallet === undefined ? method.id : 'creditcard', wallet: method.wallet ?? null };
}

export function showMethod(method: Method, origin: string) {
  const euros = (minor: number) => showAmount({ minor, currency: 'EUR' });
  const image = `${origin}/methods/${method.id}.svg`;
  return {
    resource: 'method',
    id: method.id,
    description: method.name,
    minimumAmount: euros(method.minMinor),
    maximumAmount: method.maxMinor === null ? null : euros(method.maxMinor),
    image: { size1x: image, size2x: image, svg: image },
    status: 'activated',
    _links: { self: { href: `${origin}/v2/methods/${method.id}`, type: 'application/hal+json' } },
  };
}
