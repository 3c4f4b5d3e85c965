import { chargedBackMinor, refundedMinor } from './amounts.ts';
import type { PaymentBook } from './book.ts';

type Row = {
  readonly profileId: string;
  readonly shop: string;
  readonly mode: string;
  readonly currency: string;
  readonly method: string;
  payments: number;
  paidMinor: number;
  refundedMinor: number;
  chargedBackMinor: number;
};

/** The provider's own count of what came in: by shop, mode, currency and method. */
export function reportOf(book: PaymentBook): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const payment of book.payments()) {
    if (payment.status !== 'paid') continue;
    const { profileId, mode } = payment;
    const { currency } = payment.amount;
    const method = payment.wallet ?? payment.method ?? '';
    const key = [profileId, mode, currency, method].join(' ');
    const shop = book.account.profiles.find((profile) => profile.profileId === profileId)?.name ?? '';
    const empty = { payments: 0, paidMinor: 0, refundedMinor: 0, chargedBackMinor: 0 };
    const row = rows.get(key) ?? { profileId, shop, mode, currency, method, ...empty };
    row.payments += 1;
    row.paidMinor += payment.amount.minor;
    row.refundedMinor += refundedMinor(payment);
    row.chargedBackMinor += chargedBackMinor(payment);
    rows.set(key, row);
  }
  return [...rows.values()];
}
