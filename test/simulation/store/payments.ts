import type { ChargebackRow, NewPayment, PaymentRow, RefundRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { Reference } from '#domain/reference.ts';
import type * as real from '../../../src/store/payments.ts';
import { fromJson, inOrder, keyOf, modelOf, see } from './database.ts';

export * from '../../../src/store/payments.ts';

type Named = Pick<PaymentRow, 'company_id' | 'payment_id'>;

export function insertPayment(tx: Tx, payment: NewPayment): Promise<PaymentRow> {
  const database = see(tx, payment.company_id);
  const { share, line_amounts: lineAmounts, receipt, ...columns } = payment;
  const paymentNo = database.nextPaymentNo;
  database.nextPaymentNo += 1;
  const named = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
  const row: PaymentRow = {
    ...absent,
    ...(named as Omit<PaymentRow, 'payment_no' | 'share' | 'line_amounts' | 'receipt'>),
    payment_no: paymentNo,
    share: share === undefined ? { kind: 'all' } : fromJson(share),
    line_amounts: lineAmounts === undefined ? [] : fromJson(lineAmounts),
    receipt: receipt === undefined || receipt === null ? null : fromJson(receipt),
  };
  if (row.amount_minor < 0 || row.tip_minor < 0) throw new Error('a payment is never negative');
  if (!database.payments.insert(row)) throw new Error('the payment is there already');
  return Promise.resolve(row);
}

/** What the columns hold that nobody names. */
const absent = {
  state: 'paid',
  donation_minor: 0,
  counts: true,
  took_minor: null,
  surplus_minor: 0,
  refunded_minor: 0,
  locked_until_ms: null,
  visit_id: null,
  waiter_id: null,
  waiter_name: null,
  attempt_token: null,
  account_id: null,
  provider_ref: null,
  checkout_url: null,
  expires_at_ms: null,
  paid_with: null,
  failure_reason: null,
  paid_at_ms: null,
  covers_minor: null,
  check_from_ms: null,
  check_at_ms: null,
  synced_at_ms: null,
  receipt_token: null,
} as const;

export function getPayment(tx: Tx, companyId: string, paymentId: string): Promise<PaymentRow | undefined> {
  return Promise.resolve(see(tx, companyId).payments.get(companyId, paymentId));
}

export function lockPayment(tx: Tx, payment: Named): Promise<PaymentRow | undefined> {
  return getPayment(tx, payment.company_id, payment.payment_id);
}

export function updatePayment(
  tx: Tx,
  payment: Named,
  change: Parameters<typeof real.updatePayment>[2],
): Promise<void> {
  const { payments } = see(tx, payment.company_id);
  const row = payments.get(payment.company_id, payment.payment_id);
  if (row === undefined) return Promise.resolve();
  const { share, line_amounts: lineAmounts, receipt, ...columns } = change;
  payments.put({
    ...row,
    ...(columns as Partial<PaymentRow>),
    ...(share === undefined ? {} : { share: fromJson(share) }),
    ...(lineAmounts === undefined ? {} : { line_amounts: fromJson(lineAmounts) }),
    ...(receipt === undefined ? {} : { receipt: receipt === null ? null : fromJson(receipt) }),
  });
  return Promise.resolve();
}

export function listPayments(
  tx: Tx,
  companyId: string,
  orderIds: readonly Reference[],
): Promise<PaymentRow[]> {
  const { paymentsOfOrder } = see(tx, companyId);
  return Promise.resolve(
    inOrder(
      [...new Set(orderIds)].flatMap((orderId) => paymentsOfOrder.find(keyOf(companyId, orderId))),
      (a, b) => a.payment_no - b.payment_no,
    ),
  );
}

export function claimPaymentChecks(
  tx: Tx,
  claim: Parameters<typeof real.claimPaymentChecks>[1],
): ReturnType<typeof real.claimPaymentChecks> {
  const { payments, paymentsToCheck } = modelOf(tx).database;
  const due = paymentsToCheck
    .find('')
    .filter((row) => row.check_at_ms !== null && row.check_at_ms <= claim.nowMs)
    .toSorted((a, b) => (a.check_at_ms ?? 0) - (b.check_at_ms ?? 0))
    .slice(0, claim.limit);
  for (const row of due) payments.update(row, { check_at_ms: claim.againAtMs });
  return Promise.resolve(due.map((row) => ({ companyId: row.company_id, paymentId: row.payment_id })));
}

export function insertRefund(tx: Tx, refund: RefundRow): Promise<void> {
  see(tx, refund.company_id).refunds.put(refund);
  return Promise.resolve();
}

export function listRefunds(tx: Tx, payment: Named): Promise<RefundRow[]> {
  return Promise.resolve(
    see(tx, payment.company_id)
      .refundsOfPayment.find(keyOf(payment.company_id, payment.payment_id))
      .toSorted((a, b) => a.created_at_ms - b.created_at_ms || (a.refund_id < b.refund_id ? -1 : 1)),
  );
}

export function updateRefund(
  tx: Tx,
  refund: Pick<RefundRow, 'company_id' | 'refund_id'>,
  change: Parameters<typeof real.updateRefund>[2],
): Promise<void> {
  const { refunds } = see(tx, refund.company_id);
  const row = refunds.get(refund.company_id, refund.refund_id);
  if (row !== undefined) refunds.update(row, change);
  return Promise.resolve();
}

export function listChargebacks(tx: Tx, payment: Named): Promise<ChargebackRow[]> {
  return Promise.resolve(
    see(tx, payment.company_id)
      .chargebacksOfPayment.find(keyOf(payment.company_id, payment.payment_id))
      .toSorted((a, b) => (a.provider_ref < b.provider_ref ? -1 : 1)),
  );
}

export function saveChargeback(tx: Tx, chargeback: ChargebackRow): Promise<void> {
  const { chargebacks } = see(tx, chargeback.company_id);
  const known = chargebacks.get(chargeback.company_id, chargeback.payment_id, chargeback.provider_ref);
  if (known === undefined) chargebacks.put(chargeback);
  else chargebacks.update(known, { reversed_at_ms: chargeback.reversed_at_ms });
  return Promise.resolve();
}

export function listPaymentsPaid(
  tx: Tx,
  place: Parameters<typeof real.listPaymentsPaid>[1],
  span: Parameters<typeof real.listPaymentsPaid>[2],
): Promise<PaymentRow[]> {
  const paidIn = ({ paid_at_ms: atMs }: PaymentRow) =>
    atMs !== null && atMs >= span.fromMs && atMs < span.untilMs;
  return Promise.resolve(
    see(tx, place.companyId)
      .payments.all()
      .filter((row) => row.company_id === place.companyId && row.location_id === place.locationId)
      .filter(paidIn)
      .toSorted((a, b) => (a.paid_at_ms ?? 0) - (b.paid_at_ms ?? 0) || a.payment_no - b.payment_no),
  );
}

export function findAttempt(tx: Tx, attemptToken: string): ReturnType<typeof real.findAttempt> {
  const [row] = modelOf(tx).database.paymentsByAttempt.find(attemptToken);
  return Promise.resolve(
    row === undefined ? undefined : { companyId: row.company_id, paymentId: row.payment_id },
  );
}
