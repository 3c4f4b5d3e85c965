import type { Clock } from '#domain/time.ts';
import { forgetOldPosts } from '#store/intake-orders.ts';
import { listPlaces } from '#store/locations.ts';
import type { Store } from '#store/store.ts';

/** Forgets what was posted longer ago than references are remembered, at every location. Meant to run some times a day. */
export async function forgetPosts(deps: { readonly store: Store; readonly clock: Clock }): Promise<void> {
  const { store, clock } = deps;
  for (const place of await store.asWorker(listPlaces)) {
    while (await store.asCompany(place.companyId, (tx) => forgetOldPosts(tx, place, clock.nowMs())));
  }
}
