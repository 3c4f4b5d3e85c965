import type { AcceptanceCode } from './codes.ts';
import type { StoreFault } from './store-state.ts';
import { examplePost, noonMs } from './test-pizzeria.ts';

/** One way to an answer: a change of the example, of the store it is posted to, or of what is wrong with the store. */
export type CodeCase = {
  readonly code: AcceptanceCode;
  readonly why: string;
  readonly order?: Readonly<Record<string, unknown>>;
  readonly store?: Readonly<Record<string, unknown>>;
  readonly fault?: StoreFault;
  readonly nowMs?: number;
  readonly ordersInSlot?: number;
  readonly redemptions?: number;
  /** The whole text of the body, where it is no order. */
  readonly text?: string;
};

const hourMs = 3_600_000;
const [pizza] = examplePost.items;
const customer = (more: object) => ({ customer: { ...examplePost.customer, ...more } });
export const item = (more: object) => ({ items: [{ ...pizza, ...more }] });
export const ingredient = (more: object) => item({ ingredients: [{ ingredient: 'Pepperoni', ...more }] });
export const delivery = (more: object = {}) => ({ type: 'Delivery', ...customer(more) });
export const plain = { ...pizza, ingredients: [], sellingPrice: 9.45 };
const salad = { category: 'Salad', item: 'Garden', size: 'Regular', sellingPrice: 6.25 };
export const dressed = { ...salad, ingredients: [{ ingredient: 'Ranch' }] };

const pair = {
  special: 'Two Cheese Pies',
  type: 'Special',
  sellingPrice: 17,
  discount: 1.9,
  items: [{ ...plain, quantity: 2, sellingPrice: 18.9 }],
};
export const special = (more: object) => ({ items: [], specials: [{ ...pair, ...more }] });
const threeOff = {
  special: 'Three Off',
  type: 'Coupon',
  couponCode: 'THREEOFF',
  sellingPrice: 8.85,
  discount: 3,
  items: examplePost.items,
};
export const coupon = (more: object, rest: object = {}) => ({
  items: [],
  specials: [{ ...threeOff, ...more }],
  adjustment: null,
  ...rest,
});

