import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Menu, MenuItem } from '#domain/menu.ts';
import { money } from '#domain/money.ts';
import type { Flow, RequestedLine } from '#domain/order.ts';
import type { Clock } from '#domain/time.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { PosWritten } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { ReadOutcome } from '#contract/outcome.ts';
import type { PosLine, PosOrder, PosOrderHead, PosTable } from '#contract/snapshot.ts';
import { saveAvailability, saveMenu } from '#store/menus.ts';
import type { OrderRow, RoundRow, WriteRow } from '#store/schema.ts';
import type { Store } from '#store/store.ts';
import { seedCompany } from '#store/test-store.ts';
import type { FlowEntry, GuestTable, OrderingDeps } from './deps.ts';
import { submitRound } from './submit-round.ts';
import type { RoundToSubmit, SubmittedRound } from './submit-round.ts';
import { orderWriteEnded } from './write-ended.ts';

export const startMs = Date.UTC(2026, 0, 1, 12);
const eur = (minor: number) => money(minor, 'EUR');
const available = { state: 'available' } as const;

function item(itemId: string, price: number, more: Partial<MenuItem> = {}): MenuItem {
  return {
    itemId,
    name: itemId,
    price: eur(price),
    taxes: [],
    availability: available,
    variants: [],
    modifierGroups: [],
    ...more,
  };
}

function modifier(modifierId: string, price: number, maxQuantity = 1) {
  const same = { default: false, removable: false, availability: available };
  return { modifierId, name: modifierId, price: eur(price), maxQuantity, ...same };
}

const group = (id: string, minSelections: number, maxSelections: number) => ({
  modifierGroupId: id,
  name: id,
  minSelections,
  maxSelections,
  freeSelections: 0,
});

/** Soup 500, pizza 1185 and 16.25 % tax on top, coffee 250 or 350, steak 2000 that must be done some way and takes up to two extras. */
const testMenu: Menu = {
  menuVersion: 'menu-1',
  currency: 'EUR',
  readAtMs: startMs,
  categories: [
    {
      categoryId: 'all',
      name: 'All',
      items: [
        item('soup', 500),
        item('lobster', 4000),
        item('oyster', 300),
        item('pizza', 1185, { taxes: [{ code: 'sales-tax', included: false, rate: 16_250 }] }),
        item('coffee', 250, {
          variants: [
            { variantId: 'small', name: 'small', price: eur(250), availability: available },
            { variantId: 'large', name: 'large', price: eur(350), availability: available },
          ],
        }),
        item('steak', 2000, {
          modifierGroups: [
            { ...group('doneness', 1, 1), modifiers: [modifier('rare', 0), modifier('done', 0)] },
            {
              ...group('extras', 0, 2),
              modifiers: [modifier('pepper', 100, 2), modifier('truffle', 900, 2)],
            },
          ],
        }),
      ],
    },
  ],
};

type TestClock = Clock & { advance(ms: number): void };

function makeTestClock(): TestClock {
  let nowMs = startMs;
  let timers: { readonly atMs: number; readonly act: () => void }[] = [];
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, act) {
      const timer = { atMs: nowMs + delayMs, act };
      timers.push(timer);
      return { cancel: () => (timers = timers.filter((other) => other !== timer)) };
    },
    advance(ms) {
      nowMs += ms;
      const due = timers.filter((timer) => timer.atMs <= nowMs);
      timers = timers.filter((timer) => timer.atMs > nowMs);
      for (const timer of due) timer.act();
    },
  };
}

/** What the scripted POS says; tests change it in place. */
type Script = {
  tables: (tableRef: string, signal: AbortSignal) => Promise<ReadOutcome<readonly PosTable[]>>;
  order: (posRef: string) => Promise<ReadOutcome<PosOrder>>;
  online: boolean;
  capabilities: Partial<Capabilities>;
};

