import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { secure } from './secure.ts';

/** What a person must look at, and who said what about it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of tables) await sql.raw(statement).execute(db);
  await secure(db, 'reconciliation_items', 'select, insert, update');
  // Append-only: nobody who serves requests can change or remove what was said.
  await secure(db, 'audit_entries', 'select, insert');
}

const tables = [
  // No list of kinds here: each part of the product adds its own in domain/reconciliation.ts. No foreign key to the order: a till
  // order that turns out to be one of ours makes way.
  `create table reconciliation_items (
    company_id text not null,
    item_id bigint generated always as identity,
    location_id text not null,
    kind text not null,
    dedupe_key text not null,
    order_id text,
    write_id bigint,
    payment_id text,
    amount_minor bigint,
    currency text,
    facts jsonb not null,
    opened_at_ms bigint not null,
    closed_at_ms bigint,
    closed_how text check (closed_how in ('healed', 'in-the-pos', 'sent-again', 'withdrawn', 'dealt-with')),
    primary key (company_id, item_id),
    foreign key (company_id, location_id) references locations,
    foreign key (company_id, write_id) references writes,
    check ((closed_at_ms is null) = (closed_how is null)),
    check ((amount_minor is null) = (currency is null))
  )`,
  `create unique index reconciliation_items_open on reconciliation_items (company_id, dedupe_key) where closed_at_ms is null`,
  `create index reconciliation_items_listed on reconciliation_items (company_id, location_id, opened_at_ms) where closed_at_ms is null`,
  `create index reconciliation_items_order on reconciliation_items (company_id, order_id)`,
  // Orders that we paid and that the POS has not shown closed yet.
  `create index orders_unconfirmed on orders (company_id, location_id, changed_at_ms)
    where state = 'settled' and snapshot ->> 'state' is distinct from 'settled'`,
  `create table audit_entries (
    company_id text not null references companies,
    entry_id bigint generated always as identity,
    at_ms bigint not null,
    user_id text not null,
    action text not null,
    subject text not null,
    reason text not null check (reason <> ''),
    facts jsonb not null,
    primary key (company_id, entry_id)
  )`,
  `create index audit_entries_subject on audit_entries (company_id, subject)`,
] as const;
