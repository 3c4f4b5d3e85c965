import type { AcceptedOrder } from '#acceptance/order.ts';
import { refuse } from '#acceptance/codes.ts';
import { makeReference } from '#domain/reference.ts';
import type { Reference } from '#domain/reference.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { PosWrite } from '#contract/connector.ts';
import { laneOfOrder } from '#delivery/enqueue.ts';
import { settleOrder } from '#payments/settle-order.ts';
import { announceChange, getOrder, updateOrder } from '#store/orders.ts';
import { insertPayment } from '#store/payments.ts';
import { insertPlacedOrder } from '#store/place-order.ts';
import type { DiningTableRow, OrderRow } from '#store/schema.ts';
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
  const table = open.tables.get(plan.place.tableId);
  if (table === undefined)
    throw new RefusedPost(refuse(1010, { reason: 'The table set up for such orders is gone.' }));
  const nowMs = deps.clock.nowMs();
  const orderId = makeReference(deps.randomBytes);
  const roundId = makeReference(deps.randomBytes);
  const placed = await insertPlacedOrder(tx, {
    order: {
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
    round: {
      round_id: roundId,
      by: 'guest',
      lines: JSON.stringify(plan.lines),
      total_minor: plan.total.amountMinor,
      menu_version: open.intake.catalogue.menu.menuVersion,
      visit_id: null,
    },
    write: {
      lane: laneOfOrder(orderId),
      payload: JSON.stringify(payloadOf(placing, { orderId, roundId, table })),
      ...timesOf(placing, nowMs),
    },
    nowMs,
  });
  // The location became read-only between the check and the write.
  if (placed.state === 'waiting') throw new RefusedPost(notNow('read-only'));
  if (order.paid) {
    const row = await getOrder(tx, place.companyId, orderId);
    if (row !== undefined) await recordCollected(tx, deps, { ...placing, row });
  }
  const event = { event: 'intake-placed', detail: '', atMs: nowMs };
  await deps.logFlow(tx, { ...place, orderId, roundId, writeId: placed.writeId, ...event });
  await announceChange(tx, { ...place, orderId });
  return orderId;
}

function payloadOf(
  { plan }: Placing,
  ids: { readonly orderId: Reference; readonly roundId: Reference; readonly table: DiningTableRow },
): PosWrite {
  return {
    kind: 'create-order',
    orderReference: ids.orderId,
    roundReference: ids.roundId,
    tableRef: ids.table.table_ref,
    posRef: null,
    openOrder: 'own',
    lines: plan.lines,
    thirdParty: plan.thirdParty,
  };
}

/** When it is sent, and until when it is wanted. */
function timesOf({ order, open }: Placing, nowMs: number) {
  const deferred = order.deferAtMs !== null && order.deferAtMs > nowMs;
  // Money was taken, or the hour was agreed on: then it is never dropped for being late.
  const keeps = order.paid || deferred || open.freshnessLimitMs === null;
  return {
    fresh_until_ms: keeps ? null : nowMs + open.freshnessLimitMs,
    due_at_ms: deferred ? order.deferAtMs : nowMs,
  };
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
