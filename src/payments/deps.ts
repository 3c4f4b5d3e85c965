import type { OrderingDeps, OrderingRefusalCode, Refused as OrderingRefused } from '#ordering/deps.ts';
import type { OnlinePaymentOff } from './account.ts';
import type { PaymentProvider } from './provider.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export type PaymentsDeps = OrderingDeps & {
  /** Where a location's guests pay online, or why they cannot. */
  readonly accountOf: (place: Place) => Promise<OnlineAccount>;
  /** The account a payment was made with, whatever the location uses now. Undefined: it cannot be opened. */
  readonly providerOf: (companyId: string, accountId: string) => Promise<PaymentProvider | undefined>;
  /** Where the provider finds this installation; undefined: it cannot, and payments are looked at on a schedule alone. */
  readonly webhookBase: string | undefined;
};

export type OnlineAccount =
  | {
      readonly kind: 'ready';
      readonly accountId: string;
      readonly providerId: string;
      readonly provider: PaymentProvider;
      /** After this a repeated request would make a second payment. */
      readonly idempotencyWindowMs: number;
    }
  | { readonly kind: 'off'; readonly reason: OnlinePaymentOff };

export type PaymentRefusalCode =
  | OrderingRefusalCode
  | 'amount-invalid'
  | 'amount-over-due'
  | 'amount-over-paid'
  | 'amount-over-surplus'
  | 'bill-changed'
  | 'bill-not-ready'
  | 'donation-not-offered'
  | 'line-unknown'
  | 'menu-changed'
  | 'note-required'
  | 'online-payment-off'
  | 'payment-provider-away'
  | 'payment-refused'
  | 'payment-unknown'
  | 'reconciliation-not-possible'
  | 'refund-running'
  | 'share-being-paid'
  | 'share-paid'
  | 'tip-over-limit';

export type Refused = Omit<OrderingRefused, 'code'> & {
  readonly code: PaymentRefusalCode;
  readonly detail?: string;
};

export function refuse(code: PaymentRefusalCode, detail?: string): Refused {
  return detail === undefined ? { kind: 'refused', code } : { kind: 'refused', code, detail };
}

/** Thrown inside a transaction to leave it without a trace; caught where the transaction was begun. */
export class PaymentRefused extends Error {
  readonly refused: Refused;
  constructor(refused: Refused) {
    super(refused.code);
    this.refused = refused;
  }
}
