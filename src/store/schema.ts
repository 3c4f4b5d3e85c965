import type { Insertable, Selectable } from 'kysely';
import type { AuditEntries, ConsoleSessions, ConsoleUsers, ReconciliationItems } from './schema/console.ts';
import type { IntakeClients, IntakeNames, IntakeOrders, IntakeProfiles } from './schema/intake.ts';
import type { IdempotencyKeys, Orders, Rounds } from './schema/orders.ts';
import type { Chargebacks, PaymentAccounts, Payments, Refunds } from './schema/payments.ts';
import type {
  Companies,
  ConnectionMemories,
  Connections,
  DiningTables,
  LocationStatuses,
  Locations,
  PollShards,
} from './schema/places.ts';
import type { Availabilities, MenuVersions, TableSnapshots } from './schema/readings.ts';
import type { Attempts, Writes } from './schema/writes.ts';

/**
 * The tables as TypeScript sees them. Columns are snake_case like their SQL; instants are epoch milliseconds, amounts minor
 * units; both are `bigint` in SQL and safe integers here (the connection's type parser checks).
 *
 * Every row belongs to a company; the company stands first in every key.
 */
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