export type TestWorld = {
  readonly deps: OrderingDeps;
  readonly clock: TestClock;
  readonly script: Script;
  readonly flow: FlowEntry[];
  /** What was asked of the POS, oldest first. */
  readonly asked: string[];
  readonly table: GuestTable;
  readonly otherTable: GuestTable;
  submit(lines: readonly RequestedLine[], more?: Partial<RoundToSubmit>): ReturnType<typeof submitRound>;
  /** Submits one soup at this table, which must be taken. */
  soup(more?: Partial<RoundToSubmit>): Promise<SubmittedRound>;
  rows(): Promise<{ orders: OrderRow[]; rounds: RoundRow[]; writes: WriteRow[] }>;
  /** Rows by table that a guest's request could have left. */
  counts(): Promise<Record<string, number>>;
  /** Ends a write as delivery does: its row first, then what hangs on it. */
  end(
    write: WriteRow,
    to: WriteRow['state'],
    more?: { code?: PosErrorCode; value?: PosWritten },
  ): Promise<void>;
  setReadOnly(reason: PosErrorCode): Promise<void>;
};

export const line = (itemId: string, quantity = 1, more: Partial<RequestedLine> = {}): RequestedLine => ({
  itemId,
  quantity,
  modifiers: [],
  ...more,
});

/** One company with a location, a menu and two tables, and a POS that says what the test tells it. Its tables are empty at first. */
export async function makeWorld(store: Store, flow: Flow = 'pay-later'): Promise<TestWorld> {
  const seeded = await seedCompany(store, { flow, nowMs: startMs });
  const place = { companyId: seeded.companyId, locationId: seeded.locationId };
  const clock = makeTestClock();
  const script: Script = {
    tables: (tableRef) => Promise.resolve(showing(tableRef, [])),
    order: () => Promise.resolve(failed('order-unknown', true)),
    online: true,
    capabilities: {},
  };
  const flowEntries: FlowEntry[] = [];
  const asked: string[] = [];
  const deps: OrderingDeps = {
    store,
    clock,
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    readTable: (_place, tableRef, signal) => {
      asked.push(`table ${tableRef}`);
      return script.tables(tableRef, signal);
    },
    readOrder: (_place, posRef) => {
      asked.push(`order ${posRef}`);
      return script.order(posRef);
    },
    checkLocation: () => {
      asked.push('status');
      return Promise.resolve(script.online);
    },
    capabilitiesOf: () => Promise.resolve({ ...allCapabilities, ...script.capabilities }),
    logFlow: (_tx, entry) => {
      flowEntries.push(entry);
      return Promise.resolve();
    },
  };
  await store.asCompany(place.companyId, (tx) => saveMenu(tx, place, testMenu, 'v1'));
  const snapshot = {
    readAtMs: startMs,
    items: { lobster: { state: 'sold-out' }, oyster: { state: 'limited', remaining: 3 } },
    variants: {},
    modifiers: { truffle: { state: 'limited', remaining: 3 } },
  } as const;
  await store.asCompany(place.companyId, (tx) => saveAvailability(tx, place, snapshot, 'a1'));
  const [table, otherTable] = seeded.tables.map(({ tableId }) => ({ ...place, tableId, flow }));
  if (table === undefined || otherTable === undefined) throw new Error('two tables are seeded');
  const submit: TestWorld['submit'] = (lines, more) =>
    submitRound(deps, table, {
      visit: 'visit-a',
      idempotencyKey: randomBytes(8).toString('hex'),
      bodyHash: 'body',
      lines,
      ...more,
    });
  return {
    deps,
    clock,
    script,
    flow: flowEntries,
    asked,
    table,
    otherTable,
    submit,
    async soup(more) {
      const placed = await submit([line('soup')], more);
      if (placed.kind !== 'placed') throw new Error(`refused: ${placed.code}`);
      return placed;
    },
    ...makeRowAccess(store, deps, place),
  };
}

