import type { Money } from './money.ts';
import type { BillTax } from './tax.ts';

/** What a restaurant puts on its receipts. */
export type Venue = {
  readonly legalName: string;
  readonly addressLines: readonly string[];
  readonly taxNumber?: string;
};

export type ReceiptLine = {
  readonly name: string;
  readonly quantity: number;
  readonly price: Money;
  /** Codes of the taxes the POS names for the item; its rates are the POS's own. */
  readonly taxes: readonly string[];
};

/** What one payment was for, as it stood when the money came. Holds nothing of who paid. */
export type Receipt = {
  readonly location: string;
  readonly venue: Venue | null;
  readonly timeZone: string;
  readonly table: string;
  readonly orderId: string;
  readonly paidAtMs: number;
  readonly paidWith: string;
  readonly lines: readonly ReceiptLine[];
  readonly discounts: readonly { readonly name: string; readonly amount: Money }[];
  readonly total: Money;
  /** Of the whole bill, as far as the POS tells them. */
  readonly taxes: readonly BillTax[];
  /** What this payment paid of the total. */
  readonly share: Money;
  readonly tip: Money;
  readonly donation: Money;
  readonly charged: Money;
};
