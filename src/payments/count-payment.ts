import { parseNote } from '#domain/text.ts';
import { appendAudit } from '#store/audit.ts';
import { getPayment, updatePayment } from '#store/payments.ts';
import type { PaymentRow } from '#store/schema.ts';
import { dealWithCase } from './cases.ts';
import { chargeOf } from './charge.ts';
import { getConsolePayment } from './console-payments.ts';
import type { ConsolePayment } from './console-payments.ts';
import { PaymentRefused, refuse } from './deps.ts';
import type { PaymentsDeps, Refused } from './deps.ts';
import { makeReceipt } from './make-receipt.ts';
import { reasonLengthMax } from './refund-payment.ts';
import { settleOrder } from './settle-order.ts';
import { underLocks } from './sync-payment.ts';

/**
 * A person has looked at a payment of another sum than was asked for and takes it in: what the provider took counts, no more and
 * no less. The bill comes first, then the staff's tip, then the donation; what is beyond all three goes to the bill, where it is a
 * surplus unless the bill needs it.
 */
export async function countPayment(
  deps: PaymentsDeps,
  request: {
    readonly companyId: string;
    readonly userId: string;
    readonly paymentId: string;
    readonly reason: string;
  },
): Promise<{ readonly kind: 'counted'; readonly payment: ConsolePayment } | Refused> {
  const { companyId, paymentId } = request;
  const reason = parseNote(request.reason, reasonLengthMax);
  if (reason.kind === 'bad') return refuse(`note-${reason.code}`);
  if (reason.text === '') return refuse('note-required');
  const found = await deps.store.asCompany(companyId, (tx) => getPayment(tx, companyId, paymentId));
  if (found === undefined) return refuse('payment-unknown');
  try {
    await underLocks(deps, found, async (tx, { order, payment }) => {
      // Said twice it is said once.
      if (payment.state === 'paid' && payment.counts) return;
      const took = payment.took_minor;
      if (payment.state !== 'paid' || took === null)
        throw new PaymentRefused(
          refuse('reconciliation-not-possible', 'only money of the bill’s own currency can be counted'),
        );
      const counted = { ...splitOf(payment, took), counts: true, took_minor: null };
      const facts = { paidAtMs: payment.paid_at_ms ?? deps.clock.nowMs(), paidWith: payment.paid_with ?? '' };
      const receipt = await makeReceipt(tx, order, { ...payment, ...counted }, facts);
      await updatePayment(tx, payment, { ...counted, receipt: JSON.stringify(receipt) });
      await dealWithCase(tx, deps.clock, payment, 'amount-mismatch');
      await appendAudit(tx, {
        companyId,
        userId: request.userId,
        action: 'payment counted',
        subject: `payment:${paymentId}`,
        reason: reason.text,
        facts: { askedMinor: chargeOf(payment), tookMinor: took },
        atMs: deps.clock.nowMs(),
      });
      await settleOrder(tx, deps, order);
    });
  } catch (error) {
    if (error instanceof PaymentRefused) return error.refused;
    throw error;
  }
  const payment = await getConsolePayment(deps, { companyId, paymentId });
  if (payment === undefined) throw new Error(`payment ${paymentId} was counted and is gone`);
  return { kind: 'counted', payment };
}

function splitOf(payment: PaymentRow, took: number) {
  const amount = Math.min(payment.amount_minor, took);
  const tip = Math.min(payment.tip_minor, took - amount);
  const donation = Math.min(payment.donation_minor, took - amount - tip);
  const beyond = took - amount - tip - donation;
  return { amount_minor: amount + beyond, tip_minor: tip, donation_minor: donation };
}
