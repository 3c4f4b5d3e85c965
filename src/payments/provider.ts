import type { Currency, Money } from '#domain/money.ts';
import type { Clock } from '#domain/time.ts';

/**
 * What a payment provider must be: one that takes the guest to a checkout page of its own. Card data is typed there, never here.
 *
 * A provider is asked, it is never believed when it calls: a webhook only says which payment to read again.
 */
export interface PaymentProvider {
  /** What the account's credentials move: real money or none. */
  readonly mode: ProviderMode;
  /** What a guest may pay this amount with. Empty when the account has no method for it. */
  methods(query: MethodQuery): Promise<ProviderOutcome<readonly PaymentMethod[]>>;
  /** Opens a checkout. Repeated with the same key inside `idempotencyWindowMs` it answers with the payment of the first time. */
  create(payment: NewPayment): Promise<ProviderOutcome<ProviderPayment>>;
  /** The payment as it is now, refunds and chargebacks included. */
  get(ref: string): Promise<ProviderOutcome<ProviderPayment>>;
  /** Finds the payment of an attempt whose create was never answered, once its key is too old to ask with again. */
  find(attempt: LostAttempt): Promise<ProviderOutcome<ProviderPayment | undefined>>;
  /** Everything of the account that was paid in a span, whoever made it. Refunds and chargebacks are not part of it. */
  listPaid(span: PaidSpan): Promise<ProviderOutcome<readonly ProviderPayment[]>>;
  /** Withdraws an open checkout. Many cannot be withdrawn: `not-cancelable` is an ordinary answer and the payment may still be paid. */
  cancel(ref: string): Promise<ProviderOutcome<'canceled' | 'not-cancelable'>>;
  /** Gives money back. One at a time per payment; after `unknown-outcome` read `refunds` before asking again. */
  refund(ref: string, refund: NewRefund): Promise<ProviderOutcome<ProviderRefund>>;
  refunds(ref: string): Promise<ProviderOutcome<readonly ProviderRefund[]>>;
}

export type ProviderMode = 'live' | 'test';

/** How a call ended. Nothing is thrown for what the network or the provider does. */
export type ProviderOutcome<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly error: ProviderError };

export type ProviderError = {
  readonly code: ProviderErrorCode;
  /** One English line for the operator: no guest data and no credentials in it. */
  readonly detail: string;
  /** Which field the provider refuses (`invalid`), in the provider's words. */
  readonly field?: string;
  /** The provider asked not to be called again sooner. */
  readonly retryAfterMs?: number;
};

export type ProviderErrorCode =
  /** A read without an answer, or a write that provably was not done, for a passing reason. */
  | 'try-later'
  /** A write that may have been done: its answer was lost or makes no sense. Never a reason to call a payment failed. */
  | 'unknown-outcome'
  /** A lasting no to this request. */
  | 'invalid'
  /** The provider refuses the account's credentials. */
  | 'auth-failed'
  /** No such payment in this account. */
  | 'payment-unknown'
  /** The provider takes it for a repetition of what it is doing or did: read before asking again. */
  | 'conflict'
  /** A read whose answer we do not understand. */
  | 'bad-answer';

export type MethodQuery = { readonly amount: Money; readonly locale: string };

export type PaymentMethod = {
  /** Goes into `NewPayment.method`. */
  readonly methodId: string;
  /** In the language that was asked for, as far as the provider speaks it. */
  readonly name: string;
};

export type NewPayment = {
  /** The three ids travel as the payment's metadata and come back with every read. */
  readonly attemptId: string;
  readonly orderId: string;
  readonly locationId: string;
  /** Tip and donation included. Never zero: nothing to pay is settled without a provider. */
  readonly amount: Money;
  /** Stands on the guest's bank statement. */
  readonly description: string;
  /** BCP 47, the guest's language; the provider falls back to English. */
  readonly locale: string;
  /** Absent: the guest chooses on the provider's page. */
  readonly method?: string;
  readonly urls: {
    /** Where the guest's browser goes afterwards, however it ended. Carries our attempt token: the provider adds nothing. */
    readonly return: string;
    readonly cancel: string;
    /** Absent: this installation has no address the provider can reach; payments are read on a schedule alone. */
    readonly webhook?: string;
  };
  readonly idempotencyKey: string;
};

