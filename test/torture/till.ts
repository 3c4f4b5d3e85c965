import { setTimeout as sleep } from 'node:timers/promises';
import { callGateway } from './gateway-client.ts';
import type { Venue, VenueTable } from './venues.ts';

/** An order as the till shows it. */
type TillOrder = {
  readonly orderRef: string;
  readonly restaurant: string;
  readonly table: string;
  readonly state: string;
  readonly locked: boolean;
};

/** Looks at the till are shared: the list of a whole evening is long. */
const listKeptMs = 2_000;
const pressTriesMax = 20;
const pressAgainMs = 500;

/** What waiters do at the tills, over the twin's control interface. */
export interface Till {
  /** Open orders nobody holds. */
  listFree(): Promise<readonly TillOrder[]>;
  findOpen(venue: Venue, table: VenueTable): Promise<TillOrder | undefined>;
  lock(orderRef: string, code: 2219 | 13): Promise<void>;
  unlock(orderRef: string): Promise<void>;
}

export function makeTill(controlUrl: string): Till {
  let listed: Promise<readonly TillOrder[]> | undefined;
  let listedAtMs = 0;

  function list(): Promise<readonly TillOrder[]> {
    if (listed === undefined || Date.now() - listedAtMs > listKeptMs) {
      listedAtMs = Date.now();
      listed = callGateway(`${controlUrl}/_twin/orders`).then(
        // No answer: nothing is seen until the next look.
        (answer) => (answer?.status === 200 ? (answer.body as readonly TillOrder[]) : []),
      );
    }
    return listed;
  }

  async function press(command: 'lock' | 'unlock', body: unknown): Promise<void> {
    // An order that stays locked for want of an answer would never come to rest.
    for (let tries = 0; tries < pressTriesMax; tries += 1) {
      if ((await callGateway(`${controlUrl}/_twin/${command}`, { body })) !== undefined) return;
      await sleep(pressAgainMs);
    }
  }

  return {
    listFree: async () => (await list()).filter((order) => order.state === 'open' && !order.locked),
    findOpen: async (venue, table) =>
      (await list()).findLast(
        (order) =>
          order.restaurant === venue.locationId && order.table === table.name && order.state === 'open',
      ),
    lock: (orderRef, code) => press('lock', { orderRef, code }),
    unlock: (orderRef) => press('unlock', { orderRef }),
  };
}
