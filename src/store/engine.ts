import type { Pool } from 'pg';
import type { NotifyChannel } from './store.ts';

export type Announcement = { readonly channel: NotifyChannel; readonly payload: string };

/** One of the two ways to have PostgreSQL, behind the same driver. Rows go through the pool; announcements do not. */
export interface Engine {
  readonly kind: 'embedded' | 'server';
  readonly pool: Pool;
  listen(channel: NotifyChannel, heard: (payload: string) => void): Promise<() => Promise<void>>;
  /** Tells who listens what a commit changed: those of this process at once, other processes as soon as the server says it. */
  announce(announcements: readonly Announcement[]): void;
  close(): Promise<void>;
}

/** What an engine says about itself: a lost connection, a failed checkpoint. One plain sentence, no data of guests. */
export type EngineLog = (message: string, error?: unknown) => void;

/** How long a transaction may wait for a free connection before it fails: the bound of the queue in front of the pool. */
export const connectionWaitMs = 10_000;
