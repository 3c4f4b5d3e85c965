import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { secure } from './secure.ts';

/** Orders that third parties post: who may post where, how a location takes them, and what was posted. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...changes, ...tables]) await sql.raw(statement).execute(db);
  for (const table of ['intake_clients', 'intake_profiles', 'intake_names', 'intake_orders'])
    await secure(db, table, 'select, insert, update, delete');
  for (const statement of grants) await sql.raw(statement).execute(db);
}

const changes = [
  `alter table orders drop constraint orders_opened_by_check`,
  `alter table orders add constraint orders_opened_by_check check (opened_by in ('guest', 'till', 'third-party'))`,
] as const;

const tables = [
  `create table intake_clients (
    company_id text not null,
    client_id text not null,
    location_id text not null,
    name text not null,
    username text not null unique,
    password_hash text not null,
    created_at_ms bigint not null,
    revoked_at_ms bigint,
    primary key (company_id, client_id),
    foreign key (company_id, location_id) references locations
  )`,
  `create table intake_profiles (
    company_id text not null,
    location_id text not null,
    profile jsonb not null,
    revision int not null default 1,
    primary key (company_id, location_id),
    foreign key (company_id, location_id) references locations
  )`,
  `create table intake_names (
    company_id text not null,
    location_id text not null,
    kind text not null check (kind in ('category', 'item', 'size', 'ingredient', 'qualifier')),
    within_id text not null,
    name text not null,
    target_id text,
    units int check (units >= 0),
    primary key (company_id, location_id, kind, within_id, name),
    foreign key (company_id, location_id) references intake_profiles
  )`,
  `create table intake_orders (
    company_id text not null,
    intake_id text not null,
    location_id text not null,
    client_id text not null,
    order_num bigint generated always as identity,
    external_ref text not null,
    external_number text,
    state text not null check (state in ('suspended', 'placed', 'voided')),
    posted text not null,
    answer text not null,
    missing jsonb not null,
    order_id text,
    sent_minor bigint,
    promised_minor bigint,
    defer_at_ms bigint,
    coupons jsonb not null default '[]',
    currency text not null,
    created_at_ms bigint not null,
    changed_at_ms bigint not null,
    primary key (company_id, intake_id),
    unique (company_id, client_id, external_ref),
    foreign key (company_id, location_id) references locations,
    foreign key (company_id, client_id) references intake_clients,
    foreign key (company_id, order_id) references orders
  )`,
  `create index intake_orders_listed on intake_orders (company_id, location_id, created_at_ms)`,
  `create index intake_orders_number on intake_orders (company_id, external_number) where external_number is not null`,
  `create index intake_orders_deferred on intake_orders (company_id, location_id, defer_at_ms) where defer_at_ms is not null`,
  `create index intake_orders_coupons on intake_orders using gin (coupons jsonb_path_ops) where coupons <> '[]'`,
  `create index intake_orders_order on intake_orders (company_id, order_id) where order_id is not null`,
] as const;

const grants = [
  // Entry: from a username to its company, and whether the password is right.
  `create policy entry on intake_clients for select to tableside_entry using (true)`,
  `grant select (company_id, client_id, location_id, username, password_hash, revoked_at_ms) on intake_clients to tableside_entry`,
] as const;
