import { businessDay } from '#domain/business-day.ts';
import { formatCsv } from '#domain/csv.ts';
import type { Money } from '#domain/money.ts';
import { addMoney, formatDecimal, money } from '#domain/money.ts';
import { deadline } from '#domain/time.ts';
import { getLocation } from '#store/locations.ts';
import { listOrders } from '#store/orders.ts';
import { getPayment, listChargebacks, listPaymentsPaid } from '#store/payments.ts';
import type { LocationRow, OrderRow, PaymentRow, WriteRow } from '#store/schema.ts';
import { listOrderWrites } from '#store/writes.ts';
import { chargeOf } from './charge.ts';
import { compareDay, differenceKinds } from './compare-day.ts';
import type { DayOrder, DayPayment, Difference } from './compare-day.ts';
import { refuse } from './deps.ts';
import type { PaymentsDeps, Refused } from './deps.ts';
import type { ProviderPayment } from './provider.ts';

export type DayAsked = { readonly companyId: string; readonly locationId: string; readonly date: string };

export type DayClose = {
  readonly date: string;
  readonly fromMs: number;
  readonly untilMs: number;
  /** By who took the money. Tips and donations are apart: neither is the restaurant's turnover. */
  readonly totals: readonly {
    readonly kind: PaymentRow['kind'];
    readonly payments: number;
    readonly bill: Money;
    readonly tips: Money;
    readonly donations: Money;
    readonly refunded: Money;
  }[];
  /** Of the bills that were paid on this day, each counted once. Null: the POS names the tax and not what it comes to. */
  readonly taxes: readonly {
    readonly code: string;
    readonly included: boolean;
    readonly tax: Money | null;
  }[];
  readonly tipsByWaiter: readonly { readonly waiter: string; readonly tips: Money }[];
  readonly differences: readonly (Omit<Difference, 'oursMinor' | 'theirsMinor'> & {
    readonly says: string;
    readonly ours: Money | null;
    readonly theirs: Money | null;
  })[];
};

/** Orders and payments asked for at a time: a till and a provider are used by others meanwhile. */
const asksAtOnce = 4;
const orderReadMsMax = 10_000;

type Day = {
  readonly location: LocationRow;
  readonly span: { readonly fromMs: number; readonly untilMs: number };
  readonly payments: readonly PaymentRow[];
  readonly chargedBackMinor: ReadonlyMap<string, number>;
  readonly orders: readonly OrderRow[];
  readonly writes: readonly WriteRow[];
};

/**
 * One location's business day in three books: what the provider took, what stands in our journal, what the POS was paid. Provider and
 * POS are read now; every difference is named.
 */
export async function closeDay(deps: PaymentsDeps, asked: DayAsked): Promise<DayClose | Refused> {
  if (Number.isNaN(Date.parse(`${asked.date}T00:00:00Z`))) return refuse('amount-invalid', 'not a date');
  const day = await loadDay(deps, asked);
  if (day === undefined) return refuse('table-unknown', 'there is no such location');
  const provided = await askProviders(deps, asked.companyId, day);
  const orders = await mapSome(day.orders, (order) => readOrder(deps, order, day.writes));
  const differences = compareDay({
    payments: day.payments.map((payment) => dayPayment(payment, day, provided.byPayment)),
    orders,
    strangers: provided.strangers,
  });
  const { currency } = day.location;
  const of = (minor: number | null) => (minor === null ? null : money(minor, currency));
  return {
    date: asked.date,
    ...day.span,
    totals: totalsOf(day),
    taxes: taxesOfDay(day),
    tipsByWaiter: tipsByWaiter(day),
    differences: differences.map(({ oursMinor, theirsMinor, ...found }) => ({
      ...found,
      says: differenceKinds[found.kind],
      ours: of(oursMinor),
      theirs: of(theirsMinor),
    })),
  };
}

