import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import { getOrder } from '#store/orders.ts';
import { getPayment, listChargebacks, listPayments, listRefunds } from '#store/payments.ts';
import type { PaymentRow, RefundRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { PaymentsDeps } from './deps.ts';
import { refundableSurplusMinor } from './surplus.ts';

/** A payment as an operator sees it: nothing of who the guest is, everything about the money. */
export type ConsolePayment = {
  readonly paymentId: string;
  readonly orderId: string;
  readonly kind: PaymentRow['kind'];
  readonly state: PaymentRow['state'];
  readonly share: Money;
  readonly tip: Money;
  readonly donation: Money;
  /** False: another sum arrived than was asked for; it is not counted. */
  readonly counts: boolean;
  /** What should be given back. */
  readonly surplus: Money;
  readonly refunded: Money;
  readonly paidWith: string | null;
  readonly waiter: string | null;
  readonly providerRef: string | null;
  readonly failureReason: string | null;
  readonly createdAtMs: number;
  readonly paidAtMs: number | null;
  readonly receipt: string | null;
  readonly refunds: readonly RefundView[];
  readonly chargebacks: readonly {
    readonly amount: Money;
    readonly createdAtMs: number;
    readonly reversedAtMs: number | null;
  }[];
};

export type RefundView = {
  readonly refundId: string;
  readonly state: RefundRow['state'];
  readonly amount: Money;
  readonly reason: string;
  readonly createdAtMs: number;
  readonly errorDetail: string | null;
};

export function listOrderPayments(
  deps: PaymentsDeps,
  asked: { readonly companyId: string; readonly orderId: string },
): Promise<readonly ConsolePayment[]> {
  return deps.store.asCompany(asked.companyId, async (tx) => {
    const order = await getOrder(tx, asked.companyId, asked.orderId);
    const rows = order === undefined ? [] : await listPayments(tx, asked.companyId, [order.order_id]);
    const views: ConsolePayment[] = [];
    for (const row of rows) views.push(await viewPayment(tx, row));
    return views;
  });
}

export function getConsolePayment(
  deps: PaymentsDeps,
  asked: { readonly companyId: string; readonly paymentId: string },
): Promise<ConsolePayment | undefined> {
  return deps.store.asCompany(asked.companyId, async (tx) => {
    const row = await getPayment(tx, asked.companyId, asked.paymentId);
    return row === undefined ? undefined : viewPayment(tx, row);
  });
}

async function viewPayment(tx: Tx, row: PaymentRow): Promise<ConsolePayment> {
  const of = (minor: number) => money(minor, row.currency);
  return {
    paymentId: row.payment_id,
    orderId: row.order_id,
    kind: row.kind,
    state: row.state,
    share: of(row.amount_minor),
    tip: of(row.tip_minor),
    donation: of(row.donation_minor),
    counts: row.counts,
    surplus: of(row.surplus_minor === 0 ? 0 : refundableSurplusMinor(row)),
    refunded: of(row.refunded_minor),
    paidWith: row.paid_with,
    waiter: row.waiter_name,
    providerRef: row.provider_ref,
    failureReason: row.failure_reason,
    createdAtMs: row.created_at_ms,
    paidAtMs: row.paid_at_ms,
    receipt: row.receipt_token === null ? null : `/receipt/${row.receipt_token}`,
    refunds: (await listRefunds(tx, row)).map(viewRefund),
    chargebacks: (await listChargebacks(tx, row)).map((chargeback) => ({
      amount: of(chargeback.amount_minor),
      createdAtMs: chargeback.created_at_ms,
      reversedAtMs: chargeback.reversed_at_ms,
    })),
  };
}

export function viewRefund(refund: RefundRow): RefundView {
  return {
    refundId: refund.refund_id,
    state: refund.state,
    amount: money(refund.amount_minor, refund.currency),
    reason: refund.reason,
    createdAtMs: refund.created_at_ms,
    errorDetail: refund.error_detail,
  };
}
