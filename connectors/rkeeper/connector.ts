import type { Connection, ConnectorDefinition, PosConnector } from '#contract/connector.ts';
import { deadline } from '#domain/time.ts';
import { makeRk7Client } from './client.ts';
import type { Rk7Client } from './client.ts';
import { getAvailability, getRestaurantMenu } from './get-restaurant-menu.ts';
import { getRestaurantModifiersGroups } from './get-restaurant-modifiers-groups.ts';
import { getRestaurantStatus } from './get-restaurant-status.ts';
import { getTableOrderStatus } from './get-table-order-status.ts';
import { getTableStatus } from './get-table-status.ts';
import { makeLicence } from './licence.ts';
import { manifest } from './manifest.ts';
import { postApplyPersonalCard } from './post-apply-personal-card.ts';
import { postOrder } from './post-order.ts';
import { postPayOrder } from './post-pay-order.ts';
import { postSendMessage } from './post-send-message.ts';
import { readBack } from './read-back.ts';
import { makeReferences } from './references.ts';
import { parseSecret, parseSettings } from './settings.ts';
import type { RkeeperSecret, RkeeperSettings } from './settings.ts';
import type { Site } from './site.ts';
import { makeWriteLine } from './write-line.ts';

export const rkeeper: ConnectorDefinition<RkeeperSettings, RkeeperSecret> = {
  manifest,
  parseSettings,
  parseSecret,
  connect,
};

/** A read that takes longer is no answer to a guest or a waiter. */
const readMs = 20_000;
/** The whole menu of a large venue, references included. */
const menuReadMs = 120_000;

function connect(connection: Connection<RkeeperSettings, RkeeperSecret>): PosConnector {
  const { settings } = connection;
  const site = makeSite(connection);
  const within = <Value>(
    limitMs: number,
    signal: AbortSignal,
    read: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> => {
    const limit = deadline(site.clock, limitMs, signal);
    return read(limit.signal).finally(() => limit.done());
  };
  return {
    capabilities: {
      ...manifest.capabilities,
      applyCard: settings.loyalty.programCode !== undefined,
      loyaltyMenu: settings.loyalty.endpoint !== undefined,
      lineNotes: settings.noteModifier !== undefined,
    },
    readMenu: (signal) => within(menuReadMs, signal, (ends) => getRestaurantMenu(site, ends)),
    readModifierGroups: (signal) =>
      within(menuReadMs, signal, (ends) => getRestaurantModifiersGroups(site, ends)),
    readStatus: (signal) => within(readMs, signal, (ends) => getRestaurantStatus(site, ends)),
    readAvailability: (signal) => within(menuReadMs, signal, (ends) => getAvailability(site, ends)),
    readTables: (signal, tableRef) => within(readMs, signal, (ends) => getTableStatus(site, ends, tableRef)),
    readOrder: (posRef, signal) => within(readMs, signal, (ends) => getTableOrderStatus(site, posRef, ends)),
    placeRound: (write, signal) => postOrder(site, write, signal),
    markPaid: (write, signal) => postPayOrder(site, write, signal),
    sendMessage: (write, signal) => postSendMessage(site, write, signal),
    ...(settings.loyalty.programCode === undefined
      ? {}
      : { applyCard: (write, signal) => postApplyPersonalCard(site, write, signal) }),
    readBack: (write, signal) => within(readMs, signal, (ends) => readBack(site, write, ends)),
  };
}

function makeSite(connection: Connection<RkeeperSettings, RkeeperSecret>): Site {
  const { settings, secret, memory, clock } = connection;
  const clientOf = (url: string): Rk7Client =>
    makeRk7Client({
      url,
      username: secret.username,
      password: secret.password,
      http: connection.http,
      clock,
      log: connection.log,
    });
  const loyaltyUrl = settings.loyalty.endpoint;
  return {
    settings,
    client: clientOf(settings.endpoint),
    loyaltyClient: loyaltyUrl === undefined ? null : clientOf(loyaltyUrl),
    licence: makeLicence({ settings, secret, memory }),
    references: makeReferences(),
    writes: makeWriteLine(),
    restaurant: { knownSince: null, shift: null },
    memory,
    clock,
    randomBytes: connection.randomBytes,
  };
}
