import { callGateway } from './gateway-client.ts';
import type { Venue, VenueTable } from './venues.ts';

/** What one guest knows of one round: what was posted, what was answered, and what was seen later. */
export type ToldRound = {
  readonly key: string;
  readonly venue: Venue;
  readonly table: VenueTable;
  readonly visit: string;
  /** The guest's own words on each line: they name it on the kitchen's paper. */
  readonly marks: readonly { readonly note: string; readonly quantity: number }[];
  readonly postedAtMs: number;
  /** More than one for one key would be two rounds for one wish. */
  readonly roundIds: Set<string>;
  takenAtMs: number | null;
  orderId: string | null;
  refusedAs: string | null;
  /** Pay-First: when the waiter was first given the money. */
  payAskedAtMs: number | null;
  /** The newest state the guest was told. */
  state: string;
  everAccepted: boolean;
  /** What stands before it on its order needs a person, as guests and waiters are told: until then it is not sent. */
  waitsForAPerson: boolean;
};

/** What a waiter knows of money that was handed over. */
export type ToldPayment = {
  readonly venue: Venue;
  readonly orderId: string;
  readonly askedAtMs: number;
  takenAtMs: number | null;
  refusedAs: string | null;
  /** The order is said to need a person. */
  visible: boolean;
};

type OrderView = {
  readonly orderId: string;
  readonly state: string;
  readonly attention: string | null;
  readonly rounds: readonly { readonly roundId: string; readonly state: string }[];
};

const finalStates: ReadonlySet<string> = new Set([
  'accepted',
  'refused',
  'cancelled',
  'error',
  'awaiting-payment',
]);

export type Look = { readonly unsettled: readonly string[] };

/**
 * Looks at everything that was taken once more, as guests and waiters see it. What is still on its way is named: the world is at
 * rest when nothing is.
 */
export async function lookAgain(
  url: string,
  cookieOf: (companyId: string) => string,
  told: { readonly rounds: readonly ToldRound[]; readonly payments: readonly ToldPayment[] },
): Promise<Look> {
  const views = await readViews(url, cookieOf, told);
  const byRound = new Map(
    views.flatMap((view) => view.rounds.map((round) => [round.roundId, { view, state: round.state }])),
  );
  const byOrder = new Map(views.map((view) => [view.orderId, view]));
  const unsettled: string[] = [];
  for (const round of told.rounds) {
    const [roundId] = round.roundIds;
    if (roundId === undefined) continue;
    const seen = byRound.get(roundId);
    round.state = seen?.state ?? round.state;
    round.everAccepted ||= round.state === 'accepted';
    round.waitsForAPerson = round.state === 'sending' && seen?.view.attention === 'error';
    const isPaid = round.payAskedAtMs !== null && round.state === 'awaiting-payment';
    if ((!finalStates.has(round.state) && !round.waitsForAPerson) || isPaid)
      unsettled.push(`round ${roundId}: ${round.state}`);
  }
  for (const payment of told.payments) {
    const view = byOrder.get(payment.orderId);
    if (payment.takenAtMs === null || view === undefined) continue;
    payment.visible = view.attention === 'error';
    if (view.state === 'open' && !payment.visible)
      unsettled.push(`order ${payment.orderId}: paid, still open`);
  }
  return { unsettled };
}

/** Orders looked at together. */
const looksAtOnce = 8;

async function readViews(
  url: string,
  cookieOf: (companyId: string) => string,
  told: { readonly rounds: readonly ToldRound[]; readonly payments: readonly ToldPayment[] },
): Promise<readonly OrderView[]> {
  const asked = new Map<string, { readonly path: string; readonly headers: Record<string, string> }>();
  const addOrder = (companyId: string, orderId: string) =>
    asked.set(orderId, {
      path: `/api/console/orders/${orderId}`,
      headers: { cookie: cookieOf(companyId) },
    });
  for (const payment of told.payments)
    if (payment.takenAtMs !== null && !payment.visible) addOrder(payment.venue.companyId, payment.orderId);
  for (const round of told.rounds) {
    if (round.orderId === null || (round.state === 'accepted' && round.everAccepted)) continue;
    addOrder(round.venue.companyId, round.orderId);
    // A round that started anew is on another order, which the table's guests see.
    asked.set(`${round.table.tableId} ${round.visit}`, {
      path: `/api/guest/${round.table.token}/order`,
      headers: { visit: round.visit },
    });
  }
  const views: OrderView[] = [];
  const waiting = [...asked.values()];
  await Promise.all(
    Array.from({ length: looksAtOnce }, async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const answer = await callGateway(`${url}${next.path}`, { headers: next.headers });
        if (answer?.status === 200) views.push(answer.body as OrderView);
      }
    }),
  );
  return views;
}
