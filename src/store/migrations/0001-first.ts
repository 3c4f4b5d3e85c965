import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * The first schema. Three roles, none of which owns a table or can bypass row-level security:
 *
 * - `tableside_app`    sees the rows of the company named in `tableside.company`, nothing when it is empty.
 * - `tableside_entry`  finds out which company a QR token, a session or an e-mail address belongs to, before one is known.
 * - `tableside_worker` claims writes and shares polling over all companies; it cannot read menus, users or payments.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const role of ['tableside_app', 'tableside_entry', 'tableside_worker']) await makeRole(db, role);
  for (const statement of tables) await sql.raw(statement).execute(db);
  for (const table of companyTables) await secure(db, table);
  for (const statement of grants) await sql.raw(statement).execute(db);
}

/**
 * Roles belong to the whole server: another database of it may have made them already, or be making them now; what is
 * there is left alone. A login that may not make roles needs them made, and granted to it, beforehand.
 */
async function makeRole(db: Kysely<unknown>, role: string): Promise<void> {
  await sql
    .raw(
      `do $$ begin
        if not exists (select from pg_roles where rolname = '${role}') then
          create role ${role} nologin nosuperuser nobypassrls;
        end if;
      exception when duplicate_object or unique_violation then null; end $$`,
    )
    .execute(db);
  await sql
    .raw(
      `do $$ begin
        if not pg_has_role(current_user, '${role}', 'member') then grant ${role} to current_user; end if;
      end $$`,
    )
    .execute(db);
}

