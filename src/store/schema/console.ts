import type { Generated } from 'kysely';
import type { Currency } from '#domain/money.ts';
import type { ReconciliationEnd, ReconciliationFacts, ReconciliationKind } from '#domain/reconciliation.ts';
import type { Reference } from '#domain/reference.ts';
import type { Json } from './json.ts';

export type ConsoleUsers = {
  company_id: string;
  user_id: string;
  /** Lower case; unique over all companies. */
  email: string;
  name: string;
  role: 'owner';
  password_hash: string;
};

export type ConsoleSessions = {
  company_id: string;
  /** SHA-256 of the cookie's value, hex. */
  session_hash: string;
  user_id: string;
  created_at_ms: number;
  expires_at_ms: number;
};

/** Something a person must look at, until the POS shows it healed or somebody said that it was dealt with. */
export type ReconciliationItems = {
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
export type AuditEntries = {
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
