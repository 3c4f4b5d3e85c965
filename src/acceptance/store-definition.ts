import { z } from 'zod';
import { currencyDigits, parseDecimal } from '#domain/money.ts';
import type { Currency } from '#domain/money.ts';
import { orderSources, orderTypes } from './order.ts';

const name = z.string().min(1).max(100);
const price = z.string().regex(/^\d{1,7}(\.\d{1,3})?$/, 'an amount such as "9.45"');
/** `"16.25"`: percent with up to three decimals, as text, so that no float is made. */
const percent = z.string().regex(/^\d{1,3}(\.\d{1,3})?$/, 'a percentage such as "16.25"');
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as "11:00"');
const currency = z.enum(Object.keys(currencyDigits) as [Currency, ...Currency[]]);

/** Closing at or before the opening time means after midnight. */
const opening = z.strictObject({ opens: clockTime, closes: clockTime });

export const weekDays = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

const ingredient = z.strictObject({
  name,
  /** For one unit of the item: by size, or one price for all. */
  price: z.union([price, z.record(name, price)]),
});

const choice = z.strictObject({
  name,
  atLeast: z.number().int().min(1).max(20),
  ingredients: z.array(name).min(1).max(100),
});

const item = z.strictObject({
  name,
  description: z.string().max(300).optional(),
  /** By size. A size of the category that is not here is not sold (1122). */
  prices: z.record(name, price).refine((prices) => Object.keys(prices).length > 0, 'an item has a size'),
  /** Ingredients that come with it and cost nothing; a guest may take them off. */
  onItem: z.array(name).max(30).default([]),
  /** Which ingredients of the category it takes. Absent: all. */
  takes: z.array(name).max(200).optional(),
  choices: z.array(choice).max(5).default([]),
  /** Whole units at the start of the day; absent: nobody counts. */
  stock: z.number().int().nonnegative().optional(),
});

const category = z.strictObject({
  name,
  /** Where its tickets are printed. */
  station: name,
  sizes: z.array(name).min(1).max(20),
  /** What a word makes of an ingredient's price: 150 percent is half as much again. */
  qualifiers: z.array(z.strictObject({ name, percent })).max(10).default([]),
  ingredients: z.array(ingredient).max(200).default([]),
  items: z.array(item).min(1).max(300),
});

const discount = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('amount'), amount: price }),
  z.strictObject({ kind: z.literal('percent'), percent }),
  /** The items together cost this. */
  z.strictObject({ kind: z.literal('fixed-price'), price }),
]);

const special = z.strictObject({
  name,
  combo: z.boolean().default(false),
  /** True: only with a coupon code. */
  couponNeeded: z.boolean().default(false),
  discount,
  /** What it is made of, every unit of it. Empty: whatever it is put on. */
  needs: z
    .array(
      z.strictObject({
        category: name,
        items: z.array(name).min(1).optional(),
        sizes: z.array(name).min(1).optional(),
        count: z.number().int().min(1).max(50),
      }),
    )
    .max(10)
    .default([]),
  perOrderMax: z.number().int().min(1).optional(),
});

const coupon = z.strictObject({
  code: z.string().min(1).max(40),
  /** The special that it unlocks. */
  special: name,
  /** Local date of the store; absent: for ever. */
  lastDay: z.iso.date().optional(),
  /** What the items under it must cost at least. */
  minimum: price.optional(),
  orderTypes: z
    .array(z.enum(orderTypes))
    .min(1)
    .default([...orderTypes]),
  /** False: taken at the counter only. */
  overApi: z.boolean().default(true),
  /** Works once, ever. */
  singleUse: z.boolean().default(false),
  /** All guests together. */
  redemptionsMax: z.number().int().nonnegative().optional(),
  /** Counts as the one adjustment that an order may have. */
  isAdjustment: z.boolean().default(false),
});

/**
 * A store as the Order Acceptance API sees it: menu, prices, hours, zones, specials. One file describes a store to the twin that plays
 * it, to the connector that writes to it, and to an intake that checks prices the store's way.
 */