function makeRowAccess(
  store: Store,
  deps: OrderingDeps,
  place: { companyId: string; locationId: string },
): Pick<TestWorld, 'rows' | 'counts' | 'end' | 'setReadOnly'> {
  const { companyId } = place;
  return {
    rows: () =>
      store.asCompany(companyId, async (tx) => ({
        orders: await tx
          .selectFrom('orders')
          .selectAll()
          .orderBy('created_at_ms')
          .orderBy('order_id')
          .execute(),
        rounds: await tx
          .selectFrom('rounds')
          .selectAll()
          .orderBy('created_at_ms')
          .orderBy('write_id')
          .execute(),
        writes: await tx.selectFrom('writes').selectAll().orderBy('write_id').execute(),
      })),
    counts: () =>
      store.asCompany(companyId, async (tx) => {
        const counts: Record<string, number> = {};
        for (const table of ['orders', 'rounds', 'writes', 'payments', 'idempotency_keys']) {
          const counted = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(tx);
          counts[table] = Number(counted.rows[0]?.n);
        }
        return counts;
      }),
    end: (write, state, more = {}) =>
      store.asCompany(companyId, async (tx) => {
        const error = more.code === undefined ? null : posError(more.code, 'scripted');
        await tx
          .updateTable('writes')
          .set({ state, error_code: error?.code ?? null, changed_at_ms: deps.clock.nowMs() })
          .where('company_id', '=', companyId)
          .where('write_id', '=', write.write_id)
          .execute();
        await orderWriteEnded(tx, deps, write, { decision: { state, error }, value: more.value });
      }),
    setReadOnly: (reason) =>
      store.asCompany(companyId, async (tx) => {
        await tx.updateTable('location_statuses').set({ state: 'read-only', reason }).execute();
      }),
  };
}

const allCapabilities: Capabilities = {
  appendRounds: true,
  readTables: true,
  readOrders: true,
  markPaid: true,
  sendMessage: true,
  applyCard: true,
  loyaltyMenu: true,
  lineNotes: true,
  createDedupe: 'none',
  dedupeWindowMs: null,
  readBack: 'reference',
  readLagMs: 0,
  lateArrivalMs: 0,
  attemptDeadlineMs: 20_000,
  writeConcurrency: 1,
  sumMustMatch: true,
};

export function failed(code: PosErrorCode, answered: boolean) {
  return { kind: 'failed', error: posError(code, 'scripted'), answered } as const;
}

/** The POS shows these orders open at the table. */
export function showing(
  tableRef: string,
  heads: readonly (Partial<PosOrderHead> & { posRef: string })[],
): ReadOutcome<readonly PosTable[]> {
  const orders = heads.map((head) => ({
    reference: null,
    version: '1',
    total: eur(0),
    waiter: null,
    locked: false,
    ...head,
  }));
  return { kind: 'read', value: [{ tableRef, name: tableRef, orders }] };
}

export function posLine(name: string, price: number, more: Partial<PosLine> = {}): PosLine {
  return {
    posLineRef: `line-${name}`,
    reference: null,
    packageRef: 'package-till',
    roundReference: null,
    itemId: name,
    name,
    quantity: 1,
    modifiers: [],
    price: eur(price),
    voided: false,
    tip: false,
    ...more,
  };
}

/** An order of the POS whose figures follow from its lines, unless told otherwise. */
export function posOrder(posRef: string, lines: readonly PosLine[], more: Partial<PosOrder> = {}): PosOrder {
  const minor = lines.filter((each) => !each.voided).reduce((sum, each) => sum + each.price.amountMinor, 0);
  return {
    posRef,
    reference: null,
    tableRef: null,
    state: 'open',
    version: String(lines.length),
    locked: null,
    waiter: { staffId: '7', name: 'Anna' },
    lines,
    discounts: [],
    total: eur(minor),
    paid: eur(0),
    due: eur(minor),
    ...more,
  };
}

/** The lines of our rounds as the POS shows them. */
export function posLinesOf(rounds: readonly RoundRow[]): readonly PosLine[] {
  return rounds.flatMap((round) =>
    round.lines.map((each) =>
      posLine(each.name, each.price.amountMinor, {
        posLineRef: each.lineId,
        reference: each.lineId,
        packageRef: round.round_id,
        roundReference: round.round_id,
        quantity: each.quantity,
      }),
    ),
  );
}

/** What a connector answers for a round that is in the POS. */
export function placedIn(posRef: string, order: PosOrder | null = null): PosWritten {
  return { posRef, joined: false, packageRef: 'package', order };
}
