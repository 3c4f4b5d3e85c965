import { randomBytes } from 'node:crypto';
import { partnerDiscount, takeawayOrderType, takeawayTable } from '#connectors/rkeeper/twin/connection.ts';
import type { RestaurantSeed } from '#connectors/rkeeper/twin/seed.ts';
import { registerIntakeClient } from '#store/intake-clients.ts';
import { saveIntakeNames, saveIntakeProfile } from '#store/intake-profiles.ts';
import type { Tx } from '#store/store.ts';
import { insertTable, tokenBytes } from '#store/tables.ts';

/** The third party of the demo, under a name that stays the same. */
const clientId = 'market';
export const intakeUsername = `intake-${clientId}`;

/** A location takes orders of a third party: at its takeaway counter, by the names of its own menu. */
export async function seedDemoIntake(
  tx: Tx,
  place: { readonly companyId: string; readonly locationId: string },
  demo: { readonly seed: RestaurantSeed; readonly password: string; readonly nowMs: number },
): Promise<void> {
  const { seed } = demo;
  const counter = seed.tables.find((table) => table.code === takeawayTable);
  const orderType = seed.orderTypes.find((type) => type.code === takeawayOrderType);
  if (counter === undefined || orderType === undefined) throw new Error('the house has no takeaway counter');
  const tableId = `${place.locationId}-${counter.code}`;
  await insertTable(tx, {
    ...place,
    tableId,
    name: counter.name,
    tableRef: String(counter.ident),
    flow: null,
    // Nobody scans the counter: its code is printed nowhere.
    token: randomBytes(tokenBytes).toString('base64url'),
  });
  const standing = { tableId, orderTypeRef: String(orderType.ident), stationRef: null };
  await saveIntakeProfile(tx, place, {
    pickup: standing,
    delivery: standing,
    priceCheck: 'lines',
    store: null,
    discountCode: String(partnerDiscount),
    preparationMinutes: 20,
  });
  await saveIntakeNames(tx, place, [
    { kind: 'qualifier', withinId: null, name: 'Extra', targetId: null, units: 2 },
  ]);
  await registerIntakeClient(tx, {
    ...place,
    clientId,
    name: 'Market',
    password: demo.password,
    nowMs: demo.nowMs,
  });
}
