import type { Tx } from '#store/store.ts';
import type { LogChannel, LogEntry } from '../../../src/store/log-channels.ts';
import { modelOf } from './database.ts';

export * from '../../../src/store/log-channels.ts';

/** Gives each entry its id and keeps none: no part of what is simulated reads a log. */
export function appendLog(
  tx: Tx,
  _channel: LogChannel,
  entries: readonly (LogEntry & { readonly sameAs?: number | null })[],
): Promise<readonly number[]> {
  const { database } = modelOf(tx);
  return Promise.resolve(
    entries.map(() => {
      const entryId = database.nextEntryId;
      database.nextEntryId += 1;
      return entryId;
    }),
  );
}
