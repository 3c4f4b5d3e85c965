import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** The limit of a tip is the location's own, and what a provider took instead of the sum that was asked for is kept. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of changes) await sql.raw(statement).execute(db);
}

const changes = [
  `alter table locations
    add column tip_max_percent int not null default 100 check (tip_max_percent between 0 and 1000)`,
  `alter table payments add column took_minor bigint check (took_minor >= 0)`,
] as const;
