import { parseDecimal } from '#domain/money.ts';
import { mollie } from '#payments/mollie/mollie.ts';
import type { Fetch } from '#payments/provider.ts';
import type { WireRequest } from '#twins/definition.ts';
import type { TwinWorld, WireExchange } from '#twins/definition.ts';
import { fiumeAccount } from '#twins/mollie/seed.ts';
import type { Delivery, PostWebhook } from '#twins/mollie/webhooks.ts';
import { makeMollieWorld } from '#twins/mollie/world.ts';
import { makeTwinFetch } from '#twins/twin-fetch.ts';
import type { Gateway } from '../gateway.ts';
import type { Kernel } from '../kernel.ts';
import type { Random } from '../random.ts';
import type { SimProcess } from '../sim-process.ts';
import type { BookedRefund, ProviderPayment } from './judge.ts';
import type { ProviderCallFault } from './faults.ts';

export type ProviderOptions = {
  readonly kernel: Kernel;
  readonly random: Random;
  readonly pick: () => Gateway | undefined;
  readonly takeFault: (process: SimProcess, call: ProviderCallName) => ProviderCallFault | undefined;
  readonly onBug: (error: unknown) => void;
};

/** What of a checkout page's form a guest sends. */
export type CheckoutOutcome = 'paid' | 'failed' | 'declined' | 'pending' | 'canceled' | 'expired' | 'open';

/** How a call is named in the twin, e.g. `create-payment`. */
export type ProviderCallName = string;

/** Where the provider finds this installation. */
export const webhookBase = 'https://tableside.test';
/** Of each company's own profile. */
export const profileOf = (company: number) => fiumeAccount.profiles[company % fiumeAccount.profiles.length];

/** The twin's payment provider without its sockets: the network to it, its webhooks, its checkout page and its books. */
export class SimProvider {
  readonly world: TwinWorld;
  readonly #options: ProviderOptions;
  /** By payment: the sums it was said to have taken, whatever the books say. */
  readonly #shownMinor = new Map<string, Set<number>>();

  constructor(options: ProviderOptions) {
    const { kernel, random } = options;
    this.#options = options;
    this.world = makeMollieWorld({
      account: fiumeAccount,
      clock: {
        nowMs: () => kernel.nowMs,
        monotonicMs: () => kernel.sinceStartMs,
        after: (delayMs, act) => kernel.at(Math.ceil(delayMs), act),
      },
      randomBytes: random.bytes,
      post: (url, body, signal) => this.#post(url, body, signal),
    });
  }

  /** The platform's `fetch` as one process has it. */
  fetchFor(process: SimProcess): Fetch {
    return makeTwinFetch((request, signal) => {
      const [name = ''] = this.world.namesOf(request);
      // Reads change nothing: to die around one is to die beside it.
      const counts = request.method !== 'GET';
      if (counts) process.boundary('send');
      if (process.state === 'dead') return process.never();
      return new Promise((resolve) => {
        let ended = false;
        const settle = (exchange: WireExchange) =>
          process.deliver(() => {
            if (ended) return;
            ended = true;
            if (counts) process.boundary('answer');
            if (process.state !== 'dead') resolve(exchange);
          });
        signal.addEventListener('abort', () => settle({ kind: 'aborted' }), { once: true });
        this.#carry(process, { request, name, counts }, settle);
      });
    });
  }

