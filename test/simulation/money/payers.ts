import { isUnderWay } from '#domain/payment.ts';
import type { Share } from '#domain/share.ts';
import type { GuestTable } from '#ordering/deps.ts';
import type { OrderView } from '#ordering/views.ts';
import type { PaymentWish } from '#api/ports.ts';
import type { PaymentAnswer } from '#payments/payment-view.ts';
import { makePhone } from '../phone.ts';
import type { Phone, PhoneOptions } from '../phone.ts';
import type { ToldAttempt } from './judge.ts';
import type { CheckoutOutcome, SimProvider } from './provider.ts';

const triesMax = 4;
const lookEveryMs = [1_000, 2_000, 3_000, 5_000, 8_000, 20_000, 60_000, 120_000] as const;

export type PayersOptions = PhoneOptions & { readonly provider: SimProvider };

/** One guest with a phone, about to pay for an order. */
type Payer = {
  readonly table: GuestTable;
  readonly visit: string;
  /** Pay-First pays its own order; at a table it is whatever the table has. */
  readonly orderId: string | undefined;
  /** How many share the bill. */
  readonly phones: number;
  readonly onPaid: () => void;
};

type Told = { -readonly [Key in keyof ToldAttempt]: ToldAttempt[Key] };

/** Guests who pay on the provider's page; what their phones were told of each payment is kept. */
export class Payers {
  readonly attempts = new Map<string, Told>();
  readonly #options: PayersOptions;
  readonly #phone: Phone;
  #nextKey = 1;

  constructor(options: PayersOptions) {
    this.#options = options;
    this.#phone = makePhone(options);
  }

  /** A party pays from one phone or several, one a little after the other. `onPaid`: the provider has money of theirs. */
  async pay(
    party: Omit<Payer, 'phones' | 'visit'> & { readonly visit: string; readonly isShared: boolean },
  ): Promise<void> {
    const { random, kernel } = this.#options;
    const phones = party.isShared && random.chance(0.6) ? random.between(2, 4) : 1;
    await Promise.all(
      Array.from({ length: phones }, async (_, index) => {
        await kernel.sleep(random.chance(0.5) ? random.between(0, 300) : random.between(0, 90_000));
        const visit = index === 0 ? party.visit : `${party.visit}, phone ${index}`;
        await this.#payFrom({ ...party, visit, phones });
      }),
    );
  }

