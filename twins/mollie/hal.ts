import type { WireAnswer } from '../definition.ts';
import { chargedBackMinor, refundedMinor, showAmount } from './amounts.ts';
import { findMethod } from './methods.ts';
import type { Chargeback, Payment, Refund, Settings } from './state.ts';
import { finalStates } from './state.ts';

/** The provider's answers: HAL, with links back to where it was asked. */

const halType = 'application/hal+json';

export function answerHal(status: number, json: unknown): WireAnswer {
  return { status, headers: { 'content-type': halType }, body: JSON.stringify(json) };
}

const documentation = { href: 'https://docs.mollie.com/reference', type: 'text/html' };

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

export function refuseHal(status: number, detail: string, field?: string): WireAnswer {
  return answerHal(status, {
    status,
    title: titles[status] ?? 'Error',
    detail,
    ...(field === undefined ? {} : { field }),
    _links: {
      documentation: { href: 'https://docs.mollie.com/overview/handling-errors', type: 'text/html' },
    },
  });
}

export type Showing = {
  readonly settings: Settings;
  readonly defects: ReadonlySet<string>;
  readonly organizationId: string;
  /** `refunds`, `chargebacks`. */
  readonly embed?: readonly string[];
};

export function isCancelable(payment: Payment, settings: Settings): boolean {
  if (payment.status !== 'open') return false;
  switch (settings.cancelable) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'by-method':
      return findMethod(payment.method)?.cancelable ?? false;
  }
}

export function showPayment(payment: Payment, showing: Showing) {
  const { amount } = payment;
  const final = finalStates.has(payment.status);
  const shown = showing.defects.has('wrong-amount') ? { ...amount, minor: amount.minor + 1 } : amount;
  return {
    resource: 'payment',
    id: payment.id,
    mode: payment.mode,
    createdAt: instant(payment.createdAtMs),
    amount: showAmount(shown),
    description: payment.description,
    method: payment.method,
    metadata: payment.metadata,
    status: showing.defects.has('unknown-status') ? 'settling' : payment.status,
    ...endOf(payment),
    ...(payment.status === 'open'
      ? { isCancelable: isCancelable(payment, showing.settings), expiresAt: instant(payment.expiresAtMs) }
      : {}),
    ...(payment.locale === null ? {} : { locale: payment.locale }),
    profileId: payment.profileId,
    sequenceType: 'oneoff',
    redirectUrl: payment.redirectUrl,
    ...(payment.cancelUrl === null ? {} : { cancelUrl: payment.cancelUrl }),
    ...(payment.webhookUrl === null ? {} : { webhookUrl: payment.webhookUrl }),
    ...moneyOf(payment),
    ...detailsOf(payment),
    _links: linksOf(payment, final, showing.organizationId),
    ...embedded(payment, showing.embed ?? []),
  };
}

function endOf(payment: Payment): Record<string, string> {
  if (payment.endedAtMs === null) return {};
  const names = {
    open: null,
    pending: null,
    authorized: 'authorizedAt',
    paid: 'paidAt',
    failed: 'failedAt',
    canceled: 'canceledAt',
    expired: 'expiredAt',
  } as const;
  const name = names[payment.status];
  return name === null ? {} : { [name]: instant(payment.endedAtMs) };
}

function moneyOf(payment: Payment) {
  if (payment.status !== 'paid') return {};
  const { currency } = payment.amount;
  const refunded = refundedMinor(payment);
  const chargedBack = chargedBackMinor(payment);
  return {
    amountRefunded: showAmount({ minor: refunded, currency }),
    amountRemaining: showAmount({ minor: Math.max(0, payment.amount.minor - refunded), currency }),
    ...(chargedBack === 0 ? {} : { amountChargedBack: showAmount({ minor: chargedBack, currency }) }),
    settlementAmount: showAmount(payment.amount),
  };
}

function detailsOf(payment: Payment) {
  if (payment.method !== 'creditcard' || payment.endedAtMs === null) return {};
  return {
    details: {
      ...(payment.wallet === null ? {} : { wallet: payment.wallet }),
      ...(payment.failureReason === null ? {} : { failureReason: payment.failureReason }),
      ...(payment.status === 'paid'
        ? { cardLabel: 'Mastercard', cardNumber: '6787', feeRegion: 'intra-eu' }
        : {}),
    },
  };
}

function linksOf(payment: Payment, final: boolean, organizationId: string) {
  const { origin, id, checkoutToken } = payment;
  const api = `${origin}/v2/payments/${id}`;
  return {
    self: { href: api, type: halType },
    ...(final ? {} : { checkout: { href: `${origin}/checkout/${checkoutToken}`, type: 'text/html' } }),
    // Outside the twin there is nothing; shops store the link and show it to staff.
    dashboard: {
      href: `https://my.mollie.com/dashboard/${organizationId}/payments/${id}`,
      type: 'text/html',
    },
    ...(payment.refunds.length === 0 ? {} : { refunds: { href: `${api}/refunds`, type: halType } }),
    ...(payment.chargebacks.length === 0
      ? {}
      : { chargebacks: { href: `${api}/chargebacks`, type: halType } }),
    documentation,
  };
}

function embedded(payment: Payment, embed: readonly string[]) {
  const refunds = embed.includes('refunds')
    ? { refunds: payment.refunds.map((refund) => showRefund(payment, refund)) }
    : {};
  const chargebacks = embed.includes('chargebacks')
    ? { chargebacks: payment.chargebacks.map((chargeback) => showChargeback(payment, chargeback)) }
    : {};
  const all = { ...refunds, ...chargebacks };
  return Object.keys(all).length === 0 ? {} : { _embedded: all };
}

export function showRefund(payment: Payment, refund: Refund) {
  const api = `${payment.origin}/v2/payments/${payment.id}`;
  return {
    resource: 'refund',
    id: refund.id,
    mode: payment.mode,
    amount: showAmount(refund.amount),
    status: refund.status,
    createdAt: instant(refund.createdAtMs),
    description: refund.description,
    metadata: refund.metadata,
    paymentId: payment.id,
    settlementAmount: { ...showAmount(refund.amount), value: `-${showAmount(refund.amount).value}` },
    _links: {
      self: { href: `${api}/refunds/${refund.id}`, type: halType },
      payment: { href: api, type: halType },
      documentation,
    },
  };
}

export function showChargeback(payment: Payment, chargeback: Chargeback) {
  const api = `${payment.origin}/v2/payments/${payment.id}`;
  return {
    resource: 'chargeback',
    id: chargeback.id,
    amount: showAmount(chargeback.amount),
    createdAt: instant(chargeback.createdAtMs),
    ...(chargeback.reversedAtMs === null ? {} : { reversedAt: instant(chargeback.reversedAtMs) }),
    paymentId: payment.id,
    _links: {
      self: { href: `${api}/chargebacks/${chargeback.id}`, type: halType },
      payment: { href: api, type: halType },
      documentation,
    },
  };
}

/** A list without pages: this one says that there is no more. */
export function showList(name: string, items: readonly unknown[], self: string) {
  return {
    count: items.length,
    _embedded: { [name]: items },
    _links: { self: { href: self, type: halType }, previous: null, next: null, documentation },
  };
}

/** `2026-11-24T12:00:00+00:00`: whole seconds, as the provider writes it. */
function instant(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}+00:00`;
}
