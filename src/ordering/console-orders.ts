import type { Reference } from '#domain/reference.ts';
import { dayMs } from '#domain/time.ts';
import { getOrder, listOrdersToWatch } from '#store/orders.ts';
import type { OrderRow } from '#store/schema.ts';
import { listTableNames } from '#store/tables.ts';
import type { Tx } from '#store/store.ts';
import { listAttempts, listOrderWrites } from '#store/writes.ts';
import type { OrderingDeps } from './deps.ts';
import { viewStoredOrders } from './guest-view.ts';
import type { OrderView } from './views.ts';

/** Carts nobody paid, and orders the POS refused, are of no interest any more after this. */
const forgottenAfterMs = dayMs;

export type ConsoleOrder = OrderView & {
  readonly locationId: string;
  readonly tableId: string;
  readonly openedBy: 'guest' | 'till' | 'third-party';
  /** The POS's own reference, once the order is there. */
  readonly posRef: string | null;
};

/** One write as support reads it: what was tried when, and how it ended. */
export type WriteView = {
  readonly writeId: number;
  readonly kind: string;
  readonly state: string;
  readonly attemptsUsed: number;
  readonly dueAtMs: number;
  readonly errorCode: string | null;
  readonly errorDetail: string | null;
  readonly heldBy: string | null;
  readonly attempts: readonly {
    readonly attemptNo: number;
    readonly step: string;
    readonly startedAtMs: number;
    readonly endedAtMs: number | null;
    readonly outcome: string | null;
    readonly errorDetail: string | null;
  }[];
};

export function listConsoleOrders(
  deps: OrderingDeps,
  asked: { readonly companyId: string; readonly locationId: string | undefined },
): Promise<readonly ConsoleOrder[]> {
  const sinceMs = deps.clock.nowMs() - forgottenAfterMs;
  return deps.store.asCompany(asked.companyId, async (tx) =>
    viewForConsole(tx, deps, await listOrdersToWatch(tx, { ...asked, sinceMs })),
  );
}

export function getConsoleOrder(
  deps: OrderingDeps,
  asked: { readonly companyId: string; readonly orderId: string },
): Promise<(ConsoleOrder & { readonly writes: readonly WriteView[] }) | undefined> {
  return deps.store.asCompany(asked.companyId, async (tx) => {
    const order = await getOrder(tx, asked.companyId, asked.orderId);
    const [view] = order === undefined ? [] : await viewForConsole(tx, deps, [order]);
    if (order === undefined || view === undefined) return undefined;
    return { ...view, writes: await viewWrites(tx, order.company_id, order.order_id) };
  });
}

async function viewForConsole(
  tx: Tx,
  deps: Pick<OrderingDeps, 'clock'>,
  orders: readonly OrderRow[],
): Promise<readonly ConsoleOrder[]> {
  const names = await listTableNames(
    tx,
    orders[0]?.company_id ?? '',
    orders.map((order) => order.table_id),
  );
  const views = await viewStoredOrders(
    tx,
    orders.map((order) => ({ order, table: names.get(order.table_id) ?? '' })),
    { visit: undefined, nowMs: deps.clock.nowMs() },
  );
  return orders.flatMap((order, index) => {
    const view = views[index];
    if (view === undefined) return [];
    return {
      ...view,
      locationId: order.location_id,
      tableId: order.table_id,
      openedBy: order.opened_by,
      posRef: order.pos_ref,
    };
  });
}

async function viewWrites(tx: Tx, companyId: string, orderId: Reference): Promise<readonly WriteView[]> {
  const writes = await listOrderWrites(tx, companyId, [orderId]);
  const attempts = await listAttempts(
    tx,
    companyId,
    writes.map((write) => write.write_id),
  );
  return writes.map((write) => ({
    writeId: write.write_id,
    kind: write.kind,
    state: write.state,
    attemptsUsed: write.attempts_used,
    dueAtMs: write.due_at_ms,
    errorCode: write.error_code,
    errorDetail: write.error_detail,
    heldBy: write.held_by,
    attempts: attempts
      .filter((attempt) => attempt.write_id === write.write_id)
      .map((attempt) => ({
        attemptNo: attempt.attempt_no,
        step: attempt.step,
        startedAtMs: attempt.started_at_ms,
        endedAtMs: attempt.ended_at_ms,
        outcome: attempt.outcome,
        errorDetail: attempt.error_detail,
      })),
  }));
}
