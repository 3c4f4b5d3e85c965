import type { Announcement } from './engine.ts';
import type { NotifyChannel } from './store.ts';

type Heard = (payload: string) => void;

/** Those of this process who listen, by channel. */
export interface Listeners {
  /** Channels that somebody ever listened to. */
  channels(): Iterable<NotifyChannel>;
  add(channel: NotifyChannel, heard: Heard): () => void;
  /** Calls back after the caller went on: what a listener does is no part of the commit that it hears of. */
  tell(announcement: Announcement): void;
}

export function makeListeners(): Listeners {
  const heardBy = new Map<NotifyChannel, Set<Heard>>();
  return {
    channels: () => heardBy.keys(),
    add(channel, heard) {
      const heards = heardBy.get(channel) ?? new Set<Heard>();
      heardBy.set(channel, heards.add(heard));
      return () => void heards.delete(heard);
    },
    tell({ channel, payload }) {
      for (const heard of heardBy.get(channel) ?? []) queueMicrotask(() => heard(payload));
    },
  };
}
