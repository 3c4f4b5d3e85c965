import type { AvailabilitySnapshot, Menu } from '#domain/menu.ts';
import { withAvailability } from '#domain/menu.ts';
import type { Money } from '#domain/money.ts';
import type { Line, RequestedLine } from '#domain/order.ts';
import type { Reference } from '#domain/reference.ts';
import { makeReference } from '#domain/reference.ts';
import { roundStateOf } from '#domain/round.ts';
import type { RoundState } from '#domain/round.ts';
import { enqueueWrite, laneOfOrder } from '#delivery/enqueue.ts';
import { findAnswer, saveAnswer, takeKey } from '#store/idempotency.ts';
import type { IdempotencyScope, Remembered } from '#store/idempotency.ts';
import { getLocation } from '#store/locations.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import { getCurrentMenu } from '#store/menus.ts';
import {
  announceChange,
  getOrder,
  insertOrder,
  insertRound,
  listJoinableOrders,
  lockOrder,
  lockTable,
} from '#store/orders.ts';
import { getTable } from '#store/tables.ts';
import type { DiningTableRow, LocationRow, OrderRow } from '#store/schema.ts';
import { listOrderWrites } from '#store/writes.ts';
import type { Tx } from '#store/store.ts';
import { RefusedInTransaction, refuse } from './deps.ts';
import type { GuestTable, OrderingDeps, Refused } from './deps.ts';
import { chooseJoinable, joinOrder, readTableNow } from './join-order.ts';
import type { TableReading } from './join-order.ts';
import { priceRound } from './price-round.ts';

export type RoundToSubmit = {
  /** Names the guest's visit; a Pay-First order belongs to it. */
  readonly visit: string;
  readonly idempotencyKey: string;
  readonly bodyHash: string;
  /** The order the guest looked at. The round goes where the table's rounds go now; an order nobody knows is refused. */
  readonly orderId?: string;
  readonly lines: readonly RequestedLine[];
};

export type SubmittedRound = {
  readonly kind: 'placed';
  readonly orderId: string;
  readonly roundId: string;
  readonly state: RoundState;
};

/**
 * Takes a guest's round: prices it against the pinned menu and saves the order, the round, the POS write and the answer to the
 * key in one transaction. Refusals save nothing.
 */
export async function submitRound(
  deps: OrderingDeps,
  table: GuestTable,
  round: RoundToSubmit,
): Promise<SubmittedRound | Refused> {
  if (table.flow === 'pay-later' && (await whyNoPayLater(deps, table)) !== null) return refuse('not-offered');
  const scope = { companyId: table.companyId, scope: `rounds:${table.tableId}`, key: round.idempotencyKey };
  const context = await deps.store.asCompany(table.companyId, (tx) => getContext(tx, table, scope, round));
  if (context.kind !== 'context') return context;
  const priced = priceRound(context.menu, round.lines, {
    randomBytes: deps.randomBytes,
    takesNotes: await takesNotes(deps, table, round.lines),
  });
  if (priced.kind === 'refused') return priced;
  const reading = context.mustRead
    ? await readTableNow(deps, table, context.diningTable.table_ref)
    : { kind: 'unread' as const };
  if (reading.kind === 'refused') return reading;
  const placement: Placement = {
    table,
    round,
    scope,
    lines: priced.lines,
    total: priced.total,
    menuVersion: context.menu.menuVersion,
    location: context.location,
    reading,
  };
  try {
    return await deps.store.asCompany(table.companyId, (tx) => placeRound(tx, deps, placement));
  } catch (error) {
    if (error instanceof RefusedInTransaction) {
      // What the table's reading showed stays known, so that a waiter can choose.
      if (error.refused.code === 'table-has-several-orders') await rememberTillOrders(deps, placement);
      return error.refused;
    }
    throw error;
  }
}

/** Pay-Later needs a POS that appends. One that cannot be asked now is judged by its status, as every round is. Null: offered. */
export async function whyNoPayLater(
  deps: Pick<OrderingDeps, 'capabilitiesOf'>,
  place: Pick<GuestTable, 'companyId' | 'locationId'>,
): Promise<{ readonly reason: string; readonly detail: string } | null> {
  return (await deps.capabilitiesOf(place))?.appendRounds === false
    ? { reason: 'no-further-rounds', detail: 'The POS takes an order whole: a further round cannot join it.' }
    : null;
}

/** Only asked when somebody wrote one. */
async function takesNotes(
  deps: OrderingDeps,
  table: GuestTable,
  lines: readonly RequestedLine[],
): Promise<boolean> {
  if (lines.every((line) => (line.note ?? '') === '')) return true;
  return (await deps.capabilitiesOf(table))?.lineNotes === true;
}

