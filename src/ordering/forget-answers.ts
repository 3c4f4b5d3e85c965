import type { Clock } from '#domain/time.ts';
import { forgetOldAnswers } from '#store/idempotency.ts';
import { listPlaces } from '#store/locations.ts';
import type { Store } from '#store/store.ts';

/** Forgets the answers of keyed requests that no phone can repeat any more, of every company. Meant to run some times a day. */
export async function forgetAnswers(deps: { readonly store: Store; readonly clock: Clock }): Promise<void> {
  const { store, clock } = deps;
  const places = await store.asWorker(listPlaces);
  for (const companyId of new Set(places.map((place) => place.companyId)))
    while (await store.asCompany(companyId, (tx) => forgetOldAnswers(tx, companyId, clock.nowMs())));
}