const storeDefinition = z
  .strictObject({
    name,
    currency,
    timeZone: z.string().refine(isZone, 'an IANA time zone such as "America/New_York"'),
    taxPercent: percent,
    tolerance: price.default('0'),
    orderTypes: z
      .array(z.enum(orderTypes))
      .min(1)
      .default([...orderTypes]),
    sources: z
      .array(z.enum(orderSources))
      .min(1)
      .default([...orderSources]),
    phoneNeeded: z.enum(['always', 'on-delivery']).default('on-delivery'),
    coordinatesNeeded: z.boolean().default(false),
    preparationMinutes: z.strictObject({
      Pickup: z.number().int().min(0).max(600),
      Delivery: z.number().int().min(0).max(600),
    }),
    hours: z.record(z.enum(weekDays), z.array(opening).max(4)),
    /** Null: orders for later are not offered (1400). */
    deferring: z
      .strictObject({
        horizonDays: z.number().int().min(1).max(400),
        slotMinutes: z.number().int().min(5).max(240),
        ordersPerSlot: z.number().int().min(1).max(1_000),
      })
      .nullable(),
    zones: z
      .array(z.strictObject({ name, zips: z.array(z.string().regex(/^\d{5}$/)), charge: price }))
      .max(100),
    categories: z.array(category).min(1).max(100),
    specials: z.array(special).max(200).default([]),
    coupons: z.array(coupon).max(1_000).default([]),
  })
  .superRefine((store, context) => {
    for (const problem of inconsistencies(store)) context.addIssue({ code: 'custom', message: problem });
  });
export type StoreDefinition = z.infer<typeof storeDefinition>;
export type StoreCategoryDefinition = StoreDefinition['categories'][number];
export type StoreItemDefinition = StoreCategoryDefinition['items'][number];
export type StoreSpecialDefinition = StoreDefinition['specials'][number];
export type StoreCouponDefinition = StoreDefinition['coupons'][number];

export type ParsedStore =
  | { readonly kind: 'parsed'; readonly store: StoreDefinition }
  | { readonly kind: 'bad'; readonly errors: readonly { readonly path: string; readonly detail: string }[] };

export function parseStore(value: unknown): ParsedStore {
  const result = storeDefinition.safeParse(value);
  if (result.success) return { kind: 'parsed', store: result.data };
  return {
    kind: 'bad',
    errors: result.error.issues.map((issue) => ({ path: issue.path.join('.'), detail: issue.message })),
  };
}

/** Names that point at nothing and amounts that the currency does not have. */
function* inconsistencies(store: Linked): Generator<string> {
  yield* twice('category', store.categories);
  yield* twice('special', store.specials);
  for (const text of amountsOf(store)) {
    if (parseDecimal(text, store.currency) === undefined) yield `${text} is no amount of ${store.currency}`;
  }
  for (const entry of store.categories) yield* categoryProblems(entry);
  const specials = new Set(store.specials.map((entry) => entry.name));
  for (const entry of store.coupons) {
    if (!specials.has(entry.special)) yield `coupon ${entry.code}: there is no special ${entry.special}`;
  }
}

/** The parts of a store that name each other. */
type Linked = {
  readonly currency: Currency;
  readonly tolerance: string;
  readonly zones: readonly { readonly charge: string }[];
  readonly categories: readonly z.infer<typeof category>[];
  readonly specials: readonly z.infer<typeof special>[];
  readonly coupons: readonly z.infer<typeof coupon>[];
};

function* categoryProblems(entry: z.infer<typeof category>): Generator<string> {
  yield* twice(`item of ${entry.name}`, entry.items);
  yield* twice(`ingredient of ${entry.name}`, entry.ingredients);
  const ingredients = new Set(entry.ingredients.map((one) => one.name));
  for (const one of entry.ingredients) {
    const prices = one.price;
    if (typeof prices === 'string') continue;
    for (const size of entry.sizes) {
      if (prices[size] === undefined) yield `${entry.name}: ${one.name} has no price for size ${size}`;
    }
  }
  for (const one of entry.items) {
    for (const size of Object.keys(one.prices)) {
      if (!entry.sizes.includes(size)) yield `${entry.name}: ${one.name} has the unknown size ${size}`;
    }
    const named = [...one.onItem, ...(one.takes ?? []), ...one.choices.flatMap((pick) => pick.ingredients)];
    for (const ingredientName of named) {
      if (!ingredients.has(ingredientName))
        yield `${entry.name}: ${one.name} names ${ingredientName}, which is no ingredient`;
    }
  }
}

function* twice(what: string, entries: readonly { readonly name: string }[]): Generator<string> {
  const seen = new Set<string>();
  for (const entry of entries) {
    if (seen.has(entry.name)) yield `${what} ${entry.name} stands twice`;
    seen.add(entry.name);
  }
}

function* amountsOf(store: Linked): Generator<string> {
  yield store.tolerance;
  for (const zone of store.zones) yield zone.charge;
  for (const entry of store.categories) {
    for (const one of entry.items) yield* Object.values(one.prices);
    for (const one of entry.ingredients) {
      yield* typeof one.price === 'string' ? [one.price] : Object.values(one.price);
    }
  }
  for (const entry of store.specials) {
    if (entry.discount.kind === 'amount') yield entry.discount.amount;
    if (entry.discount.kind === 'fixed-price') yield entry.discount.price;
  }
  for (const entry of store.coupons) if (entry.minimum !== undefined) yield entry.minimum;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