type Context = {
  readonly kind: 'context';
  readonly location: LocationRow;
  readonly diningTable: DiningTableRow;
  readonly menu: Menu;
  /** No order is known to be open at the table, so the POS is asked right before. */
  readonly mustRead: boolean;
};

async function getContext(
  tx: Tx,
  table: GuestTable,
  scope: IdempotencyScope,
  round: RoundToSubmit,
): Promise<Context | SubmittedRound | Refused> {
  const answered = answerOf(await findAnswer(tx, scope, round.bodyHash));
  if (answered !== undefined) return answered;
  const location = await getLocation(tx, table);
  const diningTable = await getTable(tx, table.companyId, table.tableId);
  if (location === undefined || diningTable === undefined) return refuse('table-unknown');
  const status = await getLocationStatus(tx, table);
  if (status?.state !== 'online') return readOnly(status?.reason ?? null);
  const current = await getCurrentMenu(tx, table);
  if (current === undefined) return refuse('menu-not-read');
  if (round.orderId !== undefined && !(await knowsOrder(tx, table, round, round.orderId)))
    return refuse('order-unknown');
  const joinable =
    table.flow === 'pay-first'
      ? undefined
      : chooseJoinable(await listJoinableOrders(tx, table.companyId, table.tableId));
  const mustRead = table.flow === 'pay-later' && (joinable === undefined || joinable === 'several');
  return { kind: 'context', location, diningTable, menu: orderableMenu(current), mustRead };
}

/** What was answered to this key before; undefined when it is new. */
function answerOf(remembered: Remembered): SubmittedRound | Refused | undefined {
  switch (remembered.kind) {
    case 'new':
      return undefined;
    case 'other-body':
      return refuse('idempotency-key-reused');
    case 'running':
      return refuse('request-running');
    case 'answered':
      return remembered.answer as SubmittedRound;
  }
}

/** A Pay-Later order may have been moved by a waiter, so any of this location will do; a Pay-First one must be the visit's own. */
async function knowsOrder(
  tx: Tx,
  table: GuestTable,
  round: RoundToSubmit,
  orderId: string,
): Promise<boolean> {
  const order = await getOrder(tx, table.companyId, orderId);
  if (order === undefined || order.location_id !== table.locationId || order.flow !== table.flow)
    return false;
  return order.flow === 'pay-later' || order.visit_id === round.visit;
}

/** The pinned menu with what is sold out laid over it. */
export function orderableMenu(current: { menu: Menu; availability: AvailabilitySnapshot | undefined }): Menu {
  return current.availability === undefined
    ? current.menu
    : withAvailability(current.menu, current.availability);
}

function readOnly(reason: string | null): Refused {
  const { kind, code } = refuse('location-read-only');
  return reason === null || reason === 'starting'
    ? { kind, code }
    : { kind, code, reason: reason as NonNullable<Refused['reason']> };
}

type Placement = {
  readonly table: GuestTable;
  readonly round: RoundToSubmit;
  readonly scope: IdempotencyScope;
  readonly lines: readonly Line[];
  readonly total: Money;
  readonly menuVersion: string;
  readonly location: LocationRow;
  readonly reading: TableReading;
};

async function placeRound(tx: Tx, deps: OrderingDeps, placement: Placement): Promise<SubmittedRound> {
  const { table, round, scope } = placement;
  const nowMs = deps.clock.nowMs();
  const answered = answerOf(await takeKey(tx, scope, { bodyHash: round.bodyHash, nowMs }));
  if (answered?.kind === 'refused') throw new RefusedInTransaction(answered);
  if (answered !== undefined) return answered;
  const diningTable = await lockTable(tx, table.companyId, table.tableId);
  const roundId = makeReference(deps.randomBytes);
  const order =
    table.flow === 'pay-first'
      ? await insertPayFirstOrder(tx, deps, placement)
      : await joinOrder(tx, deps, diningTable, {
          reading: placement.reading,
          currency: placement.location.currency,
        });
  if (order === 'several') throw new RefusedInTransaction(refuse('table-has-several-orders'));
  const enqueued =
    table.flow === 'pay-first'
      ? null
      : await enqueueNow(tx, deps, { order, diningTable, roundId, placement });
  await insertRound(tx, {
    company_id: table.companyId,
    round_id: roundId,
    order_id: order.order_id,
    location_id: table.locationId,
    by: 'guest',
    lines: JSON.stringify(placement.lines),
    total_minor: placement.total.amountMinor,
    menu_version: placement.menuVersion,
    visit_id: round.visit,
    write_id: enqueued?.writeId ?? null,
    created_at_ms: nowMs,
  });
  const placed: SubmittedRound = {
    kind: 'placed',
    orderId: order.order_id,
    roundId,
    state: roundStateOf(enqueued?.state),
  };
  await saveAnswer(tx, scope, placed);
  const place = { companyId: table.companyId, locationId: table.locationId, orderId: order.order_id };
  await deps.logFlow(tx, {
    ...place,
    roundId,
    ...(enqueued === null ? {} : { writeId: enqueued.writeId }),
    event: 'round-submitted',
    detail: placed.state,
    atMs: nowMs,
  });
  await announceChange(tx, place);
  return placed;
}

