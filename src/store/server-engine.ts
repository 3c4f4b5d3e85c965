import pg from 'pg';
import type { Clock, Timer } from '#domain/time.ts';
import { connectionWaitMs } from './engine.ts';
import type { Engine, EngineLog } from './engine.ts';
import type { NotifyChannel } from './store.ts';
import { storeTypes } from './type-parsers.ts';

/** No statement of ours scans: one that takes longer is a bug or a sick server, and must not hold a connection. */
export const statementTimeoutMs = 10_000;
/** Row locks are held for the length of one small transaction. */
export const lockTimeoutMs = 5_000;
/** A transaction never waits for anything but the database, so an idle one belongs to a process that hangs. */
export const idleInTransactionTimeoutMs = 15_000;
/** Pause before a lost announcement connection is made again. The backstops of those who listen are about as long. */
export const listenRetryMs = 1_000;

export type ServerEngineOptions = {
  readonly databaseUrl: string;
  readonly connections: number;
  readonly clock: Clock;
  readonly log: EngineLog;
};

/** A PostgreSQL server (15 or newer), shared with other processes. */
export function openServerEngine(options: ServerEngineOptions): Engine {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    application_name: 'tableside',
    max: options.connections,
    connectionTimeoutMillis: connectionWaitMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: lockTimeoutMs,
    idle_in_transaction_session_timeout: idleInTransactionTimeoutMs,
    types: storeTypes,
  });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => options.log('an idle database connection broke', error));
  // One that breaks between two statements of a transaction has no listener of the pool's: its next statement fails, which is
  // how whoever holds it learns.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const listeners = makeListeners(options);
  return {
    kind: 'server',
    pool,
    listen: (channel, heard) => listeners.listen(channel, heard),
    async close() {
      await listeners.close();
      await pool.end();
    },
  };
}

type Heard = (payload: string) => void;

/** One connection of its own for all announcements, made on the first `listen` and made again whenever it breaks. */
function makeListeners(options: ServerEngineOptions) {
  const heardBy = new Map<string, Set<Heard>>();
  let client: pg.Client | undefined;
  let connecting: Promise<void> | undefined;
  let retry: Timer | undefined;
  let closed = false;

  async function connect(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: options.databaseUrl,
      application_name: 'tableside listen',
      connectionTimeoutMillis: connectionWaitMs,
      keepAlive: true,
    });
    fresh.on('notification', (message) => {
      for (const heard of heardBy.get(message.channel) ?? []) heard(message.payload ?? '');
    });
    fresh.on('error', (error) => lose(fresh, error));
    fresh.on('end', () => lose(fresh));
    await fresh.connect();
    for (const channel of heardBy.keys()) await fresh.query(`listen ${channel}`);
    client = fresh;
  }

  function lose(lost: pg.Client, error?: Error): void {
    if (closed || client !== lost) return;
    client = undefined;
    options.log('the connection for announcements broke', error);
    reconnectLater();
  }

  function reconnectLater(): void {
    if (closed) return;
    retry?.cancel();
    retry = options.clock.after(listenRetryMs, () => {
      connectOnce().catch((error: unknown) => {
        options.log('the connection for announcements cannot be made', error);
        reconnectLater();
      });
    });
  }

  function connectOnce(): Promise<void> {
    if (client !== undefined) return Promise.resolve();
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
    return connecting;
  }

  return {
    async listen(channel: NotifyChannel, heard: Heard): Promise<() => Promise<void>> {
      const known = heardBy.get(channel);
      const heards = known ?? new Set<Heard>();
      heards.add(heard);
      heardBy.set(channel, heards);
      await connectOnce();
      // A connection made before this channel was known does not listen to it yet; saying it twice is harmless.
      await client?.query(`listen ${channel}`);
      return () => {
        heards.delete(heard);
        return Promise.resolve();
      };
    },
    async close(): Promise<void> {
      closed = true;
      retry?.cancel();
      await connecting?.catch(() => undefined);
      await client?.end();
    },
  };
}
