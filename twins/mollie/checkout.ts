import { z } from 'zod';
import type { WireAnswer, WireRequest } from '../definition.ts';
import type { PaymentBook } from './book.ts';
import { checkoutPage, endedPage } from './checkout-page.ts';
import { findMethod, methodTakes, methods } from './methods.ts';
import type { Method } from './methods.ts';
import type { Payment } from './state.ts';
import { finalStates } from './state.ts';

/**
 * The hosted checkout: where the guest pays. In a browser it is a page; a program posts the same form, e.g.
 * `curl -d 'outcome=paid&method=creditcard' <checkout address>`, and is answered with the redirect.
 */

/** How a visit to the page can end. `declined` and `open` end nothing: the guest chooses again, or walks away. */
const outcomes = ['paid', 'failed', 'declined', 'pending', 'canceled', 'expired', 'open'] as const;

const form = z.object({ outcome: z.enum(outcomes), method: z.string().optional() });
type Form = z.infer<typeof form>;

/** Amounts that make the provider's test mode fail for a certain reason, in whole currency units. */
const failureReasons: Readonly<Record<number, string>> = {
  1001: 'invalid_card_number',
  1002: 'invalid_cvv',
  1003: 'invalid_card_holder_name',
  1004: 'card_expired',
  1005: 'invalid_card_type',
  1006: 'refused_by_issuer',
  1007: 'insufficient_funds',
  1008: 'inactive_card',
  1009: 'possible_fraud',
  1010: 'authentication_failed',
  1011: 'card_declined',
};

export function isCheckout(request: WireRequest): boolean {
  return request.path.startsWith('/checkout/');
}

export function answerCheckout(book: PaymentBook, request: WireRequest): WireAnswer {
  const [, token = ''] = /^\/checkout\/(\w+)(?:\?|$)/.exec(request.path) ?? [];
  const payment = book.findByCheckout(token);
  if (payment === undefined) return html(404, endedPage('There is no such checkout', null));
  const shop = book.account.profiles.find(({ profileId }) => profileId === payment.profileId)?.name ?? '';
  const show = (status: number, notice: string | null) =>
    html(status, checkoutPage({ payment, shop, offered: offeredMethods(payment), notice }));
  if (finalStates.has(payment.status) || payment.status === 'authorized') {
    if (request.method === 'POST') return redirect(payment.redirectUrl);
    return html(200, endedPage(`This payment is ${payment.status}`, payment.redirectUrl));
  }
  if (request.method !== 'POST') return show(200, null);
  const read = form.safeParse(Object.fromEntries(new URLSearchParams(request.body)));
  if (!read.success) return show(400, `The form needs an outcome: ${outcomes.join(', ')}.`);
  return act(book, payment, read.data, show);
}

type Show = (status: number, notice: string) => WireAnswer;

function act(book: PaymentBook, payment: Payment, { outcome, method: named }: Form, show: Show): WireAnswer {
  const method = chosenMethod(payment, named);
  switch (outcome) {
    case 'open':
      return redirect(payment.redirectUrl);
    case 'canceled':
      return cancel(book, payment, show);
    case 'expired':
      book.end(payment, { status: 'expired' });
      return redirect(payment.redirectUrl);
    case 'declined':
      return show(200, 'Declined. Nothing was charged; choose another way to pay.');
    case 'paid':
    case 'failed':
    case 'pending': {
      if (method === undefined) return show(400, 'Choose how to pay first.');
      book.choose(payment, method);
      const reason = outcome === 'failed' ? reasonOf(payment) : undefined;
      book.end(payment, {
        status: outcome,
        method,
        ...(reason === undefined ? {} : { failureReason: reason }),
      });
      return redirect(payment.redirectUrl);
    }
  }
}

/**
 * A guest who goes back at the one method the shop named meets the whole choice first, and no shop is called; only leaving the
 * choice cancels the payment.
 */
function cancel(book: PaymentBook, payment: Payment, show: Show): WireAnswer {
  if (payment.offered?.length === 1) {
    payment.offered = null;
    return show(200, 'Not that way? These are the others. Cancel once more to go back.');
  }
  book.end(payment, { status: 'canceled' });
  return redirect(payment.cancelUrl ?? payment.redirectUrl);
}

function offeredMethods(payment: Payment): readonly Method[] {
  return methods.filter(
    (method) =>
      (payment.offered === null || payment.offered.includes(method.id)) &&
      methodTakes(method, payment.amount),
  );
}

/** The one that was named; where there is only one, or one was chosen before, that one. */
function chosenMethod(payment: Payment, named: string | undefined): Method | undefined {
  const offered = offeredMethods(payment);
  if (named !== undefined) return offered.find(({ id }) => id === named);
  const chosen = payment.status === 'pending' ? findMethod(payment.wallet ?? payment.method) : undefined;
  return chosen ?? (offered.length === 1 ? offered[0] : undefined);
}

function reasonOf(payment: Payment): string {
  const { minor } = payment.amount;
  return (minor % 100 === 0 ? failureReasons[minor / 100] : undefined) ?? 'refused_by_issuer';
}

function redirect(to: string): WireAnswer {
  return { status: 303, headers: { location: to, 'cache-control': 'no-store' }, body: '' };
}

function html(status: number, body: string): WireAnswer {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
    },
    body,
  };
}
