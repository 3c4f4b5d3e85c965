import { getConsoleOrder } from '#ordering/console-orders.ts';
import { listReconciliation } from '#ordering/reconciliation-list.ts';
import { getConsolePayment, listOrderPayments } from '#payments/console-payments.ts';
import type { ConsolePayment } from '#payments/console-payments.ts';
import { refundPayment } from '#payments/refund-payment.ts';
import { sendPaidAgain } from '#payments/send-again.ts';
import { makePhone } from '../phone.ts';
import type { Phone, PhoneOptions } from '../phone.ts';
import type { AskedRefund, ListedItem, ShownOrder } from './judge.ts';

const triesMax = 5;

/** Whoever sits at the console: works through the list of what needs a person, and now and then gives money back out of kindness. */
export class Staff {
  readonly refunds: AskedRefund[] = [];
  readonly #options: PhoneOptions;
  readonly #phone: Phone;
  #nextKey = 1;

  constructor(options: PhoneOptions) {
    this.#options = options;
    this.#phone = makePhone(options);
  }

  /** One look at the list of a company; some of what it asks for is done. */
  async workThrough(companyId: string): Promise<void> {
    const { random } = this.#options;
    const items = await this.#phone.ask((gateway) =>
      listReconciliation(gateway.ordering, { companyId, locationId: undefined }),
    );
    for (const { kind, order, paymentId, amount } of items ?? []) {
      if (random.chance(0.6)) continue;
      if (kind === 'paid-not-in-pos' && order !== null && random.chance(0.5)) {
        const { orderId } = order;
        await this.#phone.ask((gateway) => sendPaidAgain(gateway.ordering, { companyId, orderId }));
      } else if ((kind === 'surplus' || kind === 'paid-not-in-pos') && paymentId !== null) {
        const payment = await this.#phone.ask((gateway) =>
          getConsolePayment(gateway.ordering, { companyId, paymentId }),
        );
        // What a waiter took goes back from the drawer, and no provider knows of it.
        if (payment?.kind !== 'online' || amount === null) continue;
        await this.#giveBack({ companyId, paymentId, amountMinor: amount.amountMinor, why: 'surplus' });
      }
    }
  }

  /** A dish was cold: some of what its guests paid goes back, although the bill needed it. */
  async beKind(companyId: string, orderId: string): Promise<void> {
    const { random } = this.#options;
    const payments = await this.#phone.ask((gateway) =>
      listOrderPayments(gateway.ordering, { companyId, orderId }),
    );
    const paid = (payments ?? []).filter(
      ({ kind, state, surplus, share, refunded }) =>
        kind === 'online' &&
        state === 'paid' &&
        surplus.amountMinor === 0 &&
        share.amountMinor > 0 &&
        refunded.amountMinor === 0,
    );
    if (paid.length === 0) return;
    const { paymentId, share } = random.pick(paid);
    const amountMinor = random.chance(0.3) ? share.amountMinor : random.between(1, share.amountMinor);
    await this.#giveBack({ companyId, paymentId, amountMinor, why: 'kindness' });
  }

  async #giveBack(wish: {
    readonly companyId: string;
    readonly paymentId: string;
    readonly amountMinor: number;
    readonly why: AskedRefund['why'];
  }): Promise<void> {
    const { why, ...which } = wish;
    const onlySurplus = why === 'surplus';
    const asked = {
      ...which,
      userId: 'operator',
      reason: why,
      onlySurplus,
      idempotencyKey: `refund ${this.#nextKey}`,
    };
    this.#nextKey += 1;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const answer = await this.#phone.insist((gateway) => refundPayment(gateway.ordering, asked));
      if (answer.kind === 'refunded') {
        const { refundId, amount } = answer.refund;
        this.refunds.push({ refundId, paymentId: wish.paymentId, minor: amount.amountMinor, why });
        return;
      }
      if (answer.code !== 'request-running' && answer.code !== 'refund-running') return;
      await this.#options.kernel.sleep(30_000);
    }
  }

  /** What staff are shown of these orders, as far as anybody paid for them. */
  async showOrders(companyId: string, orderIds: readonly string[]): Promise<readonly ShownOrder[]> {
    const shown: ShownOrder[] = [];
    for (const orderId of orderIds) {
      const payments = await this.#phone.insist((gateway) =>
        listOrderPayments(gateway.ordering, { companyId, orderId }),
      );
      if (payments.length === 0) continue;
      const order = await this.#phone.insist((gateway) =>
        getConsoleOrder(gateway.ordering, { companyId, orderId }),
      );
      if (order === undefined) throw new Error(`payments of order ${orderId}, which nobody knows`);
      shown.push({
        orderId,
        locationId: order.locationId,
        state: order.state,
        totalMinor: order.total.amountMinor,
        paidMinor: order.paid.amountMinor,
        dueMinor: order.due.amountMinor,
        tipMinor: order.tip.amountMinor,
        payments: payments.map(showPayment),
      });
    }
    return shown;
  }

  async showList(companyId: string): Promise<readonly ListedItem[]> {
    const items = await this.#phone.insist((gateway) =>
      listReconciliation(gateway.ordering, { companyId, locationId: undefined }),
    );
    return items.map(({ kind, order, paymentId, amount }) => ({
      kind,
      orderId: order?.orderId ?? null,
      paymentId,
      minor: amount?.amountMinor ?? null,
    }));
  }
}

function showPayment(payment: ConsolePayment) {
  const { paymentId, state, kind, counts, share, tip, donation, refunded } = payment;
  return {
    paymentId,
    state,
    isOnline: kind === 'online',
    counts,
    shareMinor: share.amountMinor,
    tipMinor: tip.amountMinor,
    donationMinor: donation.amountMinor,
    refundedMinor: refunded.amountMinor,
  };
}
