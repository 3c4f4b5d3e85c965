import type { ConsolePaymentPort, PaymentOffer, PaymentPort } from '#api/ports.ts';
import { parseReference } from '#domain/reference.ts';
import type { GuestTable } from '#ordering/deps.ts';
import { getConsolePayment, listOrderPayments } from '#payments/console-payments.ts';
import { countPayment } from '#payments/count-payment.ts';
import { createPayment } from '#payments/create-payment.ts';
import { closeDay, dayCloseCsv } from '#payments/day-close.ts';
import type { PaymentsDeps } from '#payments/deps.ts';
import { getGuestPayment } from '#payments/get-payment.ts';
import type { PaymentLoop } from '#payments/payment-loop.ts';
import { refundPayment } from '#payments/refund-payment.ts';
import { sendPaidAgain } from '#payments/send-again.ts';
import { getLocation } from '#store/locations.ts';
import { findAttempt } from '#store/payments.ts';
import { paymentProviders } from './payment-accounts.ts';

export function makePaymentPort(deps: PaymentsDeps, loop: PaymentLoop): PaymentPort {
  return {
    create: (table, wish) => createPayment(deps, table, wish),
    get: (table, attemptToken) => getGuestPayment(deps, loop, table, attemptToken),
    async takeWebhook(providerId, attemptToken, call) {
      const news = paymentProviders.get(providerId)?.parseWebhook(call);
      if (news === undefined || news.kind === 'unreadable') return 'unreadable';
      const found = await deps.store.asEntry((tx) => findAttempt(tx, attemptToken));
      if (found !== undefined) await loop.noteNews(found, news.refs[0]);
      return 'taken';
    },
  };
}

export function makeConsolePaymentPort(deps: PaymentsDeps, loop: PaymentLoop): ConsolePaymentPort {
  return {
    payments: ({ companyId }, orderId) => listOrderPayments(deps, { companyId, orderId }),
    async refresh({ companyId }, paymentId) {
      const reference = parseReference(paymentId);
      if (reference === undefined) return undefined;
      await loop.sync({ companyId, paymentId: reference });
      return getConsolePayment(deps, { companyId, paymentId });
    },
    refund: ({ companyId, userId }, refund) => refundPayment(deps, { ...refund, companyId, userId }),
    count: ({ companyId, userId }, counting) => countPayment(deps, { ...counting, companyId, userId }),
    sendAgain: ({ companyId }, orderId) => sendPaidAgain(deps, { companyId, orderId }),
    async dayClose({ companyId }, day) {
      const close = await closeDay(deps, { companyId, ...day });
      return 'kind' in close ? close : { kind: 'closed', close };
    },
    async dayCloseCsv({ companyId }, day) {
      const close = await closeDay(deps, { companyId, ...day });
      return 'kind' in close ? close : { kind: 'closed', text: dayCloseCsv(close) };
    },
  };
}

/** What a location's guests are offered when they pay. */
export async function getPaymentOffer(deps: PaymentsDeps, table: GuestTable): Promise<PaymentOffer> {
  const account = await deps.accountOf(table);
  const location = await deps.store.asCompany(table.companyId, (tx) => getLocation(tx, table));
  return {
    online: account.kind === 'ready',
    tipPercents: location?.tip_percents ?? [],
    tipMaxPercent: location?.tip_max_percent ?? 0,
    donation: location?.donation ?? null,
  };
}
