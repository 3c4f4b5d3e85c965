import type { ColumnType, Generated, Insertable, Selectable } from 'kysely';
import type { AvailabilitySnapshot, Menu } from '#domain/menu.ts';
import type { Currency } from '#domain/money.ts';
import type { IntakeProfile, NameKind } from '#domain/intake.ts';
import type { Flow, Line, MoneyState, OrderState } from '#domain/order.ts';
import type { ReconciliationEnd, ReconciliationFacts, ReconciliationKind } from '#domain/reconciliation.ts';
import type { Donation, PaymentKind, PaymentState, RefundState } from '#domain/payment.ts';
import type { Receipt, Venue } from '#domain/receipt.ts';
import type { LineAmount, Share } from '#domain/share.ts';
import type { Reference } from '#domain/reference.ts';
import type { WriteKind, WriteState } from '#domain/write.ts';
import type { PosWrite } from '#contract/connector.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { OutcomeKind } from '#contract/outcome.ts';
import type { PosOrder, PosTable } from '#contract/snapshot.ts';

/**
 * The tables as TypeScript sees them. Columns are snake_case like their SQL; instants are epoch milliseconds, amounts minor
 * units; both are `bigint` in SQL and safe integers here (the connection's type parser checks).
 *
 * Every row belongs to a company; the company stands first in every key.
 */

/** jsonb: written as JSON text, read as the value. */
type Json<Value> = ColumnType<Value, string, string>;

type Companies = { company_id: string; name: string; created_at_ms: number };

type Locations = {
  company_id: string;
  location_id: string;
  name: string;
  time_zone: string;
  currency: Currency;
  flow: Flow;
  /** A round older than this asks before it is cooked; null: the location switched it off. */
  freshness_limit_ms: number | null;
  /** Minutes after local midnight at which the full menu is read. */
  menu_read_minute: number;
  /** The version guests order from; null until the menu was read once. */
  menu_version: string | null;
  /** Null: no online payments. */
  payment_account_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** A live location takes no test money, and the reverse. */
  payment_mode: Generated<'live' | 'test'>;
  /** What a guest is offered as a tip, in percent of the share; none is chosen beforehand. */
  tip_percents: ColumnType<readonly number[], string | undefined, string>;
  /** Null: no donations. */
  donation: ColumnType<Donation | null, string | null | undefined, string | null>;
  /** Surpluses are given back without asking a person. */
  auto_refund: Generated<boolean>;
  /** Minutes after local midnight at which the business day begins. */
  day_starts_minute: Generated<number>;
  /** What a receipt says of the restaurant. */
  venue: ColumnType<Venue | null, string | null | undefined, string | null>;
  created_at_ms: number;
};

/** One row per location: whether it takes orders now, and why not. */
type LocationStatuses = {
  company_id: string;
  location_id: string;
  state: 'online' | 'read-only';
  /** A PosErrorCode, or `starting` before the first check. Null while online. */
  reason: PosErrorCode | 'starting' | null;
  since_ms: number;
  /** Good check-and-read pairs still needed to close read-only. */
  good_pairs_needed: number;
  /** Back from read-only, nothing delivered yet: one write in flight. */
  draining: boolean;
  /** Instants of the last flips to read-only, newest last; only the last ten minutes count. */
  flapped_at_ms: Json<readonly number[]>;
};

type Connections = {
  company_id: string;
  location_id: string;
  connector_id: string;
  /** Scheme, host and port: part of what the sealed secret is bound to. */
  origin: string;
  settings: Json<unknown>;
  sealed_secret: string;
  /** Changes when settings or credentials change; a connector opened for an older revision is closed. */
  revision: number;
  /** Writes in flight, from the connector's capabilities. */
  write_concurrency: number;
  /** Set when the POS refused our credentials; it is not knocked on again until they change. */
  auth_failed_at_ms: number | null;
};

type ConnectionMemories = { company_id: string; location_id: string; key: string; value: string };

type DiningTables = {
  company_id: string;
  table_id: string;
  location_id: string;
  /** As the POS calls it. */
  name: string;
  table_ref: string;
  /** SHA-256 of the token in the QR code, hex. */
  token_hash: string;
  /** Overrides the location's flow. */
  flow: Flow | null;
};

type MenuVersions = {
  company_id: string;
  location_id: string;
  menu_version: string;
  menu: Json<Menu>;
  source_version: string;
  read_at_ms: number;
};

type Availabilities = {
  company_id: string;
  location_id: string;
  snapshot: Json<AvailabilitySnapshot>;
  content_hash: string;
  read_at_ms: number;
};

