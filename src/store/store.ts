import type { Transaction } from 'kysely';
import type { Database } from './schema.ts';

/** A transaction in one of the three roles. Inside it nothing but it may touch the store: the embedded engine has one connection. */
export type Tx = Transaction<Database>;

/** What a change is announced on. Payloads are small JSON; a lost announcement costs a second (everything has a backstop), never a row. */
export type NotifyChannel = 'tableside_writes' | 'tableside_changes';

export interface Store {
  readonly engine: 'embedded' | 'server';
  /** Sees and changes the rows of one company only. */
  asCompany<Value>(companyId: string, act: (tx: Tx) => Promise<Value>): Promise<Value>;
  /** Finds the company a token, session or address belongs to. */
  asEntry<Value>(act: (tx: Tx) => Promise<Value>): Promise<Value>;
  /** Claims writes and shares polling over all companies. */
  asWorker<Value>(act: (tx: Tx) => Promise<Value>): Promise<Value>;
  /** As the process's own login, to make and drop tables (log partitions). It may be one that row-level security does not bind: never for rows. */
  asOwner<Value>(act: (tx: Tx) => Promise<Value>): Promise<Value>;
  /** Calls back for every announcement from now on; the returned function stops it. */
  listen(channel: NotifyChannel, heard: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
