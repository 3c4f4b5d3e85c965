import { createHash } from 'node:crypto';
import type { ReadOutcome } from '#contract/outcome.ts';
import type { PosAvailability, PosMenu } from '#contract/snapshot.ts';
import type { MenuCategory } from '#domain/menu.ts';
import type { Call, Rk7Request } from './client.ts';
import { failureOf, readFailed } from './map-error.ts';
import { mapAvailability, mapMenu } from './map-menu.ts';
import type { MenuSource } from './map-modifiers.ts';
import { menuReferences, readReferences } from './references.ts';
import { ask, configured, readOrFail } from './site.ts';
import type { Asked, Site } from './site.ts';
import { readDishRests, readOrderMenu, readStoppedModifiers } from './wire-menu.ts';
import type { WireOrderMenu } from './wire-menu.ts';

/** GetRestaurantMenu in full: references, what is sold and at what price, loyalty prices. */
export async function getRestaurantMenu(site: Site, signal: AbortSignal): Promise<ReadOutcome<PosMenu>> {
  const call: Call = { operation: 'GetRestaurantMenu', signal };
  // Without rests: a dish that is sold out at this hour belongs on the menu, marked as sold out.
  const source = await readMenuSource(site, { checkRests: false }, call);
  if (source.kind === 'failed') return readFailed(source.failure);
  const loyalty = await readLoyaltyPrices(site, call);
  if (loyalty.kind === 'failed') return readFailed(loyalty.failure);
  const categories = mapMenu(source.value, loyalty.value);
  return {
    kind: 'read',
    value: {
      sourceVersion: source.value.sourceVersion,
      menu: {
        menuVersion: contentHash(categories, site),
        currency: site.settings.currency,
        readAtMs: site.clock.nowMs(),
        categories,
      },
    },
  };
}

/** GetRestaurantMenu for availability alone: the five-minute poll. The references come from memory unless they moved. */
export async function getAvailability(
  site: Site,
  signal: AbortSignal,
): Promise<ReadOutcome<PosAvailability>> {
  const call: Call = { operation: 'GetRestaurantMenu', signal };
  const source = await readMenuSource(site, { checkRests: true }, call);
  if (source.kind === 'failed') return readFailed(source.failure);
  return { kind: 'read', value: mapAvailability(source.value, site.clock.nowMs()) };
}

/** The references, and what is sold now. With `checkRests` the POS leaves out what its rests forbid. */
export async function readMenuSource(
  site: Site,
  options: { readonly checkRests: boolean },
  call: Call,
): Promise<Asked<MenuSource & { readonly sourceVersion: string }>> {
  const references = await readReferences(site, menuReferences, call);
  if (references.kind === 'failed') return references;
  const menu = await ask(site, orderMenuRequest(site, options.checkRests), call, readOrderMenu);
  if (menu.kind === 'failed') return menu;
  const rests = await ask(site, { command: 'GetDishRests' }, call, readDishRests);
  if (rests.kind === 'failed') return rests;
  const stopped = await ask(site, { command: 'GetModifierStopList' }, call, readStoppedModifiers);
  if (stopped.kind === 'failed') return stopped;
  return {
    kind: 'read',
    value: {
      rows: references.value.rows,
      onSale: { menu: menu.value, rests: rests.value, stoppedModifiers: stopped.value },
      settings: site.settings,
      sourceVersion: references.value.sourceVersion,
    },
  };
}

/** The loyalty endpoint is a second XML interface; the prices of its GetOrderMenu are what members pay. */
async function readLoyaltyPrices(site: Site, call: Call): Promise<Asked<WireOrderMenu | null>> {
  if (site.loyaltyClient === null) return { kind: 'read', value: null };
  const reply = await site.loyaltyClient.send(orderMenuRequest(site, false), call);
  if (reply.kind !== 'ok') return { kind: 'failed', failure: failureOf(reply, site.settings) };
  return readOrFail(readOrderMenu(reply.data));
}

function orderMenuRequest(site: Site, checkRests: boolean): Rk7Request {
  return {
    command: 'GetOrderMenu',
    attributes: { checkrests: checkRests ? '1' : '0' },
    children: [configured(site, 'Station', 'station')],
  };
}

/** Hexadecimal digits of the hash that are enough to tell one restaurant's menus apart. */
const versionLength = 32;

/** A hash of everything but availability, which changes all day without making another menu. */
function contentHash(categories: readonly MenuCategory[], site: Site): string {
  const content = JSON.stringify([site.settings.currency, categories], (key, value: unknown) =>
    key === 'availability' ? undefined : value,
  );
  return createHash('sha256').update(content).digest('hex').slice(0, versionLength);
}
