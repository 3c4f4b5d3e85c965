import type { NotifyChannel, Store, Tx } from '#store/store.ts';
import { ModelTx, asTx, modelOf } from './database.ts';
import type { ModelDatabase } from './database.ts';

export * from '../../../src/store/make-store.ts';

export function notify(tx: Tx, channel: NotifyChannel, payload: string): Promise<void> {
  const model = modelOf(tx);
  model.announcements ??= new Map();
  model.announcements.set(`${channel} ${payload}`, { channel, payload });
  return Promise.resolve();
}

/**
 * The store in memory, for the simulation. Transactions run one after the other, as on the embedded engine's one connection: the
 * simulation lets nothing else happen between the first and the last word of one. What throws is taken back whole.
 */
export function makeModelStore(database: ModelDatabase): Store {
  const listeners = new Set<{
    readonly channel: NotifyChannel;
    readonly heard: (payload: string) => void;
  }>();
  let running = false;

  async function transact<Value>(companyId: string | null, act: (tx: Tx) => Promise<Value>): Promise<Value> {
    if (running) throw new Error('a transaction began inside another: it waited for something but the store');
    running = true;
    if (database.movedWrites.size > 0) database.movedWrites.clear();
    const tx = new ModelTx(database, companyId);
    try {
      const value = await act(asTx(tx));
      database.changedLast = database.undo.length > 0;
      database.undo.length = 0;
      for (const { channel, payload } of tx.announcements?.values() ?? [])
        for (const listener of listeners) if (listener.channel === channel) listener.heard(payload);
      return value;
    } catch (error) {
      database.changedLast = false;
      while (database.undo.length > 0) database.undo.pop()?.();
      database.movedWrites.clear();
      throw error;
    } finally {
      running = false;
    }
  }

  return {
    engine: 'embedded',
    asCompany(companyId, act) {
      if (companyId === '') throw new Error('a company is needed to see its rows');
      return transact(companyId, act);
    },
    asEntry: (act) => transact(null, act),
    asWorker: (act) => transact(null, act),
    asOwner: (act) => transact(null, act),
    listen(channel, heard) {
      const listener = { channel, heard };
      listeners.add(listener);
      return Promise.resolve(() => {
        listeners.delete(listener);
        return Promise.resolve();
      });
    },
    close: () => Promise.resolve(),
  };
}
