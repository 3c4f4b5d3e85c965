import assert from 'node:assert/strict';
import type { StoreDefinition } from './store-definition.ts';
import { parseStore } from './store-definition.ts';
import type { StoreFault, StoreState } from './store-state.ts';

/** Tuesday, 24 November 2026, noon in New York. */
export const noonMs = Date.UTC(2026, 10, 24, 17, 0, 0);

const everyDay = [{ opens: '11:00', closes: '23:00' }];

/** A small store that reaches every code; its 10" cheese pizza with extra pepperoni costs 11.85. */
export const smallPizzeria = {
  name: 'Corner Pizzeria',
  currency: 'USD',
  timeZone: 'America/New_York',
  taxPercent: '16.25',
  preparationMinutes: { Pickup: 20, Delivery: 45 },
  hours: {
    sunday: everyDay,
    monday: everyDay,
    tuesday: everyDay,
    wednesday: everyDay,
    thursday: everyDay,
    friday: [{ opens: '11:00', closes: '01:00' }],
    saturday: everyDay,
  },
  deferring: { horizonDays: 14, slotMinutes: 15, ordersPerSlot: 2 },
  zones: [{ name: 'Centre', zips: ['02494', '02492'], charge: '3.50' }],
  categories: [
    {
      name: 'Pizza',
      station: 'Oven',
      sizes: ['10"', '14"', '18"'],
      qualifiers: [
        { name: 'Extra', percent: '150' },
        { name: 'Light', percent: '100' },
      ],
      ingredients: [
        { name: 'Pepperoni', price: { '10"': '1.60', '14"': '2.10', '18"': '2.75' } },
        { name: 'Mushrooms', price: { '10"': '1.25', '14"': '1.75', '18"': '2.25' } },
        { name: 'Mozzarella', price: { '10"': '1.50', '14"': '2.00', '18"': '2.50' } },
      ],
      items: [
        { name: 'Cheese', prices: { '10"': '9.45', '14"': '13.45' }, onItem: ['Mozzarella'] },
        { name: 'Truffle', prices: { '14"': '21.00' }, stock: 0 },
      ],
    },
    {
      name: 'Salad',
      station: 'Cold',
      sizes: ['Regular'],
      ingredients: [
        { name: 'Ranch', price: '0' },
        { name: 'Italian', price: '0' },
      ],
      items: [
        {
          name: 'Garden',
          prices: { Regular: '6.25' },
          choices: [{ name: 'Dressing', atLeast: 1, ingredients: ['Ranch', 'Italian'] }],
        },
      ],
    },
  ],
  specials: [
    {
      name: 'Two Cheese Pies',
      combo: true,
      discount: { kind: 'fixed-price', price: '17.00' },
      needs: [{ category: 'Pizza', items: ['Cheese'], sizes: ['10"'], count: 2 }],
      perOrderMax: 1,
    },
    { name: 'Three Off', couponNeeded: true, discount: { kind: 'amount', amount: '3.00' } },
    { name: 'Tenth Off', couponNeeded: true, discount: { kind: 'percent', percent: '10' } },
  ],
  coupons: [
    { code: 'THREEOFF', special: 'Three Off', minimum: '10.00' },
    { code: 'OLD', special: 'Three Off', lastDay: '2026-11-23' },
    { code: 'ONCE', special: 'Three Off', singleUse: true },
    { code: 'COUNTER', special: 'Three Off', overApi: false },
    { code: 'NONELEFT', special: 'Three Off', redemptionsMax: 0 },
    { code: '77', special: 'Three Off', singleUse: true },
    { code: 'TENTH', special: 'Tenth Off', isAdjustment: true },
  ],
};

export function storeOf(definition: unknown): StoreDefinition {
  const parsed = parseStore(definition);
  assert.ok(parsed.kind === 'parsed', parsed.kind === 'bad' ? JSON.stringify(parsed.errors) : '');
  return parsed.store;
}

/** A store where nothing happened yet: stock as in the definition, nothing redeemed, nothing broken. */
export function freshState(store: StoreDefinition, faults: readonly StoreFault[] = []): StoreState {
  return {
    hasFault: (fault) => faults.includes(fault),
    left: (category, item) =>
      store.categories.find(({ name }) => name === category)?.items.find(({ name }) => name === item)
        ?.stock ?? null,
    ordersInSlot: () => 0,
    redemptions: () => 0,
  };
}

/** An order with the keys and the figures of the API document's example. */
export const examplePost = {
  type: 'Pickup',
  source: 'Third Party',
  paid: false,
  isThirdPartyPickup: false,
  price: 14.61,
  tax: 1.76,
  taxableSubtotal: 10.85,
  tip: 2.0,
  discount: 0.0,
  deliveryCharge: null,
  deferTime: null,
  instructions: 'Blue van',
  customer: {
    name: 'Jo Miller',
    phone: '617-555-0134',
    address: '12 Market Street',
    zip: '02494',
    city: null,
    state: 'MA',
    diff1: 'Apt',
    value1: '12G',
    diff2: 'Floor',
    value2: '5',
    diff3: 'Entrance',
    value3: 'B',
    latitude: 0.0,
    longitude: 0.0,
    deliveryInstructions: 'Ring twice, third floor',
  },
  items: [
    {
      category: 'Pizza',
      item: 'Cheese',
      size: '10"',
      quantity: 1,
      sellingPrice: 11.85,
      ingredients: [
        {
          ingredient: 'Pepperoni',
          isLeftHalf: false,
          isRightHalf: false,
          ordered: true,
          qualifiers: ['Extra'],
        },
      ],
      externalRef: 'line-1',
      isInBucket: false,
    },
  ],
  specials: [],
  adjustment: { name: 'Regular guest', discount: 1.0 },
  externalRef: 'order-1',
  externalNumber: '0123456789',
};