  #carry(
    process: SimProcess,
    call: { readonly request: WireRequest; readonly name: string; readonly counts: boolean },
    settle: (exchange: WireExchange) => void,
  ): void {
    const { kernel, random } = this.#options;
    const fault = this.#options.takeFault(process, call.name);
    const there = random.between(10, 80);
    const back = random.between(10, 80);
    const after = (delayMs: number, exchange: WireExchange) => kernel.at(delayMs, () => settle(exchange));
    const act = (delayMs: number, then: (answer: WireExchange) => void) =>
      kernel.at(delayMs, () => {
        const answer = this.world.answer(call.request);
        this.#noteShown(call.request, answer.body);
        kernel.trace(`provider ${call.name} ${answer.status} ${answer.body.length}`);
        if (call.counts) process.boundary('sent');
        then({ kind: 'answer', answer });
      });
    switch (fault) {
      case undefined:
        act(there, (answer) => after(back, answer));
        return;
      case 'provider-refuses':
        after(there, { kind: 'refused' });
        return;
      case 'provider-silent':
        return;
      case 'provider-resets':
        act(there, () => after(back, { kind: 'reset' }));
        return;
      case 'provider-hangs':
        act(there, () => undefined);
        return;
      case 'provider-slow':
        act(there, (answer) => after(random.between(2_000, 25_000), answer));
        return;
      case 'provider-late':
        // Beyond every try of ours, and inside the provider's own hour for a key.
        after(there, { kind: 'reset' });
        act(random.between(5_000, 120_000), () => undefined);
        return;
      case 'provider-error': {
        const answer = { status: 503, headers: {}, body: '{"status":503,"title":"away","detail":"away"}' };
        if (random.chance(0.5)) act(there, () => after(back, { kind: 'answer', answer }));
        else after(there, { kind: 'answer', answer });
        return;
      }
      case 'provider-cut-short':
        act(there, (exchange) => {
          if (exchange.kind !== 'answer') return;
          const { body } = exchange.answer;
          const half = { ...exchange.answer, body: body.slice(0, Math.floor(body.length / 2)) };
          after(back, { kind: 'answer', answer: half });
        });
        return;
    }
  }

  #noteShown({ method }: WireRequest, body: string): void {
    if (method !== 'GET' || !body.includes('"status":"paid"')) return;
    const answer = JSON.parse(body) as Shown;
    for (const { id, status, amount } of answer._embedded?.payments ?? [answer])
      if (status === 'paid')
        this.#shownMinor.set(id, (this.#shownMinor.get(id) ?? new Set()).add(minorOf(amount)));
  }

  /** A call to the address of an attempt, by the provider or by somebody who pretends to be it. */
  #post(url: string, body: string, signal: AbortSignal): ReturnType<PostWebhook> {
    const { kernel, random, pick, onBug } = this.#options;
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
      kernel.at(random.between(10, 200), () => {
        const gateway = pick();
        const [, token = ''] = /\/webhooks\/mollie\/([\w-]+)$/.exec(url) ?? [];
        if (gateway === undefined) return resolve(undefined);
        const call = { contentType: 'application/x-www-form-urlencoded', body };
        gateway.payments.takeWebhook(mollie.id, token, call).then(
          () => kernel.at(random.between(10, 80), () => resolve(200)),
          (error: unknown) => {
            onBug(error);
            resolve(500);
          },
        );
      });
    });
  }

  /** Somebody posts to an attempt's address and names a payment that is not the attempt's. */
  forge(): void {
    const payments = this.payments();
    if (payments.length === 0) return;
    const { random } = this.#options;
    const aimed = random.pick(payments);
    const named = random.chance(0.5) ? random.pick(payments).ref : 'tr_nobody';
    void this.#post(
      `${webhookBase}/webhooks/mollie/${aimed.attemptToken}`,
      `id=${named}`,
      new AbortController().signal,
    );
  }

  /** Somebody gives money back on the provider's own screen. */
  refundThere(payment: ProviderPayment, minor: number): void {
    const key = fiumeAccount.profiles.find(({ profileId }) => profileId === payment.profileId)?.keys.live;
    this.world.answer({
      method: 'POST',
      path: `/v2/payments/${payment.ref}/refunds`,
      headers: { authorization: `Bearer ${key ?? ''}`, 'content-type': 'application/json' },
      body: JSON.stringify({ amount: { currency: 'EUR', value: (minor / 100).toFixed(2) } }),
    });
  }

  /** What nobody looks for by himself the provider tells by a webhook that arrives; without any, the day's close finds it. */
  tellSurely(payment: ProviderPayment, command: string, body: object): void {
    if (!payment.hasWebhook) return;
    const { mood } = this.#webhooks();
    this.do('webhooks', { mode: 'on' });
    this.do(command, { payment: payment.ref, ...body });
    this.do('webhooks', mood);
  }

  /** Whether a webhook about one of these payments is still to come. */
  isTelling(payments: readonly ProviderPayment[]): boolean {
    const refs = new Set(payments.map((payment) => payment.ref));
    return this.#webhooks().deliveries.some(({ payment, state }) => state === 'waiting' && refs.has(payment));
  }

  #webhooks(): ShownWebhooks {
    return this.world.views?.['webhooks']?.() as ShownWebhooks;
  }

  /** A guest's browser sends the checkout's form; answers how the payment stands on the page afterwards. */
  async visit(checkoutUrl: string, outcome: CheckoutOutcome): Promise<string> {
    const { kernel, random } = this.#options;
    const { pathname: path } = new URL(checkoutUrl);
    const browser = { path, headers: {} };
    await kernel.sleep(random.between(50, 300));
    this.world.answer({ ...browser, method: 'POST', body: `outcome=${outcome}&method=creditcard` });
    const { body } = this.world.answer({ ...browser, method: 'GET', body: '' });
    return /This payment is (\w+)/.exec(body)?.[1] ?? 'open';
  }

  do(command: string, body: object): boolean {
    try {
      this.world.commands[command]?.(body);
      return true;
    } catch {
      return false;
    }
  }

  /** The provider's books. */
  payments(): readonly ProviderPayment[] {
    return (this.world.orders() as readonly ShownPayment[]).map((payment) => ({
      ref: payment.id,
      attemptId: payment.metadata?.attemptId ?? '',
      attemptToken: /[?&]attempt=([\w-]+)/.exec(payment.redirectUrl)?.[1] ?? '',
      profileId: payment.profileId,
      hasWebhook: payment.webhookUrl !== undefined,
      state: payment.status,
      minor: minorOf(payment.amount),
      shownMinor: this.#shownMinor.get(payment.id) ?? new Set(),
      endedAtMs: payment.paidAt === undefined ? null : Date.parse(payment.paidAt),
      refunds: (payment._embedded?.refunds ?? []).map((refund): BookedRefund => ({
        ref: refund.id,
        refundId: refund.metadata?.refundId ?? null,
        minor: minorOf(refund.amount),
        stands: refund.status !== 'failed' && refund.status !== 'canceled',
      })),
      chargedBackMinor: (payment._embedded?.chargebacks ?? [])
        .filter((chargeback) => chargeback.reversedAt === undefined)
        .reduce((sum, chargeback) => sum + minorOf(chargeback.amount), 0),
    }));
  }
}

/** One payment, or a page of several. */
type Shown = ShownPayment & { readonly _embedded?: { readonly payments?: readonly ShownPayment[] } };
type ShownWebhooks = { readonly mood: object; readonly deliveries: readonly Delivery[] };
type ShownAmount = { readonly value: string };
/** What the twin's list shows of a payment, as far as it is read here. */
type ShownPayment = {
  readonly id: string;
  readonly status: string;
  readonly profileId: string;
  readonly amount: ShownAmount;
  readonly redirectUrl: string;
  readonly webhookUrl?: string;
  readonly paidAt?: string;
  readonly metadata: { readonly attemptId?: string } | null;
  readonly _embedded?: {
    readonly refunds?: readonly {
      readonly id: string;
      readonly amount: ShownAmount;
      readonly status: string;
      readonly metadata: { readonly refundId?: string } | null;
    }[];
    readonly chargebacks?: readonly { readonly amount: ShownAmount; readonly reversedAt?: string }[];
  };
};

function minorOf({ value }: ShownAmount): number {
  const amount = parseDecimal(value, 'EUR');
  if (amount === undefined) throw new Error(`the provider shows ${value}`);
  return amount.amountMinor;
}
