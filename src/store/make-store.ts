import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Engine } from './engine.ts';
import type { Database } from './schema.ts';
import type { NotifyChannel, Store, Tx } from './store.ts';

type Role = 'tableside_app' | 'tableside_entry' | 'tableside_worker';

export function makeQueries(engine: Engine): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: engine.pool }) });
}

/** Puts the three roles in front of an engine. The login itself never reads a row for anybody. */
export function makeStore(engine: Engine, db: Kysely<Database>): Store {
  /** `companyId` is empty for the roles that belong to none; row-level security shows nothing to an empty company. */
  function transact<Value>(role: Role, companyId: string, act: (tx: Tx) => Promise<Value>): Promise<Value> {
    return db.transaction().execute(async (tx) => {
      // Local to the transaction: a connection that goes back to the pool has neither role nor company.
      await sql`select set_config('role', ${role}, true), set_config('tableside.company', ${companyId}, true)`.execute(
        tx,
      );
      return act(tx);
    });
  }
  return {
    engine: engine.kind,
    asCompany(companyId, act) {
      if (companyId === '') throw new Error('a company is needed to see its rows');
      return transact('tableside_app', companyId, act);
    },
    asEntry: (act) => transact('tableside_entry', '', act),
    asWorker: (act) => transact('tableside_worker', '', act),
    asOwner: (act) => db.transaction().execute(act),
    listen: (channel, heard) => engine.listen(channel, heard),
    close: () => engine.close(),
  };
}

/** Announces a change with the transaction: heard when it commits, never when it rolls back. `payload` is at most 8,000 bytes. */
export async function notify(tx: Tx, channel: NotifyChannel, payload: string): Promise<void> {
  await sql`select pg_notify(${channel}, ${payload})`.execute(tx);
}
