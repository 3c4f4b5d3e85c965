import type { Clock, Timer } from '#domain/time.ts';
import { hourMs } from '#domain/time.ts';
import { findMethod, paidWith, unchosenExpiresAfterMs } from './methods.ts';
import type { Method } from './methods.ts';
import type {
  Account,
  Amount,
  Chargeback,
  Payment,
  PaymentState,
  Refund,
  RefundState,
  Settings,
} from './state.ts';
import { finalStates } from './state.ts';
import type { WebhookSender } from './webhooks.ts';

/** How long a refund may still be canceled, and how long the bank takes then. */
const refundPendingMs = 2 * hourMs;
const refundProcessingMs = 24 * hourMs;
const timeScaleMax = 100_000;
export const timeScaleLimits = { min: 1, max: timeScaleMax } as const;
/** A demo never makes so many; it bounds a twin that a load test is pointed at. */
const paymentsKept = 200_000;

export type BookOptions = {
  readonly account: Account;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly webhooks: WebhookSender;
  readonly settings: Settings;
};

export type NewPayment = Omit<
  Payment,
  | 'id'
  | 'checkoutToken'
  | 'createdAtMs'
  | 'status'
  | 'wallet'
  | 'failureReason'
  | 'expiresAtMs'
  | 'endedAtMs'
  | 'refunds'
  | 'chargebacks'
>;

export type Ending = {
  readonly status: Exclude<PaymentState, 'open'>;
  readonly method?: Method;
  readonly failureReason?: string;
};

/** The provider's books: every payment, and what time does to them. Every change that the provider calls shops for is told. */
export class PaymentBook {
  readonly account: Account;
  readonly settings: Settings;
  readonly webhooks: WebhookSender;
  readonly #clock: Clock;
  readonly #randomBytes: BookOptions['randomBytes'];
  readonly #payments = new Map<string, Payment>();
  readonly #byCheckout = new Map<string, Payment>();
  readonly #expiries = new Map<string, Timer>();
  readonly #refundTimers = new Set<Timer>();

