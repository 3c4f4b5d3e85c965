import { minuteMs } from '#domain/time.ts';
import type { GuestTable } from '#ordering/deps.ts';
import { sealSecret } from '#gateway/open-connections.ts';
import { saveConnection } from '#store/connections.ts';
import { insertLocation } from '#store/locations.ts';
import { makeSealKey } from '#store/seal.ts';
import type { Tx } from '#store/store.ts';
import { insertTable } from '#store/tables.ts';
import type { Kernel } from './kernel.ts';
import type { Server } from './network.ts';
import type { PosClass } from './pos/classes.ts';
import { ModelPos, credentials } from './pos/model-pos.ts';
import { posClasses } from './pos/offered.ts';
import { makeRandom } from './random.ts';
import type { Random } from './random.ts';

export const companies = ['amber', 'birch'] as const;
export const freshnessMs = 10 * minuteMs;

/** The same in every run: a seed must not meet another key. */
export const masterKey = Buffer.alloc(makeSealKey().length, 7);

/** Each company has one account at the payment provider. */
export const paymentAccountId = 'account';

/** One location of a company: its tables here, and its POS out there. */
export type Place = {
  readonly companyId: string;
  readonly server: Server;
  readonly tables: readonly GuestTable[];
};

export function makePlaces(kernel: Kernel, seed: number, classIds: readonly string[]): readonly Place[] {
  return classIds.map((classId, index) => {
    const posClass = posClasses.find((one) => one.classId === classId);
    if (posClass === undefined) throw new Error(`no class of POS is called ${classId}`);
    const companyId = companies[index % companies.length] ?? companies[0];
    const locationId = `${classId}-${index}`;
    const server: Server = {
      index,
      origin: `https://${locationId}.pos.test`,
      locationId,
      posClass,
      pos: makePos(posClass, { kernel, index, random: makeRandom(seed, `pos ${index}`) }),
    };
    return {
      companyId,
      server,
      // Half of the tables pay first, as a terrace does; all of them where a POS takes an order whole.
      tables: server.pos.tableRefs.map((_, table) => ({
        companyId,
        locationId,
        tableId: `${locationId}-table-${table}`,
        flow:
          table % 2 === 0 && posClass.capabilities.appendRounds
            ? ('pay-later' as const)
            : ('pay-first' as const),
      })),
    };
  });
}

function makePos(
  posClass: PosClass,
  at: { readonly kernel: Kernel; readonly index: number; readonly random: Random },
) {
  const options = { nowMs: () => at.kernel.nowMs, random: at.random };
  return (
    posClass.real?.makePos(at.index, options) ??
    new ModelPos(posClass, { ...options, restaurant: `restaurant ${at.index}` })
  );
}

export async function openPlace(tx: Tx, place: Place, nowMs: number): Promise<void> {
  const { companyId, server } = place;
  const { locationId, pos } = server;
  await insertLocation(tx, {
    company_id: companyId,
    location_id: locationId,
    name: locationId,
    time_zone: 'Europe/Rome',
    currency: 'EUR',
    flow: 'pay-later',
    freshness_limit_ms: freshnessMs,
    menu_read_minute: 300,
    menu_version: null,
    payment_account_id: paymentAccountId,
    payment_mode: 'live',
    donation: JSON.stringify({ cause: 'Food bank', amountsMinor: [100], roundUp: true }),
    auto_refund: server.index % 3 === 0,
    created_at_ms: nowMs,
  });
  await saveConnection(tx, connectionOf(place));
  for (const [index, table] of place.tables.entries())
    await insertTable(tx, {
      companyId,
      locationId,
      tableId: table.tableId,
      name: `table ${index}`,
      tableRef: pos.tableRefs[index] ?? '',
      flow: table.flow,
      token: table.tableId,
    });
}

export function connectionOf({ companyId, server }: Place) {
  const { locationId, origin, posClass, index } = server;
  const { settings, secret } = posClass.real?.connection(index, origin) ?? {
    settings: { origin, restaurant: `restaurant ${index}` },
    secret: { token: credentials },
  };
  return {
    companyId,
    locationId,
    connectorId: posClass.classId,
    origin,
    settings: { connector: settings },
    sealedSecret: sealSecret(secret, masterKey, { companyId, locationId, origin }),
    writeConcurrency: posClass.capabilities.writeConcurrency,
  };
}
