import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOrder } from '#acceptance/check-order.ts';
import { refusalBody } from '#acceptance/codes.ts';
import { identifyOrder, readOrder } from '#acceptance/read-order.ts';
import { renderOrder } from '#acceptance/render-order.ts';
import { makeStoreRules } from '#acceptance/store-rules.ts';
import { codeCases, coupon, dressed, special } from '#acceptance/test-codes.ts';
import { makeRandom, mutate, rightOrder } from '#acceptance/test-mutations.ts';
import { examplePost, freshState, noonMs, smallPizzeria, storeOf } from '#acceptance/test-pizzeria.ts';
import { orderAnswered, orderSent, refusalAnswered } from './acceptance-schema.ts';

const ordersPosted = 10_000;

const store = storeOf(smallPizzeria);
const rules = makeStoreRules(store, freshState(store));

/** The text of the answer to an order; undefined: refused. */
function answerTo(text: string, suspend: boolean): string | undefined {
  const read = readOrder(text);
  const identified = read.kind === 'refused' ? read : identifyOrder(read.body, rules);
  if (read.kind === 'refused' || identified.kind === 'refused') return undefined;
  const checked = checkOrder(rules, {
    body: read.body,
    identity: identified.identity,
    suspend,
    nowMs: noonMs,
  });
  if (checked.kind === 'refused') return undefined;
  const status = suspend ? 'suspended' : 'made';
  return renderOrder(checked.order, { orderNum: '1', orderedAtMs: noonMs, status });
}

function mustFit(text: string, suspend: boolean): boolean {
  const answer = answerTo(text, suspend);
  if (answer === undefined) return false;
  assert.ok(orderSent.safeParse(JSON.parse(text)).success, `taken, yet not as documented: ${text}`);
  const answered = orderAnswered.safeParse(JSON.parse(answer));
  assert.ok(answered.success, `${answered.error?.message ?? ''}: ${answer}`);
  return true;
}

/** What a schema can see by itself; how small the smallest coin is it cannot. */
const seenBySchema = new Set([1200, 1221, 1506, 1507, 1508, 1509, 1510, 1515, 1150, 1152, 1153, 1155, 1156]);

describe('the documented shapes of the Order Acceptance API', () => {
  it('hold every order that is taken, and the whole answer, key by key', () => {
    const random = makeRandom(20_261_126);
    let taken = 0;
    for (let number = 0; number < ordersPosted; number += 1) {
      let order: unknown = rightOrder(random, number);
      for (let changes = random.below(4); changes > 0; changes -= 1) order = mutate(order, random);
      if (mustFit(JSON.stringify(order), random.below(10) === 0)) taken += 1;
    }
    assert.ok(taken > ordersPosted / 10, `only ${taken} were taken`);
  });

  it('hold the example, specials, coupons and choices', () => {
    assert.ok(mustFit(JSON.stringify(examplePost), false));
    const sums = { adjustment: null, tax: null, taxableSubtotal: null, discount: null, price: null };
    for (const order of [special({}), coupon({}), { items: [dressed] }])
      assert.ok(mustFit(JSON.stringify({ ...examplePost, ...order, ...sums }), true), JSON.stringify(order));
  });

  it('refuse what is wrong in shape alone', () => {
    const cases = codeCases.filter(({ code, why }) => seenBySchema.has(code) && !why.includes('of a cent'));
    assert.ok(cases.length >= seenBySchema.size);
    for (const { code, why, order } of cases)
      assert.ok(!orderSent.safeParse({ ...examplePost, ...order }).success, `${code}: ${why}`);
  });

  it('hold every refusal', () => {
    const body: unknown = JSON.parse(refusalBody({ code: 1560, text: 'x' }));
    assert.deepEqual(refusalAnswered.parse(body), body);
  });
});
