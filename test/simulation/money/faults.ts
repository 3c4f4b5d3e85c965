import { minuteMs } from '#domain/time.ts';
import { cellOf } from '../coverage.ts';
import type { Coverage } from '../coverage.ts';
import type { Fault } from '../faults.ts';
import type { Kernel } from '../kernel.ts';
import type { Random } from '../random.ts';
import type { CommitFault, SimProcess } from '../sim-process.ts';
import type { ProviderCallName, SimProvider } from './provider.ts';

/** What one call to the payment provider may meet. */
export const providerCallFaults = [
  /** Not a byte leaves. */
  'provider-refuses',
  /** Lost on its way; silence. */
  'provider-silent',
  /** It acts; the connection breaks before the answer. */
  'provider-resets',
  /** It acts and never answers. */
  'provider-hangs',
  /** It acts and answers later than anybody waits. */
  'provider-slow',
  /** The connection breaks; the request arrives a while later. */
  'provider-late',
  /** 503, with or without an effect. */
  'provider-error',
  /** It acts, and half its answer arrives. */
  'provider-cut-short',
  /** Our process dies with the request in its hand, or when it was done. */
  'provider-dies-before',
  'provider-dies-after',
  /** The answer arrives; what is then saved is lost, or saved and we are not told. */
  'provider-commit-lost',
  'provider-ack-lost',
] as const;
export type ProviderCallFault = Exclude<
  (typeof providerCallFaults)[number],
  `provider-dies-${string}` | 'provider-commit-lost' | 'provider-ack-lost'
>;

/** What happens at the provider, once or for a while. */
const providerEvents = [
  'provider-away',
  'provider-wrong-amount',
  'balance-short',
  'webhooks-lost',
  /** Kept back, then all at once and the newest first. */
  'webhooks-reversed',
  'webhooks-copied',
  'webhooks-late',
  /** Before the create they tell of was answered. */
  'webhooks-early',
  'webhook-forged',
  'chargeback',
  'chargeback-reversed',
  'refund-fails',
  /** On the provider's own screen. */
  'refunded-there',
  /** It had ended without money, and the bank paid after all. */
  'paid-after-all',
] as const;

export const providerFaultKinds = [...providerCallFaults, ...providerEvents] as const;
export type ProviderFaultKind = (typeof providerFaultKinds)[number];
export type ProviderFault = Fault & { readonly kind: ProviderFaultKind };

export function isProviderFault(fault: Fault): fault is ProviderFault {
  return (providerFaultKinds as readonly string[]).includes(fault.kind);
}

/** In twenty busy minutes. */
const perBusyTime: Partial<Record<ProviderFaultKind, number>> = {
  'provider-away': 1,
  'provider-wrong-amount': 0.2,
  'balance-short': 0.5,
  'webhooks-lost': 2,
  'webhooks-reversed': 2,
  'webhooks-copied': 2,
  'webhooks-late': 2,
  'webhooks-early': 2,
  'webhook-forged': 8,
  'refunded-there': 2,
};
const perBusyTimeOtherwise = 4;

const lastingMs: Partial<Record<ProviderFaultKind, readonly [number, number]>> = {
  'provider-away': [1_000, 300_000],
  'provider-wrong-amount': [1_000, 30_000],
  'balance-short': [10_000, 300_000],
  'webhooks-lost': [10_000, 600_000],
  'webhooks-reversed': [5_000, 120_000],
  'webhooks-copied': [10_000, 600_000],
  'webhooks-late': [10_000, 600_000],
  'webhooks-early': [10_000, 600_000],
  'provider-dies-before': [500, 10_000],
  'provider-dies-after': [500, 10_000],
};

/** A seed's faults at the provider; as with those at the POSes only some of the kinds are on. */
export function planProviderFaults(plan: {
  readonly random: Random;
  readonly untilMs: number;
  readonly rate: number;
}): readonly ProviderFault[] {
  const { random, untilMs } = plan;
  const faults: ProviderFault[] = [];
  for (const kind of providerFaultKinds) {
    if (!random.chance(0.75)) continue;
    const often = (perBusyTime[kind] ?? perBusyTimeOtherwise) * 2 * random.fraction();
    const expected = (often * plan.rate * untilMs) / (20 * minuteMs);
    const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
    const [fromMs, toMs] = lastingMs[kind] ?? [0, 0];
    for (let index = 0; index < count; index += 1)
      faults.push({
        kind,
        atMs: random.between(0, untilMs),
        location: 0,
        whenState: null,
        target: random.chance(0.7) ? 'send' : 'any',
        count: random.chance(0.7) ? 1 : random.between(2, 6),
        ms: random.between(fromMs, toMs),
        process: 0,
      });
  }
  return faults.toSorted((a, b) => a.atMs - b.atMs);
}

export type ProviderFaultsOptions = {
  readonly kernel: Kernel;
  readonly random: Random;
  readonly faults: readonly ProviderFault[];
  readonly kill: (process: SimProcess, downMs: number) => void;
};

type Armed = { readonly fault: ProviderFault; left: number };

/** Brings the provider's faults into the world. */
export class ProviderFaults {
  readonly coverage: Coverage = {};
  readonly #options: ProviderFaultsOptions;
  readonly #armed: Armed[] = [];
  readonly #commitFaults = new Map<SimProcess, CommitFault>();
  #awayUntilMs = 0;
  #stopped = false;

