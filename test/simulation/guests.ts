import type { RequestedLine } from '#domain/order.ts';
import type { GuestTable } from '#ordering/deps.ts';
import { getGuestMenu, getGuestView, getOrderView } from '#ordering/guest-view.ts';
import { answerStillWanted } from '#ordering/asides.ts';
import { listReconciliation } from '#ordering/reconciliation-list.ts';
import { getConsoleOrder } from '#ordering/console-orders.ts';
import { submitRound } from '#ordering/submit-round.ts';
import type { RoundToSubmit } from '#ordering/submit-round.ts';
import type { OrderView, RoundView } from '#ordering/views.ts';
import { payCash } from '#payments/pay-cash.ts';
import type { ToldPayment, ToldRound } from './checker.ts';
import type { Gateway } from './gateway.ts';
import type { TakenCash } from './money/judge.ts';
import { makePhone } from './phone.ts';
import type { Phone, PhoneOptions } from './phone.ts';

const triesMax = 6;
/** Of requests that change something: how many answers a phone never gets, and how many it asks twice although it got one. */
const answersLost = 0.04;
const askedTwice = 0.06;
/** A page that got no answer tries again soon: a closed order is shown for a quarter of an hour only. */
const askAgainMs = 15_000;
/** Longer than any process is stopped. */
const lookOutTimes = 10;
const askEveryMs = [3_000, 12_000, 40_000, 120_000, 240_000] as const;
/** What the POS refused a person may send again, once it was paid for. */
const finalStates: readonly string[] = ['accepted', 'cancelled'];

export type GuestsOptions = PhoneOptions & {
  /** How long they take over everything, of what is usual. */
  readonly lingers: number;
  /** A guest said that a stale round is still wanted. */
  readonly onWanted: (roundId: string) => void;
  /** Pays for a party at the payment provider; undefined: this party pays the waiter. */
  readonly payOnline?: (table: GuestTable, round: Round) => Promise<void> | undefined;
};

export type Round = { -readonly [Key in keyof ToldRound]: ToldRound[Key] } & {
  readonly table: GuestTable;
  readonly visit: string;
};
type Asked = Pick<Round, 'table' | 'visit' | 'submittedAtMs'>;
/** What can be ordered as it is: an item, in one of its sizes where it has some. */
type Offered = Pick<RequestedLine, 'itemId' | 'variantId'>;
type Payment = { -readonly [Key in keyof ToldPayment]: ToldPayment[Key] } & TakenCash & {
    readonly of: Round;
  };

/** Parties of guests, their phones, and the waiter who takes their money: everything they were told is kept. */
export class Guests {
  readonly rounds: Round[] = [];
  readonly #roundsById = new Map<string, Round>();
  readonly payments: Payment[] = [];
  readonly orderIds = new Set<string>();
  refusals = 0;
  /** Answers to the question whether a stale round is still wanted, those that got lost as well. */
  answers = 0;
  readonly #options: GuestsOptions;
  readonly #phone: Phone;
  readonly #menus = new Map<string, readonly Offered[]>();
  #nextKey = 1;
  /** Parties that still sit. */
  busy = 0;

  constructor(options: GuestsOptions) {
    this.#options = options;
    this.#phone = makePhone(options);
  }

  /** One party at one table: orders, perhaps again, pays. */
  seat(table: GuestTable): void {
    this.#do(() => this.#party(table));
  }

  #do(act: () => Promise<void>): void {
    this.busy += 1;
    void act()
      .catch(this.#options.onBug)
      .finally(() => {
        this.busy -= 1;
      });
  }

