import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import pg from 'pg';
import type { Clock, Timer } from '#domain/time.ts';
import { lockDirectory } from './directory-lock.ts';
import { connectionWaitMs } from './engine.ts';
import type { Engine, EngineLog } from './engine.ts';
import { FsyncFilesystem, durableStartParams } from './fsync-filesystem.ts';
import type { FsyncCounter } from './fsync-filesystem.ts';
import { makeListeners } from './listeners.ts';
import { storeTypes } from './type-parsers.ts';

/** Nothing checkpoints or vacuums by itself in single-user mode: the log would grow for ever and a restart take minutes. */
export const checkpointMs = 60_000;
export const vacuumMs = 10 * 60_000;
/** Tables whose rows change often enough to leave dead ones behind. */
const vacuumed = [
  'writes',
  'attempts',
  'orders',
  'location_statuses',
  'poll_shards',
  'connection_memories',
  'console_sessions',
];

/**
 * PostgreSQL inside this process, in memory: for tests whose subject is not durability. Begins with the image's content where one
 * is given, which is ten times quicker than an empty start.
 */
export async function openMemoryEngine(log: EngineLog, image?: Blob): Promise<Engine> {
  const database = await PGlite.create(image === undefined ? {} : { loadDataDir: image });
  return makeEmbeddedEngine(database, log, () => Promise.resolve());
}

/** An in-memory database after `prepare`, to begin others with. */
export async function makeMemoryImage(
  log: EngineLog,
  prepare: (engine: Engine) => Promise<unknown>,
): Promise<Blob> {
  const database = await PGlite.create();
  const engine = makeEmbeddedEngine(database, log, () => Promise.resolve());
  await prepare(engine);
  await engine.pool.end();
  const image = await database.dumpDataDir('none');
  await database.close();
  return image;
}

export type DirectoryEngineOptions = {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: EngineLog;
  /** For the test that shows what the self-test is for: `none` opens the directory the way PGlite does by default. */
  readonly fsyncHook?: 'installed' | 'none';
};

/**
 * PostgreSQL inside this process, on a directory, with everything that makes a commit survive a power cut: the fsync hook and a
 * self-test that refuses to start without it, one process at a time, checkpoints and vacuums by the clock.
 */
export async function openDirectoryEngine(options: DirectoryEngineOptions): Promise<Engine> {
  const { directory, log } = options;
  const lock = lockDirectory(directory);
  const fsyncs: FsyncCounter = { count: 0 };
  try {
    const fs = options.fsyncHook === 'none' ? new NodeFS(directory) : new FsyncFilesystem(directory, fsyncs);
    const database = await PGlite.create({ fs, startParams: [...durableStartParams] });
    await testDurability(database, fsyncs);
    const upkeep = startUpkeep(options.clock, database, log);
    return makeEmbeddedEngine(database, log, async () => {
      await upkeep.stop();
      lock.release();
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** One commit must reach fsync. An upgrade that moves the hook point is found out here, not in the first power cut. */
async function testDurability(database: PGlite, fsyncs: FsyncCounter): Promise<void> {
  await database.exec('create table if not exists tableside_selftest (at timestamptz not null)');
  const before = fsyncs.count;
  await database.exec(
    'begin; delete from tableside_selftest; insert into tableside_selftest values (now()); commit',
  );
  if (fsyncs.count > before) return;
  await database.close();
  throw new Error(
    'the embedded database does not write its commits to disk (self-test: no fsync after a commit); not starting',
  );
}

function startUpkeep(clock: Clock, database: PGlite, log: EngineLog): { stop(): Promise<void> } {
  let running = Promise.resolve();
  const timers = new Map<string, Timer>();
  function every(name: string, delayMs: number, act: () => Promise<unknown>): void {
    timers.set(
      name,
      clock.after(delayMs, () => {
        running = running.then(act).then(
          () => undefined,
          (error: unknown) => log(`${name} of the embedded database failed`, error),
        );
        void running.then(() => {
          if (timers.has(name)) every(name, delayMs, act);
        });
      }),
    );
  }
  // Outside transactions of the pool: PGlite runs one statement at a time and waits for the pool's turn to end.
  every('checkpoint', checkpointMs, () => database.exec('checkpoint'));
  every('vacuum', vacuumMs, async () => {
    for (const table of vacuumed) await database.exec(`vacuum (analyze) ${table}`);
  });
  return {
    async stop() {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
      await running;
    },
  };
}

/**
 * Puts the driver's pool in front of PGlite. One connection: PGlite has one session, so everything that runs at the same
 * time waits for its turn, and nothing may use PGlite directly while the pool is in a transaction.
 */
function makeEmbeddedEngine(database: PGlite, log: EngineLog, closing: () => Promise<void>): Engine {
  const pool = new pg.Pool(
    Object.assign(createPgConfig(database), {
      max: 1,
      // The one connection is never idled out: there is nothing to save by making it again.
      idleTimeoutMillis: 0,
      connectionTimeoutMillis: connectionWaitMs,
      types: storeTypes,
    }),
  );
  pool.on('error', (error) => log('the embedded database connection broke', error));
  const listeners = makeListeners();
  return {
    kind: 'embedded',
    pool,
    // One process, so that there is nobody else to tell.
    listen(channel, heard) {
      const forget = listeners.add(channel, heard);
      return Promise.resolve(() => Promise.resolve(forget()));
    },
    announce(announcements) {
      for (const announcement of announcements) listeners.tell(announcement);
    },
    async close() {
      await pool.end();
      await closing();
      if (!database.closed) await database.close();
    },
  };
}
