import { money } from '#domain/money.ts';
import { makeReference } from '#domain/reference.ts';
import type { Receipt } from '#domain/receipt.ts';
import { viewStoredOrder } from '#ordering/guest-view.ts';
import { getLocation } from '#store/locations.ts';
import { getCurrentMenu } from '#store/menus.ts';
import { updatePayment } from '#store/payments.ts';
import { getTable } from '#store/tables.ts';
import type { OrderRow, PaymentRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { PaymentsDeps } from './deps.ts';
import { settleOrder } from './settle-order.ts';

export type PaidFacts = {
  readonly paidAtMs: number;
  /** What it was paid with, for receipt and reports: `cash`, `terminal`, or the provider's own word. */
  readonly paidWith: string;
  /** Another sum arrived than was asked for: recorded, and counted only once a person has looked. */
  readonly counts: boolean;
};

/**
 * The money is there: recorded with its waiter and its receipt, and counted against the bill. The one way into `paid`, for cash,
 * terminal and online. The caller holds the locks of the order and the payment.
 */
export async function recordPaid(
  tx: Tx,
  deps: PaymentsDeps,
  { order, payment }: { readonly order: OrderRow; readonly payment: PaymentRow },
  facts: PaidFacts,
): Promise<OrderRow> {
  const waiter = order.snapshot?.waiter ?? null;
  await updatePayment(tx, payment, {
    state: 'paid',
    counts: facts.counts,
    paid_at_ms: facts.paidAtMs,
    paid_with: facts.paidWith,
    waiter_id: waiter?.staffId ?? null,
    waiter_name: waiter?.name ?? null,
    locked_until_ms: null,
    checkout_url: null,
    receipt_token: makeReference(deps.randomBytes),
    receipt: JSON.stringify(await makeReceipt(tx, order, payment, facts)),
  });
  const place = { companyId: order.company_id, locationId: order.location_id, orderId: order.order_id };
  await deps.logFlow(tx, {
    ...place,
    event: `${payment.kind}-paid`,
    detail: payment.payment_id,
    atMs: deps.clock.nowMs(),
  });
  return settleOrder(tx, deps, order);
}

async function makeReceipt(tx: Tx, order: OrderRow, payment: PaymentRow, facts: PaidFacts): Promise<Receipt> {
  const place = { companyId: order.company_id, locationId: order.location_id };
  const location = await getLocation(tx, place);
  const table = await getTable(tx, order.company_id, order.table_id);
  const view = await viewStoredOrder(tx, order, table?.name ?? '');
  const current = await getCurrentMenu(tx, place);
  const items = current?.menu.categories.flatMap((category) => category.items) ?? [];
  const taxesOf = new Map(items.map((item) => [item.itemId, item.taxes.map((tax) => tax.code)]));
  const of = (minor: number) => money(minor, payment.currency);
  return {
    location: location?.name ?? '',
    venue: location?.venue ?? null,
    timeZone: location?.time_zone ?? 'UTC',
    table: view.table,
    orderId: order.order_id,
    paidAtMs: facts.paidAtMs,
    paidWith: facts.paidWith,
    lines: view.rounds
      .filter((round) => round.state !== 'refused' && round.state !== 'cancelled')
      .flatMap((round) => round.lines)
      .filter((line) => line.voided !== true)
      .map((line) => ({
        name: line.name,
        quantity: line.quantity,
        price: line.price,
        taxes: taxesOf.get(line.itemId) ?? [],
      })),
    discounts: view.discounts,
    total: view.total,
    share: of(payment.amount_minor),
    tip: of(payment.tip_minor),
    donation: of(payment.donation_minor),
    charged: of(payment.amount_minor + payment.tip_minor + payment.donation_minor),
  };
}
