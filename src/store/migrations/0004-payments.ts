import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { secure } from './secure.ts';

/**
 * Money from guests: cash, card terminal and online checkout are rows of one table and go through one state machine
 * (`domain/payment.ts`). What a payment provider is asked to give back has rows of its own.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of changes) await sql.raw(statement).execute(db);
  for (const statement of tables) await sql.raw(statement).execute(db);
  for (const table of ['payment_accounts', 'refunds', 'chargebacks'])
    await secure(db, table, 'select, insert, update');
  for (const statement of grants) await sql.raw(statement).execute(db);
}

const tables = [
  `create table payment_accounts (
    company_id text not null references companies,
    account_id text not null,
    provider_id text not null,
    name text not null,
    api_url text,
    sealed_credentials text not null,
    revision int not null default 1,
    created_at_ms bigint not null,
    primary key (company_id, account_id)
  )`,
  `alter table locations add foreign key (company_id, payment_account_id) references payment_accounts`,
  `alter table payments add foreign key (company_id, account_id) references payment_accounts`,
  `create table refunds (
    company_id text not null,
    refund_id text not null,
    payment_id text not null,
    order_id text not null,
    location_id text not null,
    state text not null check (state in ('created', 'unconfirmed', 'queued', 'pending', 'processing', 'refunded', 'failed', 'canceled')),
    amount_minor bigint not null check (amount_minor > 0),
    currency text not null,
    reason text not null,
    user_id text,
    provider_ref text,
    error_detail text,
    created_at_ms bigint not null,
    changed_at_ms bigint not null,
    primary key (company_id, refund_id),
    foreign key (company_id, payment_id) references payments
  )`,
  `create index refunds_payment on refunds (company_id, payment_id)`,
  // Two refunds at once are the dangerous case: both would be executed.
  `create unique index refunds_in_flight on refunds (company_id, payment_id) where state in ('created', 'unconfirmed')`,
  `create table chargebacks (
    company_id text not null,
    payment_id text not null,
    provider_ref text not null,
    amount_minor bigint not null,
    created_at_ms bigint not null,
    reversed_at_ms bigint,
    primary key (company_id, payment_id, provider_ref),
    foreign key (company_id, payment_id) references payments
  )`,
] as const;

const changes = [
  `alter table locations
    add column payment_account_id text,
    add column payment_mode text not null default 'live' check (payment_mode in ('live', 'test')),
    add column tip_percents jsonb not null default '[5, 10, 15]',
    add column donation jsonb,
    add column auto_refund boolean not null default false,
    add column day_starts_minute int not null default 300 check (day_starts_minute between 0 and 1439),
    add column venue jsonb`,
  `alter table orders add column covered_minor bigint check (covered_minor >= 0)`,
  `alter table payments drop constraint payments_kind_check`,
  `alter table payments add constraint payments_kind_check check (kind in ('cash', 'terminal', 'online', 'third-party'))`,
  `alter table payments alter column user_id drop not null`,
  `alter table payments
    add column payment_no bigint generated always as identity,
    add column state text not null default 'paid'
      check (state in ('created', 'unconfirmed', 'open', 'paid', 'failed', 'canceled', 'expired')),
    add column donation_minor bigint not null default 0 check (donation_minor >= 0),
    add column counts boolean not null default true,
    add column surplus_minor bigint not null default 0 check (surplus_minor >= 0),
    add column refunded_minor bigint not null default 0 check (refunded_minor >= 0),
    add column share jsonb not null default '{"kind":"all"}',
    add column line_amounts jsonb not null default '[]',
    add column locked_until_ms bigint,
    add column visit_id text,
    add column waiter_id text,
    add column waiter_name text,
    add column attempt_token text unique,
    add column account_id text,
    add column provider_ref text,
    add column checkout_url text,
    add column expires_at_ms bigint,
    add column paid_with text,
    add column failure_reason text,
    add column paid_at_ms bigint,
    add column check_from_ms bigint,
    add column check_at_ms bigint,
    add column synced_at_ms bigint,
    add column receipt_token text unique,
    add column receipt jsonb`,
  `update payments set paid_at_ms = created_at_ms`,
  `create index payments_order on payments (company_id, order_id)`,
  `create index payments_paid on payments (company_id, location_id, paid_at_ms) where paid_at_ms is not null`,
  `create index payments_check on payments (check_at_ms) where check_at_ms is not null`,
  `create unique index payments_provider_ref on payments (company_id, account_id, provider_ref) where provider_ref is not null`,
] as const;

const grants = [
  // Entry: a webhook and a receipt's link name a payment, and so its company.
  `create policy entry on payments for select to tableside_entry using (true)`,
  `grant select (company_id, payment_id, attempt_token, receipt_token) on payments to tableside_entry`,
  // Worker: which payments are due to be looked at; what they are about it cannot read.
  `create policy worker on payments to tableside_worker using (true) with check (true)`,
  `grant select (company_id, payment_id, check_at_ms), update (check_at_ms) on payments to tableside_worker`,
] as const;
