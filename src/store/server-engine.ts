import pg from 'pg';
import type { Clock } from '#domain/time.ts';
import { connectionWaitMs } from './engine.ts';
import { makeAnnouncements } from './announcements.ts';
import type { Engine, EngineLog } from './engine.ts';
import { storeTypes } from './type-parsers.ts';

/** No statement of ours scans: one that takes longer is a bug or a sick server, and must not hold a connection. */
export const statementTimeoutMs = 10_000;
/** Row locks are held for the length of one small transaction. */
export const lockTimeoutMs = 5_000;
/**
 * A transaction never waits for anything but the database, so an idle one belongs to a process that hangs. A worker that is frozen
 * within its claim keeps the turn of every location it was looking at, so this is shorter than a lease (3 s).
 */
export const idleInTransactionTimeoutMs = 2_000;

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
  const announcements = makeAnnouncements(options);
  return {
    kind: 'server',
    pool,
    listen: (channel, heard) => announcements.listen(channel, heard),
    announce: (said) => announcements.announce(said),
    async close() {
      await announcements.close();
      await pool.end();
    },
  };
}
