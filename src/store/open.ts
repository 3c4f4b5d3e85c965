import type { Clock } from '#domain/time.ts';
import { openDirectoryEngine } from './embedded-engine.ts';
import type { Engine, EngineLog } from './engine.ts';
import { makeQueries, makeStore } from './make-store.ts';
import { listPendingMigrations, migrate } from './migrate.ts';
import { openServerEngine } from './server-engine.ts';
import type { Store } from './store.ts';

export type StoreOptions = {
  /** A PostgreSQL server. Absent: the embedded database in `directory`. */
  readonly databaseUrl?: string;
  readonly directory: string;
  readonly clock: Clock;
  readonly log?: EngineLog;
  /** Connections to a server; the embedded database has one. */
  readonly connections?: number;
  /** `check` refuses to open a database that is not up to date: for a login that may not change tables. */
  readonly migrations?: 'run' | 'check';
};

const defaultConnections = 10;

/** Opens the store and brings its schema up to date. Throws when the database cannot be reached or may not be used. */
export async function openStore(options: StoreOptions): Promise<Store> {
  return storeOnEngine(await openEngine(options), options.migrations ?? 'run');
}

function openEngine(options: StoreOptions): Promise<Engine> {
  const log = options.log ?? (() => undefined);
  if (options.databaseUrl === undefined) {
    return openDirectoryEngine({ directory: options.directory, clock: options.clock, log });
  }
  return Promise.resolve(
    openServerEngine({
      databaseUrl: options.databaseUrl,
      connections: options.connections ?? defaultConnections,
      clock: options.clock,
      log,
    }),
  );
}

/** The last step of opening, shared with tests that bring an engine of their own. */
export async function storeOnEngine(engine: Engine, migrations: 'run' | 'check'): Promise<Store> {
  try {
    const db = makeQueries(engine);
    if (migrations === 'run') await migrate(db);
    else {
      const pending = await listPendingMigrations(db);
      if (pending.length > 0)
        throw new Error(`the database is not up to date; run "tableside migrate" (${pending.join(', ')})`);
    }
    return makeStore(engine);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
