import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeReference } from '#domain/reference.ts';
import { callGateway, codeOf } from './gateway-client.ts';
import type { Answer } from './gateway-client.ts';
import type { Random } from './random.ts';
import type { ToldPayment, ToldRound } from './told.ts';
import type { Operator, Venue, VenueTable } from './venues.ts';

const roundsPerParty = 4;
const linesMax = 3;
/** Between two rounds of a party. */
const thinkMs = { from: 1_000, to: 5_000 } as const;
/** A phone tries again, with the same key, after this long. */
const againMs = { from: 300, to: 1_500 } as const;
const unpaidShare = 0.2;
/** Guests who wait for the bill to be closed before the next party sits down. */
const patientShare = 0.7;
const closedWaitMs = 40_000;
/** A table whose order needs a person is left alone this long. */
const stuckMs = 15_000;

export type Guests = {
  readonly rounds: readonly ToldRound[];
  readonly payments: readonly ToldPayment[];
  readonly cookieOf: (companyId: string) => string;
  /** Nothing new is ordered; resolves when everybody knows what became of what was. */
  finish(): Promise<void>;
};

type Service = {
  readonly url: string;
  readonly cookieOf: (companyId: string) => string;
  readonly rounds: ToldRound[];
  readonly payments: ToldPayment[];
  isClosing: boolean;
};

/** Guests at every table, each with a phone that does not give up, and waiters who take their money. */
export async function seatGuests(
  url: string,
  venues: readonly Venue[],
  options: { readonly operators: readonly Operator[]; readonly random: Random },
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
    venue.tables.map((table) => {
      const at = { venue, table, random: options.random.fork(table.tableId) };
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

type Seat = { readonly venue: Venue; readonly table: VenueTable; readonly random: Random };

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
    const paid = await takeCash(service, seat.venue, orderId);
    if (paid && random.chance(patientShare)) await waitClosed(service, seat, { visit, orderId });
  }
}

/** Pay-First: a cart, then the money at the counter; some never pay. */
async function payAndDine(service: Service, seat: Seat): Promise<void> {
  const { random } = seat;
  const items = await readItems(service, seat);
  while (!service.isClosing) {
    await think(random);
    const round = await submit(service, seat, { visit: makeReference(randomBytes), items });
    if (round.orderId === null || random.chance(unpaidShare)) continue;
    await sleep(random.between(0, 2_000));
    round.payAskedAtMs = Date.now();
    await takeCash(service, seat.venue, round.orderId);
  }
}

function think(random: Random): Promise<void> {
  return sleep(random.between(thinkMs.from, thinkMs.to));
}

/** Dishes that are ordered as they are. */
async function readItems(service: Service, seat: Seat): Promise<readonly string[]> {
  type Item = {
    itemId: string;
    availability: { state: string };
    variants: unknown[];
    modifierGroups: { minSelections: number }[];
  };
  for (;;) {
    const answer = await callGateway(`${service.url}/api/guest/${seat.table.token}/menu`);
    if (answer?.status === 200) {
      const { categories } = answer.body as { categories: { items: Item[] }[] };
      return categories
        .flatMap((category) => category.items)
        .filter(
          (item) =>
            item.availability.state === 'available' &&
            item.variants.length === 0 &&
            item.modifierGroups.every((group) => group.minSelections === 0),
        )
        .map((item) => item.itemId);
    }
    await sleep(1_000);
  }
}

/** Posts one round until the guest knows: taken, or refused for a reason that trying again does not change. */
async function submit(
  service: Service,
  seat: Seat,
  order: { readonly visit: string; readonly items: readonly string[] },
): Promise<ToldRound> {
  const { random, venue, table } = seat;
  const key = `${table.tableId}-${service.rounds.length}`;
  // A note travels to the ticket unchanged: the kitchen's paper names the line, whatever reference the POS gave it.
  const lines = Array.from({ length: random.between(1, linesMax) }, (_, index) => ({
    itemId: random.pick(order.items),
    quantity: random.between(1, 2),
    note: `${venue.locationId} ${service.rounds.length}.${index}`,
  }));
  const round: ToldRound = {
    key,
    venue,
    table,
    visit: order.visit,
    marks: lines.map(({ note, quantity }) => ({ note, quantity })),
    postedAtMs: Date.now(),
    roundIds: new Set(),
    takenAtMs: null,
    orderId: null,
    refusedAs: null,
    payAskedAtMs: null,
    state: 'unknown',
    everAccepted: false,
  };
  service.rounds.push(round);
  for (;;) {
    const answer = await callGateway(`${service.url}/api/guest/${table.token}/rounds`, {
      headers: { 'idempotency-key': key, visit: order.visit },
      body: { lines },
    });
    if (answer?.status === 202) {
      noteTaken(round, answer);
      // A phone that lost the answer asks once more; it must be told the same.
      if (!random.chance(0.1)) return round;
    } else if (answer !== undefined && answer.status < 500 && !passing.has(codeOf(answer))) {
      round.refusedAs = codeOf(answer);
      if (round.refusedAs === 'order-needs-a-waiter') await sleep(stuckMs);
      return round;
    }
    await sleep(random.between(againMs.from, againMs.to));
  }
}

function noteTaken(round: ToldRound, answer: Answer): void {
  const { orderId, roundId, state } = answer.body as { orderId: string; roundId: string; state: string };
  round.roundIds.add(roundId);
  round.orderId ??= orderId;
  round.takenAtMs ??= Date.now();
  if (round.state === 'unknown') round.state = state;
}

/** Refusals that end by themselves. */
const passing: ReadonlySet<string> = new Set([
  'location-read-only',
  'menu-not-read',
  'pos-unreadable',
  'request-running',
]);

/** The waiter takes what is due. True when the gateway said that it is paid. */
async function takeCash(service: Service, venue: Venue, orderId: string): Promise<boolean> {
  const payment: ToldPayment = {
    venue,
    orderId,
    askedAtMs: Date.now(),
    takenAtMs: null,
    refusedAs: null,
    visible: false,
  };
  service.payments.push(payment);
  const key = `cash-${service.payments.length}`;
  for (;;) {
    const answer = await callGateway(`${service.url}/api/console/orders/${orderId}/cash-payment`, {
      headers: { 'idempotency-key': key, cookie: service.cookieOf(venue.companyId) },
      body: {},
    });
    if (answer?.status === 200) {
      payment.takenAtMs = Date.now();
      return true;
    }
    if (answer !== undefined && answer.status < 500 && !passing.has(codeOf(answer))) {
      payment.refusedAs = codeOf(answer);
      return false;
    }
    await sleep(500);
  }
}

async function waitClosed(
  service: Service,
  seat: Seat,
  order: { readonly visit: string; readonly orderId: string },
): Promise<void> {
  const url = `${service.url}/api/guest/${seat.table.token}/order?orderId=${order.orderId}`;
  for (const untilMs = Date.now() + closedWaitMs; Date.now() < untilMs && !service.isClosing;) {
    const answer = await callGateway(url, { headers: { visit: order.visit } });
    if (answer?.status === 200 && (answer.body as { state: string }).state !== 'open') return;
    await sleep(1_500);
  }
}
