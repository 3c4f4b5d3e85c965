import { isUnderWay } from '#domain/payment.ts';
import type { Reference } from '#domain/reference.ts';
import type { Timer } from '#domain/time.ts';
import { minuteMs } from '#domain/time.ts';
import type { PaymentRow } from '#store/schema.ts';
import { claimPaymentChecks, listPayments, lockPayment, updatePayment } from '#store/payments.ts';
import type { PaymentsDeps } from './deps.ts';
import { followOrder, listToFollow } from './follow-order.ts';
import { syncPayment } from './sync-payment.ts';
import type { PaymentId } from './sync-payment.ts';

/** How often it is asked which payments are due to be looked at. */
const tickMs = 2_000;
/** A payment whose looker died is looked at again after this. */
const againMs = minuteMs;
/** Payments looked at in one round; the rest come with the next. */
const checksMax = 50;
/** Providers limit their callers. */
const runningMax = 8;
/**
 * News of an order come in bursts, to every process, and hardly any is about one that somebody has paid for: a company's are asked
 * about together, this long after the first of them.
 */
const gatherMs = 500;
/** Orders that are asked about in one transaction; when so many are noted, nothing waits. */
const notedMax = 1_000;

/** An order that is merely looked at asks the provider no more often than this. */
const lookEveryMs = 5_000;

/** Looks at payments and at the orders they pay for, and never at the same one twice at a time. */
export interface PaymentLoop {
  start(): void;
  stop(): Promise<void>;
  /**
   * Reads a payment at its provider now. Whoever asks while that is running is told the result of one more reading, which began
   * after they asked: fifty calls at once cost two.
   */
  sync(which: PaymentId, ref?: string): Promise<PaymentRow | undefined>;
  /** A webhook: remembered before it is answered, so that it survives this process, then looked at. */
  noteNews(which: PaymentId, ref: string | undefined): Promise<void>;
  /** Something about an order changed: where it was paid for, its payments are counted anew, soon. */
  noteOrder(which: OrderId): void;
  /**
   * Somebody looks at an order that is being paid: its open payments are read at the provider, in the background and not often. So a
   * guest whose browser never came back, and an installation that no webhook reaches, are not left to the schedule alone.
   */
  noteLook(which: OrderId): void;
}

type OrderId = { readonly companyId: string; readonly orderId: string };

export function makePaymentLoop(
  deps: PaymentsDeps,
  { onBug }: { readonly onBug: (error: unknown) => void },
): PaymentLoop {
  const { clock, store } = deps;
  const syncs = makeCoalescer<PaymentRow | undefined>();
  const follows = makeCoalescer<void>();
  let timer: Timer | undefined;
  let ticking: Promise<void> = Promise.resolve();
  let stopped = true;

  const sync: PaymentLoop['sync'] = (which, ref) =>
    syncs.run(`${which.companyId} ${which.paymentId}`, async () => {
      const payment = await syncPayment(deps, which, ref);
      if (payment?.state === 'paid')
        await follow({ companyId: payment.company_id, orderId: payment.order_id });
      return payment;
    });
  const follow = (which: OrderId) =>
    follows.run(`${which.companyId} ${which.orderId}`, () => followOrder(deps, which));
  const noted = makeGatherer(clock, async (companyId, orderIds) => {
    try {
      const orders = await store.asCompany(companyId, (tx) => listToFollow(tx, companyId, orderIds));
      await Promise.all(orders.map((order) => follow({ companyId, orderId: order.order_id }).catch(onBug)));
    } catch (error) {
      onBug(error);
    }
  });

  const look = async (which: OrderId) => {
    await Promise.all((await listUnread(deps, which)).map((payment) => sync(payment)));
  };

  async function tick(): Promise<void> {
    const nowMs = clock.nowMs();
    const claim = { nowMs, againAtMs: nowMs + againMs, limit: checksMax };
    const due = [...(await store.asWorker((tx) => claimPaymentChecks(tx, claim)))];
    const work = async () => {
      for (let next = due.pop(); next !== undefined && !stopped; next = due.pop())
        await sync(next).catch(onBug);
    };
    await Promise.all(Array.from({ length: runningMax }, work));
  }
  function plan(): void {
    timer = clock.after(tickMs, () => {
      ticking = tick()
        .catch(onBug)
        .finally(() => {
          if (!stopped) plan();
        });
    });
  }
  return {
    start() {
      stopped = false;
      plan();
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await ticking;
      await noted.stop();
      await Promise.all([syncs.idle(), follows.idle()]);
    },
    sync,
    async noteNews(which, ref) {
      await rememberNews(deps, which);
      sync(which, ref).catch(onBug);
    },
    noteOrder: (which) => noted.add(which),
    noteLook: (which) => void look(which).catch(onBug),
  };
}

