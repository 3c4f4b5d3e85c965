import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import type { ReconciliationFacts, ReconciliationKind } from '#domain/reconciliation.ts';
import type { Clock } from '#domain/time.ts';
import { closeItems, openItem } from '#store/reconciliation.ts';
import type { PaymentRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';

/** What about a payment a person must look at. */
export type PaymentCaseKind = Extract<
  ReconciliationKind,
  'amount-mismatch' | 'chargeback' | 'paid-not-in-pos' | 'payment-unresolved' | 'refund-failed' | 'surplus'
>;

type About = Pick<PaymentRow, 'company_id' | 'location_id' | 'order_id' | 'payment_id' | 'currency'>;

/** Opens an item, one per payment and kind; one that is open keeps its age and takes the newer sum. */
export async function openCase(
  tx: Tx,
  clock: Clock,
  payment: About,
  found: {
    readonly kind: PaymentCaseKind;
    readonly amountMinor: number;
    readonly facts: ReconciliationFacts;
  },
): Promise<void> {
  const amount: Money = money(found.amountMinor, payment.currency);
  await openItem(tx, {
    companyId: payment.company_id,
    locationId: payment.location_id,
    kind: found.kind,
    dedupeKey: keyOf(payment, found.kind),
    orderId: payment.order_id,
    writeId: null,
    paymentId: payment.payment_id,
    amount,
    facts: found.facts,
    nowMs: clock.nowMs(),
  });
}

export async function closeCases(
  tx: Tx,
  clock: Clock,
  payment: About,
  kinds: readonly PaymentCaseKind[],
): Promise<void> {
  await closeItems(tx, {
    companyId: payment.company_id,
    dedupeKeys: kinds.map((kind) => keyOf(payment, kind)),
    how: 'healed',
    nowMs: clock.nowMs(),
  });
}

/** A person looked at it and did what was to do. */
export async function dealWithCase(
  tx: Tx,
  clock: Clock,
  payment: About,
  kind: PaymentCaseKind,
): Promise<void> {
  await closeItems(tx, {
    companyId: payment.company_id,
    dedupeKeys: [keyOf(payment, kind)],
    how: 'dealt-with',
    nowMs: clock.nowMs(),
  });
}

function keyOf(payment: About, kind: PaymentCaseKind): string {
  return `${kind}:${payment.payment_id}`;
}
