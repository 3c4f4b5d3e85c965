import type { Money } from '#domain/money.ts';
import { paidTwiceKey, paidVoidedKey } from '#delivery/reconcile.ts';
import { keptForBill } from '#domain/payment.ts';
import { getLocation } from '#store/locations.ts';
import { updatePayment } from '#store/payments.ts';
import { closeItems, listOrderItems } from '#store/reconciliation.ts';
import type { OrderRow, PaymentRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { closeCases, openCase } from './cases.ts';
import { chargeOf } from './charge.ts';
import type { PaymentsDeps } from './deps.ts';
import { proposeRefund } from './propose-refund.ts';

/** What the bill asks of guests' payments here. */
export type Standing = {
  readonly billMinor: number;
  /** By the POS's figures where it was read, tips left out. */
  readonly total: Money;
  /** Nothing of it came into the POS and nothing will by itself. */
  readonly lost: boolean;
  /** Somebody closed it at the till although our payments were to close it. */
  readonly closedAtTill: boolean;
};

type Counted = {
  readonly order: OrderRow;
  readonly standing: Standing;
  readonly payments: readonly PaymentRow[];
  readonly surplus: ReadonlyMap<string, number>;
};

/**
 * Keeps what of each payment is too much, and tells a person about it for as long as it is. True when a refund was begun for it,
 * so that it must be counted anew.
 */
export async function noteSurplus(tx: Tx, deps: PaymentsDeps, counted: Counted): Promise<boolean> {
  let refunding = false;
  for (const payment of counted.payments) {
    const isTill =
      counted.standing.closedAtTill && isTakenAtTable(payment) && counted.order.state === 'settled';
    // The till closed the order for the very cash that was taken here.
    const surplusMinor = isTill ? 0 : (counted.surplus.get(payment.payment_id) ?? 0);
    if (surplusMinor === payment.surplus_minor) {
      if (surplusMinor > 0 && (await isToldOtherwise(tx, payment, counted.standing)))
        await tell(tx, deps, payment, counted.standing);
      continue;
    }
    await updatePayment(tx, payment, { surplus_minor: surplusMinor });
    const noted = { ...payment, surplus_minor: surplusMinor };
    await tell(tx, deps, noted, counted.standing);
    if (surplusMinor > 0 && (await refundBySetting(tx, deps, noted, counted))) refunding = true;
  }
  return refunding;
}

/**
 * A refund in the same moment may leave the surplus at its figure and still make it all that is left: the tip then goes back too. And
 * a till that closes an order it had emptied leaves it as well: what delivery finds of the order then is the same case.
 */
async function isToldOtherwise(tx: Tx, payment: PaymentRow, { closedAtTill }: Standing): Promise<boolean> {
  const items = await listOrderItems(tx, payment.company_id, payment.order_id);
  return items.some(
    (item) =>
      item.payment_id === payment.payment_id &&
      item.closed_at_ms === null &&
      (item.kind === 'surplus' || item.kind === 'paid-not-in-pos') &&
      (item.amount_minor !== refundableSurplusMinor(payment) || item.facts['closedAtTill'] !== closedAtTill),
  );
}

function isTakenAtTable({ kind }: Pick<PaymentRow, 'kind'>): boolean {
  return kind === 'cash' || kind === 'terminal';
}

/** What a person is asked to give back: a payment the bill did not need at all goes back whole, tip and donation included. */
export function refundableSurplusMinor(
  payment: Pick<
    PaymentRow,
    'amount_minor' | 'tip_minor' | 'donation_minor' | 'refunded_minor' | 'surplus_minor'
  >,
): number {
  const kept = keptForBill({
    paymentId: '',
    amountMinor: payment.amount_minor,
    tipMinor: payment.tip_minor,
    refundedMinor: payment.refunded_minor,
  });
  const received = chargeOf(payment);
  return payment.surplus_minor === kept ? received - payment.refunded_minor : payment.surplus_minor;
}

async function tell(tx: Tx, deps: PaymentsDeps, payment: PaymentRow, standing: Standing): Promise<void> {
  const [kind, other] = standing.lost ? lostFirst : surplusFirst;
  await closeCases(tx, deps.clock, payment, payment.surplus_minor > 0 ? [other] : [kind, other]);
  if (payment.surplus_minor === 0) return;
  await openCase(tx, deps.clock, payment, {
    kind,
    amountMinor: refundableSurplusMinor(payment),
    facts: { closedAtTill: standing.closedAtTill },
  });
  // What delivery found of the order as a whole is now said of each payment: one case, one item.
  if (kind === 'surplus' && standing.closedAtTill)
    await closeItems(tx, {
      companyId: payment.company_id,
      dedupeKeys: [paidTwiceKey(payment.order_id), paidVoidedKey(payment.order_id)],
      how: 'healed',
      nowMs: deps.clock.nowMs(),
    });
}

const lostFirst = ['paid-not-in-pos', 'surplus'] as const;
const surplusFirst = ['surplus', 'paid-not-in-pos'] as const;

/** Only where nothing is left to decide: the POS was or is being marked paid without this money. */
async function refundBySetting(
  tx: Tx,
  deps: PaymentsDeps,
  payment: PaymentRow,
  { order, standing }: Counted,
): Promise<boolean> {
  if (payment.kind !== 'online' || order.covered_minor === null || standing.lost || standing.closedAtTill)
    return false;
  const location = await getLocation(tx, { companyId: order.company_id, locationId: order.location_id });
  if (location?.auto_refund !== true) return false;
  const proposed = await proposeRefund(tx, deps, {
    payment,
    amountMinor: refundableSurplusMinor(payment),
    reason: 'paid twice',
    userId: null,
  });
  return !('kind' in proposed);
}
