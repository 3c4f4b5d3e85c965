import type { AcceptedOrder } from '#acceptance/order.ts';
import { refuse } from '#acceptance/codes.ts';
import { makeReference } from '#domain/reference.ts';
import type { Reference } from '#domain/reference.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import { enqueueWrite, laneOfOrder } from '#delivery/enqueue.ts';
import { settleOrder } from '#payments/settle-order.ts';
import { announceChange, insertOrder, insertRound, updateOrder } from '#store/orders.ts';
import { insertPayment } from '#store/payments.ts';
import type { DiningTableRow, OrderRow } from '#store/schema.ts';
import { getTable } from '#store/tables.ts';
import type { Tx } from '#store/store.ts';
import type { IntakeDeps } from './deps.ts';
import { RefusedPost } from './deps.ts';
import type { PosPlan } from './judge-order.ts';
import type { OpenIntake } from './open-intakes.ts';

export type Placing = {
  readonly place: { readonly companyId: string; readonly locationId: string };
  readonly order: AcceptedOrder;
  readonly plan: PosPlan;
  readonly open: OpenIntake;
  readonly capabilities: Capabilities | undefined;
};

/**
 * Saves an accepted order with its POS write, in the caller's transaction. It is an order of its own at the profile's table, as a
 * paid cart is.
 *
 * Money that the third party collected is recorded, and the POS order is paid with it where the POS can be told so afterwards.
 * Otherwise the order stays open and is paid at the till, which the poll of open orders sees.
 */
export async function placeOrder(tx: Tx, deps: IntakeDeps, placing: Placing): Promise<Reference> {
  const { place, order, plan, open } = placing;
  if (open.closed !== undefined) throw new RefusedPost(notNow(open.closed));
  const table = await getTable(tx, place.companyId, plan.place.tableId);
  if (table === undefined || table.location_id !== place.locationId)
    throw new RefusedPost(refuse(1010, { reason: 'The table set up for such orders is gone.' }));
  const nowMs = deps.clock.nowMs();
  const orderId = makeReference(deps.randomBytes);
  const row = await insertOrder(
    tx,
    {
      company_id: place.companyId,
      order_id: orderId,
      location_id: place.locationId,
      table_id: table.table_id,
      flow: 'pay-first',
      state: 'open',
      opened_by: 'third-party',
      visit_id: null,
      pos_ref: null,
      currency: open.currency,
    },
    nowMs,
  );
  const enqueued = await enqueueOrder(tx, deps, { ...placing, row, table });
  if (order.paid) await recordCollected(tx, deps, { ...placing, row });
  const event = { event: 'intake-placed', detail: '', atMs: nowMs };
  await deps.logFlow(tx, { ...place, orderId, ...enqueued, ...event });
  await announceChange(tx, { ...place, orderId });
  return orderId;
}

/** The order's lines as one round, and the write that carries it. */
async function enqueueOrder(
  tx: Tx,
  deps: IntakeDeps,
  placed: Placing & { readonly row: OrderRow; readonly table: DiningTableRow },
): Promise<{ readonly roundId: Reference; readonly writeId: number }> {
  const { order, plan, open, row, table } = placed;
  const nowMs = deps.clock.nowMs();
  const roundId = makeReference(deps.randomBytes);
  const deferredMs = order.deferAtMs !== null && order.deferAtMs > nowMs ? order.deferAtMs : undefined;
  // Money was taken, or the hour was agreed on: then it is never dropped for being late.
  const keeps = order.paid || deferredMs !== undefined || open.freshnessLimitMs === null;
  const { writeId, state } = await enqueueWrite(tx, {
    ...laneOf(row),
    roundId,
    paymentId: null,
    payload: {
      kind: 'create-order',
      orderReference: row.order_id,
      roundReference: roundId,
      tableRef: table.table_ref,
      posRef: null,
      openOrder: 'own',
      lines: plan.lines,
      thirdParty: plan.thirdParty,
    },
    freshUntilMs: keeps ? null : nowMs + open.freshnessLimitMs,
    ...(deferredMs === undefined ? {} : { dueAtMs: deferredMs }),
    nowMs,
  });
  // The location became read-only between the check and the write.
  if (state === 'waiting') throw new RefusedPost(notNow('read-only'));
  await insertRound(tx, {
    company_id: row.company_id,
    round_id: roundId,
    order_id: row.order_id,
    location_id: row.location_id,
    by: 'guest',
    lines: JSON.stringify(plan.lines),
    total_minor: plan.total.amountMinor,
    menu_version: open.intake.catalogue.menu.menuVersion,
    visit_id: null,
    write_id: writeId,
    created_at_ms: nowMs,
  });
  return { roundId, writeId };
}

function notNow(reason: string) {
  return refuse(1010, { reason: `The store takes no orders now: ${reason}.` });
}

/**
 * Money that the third party has: counted against the bill like any other, which marks the order paid in the POS behind its lines.
 * A POS that takes the word only with the order has it there; then the bill counts as covered from the start.
 */
async function recordCollected(
  tx: Tx,
  deps: IntakeDeps,
  { order, plan, capabilities, row }: Placing & { readonly row: OrderRow },
): Promise<void> {
  const nowMs = deps.clock.nowMs();
  const tipMinor = order.totals.tip.amountMinor;
  await insertPayment(tx, {
    company_id: row.company_id,
    payment_id: makeReference(deps.randomBytes),
    order_id: row.order_id,
    location_id: row.location_id,
    kind: 'third-party',
    state: 'paid',
    amount_minor: plan.total.amountMinor,
    tip_minor: tipMinor,
    tip_reference: tipMinor > 0 ? makeReference(deps.randomBytes) : null,
    currency: row.currency,
    bill_version: null,
    user_id: null,
    created_at_ms: nowMs,
    paid_at_ms: nowMs,
    paid_with: order.source,
  });
  if (capabilities?.markPaid === true) {
    await settleOrder(tx, deps, row);
    return;
  }
  const paidMinor = plan.total.amountMinor;
  const paid = { money_state: 'paid', paid_minor: paidMinor, covered_minor: paidMinor } as const;
  await updateOrder(tx, row, { ...paid, tip_minor: tipMinor }, nowMs);
}

function laneOf(order: OrderRow) {
  return {
    companyId: order.company_id,
    locationId: order.location_id,
    lane: laneOfOrder(order.order_id),
    orderId: order.order_id,
  };
}
