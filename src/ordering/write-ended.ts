import { canOrderMove } from '#domain/order.ts';
import type { PosWritten, RoundPlaced } from '#contract/connector.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import { keepReading } from '#delivery/detector.ts';
import {
  announceChange,
  countRoundWrites,
  findOrderByPosRef,
  getRound,
  lockOrder,
  lockTable,
  mergeOrder,
  moveRound,
  removeTillOrder,
  updateOrder,
} from '#store/orders.ts';
import type { DiningTableRow, OrderRow, WriteRow } from '#store/schema.ts';
import { findTableIdByRef } from '#store/tables.ts';
import type { Tx } from '#store/store.ts';
import { listRoundsBehind } from '#store/writes.ts';
import type { OrderingDeps } from './deps.ts';
import { joinOrder } from './join-order.ts';
import { enqueueRound } from './submit-round.ts';

/** A till that closes or moves the order under every new round is a till that a person must look at. */
export const startsAnewMax = 3;

type Ended = {
  readonly decision: {
    readonly state: WriteRow['state'];
    readonly error: { readonly code: PosErrorCode } | null;
  };
  readonly value: PosWritten | undefined;
};

/** What hangs on a write's end, in the transaction that moved the write. */
export async function orderWriteEnded(
  tx: Tx,
  deps: OrderingDeps,
  write: WriteRow,
  ended: Ended,
): Promise<void> {
  if (write.order_id === null) return;
  const { state, error } = ended.decision;
  const mayStartAnew = state === 'refused' && isRound(write) && startsAnewAfter(error?.code);
  // Guests' requests lock the table before the order, so whatever may need both does too.
  if (mayStartAnew || (state === 'delivered' && write.kind === 'mark-paid')) await lockTablesOf(tx, write);
  const table =
    mayStartAnew || (state === 'delivered' && write.kind === 'create-order')
      ? await lockScannedTable(tx, write)
      : undefined;
  const order = await lockOrder(tx, write.company_id, write.order_id);
  if (order === undefined) throw new Error(`write ${write.write_id} belongs to no order`);
  const nowMs = deps.clock.nowMs();
  if (state === 'delivered') await delivered(tx, { order, write, value: ended.value, nowMs });
  if (state === 'refused' && write.kind === 'mark-paid') await markPaidRefused(tx, { order, nowMs });
  if (state === 'refused' && isRound(write)) await updateOrder(tx, order, {}, nowMs);
  if (mayStartAnew && table !== undefined && wasLeft(order, error?.code))
    await startAnew(tx, deps, { order, write, table });
  await announceChange(tx, {
    companyId: order.company_id,
    locationId: order.location_id,
    orderId: order.order_id,
  });
}

function isRound(write: WriteRow): boolean {
  return write.kind === 'create-order' || write.kind === 'append-round';
}

/** The order we meant is no longer where the guest sits. An order that the POS forgot was closed or merged into another. */
function startsAnewAfter(code: PosErrorCode | undefined): boolean {
  return (
    code === 'order-closed' ||
    code === 'order-moved' ||
    code === 'order-unknown' ||
    code === 'order-not-in-pos'
  );
}

/** Rounds behind the one that should have made the order go where that one went; when it was refused for good, so are they. */
function wasLeft(order: OrderRow, code: PosErrorCode | undefined): boolean {
  return order.flow === 'pay-later' && (code !== 'order-not-in-pos' || !order.joinable);
}

/** The tables of this round and of those behind it: when their order is closed, they start anew in the same transaction. */
async function lockTablesOf(tx: Tx, write: WriteRow): Promise<void> {
  const place = { companyId: write.company_id, locationId: write.location_id };
  const rounds = [write, ...(await listRoundsBehind(tx, write))];
  const tableRefs = new Set(rounds.flatMap(({ payload }) => ('tableRef' in payload ? payload.tableRef : [])));
  const tableIds: string[] = [];
  for (const tableRef of tableRefs) tableIds.push((await findTableIdByRef(tx, place, tableRef)) ?? '');
  for (const tableId of tableIds.filter((id) => id !== '').toSorted())
    await lockTable(tx, write.company_id, tableId);
}

/** The table whose code the guest scanned: an order may be elsewhere by now. */
async function lockScannedTable(tx: Tx, write: WriteRow): Promise<DiningTableRow | undefined> {
  if (!('tableRef' in write.payload)) return undefined;
  const place = { companyId: write.company_id, locationId: write.location_id };
  const tableId = await findTableIdByRef(tx, place, write.payload.tableRef);
  return tableId === undefined ? undefined : lockTable(tx, write.company_id, tableId);
}

