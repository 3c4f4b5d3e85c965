import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/**
 * Row-level security on and forced, so that not even the table's owner reads across companies without a policy. `may`: what those
 * who serve requests may do with their company's rows.
 */
export async function secure(db: Kysely<unknown>, table: string, may: string): Promise<void> {
  await sql.raw(`alter table ${table} enable row level security`).execute(db);
  await sql.raw(`alter table ${table} force row level security`).execute(db);
  const mine = `company_id = nullif(current_setting('tableside.company', true), '')`;
  await sql
    .raw(`create policy company on ${table} to tableside_app using (${mine}) with check (${mine})`)
    .execute(db);
  await sql.raw(`grant ${may} on ${table} to tableside_app`).execute(db);
}
