import { isUnderWay } from '#domain/payment.ts';
import type { PaymentState, RefundState } from '#domain/payment.ts';
import type { GuestTable } from '#ordering/deps.ts';
import { sealCredentials } from '#gateway/payment-accounts.ts';
import { mollie } from '#payments/mollie/mollie.ts';
import { savePaymentAccount } from '#store/payment-accounts.ts';
import type { Tx } from '#store/store.ts';
import type { PosTruth, ToldPayment, ToldRound } from '../checker.ts';
import type { Coverage } from '../coverage.ts';
import type { PhoneOptions } from '../phone.ts';
import { companies, masterKey, paymentAccountId } from '../places.ts';
import { makeRandom } from '../random.ts';
import type { Random } from '../random.ts';
import type { CommitFault, SimProcess } from '../sim-process.ts';
import type { ProviderFault } from './faults.ts';
import { ProviderFaults } from './faults.ts';
import { judgeMoney } from './judge.ts';
import type { BookedRefund, MoneyJudgement, ShownOrder, TakenCash } from './judge.ts';
import { Payers } from './payers.ts';
import { SimProvider, profileOf } from './provider.ts';
import { Staff } from './staff.ts';

/** Where payments stand, for a world that comes to rest. */
export type PeekMoney = () => {
  readonly payments: readonly { readonly paymentId: string; readonly state: PaymentState }[];
  readonly refunds: readonly { readonly refundId: string; readonly state: RefundState }[];
};

export type MoneyOptions = Omit<PhoneOptions, 'random'> & {
  readonly seed: number;
  /** How many of the parties pay at the provider. */
  readonly onlineShare: number;
  readonly faults: readonly ProviderFault[];
  readonly kill: (process: SimProcess, downMs: number) => void;
};

const staffEveryMs = 120_000;

/** Everything about a world's money that does not go through the waiter's hands: the provider, who pays there, who gives back. */
export class Money {
  readonly #options: MoneyOptions;
  readonly #random: Random;
  readonly #provider: SimProvider;
  readonly #faults: ProviderFaults;
  readonly #payers: Payers;
  readonly #staff: Staff;

