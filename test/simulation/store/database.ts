import type {
  AttemptRow,
  AuditEntryRow,
  ChargebackRow,
  ConnectionRow,
  Database,
  DiningTableRow,
  LocationRow,
  LocationStatusRow,
  OrderRow,
  PaymentAccountRow,
  PaymentRow,
  ReconciliationItemRow,
  RefundRow,
  RoundRow,
  WriteRow,
} from '#store/schema.ts';
import type { NotifyChannel, Tx } from '#store/store.ts';
import type { Selectable } from 'kysely';
import { isSettled } from '#domain/write.ts';
import type { WriteState } from '#domain/write.ts';

/** States of a write that the next step asks about. */
const askedIn: readonly string[] = ['sending', 'unconfirmed', 'error'] satisfies readonly WriteState[];

/**
 * The tables in memory: what the modelled store functions read and change. Rows are never changed in place, so a row handed out
 * stays what it was, as one read from a database does.
 */
export class ModelDatabase {
  /** What takes back the changes of the running transaction, newest last. */
  readonly undo: (() => void)[] = [];
  /** Whether the newest commit changed a row. */
  changedLast = false;
  /** Given before a commit and never given back, like a sequence. */
  nextWriteId = 1;
  nextEntryId = 1;
  nextItemId = 1;
  nextPaymentNo = 1;

  readonly companies = new Table<{ company_id: string; name: string }>(this, (row) => row.company_id);
  readonly locations = new Table<LocationRow>(this, (row) => keyOf(row.company_id, row.location_id));
  readonly statuses = new Table<LocationStatusRow>(this, (row) => keyOf(row.company_id, row.location_id));
  readonly connections = new Table<ConnectionRow>(this, (row) => keyOf(row.company_id, row.location_id));
  readonly memories = new Table<Selectable<Database['connection_memories']>>(this, (row) =>
    keyOf(row.company_id, row.location_id, row.key),
  );
  readonly tables = new Table<DiningTableRow>(this, (row) => keyOf(row.company_id, row.table_id));
  readonly tablesByRef = this.tables.index((row) => keyOf(row.company_id, row.location_id, row.table_ref));
  readonly tablesAt = this.tables.index((row) => keyOf(row.company_id, row.location_id));
  readonly menus = new Table<Selectable<Database['menu_versions']>>(this, (row) =>
    keyOf(row.company_id, row.location_id, row.menu_version),
  );
  readonly availabilities = new Table<Selectable<Database['availabilities']>>(this, (row) =>
    keyOf(row.company_id, row.location_id),
  );
  readonly orders = new Table<OrderRow>(this, (row) => keyOf(row.company_id, row.order_id));
  readonly ordersAtTable = this.orders.index((row) => keyOf(row.company_id, row.table_id));
  readonly ordersOfVisit = this.orders.index((row) =>
    row.visit_id === null ? null : keyOf(row.company_id, row.location_id, row.visit_id),
  );
  readonly ordersByPosRef = this.orders.index((row) =>
    row.pos_ref === null ? null : keyOf(row.company_id, row.location_id, row.pos_ref),
  );
  readonly ordersInProgress = this.orders.index((row) =>
    row.state === 'open' && row.pos_ref !== null ? keyOf(row.company_id, row.location_id) : null,
  );
  readonly ordersUnconfirmed = this.orders.index((row) =>
    row.state === 'settled' && row.pos_ref !== null && row.snapshot?.state !== 'settled'
      ? keyOf(row.company_id, row.location_id)
      : null,
  );
  readonly ordersToWatch = this.orders.index((row) =>
    row.state === 'open' || row.state === 'awaiting-payment' ? row.company_id : null,
  );
  readonly rounds = new Table<RoundRow>(this, (row) => keyOf(row.company_id, row.round_id));
  readonly roundsOfOrder = this.rounds.index((row) => keyOf(row.company_id, row.order_id));
  readonly roundsOfVisit = this.rounds.index((row) =>
    row.visit_id === null ? null : keyOf(row.company_id, row.visit_id),
  );
  readonly writes = new Table<WriteRow>(this, (row) => keyOf(row.company_id, row.write_id));
  /** Those that the running or else the newest transaction made, or brought into another state. */
  readonly movedWrites = new Map<number, WriteRow>();
  readonly writesOfOrder = this.writes.index((row) =>
    row.order_id === null ? null : keyOf(row.company_id, row.order_id),
  );
  readonly writesOfRound = this.writes.index((row) =>
    row.round_id === null ? null : keyOf(row.company_id, row.round_id),
  );
  /** The first unsettled write of each lane. */
  readonly heads = new Map<string, WriteRow>();
  /** Writes that hold their lane; the keys are '' for all of them, the location and the lane. */
  readonly unsettled = this.writes.index((row) => (isSettled(row.state) ? null : ''));
  readonly unsettledAt = this.writes.index((row) =>
    isSettled(row.state) ? null : keyOf(row.company_id, row.location_id),
  );
  readonly unsettledOfLane = this.writes.index((row) =>
    isSettled(row.state) ? null : keyOf(row.company_id, row.lane),
  );
  readonly unsettledInState = this.writes.index((row) =>
    isSettled(row.state) ? null : keyOf(row.location_id, row.state),
  );
  /** Writes that were sent and come to be asked about, wherever in their lane they are. */
  readonly asked = this.writes.index((row) =>
    askedIn.includes(row.state) && row.last_sent_at_ms !== null ? '' : null,
  );
  readonly attempts = new Table<AttemptRow>(this, (row) =>
    keyOf(row.company_id, row.write_id, row.attempt_no),
  );
  readonly attemptsOfWrite = this.attempts.index((row) => keyOf(row.company_id, row.write_id));
  readonly payments = new Table<PaymentRow>(this, (row) => keyOf(row.company_id, row.payment_id));
  readonly paymentsOfOrder = this.payments.index((row) => keyOf(row.company_id, row.order_id));
  readonly paymentsToCheck = this.payments.index((row) => (row.check_at_ms === null ? null : ''));
  readonly paymentsByAttempt = this.payments.index((row) => row.attempt_token);
  readonly accounts = new Table<PaymentAccountRow>(this, (row) => keyOf(row.company_id, row.account_id));
  readonly chargebacks = new Table<ChargebackRow>(this, (row) =>
    keyOf(row.company_id, row.payment_id, row.provider_ref),
  );
  readonly chargebacksOfPayment = this.chargebacks.index((row) => keyOf(row.company_id, row.payment_id));
  readonly refunds = new Table<RefundRow>(this, (row) => keyOf(row.company_id, row.refund_id));
  readonly refundsOfOrder = this.refunds.index((row) => keyOf(row.company_id, row.order_id));
  readonly refundsOfPayment = this.refunds.index((row) => keyOf(row.company_id, row.payment_id));
  readonly items = new Table<ReconciliationItemRow>(this, (row) => keyOf(row.company_id, row.item_id));
  readonly itemsOfOrder = this.items.index((row) =>
    row.order_id === null ? null : keyOf(row.company_id, row.order_id),
  );
  readonly openItems = this.items.index((row) => (row.closed_at_ms === null ? row.company_id : null));
  readonly openItemsByKey = this.items.index((row) =>
    row.closed_at_ms === null ? keyOf(row.company_id, row.dedupe_key) : null,
  );
  readonly audit = new Table<AuditEntryRow>(this, (row) => keyOf(row.company_id, row.entry_id));
  readonly keys = new Table<Selectable<Database['idempotency_keys']>>(this, (row) =>
    keyOf(row.company_id, row.scope, row.key),
  );
  readonly shards = new Table<Selectable<Database['poll_shards']>>(this, (row) => String(row.shard));

