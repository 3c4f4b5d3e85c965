import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeReference } from '#domain/reference.ts';
import { callGateway } from './gateway-client.ts';
import { payOnline, readItems, submit, takeCash, waitClosed } from './phone.ts';
import type { Seat, Service } from './phone.ts';
import type { Random } from './random.ts';
import type { ToldPayment, ToldRound } from './told.ts';
import type { Till } from './till.ts';
import type { Operator, Venue } from './venues.ts';
import { walkSchedule } from './walks.ts';

const roundsPerParty = 4;
/**
 * Between two rounds of a party: so long that a venue's cash server, which takes one write at a time, keeps up with its tables. Where
 * guests order faster than it can cook, every lane waits for a turn, and how fast a lane is taken up again shows nowhere.
 */
const thinkMs = { from: 3_000, to: 12_000 } as const;
const unpaidShare = 0.2;
/** Guests who pay at the provider's checkout; the others give a waiter cash. */
const onlineShare = 0.4;
/** Guests who wait for the bill to be closed before the next party sits down. */
const patientShare = 0.7;

export type Guests = {
  readonly rounds: readonly ToldRound[];
  readonly payments: readonly ToldPayment[];
  readonly cookieOf: (companyId: string) => string;
  /** Nothing new is ordered; resolves when everybody knows what became of what was. */
  finish(): Promise<void>;
};

/** Guests at every table, each with a phone that does not give up, and waiters who take their money. */
export async function seatGuests(
  url: string,
  venues: readonly Venue[],
  options: {
    readonly operators: readonly Operator[];
    readonly random: Random;
    readonly till: Till;
    /** When hurting ends. */
    readonly untilMs: number;
  },
): Promise<Guests> {
  const cookies = new Map<string, string>();
  for (const operator of options.operators) cookies.set(operator.companyId, await signIn(url, operator));
  const service: Service = {
    url,
    cookieOf: (companyId) => cookies.get(companyId) ?? '',
    rounds: [],
    payments: [],
    isClosing: false,
  };
  const seated = venues.flatMap((venue) =>
    venue.tables.map((table, place) => {
      const at = { venue, table, random: options.random.fork(table.tableId) };
      if (venue.calm)
        return walkSchedule(service, at, {
          ...options,
          kind: place % 2 === 0 ? 'mark-paid' : 'append-round',
        });
      return table.flow === 'pay-later' ? dineAndPay(service, at) : payAndDine(service, at);
    }),
  );
  return {
    rounds: service.rounds,
    payments: service.payments,
    cookieOf: service.cookieOf,
    async finish() {
      service.isClosing = true;
      await Promise.all(seated);
    },
  };
}

async function signIn(url: string, operator: Operator): Promise<string> {
  for (;;) {
    const { email, password } = operator;
    const answer = await callGateway(`${url}/api/console/session`, { body: { email, password } });
    if (answer?.status === 200) return answer.cookie;
    await sleep(500);
  }
}

/** Pay-Later: a party orders in rounds, sometimes two at once, and the waiter takes the money for all of them. */
async function dineAndPay(service: Service, seat: Seat): Promise<void> {
  const { random } = seat;
  const items = await readItems(service, seat);
  while (!service.isClosing) {
    const visit = makeReference(randomBytes);
    let orderId: string | null = null;
    for (let round = random.between(1, roundsPerParty); round > 0 && !service.isClosing; round -= 1) {
      await think(random);
      const together = random.chance(0.15) ? 2 : 1;
      const told = await Promise.all(
        Array.from({ length: together }, () => submit(service, seat, { visit, items })),
      );
      orderId = told.at(-1)?.orderId ?? orderId;
    }
    if (orderId === null) continue;
    await think(random);
    const bill = { visit, orderId };
    const paid = random.chance(onlineShare)
      ? (await payOnline(service, seat, bill)) || (await takeCash(service, seat.venue, orderId))
      : await takeCash(service, seat.venue, orderId);
    if (paid && random.chance(patientShare)) await waitClosed(service, seat, bill);
  }
}

/** Pay-First: a cart, then the money at the counter; some never pay. */
async function payAndDine(service: Service, seat: Seat): Promise<void> {
  const { random } = seat;
  const items = await readItems(service, seat);
  while (!service.isClosing) {
    await think(random);
    const visit = makeReference(randomBytes);
    const round = await submit(service, seat, { visit, items });
    if (round.orderId === null || random.chance(unpaidShare)) continue;
    await sleep(random.between(0, 2_000));
    round.payAskedAtMs = Date.now();
    const { orderId } = round;
    if (random.chance(onlineShare) && (await payOnline(service, seat, { visit, orderId }))) continue;
    await takeCash(service, seat.venue, orderId);
  }
}

function think(random: Random): Promise<void> {
  return sleep(random.between(thinkMs.from, thinkMs.to));
}
