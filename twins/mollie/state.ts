/** What the twin holds: two shops' profiles at a payment provider, and every payment made since it started. */

export type Mode = 'live' | 'test';

/** A website profile. A key reaches one profile in one mode. */
export type Profile = {
  readonly profileId: string;
  readonly name: string;
  readonly keys: Readonly<Record<Mode, string>>;
};

export type Account = {
  readonly organizationId: string;
  readonly profiles: readonly Profile[];
  /** An organisation's access token reaches every profile in both modes. */
  readonly token: string;
};

export type Amount = { readonly minor: number; readonly currency: string };

export const paymentStates = [
  'open',
  'pending',
  'authorized',
  'paid',
  'failed',
  'canceled',
  'expired',
] as const;
export type PaymentState = (typeof paymentStates)[number];
export const refundStates = ['queued', 'pending', 'processing', 'refunded', 'failed', 'canceled'] as const;
export type RefundState = (typeof refundStates)[number];

export type Refund = {
  readonly id: string;
  readonly amount: Amount;
  readonly description: string;
  readonly metadata: unknown;
  readonly createdAtMs: number;
  status: RefundState;
};

export type Chargeback = {
  readonly id: string;
  readonly amount: Amount;
  readonly createdAtMs: number;
  reversedAtMs: number | null;
};

export type Payment = {
  readonly id: string;
  /** Opens the checkout page. Not the id: whoever knows that a payment exists cannot pay or cancel it. */
  readonly checkoutToken: string;
  /** Where this twin was reached when the payment was made: its links lead back there. */
  readonly origin: string;
  readonly profileId: string;
  readonly mode: Mode;
  readonly amount: Amount;
  readonly description: string;
  readonly redirectUrl: string;
  readonly cancelUrl: string | null;
  readonly webhookUrl: string | null;
  readonly locale: string | null;
  readonly metadata: unknown;
  /** What the shop narrowed the choice to; null: everything the profile has. */
  offered: readonly string[] | null;
  readonly createdAtMs: number;
  status: PaymentState;
  method: string | null;
  wallet: string | null;
  failureReason: string | null;
  expiresAtMs: number;
  /** When it became what it is, once it is not open any more. */
  endedAtMs: number | null;
  readonly refunds: Refund[];
  readonly chargebacks: Chargeback[];
};

export type Settings = {
  /** How much faster than the real provider expiry, webhook retries, idempotency and refunds go. */
  timeScale: number;
  /** What `isCancelable` of an open payment says. `by-method` is the provider's own way: hardly ever. */
  cancelable: 'by-method' | 'always' | 'never';
  /** `short`: new refunds are queued until there is money. */
  balance: 'enough' | 'short';
};

export const finalStates: ReadonlySet<PaymentState> = new Set(['paid', 'failed', 'canceled', 'expired']);