/** The location may have become read-only while its table was read: then nothing is taken, rather than left waiting. */
async function enqueueNow(
  tx: Tx,
  deps: OrderingDeps,
  round: {
    readonly order: OrderRow;
    readonly diningTable: DiningTableRow;
    readonly roundId: Reference;
    readonly placement: Placement;
  },
): Promise<Enqueued> {
  const { location, lines, table } = round.placement;
  const nowMs = deps.clock.nowMs();
  const enqueued = await enqueueRound(tx, deps, {
    order: round.order,
    diningTable: round.diningTable,
    roundId: round.roundId,
    lines,
    freshUntilMs: location.freshness_limit_ms === null ? null : nowMs + location.freshness_limit_ms,
  });
  if (enqueued.kind === 'refused') throw new RefusedInTransaction(enqueued);
  if (enqueued.state === 'waiting')
    throw new RefusedInTransaction(readOnly((await getLocationStatus(tx, table))?.reason ?? null));
  return enqueued;
}

function insertPayFirstOrder(tx: Tx, deps: OrderingDeps, placement: Placement): Promise<OrderRow> {
  return insertOrder(
    tx,
    {
      company_id: placement.table.companyId,
      order_id: makeReference(deps.randomBytes),
      location_id: placement.table.locationId,
      table_id: placement.table.tableId,
      flow: 'pay-first',
      state: 'awaiting-payment',
      opened_by: 'guest',
      visit_id: placement.round.visit,
      pos_ref: null,
      currency: placement.location.currency,
    },
    deps.clock.nowMs(),
  );
}

type Enqueued = {
  readonly kind: 'enqueued';
  readonly writeId: number;
  readonly state: 'queued' | 'waiting';
};

/**
 * Saves the write of a Pay-Later round: the first one creates the order in the POS, later ones append to it. While a write of
 * the order needs a person, nothing is added behind it.
 */
export async function enqueueRound(
  tx: Tx,
  deps: Pick<OrderingDeps, 'clock'>,
  round: {
    readonly order: OrderRow;
    readonly diningTable: DiningTableRow;
    readonly roundId: Reference;
    readonly lines: readonly Line[];
    readonly freshUntilMs: number | null;
  },
): Promise<Enqueued | Refused> {
  const { order, diningTable } = round;
  await lockOrder(tx, order.company_id, order.order_id);
  const writes = await listOrderWrites(tx, order.company_id, [order.order_id]);
  if (writes.some((write) => write.state === 'error')) return refuse('order-needs-a-waiter');
  const exists =
    order.pos_ref !== null ||
    writes.some((write) => write.state !== 'refused' && write.state !== 'cancelled');
  const write = await enqueueWrite(tx, {
    companyId: order.company_id,
    locationId: order.location_id,
    lane: laneOfOrder(order.order_id),
    orderId: order.order_id,
    roundId: round.roundId,
    paymentId: null,
    payload: {
      kind: exists ? 'append-round' : 'create-order',
      orderReference: order.order_id,
      roundReference: round.roundId,
      tableRef: diningTable.table_ref,
      tableName: diningTable.name,
      posRef: order.pos_ref,
      openOrder: 'join',
      lines: round.lines,
    },
    freshUntilMs: round.freshUntilMs,
    nowMs: deps.clock.nowMs(),
  });
  return { kind: 'enqueued', ...write };
}

async function rememberTillOrders(deps: OrderingDeps, placement: Placement): Promise<void> {
  const { table, reading, location } = placement;
  if (reading.kind !== 'read') return;
  await deps.store.asCompany(table.companyId, async (tx) => {
    await joinOrder(tx, deps, await lockTable(tx, table.companyId, table.tableId), {
      reading,
      currency: location.currency,
    });
    await announceChange(tx, { companyId: table.companyId, locationId: table.locationId });
  });
}