export const codeCases: readonly CodeCase[] = [
  { code: 1000, why: 'no such type', order: { type: 'Dine In' } },
  { code: 1000, why: 'not text', order: { type: 5 } },
  { code: 1000, why: 'switched off', order: delivery(), store: { orderTypes: ['Pickup'] } },
  { code: 1001, why: 'unlicensed', fault: 'unlicensed' },
  { code: 1002, why: 'absent', order: { externalRef: null } },
  { code: 1002, why: 'blank', order: { externalRef: ' ' } },
  { code: 1004, why: 'unknown', order: { source: 'DoorDash' } },
  { code: 1004, why: 'switched off', store: { sources: ['GrubHub'] } },
  { code: 1007, why: 'charge without name', order: { serviceCharge: 1 } },
  { code: 1007, why: 'name without charge', order: { serviceChargeName: 'Late' } },
  { code: 1010, why: 'no JSON', text: '{"type": "Pickup",}' },
  { code: 1010, why: 'no object', text: '[]' },
  { code: 1010, why: 'a key twice', text: '{"paid":true,"paid":false}' },
  { code: 1010, why: 'paid missing', order: { paid: null } },
  { code: 1010, why: 'paid as text', order: { paid: 'false' } },
  { code: 1010, why: 'instructions too long', order: { instructions: 'x'.repeat(151) } },
  { code: 1010, why: 'an item that is none', order: { items: [5] } },
  { code: 1010, why: 'a flag that is none', order: ingredient({ isLeftHalf: 'yes' }) },
  { code: 1010, why: 'half a letter', order: { externalNumber: '\ud800' } },
  { code: 1010, why: 'what no database keeps', order: { externalRef: 'a\u0000b' } },
  { code: 1011, why: 'address service', order: delivery(), fault: 'address-lookup' },
  { code: 1012, why: 'pricing service', fault: 'order-pricing' },
  { code: 1020, why: 'item pricing', fault: 'item-pricing' },
  { code: 1021, why: 'special pricing', order: special({}), fault: 'special-pricing' },
  { code: 1022, why: 'special discount', order: special({}), fault: 'special-discount' },
  { code: 1100, why: 'nothing', order: { items: [] } },
  { code: 1100, why: 'no list', order: { items: 'pizza' } },
  { code: 1101, why: 'absent', order: item({ category: null }) },
  { code: 1102, why: 'unknown', order: item({ category: 'pizza' }) },
  { code: 1102, why: 'a name every object has', order: item({ category: 'constructor' }) },
  { code: 1110, why: 'absent', order: item({ item: '' }) },
  { code: 1111, why: 'unknown', order: item({ item: 'Chesse' }) },
  { code: 1120, why: 'absent', order: item({ size: null }) },
  { code: 1120, why: 'not text', order: item({ size: 10 }) },
  { code: 1121, why: 'unknown', order: item({ size: '12"' }) },
  { code: 1122, why: 'not for this item', order: item({ size: '18"' }) },
  { code: 1123, why: 'sold out', order: item({ item: 'Truffle', size: '14"', ingredients: [] }) },
  { code: 1124, why: 'no name', order: ingredient({ ingredient: ' ' }) },
  { code: 1125, why: 'not text', order: ingredient({ ingredient: 7 }) },
  { code: 1125, why: 'cannot be taken off', order: ingredient({ ordered: false }) },
  {
    code: 1125,
    why: 'twice on one part',
    order: item({
      ingredients: [{ ingredient: 'Pepperoni' }, { ingredient: 'Pepperoni', isLeftHalf: true }],
    }),
  },
  { code: 1130, why: 'unknown', order: ingredient({ ingredient: 'Pineapple' }) },
  { code: 1131, why: 'unknown', order: ingredient({ qualifiers: ['Mega'] }) },
  { code: 1131, why: 'no list', order: ingredient({ qualifiers: 'Extra' }) },
  { code: 1140, why: 'zero', order: item({ quantity: 0 }) },
  { code: 1140, why: 'a fraction', order: item({ quantity: 1.5 }) },
  { code: 1140, why: 'text', order: item({ quantity: '1' }) },
  { code: 1141, why: 'no dressing', order: { items: [salad] } },
  { code: 1150, why: 'no name', order: special({ special: null }) },
  { code: 1151, why: 'unknown', order: special({ special: 'Three Pies' }) },
  { code: 1152, why: 'no items', order: special({ items: [] }) },
  { code: 1153, why: 'no price', order: special({ sellingPrice: null }) },
  { code: 1154, why: 'text', order: special({ sellingPrice: '17' }) },
  { code: 1155, why: 'no discount', order: special({ discount: null }) },
  { code: 1156, why: 'negative', order: special({ discount: -1 }) },
  { code: 1157, why: 'no type', order: special({ type: 'Bundle' }) },
  { code: 1157, why: 'a coupon', order: coupon({ type: 'Special' }) },
  { code: 1158, why: 'one pie is missing', order: special({ items: [plain] }) },
  { code: 1158, why: 'is a combo', order: special({ isCombo: false }) },
  { code: 1159, why: 'twice', order: { items: [], specials: [pair, pair] } },
  { code: 1190, why: 'no name', order: { adjustment: { discount: 1 } } },
  { code: 1191, why: 'no discount', order: { adjustment: { name: 'x' } } },
  { code: 1192, why: 'text', order: { adjustment: { name: 'x', discount: '1' } } },
  { code: 1192, why: 'more than the order', order: { adjustment: { name: 'x', discount: 100 }, tax: null } },
  { code: 1200, why: 'absent', order: { customer: null } },
  { code: 1210, why: 'no name', order: customer({ name: '' }) },
  { code: 1220, why: 'on a delivery', order: delivery({ phone: null }) },
  { code: 1220, why: 'always', order: customer({ phone: null }), store: { phoneNeeded: 'always' } },
  { code: 1221, why: 'no dashes', order: customer({ phone: '6175550134' }) },
  { code: 1300, why: 'neither', order: delivery({ address: null, zip: null }) },
  { code: 1301, why: 'no zip', order: delivery({ zip: null }) },
  { code: 1301, why: 'not text', order: customer({ address: 12 }) },
  { code: 1303, why: 'zip malformed', order: customer({ zip: '2494' }) },
  { code: 1303, why: 'zip a number', order: customer({ zip: 12_494 }) },
  { code: 1303, why: 'state malformed', order: customer({ state: 'Mass' }) },
  { code: 1303, why: 'in no zone', order: delivery({ zip: '90210' }) },
  { code: 1304, why: 'demanded', order: delivery({ latitude: null }), store: { coordinatesNeeded: true } },
  { code: 1304, why: 'no place on earth', order: customer({ latitude: 91 }) },
  { code: 1305, why: 'value without diff', order: customer({ diff1: null }) },
  { code: 1305, why: 'the third pair', order: customer({ value3: null }) },
  { code: 1400, why: 'text', order: { deferTime: 'noon' } },
  { code: 1400, why: 'not offered', order: { deferTime: noonMs + hourMs }, store: { deferring: null } },
  { code: 1401, why: 'past', order: { deferTime: noonMs - 1 } },
  { code: 1402, why: 'at night', nowMs: noonMs - 8 * hourMs },
  { code: 1402, why: 'closed by staff', fault: 'closed' },
  { code: 1410, why: 'at night', order: { deferTime: noonMs + 12 * hourMs } },
  { code: 1411, why: 'slot full', order: { deferTime: noonMs + hourMs }, ordersInSlot: 2 },
  { code: 1420, why: 'next month', order: { deferTime: noonMs + 30 * 24 * hourMs } },
  { code: 1506, why: 'text', order: { price: '14.61' } },
  { code: 1506, why: 'a fraction of a cent', order: { price: 14.615 } },
  { code: 1507, why: 'negative', order: { tax: -1 } },
  { code: 1508, why: 'text', order: { tip: '2' } },
  { code: 1509, why: 'text', order: { discount: 'none' } },
  { code: 1510, why: 'text', order: { deliveryCharge: 'free' } },
  { code: 1511, why: 'text', order: item({ sellingPrice: '11.85' }) },
  { code: 1511, why: 'two wrong lines that cancel out', order: twoWrongLines() },
  { code: 1512, why: 'absent', order: { price: null } },
  { code: 1513, why: 'absent', order: item({ sellingPrice: null }) },
  { code: 1514, why: 'ad hoc without', order: ingredient({ ingredient: 'Love', isAdHoc: true }) },
  { code: 1515, why: 'negative', order: { serviceCharge: -1, serviceChargeName: 'Late' } },
  { code: 1560, why: 'a cent more', order: { price: 14.62 } },
  { code: 1561, why: 'a cent more', order: { tax: 1.77 } },
  { code: 1562, why: 'the adjustment is not in it', order: { discount: 1 } },
  { code: 1563, why: 'a pickup', order: { deliveryCharge: 1 } },
  { code: 1600, why: 'unknown', order: coupon({ couponCode: 'NOPE' }) },
  { code: 1600, why: 'a number', order: coupon({ couponCode: 77 }) },
  { code: 1600, why: 'absent', order: coupon({ couponCode: null }) },
  { code: 1601, why: 'below its minimum', order: coupon({ items: [plain] }) },
  { code: 1602, why: 'since yesterday', order: coupon({ couponCode: 'OLD' }) },
  { code: 1603, why: 'used', order: coupon({ couponCode: 'ONCE' }), redemptions: 1 },
  {
    code: 1603,
    why: 'twice in one order',
    order: coupon({}, { specials: [1, 2].map(() => ({ ...threeOff, couponCode: 'ONCE' })) }),
  },
  { code: 1604, why: 'counter only', order: coupon({ couponCode: 'COUNTER' }) },
  { code: 1605, why: 'another special', order: coupon({ couponCode: 'TENTH' }) },
  { code: 1606, why: 'none left', order: coupon({ couponCode: 'NONELEFT' }) },
  { code: 1606, why: 'coupon service', order: coupon({}), fault: 'coupon-redemption' },
  {
    code: 1607,
    why: 'beside an adjustment',
    order: coupon({ special: 'Tenth Off', couponCode: 'TENTH' }, { adjustment: examplePost.adjustment }),
  },
];

/** The dressed salad a dollar cheaper, the pizza a dollar dearer: every sum is right. */
function twoWrongLines() {
  const items = [
    { ...plain, sellingPrice: 10.45 },
    { ...dressed, sellingPrice: 5.25 },
  ];
  return { items, adjustment: null, tax: null, taxableSubtotal: null, price: 15.7 + 2.55 + 2 };
}
