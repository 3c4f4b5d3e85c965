import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canOrderMove, orderTransitions } from './order.ts';
import type { OrderState } from './order.ts';
import { attentionOf, roundStateOf, roundStates } from './round.ts';
import { canWriteMove, isSettled, writeStates, writeTransitions } from './write.ts';

const ends = ['delivered', 'refused', 'cancelled'];

describe('the life of a write', () => {
  it('ends exactly where the lane goes on', () => {
    for (const state of writeStates) {
      assert.equal(isSettled(state), ends.includes(state), state);
      assert.equal(writeTransitions[state].length === 0, ends.includes(state), state);
    }
  });

  it('reaches every state from queued, and an end from every state', () => {
    const reachable = (from: (typeof writeStates)[number]) => {
      const seen = new Set([from]);
      for (const state of seen) for (const next of writeTransitions[state]) seen.add(next);
      return seen;
    };
    assert.deepEqual([...reachable('queued')].toSorted(), [...writeStates].toSorted());
    for (const state of writeStates) assert.ok([...reachable(state)].some(isSettled), state);
  });

  it('never goes from a doubtful outcome to a new send without a read back in between', () => {
    assert.equal(canWriteMove('unconfirmed', 'sending'), false);
    assert.equal(canWriteMove('sending', 'queued'), false);
    assert.equal(canWriteMove('error', 'sending'), false);
  });
});

describe('what the outside sees of a write', () => {
  it('has one word for each state', () => {
    const shown = [undefined, ...writeStates].map(roundStateOf);
    assert.deepEqual([...new Set(shown)].toSorted(), [...roundStates].toSorted());
    assert.equal(roundStateOf('unconfirmed'), 'sending');
    assert.equal(roundStateOf('delivered'), 'accepted');
  });

  it('asks for a person on Locked and Error only', () => {
    for (const state of writeStates)
      assert.equal(attentionOf(state), state === 'locked' || state === 'error' ? state : null, state);
    assert.equal(attentionOf(undefined), null);
  });
});

describe('the life of an order', () => {
  it('ends settled or voided and never comes back', () => {
    const states = Object.keys(orderTransitions) as OrderState[];
    for (const from of ['settled', 'voided'] as const)
      for (const to of states) assert.equal(canOrderMove(from, to), false);
    assert.equal(canOrderMove('awaiting-payment', 'settled'), false, 'not settled before it was open');
  });
});