  async #party(table: GuestTable): Promise<void> {
    const { random, kernel, lingers } = this.#options;
    const visit = `visit ${this.#takeKey()}`;
    const rounds = table.flow === 'pay-first' || random.chance(0.5) ? 1 : random.between(2, 3);
    let last: Round | undefined;
    for (let index = 0; index < rounds; index += 1) {
      if (index > 0) await kernel.sleep(lingers * random.between(1_000, 120_000));
      last = (await this.#order(table, visit)) ?? last;
    }
    if (last === undefined || random.chance(0.15)) return;
    await kernel.sleep(lingers * random.between(500, table.flow === 'pay-first' ? 30_000 : 240_000));
    const online = this.#options.payOnline?.(table, last);
    if (online !== undefined) {
      // The waiter comes by meanwhile, or takes what is left, or nobody does.
      if (random.chance(0.3)) await kernel.sleep(random.between(1_000, 90_000));
      else await online;
      if (random.chance(0.5)) await this.#pay(table, last);
      return online;
    }
    await this.#pay(table, last);
  }

  async #order(table: GuestTable, visit: string): Promise<Round | undefined> {
    const { random, kernel } = this.#options;
    let cart: RoundToSubmit | undefined;
    for (let tries = 0; tries < triesMax; tries += 1) {
      cart ??= await this.#fillCart(table, visit);
      if (cart === undefined) {
        await kernel.sleep(random.between(1_000, 10_000));
        continue;
      }
      const submittedAtMs = kernel.nowMs;
      const asked = cart;
      let isInDoubt = false;
      const placed = await this.#insist(
        (gateway) => submitRound(gateway.ordering, table, asked),
        () => (isInDoubt = true),
      );
      if (placed.kind !== 'placed') {
        this.refusals += 1;
        if (isInDoubt) void this.#lookOut({ table, visit, submittedAtMs }).catch(this.#options.onBug);
        if (placed.code !== 'location-read-only' && placed.code !== 'item-sold-out') return undefined;
        // A cart keeps its key for as long as nothing in it changes: an earlier press may be under way still.
        if (placed.code === 'item-sold-out') cart = undefined;
        await kernel.sleep(random.between(5_000, 60_000));
        continue;
      }
      return this.#roundsById.get(placed.roundId) ?? this.#keep({ table, visit, submittedAtMs }, placed);
    }
    return undefined;
  }

  /**
   * One press was refused, and another of the same cart is still under way in a process that was stopped: when it is carried out
   * all the same, the table's order shows it on the phone.
   */
  async #lookOut(asked: Asked): Promise<void> {
    const { table, visit } = asked;
    // It is carried out when it is seen, not when it was pressed: what is asked of its age counts from then.
    let { submittedAtMs } = asked;
    for (let looked = 0; looked < lookOutTimes; looked += 1) {
      await this.#options.kernel.sleep(askAgainMs);
      const lookedAtMs = this.#options.kernel.nowMs;
      const seen = await this.#phone.ask((gateway) => getOrderView(gateway.ordering, table, { visit }));
      for (const { roundId, state } of seen?.rounds ?? []) {
        if (this.#roundsById.has(roundId)) continue;
        const own = { table, visit, roundId };
        const found = await this.#phone.ask((gateway) => findRound(gateway, own));
        if (found === undefined || this.#roundsById.has(roundId)) continue;
        this.#keep({ table, visit, submittedAtMs }, { orderId: found.view.orderId, roundId, state });
      }
      if (seen !== undefined) submittedAtMs = lookedAtMs;
    }
  }

  #keep(
    asked: Asked,
    placed: { readonly orderId: string; readonly roundId: string; readonly state: string },
  ): Round {
    const round: Round = {
      ...asked,
      roundId: placed.roundId,
      orderId: placed.orderId,
      lastOrderId: placed.orderId,
      locationId: asked.table.locationId,
      flow: asked.table.flow,
      lines: [],
      takenAtMs: this.#options.kernel.nowMs,
      state: placed.state,
      listed: false,
      everAccepted: placed.state === 'accepted',
      wantedAtMs: null,
      paidAtMs: null,
    };
    this.rounds.push(round);
    this.#roundsById.set(round.roundId, round);
    this.orderIds.add(placed.orderId);
    this.#options.kernel.trace(`told ${round.roundId} ${round.state}`);
    void this.#follow(round).catch(this.#options.onBug);
    return round;
  }

  #takeKey(): number {
    const key = this.#nextKey;
    this.#nextKey += 1;
    return key;
  }

  async #fillCart(table: GuestTable, visit: string): Promise<RoundToSubmit | undefined> {
    const lines = await this.#choose(table);
    return lines === undefined
      ? undefined
      : { visit, idempotencyKey: `key ${this.#takeKey()}`, bodyHash: JSON.stringify(lines), lines };
  }

  async #choose(table: GuestTable): Promise<readonly RequestedLine[] | undefined> {
    const { random } = this.#options;
    const known = this.#menus.get(table.locationId);
    const items = known ?? (await this.#readMenu(table));
    if (items === undefined || items.length === 0) return undefined;
    this.#menus.set(table.locationId, items);
    return Array.from({ length: random.between(1, 3) }, () => ({
      ...random.pick(items),
      quantity: random.between(1, 2),
      modifiers: [],
    }));
  }

  /** What can be ordered without choosing anything: enough to fill a kitchen. */
  async #readMenu(table: GuestTable): Promise<readonly Offered[] | undefined> {
    const menu = await this.#phone.ask((gateway) => getGuestMenu(gateway.ordering, table));
    return menu?.menu.categories
      .flatMap((category) => category.items)
      .filter((item) => item.availability.state !== 'limited')
      .filter((item) => item.modifierGroups.every((group) => group.minSelections === 0))
      .flatMap(({ itemId, variants }) =>
        variants.length === 0 ? { itemId } : variants.map(({ variantId }) => ({ itemId, variantId })),
      );
  }

  /**
   * The phone asks how it stands until it has seen what was ordered and nothing more can change; the world's end does not wait for
   * it. What it was told when it pressed once more may be the end already.
   */
  async #follow(round: Round): Promise<void> {
    const { kernel } = this.#options;
    let isAnswered = true;
    for (
      let asked = 0;
      round.lines.length === 0 || !finalStates.includes(round.state);
      asked += isAnswered ? 1 : 0
    ) {
      const pauseMs = askEveryMs[Math.min(asked, askEveryMs.length - 1)] ?? 0;
      await kernel.sleep(isAnswered ? pauseMs : askAgainMs);
      isAnswered = await this.look(round);
    }
  }

  /** Answers whether an answer came. */
  async look(round: Round): Promise<boolean> {
    const seen = await this.#phone.ask((gateway) => findRound(gateway, round));
    if (seen === undefined) return false;
    const { view, found } = seen;
    if (found.state !== round.state) this.#options.kernel.trace(`told ${round.roundId} ${found.state}`);
    round.state = found.state;
    round.everAccepted ||= found.state === 'accepted';
    round.lines = found.lines.map((line) => line.lineId);
    round.lastOrderId = view.orderId;
    if (found.stillWanted !== undefined && round.wantedAtMs === null) await this.#answerWhetherWanted(round);
    return true;
  }

  /** Somebody in the restaurant says so. */
  wantedAgain(roundId: string): void {
    const round = this.#roundsById.get(roundId);
    if (round !== undefined) round.wantedAtMs ??= this.#options.kernel.nowMs;
  }

  async #answerWhetherWanted(round: Round): Promise<void> {
    const { random, kernel } = this.#options;
    if (random.chance(0.2)) return;
    const { visit, roundId } = round;
    const wanted = random.chance(0.7);
    this.answers += 1;
    const answered = await this.#phone.ask((gateway) =>
      answerStillWanted(gateway.ordering, round.table, { visit, roundId, wanted }),
    );
    // An answer that got lost may have arrived.
    if (!wanted || answered?.kind === 'refused') return;
    round.wantedAtMs = kernel.nowMs;
    this.#options.onWanted(roundId);
  }

  /** The waiter takes what is due and says so; the same key until an answer came. */
  async #pay(table: GuestTable, round: Round): Promise<void> {
    const { random, kernel } = this.#options;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const takenAtMs = kernel.nowMs;
      const asked = {
        companyId: table.companyId,
        userId: 'waiter',
        kind: 'cash' as const,
        orderId: round.lastOrderId,
        tipMinor: random.chance(0.3) ? 200 : 0,
        idempotencyKey: `key ${this.#takeKey()}`,
      };
      const paid = await this.#insist(
        (gateway) => payCash(gateway.ordering, asked),
        () => {
          round.paidAtMs ??= takenAtMs;
        },
      );
      if (paid.kind === 'paid') {
        round.paidAtMs ??= takenAtMs;
        const { locationId } = table;
        const { paymentId } = paid;
        const minor = paid.amount.amountMinor + paid.tip.amountMinor;
        this.payments.push({
          of: round,
          paymentId,
          locationId,
          orderId: asked.orderId,
          takenAtMs,
          minor,
          visible: false,
          tillOrderRef: null,
        });
        kernel.trace(`paid ${paymentId}`);
        return;
      }
      if (paid.code !== 'nothing-due' && paid.code !== 'pos-unreadable') return;
      await kernel.sleep(random.between(10_000, 60_000));
    }
  }

  /** What staff are told to look at, at the end. */
  async lookAtList(companyId: string): Promise<void> {
    const items = await this.#insist((gateway) =>
      listReconciliation(gateway.ordering, { companyId, locationId: undefined }),
    );
    const orders = new Set(items.map((item) => item.order?.orderId));
    for (const round of this.rounds) round.listed ||= orders.has(round.lastOrderId);
    // What was paid may have become part of another order, and its money with it; no phone need have seen that.
    const payments = new Set(items.map((item) => item.paymentId));
    for (const payment of this.payments)
      payment.visible ||=
        orders.has(payment.orderId) || orders.has(payment.of.lastOrderId) || payments.has(payment.paymentId);
    const withRounds = new Set(this.rounds.flatMap((round) => (round.everAccepted ? round.lastOrderId : [])));
    for (const payment of this.payments) {
      const { orderId } = payment;
      if (payment.of.table.companyId !== companyId || withRounds.has(orderId)) continue;
      const shown = await this.#insist((gateway) =>
        getConsoleOrder(gateway.ordering, { companyId, orderId }),
      );
      payment.tillOrderRef = shown?.posRef ?? null;
    }
  }

  /** Why guests of this table are still told that nothing can be ordered; undefined: they are not. */
  async whyClosed(table: GuestTable): Promise<string | undefined> {
    const view = await this.#insist((gateway) => getGuestView(gateway.ordering, table, undefined));
    return view.readOnly?.reason;
  }

  /**
   * Asks for something that may change what is there, under one key, until an answer came, at whichever process; now and then once
   * more, as an impatient thumb does. `onDoubt`: an answer got lost, so it may have been carried out.
   */
  async #insist<Value>(
    act: (gateway: Gateway) => Promise<Value>,
    onDoubt: () => void = () => undefined,
  ): Promise<Value> {
    const { random, kernel } = this.#options;
    for (let answers = random.chance(askedTwice) ? 2 : 1; ;) {
      const answer = await this.#phone.ask((gateway) => act(gateway).then((value) => ({ value })));
      const isLost = answer === undefined || random.chance(answersLost);
      if (!isLost) answers -= 1;
      if (!isLost && answers === 0) return answer.value;
      onDoubt();
      await kernel.sleep(random.between(500, 5_000));
    }
  }
}

async function findRound(
  gateway: Gateway,
  round: Pick<Round, 'table' | 'visit' | 'roundId'>,
): Promise<{ readonly view: OrderView; readonly found: RoundView } | undefined> {
  const { table, visit, roundId } = round;
  const view = await getOrderView(gateway.ordering, table, { visit, roundId });
  const found = view?.rounds.find((entry) => entry.roundId === roundId);
  return view === undefined || found === undefined ? undefined : { view, found };
}
