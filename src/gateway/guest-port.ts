import type { GuestPort, GuestTable } from '#api/ports.ts';
import { answerStillWanted, applyLoyaltyCard, callWaiter } from '#ordering/asides.ts';
import { getGuestMenu, getGuestView, getOrderView } from '#ordering/guest-view.ts';
import { submitRound } from '#ordering/submit-round.ts';
import type { OrderView } from '#ordering/views.ts';
import type { PaymentsDeps } from '#payments/deps.ts';
import type { PaymentLoop } from '#payments/payment-loop.ts';
import { findTableByToken } from '#store/tables.ts';
import { getPaymentOffer } from './payment-port.ts';

export function makeGuestPort(deps: PaymentsDeps, loop: Pick<PaymentLoop, 'noteLook'>): GuestPort {
  /** A bill with something due may be on its way to being paid. */
  const noteLook = (table: GuestTable, order: OrderView | null | undefined) => {
    if (order !== null && order !== undefined && order.due.amountMinor > 0)
      loop.noteLook({ companyId: table.companyId, orderId: order.orderId });
  };
  return {
    findTable: (token) => findTableByToken(deps.store, token),
    async view(table, visit) {
      const view = await getGuestView(deps, table, visit);
      noteLook(table, view.order);
      return { ...view, payment: await getPaymentOffer(deps, table) };
    },
    menu: (table) => getGuestMenu(deps, table),
    submitRound: (table, round) => submitRound(deps, table, round),
    async order(table, asked) {
      const order = await getOrderView(deps, table, asked);
      noteLook(table, order);
      return order;
    },
    answerStillWanted: (table, answer) => answerStillWanted(deps, table, answer),
    callWaiter: (table, text) => callWaiter(deps, table, text),
    applyCard: (table, visit, cardCode) => applyLoyaltyCard(deps, table, { visit, cardCode }),
  };
}
