import { money } from '#domain/money.ts';
import type { Money } from '#domain/money.ts';
import { countPayments } from '#domain/payment.ts';
import type { CountedPayment } from '#domain/payment.ts';
import type { MoneyState } from '#domain/order.ts';
import { isSettled } from '#domain/write.ts';
import { enqueueWrite, laneOfOrder } from '#delivery/enqueue.ts';
import type { NewPosWrite } from '#delivery/enqueue.ts';
import { bookedTips, totalOf } from '#ordering/order-view.ts';
import { announceChange, listRounds, moveRound, updateOrder } from '#store/orders.ts';
import { listPayments, updatePayment } from '#store/payments.ts';
import { getTable } from '#store/tables.ts';
import type { DiningTableRow, OrderRow, PaymentRow, RoundRow, WriteRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { changeWrite, listOrderWrites } from '#store/writes.ts';
import type { PaymentsDeps } from './deps.ts';
import { noteSurplus } from './surplus.ts';
import type { Standing } from './surplus.ts';

type MarkPaid = Extract<NewPosWrite['payload'], { kind: 'mark-paid' }>;

/** A bill that changes under every mark-paid is one that a person must look at. */
export const markPaidAnewMax = 3;

/**
 * Counts an order's payments against its bill, and starts what follows when they cover it: a Pay-First cart goes to the POS, and
 * the order is marked paid there, once. Always from scratch, so it may be called whenever anything changed. The caller holds the
 * order's lock; `order` is the row as it is under it. `anew`: a waiter asks to close it once more.
 */
export async function settleOrder(
  tx: Tx,
  deps: PaymentsDeps,
  order: OrderRow,
  { anew = false }: { readonly anew?: boolean } = {},
): Promise<OrderRow> {
  const parts = await getParts(tx, order);
  const standing = standingOf(order, parts);
  const counted = countPayments(
    standing.billMinor,
    parts.paid.map((payment) => countable(payment, { order, parts, standing })),
  );
  const dueMinor = Math.max(0, standing.billMinor - counted.paidMinor);
  const nowMs = deps.clock.nowMs();
  const change: Partial<OrderRow> = {
    paid_minor: counted.paidMinor,
    tip_minor: [...counted.tipsMinor.values()].reduce((sum, minor) => sum + minor, 0),
    money_state: moneyStateOf(order, {
      dueMinor,
      paidMinor: counted.paidMinor,
      covering: parts.paid.length > 0,
    }),
  };
  let current: OrderRow = { ...order, ...change };
  const { payments } = parts;
  if (await noteSurplus(tx, deps, { order, standing, payments, surplus: counted.surplusMinor }))
    return settleOrder(tx, deps, order, { anew });
  if (dueMinor === 0 && parts.paid.length > 0 && mayMarkPaid(order, parts, { standing, anew })) {
    const told = { ...current, paid_minor: standing.billMinor };
    if (order.state === 'awaiting-payment') await exportCart(tx, told, parts, nowMs);
    await enqueueMarkPaid(tx, {
      order: current,
      parts,
      total: standing.total,
      tipsMinor: counted.tipsMinor,
      nowMs,
    });
    for (const payment of parts.paid)
      await updatePayment(tx, payment, { covers_minor: counted.neededMinor.get(payment.payment_id) ?? 0 });
    Object.assign(change, { state: 'open', money_state: 'paid', covered_minor: standing.billMinor });
    current = { ...current, ...change };
  }
  if (standing.lost && parts.paid.length > 0 && counted.surplusMinor.size === 0) {
    await endLostOrder(tx, deps, parts.writes);
    change.state = 'voided';
  }
  if (hasChanged(order, change)) {
    await updateOrder(tx, order, change, nowMs);
    await announceChange(tx, {
      companyId: order.company_id,
      locationId: order.location_id,
      orderId: order.order_id,
    });
  }
  return current;
}

/** All money of an order that never came into the POS is back: nothing waits for it any more. */
async function endLostOrder(tx: Tx, deps: PaymentsDeps, writes: readonly WriteRow[]): Promise<void> {
  const nowMs = deps.clock.nowMs();
  for (const write of writes.filter(({ state }) => state === 'error'))
    await changeWrite(tx, write, { state: 'cancelled', due_at_ms: nowMs, changed_at_ms: nowMs });
}

type Parts = {
  readonly table: DiningTableRow;
  readonly rounds: readonly RoundRow[];
  readonly writes: readonly WriteRow[];
  readonly payments: readonly PaymentRow[];
  /** In the order their money came. */
  readonly paid: readonly PaymentRow[];
};

async function getParts(tx: Tx, order: OrderRow): Promise<Parts> {
  const table = await getTable(tx, order.company_id, order.table_id);
  if (table === undefined) throw new Error('an order without its table');
  const payments = await listPayments(tx, order.company_id, [order.order_id]);
  return {
    table,
    rounds: await listRounds(tx, order.company_id, [order.order_id]),
    writes: await listOrderWrites(tx, order.company_id, [order.order_id]),
    payments,
    paid: payments
      .filter((payment) => payment.state === 'paid' && payment.counts)
      .toSorted((a, b) => (a.paid_at_ms ?? 0) - (b.paid_at_ms ?? 0)),
  };
}

/** While a mark-paid is under way or done, the bill is what it covers: what comes later is too much, or waits for its end. */
function standingOf(order: OrderRow, parts: Parts): Standing {
  const total = totalOf({ order, ...parts });
  const paidAtTill = order.snapshot?.paid.amountMinor ?? 0;
  const lost = isLost(order, parts.writes);
  // A closed order asks for nothing more, although a round that nobody knows of in the POS still counts in its total.
  const isOver = order.state === 'settled' || order.state === 'voided';
  const open = isOver ? 0 : Math.max(0, total.amountMinor - paidAtTill);
  return {
    billMinor: lost ? 0 : (order.covered_minor ?? open),
    total,
    lost,
    closedAtTill: order.covered_minor === null && isOver,
  };
}

function isLost(order: OrderRow, writes: readonly WriteRow[]): boolean {
  const placing = writes.filter((write) => write.kind === 'create-order' || write.kind === 'append-round');
  return (
    order.pos_ref === null &&
    placing.length > 0 &&
    placing.every((write) => write.state === 'refused' || write.state === 'cancelled')
  );
}

function countable(
  payment: PaymentRow,
  {
    order,
    parts,
    standing,
  }: { readonly order: OrderRow; readonly parts: Parts; readonly standing: Standing },
): CountedPayment {
  // A third party's money came with the order.
  const isThirdParty = payment.kind === 'third-party';
  const covers = payment.covers_minor ?? (isThirdParty ? payment.amount_minor : 0);
  const isTold = order.covered_minor !== null && !standing.lost;
  const isOver = standing.lost || standing.closedAtTill;
  return {
    ...(isTold ? { coversMinor: covers } : {}),
    ...(isTold ? { tipIsTold: isThirdParty || isTipTold(parts.writes, payment) } : {}),
    ...(isOver ? { tipIsTold: false } : {}),
    paymentId: payment.payment_id,
    amountMinor: payment.amount_minor,
    tipMinor: payment.tip_minor,
    refundedMinor: payment.refunded_minor,
  };
}

function isTipTold(writes: readonly WriteRow[], payment: PaymentRow): boolean {
  const mark = writes.findLast((write) => write.kind === 'mark-paid')?.payload;
  return mark?.kind === 'mark-paid' && mark.tips.some((tip) => tip.reference === payment.tip_reference);
}

function moneyStateOf(
  order: OrderRow,
  { dueMinor, paidMinor, covering }: { dueMinor: number; paidMinor: number; covering: boolean },
): MoneyState {
  if (order.state === 'settled') return 'paid';
  if (!covering || (paidMinor === 0 && dueMinor > 0)) return 'unpaid';
  return dueMinor === 0 && order.covered_minor !== null ? 'paid' : 'part-paid';
}

/**
 * One mark-paid at a time, and none into a bill that nobody can read. After a bill that changed it is tried anew by itself, once
 * the bill was read again.
 */
function mayMarkPaid(
  order: OrderRow,
  { writes }: Parts,
  { standing, anew }: { readonly standing: Standing; readonly anew: boolean },
): boolean {
  if (order.state !== 'open' && order.state !== 'awaiting-payment') return false;
  if (order.covered_minor !== null || standing.lost) return false;
  // A round whose fate is unknown may or may not be on the bill.
  if (writes.some((write) => write.state === 'error')) return false;
  const marks = writes.filter((write) => write.kind === 'mark-paid');
  if (marks.some((mark) => !isSettled(mark.state))) return false;
  const last = marks.at(-1);
  if (last === undefined) return standing.billMinor > 0 || anew || order.state === 'awaiting-payment';
  if (last.state === 'cancelled') return anew;
  if (anew) return true;
  const readSince = order.snapshot_at_ms !== null && order.snapshot_at_ms >= last.changed_at_ms;
  return last.error_code === 'bill-changed' && readSince && marks.length <= markPaidAnewMax;
}

/**
 * Pay-First: paid, so the cart becomes a POS order of its own. Also once more, when a person says so after the POS refused it. The
 * order's row already counts what was paid; a cart is one round, so its money is the order's.
 */
export async function exportCart(
  tx: Tx,
  order: OrderRow,
  parts: Pick<Parts, 'rounds' | 'table'>,
  nowMs: number,
): Promise<void> {
  for (const round of parts.rounds) {
    const { writeId } = await enqueueWrite(tx, {
      ...laneOf(order),
      roundId: round.round_id,
      paymentId: null,
      payload: {
        kind: 'create-order',
        orderReference: order.order_id,
        roundReference: round.round_id,
        tableRef: parts.table.table_ref,
        tableName: parts.table.name,
        posRef: null,
        openOrder: 'own',
        lines: round.lines,
        paidAhead: {
          amount: money(order.paid_minor, order.currency),
          tip: money(order.tip_minor, order.currency),
        },
      },
      // Money was taken, so it is never dropped for being late; a person decides about cold food.
      freshUntilMs: null,
      nowMs,
    });
    await moveRound(tx, round, { orderId: round.order_id, writeId });
  }
}

async function enqueueMarkPaid(
  tx: Tx,
  bill: {
    readonly order: OrderRow;
    readonly parts: Parts;
    readonly total: Money;
    readonly tipsMinor: ReadonlyMap<string, number>;
    readonly nowMs: number;
  },
): Promise<void> {
  const { order, parts } = bill;
  const newest = parts.paid.at(-1);
  if (newest === undefined) throw new Error('a bill is marked paid only with a payment');
  await enqueueWrite(tx, {
    ...laneOf(order),
    roundId: null,
    paymentId: newest.payment_id,
    payload: {
      kind: 'mark-paid',
      orderReference: order.order_id,
      // An order on its way to the POS gets its reference from the write before this one in the lane.
      posRef: order.pos_ref ?? '',
      paymentReference: newest.payment_id,
      ...sumInPos(order, { ...bill, payments: parts.payments }),
    },
    freshUntilMs: null,
    nowMs: bill.nowMs,
  });
}

/**
 * What the POS is told: everything it has due, however many payments here made it up, and every payment's own tip. One that an
 * earlier mark-paid booked before it was refused is told at the price it stands there for; one whose payment was given back since
 * is part of what is due.
 */
function sumInPos(
  order: OrderRow,
  bill: {
    readonly total: Money;
    /** All of the order: what was given back may have left a tip in the POS. */
    readonly payments: readonly PaymentRow[];
    readonly tipsMinor: ReadonlyMap<string, number>;
  },
): Pick<MarkPaid, 'amount' | 'tips'> {
  const booked = bookedTips({ order, payments: bill.payments });
  const tips = bill.payments.flatMap(({ payment_id, tip_reference: reference }) => {
    const minor = bill.tipsMinor.get(payment_id) ?? 0;
    if (reference === null || minor === 0) return [];
    return [{ reference, amount: money(booked.get(reference) ?? minor, order.currency) }];
  });
  const strayMinor = [...booked]
    .filter(([reference]) => !tips.some((tip) => tip.reference === reference))
    .reduce((sum, [, minor]) => sum + minor, 0);
  const paidAtTill = order.snapshot?.paid.amountMinor ?? 0;
  const amount = Math.max(0, bill.total.amountMinor - paidAtTill + strayMinor);
  return { amount: money(amount, order.currency), tips };
}

function hasChanged(order: OrderRow, change: Partial<OrderRow>): boolean {
  return Object.entries(change).some(([column, value]) => order[column as keyof OrderRow] !== value);
}

function laneOf(order: OrderRow) {
  return {
    companyId: order.company_id,
    locationId: order.location_id,
    lane: laneOfOrder(order.order_id),
    orderId: order.order_id,
  };
}
