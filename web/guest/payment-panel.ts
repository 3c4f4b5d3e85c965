import { isCurrency } from '#domain/money.ts';
import { escapeHtml, formatMoney } from './page.ts';
import type { Answer } from './api.ts';
import type { PaymentView } from './wire.ts';

/** Pauses between two questions; then one a while, for the bank may take its time. */
const pausesMs = [1_000, 2_000, 3_000, 5_000] as const;
const laterMs = 8_000;
/** After this the guest is told that waiting is all there is to do. */
const patienceMs = 60_000;

type Show = (html: string) => void;
type Waiting = { readonly show: Show; readonly ask: () => Promise<Answer<PaymentView>> };

/**
 * The guest is back from the provider's page. What that browser was told is not believed: the server is asked until the provider has
 * said how it ended. Waiting is never called a failure. Resolves once it is over.
 */
export async function followPayment({ show, ask }: Waiting): Promise<PaymentView | undefined> {
  const startedAtMs = performance.now();
  for (let turn = 0; ; turn += 1) {
    const answer = await ask();
    if (answer.kind === 'problem' && answer.problem.code === 'payment-unknown') return undefined;
    const payment = answer.kind === 'ok' ? answer.value : undefined;
    if (payment !== undefined && isOver(payment)) {
      show(renderPayment(payment));
      return payment;
    }
    const late = performance.now() - startedAtMs > patienceMs;
    show(renderWaiting(payment, late));
    await new Promise((resolve) => setTimeout(resolve, pausesMs[turn] ?? laterMs));
  }
}

function isOver({ attempt }: PaymentView): boolean {
  return ['paid', 'failed', 'canceled', 'expired'].includes(attempt.state);
}

function renderWaiting(payment: PaymentView | undefined, late: boolean): string {
  const back =
    payment === undefined || payment.checkoutUrl === null
      ? ''
      : `<p><a class="action wide" href="${escapeHtml(payment.checkoutUrl)}">Back to the payment page</a></p>`;
  const words = late
    ? `We are still waiting for your bank. Please do not pay again. Show this code to a waiter: <strong class="code">${escapeHtml(payment?.attempt.code ?? '')}</strong>`
    : back === ''
      ? 'We are asking your bank.'
      : 'The payment is not finished yet.';
  return `<div class="card"><div class="state sending"><span aria-hidden="true">…</span><span>${words}</span></div>${back}</div>`;
}

function renderPayment({ attempt }: PaymentView): string {
  const { amountMinor, currency } = attempt.amount;
  const amount = isCurrency(currency) ? formatMoney({ amountMinor, currency }) : '';
  if (attempt.state === 'paid') {
    const receipt =
      attempt.receipt === undefined
        ? ''
        : `<p><a class="pill" href="${escapeHtml(attempt.receipt)}" target="_blank" rel="noopener">Receipt</a></p>`;
    return `<div class="card"><div class="state accepted"><span aria-hidden="true">✓</span><span>You paid ${amount}. Thank you.</span></div>${receipt}</div>`;
  }
  const words =
    attempt.state === 'canceled'
      ? 'You left the payment. Nothing was charged.'
      : attempt.state === 'expired'
        ? 'The payment page was open for too long. Nothing was charged; you can pay again.'
        : 'The payment did not work. Nothing was charged; you can pay again.';
  return `<div class="card"><div class="state refused"><span aria-hidden="true">×</span><span>${words}</span></div></div>`;
}
