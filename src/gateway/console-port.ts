import type { ConsolePort } from '#api/ports.ts';
import { chooseOrder } from '#ordering/asides.ts';
import { getConsoleOrder, listConsoleOrders } from '#ordering/console-orders.ts';
import type { OrderingDeps } from '#ordering/deps.ts';
import { viewReadOnly } from '#ordering/guest-view.ts';
import { payCash } from '#payments/pay-cash.ts';
import { findSessionUser, signIn, signOut } from '#store/console-users.ts';
import { listLocations } from '#store/locations.ts';
import { getLocationStatus } from '#store/location-statuses.ts';

export function makeConsolePort(deps: OrderingDeps): ConsolePort {
  const { store, clock } = deps;
  return {
    signIn: (email, password) => signIn(store, { email, password, nowMs: clock.nowMs() }),
    signOut: (token) => signOut(store, token),
    userOf: (token) => findSessionUser(store, token, clock.nowMs()),
    locations: (user) =>
      store.asCompany(user.companyId, async (tx) => {
        const views = [];
        for (const location of await listLocations(tx, user.companyId)) {
          const place = { companyId: user.companyId, locationId: location.location_id };
          views.push({
            locationId: location.location_id,
            name: location.name,
            readOnly: viewReadOnly(await getLocationStatus(tx, place)),
          });
        }
        return views;
      }),
    orders: (user, locationId) => listConsoleOrders(deps, { companyId: user.companyId, locationId }),
    order: (user, orderId) => getConsoleOrder(deps, { companyId: user.companyId, orderId }),
    payCash: (user, payment) => payCash(deps, { ...payment, companyId: user.companyId, userId: user.userId }),
    chooseOrder: (user, tableId, posRef) => chooseOrder(deps, { companyId: user.companyId, tableId, posRef }),
  };
}
