import type { ColumnType, Generated } from 'kysely';
import type { Currency } from '#domain/money.ts';
import type { PaymentKind, PaymentState, RefundState } from '#domain/payment.ts';
import type { Receipt } from '#domain/receipt.ts';
import type { LineAmount, Share } from '#domain/share.ts';
import type { Reference } from '#domain/reference.ts';

/** One attempt of somebody to pay: with a provider, in cash, or at the waiter's card terminal. */
export type Payments = {
  company_id: string;
  payment_id: Reference;
  /** Tells which came first within one millisecond. */
  payment_no: Generated<number>;
  order_id: Reference;
  location_id: string;
  kind: PaymentKind;
  state: PaymentState;
  /** For the bill; tip and donation come on top. */
  amount_minor: number;
  tip_minor: number;
  donation_minor: Generated<number>;
  /** False: another sum arrived than was asked for, and a person decides what it is. */
  counts: Generated<boolean>;
  /** What the provider charged, where that is not what was asked for and no person has counted it yet. */
  took_minor: ColumnType<number | null, number | null | undefined, number | null>;
  /** What of `amount_minor` the bill did not need. */
  surplus_minor: Generated<number>;
  /** Given back, or on its way back. */
  refunded_minor: Generated<number>;
  /** Our reference of the tip line in the POS. */
  tip_reference: Reference | null;
  currency: Currency;
  bill_version: string | null;
  share: ColumnType<Share, string | undefined, string>;
  /** Which lines it pays for, and how much of each. */
  line_amounts: ColumnType<readonly LineAmount[], string | undefined, string>;
  /** Until then nobody else may pay the same; null: it holds nothing. */
  locked_until_ms: ColumnType<number | null, number | null | undefined, number | null>;
  /** Who took the money; null: a guest paid alone. */
  user_id: string | null;
  /** The guest's visit that pays. */
  visit_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** The waiter the POS named when the money came: the tip is theirs. */
  waiter_id: ColumnType<string | null, string | null | undefined, string | null>;
  waiter_name: ColumnType<string | null, string | null | undefined, string | null>;
  /** Names the attempt in addresses: webhook, return page. In clear, because those addresses are made again for a repeated request. */
  attempt_token: ColumnType<string | null, string | null | undefined, string | null>;
  account_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** The provider's own id of the payment, once it answered. */
  provider_ref: ColumnType<string | null, string | null | undefined, string | null>;
  checkout_url: ColumnType<string | null, string | null | undefined, string | null>;
  expires_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
  /** What the guest chose at the provider, e.g. `applepay`. */
  paid_with: ColumnType<string | null, string | null | undefined, string | null>;
  failure_reason: ColumnType<string | null, string | null | undefined, string | null>;
  created_at_ms: number;
  paid_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
  /** What of it the mark-paid counted on, while the order's `covered_minor` stands; null: it came to light afterwards, or never. */
  covers_minor: ColumnType<number | null, number | null | undefined, number | null>;
  /** Where the schedule of looking counts from, and when it looks next; null: nothing more to learn. */
  check_from_ms: ColumnType<number | null, number | null | undefined, number | null>;
  check_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
  synced_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
  receipt_token: ColumnType<string | null, string | null | undefined, string | null>;
  receipt: ColumnType<Receipt | null, string | null | undefined, string | null>;
};

/** Credentials at a payment provider; several locations may share one. */
export type PaymentAccounts = {
  company_id: string;
  account_id: string;
  provider_id: string;
  name: string;
  /** Instead of the provider's own address: a twin's. */
  api_url: string | null;
  sealed_credentials: string;
  /** Changes with the credentials; a provider opened for an older revision is opened again. */
  revision: number;
  created_at_ms: number;
};

export type Refunds = {
  company_id: string;
  refund_id: Reference;
  payment_id: Reference;
  order_id: Reference;
  location_id: string;
  state: RefundState;
  amount_minor: number;
  currency: Currency;
  reason: string;
  /** Null: by the location's setting, or on the provider's own screen. */
  user_id: string | null;
  provider_ref: string | null;
  error_detail: string | null;
  created_at_ms: number;
  changed_at_ms: number;
};

export type Chargebacks = {
  company_id: string;
  payment_id: Reference;
  provider_ref: string;
  amount_minor: number;
  created_at_ms: number;
  reversed_at_ms: number | null;
};