function loadDay(deps: PaymentsDeps, asked: DayAsked): Promise<Day | undefined> {
  const { companyId } = asked;
  return deps.store.asCompany(companyId, async (tx) => {
    const location = await getLocation(tx, asked);
    if (location === undefined) return undefined;
    const span = businessDay(asked.date, location.day_starts_minute, location.time_zone);
    const payments = await listPaymentsPaid(tx, asked, span);
    const chargedBackMinor = new Map<string, number>();
    for (const payment of payments) {
      const standing = (await listChargebacks(tx, payment)).filter((one) => one.reversed_at_ms === null);
      chargedBackMinor.set(
        payment.payment_id,
        standing.reduce((sum, one) => sum + one.amount_minor, 0),
      );
    }
    const ids = [...new Set(payments.map((payment) => payment.order_id))];
    return {
      location,
      span,
      payments,
      chargedBackMinor,
      orders: await listOrders(tx, companyId, ids),
      writes: await listOrderWrites(tx, companyId, ids),
    };
  });
}

type Provided = {
  readonly byPayment: ReadonlyMap<string, ProviderPayment>;
  readonly strangers: readonly { readonly providerRef: string; readonly amountMinor: number }[];
};

/**
 * Each of our payments as the provider has it, and the provider's own list of the day: what is on it and stands nowhere here is
 * money that nobody knows of.
 */
async function askProviders(deps: PaymentsDeps, companyId: string, day: Day): Promise<Provided> {
  const accounts = new Set(day.payments.flatMap((payment) => payment.account_id ?? []));
  if (day.location.payment_account_id !== null) accounts.add(day.location.payment_account_id);
  const byPayment = new Map<string, ProviderPayment>();
  const strangers: { providerRef: string; amountMinor: number }[] = [];
  for (const accountId of accounts) {
    const provider = await deps.providerOf(companyId, accountId);
    if (provider === undefined) continue;
    const ours = day.payments.filter((payment) => payment.account_id === accountId);
    await mapSome(ours, async (payment) => {
      const seen = payment.provider_ref === null ? undefined : await provider.get(payment.provider_ref);
      if (seen?.kind === 'done') byPayment.set(payment.payment_id, seen.value);
    });
    const listed = await provider.listPaid(day.span);
    for (const payment of listed.kind === 'done' ? listed.value : [])
      if (!(await isKnownPaid(deps, companyId, payment)))
        strangers.push({ providerRef: payment.ref, amountMinor: payment.amount.amountMinor });
  }
  return { byPayment, strangers };
}

/** Also one of another location that shares the account, or of another day by our clock. */
async function isKnownPaid(deps: PaymentsDeps, companyId: string, seen: ProviderPayment): Promise<boolean> {
  const { attemptId } = seen;
  if (attemptId === null) return false;
  const payment = await deps.store.asCompany(companyId, (tx) => getPayment(tx, companyId, attemptId));
  return payment?.state === 'paid' && payment.provider_ref === seen.ref;
}

function dayPayment(
  payment: PaymentRow,
  day: Day,
  provided: ReadonlyMap<string, ProviderPayment>,
): DayPayment {
  const seen = provided.get(payment.payment_id);
  // Nothing to pay was never at a provider.
  const online = payment.kind === 'online' && payment.provider_ref !== null;
  return {
    paymentId: payment.payment_id,
    orderId: payment.order_id,
    kind: payment.kind,
    chargedMinor: chargeOf(payment),
    refundedMinor: payment.refunded_minor,
    chargedBackMinor: day.chargedBackMinor.get(payment.payment_id) ?? 0,
    ...(online ? { provider: seen === undefined ? null : figuresOf(seen) } : {}),
  };
}

function figuresOf(seen: ProviderPayment) {
  const given = seen.refunds.filter(({ state }) => state !== 'failed' && state !== 'canceled');
  const taken = seen.chargebacks.filter(({ reversedAtMs }) => reversedAtMs === null);
  return {
    paidMinor: seen.state === 'paid' ? seen.amount.amountMinor : 0,
    refundedMinor: given.reduce((sum, refund) => sum + refund.amount.amountMinor, 0),
    chargedBackMinor: taken.reduce((sum, chargeback) => sum + chargeback.amount.amountMinor, 0),
  };
}

async function readOrder(
  deps: PaymentsDeps,
  order: OrderRow,
  writes: readonly WriteRow[],
): Promise<DayOrder> {
  const marked = writes.findLast(
    (write) => write.order_id === order.order_id && write.kind === 'mark-paid' && write.state === 'delivered',
  );
  const told = marked?.payload.kind === 'mark-paid' ? marked.payload : undefined;
  const tipMinor = (told?.tips ?? []).reduce((sum, tip) => sum + tip.amount.amountMinor, 0);
  return {
    orderId: order.order_id,
    toldMinor: told === undefined ? null : told.amount.amountMinor + tipMinor,
    tipMinor,
    pos: await readInPos(deps, order),
  };
}

