import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Ticket } from '#twins/definition.ts';
import { check } from './checker.ts';
import type { PosOrder } from './checker.ts';
import type { ToldPayment, ToldRound } from './told.ts';
import { makeVenues } from './venues.ts';

const [venue, otherVenue] = makeVenues();
assert.ok(venue !== undefined && otherVenue !== undefined);
const payLater = venue.tables.find((table) => table.flow === 'pay-later');
const payFirst = venue.tables.find((table) => table.flow === 'pay-first');
assert.ok(payLater !== undefined && payFirst !== undefined);

function told(name: string, differs: Partial<ToldRound> = {}): ToldRound {
  assert.ok(venue !== undefined && payLater !== undefined);
  return {
    key: name,
    venue,
    table: payLater,
    visit: 'visit',
    marks: [{ note: `venue-1 ${name}`, quantity: 1 }],
    postedAtMs: 10,
    roundIds: new Set([name]),
    takenAtMs: 20,
    orderId: 'order',
    refusedAs: null,
    payAskedAtMs: null,
    state: 'accepted',
    everAccepted: true,
    waitsForAPerson: false,
    ...differs,
  };
}

let printed = 0;
function ticket(name: string, differs: Partial<Ticket> = {}): Ticket {
  printed += 1;
  return {
    ticketId: String(printed),
    kind: 'order',
    packageRef: `package of ${name}`,
    orderRef: 'pos-order',
    table: '1',
    station: 'Kitchen',
    lines: [{ name: 'Dish', quantity: 1, modifiers: [`venue-1 ${name}`] }],
    at: 100,
    restaurant: 'venue-1',
    ...differs,
  };
}

function rulesOf(
  rounds: readonly ToldRound[],
  tickets: readonly Ticket[],
  money: { readonly payments?: readonly ToldPayment[]; readonly orders?: readonly PosOrder[] } = {},
): readonly string[] {
  const evidence = { rounds, tickets, payments: money.payments ?? [], orders: money.orders ?? [] };
  return check(evidence).violations.map(({ rule }) => rule);
}

describe('the checker', () => {
  it('has nothing against a round that was cooked once', () => {
    assert.deepEqual(rulesOf([told('a')], [ticket('a')]), []);
  });

  it('sees a copy under another reference of the POS', () => {
    const copies = [ticket('a'), ticket('a', { packageRef: 'another' })];
    assert.ok(rulesOf([told('a')], copies).includes('duplicated'));
    const untaken = told('a', { takenAtMs: null, roundIds: new Set(), state: 'unknown' });
    assert.ok(rulesOf([untaken], copies).includes('duplicated'));
  });

  it('misses what was taken, whatever the guest was told later but "a waiter comes"', () => {
    for (const state of ['accepted', 'refused', 'cancelled', 'sending', 'waiting'])
      assert.deepEqual(rulesOf([told('a', { state, everAccepted: false })], []), ['lost'], state);
    assert.deepEqual(rulesOf([told('a', { state: 'error', everAccepted: false })], []), []);
    assert.deepEqual(rulesOf([told('a', { state: 'error' })], []), ['lost']);
  });

  it('does not miss what waits behind something a person is asked about, unless it was told to be in the kitchen', () => {
    const waiting = { state: 'sending', waitsForAPerson: true };
    assert.deepEqual(rulesOf([told('a', { ...waiting, everAccepted: false })], []), []);
    assert.deepEqual(rulesOf([told('a', waiting)], []), ['lost']);
    assert.deepEqual(rulesOf([told('a', { ...waiting, everAccepted: false })], [ticket('a')]), [
      'cooked-untold',
    ]);
  });

  it('sees what is cooked and not told', () => {
    for (const state of ['error', 'refused', 'sending'])
      assert.deepEqual(rulesOf([told('a', { state })], [ticket('a')]), ['cooked-untold'], state);
  });

  it('sees a part of a round, another quantity, a split and a line nobody ordered', () => {
    const marks = [
      { note: 'venue-1 a', quantity: 1 },
      { note: 'venue-1 b', quantity: 1 },
    ];
    assert.deepEqual(rulesOf([told('a', { marks })], [ticket('a')]), ['incomplete']);
    assert.deepEqual(rulesOf([told('a', { marks })], [ticket('a'), ticket('b')]), ['split']);
    assert.deepEqual(rulesOf([told('a', { marks: [{ note: 'venue-1 a', quantity: 2 }] })], [ticket('a')]), [
      'altered',
    ]);
    assert.deepEqual(rulesOf([], [ticket('x')]), ['unknown-line']);
  });

  it('sees another kitchen', () => {
    assert.deepEqual(rulesOf([told('a')], [ticket('a', { restaurant: otherVenue.locationId })]), [
      'foreign-kitchen',
    ]);
  });

  it('sees a lane out of order, and only where one round was taken before the other was posted', () => {
    const [first, second] = [told('a'), told('b', { postedAtMs: 30, takenAtMs: 40 })];
    assert.deepEqual(rulesOf([first, second], [ticket('b'), ticket('a')]), ['out-of-order']);
    assert.deepEqual(rulesOf([first, told('b')], [ticket('b'), ticket('a')]), []);
    const anew = told('a', { orderId: 'closed order' });
    assert.deepEqual(rulesOf([anew, second], [ticket('b'), ticket('a')]), []);
  });

  it('sees a cart that was cooked before anybody paid', () => {
    const cart = (payAskedAtMs: number | null) => told('a', { table: payFirst, payAskedAtMs });
    assert.deepEqual(rulesOf([cart(null)], [ticket('a')]), ['cooked-unpaid']);
    assert.deepEqual(rulesOf([cart(101)], [ticket('a')]), ['cooked-unpaid']);
    assert.deepEqual(rulesOf([cart(99)], [ticket('a')]), []);
  });

  it('misses money that the POS does not have unless a person was asked', () => {
    const payment = (visible: boolean): ToldPayment => ({
      venue,
      orderId: 'order',
      askedAtMs: 1,
      takenAtMs: 2,
      refusedAs: null,
      visible,
    });
    const order = (state: string, references: readonly string[]): PosOrder => ({
      orderRef: 'pos-order',
      restaurant: 'venue-1',
      state,
      payments: references.map((reference) => ({ amount: 1, reference })),
    });
    const judge = (visible: boolean, orders: readonly PosOrder[]) =>
      rulesOf([told('a')], [ticket('a')], { payments: [payment(visible)], orders });
    assert.deepEqual(judge(false, [order('open', [])]), ['payment-lost']);
    assert.deepEqual(judge(true, [order('open', [])]), []);
    assert.deepEqual(judge(false, [order('settled', ['p'])]), []);
    assert.deepEqual(judge(false, [order('settled', ['p', 'p'])]), ['payment-duplicated']);
  });
});