/** The last reading of the tables and the orders open at them, for the till-opened poll. */
type TableSnapshots = {
  company_id: string;
  location_id: string;
  tables: Json<readonly PosTable[]>;
  content_hash: string;
  read_at_ms: number;
};

type Orders = {
  company_id: string;
  /** Also our reference of the order in the POS. */
  order_id: Reference;
  location_id: string;
  table_id: string;
  flow: Flow;
  state: OrderState;
  money_state: MoneyState;
  opened_by: 'guest' | 'till' | 'third-party';
  /** Pay-First: the guest's visit the order belongs to. */
  visit_id: string | null;
  /** The POS's own reference, once the order is there. */
  pos_ref: string | null;
  /** False once the till closed it or moved it away: the table's guests no longer join it. */
  joinable: boolean;
  /** When a waiter chose this one of several for the table's guests. */
  chosen_at_ms: number | null;
  /** The order as the POS held it when last read. */
  snapshot: ColumnType<PosOrder | null, string | null, string | null>;
  snapshot_at_ms: number | null;
  currency: Currency;
  /** Paid by guests for the bill, tips not included. */
  paid_minor: number;
  tip_minor: number;
  /** The part of the bill that our mark-paid covers or is about to; null: none is under way or done. */
  covered_minor: ColumnType<number | null, number | null | undefined, number | null>;
  created_at_ms: number;
  changed_at_ms: number;
};

type Rounds = {
  company_id: string;
  /** Also our reference of the package in the POS. */
  round_id: Reference;
  order_id: Reference;
  location_id: string;
  by: 'guest' | 'till';
  lines: Json<readonly Line[]>;
  total_minor: number;
  menu_version: string;
  visit_id: string | null;
  /** The write that carries it; null while a Pay-First round waits for money. */
  write_id: number | null;
  created_at_ms: number;
};

/** The durable queue: one row per intended change in a POS. */
type Writes = {
  company_id: string;
  write_id: Generated<number>;
  location_id: string;
  /** Writes of one lane go out one after the other, by write_id. An order's lane is its order_id; messages have `message:<table_id>`. */
  lane: string;
  kind: WriteKind;
  order_id: Reference | null;
  round_id: Reference | null;
  payment_id: Reference | null;
  payload: Json<PosWrite>;
  state: WriteState;
  /** Attempts that count against the schedule. */
  attempts_used: number;
  /** When the next step (attempt, read back) is due. */
  due_at_ms: number;
  /** While `waiting`: the state it came from. */
  waiting_from: WriteState | null;
  /** Read backs that did not show the write after the POS had time to finish it. */
  absences: number;
  /**
   * When the first send went out that may be in the POS unseen: every later send repeats it, and the POS's memory of our
   * reference, not its refusals, decides. Null: no such send.
   */
  doubt_since_ms: number | null;
  last_sent_at_ms: number | null;
  /** End of the last send: schedules count from here. Null while one is under way, or when nobody saw it end. */
  last_ended_at_ms: number | null;
  /** A round older than this asks the guest before it is sent, and a message is dropped; null: never. */
  fresh_until_ms: number | null;
  /** `asked` while the guest is asked whether a stale round is still wanted. */
  freshness: 'fresh' | 'asked' | 'wanted';
  asked_at_ms: number | null;
  lease_owner: string | null;
  /** Rises with every claim; a completion with an older epoch is refused. */
  lease_epoch: number;
  lease_until_ms: number | null;
  error_code: PosErrorCode | null;
  error_detail: string | null;
  held_by: string | null;
  created_at_ms: number;
  changed_at_ms: number;
};

/** One try of a write, recorded before its first byte leaves. */
type Attempts = {
  company_id: string;
  write_id: number;
  /** 1-based over all tries, read backs included. */
  attempt_no: number;
  step: 'send' | 'read-back';
  epoch: number;
  started_at_ms: number;
  deadline_at_ms: number;
  ended_at_ms: number | null;
  outcome: OutcomeKind | 'present' | 'absent' | 'impossible' | 'unread' | 'died' | null;
  error_code: PosErrorCode | null;
  error_detail: string | null;
};

