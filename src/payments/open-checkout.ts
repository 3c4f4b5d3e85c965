import { money } from '#domain/money.ts';
import { isUnderWay } from '#domain/payment.ts';
import { getLocation } from '#store/locations.ts';
import { getPayment, updatePayment } from '#store/payments.ts';
import type { PaymentRow } from '#store/schema.ts';
import { chargeOf } from './charge.ts';
import { converge } from './converge.ts';
import { refuse } from './deps.ts';
import type { OnlineAccount, PaymentsDeps, Refused } from './deps.ts';
import { answerWith } from './payment-view.ts';
import type { PaymentAnswer } from './payment-view.ts';
import type { NewPayment, ProviderError } from './provider.ts';
import { syncPayment, underLocks } from './sync-payment.ts';

type Ready = Extract<OnlineAccount, { kind: 'ready' }>;

/** Where the guest's browser comes back to. */
export type ReturnUrls = {
  readonly returnTo: (attemptToken: string) => string;
  readonly cancelTo: (attemptToken: string) => string;
  /** The guest's language. */
  readonly locale: string;
  readonly method?: string;
};

/**
 * Asks the provider for the checkout of a saved attempt, under the attempt's own key: asked again after a lost answer it is the
 * same checkout. An attempt that has one already, or is over, is answered as it is.
 */
export async function openCheckout(
  deps: PaymentsDeps,
  account: Ready,
  payment: PaymentRow,
  urls: ReturnUrls,
): Promise<PaymentAnswer | Refused> {
  const token = payment.attempt_token ?? '';
  if (payment.provider_ref !== null || !isUnderWay(payment.state)) return answer(deps, payment, urls);
  if (deps.clock.nowMs() - payment.created_at_ms > account.idempotencyWindowMs) {
    // Its key is forgotten: asked again it would be a second payment. It is looked for instead.
    await syncPayment(deps, { companyId: payment.company_id, paymentId: payment.payment_id });
    return answer(deps, payment, urls);
  }
  const askedAtMs = deps.clock.nowMs();
  const created = await account.provider.create(await describe(deps, account, payment, urls));
  if (created.kind === 'failed') return ended(deps, payment, created.error);
  await underLocks(deps, payment, (tx, held) => converge(tx, deps, { ...held, askedAtMs }, created.value));
  // A provider that names another attempt than the one it was asked for is not believed, and nothing was saved.
  const now = await reload(deps, payment);
  return now.provider_ref === null
    ? ended(deps, payment, {
        code: 'bad-answer',
        detail: `create of ${token.slice(0, 4)}… named another attempt`,
      })
    : answer(deps, now, urls);
}

/** Nothing to pay goes straight back to the table. */
async function answer(deps: PaymentsDeps, payment: PaymentRow, urls: ReturnUrls): Promise<PaymentAnswer> {
  const answered = answerWith(await reload(deps, payment));
  const paidWithNothing = payment.state === 'paid' && payment.provider_ref === null;
  return paidWithNothing
    ? { ...answered, checkoutUrl: urls.returnTo(payment.attempt_token ?? '') }
    : answered;
}

async function describe(
  deps: PaymentsDeps,
  account: Ready,
  payment: PaymentRow,
  urls: ReturnUrls,
): Promise<NewPayment> {
  const token = payment.attempt_token ?? '';
  const place = { companyId: payment.company_id, locationId: payment.location_id };
  const location = await deps.store.asCompany(payment.company_id, (tx) => getLocation(tx, place));
  const code = payment.payment_id.slice(0, 4).toUpperCase();
  return {
    attemptId: payment.payment_id,
    orderId: payment.order_id,
    locationId: payment.location_id,
    amount: money(chargeOf(payment), payment.currency),
    description: `${code} ${location?.name ?? ''}`.trim(),
    locale: urls.locale,
    ...(urls.method === undefined ? {} : { method: urls.method }),
    urls: {
      return: urls.returnTo(token),
      cancel: urls.cancelTo(token),
      ...(deps.webhookBase === undefined
        ? {}
        : { webhook: `${deps.webhookBase}/webhooks/${account.providerId}/${token}` }),
    },
    idempotencyKey: payment.payment_id,
  };
}

/** A lost answer is never a failed payment: the attempt stays, the same request asks for the same checkout once more. */
async function ended(deps: PaymentsDeps, payment: PaymentRow, error: ProviderError): Promise<Refused> {
  switch (error.code) {
    case 'try-later':
      return refuse('payment-provider-away');
    case 'unknown-outcome':
    case 'bad-answer':
    case 'payment-unknown':
      await setState(deps, payment, 'unconfirmed', error.detail);
      return refuse('payment-provider-away');
    case 'conflict':
      return refuse('request-running');
    case 'auth-failed':
      await setState(deps, payment, 'failed', error.detail);
      return refuse('online-payment-off', 'the provider refuses the credentials of the payment account');
    case 'invalid':
      await setState(deps, payment, 'failed', error.detail);
      return refuse('payment-refused', error.detail);
  }
}

async function setState(
  deps: PaymentsDeps,
  payment: PaymentRow,
  state: 'unconfirmed' | 'failed',
  reason: string,
): Promise<void> {
  await underLocks(deps, payment, async (tx, held) => {
    if (held.payment.provider_ref !== null || !isUnderWay(held.payment.state)) return;
    await updatePayment(tx, held.payment, {
      state,
      failure_reason: reason,
      ...(state === 'failed' ? { locked_until_ms: null, check_at_ms: null } : {}),
    });
  });
}

async function reload(deps: PaymentsDeps, payment: PaymentRow): Promise<PaymentRow> {
  const now = await deps.store.asCompany(payment.company_id, (tx) =>
    getPayment(tx, payment.company_id, payment.payment_id),
  );
  return now ?? payment;
}

/** Takes back a checkout that another one stands in for. Many cannot be taken back; then it may still be paid, and is a surplus. */
export async function withdraw(deps: PaymentsDeps, account: Ready, payment: PaymentRow): Promise<void> {
  if (payment.provider_ref === null || payment.account_id !== account.accountId) return;
  const canceled = await account.provider.cancel(payment.provider_ref);
  if (canceled.kind === 'done' && canceled.value === 'canceled')
    await syncPayment(deps, { companyId: payment.company_id, paymentId: payment.payment_id });
}
