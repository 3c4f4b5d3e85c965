import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import type { Reference } from '#domain/reference.ts';
import { makeReference } from '#domain/reference.ts';
import { deadline } from '#domain/time.ts';
import { isSettled } from '#domain/write.ts';
import { enqueueWrite, laneOfOrder } from '#delivery/enqueue.ts';
import type { NewPosWrite } from '#delivery/enqueue.ts';
import { findAnswer, saveAnswer, takeKey } from '#store/idempotency.ts';
import type { IdempotencyScope, Remembered } from '#store/idempotency.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import {
  announceChange,
  getOrder,
  insertPayment,
  listPayments,
  listRounds,
  lockOrder,
  moveRound,
  updateOrder,
} from '#store/orders.ts';
import { saveOrderSnapshot } from '#store/order-snapshots.ts';
import { getTable } from '#store/tables.ts';
import type { DiningTableRow, OrderRow, PaymentRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { listOrderWrites } from '#store/writes.ts';
import { RefusedInTransaction, refuse } from '#ordering/deps.ts';
import type { OrderingDeps, Refused } from '#ordering/deps.ts';
import { viewStoredOrder } from '#ordering/guest-view.ts';
import { bookedTipsMinor } from '#ordering/order-view.ts';
import type { OrderView } from '#ordering/views.ts';

type MarkPaid = Extract<NewPosWrite['payload'], { kind: 'mark-paid' }>;

/** A waiter stands at the till while this is read. */
const orderReadMsMax = 10_000;

export type CashPayment = {
  readonly companyId: string;
  /** Who took the money. */
  readonly userId: string;
  readonly orderId: string;
  readonly tipMinor: number;
  /** Without one the order's state alone guards against paying twice. */
  readonly idempotencyKey: string | undefined;
};

export type CashPaid = {
  readonly kind: 'paid';
  readonly paymentId: string;
  readonly amount: Money;
  readonly tip: Money;
  readonly order: OrderView;
};

/**
 * The waiter took the money for everything that is due: recorded here, and the POS order is marked paid.
 *
 * Pay-Later: the amount is the POS's own, read right before; while the POS is unreachable, the last one known. Pay-First: the
 * cart's price; only now does the order go to the POS. A bill that the POS refused to close because it had changed is paid once
 * more: with the remainder, or with nothing when it shrank.
 */
export async function payCash(deps: OrderingDeps, payment: CashPayment): Promise<CashPaid | Refused> {
  const { companyId, orderId, idempotencyKey: key } = payment;
  const keyed: Keyed | undefined =
    key === undefined
      ? undefined
      : { scope: { companyId, scope: `cash:${orderId}`, key }, bodyHash: String(payment.tipMinor) };
  const first = await deps.store.asCompany(companyId, async (tx) => ({
    answered: keyed && answerOf(await findAnswer(tx, keyed.scope, keyed.bodyHash)),
    order: await getOrder(tx, companyId, orderId),
  }));
  if (first.answered !== undefined) return first.answered;
  if (first.order === undefined) return refuse('order-unknown');
  const refused = await refreshFromPos(deps, first.order);
  if (refused !== undefined) return refused;
  try {
    return await deps.store.asCompany(companyId, async (tx) => {
      if (keyed !== undefined) {
        const taken = { bodyHash: keyed.bodyHash, nowMs: deps.clock.nowMs() };
        const answered = answerOf(await takeKey(tx, keyed.scope, taken));
        if (answered?.kind === 'refused') throw new RefusedInTransaction(answered);
        if (answered !== undefined) return answered;
      }
      const paid = await takePayment(tx, deps, payment);
      if (keyed !== undefined) await saveAnswer(tx, keyed.scope, paid);
      return paid;
    });
  } catch (error) {
    if (error instanceof RefusedInTransaction) return error.refused;
    throw error;
  }
}

type Keyed = { readonly scope: IdempotencyScope; readonly bodyHash: string };

function answerOf(remembered: Remembered): CashPaid | Refused | undefined {
  switch (remembered.kind) {
    case 'new':
      return undefined;
    case 'other-body':
      return refuse('idempotency-key-reused');
    case 'running':
      return refuse('request-running');
    case 'answered':
      return remembered.answer as CashPaid;
  }
}

/**
 * The bill as the POS has it now. An unreachable POS is no reason to refuse money that is on the table already; one that answers
 * and cannot show the bill is.
 */
async function refreshFromPos(deps: OrderingDeps, order: OrderRow): Promise<Refused | undefined> {
  if (order.pos_ref === null || order.state !== 'open') return undefined;
  const place = { companyId: order.company_id, locationId: order.location_id };
  const status = await deps.store.asCompany(order.company_id, (tx) => getLocationStatus(tx, place));
  if (status?.state !== 'online') return undefined;
  const seenAtMs = deps.clock.nowMs();
  const limit = deadline(deps.clock, orderReadMsMax);
  const read = await deps.readOrder(place, order.pos_ref, limit.signal);
  limit.done();
  if (read.kind === 'failed') {
    const unreachable = !read.answered && !(await deps.checkLocation(place));
    return unreachable ? undefined : { ...refuse('pos-unreadable'), reason: read.error.code };
  }
  await deps.store.asCompany(order.company_id, async (tx) => {
    const current = await lockOrder(tx, order.company_id, order.order_id);
    if (current !== undefined) await saveOrderSnapshot(tx, current, read.value, seenAtMs);
  });
  return undefined;
}

async function takePayment(tx: Tx, deps: OrderingDeps, payment: CashPayment): Promise<CashPaid> {
  const nowMs = deps.clock.nowMs();
  const order = await lockOrder(tx, payment.companyId, payment.orderId as Reference);
  if (order === undefined) throw new RefusedInTransaction(refuse('order-unknown'));
  const diningTable = await getTable(tx, order.company_id, order.table_id);
  if (diningTable === undefined) throw new Error('an order without its table');
  const view = await viewStoredOrder(tx, order, diningTable.name);
  const refused = await judgePayable(tx, order, view);
  if (refused !== undefined) throw new RefusedInTransaction(refused);
  const tip = money(payment.tipMinor, order.currency);
  const paymentId = makeReference(deps.randomBytes);
  const tipReference = payment.tipMinor > 0 ? makeReference(deps.randomBytes) : null;
  const earlier = await listPayments(tx, order.company_id, [order.order_id]);
  await insertPayment(tx, {
    company_id: order.company_id,
    payment_id: paymentId,
    order_id: order.order_id,
    location_id: order.location_id,
    kind: 'cash',
    amount_minor: view.due.amountMinor,
    tip_minor: tip.amountMinor,
    tip_reference: tipReference,
    currency: order.currency,
    bill_version: view.billVersion,
    user_id: payment.userId,
    created_at_ms: nowMs,
  });
  if (order.state === 'awaiting-payment') await exportCart(tx, order, { diningTable, nowMs });
  const change = {
    state: 'open',
    money_state: 'paid',
    paid_minor: order.paid_minor + view.due.amountMinor,
    tip_minor: order.tip_minor + tip.amountMinor,
  } as const;
  const paidOrder = { ...order, ...change };
  await enqueueWrite(tx, {
    ...laneOf(order),
    roundId: null,
    paymentId,
    payload: {
      kind: 'mark-paid',
      orderReference: order.order_id,
      // An order on its way to the POS gets its reference from the write before this one in the lane.
      posRef: order.pos_ref ?? '',
      paymentReference: paymentId,
      ...sumInPos(paidOrder, { total: view.total, payments: earlier, tipReference }),
    },
    freshUntilMs: null,
    nowMs,
  });
  await updateOrder(tx, order, change, nowMs);
  const place = { companyId: order.company_id, locationId: order.location_id, orderId: order.order_id };
  await deps.logFlow(tx, { ...place, event: 'cash-paid', detail: '', atMs: nowMs });
  await announceChange(tx, place);
  const after = await viewStoredOrder(tx, paidOrder, diningTable.name);
  return { kind: 'paid', paymentId, amount: view.due, tip, order: after };
}

/**
 * What the POS is told: everything it has due, however many payments here made it up, and the tip that it does not have yet. A tip
 * goes under one reference for as long as it is the newest, so that an earlier mark-paid that booked it before it was refused is
 * found again.
 */
function sumInPos(
  order: OrderRow,
  bill: {
    readonly total: Money;
    readonly payments: readonly PaymentRow[];
    readonly tipReference: Reference | null;
  },
): Pick<MarkPaid, 'amount' | 'tip'> {
  const reference =
    bill.tipReference ??
    bill.payments.findLast((payment) => payment.tip_reference !== null)?.tip_reference ??
    null;
  const bookedMinor = bookedTipsMinor({ order, payments: bill.payments }, reference ?? undefined);
  const paidAtTill = order.snapshot?.paid.amountMinor ?? 0;
  const tip = money(Math.max(0, order.tip_minor - bookedMinor), order.currency);
  return {
    amount: money(Math.max(0, bill.total.amountMinor - paidAtTill + bookedMinor), order.currency),
    tip: reference === null || tip.amountMinor === 0 ? null : { amount: tip, reference },
  };
}

async function judgePayable(tx: Tx, order: OrderRow, view: OrderView): Promise<Refused | undefined> {
  if (order.state !== 'open' && order.state !== 'awaiting-payment') return refuse('order-closed');
  const writes = await listOrderWrites(tx, order.company_id, [order.order_id]);
  // A round whose fate is unknown may or may not be on the bill.
  if (writes.some((write) => write.state === 'error')) return refuse('order-needs-a-waiter');
  const markPaid = writes.findLast((write) => write.kind === 'mark-paid');
  // A payment under way is not taken twice.
  if (markPaid !== undefined && !isSettled(markPaid.state)) return refuse('nothing-due');
  if (view.due.amountMinor > 0) return undefined;
  const mayCloseIt = markPaid?.state === 'refused' && order.pos_ref !== null;
  return mayCloseIt ? undefined : refuse('nothing-due');
}

/** Pay-First: paid, so the cart becomes a POS order of its own. */
async function exportCart(
  tx: Tx,
  order: OrderRow,
  to: { readonly diningTable: DiningTableRow; readonly nowMs: number },
): Promise<void> {
  for (const round of await listRounds(tx, order.company_id, [order.order_id])) {
    const { writeId } = await enqueueWrite(tx, {
      ...laneOf(order),
      roundId: round.round_id,
      paymentId: null,
      payload: {
        kind: 'create-order',
        orderReference: order.order_id,
        roundReference: round.round_id,
        tableRef: to.diningTable.table_ref,
        posRef: null,
        openOrder: 'own',
        lines: round.lines,
      },
      // Money was taken, so it is never dropped for being late; a person decides about cold food.
      freshUntilMs: null,
      nowMs: to.nowMs,
    });
    await moveRound(tx, round, { orderId: round.order_id, writeId });
  }
}

function laneOf(order: OrderRow) {
  return {
    companyId: order.company_id,
    locationId: order.location_id,
    lane: laneOfOrder(order.order_id),
    orderId: order.order_id,
  };
}
