import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkOrder } from './check-order.ts';
import type { AcceptanceCode } from './codes.ts';
import { identifyOrder, readOrder } from './read-order.ts';
import { makeStoreRules } from './store-rules.ts';
import type { StoreFault } from './store-state.ts';
import { codeCases, plain } from './test-codes.ts';
import { examplePost, freshState, noonMs, smallPizzeria, storeOf } from './test-pizzeria.ts';

type Answer = { readonly code: number | undefined; readonly missing: readonly number[] };

function answerTo(
  order: object,
  more: { suspend?: boolean; fault?: StoreFault; store?: object } = {},
): Answer {
  const store = storeOf({ ...smallPizzeria, ...more.store });
  const rules = makeStoreRules(store, freshState(store, more.fault === undefined ? [] : [more.fault]));
  const read = readOrder(JSON.stringify(order));
  const identified = read.kind === 'refused' ? read : identifyOrder(read.body, rules);
  if (read.kind === 'refused' || identified.kind === 'refused')
    return { code: 'refusal' in identified ? identified.refusal.code : undefined, missing: [] };
  const { identity } = identified;
  const suspend = more.suspend === true;
  const checked = checkOrder(rules, { body: read.body, identity, suspend, nowMs: noonMs });
  return checked.kind === 'refused'
    ? { code: checked.refusal.code, missing: [] }
    : { code: undefined, missing: checked.order.missing.map(({ code }) => code) };
}

const customer = { name: '', phone: '1', zip: '1', diff1: 'Apt', latitude: 91 };
const special = { special: null, type: 'Bundle', items: [] as object[] };

/** Everything wrong at once. */
const worst = {
  paid: 'no',
  type: 'Dine In',
  source: 'x',
  externalRef: null,
  serviceCharge: 'x',
  items: [],
  customer: null,
  ...{ price: 'x', tax: 'x', tip: 'x', discount: 'x', deliveryCharge: 'x' },
  deferTime: 'noon',
  adjustment: {},
};

/** What is answered, and what is then put right, until nothing is left to say. */
const repairs: readonly (readonly [AcceptanceCode, object])[] = [
  [1010, { paid: false }],
  [1001, {}],
  [1000, { type: 'Delivery' }],
  [1004, { source: 'grubhub' }],
  [1002, { externalRef: 'r' }],
  [1007, { serviceChargeName: 'Late' }],
  [1100, { items: [{ quantity: 0 }, {}], specials: [special] }],
  [1200, { customer }],
  [1210, { customer: { ...customer, name: 'Jo' } }],
  [1221, { customer: { ...customer, name: 'Jo', phone: null } }],
  [
    1220,
    { customer: { ...examplePost.customer, ...customer, name: 'Jo', phone: '617-555-0134', address: null } },
  ],
  [1301, { customer: { ...examplePost.customer, zip: '1', value1: null, latitude: 91 } }],
  [1303, { customer: { ...examplePost.customer, value1: null, latitude: 91 } }],
  [1304, { customer: { ...examplePost.customer, value1: null } }],
  [1305, { customer: examplePost.customer }],
  [1506, { price: null }],
  [1507, { tax: 0 }],
  [1508, { tip: 0 }],
  [1509, { discount: 9 }],
  [1510, { deliveryCharge: 0 }],
  [1512, { price: 0 }],
  [1515, { serviceCharge: 1 }],
  [1400, { deferTime: null }],
  [1190, { adjustment: { name: 'off' } }],
  [1191, { adjustment: { name: 'off', discount: 'x' } }],
  [1192, { adjustment: null }],
  [1101, { items: [{ ...plain, quantity: 0, size: '9"', ingredients: [{ ingredient: 'Love' }] }, {}] }],
  [1121, { items: [{ ...plain, quantity: 0, ingredients: [{ ingredient: 'Love' }] }, {}] }],
  [1130, { items: [{ ...plain, quantity: 0, sellingPrice: 'x' }, {}] }],
  [1140, { items: [{ ...plain, sellingPrice: 'x' }, {}] }],
  [1511, { items: [plain, {}] }],
  [1101, { items: [plain] }],
  [1150, { specials: [{ ...special, special: 'Three Off' }] }],
  [1152, { specials: [{ ...special, special: 'Three Off', items: [plain] }] }],
  [1153, { specials: [{ ...special, special: 'Three Off', items: [plain], sellingPrice: 6.45 }] }],
  [
    1155,
    { specials: [{ ...special, special: 'Three Off', items: [plain], sellingPrice: 6.45, discount: 3 }] },
  ],
  [
    1157,
    {
      specials: [
        {
          special: 'Three Off',
          type: 'Coupon',
          items: [plain],
          sellingPrice: 6.45,
          discount: 3,
          couponCode: 'x',
        },
      ],
    },
  ],
  [1600, { specials: [] }],
  [1561, { tax: null }],
  [1562, { discount: null }],
  [1563, { deliveryCharge: null }],
  [1560, { price: 15.49 }],
];

describe('an order with many errors', () => {
  it('is answered the first of them, in the order of the API', () => {
    let order: object = { ...worst };
    for (const [index, [code, repair]] of repairs.entries()) {
      // The store has no licence until somebody sees to it.
      const answer = answerTo(order, index < 2 ? { fault: 'unlicensed' } : {});
      assert.equal(answer.code, code, JSON.stringify(order));
      order = { ...order, ...repair };
    }
    assert.deepEqual(answerTo(order), { code: undefined, missing: [] });
  });
});

/** What a suspended order may lack; what is wrong stays wrong, and so does everything else. */
const missable = new Set([1120, 1141, 1210, 1220, 1300, 1301, 1304, 1305, 1512, 1513]);
const wrongNotMissing = new Set(['not text', 'no place on earth']);

describe('a suspended order', () => {
  it('may lack each of ten things, which are noted on it', () => {
    const noted = new Set<number>();
    for (const { code, why, order, store } of codeCases) {
      if (!missable.has(code) || wrongNotMissing.has(why)) continue;
      const sums = { price: null, tax: null, discount: null, deliveryCharge: null, adjustment: null };
      const answer = answerTo(
        { ...examplePost, ...sums, ...order },
        { suspend: true, ...(store && { store }) },
      );
      assert.ok(answer.missing.includes(code), `${code}: ${why}: ${JSON.stringify(answer)}`);
      noted.add(code);
    }
    assert.deepEqual(noted, missable);
  });

  it('is refused for everything else, as any order is', () => {
    for (const { code, why, order, store, fault, text, ...state } of codeCases) {
      if ((missable.has(code) && !wrongNotMissing.has(why)) || text !== undefined) continue;
      if (Object.keys(state).length > 0) continue;
      const more = { suspend: true, ...(store && { store }), ...(fault && { fault }) };
      assert.equal(answerTo({ ...examplePost, ...order }, more).code, code, why);
    }
  });
});
