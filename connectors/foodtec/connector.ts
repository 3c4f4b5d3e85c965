import { isNumber, isObject } from '#acceptance/json.ts';
import type { Json } from '#acceptance/json.ts';
import { makeOpeningHours } from '#acceptance/opening-hours.ts';
import type { OpeningHours } from '#acceptance/opening-hours.ts';
import { makeStoreRules } from '#acceptance/store-rules.ts';
import type { StoreRules } from '#acceptance/rules.ts';
import type {
  Connection,
  ConnectorDefinition,
  PosConnector,
  RoundPlaced,
  RoundWrite,
} from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { ReadOutcome, WriteOutcome } from '#contract/outcome.ts';
import type { PosStatus } from '#contract/snapshot.ts';
import { makeFoodtecClient } from './client.ts';
import type { FoodtecClient } from './client.ts';
import { manifest } from './manifest.ts';
import { alreadyThere, outcomeOf, readFailed } from './map-error.ts';
import { mapMenu, mapModifierGroups } from './map-menu.ts';
import { mapOrder } from './map-order.ts';
import { parseSecret, parseSettings } from './settings.ts';
import type { FoodtecSecret, FoodtecSettings } from './settings.ts';
import { hashOf, makeShelf } from './shelf.ts';
import type { Shelf } from './shelf.ts';

export const foodtec: ConnectorDefinition<FoodtecSettings, FoodtecSecret> = {
  manifest,
  parseSettings,
  parseSecret,
  connect,
};

/** One store: its file, the way to it, and what it said of itself lately. */
type Site = {
  readonly settings: FoodtecSettings;
  readonly rules: StoreRules;
  readonly hours: OpeningHours;
  readonly client: FoodtecClient;
  readonly shelf: Shelf;
  readonly nowMs: () => number;
};

function connect(connection: Connection<FoodtecSettings, FoodtecSecret>): PosConnector {
  const site = makeSite(connection);
  const { store } = site.settings;
  return {
    capabilities: manifest.capabilities,
    readMenu: () => {
      const version = hashOf(store);
      const menu = {
        menuVersion: version,
        currency: store.currency,
        readAtMs: site.nowMs(),
        categories: mapMenu(store),
      };
      return Promise.resolve({ kind: 'read', value: { menu, sourceVersion: version } });
    },
    readModifierGroups: () => Promise.resolve({ kind: 'read', value: { groups: mapModifierGroups(store) } }),
    readStatus: (signal) => readStatus(site, signal),
    readAvailability: async () => ({ kind: 'read', value: await site.shelf.availability(site.nowMs()) }),
    readTables: () => notOffered('the API has no tables'),
    readOrder: () => notOffered('the API shows no orders'),
    placeRound: (write, signal) => placeRound(site, write, signal),
    // The order said so when it was made; there is nothing to tell the store.
    markPaid: (write) =>
      Promise.resolve({
        kind: 'applied',
        value: { posRef: write.posRef, receiptRef: null },
        repeated: true,
      }),
  };
}

function makeSite(connection: Connection<FoodtecSettings, FoodtecSecret>): Site {
  const { settings, secret, http, clock, log } = connection;
  return {
    settings,
    // Only names and prices are asked; what is sold out and broken is the store's to say.
    rules: makeStoreRules(settings.store, {
      hasFault: () => false,
      left: () => null,
      ordersInSlot: () => 0,
      redemptions: () => 0,
    }),
    hours: makeOpeningHours(settings.store),
    client: makeFoodtecClient({ endpoint: settings.endpoint, ...secret, http, clock, log }),
    shelf: makeShelf(connection.memory, settings.store),
    nowMs: () => clock.nowMs(),
  };
}

function notOffered(detail: string): Promise<ReadOutcome<never>> {
  return Promise.resolve({ kind: 'failed', error: posError('not-possible', detail), answered: true });
}

/** Asking for the order types needs our login at this store: the nearest thing to "are you there, and are you ours". */
async function readStatus(site: Site, signal: AbortSignal): Promise<ReadOutcome<PosStatus>> {
  const reply = await site.client.readOrderTypes(signal);
  if (reply.kind !== 'ok') return readFailed(reply);
  const nowMs = site.nowMs();
  const isOpen = site.hours.isOpen(nowMs) && !(await site.shelf.wasClosed(nowMs));
  return {
    kind: 'read',
    value: {
      posRestaurant: site.settings.store.name,
      ...(isOpen ? {} : { closedFor: { code: 'store-closed', detail: 'The store takes no orders now.' } }),
    },
  };
}

/** One post of one order. Its reference is the round's, so that a repeat of the same round is known by the store. */
async function placeRound(
  site: Site,
  write: RoundWrite,
  signal: AbortSignal,
): Promise<WriteOutcome<RoundPlaced>> {
  if (write.kind === 'append-round' || write.openOrder === 'join') {
    return {
      kind: 'refused',
      error: posError('not-possible', 'an order of this POS takes no further round'),
    };
  }
  const mapped = mapOrder(site.settings, site.rules, write);
  if (mapped.kind === 'refused') return mapped;
  const reply = await site.client.createOrder(mapped.order, write.roundReference, signal);
  if (reply.kind === 'ok') return placed(write, orderNumOf(reply.json), false);
  if (reply.kind === 'rejected' && reply.code === alreadyThere) return placed(write, null, true);
  const outcome = outcomeOf(reply);
  const { code } = outcome.error;
  if (code === 'store-closed') await site.shelf.noteClosed(site.nowMs());
  if (code === 'item-sold-out') {
    await site.shelf.noteSoldOut(linesNamed(write.lines, outcome.error.detail), site.nowMs());
  }
  if (code === 'price-changed' || code === 'item-unknown') await site.shelf.noteOtherPrice(write.lines);
  return outcome;
}

/** The lines that the store's text speaks of; all of them when it names none. */
function linesNamed(lines: RoundWrite['lines'], text: string): RoundWrite['lines'] {
  const named = lines.filter(({ name }) => text.includes(name));
  return named.length === 0 ? lines : named;
}

/** The API finds an order by its externalRef alone, so that is what we call it too. */
function placed(write: RoundWrite, orderNum: string | null, repeated: boolean): WriteOutcome<RoundPlaced> {
  const posRef = write.roundReference;
  return {
    kind: 'applied',
    value: { posRef, joined: false, packageRef: orderNum ?? posRef, order: null },
    repeated,
  };
}

function orderNumOf(json: Json): string | null {
  const orderNum = isObject(json) ? json.get('orderNum') : undefined;
  return typeof orderNum === 'string' ? orderNum : isNumber(orderNum) ? orderNum.decimal : null;
}
