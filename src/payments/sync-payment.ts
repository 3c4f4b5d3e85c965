import { isUnderWay, nextCheckAtMs } from '#domain/payment.ts';
import type { Reference } from '#domain/reference.ts';
import { minuteMs } from '#domain/time.ts';
import { getOrder, lockOrder } from '#store/orders.ts';
import { getPayment, listRefunds, lockPayment, updatePayment } from '#store/payments.ts';
import type { OrderRow, PaymentRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { converge } from './converge.ts';
import type { PaymentsDeps } from './deps.ts';
import type { PaymentProvider, ProviderOutcome, ProviderPayment } from './provider.ts';
import { readBill } from './read-bill.ts';
import { sendRefund } from './send-refund.ts';

/** A create that was never answered and cannot be found at the provider was never made, once this much time has passed. */
const lostAfterMs = 30 * minuteMs;

export type PaymentId = { readonly companyId: string; readonly paymentId: Reference };

/**
 * Reads a payment at its provider and brings ours to where that one is. Webhook, return page, schedule and console all end here; none of them
 * is believed, each only makes us look. The provider and the POS are asked outside a transaction, the rest is one short
 * transaction under the order's and the payment's locks. `ref` is what a webhook named, for a payment whose create was not
 * answered yet.
 */
export async function syncPayment(
  deps: PaymentsDeps,
  which: PaymentId,
  ref?: string,
): Promise<PaymentRow | undefined> {
  const payment = await getPaymentNow(deps, which);
  if (payment === undefined || payment.kind !== 'online' || payment.account_id === null) return payment;
  const provider = await deps.providerOf(which.companyId, payment.account_id);
  const askedAtMs = deps.clock.nowMs();
  const seen = provider === undefined ? undefined : await ask(provider, payment, ref);
  if (seen?.kind !== 'done') {
    await putOff(deps, payment);
    return getPaymentNow(deps, which);
  }
  if (seen.value === undefined) await giveUpLost(deps, payment);
  else await bringTo(deps, payment, { seen: seen.value, askedAtMs });
  if (provider !== undefined) await sendRefunds(deps, provider, which);
  return getPaymentNow(deps, which);
}

function ask(
  provider: PaymentProvider,
  payment: PaymentRow,
  ref: string | undefined,
): Promise<ProviderOutcome<ProviderPayment | undefined>> {
  const known = payment.provider_ref ?? ref;
  return known === undefined
    ? provider.find({ attemptId: payment.payment_id, createdAtMs: payment.created_at_ms })
    : provider.get(known);
}

/** The bill is read once more when money arrives: what was due when the guest went to pay may not be due any more. */
async function bringTo(
  deps: PaymentsDeps,
  payment: PaymentRow,
  { seen, askedAtMs }: { readonly seen: ProviderPayment; readonly askedAtMs: number },
): Promise<void> {
  if (seen.state === 'paid' && payment.state !== 'paid') {
    const order = await deps.store.asCompany(payment.company_id, (tx) =>
      getOrder(tx, payment.company_id, payment.order_id),
    );
    if (order !== undefined && order.covered_minor === null) await readBill(deps, order);
  }
  await underLocks(deps, payment, (tx, held) => converge(tx, deps, { ...held, askedAtMs }, seen));
}

type Held = { readonly order: OrderRow; readonly payment: PaymentRow };

/** Runs with the order and the payment locked, in the order everybody locks them. Two orders that became one take their payments along. */
export async function underLocks<Value>(
  deps: PaymentsDeps,
  which: Pick<PaymentRow, 'company_id' | 'payment_id'>,
  act: (tx: Tx, held: Held) => Promise<Value>,
): Promise<Value> {
  return deps.store.asCompany(which.company_id, async (tx) => {
    const seen = await getPayment(tx, which.company_id, which.payment_id);
    if (seen === undefined) throw new Error(`there is no payment ${which.payment_id}`);
    const order = await lockOrder(tx, which.company_id, seen.order_id);
    const payment = await lockPayment(tx, which);
    if (order === undefined || payment === undefined) throw new Error('a payment without its order');
    if (payment.order_id === order.order_id) return act(tx, { order, payment });
    // Merged between the two reads: the other order's lock comes on top, and nobody takes them the other way round.
    const merged = await lockOrder(tx, which.company_id, payment.order_id);
    if (merged === undefined) throw new Error('a payment without its order');
    return act(tx, { order: merged, payment });
  });
}

function getPaymentNow(deps: PaymentsDeps, which: PaymentId): Promise<PaymentRow | undefined> {
  return deps.store.asCompany(which.companyId, (tx) => getPayment(tx, which.companyId, which.paymentId));
}

/** The provider did not say: looked at again on schedule, which may have begun anew since it was asked. */
async function putOff(deps: PaymentsDeps, before: PaymentRow): Promise<void> {
  await deps.store.asCompany(before.company_id, async (tx) => {
    const payment = (await lockPayment(tx, before)) ?? before;
    const nowMs = deps.clock.nowMs();
    const nextMs = nextCheckAtMs(payment.check_from_ms ?? payment.created_at_ms, nowMs);
    await updatePayment(tx, payment, { check_at_ms: nextMs, synced_at_ms: nowMs });
  });
}

async function giveUpLost(deps: PaymentsDeps, payment: PaymentRow): Promise<void> {
  const old = deps.clock.nowMs() - payment.created_at_ms > lostAfterMs;
  await underLocks(deps, payment, async (tx, held) => {
    if (!isUnderWay(held.payment.state) || held.payment.provider_ref !== null) return;
    const nextMs = nextCheckAtMs(held.payment.created_at_ms, deps.clock.nowMs());
    await updatePayment(
      tx,
      payment,
      old
        ? { state: 'failed', failure_reason: 'never-created', locked_until_ms: null, check_at_ms: null }
        : { check_at_ms: nextMs },
    );
  });
}

async function sendRefunds(deps: PaymentsDeps, provider: PaymentProvider, which: PaymentId): Promise<void> {
  const refunds = await deps.store.asCompany(which.companyId, (tx) =>
    listRefunds(tx, { company_id: which.companyId, payment_id: which.paymentId }),
  );
  for (const refund of refunds)
    if (refund.state === 'created' || refund.state === 'unconfirmed')
      await sendRefund(deps, provider, refund);
}
