import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOrder } from './check-order.ts';
import { acceptanceCodes, refusalBody } from './codes.ts';
import type { Refused } from './codes.ts';
import type { AcceptedOrder } from './order.ts';
import { identifyOrder, readOrder } from './read-order.ts';
import { renderOrder } from './render-order.ts';
import { makeStoreRules } from './store-rules.ts';
import { examplePost, freshState, noonMs, smallPizzeria, storeOf } from './test-pizzeria.ts';
import { readVoid } from './void-order.ts';

const store = storeOf(smallPizzeria);
const rules = makeStoreRules(store, freshState(store));

function post(
  order: unknown,
  suspend = false,
  by = rules,
): Refused | { kind: 'accepted'; order: AcceptedOrder } {
  const read = readOrder(JSON.stringify(order));
  if (read.kind === 'refused') return read;
  const identified = identifyOrder(read.body, by);
  if (identified.kind === 'refused') return identified;
  return checkOrder(by, { body: read.body, identity: identified.identity, suspend, nowMs: noonMs });
}

describe('an order of the acceptance API', () => {
  it('is accepted as the document shows it, and answered with every key', () => {
    const checked = post(examplePost);
    assert.ok(checked.kind === 'accepted', JSON.stringify(checked));
    const text = renderOrder(checked.order, { orderNum: '5', orderedAtMs: noonMs, status: 'made' });
    const answer = JSON.parse(text) as Record<string, unknown>;
    assert.equal(answer['price'], 14.61);
    assert.equal(answer['tax'], 1.76);
    assert.equal(answer['taxableSubtotal'], 10.85);
    assert.equal(answer['deliveryCharge'], null);
    assert.equal(answer['isThirdPartyPickup'], 'false');
    assert.equal(answer['status'], 'made');
    assert.equal(answer['promiseTime'], noonMs + 20 * 60_000);
    assert.equal(answer['externalRef'], examplePost.externalRef);
    assert.deepEqual(answer['customer'], examplePost.customer);
  });

  it('tells the price it was sent from the one it calculated', () => {
    const checked = post({ ...examplePost, price: 14.62 });
    assert.ok(checked.kind === 'refused');
    assert.deepEqual(JSON.parse(refusalBody(checked.refusal)), {
      meta: {
        code: 1560,
        error: 'The order says price 14.62; the store calculates 14.61.',
        info: 'The order says price 14.62; the store calculates 14.61.',
      },
      response: '',
    });
  });

  it('is taken at the store’s figures within the tolerance that the store allows, none unless it says so', () => {
    const lenient = makeStoreRules(storeOf({ ...smallPizzeria, tolerance: '0.02' }), freshState(store));
    assert.equal(codeOf(post({ ...examplePost, tax: 1.78, price: 14.63 })), 1561);
    const checked = post({ ...examplePost, tax: 1.78, price: 14.63 }, false, lenient);
    assert.ok(checked.kind === 'accepted');
    assert.deepEqual(
      [checked.order.totals.tax.amountMinor, checked.order.totals.price.amountMinor],
      [176, 1461],
    );
    assert.equal(codeOf(post({ ...examplePost, price: 14.64 }, false, lenient)), 1560);
  });

  it('may lack some information while it is suspended, and the gaps are noted', () => {
    const customer = { ...examplePost.customer, name: null };
    assert.equal(codeOf(post({ ...examplePost, customer })), 1210);
    const checked = post({ ...examplePost, customer }, true);
    assert.ok(checked.kind === 'accepted');
    assert.deepEqual(
      checked.order.missing.map(({ code }) => code),
      [1210],
    );
  });

  it('is refused with a card number in what people type freely', () => {
    const card = 'card 4111 1111 1111 1111';
    assert.equal(codeOf(post({ ...examplePost, instructions: card })), 1010);
    const { customer } = examplePost;
    assert.equal(codeOf(post({ ...examplePost, customer: { ...customer, name: card } })), 1010);
    assert.equal(
      codeOf(post({ ...examplePost, customer: { ...customer, deliveryInstructions: card } })),
      1010,
    );
  });

  it('has 79 codes', () => {
    assert.equal(acceptanceCodes.length, 79);
  });

  it('is voided with a reason only', () => {
    assert.equal(readVoid('{"reason":"by mistake"}').kind, 'read');
    assert.equal(codeOf(readVoid('{"reason":" "}')), 1050);
    assert.equal(codeOf(readVoid('nonsense')), 1010);
  });
});

function codeOf(answer: Refused | { readonly kind: string }): number | undefined {
  return 'refusal' in answer ? answer.refusal.code : undefined;
}
