import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import * as first from './migrations/0001-first.ts';
import * as reconciliation from './migrations/0002-reconciliation.ts';
import * as intake from './migrations/0003-intake.ts';
import * as payments from './migrations/0004-payments.ts';
import * as paymentSettings from './migrations/0005-payment-settings.ts';
import * as intakeNumbers from './migrations/0006-intake-numbers.ts';
import * as paymentCovers from './migrations/0007-payment-covers.ts';
import * as intakeSearch from './migrations/0008-intake-search.ts';
import type { Database } from './schema.ts';

/** Every migration by name, oldest first. Named in code: what is applied must not depend on which files lie in a folder. */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-reconciliation': reconciliation,
  '0003-intake': intake,
  '0004-payments': payments,
  '0005-payment-settings': paymentSettings,
  '0006-intake-numbers': intakeNumbers,
  '0007-payment-covers': paymentCovers,
  '0008-intake-search': intakeSearch,
};

/**
 * Brings the schema up to date and returns what was applied. Two processes that start together are safe: the migrator
 * holds an advisory lock, the second waits and finds nothing left to do.
 */
export async function migrate(db: Kysely<Database>): Promise<readonly string[]> {
  const { error, results } = await makeMigrator(db).migrateToLatest();
  if (error !== undefined) throw new Error('the database could not be brought up to date', { cause: error });
  return (results ?? [])
    .filter((result) => result.status === 'Success')
    .map((result) => result.migrationName);
}

/** Names of the migrations that this database has not seen yet. */
export async function listPendingMigrations(db: Kysely<Database>): Promise<readonly string[]> {
  const known = await makeMigrator(db).getMigrations();
  return known.filter((one) => one.executedAt === undefined).map((one) => one.name);
}

function makeMigrator(db: Kysely<Database>): Migrator {
  return new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } });
}
