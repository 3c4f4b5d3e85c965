import { connectionTo } from '#connectors/foodtec/twin/connection.ts';
import { readPizzeria } from '#connectors/foodtec/twin/pizzeria.ts';
import { saveConnection } from '#store/connections.ts';
import { insertLocation } from '#store/locations.ts';
import type { Tx } from '#store/store.ts';
import { insertTable } from '#store/tables.ts';
import { sealSecret } from './open-connections.ts';
import { connectors } from './connectors.ts';
import type { DemoPos, DemoSecrets, DemoTable } from './demo-company.ts';
import { foodtecUsername } from './foodtec-twin.ts';

export const foodtecLocationId = 'oak-street';
const locationName = 'Oak Street Pizza';
const tableNames = ['Window 1', 'Window 2', 'Booth 3', 'Booth 4', 'Counter 5', 'Patio 6'] as const;

/** The pizzeria's tables. Its POS takes whole orders only, so all of them pay first, and it knows a table by its name. */
export function foodtecTables(): readonly DemoTable[] {
  return tableNames.map((name, index) => ({
    tableId: `${foodtecLocationId}-${index + 1}`,
    name,
    tableRef: name,
    locationId: foodtecLocationId,
    location: locationName,
    flow: 'pay-first',
  }));
}

/** A location whose POS is the FoodTec twin: the store file in its settings is the twin's own. */
export async function seedFoodtecLocation(
  tx: Tx,
  demo: {
    readonly companyId: string;
    readonly secrets: DemoSecrets;
    readonly pos: DemoPos;
    readonly paymentAccountId: string | null;
    readonly nowMs: number;
  },
): Promise<void> {
  const { companyId, secrets, pos } = demo;
  const place = { companyId, locationId: foodtecLocationId };
  const store = readPizzeria();
  await insertLocation(tx, {
    company_id: companyId,
    location_id: foodtecLocationId,
    name: locationName,
    time_zone: store.timeZone,
    currency: store.currency,
    flow: 'pay-first',
    freshness_limit_ms: 600_000,
    menu_read_minute: 300,
    menu_version: null,
    payment_account_id: demo.paymentAccountId,
    payment_mode: 'test',
    donation: null,
    venue: JSON.stringify({
      legalName: `${locationName} LLC`,
      addressLines: ['12 Oak Street', 'Needham MA 02494'],
      taxNumber: '04-1234567',
    }),
    created_at_ms: demo.nowMs,
  });
  const origin = new URL(pos.url).origin;
  const connection = connectionTo(store, {
    origin,
    username: foodtecUsername,
    password: secrets.posPassword,
  });
  await saveConnection(tx, {
    ...place,
    connectorId: 'foodtec',
    origin,
    settings: {
      ...(pos.pinSha256 === undefined ? {} : { tls: { pinSha256: pos.pinSha256 } }),
      connector: connection.settings,
    },
    sealedSecret: sealSecret(connection.secret, Buffer.from(secrets.masterKey, 'base64'), {
      ...place,
      origin,
    }),
    writeConcurrency: connectors.get('foodtec')?.manifest.capabilities.writeConcurrency ?? 1,
  });
  for (const { tableId, name, tableRef } of foodtecTables()) {
    await insertTable(tx, {
      ...place,
      tableId,
      name,
      tableRef,
      flow: null,
      token: secrets.tokens[tableId] ?? '',
    });
  }
}
