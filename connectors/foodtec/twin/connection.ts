import type { StoreDefinition } from '#acceptance/store-definition.ts';

/** The client that a twin registers when nobody names others. */
export const defaultClient = { username: 'tableside', password: 'oak-street-demo' } as const;

/** Settings and secret with which a connector reaches the twin. `origin` as in `https://127.0.0.1:8082`. */
export function connectionTo(
  store: StoreDefinition,
  at: { readonly origin: string; readonly username?: string; readonly password?: string },
) {
  return {
    settings: { endpoint: at.origin, source: 'Third Party', orderType: 'Pickup', store },
    secret: {
      username: at.username ?? defaultClient.username,
      password: at.password ?? defaultClient.password,
    },
  };
}
