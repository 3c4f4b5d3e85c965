import type { ReconciliationView } from '#ordering/reconciliation-list.ts';
import { getConsoleOrder } from '#ordering/console-orders.ts';
import { minuteMs } from '#domain/time.ts';
import type { Peek } from './hits.ts';
import { companies } from './places.ts';
import type { SimPos } from './pos/pos.ts';
import type { Watch } from './watch.ts';
import { makePhone } from './phone.ts';
import type { Phone, PhoneOptions } from './phone.ts';

/** They look at their list this often. */
const everyMs = 2 * minuteMs;

export type OperatorsOptions = PhoneOptions & {
  readonly posOf: (locationId: string) => SimPos;
  readonly peek: Peek;
  readonly watch: Watch;
  /** One is about to say that this round is not in the POS, and is wanted. */
  readonly onWanted: (roundId: string) => void;
};

/** How many were said to be in the POS, and how many to be missing there, and the product took their word. */
export type Answered = { linked: number; sentAgain: number };

/**
 * Staff with the list of what is held in one hand, in front of the till and its kitchen: they look whether it is there, and give the
 * one of the two safe answers that is true.
 */
export class Operators {
  readonly answered: Answered = { linked: 0, sentAgain: 0 };
  readonly #options: OperatorsOptions;
  readonly #phone: Phone;

  constructor(options: OperatorsOptions) {
    this.#options = options;
    this.#phone = makePhone(options);
  }

  start(untilMs: number): void {
    const { kernel, onBug } = this.#options;
    for (let atMs = everyMs; atMs < untilMs; atMs += everyMs)
      kernel.at(atMs, () => void this.workThroughAll().catch(onBug));
  }

  async workThroughAll(): Promise<void> {
    for (const companyId of companies) await this.#workThrough(companyId);
  }

  async #workThrough(companyId: string): Promise<void> {
    const user = {
      companyId,
      userId: 'operator',
      email: 'operator@tableside.test',
      name: 'Op',
      role: 'owner',
    } as const;
    const items = await this.#phone.ask((gateway) => gateway.reconciliation.list(user, undefined));
    for (const item of items ?? []) {
      const found = item.kind === 'write-in-error' ? await this.#look(companyId, item) : undefined;
      if (found === undefined) continue;
      const said = { itemId: item.itemId, reason: 'looked at the till' };
      const { posRef } = found;
      if (posRef === undefined) this.#noteSendAgain(found.reference, item.writeId);
      const answer = await this.#phone.ask((gateway) =>
        posRef === undefined
          ? gateway.reconciliation.notInThePos(user, { ...said, sendAgain: true })
          : gateway.reconciliation.inThePos(user, { ...said, posRef: item.order?.posRef ?? posRef }),
      );
      if (answer?.kind !== 'resolved') continue;
      this.answered[posRef === undefined ? 'sentAgain' : 'linked'] += 1;
      this.#options.kernel.trace(`an operator says ${answer.how} of ${found.reference}`);
    }
  }

  /** Its schedule starts anew, unless it was sent again since the list was read. */
  #noteSendAgain(reference: string, writeId: number | null): void {
    const { peek, watch, onWanted } = this.#options;
    if (peek.writes().some((write) => write.writeId === writeId && write.state === 'error'))
      watch.startsAnew(reference);
    onWanted(reference);
  }

  /** What the item is about, and on which of the POS's orders it is; undefined: nothing that one could be sure of. */
  async #look(
    companyId: string,
    item: ReconciliationView,
  ): Promise<{ readonly reference: string; readonly posRef: string | undefined } | undefined> {
    const { order, paymentId } = item;
    if (order === null) return undefined;
    const pos = this.#options.posOf(item.location.locationId);
    if (paymentId !== null) {
      const booked = pos.truth().payments.find((payment) => payment.reference === paymentId);
      const isOpen = pos.openOrders().some(({ posRef }) => posRef === order.posRef);
      return booked !== undefined || isOpen ? { reference: paymentId, posRef: booked?.orderRef } : undefined;
    }
    const shown = await this.#phone.ask((gateway) =>
      getConsoleOrder(gateway.ordering, { companyId, orderId: order.orderId }),
    );
    const [round, another] = (shown?.rounds ?? []).filter(({ state }) => state === 'error');
    if (round === undefined || another !== undefined) return undefined;
    const cooked = pos.truth().packages.find((entry) => entry.roundReference === round.roundId);
    // A part of it is there: that is typed at the till, and neither answer is true.
    const isWhole = cooked === undefined || cooked.lines.length === round.lines.length;
    return isWhole ? { reference: round.roundId, posRef: cooked?.orderRef } : undefined;
  }
}