export type PaidSpan = { readonly fromMs: number; readonly untilMs: number };

/** An attempt that was sent at `createdAtMs` and never answered. */
export type LostAttempt = { readonly attemptId: string; readonly createdAtMs: number };

/**
 * `open` the guest has not chosen or finished · `pending` the bank is at it · `authorized` reserved, not taken · `paid` ·
 * `failed`, `canceled`, `expired` ended without money. Only the last four are final, and refunds move no state: a payment given
 * back in full stays `paid`.
 */
export type ProviderPaymentState =
  'open' | 'pending' | 'authorized' | 'paid' | 'failed' | 'canceled' | 'expired';

export type ProviderPayment = {
  readonly ref: string;
  readonly state: ProviderPaymentState;
  readonly mode: ProviderMode;
  /** What the provider charges: compared with the attempt before it counts. */
  readonly amount: Money;
  /** From our metadata; null when the payment was not made here. */
  readonly attemptId: string | null;
  /** Where the guest pays; null once there is nothing left to pay. */
  readonly checkoutUrl: string | null;
  readonly cancelable: boolean;
  readonly createdAtMs: number;
  /** Of an open payment, where the provider says so. */
  readonly expiresAtMs: number | null;
  readonly paidAtMs: number | null;
  /** What the guest chose, e.g. `creditcard`; null while they have not. */
  readonly method: string | null;
  /** Apple Pay and Google Pay pay with a card behind them. */
  readonly wallet: string | null;
  readonly failureReason: string | null;
  readonly refunds: readonly ProviderRefund[];
  readonly chargebacks: readonly ProviderChargeback[];
};

export type NewRefund = {
  /** Travels as the refund's metadata, to find it again when its answer was lost. */
  readonly refundId: string;
  readonly amount: Money;
  readonly description: string;
  readonly idempotencyKey: string;
};

/** `queued` waits for balance · `pending` may still be canceled · `processing` with the bank · `refunded`, `failed`, `canceled` final. */
export type ProviderRefundState = 'queued' | 'pending' | 'processing' | 'refunded' | 'failed' | 'canceled';

export type ProviderRefund = {
  readonly ref: string;
  /** From our metadata; null when the refund was made on the provider's own screen. */
  readonly refundId: string | null;
  readonly state: ProviderRefundState;
  readonly amount: Money;
  readonly createdAtMs: number;
};

export type ProviderChargeback = {
  readonly ref: string;
  readonly amount: Money;
  readonly createdAtMs: number;
  /** The bank took it back: the money is ours again. */
  readonly reversedAtMs: number | null;
};

/** One provider there is, before any account of it is opened. */
export interface ProviderDefinition {
  /** Stands in rows and in the webhook's path. */
  readonly id: string;
  readonly name: string;
  /** How long a repeated idempotency key is answered with the first answer. After it, the same key would pay again. */
  readonly idempotencyWindowMs: number;
  readonly takes: (currency: Currency) => boolean;
  /** Opens an account with its credentials as stored, judged by the provider's own schema. */
  open(account: unknown, through: ProviderWay): OpenedAccount;
  /** Which payments a webhook call is about. It is not signed and proves nothing: whoever is named is read again. */
  parseWebhook(request: WebhookRequest): WebhookNews;
}

export type OpenedAccount =
  | { readonly kind: 'opened'; readonly provider: PaymentProvider }
  | { readonly kind: 'bad'; readonly errors: readonly { readonly path: string; readonly detail: string }[] };

export type WebhookRequest = {
  /** Lower case, as Node gives it. */
  readonly contentType: string;
  readonly body: string;
};

export type WebhookNews =
  | { readonly kind: 'changed'; readonly refs: readonly string[] }
  /** Not a call of this provider: answered 400, nothing is read. */
  | { readonly kind: 'unreadable' };

/** How a provider is reached. */
export type ProviderWay = {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Instead of the provider's own address: a twin's. */
  readonly apiUrl?: string;
  /** Told of every call; carries no body and no credentials. */
  readonly onCall?: (call: ProviderCall) => void;
};

/** The platform's `fetch`, as far as a provider needs it. */
export type Fetch = (url: string, request: RequestInit) => Promise<Response>;

export type ProviderCall = {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** null: no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  readonly detail: string;
};
