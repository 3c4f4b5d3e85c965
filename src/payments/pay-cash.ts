import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import { tipMaxMinor } from '#domain/payment.ts';
import type { Reference } from '#domain/reference.ts';
import { makeReference } from '#domain/reference.ts';
import { isSettled } from '#domain/write.ts';
import { findAnswer, saveAnswer, takeKey } from '#store/idempotency.ts';
import type { IdempotencyScope, Remembered } from '#store/idempotency.ts';
import { announceChange, getOrder, lockOrder } from '#store/orders.ts';
import { insertPayment } from '#store/payments.ts';
import { getTable } from '#store/tables.ts';
import type { OrderRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { listOrderWrites } from '#store/writes.ts';
import { viewStoredOrder } from '#ordering/guest-view.ts';
import type { OrderView } from '#ordering/views.ts';
import { PaymentRefused, refuse } from './deps.ts';
import type { PaymentsDeps, Refused } from './deps.ts';
import { readBill } from './read-bill.ts';
import { recordPaid } from './record-paid.ts';
import { settleOrder } from './settle-order.ts';

export type CashPayment = {
  readonly companyId: string;
  /** Who took the money. */
  readonly userId: string;
  readonly orderId: string;
  readonly kind: 'cash' | 'terminal';
  /** Undefined: everything that is due. */
  readonly amountMinor?: number;
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
 * The waiter took the money, in cash or with the card terminal: recorded here, and once everything is paid the POS order is marked
 * paid. No provider, else the same way as an online payment.
 *
 * Pay-Later: the amount is the POS's own, read right before; while the POS is unreachable, the last one known. Pay-First: the
 * cart's price; only now does the order go to the POS. A bill that the POS refused to close because it had changed is paid once
 * more: with the remainder, or with nothing when it shrank.
 */
export async function payCash(deps: PaymentsDeps, payment: CashPayment): Promise<CashPaid | Refused> {
  const { companyId, orderId, idempotencyKey: key } = payment;
  const keyed: Keyed | undefined =
    key === undefined
      ? undefined
      : {
          scope: { companyId, scope: `cash:${orderId}`, key },
          bodyHash: `${payment.kind} ${payment.amountMinor ?? 'all'} ${payment.tipMinor}`,
        };
  const first = await deps.store.asCompany(companyId, async (tx) => ({
    answered: keyed && answerOf(await findAnswer(tx, keyed.scope, keyed.bodyHash)),
    order: await getOrder(tx, companyId, orderId),
  }));
  if (first.answered !== undefined) return first.answered;
  if (first.order === undefined) return refuse('order-unknown');
  // An unreachable POS is no reason to refuse money that is on the table already; one that answers and cannot show the bill is.
  const reading = await readBill(deps, first.order);
  if (reading.kind === 'unreadable') return reading.refused;
  try {
    return await deps.store.asCompany(companyId, async (tx) => {
      if (keyed !== undefined) {
        const taken = { bodyHash: keyed.bodyHash, nowMs: deps.clock.nowMs() };
        const answered = answerOf(await takeKey(tx, keyed.scope, taken));
        if (answered?.kind === 'refused') throw new PaymentRefused(answered);
        if (answered !== undefined) return answered;
      }
      const paid = await takePayment(tx, deps, payment);
      if (keyed !== undefined) await saveAnswer(tx, keyed.scope, paid);
      return paid;
    });
  } catch (error) {
    if (error instanceof PaymentRefused) return error.refused;
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

async function takePayment(tx: Tx, deps: PaymentsDeps, payment: CashPayment): Promise<CashPaid> {
  const nowMs = deps.clock.nowMs();
  const order = await lockOrder(tx, payment.companyId, payment.orderId as Reference);
  if (order === undefined) throw new PaymentRefused(refuse('order-unknown'));
  const diningTable = await getTable(tx, order.company_id, order.table_id);
  if (diningTable === undefined) throw new Error('an order without its table');
  const view = await viewStoredOrder(tx, order, diningTable.name);
  const refused = (await judgePayable(tx, order, view)) ?? judgeAmounts(view, payment);
  if (refused !== undefined) throw new PaymentRefused(refused);
  const { tipMinor } = payment;
  const amountMinor = payment.amountMinor ?? view.due.amountMinor;
  const row = await insertPayment(tx, {
    company_id: order.company_id,
    payment_id: makeReference(deps.randomBytes),
    order_id: order.order_id,
    location_id: order.location_id,
    kind: payment.kind,
    state: 'created',
    amount_minor: amountMinor,
    tip_minor: tipMinor,
    tip_reference: tipMinor > 0 ? makeReference(deps.randomBytes) : null,
    currency: order.currency,
    bill_version: view.billVersion,
    user_id: payment.userId,
    created_at_ms: nowMs,
  });
  const facts = { paidAtMs: nowMs, paidWith: payment.kind, counts: true };
  const paid = await recordPaid(tx, deps, { order, payment: row }, facts);
  // A waiter who pays what is due asks for the order to be closed, also when it could not be closed before.
  const settled = await settleOrder(tx, deps, paid, { anew: true });
  await announceChange(tx, {
    companyId: order.company_id,
    locationId: order.location_id,
    orderId: order.order_id,
  });
  return {
    kind: 'paid',
    paymentId: row.payment_id,
    amount: money(amountMinor, order.currency),
    tip: money(tipMinor, order.currency),
    order: await viewStoredOrder(tx, settled, diningTable.name),
  };
}

/** Money that is on the table is not refused for being much; a sum beyond what is due is a slip of the finger. */
function judgeAmounts(view: OrderView, payment: CashPayment): Refused | undefined {
  const { tipMinor, amountMinor } = payment;
  if (!Number.isSafeInteger(tipMinor) || tipMinor < 0) return refuse('amount-invalid');
  if (tipMinor > tipMaxMinor(view.due.amountMinor, view.due.currency)) return refuse('tip-over-limit');
  if (amountMinor === undefined) return undefined;
  if (!Number.isSafeInteger(amountMinor) || amountMinor <= 0) return refuse('amount-invalid');
  return amountMinor > view.due.amountMinor ? refuse('amount-over-due') : undefined;
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
