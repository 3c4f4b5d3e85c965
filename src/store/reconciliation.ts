import { sql } from 'kysely';
import type { Money } from '#domain/money.ts';
import type { ReconciliationEnd, ReconciliationFacts, ReconciliationKind } from '#domain/reconciliation.ts';
import type { ReconciliationItemRow } from './schema.ts';
import type { Tx } from './store.ts';

/** More open items than this nobody works through at one location; the oldest are shown first. */
const itemsListedMax = 500;

export type NewItem = {
  readonly companyId: string;
  readonly locationId: string;
  readonly kind: ReconciliationKind;
  /** What it is about, e.g. `line-missing:<lineId>`: while it is open, the same finding opens no second one. */
  readonly dedupeKey: string;
  readonly orderId: string | null;
  readonly writeId: number | null;
  readonly paymentId: string | null;
  readonly amount: Money | null;
  readonly facts: ReconciliationFacts;
  readonly nowMs: number;
};

/** Opens an item, in the transaction that found it. One that is open already keeps its age and takes the newer facts. */
export async function openItem(tx: Tx, item: NewItem): Promise<{ readonly isNew: boolean }> {
  const opened = await sql<{ isNew: boolean }>`
    insert into reconciliation_items (company_id, location_id, kind, dedupe_key, order_id, write_id, payment_id, amount_minor,
      currency, facts, opened_at_ms)
    values (${item.companyId}, ${item.locationId}, ${item.kind}, ${item.dedupeKey}, ${item.orderId}, ${item.writeId}::bigint,
      ${item.paymentId}, ${item.amount?.amountMinor ?? null}::bigint, ${item.amount?.currency ?? null},
      ${JSON.stringify(item.facts)}::jsonb, ${item.nowMs}::bigint)
    on conflict (company_id, dedupe_key) where closed_at_ms is null
      do update set facts = excluded.facts, amount_minor = excluded.amount_minor, currency = excluded.currency
      -- A reading that shows the same again writes nothing.
      where (reconciliation_items.facts, reconciliation_items.amount_minor) is distinct from (excluded.facts, excluded.amount_minor)
    returning xmax = 0 as "isNew"`.execute(tx);
  return { isNew: opened.rows[0]?.isNew === true };
}

/**
 * What guests paid for an order. `online`: some of it with a provider, besides what is listed as too much or went back; cash and cards at
 * the waiter's terminal are the till's to book. `surplusMinor`: what is too much for its bill, and listed for each payment.
 */
export async function readPaid(
  tx: Tx,
  companyId: string,
  orderId: string,
): Promise<{ readonly online: boolean; readonly surplusMinor: number }> {
  const found = await sql<{ online: boolean; surplusMinor: number }>`
    select coalesce(bool_or(kind = 'online' and refunded_minor < amount_minor + tip_minor + donation_minor
        and (surplus_minor = 0 or surplus_minor < amount_minor - refunded_minor)), false) as online,
      coalesce(sum(surplus_minor), 0)::bigint as "surplusMinor"
    from payments where company_id = ${companyId} and order_id = ${orderId} and state = 'paid'`.execute(tx);
  return found.rows[0] ?? { online: false, surplusMinor: 0 };
}

/** Closes what is open under these keys; answers how many were. */
export async function closeItems(
  tx: Tx,
  closing: {
    readonly companyId: string;
    readonly dedupeKeys: readonly string[];
    readonly how: ReconciliationEnd;
    readonly nowMs: number;
  },
): Promise<number> {
  if (closing.dedupeKeys.length === 0) return 0;
  const closed = await tx
    .updateTable('reconciliation_items')
    .set({ closed_at_ms: closing.nowMs, closed_how: closing.how })
    .where('company_id', '=', closing.companyId)
    .where('dedupe_key', 'in', closing.dedupeKeys)
    .where('closed_at_ms', 'is', null)
    .executeTakeFirst();
  return Number(closed.numUpdatedRows);
}

export function getItem(
  tx: Tx,
  companyId: string,
  itemId: number,
): Promise<ReconciliationItemRow | undefined> {
  return tx
    .selectFrom('reconciliation_items')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('item_id', '=', itemId)
    .executeTakeFirst();
}

/** One item, locked. Whoever also needs its order or its write locks those first. */
export function lockItem(
  tx: Tx,
  companyId: string,
  itemId: number,
): Promise<ReconciliationItemRow | undefined> {
  return tx
    .selectFrom('reconciliation_items')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('item_id', '=', itemId)
    .forUpdate()
    .executeTakeFirst();
}

/** Every item of an order, closed ones included, oldest first. */
export function listOrderItems(tx: Tx, companyId: string, orderId: string): Promise<ReconciliationItemRow[]> {
  return tx
    .selectFrom('reconciliation_items')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('order_id', '=', orderId as NonNullable<ReconciliationItemRow['order_id']>)
    .orderBy('item_id')
    .execute();
}

/** What a person must look at, oldest first. */
export function listOpenItems(
  tx: Tx,
  asked: { readonly companyId: string; readonly locationId: string | undefined },
): Promise<ReconciliationItemRow[]> {
  let query = tx
    .selectFrom('reconciliation_items')
    .selectAll()
    .where('company_id', '=', asked.companyId)
    .where('closed_at_ms', 'is', null);
  if (asked.locationId !== undefined) query = query.where('location_id', '=', asked.locationId);
  return query.orderBy('opened_at_ms').orderBy('item_id').limit(itemsListedMax).execute();
}