  async #payFrom(payer: Payer): Promise<void> {
    const { random, kernel } = this.#options;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const bill = await this.#phone.ask((gateway) =>
        gateway.guests.order(payer.table, { visit: payer.visit, orderId: payer.orderId }),
      );
      const isPayable = bill?.state === 'open' || bill?.state === 'awaiting-payment';
      if (bill === undefined || !isPayable || bill.due.amountMinor === 0) {
        if (bill?.state === 'settled') return;
        await kernel.sleep(random.between(1_000, 20_000));
        continue;
      }
      const answer = await this.#start(payer, bill);
      if (answer.kind === 'refused') await kernel.sleep(random.between(500, 20_000));
      else if ((await this.#check(payer, answer)) === 'done') return;
    }
  }

  async #start(payer: Payer, bill: OrderView) {
    const { random } = this.#options;
    const extra = random.fraction();
    const wish: PaymentWish = {
      visit: payer.visit,
      idempotencyKey: `pay ${this.#takeKey()}`,
      bodyHash: `body ${this.#nextKey}`,
      orderId: bill.orderId,
      billVersion: bill.billVersion,
      share: this.#chooseShare(payer, bill),
      tipMinor: random.chance(0.4) ? random.between(1, 400) : 0,
      donationMinor: extra < 0.15 ? 100 : 0,
      roundUp: extra > 0.9,
      returnUrls: {
        returnTo: (token) => `https://tableside.test/t/table?attempt=${token}`,
        cancelTo: (token) => `https://tableside.test/t/table?attempt=${token}&left=1`,
        locale: 'de-AT',
      },
    };
    for (let tries = 1; ; tries += 1) {
      const answer = await this.#phone.insist((gateway) => gateway.payments.create(payer.table, wish));
      const isPassing =
        answer.kind === 'refused' &&
        (answer.code === 'payment-provider-away' || answer.code === 'request-running');
      if (answer.kind === 'payment') this.#keep(payer.table, answer);
      if (!isPassing || tries === triesMax) return answer;
      // The same key: it is the same payment, whether it was made or not.
      await this.#options.kernel.sleep(random.between(1_000, 15_000));
    }
  }

  #chooseShare(payer: Payer, bill: OrderView): Share {
    const { random } = this.#options;
    if (payer.table.flow === 'pay-first') return { kind: 'all' };
    const lines = bill.rounds.flatMap((round) => round.lines).filter((line) => line.voided !== true);
    const kind =
      payer.phones > 1 ? random.pick(['equal', 'equal', 'lines', 'amount', 'all'] as const) : 'all';
    switch (kind) {
      case 'all':
        return { kind };
      case 'equal':
        return { kind, parts: payer.phones };
      case 'amount':
        return { kind, amountMinor: random.between(1, bill.due.amountMinor) };
      case 'lines': {
        const chosen = lines.filter(() => random.chance(0.5)).slice(0, 3);
        const parts = random.chance(0.3) ? { parts: 2 } : {};
        return { kind, lines: chosen.map(({ lineId }) => ({ lineId, ...parts })) };
      }
    }
  }

  /** On the provider's page, and back. `done`: this guest tries no more. */
  async #check(payer: Payer, { attempt, checkoutUrl }: PaymentAnswer): Promise<'done' | 'again'> {
    const { random, kernel, provider } = this.#options;
    if (checkoutUrl !== null && isUnderWay(attempt.state)) {
      await kernel.sleep(
        random.chance(0.8) ? random.between(2_000, 60_000) : random.between(60_000, 900_000),
      );
      for (const outcome of this.#chooseOutcomes()) {
        const state = await provider.visit(checkoutUrl, outcome);
        kernel.trace(`checkout ${attempt.code} ${outcome} ${state}`);
        if (state === 'paid') payer.onPaid();
        await kernel.sleep(random.between(500, 5_000));
      }
    }
    // Not everybody comes back from the provider's page, and some look on the table's page only.
    if (random.chance(0.15)) return random.chance(0.5) ? 'done' : 'again';
    for (const waitMs of lookEveryMs) {
      const state = await this.look(payer.table, attempt.attemptToken);
      if (state === 'paid') return 'done';
      if (state !== undefined && !isUnderWay(state)) return random.chance(0.7) ? 'again' : 'done';
      // Impatient guests begin anew while the first is still open.
      if (random.chance(0.03)) return 'again';
      await kernel.sleep(waitMs);
    }
    return 'done';
  }

  #chooseOutcomes(): readonly CheckoutOutcome[] {
    const { random } = this.#options;
    const often = random.fraction();
    if (often < 0.68) return ['paid'];
    if (often < 0.73) return ['declined', 'paid'];
    if (often < 0.79) return ['pending', random.chance(0.8) ? 'paid' : 'failed'];
    if (often < 0.85) return ['failed'];
    if (often < 0.92) return ['canceled'];
    if (often < 0.95) return ['expired'];
    return ['open'];
  }

  /** The page the guest comes back to asks how the payment stands. */
  async look(table: GuestTable, attemptToken: string): Promise<ToldAttempt['state'] | undefined> {
    const answer = await this.#phone.ask((gateway) => gateway.payments.get(table, attemptToken));
    return answer === undefined ? undefined : this.#keep(table, answer);
  }

  #keep(table: GuestTable, { orderId, attempt }: PaymentAnswer): ToldAttempt['state'] {
    const { attemptToken, state, share, tip, donation } = attempt;
    const known = this.attempts.get(attemptToken);
    if (known?.state !== state) this.#options.kernel.trace(`told payment ${attempt.code} ${state}`);
    if (known === undefined)
      this.attempts.set(attemptToken, {
        attemptToken,
        orderId,
        table,
        shareMinor: share.amountMinor,
        tipMinor: tip.amountMinor,
        donationMinor: donation.amountMinor,
        state,
      });
    else Object.assign(known, { orderId, state });
    return state;
  }

  #takeKey(): number {
    const key = this.#nextKey;
    this.#nextKey += 1;
    return key;
  }
}
