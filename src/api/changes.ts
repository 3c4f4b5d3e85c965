/** What changed, as announced by the store. `orderId` is absent when the whole location changed. */
export type Change = { readonly companyId: string; readonly locationId: string; readonly orderId?: string };

/** Open event streams of this process; beyond it a new one is refused and the page falls back to asking. */
export const subscribersMax = 10_000;

/** Hands announced changes to the event streams of their location. */
export interface Changes {
  announce(change: Change): void;
  /** Undefined when `subscribersMax` is reached. */
  subscribe(companyId: string, locationId: string, heard: (change: Change) => void): (() => void) | undefined;
}

export function makeChanges(): Changes {
  const heardBy = new Map<string, Set<(change: Change) => void>>();
  let subscribers = 0;
  const placeOf = (companyId: string, locationId: string) => `${companyId} ${locationId}`;
  return {
    announce(change) {
      for (const heard of heardBy.get(placeOf(change.companyId, change.locationId)) ?? []) heard(change);
    },
    subscribe(companyId, locationId, heard) {
      if (subscribers >= subscribersMax) return undefined;
      const place = placeOf(companyId, locationId);
      const listeners = heardBy.get(place) ?? new Set();
      heardBy.set(place, listeners.add(heard));
      subscribers += 1;
      return () => {
        if (!listeners.delete(heard)) return;
        subscribers -= 1;
        if (listeners.size === 0) heardBy.delete(place);
      };
    },
  };
}

/** Reads an announcement; undefined for one this version does not understand. */
export function parseChange(payload: string): Change | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { companyId, locationId, orderId } = value as Record<string, unknown>;
  if (typeof companyId !== 'string' || typeof locationId !== 'string') return undefined;
  return { companyId, locationId, ...(typeof orderId === 'string' ? { orderId } : {}) };
}
