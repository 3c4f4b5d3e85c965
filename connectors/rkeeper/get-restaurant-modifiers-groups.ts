import type { ReadOutcome } from '#contract/outcome.ts';
import type { PosModifierGroups } from '#contract/snapshot.ts';
import type { Call } from './client.ts';
import { readMenuSource } from './get-restaurant-menu.ts';
import { readFailed } from './map-error.ts';
import { mapModifierGroups } from './map-menu.ts';
import type { Site } from './site.ts';

/** GetRestaurantModifiersGroups: the groups that dishes are sold with, and their modifiers. */
export async function getRestaurantModifiersGroups(
  site: Site,
  signal: AbortSignal,
): Promise<ReadOutcome<PosModifierGroups>> {
  const call: Call = { operation: 'GetRestaurantModifiersGroups', signal };
  const source = await readMenuSource(site, { checkRests: false }, call);
  if (source.kind === 'failed') return readFailed(source.failure);
  return { kind: 'read', value: { groups: mapModifierGroups(source.value) } };
}