  constructor(options: MoneyOptions) {
    const { seed, kernel } = options;
    this.#options = options;
    this.#random = makeRandom(seed, 'money');
    this.#faults = new ProviderFaults({
      kernel,
      random: makeRandom(seed, 'provider faults'),
      faults: options.faults,
      kill: options.kill,
    });
    this.#provider = new SimProvider({
      kernel,
      random: makeRandom(seed, 'provider'),
      pick: options.pick,
      takeFault: (process, call) => this.#faults.takeCall(process, call),
      onBug: (error) => {
        if (!options.isInjected(error)) options.onBug(error);
      },
    });
    this.#payers = new Payers({
      ...options,
      random: makeRandom(seed, 'payers'),
      provider: this.#provider,
    });
    this.#staff = new Staff({ ...options, random: makeRandom(seed, 'staff') });
    if (this.#random.chance(0.3)) this.#provider.do('settings', { cancelable: 'always' });
  }

  get coverage(): Coverage {
    return this.#faults.coverage;
  }

  fetchFor(process: SimProcess) {
    return this.#provider.fetchFor(process);
  }

  takeCommitFault(process: SimProcess): CommitFault | undefined {
    return this.#faults.takeCommitFault(process);
  }

  async open(tx: Tx, companyId: (typeof companies)[number], nowMs: number): Promise<void> {
    const account = { companyId, accountId: paymentAccountId, apiUrl: null };
    const apiKey = profileOf(companies.indexOf(companyId))?.keys.live;
    await savePaymentAccount(tx, {
      ...account,
      providerId: mollie.id,
      name: companyId,
      sealedCredentials: sealCredentials({ ...account, credentials: { kind: 'api-key', apiKey } }, masterKey),
      nowMs,
    });
  }

  start(untilMs: number): void {
    this.#faults.start(this.#provider);
    for (let atMs = staffEveryMs; atMs < untilMs; atMs += staffEveryMs)
      for (const companyId of companies)
        this.#options.kernel.at(atMs, () => this.#do(this.#staff.workThrough(companyId)));
  }

  stop(): void {
    this.#faults.stop(this.#provider);
  }

  /** Undefined: this party pays the waiter. */
  pay(table: GuestTable, round: PayingRound): Promise<void> | undefined {
    if (!this.#random.chance(this.#options.onlineShare)) return undefined;
    const isPayFirst = table.flow === 'pay-first';
    const paying = this.#payers.pay({
      table,
      visit: round.visit,
      orderId: isPayFirst ? round.orderId : undefined,
      isShared: !isPayFirst,
      onPaid: () => (round.paidAtMs ??= this.#options.kernel.nowMs),
    });
    if (this.#random.chance(0.06))
      this.#options.kernel.at(this.#random.between(60_000, 600_000), () =>
        this.#do(this.#staff.beKind(table.companyId, round.lastOrderId)),
      );
    return paying;
  }

  #do(work: Promise<void>): void {
    void work.catch(this.#options.onBug);
  }

  /** Whether something that ended at the provider has not arrived here, or the other way round. */
  isMoving(peek: PeekMoney): boolean {
    const { payments, refunds } = peek();
    if (refunds.some(({ state }) => state === 'created' || state === 'unconfirmed')) return true;
    const books = this.#provider.payments();
    if (this.#provider.isTelling(books.filter(({ chargedBackMinor }) => chargedBackMinor > 0))) return true;
    const states = new Map(payments.map(({ paymentId, state }) => [paymentId, state]));
    const failed = new Set(
      refunds
        .filter(({ state }) => state === 'failed' || state === 'canceled')
        .map(({ refundId }) => refundId),
    );
    return books.some((payment) => {
      const isNews = ({ refundId, stands }: BookedRefund) =>
        refundId !== null && !stands && !failed.has(refundId);
      if (payment.refunds.some(isNews)) return true;
      const ours = states.get(payment.attemptId) ?? 'created';
      return payment.state === 'paid' ? ours !== 'paid' : payment.state !== 'open' && isUnderWay(ours);
    });
  }

  /** What staff are shown is read, and every phone asks once more. */
  async judge(at: {
    readonly orderIds: Iterable<string>;
    readonly cash: readonly TakenCash[];
    readonly rounds: readonly ToldRound[];
    readonly truths: readonly PosTruth[];
  }): Promise<MoneyJudgement & { readonly shown: readonly ShownOrder[] }> {
    const attempts = this.#payers.attempts;
    const orderIds = [
      ...new Set([
        ...at.orderIds,
        ...at.rounds.map((round) => round.lastOrderId),
        ...[...attempts.values()].map((attempt) => attempt.orderId),
      ]),
    ];
    const shown = [];
    const items = [];
    for (const companyId of companies) {
      items.push(...(await this.#staff.showList(companyId)));
      shown.push(...(await this.#staff.showOrders(companyId, orderIds)));
    }
    // Only now: a phone that asks makes us look at the provider, and what is known by then must be known without it.
    for (const { table, attemptToken } of this.#payers.attempts.values())
      await this.#payers.look(table, attemptToken);
    const judged = judgeMoney({
      ...at,
      attempts,
      orders: shown,
      items,
      provider: this.#provider.payments(),
      refunds: this.#staff.refunds,
    });
    return { ...judged, shown };
  }

  /** Payments at the provider as money that was handed over. */
  taken(): readonly ToldPayment[] {
    return this.#provider.payments().flatMap((payment) => {
      const told = this.#payers.attempts.get(payment.attemptToken);
      if (payment.state !== 'paid' || told === undefined) return [];
      return {
        paymentId: payment.attemptId,
        orderId: told.orderId,
        locationId: told.table.locationId,
        takenAtMs: payment.endedAtMs ?? 0,
        // Its cents are looked for one by one.
        visible: true,
        tillOrderRef: null,
      };
    });
  }
}

type PayingRound = {
  readonly visit: string;
  readonly orderId: string;
  readonly lastOrderId: string;
  paidAtMs: number | null;
};
