import { sql } from 'kysely';
import type { Updateable } from 'kysely';
import type { Reference } from '#domain/reference.ts';
import type { ChargebackRow, Database, NewPayment, PaymentRow, RefundRow } from './schema.ts';
import type { Tx } from './store.ts';

type Named = Pick<PaymentRow, 'company_id' | 'payment_id'>;

export async function insertPayment(tx: Tx, payment: NewPayment): Promise<PaymentRow> {
  return tx.insertInto('payments').values(payment).returningAll().executeTakeFirstOrThrow();
}

export function getPayment(tx: Tx, companyId: string, paymentId: string): Promise<PaymentRow | undefined> {
  return tx
    .selectFrom('payments')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('payment_id', '=', paymentId as Reference)
    .executeTakeFirst();
}

/** One payment, locked. The caller holds its order's lock already: everybody locks the order first. */
export function lockPayment(tx: Tx, payment: Named): Promise<PaymentRow | undefined> {
  return tx
    .selectFrom('payments')
    .selectAll()
    .where('company_id', '=', payment.company_id)
    .where('payment_id', '=', payment.payment_id)
    .forUpdate()
    .executeTakeFirst();
}

export async function updatePayment(
  tx: Tx,
  payment: Named,
  change: Updateable<Database['payments']>,
): Promise<void> {
  await tx
    .updateTable('payments')
    .set(change)
    .where('company_id', '=', payment.company_id)
    .where('payment_id', '=', payment.payment_id)
    .execute();
}

/** Payments of these orders, oldest first. */
export function listPayments(
  tx: Tx,
  companyId: string,
  orderIds: readonly Reference[],
): Promise<PaymentRow[]> {
  if (orderIds.length === 0) return Promise.resolve([]);
  return tx
    .selectFrom('payments')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('order_id', 'in', orderIds)
    .orderBy('payment_no')
    .execute();
}

/** Money that a third party had collected for an order that it took back: none of it was ever the house's. */
export async function removeCollected(
  tx: Tx,
  order: { readonly company_id: string; readonly order_id: Reference },
): Promise<void> {
  await tx
    .deleteFrom('payments')
    .where('company_id', '=', order.company_id)
    .where('order_id', '=', order.order_id)
    .where('kind', '=', 'third-party')
    .execute();
}

/** Payments whose money came inside a span, oldest first. */
export function listPaymentsPaid(
  tx: Tx,
  place: { readonly companyId: string; readonly locationId: string },
  span: { readonly fromMs: number; readonly untilMs: number },
): Promise<PaymentRow[]> {
  return tx
    .selectFrom('payments')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .where('paid_at_ms', '>=', span.fromMs)
    .where('paid_at_ms', '<', span.untilMs)
    .orderBy('paid_at_ms')
    .orderBy('payment_no')
    .execute();
}

type FoundPayment = { readonly companyId: string; readonly paymentId: Reference };

/** Whose attempt an address names; undefined for one nobody has. Runs as entry: it sees no more than that. */
export async function findAttempt(tx: Tx, attemptToken: string): Promise<FoundPayment | undefined> {
  const row = await tx
    .selectFrom('payments')
    .select(['company_id', 'payment_id'])
    .where('attempt_token', '=', attemptToken)
    .executeTakeFirst();
  return row === undefined ? undefined : { companyId: row.company_id, paymentId: row.payment_id };
}

/** Whose receipt an address names. Runs as entry. */
export async function findReceipt(tx: Tx, receiptToken: string): Promise<FoundPayment | undefined> {
  const row = await tx
    .selectFrom('payments')
    .select(['company_id', 'payment_id'])
    .where('receipt_token', '=', receiptToken)
    .executeTakeFirst();
  return row === undefined ? undefined : { companyId: row.company_id, paymentId: row.payment_id };
}

/** Payments that are due to be looked at, of all companies; each is put off until `againAtMs`, should its looker die. Runs as worker. */
export async function claimPaymentChecks(
  tx: Tx,
  claim: { readonly nowMs: number; readonly againAtMs: number; readonly limit: number },
): Promise<readonly FoundPayment[]> {
  const claimed = await sql<{ companyId: string; paymentId: Reference }>`
    update payments p set check_at_ms = ${claim.againAtMs}::bigint
    from (
      select company_id, payment_id from payments
      where check_at_ms is not null and check_at_ms <= ${claim.nowMs}::bigint
      order by check_at_ms limit ${claim.limit} for update skip locked
    ) due
    where p.company_id = due.company_id and p.payment_id = due.payment_id
    returning p.company_id as "companyId", p.payment_id as "paymentId"`.execute(tx);
  return claimed.rows;
}

export async function insertRefund(tx: Tx, refund: RefundRow): Promise<void> {
  await tx.insertInto('refunds').values(refund).execute();
}

/** Refunds of one payment, oldest first. */
export function listRefunds(tx: Tx, payment: Named): Promise<RefundRow[]> {
  return tx
    .selectFrom('refunds')
    .selectAll()
    .where('company_id', '=', payment.company_id)
    .where('payment_id', '=', payment.payment_id)
    .orderBy('created_at_ms')
    .orderBy('refund_id')
    .execute();
}

export async function updateRefund(
  tx: Tx,
  refund: Pick<RefundRow, 'company_id' | 'refund_id'>,
  change: Partial<Pick<RefundRow, 'state' | 'provider_ref' | 'error_detail' | 'changed_at_ms'>>,
): Promise<void> {
  await tx
    .updateTable('refunds')
    .set(change)
    .where('company_id', '=', refund.company_id)
    .where('refund_id', '=', refund.refund_id)
    .execute();
}

export function listChargebacks(tx: Tx, payment: Named): Promise<ChargebackRow[]> {
  return tx
    .selectFrom('chargebacks')
    .selectAll()
    .where('company_id', '=', payment.company_id)
    .where('payment_id', '=', payment.payment_id)
    .orderBy('provider_ref')
    .execute();
}

export async function saveChargeback(tx: Tx, chargeback: ChargebackRow): Promise<void> {
  await tx
    .insertInto('chargebacks')
    .values(chargeback)
    .onConflict((conflict) =>
      conflict
        .columns(['company_id', 'payment_id', 'provider_ref'])
        .doUpdateSet({ reversed_at_ms: chargeback.reversed_at_ms }),
    )
    .execute();
}