  constructor() {
    this.writes.onSet((before, after) => {
      if (after !== undefined && (before?.state !== after.state || this.movedWrites.has(after.write_id)))
        this.movedWrites.set(after.write_id, after);
      if (before !== undefined && before.lane !== after?.lane) this.#findHead(before);
      if (after !== undefined) this.#findHead(after);
    });
  }

  #findHead({ company_id, lane }: WriteRow): void {
    const key = keyOf(company_id, lane);
    const [first, ...rest] = this.unsettledOfLane.find(key);
    if (first === undefined) this.heads.delete(key);
    else
      this.heads.set(
        key,
        rest.reduce((head, row) => (row.write_id < head.write_id ? row : head), first),
      );
  }
}

type KeyPart = string | number;

export function keyOf(first: KeyPart, second?: KeyPart, third?: KeyPart): string {
  if (second === undefined) return String(first);
  return third === undefined ? `${first} ${second}` : `${first} ${second} ${third}`;
}

/** Sorted. Rows mostly come in their order already, and to look is far cheaper than to sort. */
export function inOrder<Row>(rows: Row[], compare: (left: Row, right: Row) => number): Row[] {
  const isSorted = rows.every((row, index) => {
    const before = rows[index - 1];
    return before === undefined || compare(before, row) <= 0;
  });
  return isSorted ? rows : rows.toSorted(compare);
}

/** A row's place: its indexes hold the place, so that a row that stays under its keys is not looked up in them. */
type Place<Row> = { row: Row; readonly keys: (string | null)[] };

/** Rows found by something else than their key, in the order they came under it. */
export class Index<Row extends object> {
  readonly keyOf: (row: Row) => string | null;
  readonly #places = new Map<string, Set<Place<Row>>>();

  constructor(indexKeyOf: (row: Row) => string | null) {
    this.keyOf = indexKeyOf;
  }

  find(key: string): Row[] {
    const found: Row[] = [];
    this.each(key, (row) => found.push(row));
    return found;
  }

  /** Without a copy: not while rows change. */
  each(key: string, visit: (row: Row) => void): void {
    this.#places.get(key)?.forEach(({ row }) => visit(row));
  }