/** It is looked at anew, by whichever process comes to it. */
async function rememberNews({ store, clock }: PaymentsDeps, which: PaymentId): Promise<void> {
  await store.asCompany(which.companyId, async (tx) => {
    const payment = await lockPayment(tx, { company_id: which.companyId, payment_id: which.paymentId });
    if (payment === undefined) return;
    const nowMs = clock.nowMs();
    // The schedule of what was over has ended, perhaps weeks ago: news begin it anew, or one failed look would forget them.
    const anew = isUnderWay(payment.state) ? {} : { check_from_ms: nowMs };
    await updatePayment(tx, payment, { check_at_ms: nowMs, ...anew });
  });
}

/** Payments of an order that may have been paid since they were last read. */
async function listUnread(deps: PaymentsDeps, { companyId, orderId }: OrderId): Promise<PaymentId[]> {
  const nowMs = deps.clock.nowMs();
  const rows = await deps.store.asCompany(companyId, (tx) =>
    listPayments(tx, companyId, [orderId as Reference]),
  );
  return rows
    .filter((row) => isUnderWay(row.state) && (row.synced_at_ms ?? row.created_at_ms) + lookEveryMs <= nowMs)
    .map((row) => ({ companyId, paymentId: row.payment_id }));
}

/** Gathers orders by company, and hands over what was added since the last time. */
function makeGatherer(
  clock: PaymentsDeps['clock'],
  take: (companyId: string, orderIds: readonly string[]) => Promise<void>,
) {
  const gathered = new Map<string, { readonly orderIds: Set<string>; readonly timer: Timer }>();
  const taking = new Set<Promise<void>>();

  function takeNow(companyId: string): void {
    const group = gathered.get(companyId);
    if (group === undefined) return;
    group.timer.cancel();
    gathered.delete(companyId);
    const taken = take(companyId, [...group.orderIds]).finally(() => taking.delete(taken));
    taking.add(taken);
  }
  return {
    add({ companyId, orderId }: OrderId): void {
      let group = gathered.get(companyId);
      if (group === undefined) {
        group = { orderIds: new Set(), timer: clock.after(gatherMs, () => takeNow(companyId)) };
        gathered.set(companyId, group);
      }
      group.orderIds.add(orderId);
      if (group.orderIds.size >= notedMax) takeNow(companyId);
    },
    /** What was gathered is handed over before its time. */
    async stop(): Promise<void> {
      for (const companyId of gathered.keys()) takeNow(companyId);
      await Promise.all(taking);
    },
  };
}

type Running<Value> = { readonly now: Promise<Value>; next: Promise<Value> | undefined };

/** Runs one job per key at a time; those who come while it runs share the one run that begins after it. */
function makeCoalescer<Value>() {
  const running = new Map<string, Running<Value>>();
  function begin(key: string, act: () => Promise<Value>): Promise<Value> {
    const entry: Running<Value> = { now: act(), next: undefined };
    running.set(key, entry);
    const over = () => {
      if (entry.next === undefined) running.delete(key);
    };
    void entry.now.then(over, over);
    return entry.now;
  }
  return {
    run(key: string, act: () => Promise<Value>): Promise<Value> {
      const entry = running.get(key);
      if (entry === undefined) return begin(key, act);
      entry.next ??= entry.now.then(
        () => begin(key, act),
        () => begin(key, act),
      );
      return entry.next;
    },
    async idle(): Promise<void> {
      while (running.size > 0)
        await Promise.allSettled([...running.values()].map((entry) => entry.next ?? entry.now));
    },
  };
}
