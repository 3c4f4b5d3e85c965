import type { Clock, Timer } from '#domain/time.ts';
import { deadline, minuteMs } from '#domain/time.ts';
import type { Payment } from './state.ts';

/**
 * The waits before each of the ten calls, counted from the end of the one before: at once, then after 1, 2, 4, 8, 16 and 29 minutes,
 * 1, 2 and 22 hours; 26 hours in all (docs.mollie.com/reference/webhooks).
 */
export const webhookWaitsMs = [0, 1, 2, 4, 8, 16, 29, 60, 120, 1_320].map((minutes) => minutes * minuteMs);
/** A shop that needs longer did not answer. */
const answerMsMax = 15_000;
const deliveriesKept = 10_000;
export const copiesMax = 50;

/** Calls an address; the status that came back, or undefined when none did. Never throws. */
export type PostWebhook = (url: string, body: string, signal: AbortSignal) => Promise<number | undefined>;

/** What is done to every call from now on. */
export type WebhookMood = {
  /** `off`: lost for ever, as behind a firewall. `hold`: kept back until released. */
  readonly mode: 'on' | 'off' | 'hold';
  /** Each is sent this often, all at the same moment. */
  readonly copies: number;
  readonly delayMs: number;
  /** A call is also made when the payment is created, before its create is answered; the provider itself never does. */
  readonly onCreate: boolean;
};

export type Delivery = {
  readonly deliveryId: number;
  readonly payment: string;
  readonly url: string;
  state: 'held' | 'waiting' | 'delivered' | 'gave-up' | 'dropped';
  readonly tries: { readonly at: number; status: number | null }[];
};

export type WebhookSenderOptions = {
  readonly clock: Clock;
  readonly post: PostWebhook;
  readonly timeScale: () => number;
};

export const usualMood: WebhookMood = { mode: 'on', copies: 1, delayMs: 0, onCreate: false };

/** Tells shops that a payment changed: an id, unsigned, again and again until somebody answers 2xx. */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  readonly #timers = new Set<Timer>();
  readonly #stopped = new AbortController();
  #deliveries: Delivery[] = [];
  #lastId = 0;
  #mood = usualMood;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  get mood(): WebhookMood {
    return this.#mood;
  }

  setMood(mood: WebhookMood): void {
    this.#mood = mood;
  }

  /** Newest last. */
  deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  /** Something about the payment changed. Returns before anything is sent. */
  tell(payment: Pick<Payment, 'id' | 'webhookUrl'>): void {
    if (payment.webhookUrl === null) return;
    for (let copy = 0; copy < this.#mood.copies; copy += 1) this.#start(payment.id, payment.webhookUrl);
  }

  /** Sends what was held back, in the order it happened or the other way round. */
  release(order: 'kept' | 'reversed'): number {
    const held = this.#deliveries.filter((delivery) => delivery.state === 'held');
    const released = order === 'kept' ? held : held.toReversed();
    // One behind the other, so that the order is what arrives.
    void released.reduce<Promise<void>>(async (before, delivery) => {
      await before;
      await this.#try(delivery);
    }, Promise.resolve());
    return released.length;
  }

  stop(): void {
    this.#stopped.abort();
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #start(payment: string, url: string): void {
    this.#lastId += 1;
    const { mode, delayMs } = this.#mood;
    const states = { on: 'waiting', off: 'dropped', hold: 'held' } as const;
    const delivery: Delivery = { deliveryId: this.#lastId, payment, url, state: states[mode], tries: [] };
    this.#deliveries.push(delivery);
    if (this.#deliveries.length > deliveriesKept) this.#deliveries = this.#deliveries.slice(-deliveriesKept);
    if (mode === 'on') this.#tryAfter(delivery, delayMs);
  }

  #tryAfter(delivery: Delivery, delayMs: number): void {
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      void this.#try(delivery);
    });
    this.#timers.add(timer);
  }

  async #try(delivery: Delivery): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    const { clock, post, timeScale } = this.#options;
    delivery.state = 'waiting';
    const tried: Delivery['tries'][number] = { at: clock.nowMs(), status: null };
    delivery.tries.push(tried);
    const limit = deadline(clock, answerMsMax, this.#stopped.signal);
    const status = await post(delivery.url, `id=${delivery.payment}`, limit.signal);
    limit.done();
    tried.status = status ?? null;
    if (status !== undefined && status >= 200 && status < 300) {
      delivery.state = 'delivered';
      return;
    }
    const waitMs = webhookWaitsMs[delivery.tries.length];
    if (waitMs === undefined) delivery.state = 'gave-up';
    else if (!this.#stopped.signal.aborted) this.#tryAfter(delivery, waitMs / timeScale());
  }
}

/** The provider's own call. It follows redirects, and a 301 or 302 turns the POST into a GET without the id, as there. */
export const postWebhook: PostWebhook = async (url, body, signal) => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'Mollie HTTP client/1.0',
      },
      body,
      signal,
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return undefined;
  }
};
