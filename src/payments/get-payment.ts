import type { GuestTable } from '#ordering/deps.ts';
import { isUnderWay } from '#domain/payment.ts';
import { findAttempt, findReceipt, getPayment } from '#store/payments.ts';
import type { PaymentRow } from '#store/schema.ts';
import { dayMs } from '#domain/time.ts';
import type { Receipt } from '#domain/receipt.ts';
import type { PaymentsDeps } from './deps.ts';
import type { PaymentLoop } from './payment-loop.ts';
import { answerWith } from './payment-view.ts';
import type { PaymentAnswer } from './payment-view.ts';

/** A page that waits asks every second or two; the provider is asked no more often than this. */
const syncEveryMs = 2_000;
/** How long a receipt's link works. */
export const receiptMs = 90 * dayMs;

/**
 * How a payment stands, for the page a guest comes back to. Nothing is decided here: a payment that is not over is read at the
 * provider, and what that says is told. Undefined for an attempt of another table's location.
 */
export async function getGuestPayment(
  deps: PaymentsDeps,
  loop: Pick<PaymentLoop, 'sync'>,
  table: GuestTable,
  attemptToken: string,
): Promise<PaymentAnswer | undefined> {
  const found = await deps.store.asEntry((tx) => findAttempt(tx, attemptToken));
  if (found?.companyId !== table.companyId) return undefined;
  const payment = await deps.store.asCompany(table.companyId, (tx) =>
    getPayment(tx, table.companyId, found.paymentId),
  );
  if (payment === undefined || payment.location_id !== table.locationId) return undefined;
  if (!mustSync(payment, deps.clock.nowMs())) return answerWith(payment);
  return answerWith((await loop.sync(found)) ?? payment);
}

function mustSync(payment: PaymentRow, nowMs: number): boolean {
  return isUnderWay(payment.state) && (payment.synced_at_ms ?? 0) + syncEveryMs <= nowMs;
}

/** A receipt by its link; undefined when nobody has it or its time is over. */
export async function getReceipt(deps: PaymentsDeps, receiptToken: string): Promise<Receipt | undefined> {
  const found = await deps.store.asEntry((tx) => findReceipt(tx, receiptToken));
  if (found === undefined) return undefined;
  const payment = await deps.store.asCompany(found.companyId, (tx) =>
    getPayment(tx, found.companyId, found.paymentId),
  );
  const paidAtMs = payment?.paid_at_ms ?? 0;
  return paidAtMs + receiptMs > deps.clock.nowMs() ? (payment?.receipt ?? undefined) : undefined;
}
