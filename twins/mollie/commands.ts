import { z } from 'zod';
import type { TillCommand } from '../definition.ts';
import { TwinCommandError } from '../definition.ts';
import { timeScaleLimits } from './book.ts';
import type { PaymentBook } from './book.ts';
import { findMethod, methods } from './methods.ts';
import type { Payment } from './state.ts';
import { finalStates, refundStates } from './state.ts';
import { copiesMax } from './webhooks.ts';

/** What a person does at the provider's desk, or a test in their place. README.md says what each is for. */
export function makeCommands(book: PaymentBook): Readonly<Record<string, TillCommand>> {
  const command =
    <Input>(schema: z.ZodType<Input>, act: (input: Input) => unknown): TillCommand =>
    (body) => {
      const parsed = schema.safeParse(body);
      if (!parsed.success) throw new TwinCommandError(z.prettifyError(parsed.error));
      return act(parsed.data);
    };
  return {
    finish: command(finishInput, (input) => finish(book, input)),
    chargeback: command(chargebackInput, ({ amountMinor, ...which }) => {
      const payment = findPaid(book, which);
      const minor = amountMinor ?? payment.amount.minor;
      return { chargeback: book.chargeBack(payment, { ...payment.amount, minor }).id };
    }),
    'reverse-chargeback': command(z.strictObject(selector), (which) => {
      const payment = findPaid(book, which);
      const chargeback = payment.chargebacks.findLast(({ reversedAtMs }) => reversedAtMs === null);
      if (chargeback === undefined) throw new TwinCommandError('the payment has no chargeback', 409);
      book.reverseChargeback(payment, chargeback);
      return { chargeback: chargeback.id };
    }),
    'move-refund': command(refundInput, ({ status, refund: id, ...which }) => {
      const payment = findPaid(book, which);
      const refund = id === undefined ? payment.refunds.at(-1) : payment.refunds.find((one) => one.id === id);
      if (refund === undefined) throw new TwinCommandError('the payment has no such refund', 404);
      book.moveRefund(payment, refund, status);
      return { refund: refund.id, status };
    }),
    webhooks: command(moodInput, (change) => {
      const mood = { ...book.webhooks.mood, ...withoutUndefined(change) };
      book.webhooks.setMood(mood);
      return mood;
    }),
    'release-webhooks': command(releaseInput, ({ order }) => ({ released: book.webhooks.release(order) })),
    'call-webhook': command(z.strictObject(selector), (which) => {
      book.webhooks.tell(findPayment(book, which));
      return {};
    }),
    settings: command(settingsInput, (change) => Object.assign(book.settings, withoutUndefined(change))),
  };
}

/** By its id, by the `attemptId` in its metadata, or the newest one. */
const selector = { payment: z.string().optional(), attemptId: z.string().optional() };
type Which = { readonly payment?: string | undefined; readonly attemptId?: string | undefined };

const finishInput = z.strictObject({
  ...selector,
  outcome: z.enum(['pending', 'authorized', 'paid', 'failed', 'canceled', 'expired']),
  method: z.enum(methods.map(({ id }) => id) as [string, ...string[]]).default('creditcard'),
  failureReason: z.string().max(100).optional(),
  /** Only with `paid`, of a payment that ended otherwise. */
  afterAll: z.boolean().default(false),
});
const chargebackInput = z.strictObject({ ...selector, amountMinor: z.int().min(1).optional() });
const refundInput = z.strictObject({
  ...selector,
  refund: z.string().optional(),
  status: z.enum(refundStates),
});
const moodInput = z.strictObject({
  mode: z.enum(['on', 'off', 'hold']).optional(),
  copies: z.int().min(1).max(copiesMax).optional(),
  delayMs: z.int().min(0).max(600_000).optional(),
  onCreate: z.boolean().optional(),
});
const releaseInput = z.strictObject({ order: z.enum(['kept', 'reversed']).default('kept') });
const settingsInput = z.strictObject({
  timeScale: z.number().min(timeScaleLimits.min).max(timeScaleLimits.max).optional(),
  cancelable: z.enum(['by-method', 'always', 'never']).optional(),
  balance: z.enum(['enough', 'short']).optional(),
});

function finish(book: PaymentBook, input: z.infer<typeof finishInput>): unknown {
  const { outcome, method, failureReason } = input;
  const payment = findPayment(book, input);
  const needsMethod = outcome !== 'canceled' && outcome !== 'expired';
  const chosen = needsMethod ? findMethod(method) : undefined;
  if (input.afterAll) {
    if (outcome !== 'paid' || chosen === undefined || !book.payAfterAll(payment, chosen))
      throw new TwinCommandError(`the payment is ${payment.status}: nothing is paid after all`, 409);
    return { payment: payment.id, status: payment.status };
  }
  const moved = book.end(payment, {
    status: outcome,
    ...(chosen === undefined ? {} : { method: chosen }),
    ...(outcome === 'failed' ? { failureReason: failureReason ?? 'refused_by_issuer' } : {}),
  });
  if (!moved) throw new TwinCommandError(`the payment is ${payment.status} already`, 409);
  return { payment: payment.id, status: payment.status };
}

function findPayment(book: PaymentBook, which: Which): Payment {
  const found =
    which.payment === undefined
      ? book.payments().findLast((payment) => matches(payment, which.attemptId))
      : book.find(which.payment);
  if (found === undefined) throw new TwinCommandError('there is no such payment', 404);
  return found;
}

function findPaid(book: PaymentBook, which: Which): Payment {
  const payment = findPayment(book, which);
  if (payment.status !== 'paid')
    throw new TwinCommandError(`the payment is ${payment.status}, not paid`, 409);
  return payment;
}

/** Without an attempt: the newest that has not ended, or the newest paid one, is what a person means. */
function matches(payment: Payment, attemptId: string | undefined): boolean {
  if (attemptId === undefined) return !finalStates.has(payment.status) || payment.status === 'paid';
  const { metadata } = payment;
  return (
    typeof metadata === 'object' &&
    metadata !== null &&
    'attemptId' in metadata &&
    metadata.attemptId === attemptId
  );
}

/** Only what was said changes. */
function withoutUndefined<Value extends object>(
  value: Value,
): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  };
}