  constructor(options: ProviderFaultsOptions) {
    this.#options = options;
  }

  start(provider: SimProvider): void {
    for (const fault of this.#options.faults)
      this.#options.kernel.at(fault.atMs, () => {
        if (this.#stopped) return;
        if (isCallFault(fault)) this.#armed.push({ fault, left: fault.count });
        else this.#strike(fault, provider);
      });
  }

  /** What is still broken is mended. A webhook that was lost stays lost. */
  stop(provider: SimProvider): void {
    this.#stopped = true;
    this.#armed.length = 0;
    this.#commitFaults.clear();
    this.#awayUntilMs = 0;
    calmWebhooks(provider);
    provider.do('settings', { balance: 'enough' });
    provider.world.setDefects(new Set());
  }

  takeCall(process: SimProcess, call: ProviderCallName): ProviderCallFault | undefined {
    const { kernel } = this.#options;
    if (this.#awayUntilMs > kernel.nowMs) return 'provider-refuses';
    const isWrite = /^(?:create|cancel)-/.test(call);
    const found = this.#armed.find(({ fault }) => fault.target === 'any' || isWrite);
    if (found === undefined) return undefined;
    const { kind, ms } = found.fault;
    found.left -= 1;
    if (found.left === 0) this.#armed.splice(this.#armed.indexOf(found), 1);
    this.#count(kind, call);
    if (kind === 'provider-dies-before') {
      this.#options.kill(process, ms);
      return 'provider-silent';
    }
    if (kind === 'provider-dies-after') {
      // There and not back again.
      kernel.at(100, () => this.#options.kill(process, ms));
      return 'provider-hangs';
    }
    if (kind === 'provider-commit-lost' || kind === 'provider-ack-lost') {
      this.#commitFaults.set(process, kind === 'provider-ack-lost' ? 'ack-lost' : 'commit-lost');
      return undefined;
    }
    return kind as ProviderCallFault;
  }

  takeCommitFault(process: SimProcess): CommitFault | undefined {
    const fault = this.#commitFaults.get(process);
    this.#commitFaults.delete(process);
    return fault;
  }

  #count(kind: ProviderFaultKind, met: string): void {
    this.#options.kernel.trace(`${kind} ${met}`);
    const cell = cellOf(kind, met, 'mollie');
    this.coverage[cell] = (this.coverage[cell] ?? 0) + 1;
  }

  #strike(fault: ProviderFault, provider: SimProvider): void {
    const { kernel, random } = this.#options;
    const { kind, ms } = fault;
    this.#count(kind, 'any');
    const moods: Partial<Record<ProviderFaultKind, object>> = {
      'webhooks-lost': { mode: 'off' },
      'webhooks-reversed': { mode: 'hold' },
      'webhooks-copied': { copies: random.between(2, 5) },
      'webhooks-late': { delayMs: random.between(1_000, 120_000) },
      'webhooks-early': { onCreate: true },
    };
    const mood = moods[kind];
    if (mood !== undefined) {
      provider.do('webhooks', mood);
      kernel.at(ms, () => {
        if (!this.#stopped) calmWebhooks(provider);
      });
    } else if (kind === 'provider-away') this.#awayUntilMs = kernel.nowMs + ms;
    else if (kind === 'provider-wrong-amount') {
      provider.world.setDefects(new Set(['wrong-amount']));
      kernel.at(ms, () => provider.world.setDefects(new Set()));
    } else if (kind === 'balance-short') {
      provider.do('settings', { balance: 'short' });
      kernel.at(ms, () => provider.do('settings', { balance: 'enough' }));
    } else if (kind === 'webhook-forged') provider.forge();
    else this.#strikePayment(kind, provider);
  }

  /** Something happens to one payment. */
  #strikePayment(kind: ProviderFaultKind, provider: SimProvider): void {
    const { random } = this.#options;
    const payments = provider.payments();
    const among = payments.filter((payment) => {
      if (kind === 'chargeback-reversed') return payment.chargedBackMinor > 0;
      if (kind === 'refund-fails') return payment.refunds.some((refund) => refund.stands);
      if (kind === 'paid-after-all') return payment.state === 'expired' || payment.state === 'failed';
      return payment.state === 'paid';
    });
    if (among.length === 0) return;
    const payment = random.pick(among);
    if (kind === 'chargeback') {
      const part = random.chance(0.3) ? { amountMinor: random.between(1, payment.minor) } : {};
      provider.tellSurely(payment, 'chargeback', part);
    } else if (kind === 'chargeback-reversed') provider.tellSurely(payment, 'reverse-chargeback', {});
    else if (kind === 'refund-fails') provider.do('move-refund', { payment: payment.ref, status: 'failed' });
    else if (kind === 'refunded-there') {
      provider.refundThere(payment, random.between(1, payment.minor));
      if (random.chance(0.5)) provider.do('move-refund', { payment: payment.ref, status: 'processing' });
    } else provider.tellSurely(payment, 'finish', { outcome: 'paid', afterAll: true });
  }
}

function isCallFault({ kind }: ProviderFault): boolean {
  return (providerCallFaults as readonly string[]).includes(kind);
}

/** What was held back goes out, the newest first. */
function calmWebhooks(provider: SimProvider): void {
  provider.do('webhooks', { mode: 'on', copies: 1, delayMs: 0, onCreate: false });
  provider.do('release-webhooks', { order: 'reversed' });
}