/** A settled order may be gone from the till by then; the last reading stands in its place. */
async function readInPos(deps: PaymentsDeps, order: OrderRow): Promise<DayOrder['pos']> {
  if (order.pos_ref === null) return null;
  const place = { companyId: order.company_id, locationId: order.location_id };
  const limit = deadline(deps.clock, orderReadMsMax);
  const read = await deps.readOrder(place, order.pos_ref, limit.signal);
  limit.done();
  const seen = read.kind === 'read' ? read.value : order.snapshot;
  return seen === null ? null : { state: seen.state, paidMinor: seen.paid.amountMinor };
}

function totalsOf({ payments, location }: Day): DayClose['totals'] {
  const of = (minor: number) => money(minor, location.currency);
  return [...Map.groupBy(payments, (payment) => payment.kind)].map(([kind, rows]) => {
    const sum = (read: (row: PaymentRow) => number) => of(rows.reduce((total, row) => total + read(row), 0));
    return {
      kind,
      payments: rows.length,
      bill: sum((row) => row.amount_minor),
      tips: sum((row) => row.tip_minor),
      donations: sum((row) => row.donation_minor),
      refunded: sum((row) => row.refunded_minor),
    };
  });
}

/** An order's last receipt is the one that shows its whole bill. */
function taxesOfDay({ payments, location }: Day): DayClose['taxes'] {
  const receipts = new Map(payments.map((payment) => [payment.order_id, payment.receipt]));
  const taxes = [...receipts.values()].flatMap((receipt) => receipt?.taxes ?? []);
  return [...Map.groupBy(taxes, ({ code, included }) => `${code} ${included}`).values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const amounts = same.flatMap(({ amount }) => amount ?? []);
    const known = amounts.length === same.length;
    const tax = known ? amounts.reduce(addMoney, money(0, location.currency)) : null;
    return [{ code: first.code, included: first.included, tax }];
  });
}

function tipsByWaiter({ payments, location }: Day): DayClose['tipsByWaiter'] {
  const tipped = payments.filter((payment) => payment.tip_minor > 0);
  return [...Map.groupBy(tipped, (payment) => payment.waiter_name ?? '')].map(([waiter, rows]) => ({
    waiter,
    tips: money(
      rows.reduce((sum, row) => sum + row.tip_minor, 0),
      location.currency,
    ),
  }));
}

/** The same as a table: totals first, then taxes, tips by waiter, then every difference. */
export function dayCloseCsv(close: DayClose): string {
  const text = (amount: Money | null) => (amount === null ? null : formatDecimal(amount));
  const header = [
    'section',
    'name',
    'count',
    'bill',
    'tips',
    'donations',
    'refunded',
    'order',
    'payment',
    'ours',
    'theirs',
    'tax',
  ];
  const rows = [
    ...close.totals.map((row) => [
      'total',
      row.kind,
      row.payments,
      text(row.bill),
      text(row.tips),
      text(row.donations),
      text(row.refunded),
    ]),
    ...close.taxes.map((row) => [
      row.included ? 'tax-included' : 'tax-on-top',
      row.code,
      ...Array.from({ length: 8 }, () => null),
      text(row.tax),
    ]),
    ...close.tipsByWaiter.map((row) => ['tips', row.waiter, null, null, text(row.tips)]),
    ...close.differences.map((row) => [
      'difference',
      row.kind,
      null,
      null,
      null,
      null,
      null,
      row.orderId,
      row.paymentId ?? row.providerRef,
      text(row.ours),
      text(row.theirs),
    ]),
  ];
  // Every row as wide as the header.
  return formatCsv([header, ...rows.map((row) => header.map((_, column) => row[column] ?? null))]);
}

/** A few at a time, in the order given. */
async function mapSome<Item, Value>(
  items: readonly Item[],
  act: (item: Item) => Promise<Value>,
): Promise<readonly Value[]> {
  const values: Value[] = [];
  for (let index = 0; index < items.length; index += asksAtOnce)
    values.push(...(await Promise.all(items.slice(index, index + asksAtOnce).map(act))));
  return values;
}
