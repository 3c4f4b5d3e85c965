import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOrder } from './check-order.ts';
import { acceptanceCodes, refuse } from './codes.ts';
import type { AcceptanceCode, Refused } from './codes.ts';
import { identifyOrder, readOrder } from './read-order.ts';
import type { StoreDefinition } from './store-definition.ts';
import { makeStoreRules } from './store-rules.ts';
import { codeCases, coupon, delivery, dressed, ingredient, special } from './test-codes.ts';
import type { CodeCase } from './test-codes.ts';
import { examplePost, freshState, noonMs, smallPizzeria, storeOf } from './test-pizzeria.ts';
import { readVoid } from './void-order.ts';

/** Reached where orders are kept: by the twin's and the intake's own tests. */
const ofWhoeverKeepsOrders: readonly AcceptanceCode[] = [1003, 1005];

describe('every code of the acceptance API', () => {
  for (const one of codeCases) {
    it(`${one.code}: ${one.why}`, () => assert.equal(codeOf(answerTo(one)), one.code));
  }

  it('1050: a void without a reason', () => assert.equal(codeOf(readVoid('{}')), 1050));

  it('is reached', () => {
    const reached = new Set<AcceptanceCode>([
      ...codeCases.map(({ code }) => code),
      ...ofWhoeverKeepsOrders,
      1050,
    ]);
    assert.deepEqual(
      acceptanceCodes.filter((code) => !reached.has(code)),
      [],
    );
    assert.match(refuse(1003, { externalRef: 'r' }).refusal.text, /\br\b/);
  });

  it('is not in the way of what is right', () => {
    for (const order of [
      {},
      special({}),
      coupon({}),
      { items: [dressed] },
      delivery(),
      ingredient({ isLeftHalf: true }),
    ]) {
      const answer = answerTo({ code: 1010, why: '', order: { ...withoutSums, ...order } });
      assert.equal(codeOf(answer), 1560, JSON.stringify(answer));
    }
  });
});

/** No price can be 0.01, so only the comparison of the price is left to fail. */
const withoutSums = { price: 0.01, tax: null, discount: null, taxableSubtotal: null, adjustment: null };

function answerTo(one: CodeCase): Refused | { readonly kind: string } {
  const store = storeOf({ ...smallPizzeria, ...one.store });
  const rules = makeStoreRules(store, stateOf(one, store));
  const read = readOrder(one.text ?? JSON.stringify({ ...examplePost, ...one.order }));
  if (read.kind === 'refused') return read;
  const identified = identifyOrder(read.body, rules);
  if (identified.kind === 'refused') return identified;
  const { identity } = identified;
  return checkOrder(rules, { body: read.body, identity, suspend: false, nowMs: one.nowMs ?? noonMs });
}

function stateOf(one: CodeCase, store: StoreDefinition) {
  return {
    ...freshState(store, one.fault === undefined ? [] : [one.fault]),
    ordersInSlot: () => one.ordersInSlot ?? 0,
    redemptions: () => one.redemptions ?? 0,
  };
}

function codeOf(answer: Refused | { readonly kind: string }): number | undefined {
  return 'refusal' in answer ? answer.refusal.code : undefined;
}
