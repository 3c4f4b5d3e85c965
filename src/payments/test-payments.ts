import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import { minuteMs } from '#domain/time.ts';
import type { OrderingDeps } from '#ordering/deps.ts';
import type { PaymentsDeps } from './deps.ts';
import type {
  NewPayment,
  NewRefund,
  PaymentProvider,
  ProviderErrorCode,
  ProviderOutcome,
  ProviderPayment,
  ProviderRefund,
  ProviderRefundState,
} from './provider.ts';

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type Held = Writable<Omit<ProviderPayment, 'refunds' | 'chargebacks'>> & {
  readonly refunds: Writable<ProviderRefund>[];
  readonly chargebacks: Writable<ProviderPayment['chargebacks'][number]>[];
};
type Call = 'create' | 'get' | 'find' | 'list' | 'cancel' | 'refund' | 'refunds';

/** A provider in memory that does what a test says. Its own books are the truth that checkers read. */
export type TestProvider = PaymentProvider & {
  readonly payments: Map<string, Held>;
  readonly calls: Call[];
  /** The next call of this kind fails so; with `acts` it was done all the same. */
  fail(call: Call, code: ProviderErrorCode, acts?: boolean): void;
  /** The payment made for an attempt. */
  of(attemptId: string): Held;
  /** Money that is with the restaurant: paid, and not given or taken back. */
  keptMinor(): number;
};

export const testAccountId = 'account-1';

export function makeTestProvider(now: () => number): TestProvider {
  const books: Books = { payments: new Map(), refByKey: new Map(), refundByKey: new Map(), now };
  const { payments } = books;
  const calls: Call[] = [];
  const failures: { call: Call; code: ProviderErrorCode; acts: boolean }[] = [];
  const answer = <Value>(call: Call, act: () => ProviderOutcome<Value>): Promise<ProviderOutcome<Value>> => {
    calls.push(call);
    const index = failures.findIndex((failure) => failure.call === call);
    const [failure] = index < 0 ? [] : failures.splice(index, 1);
    if (failure === undefined) return Promise.resolve(structuredClone(act()));
    if (failure.acts) act();
    return Promise.resolve(failed(failure.code));
  };
  return {
    mode: 'test',
    payments,
    calls,
    fail: (call, code, acts = false) => void failures.push({ call, code, acts }),
    of(attemptId) {
      const payment = [...payments.values()].find((each) => each.attemptId === attemptId);
      if (payment === undefined) throw new Error(`the provider has no payment of ${attemptId}`);
      return payment;
    },
    keptMinor: () =>
      [...payments.values()]
        .filter((payment) => payment.state === 'paid')
        .reduce((sum, payment) => sum + payment.amount.amountMinor - refundedOf(payment), 0),
    methods: () => Promise.resolve(done([])),
    create: (payment) => answer('create', () => create(books, payment)),
    get: (ref) => answer('get', () => get(books, ref)),
    find: ({ attemptId }) =>
      answer('find', () => done([...payments.values()].find((each) => each.attemptId === attemptId))),
    listPaid: ({ fromMs, untilMs }) =>
      answer('list', () =>
        done(
          [...payments.values()].filter(
            ({ paidAtMs }) => paidAtMs !== null && paidAtMs >= fromMs && paidAtMs < untilMs,
          ),
        ),
      ),
    cancel: (ref) => answer('cancel', () => cancel(books, ref)),
    refund: (ref, wanted) => answer('refund', () => refund(books, ref, wanted)),
    refunds: (ref) => answer('refunds', () => done(payments.get(ref)?.refunds ?? [])),
  };
}

type Books = {
  readonly payments: Map<string, Held>;
  readonly refByKey: Map<string, string>;
  readonly refundByKey: Map<string, ProviderRefund>;
  readonly now: () => number;
};

const done = <Value>(value: Value): ProviderOutcome<Value> => ({ kind: 'done', value });
const failed = (code: ProviderErrorCode): ProviderOutcome<never> => ({
  kind: 'failed',
  error: { code, detail: 'scripted' },
});

function get({ payments }: Books, ref: string): ProviderOutcome<ProviderPayment> {
  const payment = payments.get(ref);
  return payment === undefined ? failed('payment-unknown') : done(payment);
}

function create(books: Books, payment: NewPayment): ProviderOutcome<ProviderPayment> {
  const known = books.refByKey.get(payment.idempotencyKey);
  if (known !== undefined) return get(books, known);
  const ref = `tr_${books.payments.size + 1}`;
  books.refByKey.set(payment.idempotencyKey, ref);
  books.payments.set(ref, {
    ref,
    state: 'open',
    mode: 'test',
    amount: payment.amount,
    attemptId: payment.attemptId,
    checkoutUrl: `https://pay.example/${ref}`,
    cancelable: true,
    createdAtMs: books.now(),
    expiresAtMs: books.now() + 30 * minuteMs,
    paidAtMs: null,
    method: null,
    wallet: null,
    failureReason: null,
    refunds: [],
    chargebacks: [],
  });
  return get(books, ref);
}

function cancel({ payments }: Books, ref: string): ProviderOutcome<'canceled' | 'not-cancelable'> {
  const payment = payments.get(ref);
  if (payment?.state !== 'open' || !payment.cancelable) return done('not-cancelable');
  payment.state = 'canceled';
  payment.checkoutUrl = null;
  return done('canceled');
}

function refund(books: Books, ref: string, wanted: NewRefund): ProviderOutcome<ProviderRefund> {
  const before = books.refundByKey.get(wanted.idempotencyKey);
  if (before !== undefined) return done(before);
  const payment = books.payments.get(ref);
  if (payment === undefined) return failed('payment-unknown');
  const left = payment.amount.amountMinor - refundedOf(payment);
  if (payment.state !== 'paid' || wanted.amount.amountMinor > left) return failed('invalid');
  const made = {
    ref: `re_${ref}_${payment.refunds.length + 1}`,
    refundId: wanted.refundId,
    state: 'pending' as const,
    amount: wanted.amount,
    createdAtMs: books.now(),
  };
  payment.refunds.push(made);
  books.refundByKey.set(wanted.idempotencyKey, made);
  return done(made);
}

const standing: readonly ProviderRefundState[] = ['queued', 'pending', 'processing', 'refunded'];

function refundedOf(payment: Held): number {
  return payment.refunds
    .filter((refund) => standing.includes(refund.state))
    .reduce((sum, refund) => sum + refund.amount.amountMinor, 0);
}

/** The guest pays at the provider's page. */
export function payAtProvider(payment: Held, nowMs: number, amount?: Money): void {
  payment.state = 'paid';
  payment.paidAtMs = nowMs;
  payment.method = 'creditcard';
  payment.checkoutUrl = null;
  if (amount !== undefined) payment.amount = amount;
}

/** What the payments need on top of ordering, with this provider as the location's. */
export function paymentDepsOf(ordering: OrderingDeps, provider: PaymentProvider): PaymentsDeps {
  return {
    ...ordering,
    accountOf: () =>
      Promise.resolve({
        kind: 'ready',
        accountId: testAccountId,
        providerId: 'test',
        provider,
        idempotencyWindowMs: 55 * minuteMs,
      }),
    providerOf: () => Promise.resolve(provider),
    webhookBase: 'https://tableside.example',
  };
}

export const eur = (minor: number) => money(minor, 'EUR');