const tables = [
  `create table companies (
    company_id text primary key,
    name text not null,
    created_at_ms bigint not null
  )`,
  `create table locations (
    company_id text not null references companies,
    location_id text not null,
    name text not null,
    time_zone text not null,
    currency text not null,
    flow text not null check (flow in ('pay-first', 'pay-later')),
    freshness_limit_ms bigint,
    menu_read_minute int not null default 300 check (menu_read_minute between 0 and 1439),
    menu_version text,
    created_at_ms bigint not null,
    primary key (company_id, location_id)
  )`,
  `create table location_statuses (
    company_id text not null,
    location_id text not null,
    state text not null check (state in ('online', 'read-only')),
    reason text,
    since_ms bigint not null,
    good_pairs_needed int not null default 1,
    draining boolean not null default false,
    flapped_at_ms jsonb not null default '[]',
    primary key (company_id, location_id),
    foreign key (company_id, location_id) references locations
  )`,
  `create table connections (
    company_id text not null,
    location_id text not null,
    connector_id text not null,
    origin text not null,
    settings jsonb not null,
    sealed_secret text not null,
    revision int not null default 1,
    write_concurrency int not null default 1 check (write_concurrency > 0),
    auth_failed_at_ms bigint,
    primary key (company_id, location_id),
    foreign key (company_id, location_id) references locations
  )`,
  `create table connection_memories (
    company_id text not null,
    location_id text not null,
    key text not null,
    value text not null,
    primary key (company_id, location_id, key),
    foreign key (company_id, location_id) references locations
  )`,
  `create table dining_tables (
    company_id text not null,
    table_id text not null,
    location_id text not null,
    name text not null,
    table_ref text not null,
    token_hash text not null unique,
    flow text check (flow in ('pay-first', 'pay-later')),
    primary key (company_id, table_id),
    unique (company_id, location_id, table_ref),
    foreign key (company_id, location_id) references locations
  )`,
  `create table menu_versions (
    company_id text not null,
    location_id text not null,
    menu_version text not null,
    menu jsonb not null,
    source_version text not null,
    read_at_ms bigint not null,
    primary key (company_id, location_id, menu_version),
    foreign key (company_id, location_id) references locations
  )`,
  `create table availabilities (
    company_id text not null,
    location_id text not null,
    snapshot jsonb not null,
    content_hash text not null,
    read_at_ms bigint not null,
    primary key (company_id, location_id),
    foreign key (company_id, location_id) references locations
  )`,
  `create table table_snapshots (
    company_id text not null,
    location_id text not null,
    tables jsonb not null,
    content_hash text not null,
    read_at_ms bigint not null,
    primary key (company_id, location_id),
    foreign key (company_id, location_id) references locations
  )`,
  `create table orders (
    company_id text not null,
    order_id text not null,
    location_id text not null,
    table_id text not null,
    flow text not null check (flow in ('pay-first', 'pay-later')),
    state text not null check (state in ('draft', 'awaiting-payment', 'open', 'settled', 'voided')),
    money_state text not null check (money_state in ('unpaid', 'part-paid', 'paid')),
    opened_by text not null check (opened_by in ('guest', 'till')),
    visit_id text,
    pos_ref text,
    joinable boolean not null default true,
    chosen_at_ms bigint,
    snapshot jsonb,
    snapshot_at_ms bigint,
    currency text not null,
    paid_minor bigint not null default 0 check (paid_minor >= 0),
    tip_minor bigint not null default 0 check (tip_minor >= 0),
    created_at_ms bigint not null,
    changed_at_ms bigint not null,
    primary key (company_id, order_id),
    foreign key (company_id, location_id) references locations,
    foreign key (company_id, table_id) references dining_tables
  )`,
  `create unique index orders_pos_ref on orders (company_id, location_id, pos_ref) where pos_ref is not null`,
  `create index orders_at_table on orders (company_id, table_id, created_at_ms) where state in ('awaiting-payment', 'open')`,
  `create index orders_in_progress on orders (company_id, location_id) where state = 'open'`,
  `create table writes (
    company_id text not null,
    write_id bigint generated always as identity,
    location_id text not null,
    lane text not null,
    kind text not null check (kind in ('create-order', 'append-round', 'mark-paid', 'send-message', 'apply-card')),
    order_id text,
    round_id text,
    payment_id text,
    payload jsonb not null,
    state text not null check (state in ('queued', 'sending', 'locked', 'backing-off', 'waiting', 'unconfirmed', 'delivered', 'refused', 'error', 'cancelled')),
    attempts_used int not null default 0,
    due_at_ms bigint not null,
    waiting_from text,
    absences int not null default 0,
    doubt_since_ms bigint,
    last_sent_at_ms bigint,
    last_ended_at_ms bigint,
    fresh_until_ms bigint,
    freshness text not null default 'fresh' check (freshness in ('fresh', 'asked', 'wanted')),
    asked_at_ms bigint,
    lease_owner text,
    lease_epoch int not null default 0,
    lease_until_ms bigint,
    error_code text,
    error_detail text,
    held_by text,
    created_at_ms bigint not null,
    changed_at_ms bigint not null,
    primary key (company_id, write_id),
    unique (write_id),
    foreign key (company_id, location_id) references locations,
    foreign key (company_id, order_id) references orders
  )`,
  // A claim reads these three: what is due, what stands before it in its lane, what a location holds.
  `create index writes_due on writes (due_at_ms, write_id) where state in ('queued', 'locked', 'backing-off', 'unconfirmed', 'error')`,
  `create index writes_lane on writes (company_id, lane, write_id) where state not in ('delivered', 'refused', 'cancelled')`,
  `create index writes_location on writes (company_id, location_id, state) where state not in ('delivered', 'refused', 'cancelled')`,
  `create index writes_leased on writes (lease_until_ms) where lease_until_ms is not null`,
  `create index writes_in_flight on writes (company_id, location_id) where lease_until_ms is not null`,
  `create index writes_fresh on writes (fresh_until_ms) where fresh_until_ms is not null and freshness <> 'wanted' and state in ('queued', 'locked', 'backing-off', 'waiting', 'error')`,
  `create index writes_order on writes (company_id, order_id)`,
  `create table attempts (
    company_id text not null,
    write_id bigint not null,
    attempt_no int not null,
    step text not null check (step in ('send', 'read-back')),
    epoch int not null,
    started_at_ms bigint not null,
    deadline_at_ms bigint not null,
    ended_at_ms bigint,
    outcome text,
    error_code text,
    error_detail text,
    primary key (company_id, write_id, attempt_no),
    foreign key (company_id, write_id) references writes
  )`,
  `create table rounds (
    company_id text not null,
    round_id text not null,
    order_id text not null,
    location_id text not null,
    by text not null check (by in ('guest', 'till')),
    lines jsonb not null,
    total_minor bigint not null,
    menu_version text not null,
    visit_id text,
    write_id bigint,
    created_at_ms bigint not null,
    primary key (company_id, round_id),
    foreign key (company_id, order_id) references orders,
    foreign key (company_id, write_id) references writes
  )`,
  `create index rounds_order on rounds (company_id, order_id, created_at_ms)`,
  `create table payments (
    company_id text not null,
    payment_id text not null,
    order_id text not null,
    location_id text not null,
    kind text not null check (kind in ('cash')),
    amount_minor bigint not null check (amount_minor >= 0),
    tip_minor bigint not null check (tip_minor >= 0),
    tip_reference text,
    currency text not null,
    bill_version text,
    user_id text not null,
    created_at_ms bigint not null,
    primary key (company_id, payment_id),
    foreign key (company_id, order_id) references orders
  )`,
  `create table idempotency_keys (
    company_id text not null references companies,
    scope text not null,
    key text not null,
    body_hash text not null,
    status int,
    answer jsonb,
    created_at_ms bigint not null,
    primary key (company_id, scope, key)
  )`,
  `create table console_users (
    company_id text not null references companies,
    user_id text not null,
    email text not null unique,
    name text not null,
    role text not null check (role in ('owner')),
    password_hash text not null,
    primary key (company_id, user_id)
  )`,
  `create table console_sessions (
    company_id text not null,
    session_hash text not null,
    user_id text not null,
    created_at_ms bigint not null,
    expires_at_ms bigint not null,
    primary key (company_id, session_hash),
    foreign key (company_id, user_id) references console_users
  )`,
  `create index console_sessions_hash on console_sessions (session_hash)`,
  `create table poll_shards (
    shard int primary key,
    owner text,
    epoch int not null default 0,
    lease_until_ms bigint not null default 0
  )`,
] as const;

