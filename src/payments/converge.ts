import {
  canPaymentMove,
  canRefundMove,
  isRefundFinal,
  isUnderWay,
  nextCheckAtMs,
  refundCounts,
} from '#domain/payment.ts';
import type { PaymentState } from '#domain/payment.ts';
import { makeReference } from '#domain/reference.ts';
import { isOrderOver } from '#domain/order.ts';
import { announceChange, lockOrder } from '#store/orders.ts';
import {
  insertRefund,
  listChargebacks,
  listRefunds,
  lockPayment,
  saveChargeback,
  updatePayment,
  updateRefund,
} from '#store/payments.ts';
import type { OrderRow, PaymentRow, RefundRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { closeCases, openCase } from './cases.ts';
import { chargeOf } from './charge.ts';
import type { PaymentsDeps } from './deps.ts';
import type { ProviderPayment, ProviderRefund } from './provider.ts';
import { recordPaid } from './record-paid.ts';
import { settleOrder } from './settle-order.ts';

type Held = { readonly order: OrderRow; readonly payment: PaymentRow };

/**
 * Brings a payment to where the provider has it, and does what follows from that exactly once: only what this call moved has an
 * effect, moves go forward alone, and the caller holds the locks of the order and the payment. A reading may be older than what is
 * known already; then it moves nothing.
 */
export async function converge(
  tx: Tx,
  deps: PaymentsDeps,
  held: Held & { readonly askedAtMs: number },
  seen: ProviderPayment,
): Promise<void> {
  const nowMs = deps.clock.nowMs();
  let { order, payment } = held;
  const moves = seen.attemptId === payment.payment_id && (payment.provider_ref ?? seen.ref) === seen.ref;
  // Somebody else's payment under our address: a forged call. It proves nothing and changes nothing.
  if (!moves) return;
  await updatePayment(tx, payment, {
    provider_ref: seen.ref,
    synced_at_ms: nowMs,
    ...(isUnderWay(payment.state)
      ? {
          checkout_url: seen.checkoutUrl,
          expires_at_ms: seen.expiresAtMs,
          failure_reason: seen.failureReason,
        }
      : {}),
  });
  const to = stateSeen(seen);
  if (canPaymentMove(payment.state, to)) {
    order = await move(tx, deps, held, { to, seen });
    payment = (await lockPayment(tx, payment)) ?? payment;
  }
  const gaveBack = await mergeRefunds(tx, deps, payment, seen);
  await mergeChargebacks(tx, deps, payment, seen);
  if (gaveBack) await settleOrder(tx, deps, order);
  await planCheck(tx, deps, payment, held.askedAtMs);
}

function stateSeen(seen: ProviderPayment): PaymentState {
  switch (seen.state) {
    case 'open':
    case 'pending':
    // Reserved is not taken; we never ask for it.
    case 'authorized':
      return 'open';
    case 'paid':
    case 'failed':
    case 'canceled':
    case 'expired':
      return seen.state;
  }
}

async function move(
  tx: Tx,
  deps: PaymentsDeps,
  { order, payment }: Held,
  { to, seen }: { readonly to: PaymentState; readonly seen: ProviderPayment },
): Promise<OrderRow> {
  const place = { companyId: order.company_id, locationId: order.location_id, orderId: order.order_id };
  if (to === 'paid') {
    const asked = chargeOf(payment);
    const exact = seen.amount.currency === payment.currency && seen.amount.amountMinor === asked;
    const paid = await recordPaid(
      tx,
      deps,
      { order, payment },
      {
        paidAtMs: seen.paidAtMs ?? deps.clock.nowMs(),
        paidWith: seen.wallet ?? seen.method ?? 'online',
        counts: exact,
      },
    );
    if (!exact) {
      const { amountMinor, currency } = seen.amount;
      if (currency === payment.currency) await updatePayment(tx, payment, { took_minor: amountMinor });
      const facts = { askedMinor: asked, tookMinor: amountMinor, tookCurrency: currency };
      await openCase(tx, deps.clock, payment, { kind: 'amount-mismatch', amountMinor: asked, facts });
    }
    await announceChange(tx, place);
    return paid;
  }
  const over = !isUnderWay(to);
  await updatePayment(tx, payment, {
    state: to,
    ...(over ? { locked_until_ms: null, checkout_url: null } : {}),
  });
  await deps.logFlow(tx, {
    ...place,
    event: `payment-${to}`,
    detail: payment.payment_id,
    atMs: deps.clock.nowMs(),
  });
  await announceChange(tx, place);
  return order;
}

/** Refunds made on the provider's own screen become rows here too. True when what is given back changed. */
async function mergeRefunds(
  tx: Tx,
  deps: PaymentsDeps,
  payment: PaymentRow,
  seen: ProviderPayment,
): Promise<boolean> {
  if (seen.refunds.length === 0) return false;
  const ours = await listRefunds(tx, payment);
  for (const refund of seen.refunds) {
    const known = ours.find((row) => row.refund_id === refund.refundId || row.provider_ref === refund.ref);
    if (known === undefined) await insertRefund(tx, foreignRefund(deps, payment, refund));
    else await mergeRefund(tx, deps, { payment, known, refund });
  }
  const refunds = await listRefunds(tx, payment);
  const refundedMinor = refunds
    .filter((row) => refundCounts(row.state))
    .reduce((sum, row) => sum + row.amount_minor, 0);
  if (refundedMinor === payment.refunded_minor) return false;
  await updatePayment(tx, payment, { refunded_minor: refundedMinor });
  return true;
}

async function mergeRefund(
  tx: Tx,
  deps: PaymentsDeps,
  merge: { readonly payment: PaymentRow; readonly known: RefundRow; readonly refund: ProviderRefund },
): Promise<void> {
  const { payment, known, refund } = merge;
  if (!canRefundMove(known.state, refund.state)) return;
  await updateRefund(tx, known, {
    state: refund.state,
    provider_ref: refund.ref,
    changed_at_ms: deps.clock.nowMs(),
  });
  if (refund.state === 'failed' || refund.state === 'canceled')
    await openCase(tx, deps.clock, payment, {
      kind: 'refund-failed',
      amountMinor: known.amount_minor,
      facts: { endedAs: refund.state },
    });
  if (refund.state === 'refunded') await closeCases(tx, deps.clock, payment, ['refund-failed']);
}

function foreignRefund(deps: PaymentsDeps, payment: PaymentRow, refund: ProviderRefund): RefundRow {
  return {
    company_id: payment.company_id,
    refund_id: makeReference(deps.randomBytes),
    payment_id: payment.payment_id,
    order_id: payment.order_id,
    location_id: payment.location_id,
    state: refund.state,
    amount_minor: refund.amount.amountMinor,
    currency: payment.currency,
    reason: 'made on the provider’s own screen',
    user_id: null,
    provider_ref: refund.ref,
    error_detail: null,
    created_at_ms: refund.createdAtMs,
    changed_at_ms: deps.clock.nowMs(),
  };
}

async function mergeChargebacks(
  tx: Tx,
  deps: PaymentsDeps,
  payment: PaymentRow,
  seen: ProviderPayment,
): Promise<void> {
  if (seen.chargebacks.length === 0) return;
  const known = await listChargebacks(tx, payment);
  const changed = seen.chargebacks.filter(({ ref, reversedAtMs }) => {
    const row = known.find((each) => each.provider_ref === ref);
    return row === undefined || row.reversed_at_ms !== reversedAtMs;
  });
  if (changed.length === 0) return;
  for (const chargeback of changed)
    await saveChargeback(tx, {
      company_id: payment.company_id,
      payment_id: payment.payment_id,
      provider_ref: chargeback.ref,
      amount_minor: chargeback.amount.amountMinor,
      created_at_ms: chargeback.createdAtMs,
      reversed_at_ms: chargeback.reversedAtMs,
    });
  const standing = seen.chargebacks.filter(({ reversedAtMs }) => reversedAtMs === null);
  const takenMinor = standing.reduce((sum, { amount }) => sum + amount.amountMinor, 0);
  const facts = { chargebacks: standing.length };
  if (takenMinor > 0)
    await openCase(tx, deps.clock, payment, { kind: 'chargeback', amountMinor: takenMinor, facts });
  else await closeCases(tx, deps.clock, payment, ['chargeback']);
}

/**
 * When it is looked at next although nobody calls. Refunds that are not final keep a paid one in sight, and so does a bill that it
 * does not cover alone. News that came after the provider was asked are not in its answer, and stay to be looked at.
 */
async function planCheck(tx: Tx, deps: PaymentsDeps, before: PaymentRow, askedAtMs: number): Promise<void> {
  const payment = (await lockPayment(tx, before)) ?? before;
  if (!isUnderWay(payment.state) && (payment.check_from_ms ?? 0) > askedAtMs) return;
  const refunds = payment.state === 'paid' ? await listRefunds(tx, payment) : [];
  const unfinished = refunds.filter((refund) => !isRefundFinal(refund.state));
  const nowMs = deps.clock.nowMs();
  const fromMs = payment.check_from_ms ?? payment.created_at_ms;
  const isOpen = isUnderWay(payment.state);
  const order =
    payment.state === 'paid' ? await lockOrder(tx, payment.company_id, payment.order_id) : undefined;
  const waits = order !== undefined && order.covered_minor === null && !isOrderOver(order.state);
  const nextMs = isOpen || waits || unfinished.length > 0 ? nextCheckAtMs(fromMs, nowMs) : null;
  await updatePayment(tx, payment, { check_at_ms: nextMs });
  if (isOpen && nextMs === null)
    await openCase(tx, deps.clock, payment, {
      kind: 'payment-unresolved',
      amountMinor: chargeOf(payment),
      facts: { state: payment.state },
    });
  else if (payment.state === 'paid') await closeCases(tx, deps.clock, payment, ['payment-unresolved']);
}
