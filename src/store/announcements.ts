import pg from 'pg';
import type { Clock, Timer } from '#domain/time.ts';
import { connectionWaitMs } from './engine.ts';
import type { Announcement, EngineLog } from './engine.ts';
import { makeListeners } from './listeners.ts';
import type { Listeners } from './listeners.ts';
import type { NotifyChannel } from './store.ts';

/** Pause before a lost announcement connection is made again. The backstops of those who listen are about as long. */
export const listenRetryMs = 1_000;
/** Different announcements that wait for the server at a time; beyond it they are left to the backstops. */
const unsentMax = 10_000;

export type AnnouncementsOptions = {
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly log: EngineLog;
};

/**
 * Processes that share a server tell each other what was committed, each over one connection of its own.
 *
 * Announcements follow the commit in a statement of their own. PostgreSQL lets no two transactions that notify commit at the same
 * time, the wait for the disk included: inside the transactions they would take turns at some hundred commits a second, whatever the
 * machine. A statement that only notifies waits for no disk, and one carries whatever came up while the one before was under way.
 */
export function makeAnnouncements(options: AnnouncementsOptions) {
  const listeners = makeListeners();
  const connection = makeConnection(options, listeners);
  const unsent = new Map<string, Announcement>();
  let sending: Promise<void> | undefined;

  async function send(): Promise<void> {
    while (unsent.size > 0) {
      const batch = [...unsent.values()];
      unsent.clear();
      const client = await connection.connected();
      await client.query({
        name: 'announce',
        text: 'select pg_notify(channel, payload) from unnest($1::text[], $2::text[]) as said (channel, payload)',
        values: [batch.map(({ channel }) => channel), batch.map(({ payload }) => payload)],
      });
    }
  }

  function sendSoon(): void {
    sending ??= send()
      .catch((error: unknown) => options.log('announcements were lost', error))
      .finally(() => {
        sending = undefined;
        if (unsent.size > 0) sendSoon();
      });
  }

  return {
    async listen(channel: NotifyChannel, heard: (payload: string) => void): Promise<() => Promise<void>> {
      const forget = listeners.add(channel, heard);
      // A connection made before this channel was known does not listen to it yet; saying it twice is harmless.
      await (await connection.connected()).query(`listen ${channel}`);
      return () => Promise.resolve(forget());
    },
    announce(announcements: readonly Announcement[]): void {
      for (const announcement of announcements) {
        listeners.tell(announcement);
        if (unsent.size < unsentMax) unsent.set(JSON.stringify(announcement), announcement);
      }
      sendSoon();
    },
    async close(): Promise<void> {
      while (sending !== undefined) await sending;
      await connection.close();
    },
  };
}

/** Made on first use, listens to whatever somebody here listens to, and is made again whenever it breaks. */
function makeConnection(options: AnnouncementsOptions, listeners: Listeners) {
  let client: pg.Client | undefined;
  let connecting: Promise<pg.Client> | undefined;
  let retry: Timer | undefined;
  let closed = false;

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client({
      connectionString: options.databaseUrl,
      application_name: 'tableside announcements',
      connectionTimeoutMillis: connectionWaitMs,
      query_timeout: connectionWaitMs,
      keepAlive: true,
    });
    let ownPid: number | undefined;
    fresh.on('notification', ({ channel, payload = '', processId }) => {
      // Our own were told when they were committed.
      if (processId !== ownPid) listeners.tell({ channel: channel as NotifyChannel, payload });
    });
    fresh.on('error', (error) => lose(fresh, error));
    fresh.on('end', () => lose(fresh));
    await fresh.connect();
    const { rows } = await fresh.query<{ pid: number }>('select pg_backend_pid() as pid');
    ownPid = rows[0]?.pid;
    for (const channel of listeners.channels()) await fresh.query(`listen ${channel}`);
    client = fresh;
    return fresh;
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
      connected().catch((error: unknown) => {
        options.log('the connection for announcements cannot be made', error);
        reconnectLater();
      });
    });
  }

  function connected(): Promise<pg.Client> {
    if (client !== undefined) return Promise.resolve(client);
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
    return connecting;
  }

  return {
    connected,
    async close(): Promise<void> {
      closed = true;
      retry?.cancel();
      await connecting?.catch(() => undefined);
      await client?.end();
    },
  };
}
