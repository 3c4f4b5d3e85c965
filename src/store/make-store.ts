import { CompiledQuery, Kysely, PostgresDialect, PostgresDriver } from 'kysely';
import type { PostgresPool } from 'kysely';
import pg from 'pg';
import type { Announcement, Engine } from './engine.ts';
import { poolByName } from './prepared.ts';
import type { Database } from './schema.ts';
import type { NotifyChannel, Store, Tx } from './store.ts';

type Role = 'tableside_app' | 'tableside_entry' | 'tableside_worker';

export function makeQueries(engine: Engine): Kysely<Database> {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool: engine.pool }) });
}

/** Leaves `begin` to the first statement of the transaction, which carries it: a round trip less for every one of them. */
class StoreDriver extends PostgresDriver {
  override beginTransaction(): Promise<void> {
    return Promise.resolve();
  }
}

class StoreDialect extends PostgresDialect {
  readonly #pool: PostgresPool;
  constructor(pool: PostgresPool) {
    super({ pool });
    this.#pool = pool;
  }
  override createDriver() {
    return new StoreDriver({ pool: this.#pool });
  }
}

/** What a transaction will have changed, by its text: told once it is committed, never when it is rolled back. */
const announcements = new WeakMap<Tx, Map<string, Announcement>>();

/** Puts the three roles in front of an engine. The login itself never reads a row for anybody. */
export function makeStore(engine: Engine): Store {
  const db = new Kysely<Database>({ dialect: new StoreDialect(poolByName(engine.pool)) });
  async function transact<Value>(begin: string, act: (tx: Tx) => Promise<Value>): Promise<Value> {
    const said = new Map<string, Announcement>();
    const value = await db.transaction().execute(async (tx) => {
      announcements.set(tx, said);
      await tx.executeQuery(CompiledQuery.raw(begin));
      return act(tx);
    });
    if (said.size > 0) engine.announce([...said.values()]);
    return value;
  }
  return {
    engine: engine.kind,
    asCompany(companyId, act) {
      if (companyId === '') throw new Error('a company is needed to see its rows');
      return transact(beginAs('tableside_app', companyId), act);
    },
    asEntry: (act) => transact(beginAs('tableside_entry', ''), act),
    asWorker: (act) => transact(beginAs('tableside_worker', ''), act),
    asOwner: (act) => transact('begin', act),
    listen: (channel, heard) => engine.listen(channel, heard),
    close: () => engine.close(),
  };
}

/**
 * One message, so that nothing runs in the transaction before its role. Role and company are local to it: a connection that goes
 * back to the pool has neither. `companyId` is empty for the roles that belong to none; row-level security shows nothing to an empty
 * company.
 */
function beginAs(role: Role, companyId: string): string {
  const company = pg.escapeLiteral(companyId);
  return `begin; select set_config('role', '${role}', true), set_config('tableside.company', ${company}, true)`;
}

/** Announces a change once the transaction is committed; never when it is rolled back. `payload` is at most 8,000 bytes. */
export function notify(tx: Tx, channel: NotifyChannel, payload: string): Promise<void> {
  const said = announcements.get(tx);
  if (said === undefined) throw new Error('only a transaction of the store announces');
  said.set(`${channel} ${payload}`, { channel, payload });
  return Promise.resolve();
}
