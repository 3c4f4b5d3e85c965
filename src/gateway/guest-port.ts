import type { GuestPort } from '#api/ports.ts';
import { answerStillWanted, applyLoyaltyCard, callWaiter } from '#ordering/asides.ts';
import { getGuestMenu, getGuestView, getOrderView } from '#ordering/guest-view.ts';
import { submitRound } from '#ordering/submit-round.ts';
import type { PaymentsDeps } from '#payments/deps.ts';
import { findTableByToken } from '#store/tables.ts';
import { getPaymentOffer } from './payment-port.ts';

export function makeGuestPort(deps: PaymentsDeps): GuestPort {
  return {
    findTable: (token) => findTableByToken(deps.store, token),
    view: async (table, visit) => ({
      ...(await getGuestView(deps, table, visit)),
      payment: await getPaymentOffer(deps, table),
    }),
    menu: (table) => getGuestMenu(deps, table),
    submitRound: (table, round) => submitRound(deps, table, round),
    order: (table, visit, orderId) => getOrderView(deps, table, { visit, orderId }),
    answerStillWanted: (table, answer) => answerStillWanted(deps, table, answer),
    callWaiter: (table, text) => callWaiter(deps, table, text),
    applyCard: (table, visit, cardCode) => applyLoyaltyCard(deps, table, { visit, cardCode }),
  };
}
