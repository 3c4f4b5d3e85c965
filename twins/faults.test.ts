import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { FaultInput, FaultList } from './faults.ts';
import {
  addFault,
  faultInput,
  faultKinds,
  faultsMax,
  isOffline,
  noFaults,
  removeFaults,
  takeConnectionFault,
  takeRequestFault,
} from './faults.ts';

describe('the fault list', () => {
  it('lets a fault with a count be met that many times', () => {
    const first = takeRequestFault(listOf({ kind: 'http-500', count: 2 }), '/', []);
    const second = takeRequestFault(first.list, '/', []);
    const third = takeRequestFault(second.list, '/', []);
    assert.deepEqual(
      [first.fault?.kind, second.fault?.kind, third.fault?.kind],
      ['http-500', 'http-500', undefined],
    );
    assert.deepEqual(
      first.list.faults.map(({ count }) => count),
      [1],
    );
    assert.deepEqual(third.list.faults, []);
  });

  it('keeps a fault without a count until it is removed', () => {
    const list = listOf({ kind: 'hang' });
    const { list: after, fault } = takeRequestFault(list, '/', []);
    assert.equal(fault?.kind, 'hang');
    assert.deepEqual(after, list);
    assert.deepEqual(removeFaults(after).faults, []);
  });

  it('matches a command name exactly and a path by any part', () => {
    const list = listOf({ kind: 'hang', match: 'Save' });
    assert.equal(takeRequestFault(list, '/orders', ['Save']).fault?.kind, 'hang');
    assert.equal(takeRequestFault(list, '/orders', ['SaveAll', 'save']).fault, undefined);
    assert.equal(takeRequestFault(list, '/SaveAll?x=1', []).fault?.kind, 'hang');
  });

  it('gives a request the oldest fault that applies, and counts down only that one', () => {
    const list = listOf(
      { kind: 'hang', match: 'Other', count: 1 },
      { kind: 'lose-answer', count: 1 },
      { kind: 'expire-key', count: 1 },
    );
    const { list: after, fault } = takeRequestFault(list, '/', ['Save']);
    assert.equal(fault?.kind, 'lose-answer');
    assert.deepEqual(
      after.faults.map(({ kind }) => kind),
      ['hang', 'expire-key'],
    );
  });

  it('keeps faults of connections and of requests apart', () => {
    const list = listOf({ kind: 'refuse-connect', count: 1 }, { kind: 'http-500' });
    assert.equal(takeRequestFault(list, '/', []).fault?.kind, 'http-500');
    const { list: after, fault } = takeConnectionFault(list);
    assert.equal(fault?.kind, 'refuse-connect');
    assert.equal(takeConnectionFault(after).fault, undefined);
  });

  it('does not count refused connections while the listener is closed', () => {
    const list = listOf({ kind: 'refuse-connect', count: 1 }, { kind: 'offline' });
    const { list: after, fault } = takeConnectionFault(list);
    assert.equal(fault?.kind, 'offline');
    assert.ok(isOffline(after));
    assert.equal(takeConnectionFault(removeFaults(after, 'offline')).fault?.kind, 'refuse-connect');
  });

  it('shows a fault without the fields its kind has no use for', () => {
    const { faults } = listOf(
      { kind: 'offline', count: 3, ms: 10, match: 'x' },
      { kind: 'hang', count: 3, ms: 10, match: 'x' },
      { kind: 'slow', count: 3, ms: 10, match: 'x' },
      { kind: 'late-arrival' },
    );
    assert.deepEqual(faults, [
      { faultId: 1, kind: 'offline' },
      { faultId: 2, kind: 'hang', count: 3, match: 'x' },
      { faultId: 3, kind: 'slow', count: 3, ms: 10, match: 'x' },
      { faultId: 4, kind: 'late-arrival', ms: 5_000 },
    ]);
  });

  it('is full at its limit', () => {
    const full = listOf(...Array.from({ length: faultsMax }, () => ({ kind: 'hang' }) as const));
    assert.equal(addFault(full, { kind: 'hang' }).kind, 'full');
  });
});

describe('the input of a fault', () => {
  it('takes every kind, with and without its fields', () => {
    for (const kind of faultKinds) {
      assert.ok(faultInput.safeParse({ kind }).success, kind);
      assert.ok(faultInput.safeParse({ kind, count: 1, ms: 0, match: 'Save' }).success, kind);
    }
  });

  it('refuses unknown kinds, unknown fields and figures out of range', () => {
    const wrong = [
      { kind: 'earthquake' },
      {},
      { kind: 'slow', millis: 5 },
      { kind: 'slow', ms: -1 },
      { kind: 'slow', ms: 600_001 },
      { kind: 'slow', ms: '5' },
      { kind: 'hang', count: 0 },
      { kind: 'hang', count: 1.5 },
      { kind: 'hang', match: '' },
      [],
      null,
    ];
    for (const input of wrong) assert.ok(!faultInput.safeParse(input).success, JSON.stringify(input));
  });
});

function listOf(...inputs: readonly FaultInput[]): FaultList {
  return inputs.reduce((list, input) => {
    const added = addFault(list, input);
    assert.equal(added.kind, 'added');
    return added.kind === 'added' ? added.list : list;
  }, noFaults);
}
