import { setTimeout as sleep } from 'node:timers/promises';
import { callGateway, codeOf } from './gateway-client.ts';
import type { Answer } from './gateway-client.ts';
import type { Random } from './random.ts';
import type { ToldPayment, ToldRound } from './told.ts';
import type { Venue, VenueTable } from './venues.ts';

const linesMax = 3;
/** A phone tries again, with the same key, after this long. */
const againMs = { from: 300, to: 1_500 } as const;
const keyLengthMax = 64;
const closedWaitMs = 40_000;
/** A table whose order needs a person is left alone this long. */
const stuckMs = 15_000;

/** What guests and waiters of a run share. */
export type Service = {
  readonly url: string;
  readonly cookieOf: (companyId: string) => string;
  readonly rounds: ToldRound[];
  readonly payments: ToldPayment[];
  isClosing: boolean;
};

export type Seat = { readonly venue: Venue; readonly table: VenueTable; readonly random: Random };

/** Dishes that are ordered as they are. */
export async function readItems(service: Service, seat: Seat): Promise<readonly string[]> {
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
export async function submit(
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
    waitsForAPerson: false,
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
export async function takeCash(service: Service, venue: Venue, orderId: string): Promise<boolean> {
  const payment = noteAsked(service, venue, orderId);
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

/** Something a guest ordered, and the visit it belongs to. */
export type Bill = { readonly visit: string; readonly orderId: string };

/** A guest pays the whole bill at the provider's checkout. True when the provider said that it is paid. */
export async function payOnline(service: Service, seat: Seat, bill: Bill): Promise<boolean> {
  const payment = noteAsked(service, seat.venue, bill.orderId);
  for (;;) {
    const checkout = await openCheckout(service, seat, bill);
    if (checkout.kind === 'refused') {
      payment.refusedAs = checkout.code;
      return false;
    }
    if (checkout.kind === 'url') {
      if (await payAtCheckout(checkout.url)) {
        payment.takenAtMs = Date.now();
        return true;
      }
    }
    await sleep(seat.random.between(againMs.from, againMs.to));
  }
}

/** Pays, and looks at the page again: what it then says is what the guest believes, whichever answer was lost. */
async function payAtCheckout(url: string): Promise<boolean> {
  try {
    await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ outcome: 'paid', method: 'creditcard' }),
    });
    const page = await fetch(url);
    return (await page.text()).includes('This payment is paid');
  } catch {
    return false;
  }
}

type Checkout =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'refused'; readonly code: string }
  /** The bill changed meanwhile: look at it again. */
  | { readonly kind: 'again' };

async function openCheckout(service: Service, seat: Seat, { visit, orderId }: Bill): Promise<Checkout> {
  const guestUrl = `${service.url}/api/guest/${seat.table.token}`;
  const order = await callGateway(`${guestUrl}/order?orderId=${orderId}`, { headers: { visit } });
  if (order?.status !== 200) return { kind: 'again' };
  const { billVersion } = order.body as { billVersion: string };
  // One wish, one key: a phone that lost the answer asks for the same checkout.
  const key = `online-${orderId}-${service.payments.length}-${billVersion}`.slice(0, keyLengthMax);
  for (;;) {
    const answer = await callGateway(`${guestUrl}/payments`, {
      headers: { 'idempotency-key': key, visit },
      body: { orderId, billVersion, share: { kind: 'all' }, tipMinor: 0 },
    });
    if (answer?.status === 201) {
      const { checkoutUrl } = answer.body as { checkoutUrl: string | null };
      return checkoutUrl === null ? { kind: 'again' } : { kind: 'url', url: checkoutUrl };
    }
    if (answer !== undefined && answer.status < 500 && !passing.has(codeOf(answer)))
      return codeOf(answer) === 'bill-changed'
        ? { kind: 'again' }
        : { kind: 'refused', code: codeOf(answer) };
    await sleep(seat.random.between(againMs.from, againMs.to));
  }
}

function noteAsked(service: Service, venue: Venue, orderId: string): ToldPayment {
  const payment: ToldPayment = {
    venue,
    orderId,
    askedAtMs: Date.now(),
    takenAtMs: null,
    refusedAs: null,
    visible: false,
  };
  service.payments.push(payment);
  return payment;
}

export async function waitClosed(service: Service, seat: Seat, order: Bill): Promise<void> {
  const url = `${service.url}/api/guest/${seat.table.token}/order?orderId=${order.orderId}`;
  for (const untilMs = Date.now() + closedWaitMs; Date.now() < untilMs && !service.isClosing;) {
    const answer = await callGateway(url, { headers: { visit: order.visit } });
    if (answer?.status === 200 && (answer.body as { state: string }).state !== 'open') return;
    await sleep(1_500);
  }
}
