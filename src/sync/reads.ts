import { createHash } from 'node:crypto';
import type { Clock } from '#domain/time.ts';
import { deadline, minuteMs } from '#domain/time.ts';
import type { PosConnector } from '#contract/connector.ts';
import type { PosOrder, PosTable } from '#contract/snapshot.ts';
import { forgetOldMenus, getMenuVersion, saveAvailability, saveMenu } from '#store/menus.ts';
import { announceChange, listOrdersInProgress, lockOrder } from '#store/orders.ts';
import type { DiningTableRow, OrderRow } from '#store/schema.ts';
import { listTables } from '#store/tables.ts';
import type { Store, Tx } from '#store/store.ts';
import type { PollKind } from './cadence.ts';
import type { Place } from './health.ts';

/** A full menu may be large and the line thin. */
const menuReadMsMax = 2 * minuteMs;
const readMsMax = 20_000;
/** An order that we paid is read until the POS shows it closed, for so long; beyond it only while an item is open for it. */
const confirmedWithinMs = 10 * minuteMs;

export type ReadDeps = {
  readonly store: Store;
  readonly clock: Clock;
  /** Takes orders that a waiter opened at a table into the guests' view. */
  readonly adopt: (tx: Tx, table: DiningTableRow, posTable: PosTable) => Promise<readonly OrderRow[]>;
  /** Compares a reading with what was meant to be there and keeps it; answers whether anything changed. */
  readonly keepReading: (
    tx: Tx,
    order: OrderRow,
    reading: { readonly askedFor: string; readonly seen: PosOrder; readonly atMs: number },
  ) => Promise<boolean>;
  /** Compares the orders of all tables together with what was meant to be there. */
  readonly detectSecondOrders: (
    tx: Tx,
    place: Place,
    tables: readonly PosTable[],
    nowMs: number,
  ) => Promise<void>;
};

/** How a poll ended. `answered` false asks for a status check at once. */
export type Polled = { readonly kind: 'done' } | { readonly kind: 'failed'; readonly answered: boolean };
const done: Polled = { kind: 'done' };

/** One poll of one location: reads the POS and saves what changed. A poll that changes nothing writes no state. */
export async function pollOnce(
  deps: ReadDeps,
  connector: PosConnector,
  place: Place,
  kind: Exclude<PollKind, 'status'>,
): Promise<Polled> {
  const limit = deadline(deps.clock, kind === 'menu' ? menuReadMsMax : readMsMax);
  try {
    switch (kind) {
      case 'menu':
        return await pollMenu(deps, connector, place, limit.signal);
      case 'availability':
        return await pollAvailability(deps, connector, place, limit.signal);
      case 'till-orders':
        return connector.capabilities.readTables
          ? await pollTillOrders(deps, connector, place, limit.signal)
          : done;
      case 'in-progress':
        return connector.capabilities.readOrders
          ? await pollInProgress(deps, connector, place, limit.signal)
          : done;
    }
  } finally {
    limit.done();
  }
}

async function pollMenu(
  deps: ReadDeps,
  connector: PosConnector,
  place: Place,
  signal: AbortSignal,
): Promise<Polled> {
  const read = await connector.readMenu(signal);
  if (read.kind === 'failed') return { kind: 'failed', answered: read.answered };
  const { menu, sourceVersion } = read.value;
  await deps.store.asCompany(place.companyId, async (tx) => {
    if ((await getMenuVersion(tx, place)) === menu.menuVersion) return;
    await saveMenu(tx, place, menu, sourceVersion);
    await forgetOldMenus(tx, place);
    await announceChange(tx, place);
  });
  return done;
}

async function pollAvailability(
  deps: ReadDeps,
  connector: PosConnector,
  place: Place,
  signal: AbortSignal,
): Promise<Polled> {
  const read = await connector.readAvailability(signal);
  if (read.kind === 'failed') return { kind: 'failed', answered: read.answered };
  const { items, variants, modifiers } = read.value;
  const contentHash = createHash('sha256')
    .update(JSON.stringify([items, variants, modifiers]))
    .digest('base64url');
  await deps.store.asCompany(place.companyId, async (tx) => {
    if (await saveAvailability(tx, place, read.value, contentHash)) await announceChange(tx, place);
  });
  return done;
}

async function pollTillOrders(
  deps: ReadDeps,
  connector: PosConnector,
  place: Place,
  signal: AbortSignal,
): Promise<Polled> {
  const read = await connector.readTables(signal);
  if (read.kind === 'failed') return { kind: 'failed', answered: read.answered };
  const adopted = await deps.store.asCompany(place.companyId, async (tx) => {
    const known = new Map((await listTables(tx, place)).map((table) => [table.table_ref, table]));
    const orders: OrderRow[] = [];
    await deps.detectSecondOrders(tx, place, read.value, deps.clock.nowMs());
    for (const posTable of read.value) {
      const table = known.get(posTable.tableRef);
      if (table !== undefined && posTable.orders.length > 0)
        orders.push(...(await deps.adopt(tx, table, posTable)));
    }
    return orders;
  });
  // A new till order is shown in full at once, not two minutes later.
  for (const order of adopted) await refreshOrder(deps, connector, order, signal);
  return done;
}

async function pollInProgress(
  deps: ReadDeps,
  connector: PosConnector,
  place: Place,
  signal: AbortSignal,
): Promise<Polled> {
  const orders = await deps.store.asCompany(place.companyId, (tx) =>
    listOrdersInProgress(tx, place, deps.clock.nowMs() - confirmedWithinMs),
  );
  for (const order of orders) {
    const ended = await refreshOrder(deps, connector, order, signal);
    // The rest would wait for the same silence.
    if (ended.kind === 'failed' && !ended.answered) return ended;
  }
  return done;
}

/** Reads one order, compares it with what was meant to be there (D8) and keeps how the POS holds it. */
async function refreshOrder(
  deps: ReadDeps,
  connector: PosConnector,
  order: OrderRow,
  signal: AbortSignal,
): Promise<Polled> {
  const askedFor = order.pos_ref;
  if (askedFor === null) return done;
  // A round delivered while this read is under way, or so shortly before that the POS does not show it yet, is newer.
  const atMs = deps.clock.nowMs() - connector.capabilities.readLagMs;
  const read = await connector.readOrder(askedFor, signal);
  if (read.kind === 'failed') return { kind: 'failed', answered: read.answered };
  await deps.store.asCompany(order.company_id, async (tx) => {
    const current = await lockOrder(tx, order.company_id, order.order_id);
    if (current === undefined) return;
    const changed = await deps.keepReading(tx, current, { askedFor, seen: read.value, atMs });
    if (changed)
      await announceChange(tx, {
        companyId: order.company_id,
        locationId: order.location_id,
        orderId: order.order_id,
      });
  });
  return done;
}
