import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import type { PaymentState } from '#domain/payment.ts';
import type { PaymentRow } from '#store/schema.ts';
import { chargeOf } from './charge.ts';

/** A payment as its guest sees it. Shape of the API, stable. */
export type AttemptView = {
  readonly attemptToken: string;
  readonly state: PaymentState;
  /** Everything that is charged. */
  readonly amount: Money;
  /** What of it goes to the bill, to the staff, to the cause. */
  readonly share: Money;
  readonly tip: Money;
  readonly donation: Money;
  readonly refunded: Money;
  /** What to tell a waiter when something is stuck. */
  readonly code: string;
  /** Path of the printable receipt, once paid. */
  readonly receipt?: string;
};

export type PaymentAnswer = {
  readonly kind: 'payment';
  readonly orderId: string;
  readonly attempt: AttemptView;
  /** Where the guest pays; null once there is nothing left to pay. */
  readonly checkoutUrl: string | null;
};

const codeLength = 4;

export function answerWith(payment: PaymentRow): PaymentAnswer {
  return {
    kind: 'payment',
    orderId: payment.order_id,
    attempt: viewAttempt(payment),
    checkoutUrl: payment.checkout_url,
  };
}

function viewAttempt(payment: PaymentRow): AttemptView {
  const of = (minor: number) => money(minor, payment.currency);
  return {
    attemptToken: payment.attempt_token ?? '',
    state: payment.state,
    amount: of(chargeOf(payment)),
    share: of(payment.amount_minor),
    tip: of(payment.tip_minor),
    donation: of(payment.donation_minor),
    refunded: of(payment.refunded_minor),
    code: payment.payment_id.slice(0, codeLength).toUpperCase(),
    ...(payment.receipt_token === null ? {} : { receipt: `/receipt/${payment.receipt_token}` }),
  };
}