/** One attempt of somebody to pay: with a provider, in cash, or at the waiter's card terminal. */
type Payments = {
  company_id: string;
  payment_id: Reference;
  /** Tells which came first within one millisecond. */
  payment_no: Generated<number>;
  order_id: Reference;
  location_id: string;
  kind: PaymentKind;
  state: PaymentState;
  /** For the bill; tip and donation come on top. */
  amount_minor: number;
  tip_minor: number;
  donation_minor: Generated<number>;
  /** False: another sum arrived than was asked for, and a person decides what it is. */
  counts: Generated<boolean>;
  /** What of `amount_minor` the bill did not need. */
  surplus_minor: Generated<number>;
  /** Given back, or on its way back. */
  refunded_minor: Generated<number>;
  /** Our reference of the tip line in the POS. */
  tip_reference: Reference | null;
  currency: Currency;
  bill_version: string | null;
  share: ColumnType<Share, string | undefined, string>;
  /** Which lines it pays for, and how much of each. */
  line_amounts: ColumnType<readonly LineAmount[], string | undefined, string>;
  /** Until then nobody else may pay the same; null: it holds nothing. */
  locked_until_ms: ColumnType<number | null, number | null | undefined, number | null>;
  /** Who took the money; null: a guest paid alone. */
  user_id: string | null;
  /** The guest's visit that pays. */
  visit_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** The waiter the POS named when the money came: the tip is theirs. */
  waiter_id: ColumnType<string | null, string | null | undefined, string | null>;
  waiter_name: ColumnType<string | null, string | null | undefined, string | null>;
  /** Names the attempt in addresses: webhook, return page. In clear, because those addresses are made again for a repeated request. */
  attempt_token: ColumnType<string | null, string | null | undefined, string | null>;
  account_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** The provider's own id of the payment, once it answered. */
  provider_ref: ColumnType<string | null, string | null | undefined, string | null>;
  checkout_url: ColumnType<string | null, string | null | undefined, string | null>;
  expires_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
  /** What the guest chose at the provider, e.g. `applepay`. */
  paid_with: ColumnType<string | null, string | null | undefined, string | null>;
  failure_reason: ColumnType<string | null, string | null | undefined, string | null>;
  created_at_ms: number;
  paid_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
  /** Where the schedule of looking counts from, and when it looks next; null: nothing more to learn. */
  check_from_ms: ColumnType<number | null, number | null | undefined, number | null>;
  check_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
  synced_at_ms: ColumnType<number | null, number | null | undefined, number | null>;
  receipt_token: ColumnType<string | null, string | null | undefined, string | null>;
  receipt: ColumnType<Receipt | null, string | null | undefined, string | null>;
};

/** Credentials at a payment provider; several locations may share one. */
type PaymentAccounts = {
  company_id: string;
  account_id: string;
  provider_id: string;
  name: string;
  /** Instead of the provider's own address: a twin's. */
  api_url: string | null;
  sealed_credentials: string;
  /** Changes with the credentials; a provider opened for an older revision is opened again. */
  revision: number;
  created_at_ms: number;
};

type Refunds = {
  company_id: string;
  refund_id: Reference;
  payment_id: Reference;
  order_id: Reference;
  location_id: string;
  state: RefundState;
  amount_minor: number;
  currency: Currency;
  reason: string;
  /** Null: by the location's setting, or on the provider's own screen. */
  user_id: string | null;
  provider_ref: string | null;
  error_detail: string | null;
  created_at_ms: number;
  changed_at_ms: number;
};

type Chargebacks = {
  company_id: string;
  payment_id: Reference;
  provider_ref: string;
  amount_minor: number;
  created_at_ms: number;
  reversed_at_ms: number | null;
};

type IdempotencyKeys = {
  company_id: string;
  /** What the key belongs to, e.g. the hash of a table token. */
  scope: string;
  key: string;
  body_hash: string;
  /** Null while the first request runs. */
  status: number | null;
  answer: ColumnType<unknown, string | null, string | null>;
  created_at_ms: number;
};

type ConsoleUsers = {
  company_id: string;
  user_id: string;
  /** Lower case; unique over all companies. */
  email: string;
  name: string;
  role: 'owner';
  password_hash: string;
};

type ConsoleSessions = {
  company_id: string;
  /** SHA-256 of the cookie's value, hex. */
  session_hash: string;
  user_id: string;
  created_at_ms: number;
  expires_at_ms: number;
};

/** Something a person must look at, until the POS shows it healed or somebody said that it was dealt with. */
type ReconciliationItems = {
  company_id: string;
  item_id: Generated<number>;
  location_id: string;
  kind: ReconciliationKind;
  /** What it is about: one open item per key. */
  dedupe_key: string;
  order_id: Reference | null;
  write_id: number | null;
  payment_id: Reference | null;
  /** What is at stake; null: no money, or not known how much. */
  amount_minor: number | null;
  currency: Currency | null;
  facts: Json<ReconciliationFacts>;
  opened_at_ms: number;
  closed_at_ms: number | null;
  closed_how: ReconciliationEnd | null;
};

