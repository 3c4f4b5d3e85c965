import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, nameBookings } from './checker.ts';
import type { Evidence, KitchenPackage, PosTruth, ToldPayment, ToldRound } from './checker.ts';

const minute = 60_000;

function round(more: Partial<ToldRound> = {}): ToldRound {
  return {
    roundId: 'r1',
    orderId: 'o1',
    lastOrderId: 'o1',
    locationId: 'here',
    flow: 'pay-later',
    lines: ['soup', 'steak'],
    submittedAtMs: 0,
    takenAtMs: 100,
    state: 'accepted',
    listed: false,
    everAccepted: true,
    wantedAtMs: null,
    paidAtMs: null,
    ...more,
  };
}

function cooked(more: Partial<KitchenPackage> = {}): KitchenPackage {
  return {
    packageRef: 'p1',
    roundReference: 'r1',
    orderRef: 'pos-1',
    tableRef: '1',
    atMs: 1_000,
    lines: ['steak', 'soup'],
    ...more,
  };
}

function payment(more: Partial<ToldPayment> = {}): ToldPayment {
  return {
    paymentId: 'm1',
    orderId: 'o1',
    locationId: 'here',
    takenAtMs: 5_000,
    visible: false,
    tillOrderRef: null,
    ...more,
  };
}

function judge(
  found: {
    readonly rounds?: readonly ToldRound[];
    readonly packages?: readonly KitchenPackage[];
    readonly payments?: readonly ToldPayment[];
  } & Partial<PosTruth>,
  readable = true,
): readonly string[] {
  const evidence: Evidence = {
    rounds: found.rounds ?? [round()],
    payments: found.payments ?? [],
    truths: [
      {
        locationId: found.locationId ?? 'here',
        packages: found.packages ?? [cooked()],
        payments: [],
        touchedByStaff: found.touchedByStaff ?? new Set(),
      },
    ],
    boundsOf: () => ({ freshnessMs: 10 * minute, landingMs: minute, readable }),
  };
  return check(evidence).map((violation) => violation.rule);
}

const booked = (reference: string, atMs = 6_000) => ({
  orderRef: 'pos-1',
  reference,
  atMs,
  amountMinor: 1_000,
});

function judgePaid(bookings: readonly ReturnType<typeof booked>[], more: Partial<ToldPayment> = {}) {
  return check({
    rounds: [round()],
    payments: [payment(more)],
    truths: [{ locationId: 'here', packages: [cooked()], payments: bookings, touchedByStaff: new Set() }],
    boundsOf: () => ({ freshnessMs: 10 * minute, landingMs: minute, readable: true }),
  }).map((violation) => violation.rule);
}

describe('the independent checker', () => {
  it('is content with one whole package of a round that its guest was told is accepted', () => {
    assert.deepEqual(judge({}), []);
  });

  it('sees a round that the kitchen never got, although the guest was told accepted', () => {
    assert.deepEqual(judge({ packages: [] }), ['lost']);
  });

  it('sees a round that is in no kitchen while its guest still waits and nobody is told', () => {
    assert.deepEqual(judge({ packages: [], rounds: [round({ state: 'sending', everAccepted: false })] }), [
      'silent',
    ]);
    const told = round({ state: 'sending', everAccepted: false, listed: true });
    assert.deepEqual(judge({ packages: [], rounds: [told] }), []);
  });

  it('sees a round that was cooked twice', () => {
    assert.deepEqual(judge({ packages: [cooked(), cooked({ packageRef: 'p2', atMs: 9_000 })] }), [
      'duplicated',
    ]);
  });

  it('sees food for a guest who was told no, and food nobody ordered', () => {
    assert.deepEqual(judge({ rounds: [round({ state: 'refused', everAccepted: false })] }), [
      'told-no-but-cooked',
    ]);
    assert.deepEqual(judge({ rounds: [] }), ['unknown-package']);
  });

  it('takes an error for an answer only where nothing can be learnt afterwards', () => {
    const held = [round({ state: 'error', everAccepted: false, listed: true })];
    assert.deepEqual(judge({ rounds: held }, true), ['silent']);
    assert.deepEqual(judge({ rounds: held }, false), []);
    const unlisted = [round({ state: 'error', everAccepted: false })];
    assert.deepEqual(judge({ rounds: unlisted, packages: [] }, false), ['silent']);
  });

  it('sees a missing line unless a person was told to look', () => {
    const packages = [cooked({ lines: ['soup'] })];
    assert.deepEqual(judge({ packages }), ['incomplete']);
    assert.deepEqual(judge({ packages, rounds: [round({ state: 'error', everAccepted: false })] }), []);
  });

  it('sees food in another restaurant', () => {
    assert.deepEqual(judge({ locationId: 'elsewhere' }), ['foreign-kitchen', 'lost']);
  });

  it('sees rounds of one order that overtook each other', () => {
    const second = round({ roundId: 'r2', submittedAtMs: 200, takenAtMs: 300 });
    const packages = [cooked({ atMs: 9_000 }), cooked({ packageRef: 'p2', roundReference: 'r2', atMs: 400 })];
    assert.deepEqual(judge({ rounds: [round(), second], packages }), ['out-of-order']);
  });

  it('sees what was cooked before it was paid for', () => {
    assert.deepEqual(judge({ rounds: [round({ flow: 'pay-first' })] }), ['cooked-unpaid']);
    assert.deepEqual(judge({ rounds: [round({ flow: 'pay-first', paidAtMs: 500 })] }), []);
  });

  it('sees food that came long after it was ordered without anybody asked', () => {
    const packages = [cooked({ atMs: 20 * minute })];
    assert.deepEqual(judge({ packages }), ['stale']);
    assert.deepEqual(judge({ packages, rounds: [round({ wantedAtMs: 15 * minute })] }), []);
  });

  it('sees money that the POS never heard of, heard of twice, or that nobody took', () => {
    assert.deepEqual(judgePaid([booked('m1')]), []);
    assert.deepEqual(judgePaid([]), ['payment-lost']);
    assert.deepEqual(judgePaid([], { visible: true }), []);
    assert.deepEqual(judgePaid([booked('m1'), booked('m1', 7_000)]), ['payment-duplicated']);
    assert.deepEqual(judgePaid([booked('m1'), booked('m2')]), ['payment-unknown']);
  });

  it('sees a bill that was closed before its round was on it', () => {
    assert.deepEqual(judgePaid([booked('m1', 500)]), ['paid-before-cooked']);
  });

  it('takes money that was told with its order for the payment that it is', () => {
    const told = { rounds: [round()], payments: [payment()] };
    const truths = [
      {
        locationId: 'here',
        packages: [cooked()],
        payments: [{ ...booked('r1'), withOrder: true as const }],
        touchedByStaff: new Set<string>(),
      },
    ];
    const rules = (seen: readonly PosTruth[]) =>
      check({
        ...told,
        truths: seen,
        boundsOf: () => ({ freshnessMs: 10 * minute, landingMs: minute, readable: true }),
      }).map((violation) => violation.rule);
    assert.deepEqual(rules(nameBookings(truths, told)), []);
    assert.deepEqual(rules(nameBookings(truths, { ...told, payments: [] })), [
      'payment-lost',
      'payment-unknown',
    ]);
  });
});