const companyTables = [
  'companies',
  'locations',
  'location_statuses',
  'connections',
  'connection_memories',
  'dining_tables',
  'menu_versions',
  'availabilities',
  'table_snapshots',
  'orders',
  'rounds',
  'writes',
  'attempts',
  'payments',
  'idempotency_keys',
  'console_users',
  'console_sessions',
] as const;

/** Row-level security on and forced, so that not even the tables' owner reads across companies without a policy. */
async function secure(db: Kysely<unknown>, table: string): Promise<void> {
  await sql.raw(`alter table ${table} enable row level security`).execute(db);
  await sql.raw(`alter table ${table} force row level security`).execute(db);
  const mine = `company_id = nullif(current_setting('tableside.company', true), '')`;
  await sql
    .raw(`create policy company on ${table} to tableside_app using (${mine}) with check (${mine})`)
    .execute(db);
  await sql.raw(`grant select, insert, update, delete on ${table} to tableside_app`).execute(db);
}

const grants = [
  // Entry: from a token, a session or an address to its company, and nothing else of the row.
  `create policy entry on dining_tables for select to tableside_entry using (true)`,
  `grant select (company_id, table_id, location_id, token_hash) on dining_tables to tableside_entry`,
  `create policy entry on console_users for select to tableside_entry using (true)`,
  `grant select (company_id, user_id, email, password_hash) on console_users to tableside_entry`,
  `create policy entry on console_sessions for select to tableside_entry using (true)`,
  `grant select (company_id, user_id, session_hash, expires_at_ms) on console_sessions to tableside_entry`,
  // Worker: the queue and the shares of polling.
  `create policy worker on writes to tableside_worker using (true) with check (true)`,
  `grant select, update on writes to tableside_worker`,
  `create policy worker on attempts to tableside_worker using (true) with check (true)`,
  `grant select, insert, update on attempts to tableside_worker`,
  `create policy worker on location_statuses for select to tableside_worker using (true)`,
  `grant select on location_statuses to tableside_worker`,
  `create policy worker on locations for select to tableside_worker using (true)`,
  `grant select (company_id, location_id, time_zone, menu_read_minute) on locations to tableside_worker`,
  `create policy worker on connections for select to tableside_worker using (true)`,
  `grant select (company_id, location_id, connector_id, revision, write_concurrency, auth_failed_at_ms) on connections to tableside_worker`,
  `create policy worker on orders for select to tableside_worker using (true)`,
  `grant select (company_id, order_id, pos_ref) on orders to tableside_worker`,
  `grant select, insert, update on poll_shards to tableside_worker`,
] as const;