/** Who decided what and why. Rows are added, never changed. */
type AuditEntries = {
  company_id: string;
  entry_id: Generated<number>;
  at_ms: number;
  user_id: string;
  /** A verb of the console's interface, e.g. `reconciliation in-the-pos`. */
  action: string;
  /** What it was done to, e.g. `item:12`. */
  subject: string;
  reason: string;
  facts: Json<ReconciliationFacts>;
};

/** A third party that may post orders at one location. */
type IntakeClients = {
  company_id: string;
  client_id: string;
  location_id: string;
  name: string;
  /** Unique over all companies: it is all that a request brings beside its password. */
  username: string;
  /** SHA-256 of the issued password, hex. */
  password_hash: string;
  created_at_ms: number;
  revoked_at_ms: number | null;
};

/** How a location takes orders of third parties. Without a row it takes none. */
type IntakeProfiles = {
  company_id: string;
  location_id: string;
  profile: Json<IntakeProfile>;
  /** Rises with every change of the profile or of a name. */
  revision: number;
};

/** A third party's word for something of ours, beside the menu's own names. */
type IntakeNames = {
  company_id: string;
  location_id: string;
  kind: NameKind;
  /** The id of the category, item or modifier the word is used in; empty: anywhere. */
  within_id: string;
  name: string;
  /** Our category, item, variant or modifier. */
  target_id: string | null;
  /** Qualifiers: units of the ingredient. */
  units: number | null;
};

/** An order as a third party posted it. */
type IntakeOrders = {
  company_id: string;
  intake_id: Reference;
  location_id: string;
  client_id: string;
  order_num: Generated<number>;
  external_ref: string;
  external_number: string | null;
  state: 'suspended' | 'placed' | 'voided';
  /** The body as it came. */
  posted: string;
  /** The body of the answer. */
  answer: string;
  /** Codes of what a suspended order still lacks. */
  missing: Json<readonly number[]>;
  /** Null while it is suspended. */
  order_id: Reference | null;
  /** The price the third party sent; null: a suspended order without one. */
  sent_minor: number | null;
  /** What the POS is expected to charge, by our menu. */
  promised_minor: number | null;
  /** When the customer wants it; null: as soon as it is ready. */
  defer_at_ms: number | null;
  /** Codes of the coupons it redeemed. */
  coupons: Json<readonly string[]>;
  currency: Currency;
  created_at_ms: number;
  changed_at_ms: number;
};

/** Which process polls which share of the locations. Belongs to no company. */
type PollShards = { shard: number; owner: string | null; epoch: number; lease_until_ms: number };

export type Database = {
  companies: Companies;
  locations: Locations;
  location_statuses: LocationStatuses;
  connections: Connections;
  connection_memories: ConnectionMemories;
  dining_tables: DiningTables;
  menu_versions: MenuVersions;
  availabilities: Availabilities;
  table_snapshots: TableSnapshots;
  orders: Orders;
  rounds: Rounds;
  writes: Writes;
  attempts: Attempts;
  payments: Payments;
  payment_accounts: PaymentAccounts;
  refunds: Refunds;
  chargebacks: Chargebacks;
  idempotency_keys: IdempotencyKeys;
  console_users: ConsoleUsers;
  console_sessions: ConsoleSessions;
  reconciliation_items: ReconciliationItems;
  audit_entries: AuditEntries;
  poll_shards: PollShards;
  intake_clients: IntakeClients;
  intake_profiles: IntakeProfiles;
  intake_names: IntakeNames;
  intake_orders: IntakeOrders;
};

export type LocationRow = Selectable<Locations>;
export type LocationStatusRow = Selectable<LocationStatuses>;
export type ConnectionRow = Selectable<Connections>;
export type DiningTableRow = Selectable<DiningTables>;
export type OrderRow = Selectable<Orders>;
export type RoundRow = Selectable<Rounds>;
export type WriteRow = Selectable<Writes>;
export type AttemptRow = Selectable<Attempts>;
export type PaymentRow = Selectable<Payments>;
export type ReconciliationItemRow = Selectable<ReconciliationItems>;
export type AuditEntryRow = Selectable<AuditEntries>;
export type PaymentAccountRow = Selectable<PaymentAccounts>;
export type RefundRow = Selectable<Refunds>;
export type ChargebackRow = Selectable<Chargebacks>;
export type NewPayment = Insertable<Payments>;
export type IntakeClientRow = Selectable<IntakeClients>;
export type IntakeOrderRow = Selectable<IntakeOrders>;
export type NewIntakeOrder = Insertable<IntakeOrders>;
export type NewOrder = Insertable<Orders>;
export type NewRound = Insertable<Rounds>;
