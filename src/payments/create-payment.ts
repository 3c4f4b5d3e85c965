import { money } from '#domain/money.ts';
import { isUnderWay, lockMs, roundUpMinor, tipMaxMinor } from '#domain/payment.ts';
import { makeReference } from '#domain/reference.ts';
import { amountOfShare } from '#domain/share.ts';
import type { LineAmount, Share } from '#domain/share.ts';
import { minuteMs } from '#domain/time.ts';
import { billOf } from '#ordering/bill.ts';
import { findGuestOrder, viewStoredOrder } from '#ordering/guest-view.ts';
import type { GuestTable } from '#ordering/deps.ts';
import type { OrderView } from '#ordering/views.ts';
import { findAnswer, saveAnswer, takeKey } from '#store/idempotency.ts';
import type { IdempotencyScope, Remembered } from '#store/idempotency.ts';
import { getLocation } from '#store/locations.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import { listRounds, lockOrder } from '#store/orders.ts';
import { getPayment, insertPayment, listPayments, updatePayment } from '#store/payments.ts';
import { getTable } from '#store/tables.ts';
import type { OrderRow, PaymentRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { listOrderWrites } from '#store/writes.ts';
import { judgeMenu } from './check-menu.ts';
import { chargeOf } from './charge.ts';
import { PaymentRefused, refuse } from './deps.ts';
import type { OnlineAccount, PaymentsDeps, Refused } from './deps.ts';
import { openCheckout, withdraw } from './open-checkout.ts';
import type { ReturnUrls } from './open-checkout.ts';
import type { PaymentAnswer } from './payment-view.ts';
import { readBill } from './read-bill.ts';
import { recordPaid } from './record-paid.ts';

export type PaymentWish = {
  readonly visit: string;
  readonly idempotencyKey: string;
  readonly bodyHash: string;
  readonly orderId: string;
  /** Names the bill the guest saw. */
  readonly billVersion: string;
  readonly share: Share;
  readonly tipMinor: number;
  readonly donationMinor: number;
  /** Instead of a sum of one's own: what is missing to the next whole unit of the currency. */
  readonly roundUp?: boolean;
  readonly returnUrls: ReturnUrls;
};

type Ready = Extract<OnlineAccount, { kind: 'ready' }>;

/** A checkout that ends sooner is not handed out a second time. */
const reusableMs = 2 * minuteMs;
const attemptTokenBytes = 24;

/**
 * A guest goes to pay: the attempt is saved with what it pays for, then the provider is asked for a checkout. Right before, the POS
 * is asked: Pay-First whether it is there at all and would still sell the cart, Pay-Later what is due. Nothing is locked in the POS
 * while the guest pays.
 */
export async function createPayment(
  deps: PaymentsDeps,
  table: GuestTable,
  wish: PaymentWish,
): Promise<PaymentAnswer | Refused> {
  const { companyId } = table;
  const scope = { companyId, scope: `payments:${table.tableId}`, key: wish.idempotencyKey };
  const account = await deps.accountOf(table);
  const earlier = await deps.store.asCompany(companyId, (tx) => findEarlier(tx, scope, wish));
  if (earlier?.kind === 'refused') return earlier;
  if (account.kind === 'off') return refuse('online-payment-off', account.reason);
  if (earlier !== undefined) return openCheckout(deps, account, earlier.payment, wish.returnUrls);
  const prepared = await prepare(deps, table, wish);
  if (prepared.kind === 'refused') return prepared;
  const placed = await deps.store
    .asCompany(companyId, (tx) => place(tx, deps, { table, wish, scope, account, order: prepared.order }))
    .catch((error: unknown) => {
      if (error instanceof PaymentRefused) return error.refused;
      throw error;
    });
  if (placed.kind === 'refused') return placed;
  for (const replaced of placed.replaced) await withdraw(deps, account, replaced);
  return openCheckout(deps, account, placed.payment, wish.returnUrls);
}

type Earlier = { readonly kind: 'earlier'; readonly payment: PaymentRow };

/** The attempt that was made for this key before; undefined when it is new. */
async function findEarlier(
  tx: Tx,
  scope: IdempotencyScope,
  wish: PaymentWish,
): Promise<Earlier | Refused | undefined> {
  return answerOf(tx, scope, await findAnswer(tx, scope, wish.bodyHash));
}

async function answerOf(
  tx: Tx,
  scope: IdempotencyScope,
  remembered: Remembered,
): Promise<Earlier | Refused | undefined> {
  switch (remembered.kind) {
    case 'new':
      return undefined;
    case 'other-body':
      return refuse('idempotency-key-reused');
    case 'running':
      return refuse('request-running');
    case 'answered': {
      const { paymentId } = remembered.answer as { readonly paymentId: string };
      const payment = await getPayment(tx, scope.companyId, paymentId);
      if (payment === undefined) throw new Error(`payment ${paymentId} was answered and is gone`);
      return { kind: 'earlier', payment };
    }
  }
}

/** What the POS has to say, asked before any lock is taken. */
async function prepare(
  deps: PaymentsDeps,
  table: GuestTable,
  wish: PaymentWish,
): Promise<{ readonly kind: 'prepared'; readonly order: OrderRow } | Refused> {
  const found = await deps.store.asCompany(table.companyId, async (tx) => {
    const order = await findGuestOrder(tx, table, {
      visit: wish.visit,
      orderId: wish.orderId,
      nowMs: deps.clock.nowMs(),
    });
    return { order, status: await getLocationStatus(tx, table) };
  });
  const { order, status } = found;
  if (order === undefined || order.order_id !== wish.orderId) return refuse('order-unknown');
  if (order.state !== 'open' && order.state !== 'awaiting-payment') return refuse('order-closed');
  if (status?.state !== 'online') {
    const { reason } = status ?? { reason: null };
    return reason === null || reason === 'starting'
      ? refuse('location-read-only')
      : { ...refuse('location-read-only'), reason };
  }
  if (order.state === 'awaiting-payment') {
    // Nobody pays into a closed location, so it is asked now and not believed from the last minute's check.
    if (!(await deps.checkLocation(table))) return refuse('location-read-only');
    const refused = await deps.store.asCompany(table.companyId, async (tx) =>
      judgeMenu(tx, deps, await listRounds(tx, table.companyId, [order.order_id])),
    );
    return refused ?? { kind: 'prepared', order };
  }
  const reading = await readBill(deps, order);
  switch (reading.kind) {
    case 'read':
      return { kind: 'prepared', order };
    case 'not-in-pos':
      return refuse('bill-not-ready');
    case 'unreachable':
    case 'unreadable':
      return reading.refused;
  }
}

type Placement = {
  readonly table: GuestTable;
  readonly wish: PaymentWish;
  readonly scope: IdempotencyScope;
  readonly account: Ready;
  readonly order: OrderRow;
};

type Placed = {
  readonly kind: 'placed';
  readonly payment: PaymentRow;
  /** Checkouts of the same guest that this one stands in for. */
  readonly replaced: readonly PaymentRow[];
};

async function place(tx: Tx, deps: PaymentsDeps, placement: Placement): Promise<Placed> {
  const { wish, scope } = placement;
  const nowMs = deps.clock.nowMs();
  const earlier = await answerOf(tx, scope, await takeKey(tx, scope, { bodyHash: wish.bodyHash, nowMs }));
  if (earlier?.kind === 'refused') throw new PaymentRefused(earlier);
  if (earlier !== undefined) return { kind: 'placed', payment: earlier.payment, replaced: [] };
  const order = await lockOrder(tx, placement.order.company_id, placement.order.order_id);
  if (order === undefined) throw new PaymentRefused(refuse('order-unknown'));
  const diningTable = await getTable(tx, order.company_id, order.table_id);
  const view = await viewStoredOrder(tx, order, diningTable?.name ?? '');
  await judgeOrder(tx, order, { view, wish });
  const payments = await listPayments(tx, order.company_id, [order.order_id]);
  const mine = payments.filter(({ visit_id, state }) => visit_id === wish.visit && isUnderWay(state));
  const share = shareOf(view, { order, payments, wish, nowMs });
  const extras = await judgeExtras(tx, placement, share.amountMinor);
  const same = mine.find((payment) => isSame(payment, { wish, share, extras, nowMs }));
  if (same !== undefined) {
    await saveAnswer(tx, scope, { paymentId: same.payment_id });
    return { kind: 'placed', payment: same, replaced: [] };
  }
  for (const payment of mine) await updatePayment(tx, payment, { locked_until_ms: null });
  const payment = await insert(tx, deps, { ...placement, order, share, extras });
  await saveAnswer(tx, scope, { paymentId: payment.payment_id });
  return { kind: 'placed', payment, replaced: mine };
}

async function judgeOrder(
  tx: Tx,
  order: OrderRow,
  { view, wish }: { readonly view: OrderView; readonly wish: PaymentWish },
): Promise<void> {
  if (order.state !== 'open' && order.state !== 'awaiting-payment')
    throw new PaymentRefused(refuse('order-closed'));
  const writes = await listOrderWrites(tx, order.company_id, [order.order_id]);
  if (writes.some((write) => write.state === 'error'))
    throw new PaymentRefused(refuse('order-needs-a-waiter'));
  if (order.covered_minor !== null) throw new PaymentRefused(refuse('nothing-due'));
  if (view.billVersion !== wish.billVersion) throw new PaymentRefused(refuse('bill-changed'));
}

type ShareAmount = { readonly amountMinor: number; readonly lineAmounts: readonly LineAmount[] };

function shareOf(
  view: OrderView,
  at: {
    readonly order: OrderRow;
    readonly payments: readonly PaymentRow[];
    readonly wish: PaymentWish;
    readonly nowMs: number;
  },
): ShareAmount {
  // A cart that costs nothing is still ordered: it is paid with nothing.
  if (at.order.state === 'awaiting-payment' && view.total.amountMinor === 0)
    return { amountMinor: 0, lineAmounts: [] };
  const share = amountOfShare(
    billOf(view, at.payments, { visit: at.wish.visit, nowMs: at.nowMs }),
    at.wish.share,
  );
  if (share.kind === 'refused') throw new PaymentRefused(refuse(share.code));
  return share;
}

type Extras = { readonly tipMinor: number; readonly donationMinor: number };

/** What is paid on top of the share. */
async function judgeExtras(tx: Tx, { table, wish }: Placement, shareMinor: number): Promise<Extras> {
  const location = await getLocation(tx, table);
  if (location === undefined) throw new PaymentRefused(refuse('table-unknown'));
  const { currency, donation } = location;
  const { tipMinor, roundUp = false } = wish;
  for (const extra of [tipMinor, wish.donationMinor])
    if (!Number.isSafeInteger(extra) || extra < 0) throw new PaymentRefused(refuse('amount-invalid'));
  if (tipMinor > tipMaxMinor(shareMinor, currency, location.tip_max_percent))
    throw new PaymentRefused(refuse('tip-over-limit'));
  if (roundUp && wish.donationMinor > 0) throw new PaymentRefused(refuse('amount-invalid'));
  if (roundUp ? donation?.roundUp !== true : wish.donationMinor > 0 && donation === null)
    throw new PaymentRefused(refuse('donation-not-offered'));
  const donationMinor = roundUp ? roundUpMinor(shareMinor + tipMinor, currency) : wish.donationMinor;
  if (donationMinor > tipMaxMinor(shareMinor, currency)) throw new PaymentRefused(refuse('amount-invalid'));
  return { tipMinor, donationMinor };
}

function isSame(
  payment: PaymentRow,
  now: {
    readonly wish: PaymentWish;
    readonly share: ShareAmount;
    readonly extras: Extras;
    readonly nowMs: number;
  },
): boolean {
  const { wish, share, extras } = now;
  return (
    payment.state === 'open' &&
    payment.checkout_url !== null &&
    (payment.expires_at_ms === null || payment.expires_at_ms > now.nowMs + reusableMs) &&
    payment.amount_minor === share.amountMinor &&
    payment.tip_minor === extras.tipMinor &&
    payment.donation_minor === extras.donationMinor &&
    payment.bill_version === wish.billVersion &&
    JSON.stringify(payment.line_amounts) === JSON.stringify(share.lineAmounts)
  );
}

async function insert(
  tx: Tx,
  deps: PaymentsDeps,
  placed: Placement & { readonly share: ShareAmount; readonly extras: Extras },
): Promise<PaymentRow> {
  const { wish, order, share, extras, account } = placed;
  const nowMs = deps.clock.nowMs();
  const payment = await insertPayment(tx, {
    company_id: order.company_id,
    payment_id: makeReference(deps.randomBytes),
    order_id: order.order_id,
    location_id: order.location_id,
    kind: 'online',
    state: 'created',
    amount_minor: share.amountMinor,
    tip_minor: extras.tipMinor,
    donation_minor: extras.donationMinor,
    tip_reference: extras.tipMinor > 0 ? makeReference(deps.randomBytes) : null,
    currency: order.currency,
    bill_version: wish.billVersion,
    share: JSON.stringify(wish.share),
    line_amounts: JSON.stringify(share.lineAmounts),
    locked_until_ms: nowMs + lockMs,
    user_id: null,
    visit_id: wish.visit,
    attempt_token: Buffer.from(deps.randomBytes(attemptTokenBytes)).toString('base64url'),
    account_id: account.accountId,
    created_at_ms: nowMs,
    check_from_ms: nowMs,
    check_at_ms: nowMs + minuteMs,
  });
  const charge = money(chargeOf(payment), order.currency);
  if (charge.amountMinor > 0) return payment;
  // Nothing to pay never goes to a provider.
  await updatePayment(tx, payment, { check_at_ms: null });
  const facts = { paidAtMs: nowMs, paidWith: 'nothing', counts: true };
  await recordPaid(tx, deps, { order, payment }, facts);
  return (await getPayment(tx, payment.company_id, payment.payment_id)) ?? payment;
}
