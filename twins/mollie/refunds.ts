import type { WireAnswer } from '../definition.ts';
import { z } from 'zod';
import { hourMs } from '#domain/time.ts';
import { readAmount, refundedMinor } from './amounts.ts';
import type { PaymentBook } from './book.ts';
import { answerHal, refuseHal, showRefund } from './hal.ts';
import type { Payment } from './state.ts';

/** An equal refund of the same payment within this time is taken for the same one, sent twice. */
const duplicateMs = hourMs;

const body = z.strictObject({
  amount: z.unknown().optional(),
  description: z
    .string()
    .transform((text) => text.slice(0, 255))
    .default(''),
  metadata: z.unknown().optional(),
  testmode: z.boolean().optional(),
});

/** `POST /v2/payments/{id}/refunds`. */
export function createRefund(book: PaymentBook, payment: Payment, json: unknown): WireAnswer {
  const parsed = body.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [field] = issue?.code === 'unrecognized_keys' ? issue.keys : (issue?.path ?? []);
    return refuseHal(422, `The '${String(field)}' field is missing or invalid`, String(field));
  }
  const read = readAmount(parsed.data.amount);
  if (read.kind === 'bad') return refuseHal(422, read.detail, 'amount');
  const { amount } = read;
  if (payment.status !== 'paid') return refuseHal(422, 'The payment is not paid, so nothing can be refunded');
  if (amount.currency !== payment.amount.currency) {
    return refuseHal(422, 'The amount contains another currency than the payment', 'amount.currency');
  }
  const since = book.nowMs() - book.scaled(duplicateMs);
  const duplicate = payment.refunds.some(
    (refund) =>
      refund.createdAtMs > since &&
      refund.amount.minor === amount.minor &&
      refund.status !== 'failed' &&
      refund.status !== 'canceled',
  );
  if (duplicate) return refuseHal(409, 'A duplicate refund has been detected');
  if (refundedMinor(payment) + amount.minor > payment.amount.minor) {
    return refuseHal(422, 'The specified amount cannot be refunded', 'amount');
  }
  const { description, metadata = null } = parsed.data;
  return answerHal(201, showRefund(payment, book.refund(payment, { amount, description, metadata })));
}

/** `DELETE /v2/payments/{id}/refunds/{refundId}`: while nothing was sent to the bank. */
export function cancelRefund(book: PaymentBook, payment: Payment, refundId: string): WireAnswer {
  const refund = payment.refunds.find(({ id }) => id === refundId);
  if (refund === undefined) return refuseHal(404, `No refund exists with token ${refundId}.`);
  if (refund.status !== 'queued' && refund.status !== 'pending') {
    return refuseHal(422, 'The refund can no longer be canceled');
  }
  book.moveRefund(payment, refund, 'canceled');
  return { status: 204, headers: {}, body: '' };
}