  has(key: string): boolean {
    return this.#places.has(key);
  }

  move(place: Place<Row>, from: string | null, to: string | null): void {
    if (from !== null) {
      const places = this.#places.get(from);
      places?.delete(place);
      if (places?.size === 0) this.#places.delete(from);
    }
    if (to === null) return;
    const places = this.#places.get(to);
    if (places === undefined) this.#places.set(to, new Set([place]));
    else places.add(place);
  }
}

export class Table<Row extends object> {
  readonly #places = new Map<string, Place<Row>>();
  readonly #indexes: Index<Row>[] = [];
  readonly #database: Pick<ModelDatabase, 'undo'>;
  readonly #keyOf: (row: Row) => string;
  #heard: ((before: Row | undefined, after: Row | undefined) => void) | undefined;

  constructor(database: Pick<ModelDatabase, 'undo'>, rowKeyOf: (row: Row) => string) {
    this.#database = database;
    this.#keyOf = rowKeyOf;
  }

  index(indexKeyOf: (row: Row) => string | null): Index<Row> {
    const index = new Index(indexKeyOf);
    this.#indexes.push(index);
    return index;
  }

  get(first: KeyPart, second?: KeyPart, third?: KeyPart): Row | undefined {
    return this.#places.get(keyOf(first, second, third))?.row;
  }

  all(): readonly Row[] {
    return [...this.#places.values()].map(({ row }) => row);
  }

  /** Adds a row; false when its key is taken. */
  insert(row: Row): boolean {
    if (this.#places.has(this.#keyOf(row))) return false;
    this.put(row);
    return true;
  }

  /** Changes the columns of a row that is there, and answers how it stands now. */
  update(row: Row, change: Partial<Row>): Row {
    const after = { ...row, ...change };
    this.put(after);
    return after;
  }

  put(row: Row): void {
    this.#change(this.#keyOf(row), row);
  }

  remove(row: Row): void {
    this.#change(this.#keyOf(row), undefined);
  }

  /** Says each change of a row, those that are taken back as well. */
  onSet(heard: (before: Row | undefined, after: Row | undefined) => void): void {
    this.#heard = heard;
  }

  #change(key: string, row: Row | undefined): void {
    const before = this.#set(key, row);
    this.#database.undo.push(() => this.#set(key, before));
  }

  /** Answers what stood there. */
  #set(key: string, row: Row | undefined): Row | undefined {
    let place = this.#places.get(key);
    const before = place?.row;
    if (row === undefined) this.#places.delete(key);
    else if (place === undefined) {
      place = { row, keys: this.#indexes.map(() => null) };
      this.#places.set(key, place);
    } else place.row = row;
    if (place !== undefined) this.#reindex(place, row);
    this.#heard?.(before, row);
    return before;
  }

  /** In each index, under the key that its row has now. */
  #reindex(place: Place<Row>, row: Row | undefined): void {
    const { keys } = place;
    for (let at = 0; at < keys.length; at += 1) {
      const index = this.#indexes[at];
      const from = keys[at] ?? null;
      const to = row === undefined ? null : (index?.keyOf(row) ?? null);
      if (from === to) continue;
      index?.move(place, from, to);
      keys[at] = to;
    }
  }
}

/** The running transaction. `companyId` is null for a worker, who sees the queue of all companies. */
export class ModelTx {
  readonly database: ModelDatabase;
  readonly companyId: string | null;
  /** Said when it commits; the same words twice are said once, as PostgreSQL does. */
  announcements: Map<string, { readonly channel: NotifyChannel; readonly payload: string }> | undefined;

  constructor(database: ModelDatabase, companyId: string | null) {
    this.database = database;
    this.companyId = companyId;
  }

  /** What a store function without a model would call first. */
  selectFrom(): never {
    throw new Error(
      'the simulation has no model of this store function; write one in test/simulation/store/',
    );
  }
  insertInto(): never {
    return this.selectFrom();
  }
  updateTable(): never {
    return this.selectFrom();
  }
  deleteFrom(): never {
    return this.selectFrom();
  }
  getExecutor(): never {
    return this.selectFrom();
  }
}

export function asTx(tx: ModelTx): Tx {
  return tx as unknown as Tx;
}

/** The transaction behind a `Tx` of the model. */
export function modelOf(tx: Tx): ModelTx {
  return tx as unknown as ModelTx;
}

/**
 * The database as a transaction of this company sees it. Row-level security would show it nothing of another company; here such
 * a question is a bug that shows.
 */
export function see(tx: Tx, companyId: string): ModelDatabase {
  const model = modelOf(tx);
  if (model.companyId !== null && model.companyId !== companyId)
    throw new Error(`a transaction of ${model.companyId} asked for rows of ${companyId}`);
  return model.database;
}

/** A JSON column: what was written is what is read, and nothing of it is shared with the writer. */
export function fromJson<Value>(text: string): Value {
  return JSON.parse(text) as Value;
}