type Delivered = {
  readonly order: OrderRow;
  readonly write: WriteRow;
  readonly value: PosWritten | undefined;
  readonly nowMs: number;
};

async function delivered(tx: Tx, { order, write, value, nowMs }: Delivered): Promise<void> {
  if (write.kind === 'mark-paid') {
    // A person found the closed order in the POS before we knew what it is called there.
    if (order.pos_ref === null && value !== undefined && 'receiptRef' in value)
      await takePosRef(tx, order, value.posRef, nowMs);
    if (canOrderMove(order.state, 'settled'))
      await updateOrder(tx, order, { state: 'settled', money_state: 'paid' }, nowMs);
    return;
  }
  if (value === undefined || !isRoundPlaced(value)) return;
  const inPos = await takePosRef(tx, order, value.posRef, nowMs);
  if (value.order !== null)
    await keepReading(tx, inPos, { askedFor: value.posRef, seen: value.order, atMs: nowMs });
}

function isRoundPlaced(value: PosWritten): value is RoundPlaced {
  return 'packageRef' in value;
}

/** Ties our order to the POS's. Answers the row that stands for it from now on. */
async function takePosRef(tx: Tx, order: OrderRow, posRef: string, nowMs: number): Promise<OrderRow> {
  if (order.pos_ref === posRef) return order;
  const place = { companyId: order.company_id, locationId: order.location_id, posRef };
  const found = await findOrderByPosRef(tx, place);
  // The 4-minute poll may have seen the order we joined before we knew that we joined it.
  if (found !== undefined && !(await removeTillOrder(tx, found))) {
    const other = await lockOrder(tx, found.company_id, found.order_id);
    if (other?.state === 'open' && other.flow === order.flow) {
      // Rounds of ours went there before a waiter moved it away and back.
      await mergeOrder(tx, order, other, nowMs);
      // Pages that show it ask again, and what was paid is counted against the one bill.
      const { companyId, locationId } = place;
      await announceChange(tx, { companyId, locationId, orderId: other.order_id });
      return (await lockOrder(tx, other.company_id, other.order_id)) ?? other;
    }
    // Closed when we last looked and open again: the closed row keeps its figures and gives up the name.
    await updateOrder(tx, found, { pos_ref: null }, nowMs);
  }
  await updateOrder(tx, order, { pos_ref: posRef }, nowMs);
  return { ...order, pos_ref: posRef };
}

/**
 * The money stays recorded and the order stays open: with a remainder when the bill grew, or for a waiter to look at. What is
 * still to pay follows from the POS's next reading.
 */
async function markPaidRefused(
  tx: Tx,
  { order, nowMs }: { readonly order: OrderRow; readonly nowMs: number },
): Promise<void> {
  const change = order.state === 'open' ? ({ money_state: 'part-paid' } as const) : {};
  await updateOrder(tx, order, { ...change, covered_minor: null }, nowMs);
}

/**
 * The till closed or moved the order before this round reached it: the same round starts anew at the table the guest scanned,
 * under the same reference, so it is still one round and one package. The order itself is left: what the POS made of it is the
 * next poll's to say. A round that cannot start anew stays refused, and its guest is told.
 */
async function startAnew(
  tx: Tx,
  deps: OrderingDeps,
  { order, write, table }: { order: OrderRow; write: WriteRow; table: DiningTableRow },
): Promise<void> {
  await updateOrder(tx, order, { joinable: false }, deps.clock.nowMs());
  const round = write.round_id === null ? undefined : await getRound(tx, write.company_id, write.round_id);
  if (round === undefined || round.write_id !== write.write_id) return;
  if ((await countRoundWrites(tx, write.company_id, round.round_id)) > startsAnewMax) return;
  const next = await joinOrder(tx, deps, table, { reading: { kind: 'unread' }, currency: order.currency });
  // Several till orders at the table: the attempt would be refused too.
  if (next === 'several') return;
  const enqueued = await enqueueRound(tx, deps, {
    order: next,
    diningTable: table,
    roundId: round.round_id,
    lines: round.lines,
    // The guest does not wait anew.
    freshUntilMs: write.freshness === 'wanted' ? null : write.fresh_until_ms,
  });
  // The table's new order needs a person itself.
  if (enqueued.kind === 'refused') return;
  await moveRound(tx, round, { orderId: next.order_id, writeId: enqueued.writeId });
  const place = { companyId: next.company_id, locationId: next.location_id, orderId: next.order_id };
  await deps.logFlow(tx, {
    ...place,
    roundId: round.round_id,
    writeId: enqueued.writeId,
    event: 'round-started-anew',
    detail: `after order ${round.order_id}`,
    atMs: deps.clock.nowMs(),
  });
  await announceChange(tx, place);
}
