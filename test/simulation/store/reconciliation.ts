import type { Reference } from '#domain/reference.ts';
import type { ReconciliationItemRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type * as real from '../../../src/store/reconciliation.ts';
import { fromJson, keyOf, see } from './database.ts';

export * from '../../../src/store/reconciliation.ts';

export function openItem(tx: Tx, item: real.NewItem): ReturnType<typeof real.openItem> {
  const database = see(tx, item.companyId);
  const facts = fromJson<ReconciliationItemRow['facts']>(JSON.stringify(item.facts));
  const amount = {
    amount_minor: item.amount?.amountMinor ?? null,
    currency: item.amount?.currency ?? null,
  };
  const itemId = database.nextItemId;
  // As a sequence does: a number is taken even when the item turns out to be open already.
  database.nextItemId += 1;
  const [open] = database.openItemsByKey.find(keyOf(item.companyId, item.dedupeKey));
  if (open !== undefined) {
    database.items.update(open, { facts, ...amount });
    return Promise.resolve({ isNew: false });
  }
  database.items.put({
    company_id: item.companyId,
    item_id: itemId,
    location_id: item.locationId,
    kind: item.kind,
    dedupe_key: item.dedupeKey,
    order_id: item.orderId as Reference | null,
    write_id: item.writeId,
    payment_id: item.paymentId as Reference | null,
    ...amount,
    facts,
    opened_at_ms: item.nowMs,
    closed_at_ms: null,
    closed_how: null,
  });
  return Promise.resolve({ isNew: true });
}

export function closeItems(tx: Tx, closing: Parameters<typeof real.closeItems>[1]): Promise<number> {
  const database = see(tx, closing.companyId);
  const open = closing.dedupeKeys.flatMap((key) =>
    database.openItemsByKey.find(keyOf(closing.companyId, key)),
  );
  for (const row of open)
    database.items.update(row, { closed_at_ms: closing.nowMs, closed_how: closing.how });
  return Promise.resolve(open.length);
}

export function readPaid(tx: Tx, companyId: string, orderId: string): ReturnType<typeof real.readPaid> {
  const paid = see(tx, companyId)
    .paymentsOfOrder.find(keyOf(companyId, orderId))
    .filter(({ state }) => state === 'paid');
  return Promise.resolve({
    online: paid.some(
      (payment) =>
        payment.kind === 'online' &&
        payment.refunded_minor < payment.amount_minor + payment.tip_minor + payment.donation_minor &&
        (payment.surplus_minor === 0 ||
          payment.surplus_minor < payment.amount_minor - payment.refunded_minor),
    ),
    surplusMinor: paid.reduce((sum, payment) => sum + payment.surplus_minor, 0),
  });
}

export function listOrderItems(tx: Tx, companyId: string, orderId: string): Promise<ReconciliationItemRow[]> {
  return Promise.resolve(
    see(tx, companyId)
      .itemsOfOrder.find(keyOf(companyId, orderId))
      .toSorted((a, b) => a.item_id - b.item_id),
  );
}

export function getItem(
  tx: Tx,
  companyId: string,
  itemId: number,
): Promise<ReconciliationItemRow | undefined> {
  return Promise.resolve(see(tx, companyId).items.get(companyId, itemId));
}

export function lockItem(
  tx: Tx,
  companyId: string,
  itemId: number,
): Promise<ReconciliationItemRow | undefined> {
  return getItem(tx, companyId, itemId);
}

export function listOpenItems(
  tx: Tx,
  asked: Parameters<typeof real.listOpenItems>[1],
): Promise<ReconciliationItemRow[]> {
  return Promise.resolve(
    see(tx, asked.companyId)
      .openItems.find(asked.companyId)
      .filter((row) => asked.locationId === undefined || row.location_id === asked.locationId)
      .toSorted((a, b) => a.opened_at_ms - b.opened_at_ms || a.item_id - b.item_id),
  );
}
