import type { ConsolePort } from '#api/ports.ts';
import { chooseOrder } from '#ordering/asides.ts';
import { getConsoleOrder, listConsoleOrders } from '#ordering/console-orders.ts';
import { whyNoPayLater } from '#ordering/submit-round.ts';
import { viewReadOnly } from '#ordering/guest-view.ts';
import { onlinePaymentOff } from '#payments/account.ts';
import type { PaymentsDeps } from '#payments/deps.ts';
import { payCash } from '#payments/pay-cash.ts';
import { findSessionUser, signIn, signOut } from '#store/console-users.ts';
import { listLocations } from '#store/locations.ts';
import { getLocationStatus } from '#store/location-statuses.ts';

export function makeConsolePort(deps: PaymentsDeps): ConsolePort {
  const { store, clock } = deps;
  return {
    signIn: (email, password) => signIn(store, { email, password, nowMs: clock.nowMs() }),
    signOut: (token) => signOut(store, token),
    userOf: (token) => findSessionUser(store, token, clock.nowMs()),
    locations: async (user) => {
      const { companyId } = user;
      const found = await store.asCompany(companyId, async (tx) => {
        const rows = [];
        for (const location of await listLocations(tx, companyId)) {
          const place = { companyId, locationId: location.location_id };
          rows.push({ location, readOnly: viewReadOnly(await getLocationStatus(tx, place)) });
        }
        return rows;
      });
      return Promise.all(
        found.map(async ({ location, readOnly }) => {
          const { location_id: locationId, name } = location;
          const account = await deps.accountOf({ companyId, locationId });
          const off =
            account.kind === 'ready'
              ? null
              : { reason: account.reason, detail: onlinePaymentOff[account.reason] };
          const payLaterOff = await whyNoPayLater(deps, { companyId, locationId });
          return { locationId, name, readOnly, onlinePaymentOff: off, payLaterOff };
        }),
      );
    },
    orders: (user, locationId) => listConsoleOrders(deps, { companyId: user.companyId, locationId }),
    order: (user, orderId) => getConsoleOrder(deps, { companyId: user.companyId, orderId }),
    payCash: (user, payment) => payCash(deps, { ...payment, companyId: user.companyId, userId: user.userId }),
    chooseOrder: (user, tableId, posRef) => chooseOrder(deps, { companyId: user.companyId, tableId, posRef }),
  };
}