  constructor(options: BookOptions) {
    this.account = options.account;
    this.settings = options.settings;
    this.webhooks = options.webhooks;
    this.#clock = options.clock;
    this.#randomBytes = options.randomBytes;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  /** Oldest first. */
  payments(): readonly Payment[] {
    return [...this.#payments.values()];
  }

  find(id: string): Payment | undefined {
    return this.#payments.get(id);
  }

  findByCheckout(token: string): Payment | undefined {
    return this.#byCheckout.get(token);
  }

  create(made: NewPayment): Payment {
    const createdAtMs = this.#clock.nowMs();
    const expiresAfterMs = findMethod(made.method)?.expiresAfterMs ?? unchosenExpiresAfterMs;
    const payment: Payment = {
      ...made,
      id: `tr_${this.#randomText(22)}`,
      checkoutToken: this.#randomText(24),
      createdAtMs,
      status: 'open',
      wallet: null,
      failureReason: null,
      expiresAtMs: createdAtMs + this.scaled(expiresAfterMs),
      endedAtMs: null,
      refunds: [],
      chargebacks: [],
    };
    this.#payments.set(payment.id, payment);
    this.#byCheckout.set(payment.checkoutToken, payment);
    this.#forgetOldest();
    this.#expireLater(payment);
    if (this.webhooks.mood.onCreate) this.webhooks.tell(payment);
    return payment;
  }

  /** The guest chose: from now on the payment lives as long as that method's do. */
  choose(payment: Payment, method: Method): void {
    if (payment.status !== 'open') return;
    const paid = paidWith(method);
    payment.method = paid.method;
    payment.wallet = paid.wallet;
    payment.expiresAtMs = payment.createdAtMs + this.scaled(method.expiresAfterMs);
    this.#expireLater(payment);
  }

  /** Moves an open, pending or authorized payment. False: it had already ended. */
  end(payment: Payment, ending: Ending): boolean {
    if (finalStates.has(payment.status) || payment.status === ending.status) return false;
    if (ending.method !== undefined) Object.assign(payment, paidWith(ending.method));
    payment.status = ending.status;
    payment.failureReason = ending.failureReason ?? null;
    payment.endedAtMs = this.#clock.nowMs();
    this.#expiries.get(payment.id)?.cancel();
    this.#expiries.delete(payment.id);
    // Of a pending payment shops are not told.
    if (ending.status !== 'pending') this.webhooks.tell(payment);
    return true;
  }

  /** It had ended without money, and the bank paid after all: rare, and true. False: it had not ended so. */
  payAfterAll(payment: Payment, method: Method): boolean {
    const { status } = payment;
    if (status !== 'failed' && status !== 'canceled' && status !== 'expired') return false;
    Object.assign(payment, paidWith(method), {
      status: 'paid',
      failureReason: null,
      endedAtMs: this.#clock.nowMs(),
    });
    this.webhooks.tell(payment);
    return true;
  }

  refund(payment: Payment, made: Pick<Refund, 'amount' | 'description' | 'metadata'>): Refund {
    const refund: Refund = {
      ...made,
      id: `re_${this.#randomText(10)}`,
      createdAtMs: this.#clock.nowMs(),
      status: this.settings.balance === 'short' ? 'queued' : 'pending',
    };
    payment.refunds.push(refund);
    this.#carryOn(payment, refund);
    return refund;
  }

  moveRefund(payment: Payment, refund: Refund, to: RefundState): void {
    if (refund.status === to) return;
    refund.status = to;
    if (to === 'processing' || to === 'refunded' || to === 'failed') this.webhooks.tell(payment);
    this.#carryOn(payment, refund);
  }

  chargeBack(payment: Payment, amount: Amount): Chargeback {
    const id = `chb_${this.#randomText(10)}`;
    const chargeback: Chargeback = { id, amount, createdAtMs: this.#clock.nowMs(), reversedAtMs: null };
    payment.chargebacks.push(chargeback);
    this.webhooks.tell(payment);
    return chargeback;
  }

  reverseChargeback(payment: Payment, chargeback: Chargeback): void {
    chargeback.reversedAtMs ??= this.#clock.nowMs();
    this.webhooks.tell(payment);
  }

  /** A duration of the provider's in this twin's time. */
  scaled(durationMs: number): number {
    return durationMs / this.settings.timeScale;
  }

  stop(): void {
    this.webhooks.stop();
    for (const timer of [...this.#expiries.values(), ...this.#refundTimers]) timer.cancel();
    this.#expiries.clear();
    this.#refundTimers.clear();
  }

  #expireLater(payment: Payment): void {
    this.#expiries.get(payment.id)?.cancel();
    const timer = this.#clock.after(Math.max(0, payment.expiresAtMs - this.#clock.nowMs()), () =>
      this.end(payment, { status: 'expired' }),
    );
    this.#expiries.set(payment.id, timer);
  }

  /** A refund goes on by itself: sent to the bank after a while, and there after another. */
  #carryOn(payment: Payment, refund: Refund): void {
    const next = ({ pending: 'processing', processing: 'refunded' } as const)[refund.status as string];
    if (next === undefined) return;
    const from = refund.status;
    const afterMs = this.scaled(from === 'pending' ? refundPendingMs : refundProcessingMs);
    const timer = this.#clock.after(afterMs, () => {
      this.#refundTimers.delete(timer);
      if (refund.status === from) this.moveRefund(payment, refund, next);
    });
    this.#refundTimers.add(timer);
  }

  #forgetOldest(): void {
    if (this.#payments.size <= paymentsKept) return;
    const [oldest] = this.#payments.values();
    if (oldest === undefined) return;
    this.#payments.delete(oldest.id);
    this.#byCheckout.delete(oldest.checkoutToken);
    this.#expiries.get(oldest.id)?.cancel();
    this.#expiries.delete(oldest.id);
  }

  /** Letters and digits as in the provider's ids. */
  #randomText(length: number): string {
    const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789';
    return [...this.#randomBytes(length)].map((byte) => alphabet[byte % alphabet.length]).join('');
  }
}
