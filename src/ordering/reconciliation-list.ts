import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import { reconciliationKinds } from '#domain/reconciliation.ts';
import type { ReconciliationFacts, ReconciliationKind } from '#domain/reconciliation.ts';
import { listLocations } from '#store/locations.ts';
import { listOrders } from '#store/orders.ts';
import { listOpenItems } from '#store/reconciliation.ts';
import type { OrderRow, ReconciliationItemRow } from '#store/schema.ts';
import { listTableNames } from '#store/tables.ts';
import type { OrderingDeps } from './deps.ts';

/** What a person may answer: `in-the-pos` and `not-in-the-pos` about a write, `dealt-with` about everything else. */
export type ReconciliationAnswer = 'in-the-pos' | 'not-in-the-pos' | 'dealt-with';

/** One thing a person must look at, with all that is needed to find it at the till. */
export type ReconciliationView = {
  readonly itemId: number;
  readonly kind: ReconciliationKind;
  /** One English line: what to do. */
  readonly toDo: string;
  readonly openedAtMs: number;
  readonly ageMs: number;
  readonly amount: Money | null;
  readonly location: { readonly locationId: string; readonly name: string };
  readonly order: {
    readonly orderId: string;
    readonly table: string;
    readonly posRef: string | null;
    readonly state: string;
  } | null;
  readonly writeId: number | null;
  readonly paymentId: string | null;
  readonly facts: ReconciliationFacts;
  readonly answers: readonly ReconciliationAnswer[];
};

/** D10: nothing that needs a person is silent. Oldest first. */
export function listReconciliation(
  deps: Pick<OrderingDeps, 'store' | 'clock'>,
  asked: { readonly companyId: string; readonly locationId: string | undefined },
): Promise<readonly ReconciliationView[]> {
  const { companyId } = asked;
  return deps.store.asCompany(companyId, async (tx) => {
    const items = await listOpenItems(tx, asked);
    const orders = await listOrders(
      tx,
      companyId,
      items.flatMap((item) => item.order_id ?? []),
    );
    const tables = await listTableNames(
      tx,
      companyId,
      orders.map((order) => order.table_id),
    );
    const locations = new Map(
      (await listLocations(tx, companyId)).map((location) => [location.location_id, location.name]),
    );
    const nowMs = deps.clock.nowMs();
    return items.map((item) => {
      const order = orders.find((candidate) => candidate.order_id === item.order_id);
      const table = order === undefined ? '' : (tables.get(order.table_id) ?? '');
      return viewItem(item, { order, table, location: locations.get(item.location_id) ?? '', nowMs });
    });
  });
}

type Around = {
  readonly order: OrderRow | undefined;
  readonly table: string;
  readonly location: string;
  readonly nowMs: number;
};

function viewItem(item: ReconciliationItemRow, around: Around): ReconciliationView {
  const { order } = around;
  return {
    itemId: item.item_id,
    kind: item.kind,
    toDo: reconciliationKinds[item.kind].toDo,
    openedAtMs: item.opened_at_ms,
    ageMs: Math.max(0, around.nowMs - item.opened_at_ms),
    amount:
      item.amount_minor === null || item.currency === null ? null : money(item.amount_minor, item.currency),
    location: { locationId: item.location_id, name: around.location },
    order:
      order === undefined
        ? null
        : { orderId: order.order_id, table: around.table, posRef: order.pos_ref, state: order.state },
    writeId: item.write_id,
    paymentId: item.payment_id,
    facts: item.facts,
    answers: item.kind === 'write-in-error' ? ['in-the-pos', 'not-in-the-pos'] : ['dealt-with'],
  };
}
