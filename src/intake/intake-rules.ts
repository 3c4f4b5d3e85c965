import { refusal } from '#acceptance/codes.ts';
import { orderSources } from '#acceptance/order.ts';
import type { OrderType } from '#acceptance/order.ts';
import type { PricedLine, StoreCategory, StoreItem, StoreRules, StoreSpecial } from '#acceptance/rules.ts';
import type { IntakeProfile } from '#domain/intake.ts';
import type { Availability } from '#domain/menu.ts';
import { addMoney, multiplyMoney } from '#domain/money.ts';
import type { Money } from '#domain/money.ts';
import { priceLine } from '#domain/price-line.ts';
import { dayMs, minuteMs } from '#domain/time.ts';
import type { Catalogue, CatalogueItem } from './catalogue.ts';
import { unitOf } from './to-lines.ts';

/** How far ahead an order may be deferred where no store definition says it. */
const deferMsMax = 30 * dayMs;

/**
 * The rules of an intake with the price check `lines`: the menu is the location's, every line costs what it says there, and the
 * sums must add up. Tax and delivery charge are taken as sent; a special is a discount of the amount it says.
 */
export function makeLineRules(catalogue: Catalogue, profile: IntakeProfile): StoreRules {
  const categories = makeCategories(catalogue);
  return {
    currency: catalogue.menu.currency,
    toleranceMinor: 0,
    licensed: true,
    orderTypes: orderTypesOf(profile),
    sources: orderSources,
    phoneNeeded: 'on-delivery',
    coordinatesNeeded: false,
    zone: () => ({ kind: 'zone', charge: null }),
    promise: ({ deferAtMs, nowMs }) => promiseOf(profile, deferAtMs, nowMs),
    category: (name) => categories.get(name),
    special: () => anySpecial,
    coupon: ({ code }) => refusal(1600, { code }),
    tax: () => null,
    calculates: () => true,
  };
}

/**
 * The rules of an intake with the price check `store`: the store definition decides, and every name must be on our menu as well,
 * or nobody could cook it.
 */
export function makeJoinedRules(catalogue: Catalogue, profile: IntakeProfile, store: StoreRules): StoreRules {
  const ours = makeCategories(catalogue);
  const both = new Map<StoreItem, StoreItem>();
  const orderTypes = orderTypesOf(profile);
  return {
    ...store,
    orderTypes: store.orderTypes.filter((type) => orderTypes.includes(type)),
    zone: (place) => store.zone(place),
    promise: (wish) => store.promise(wish),
    special: (name) => store.special(name),
    coupon: (redeemed) => store.coupon(redeemed),
    tax: (subtotal) => store.tax(subtotal),
    calculates: () => store.calculates(),
    category(name) {
      const theirs = store.category(name);
      const mine = ours.get(name);
      if (theirs === undefined || mine === undefined) return undefined;
      return {
        item(item) {
          const priced = theirs.item(item);
          const cooked = mine.item(item);
          if (priced === undefined || cooked === undefined) return undefined;
          const joined = both.get(priced) ?? joinItems(priced, cooked);
          both.set(priced, joined);
          return joined;
        },
      };
    },
  };
}

function joinItems(priced: StoreItem, cooked: StoreItem): StoreItem {
  const left = [priced.left, cooked.left].filter((count) => count !== null);
  return {
    size(name) {
      const sold = priced.size(name);
      return sold === 'sold' ? cooked.size(name) : sold;
    },
    left: left.length === 0 ? null : Math.min(...left),
    ingredient: (name) => (cooked.ingredient(name) === undefined ? undefined : priced.ingredient(name)),
    qualifier: (name, ingredient) => priced.qualifier(name, ingredient) && cooked.qualifier(name, ingredient),
    choices: [...priced.choices, ...cooked.choices],
    price: (line) => priced.price(line),
  };
}

function orderTypesOf(profile: IntakeProfile): readonly OrderType[] {
  return [
    ...(profile.pickup === null ? [] : (['Pickup'] as const)),
    ...(profile.delivery === null ? [] : (['Delivery'] as const)),
  ];
}

function promiseOf(
  profile: IntakeProfile,
  deferAtMs: number | null,
  nowMs: number,
): ReturnType<StoreRules['promise']> {
  const atMs = (deferAtMs ?? nowMs) + profile.preparationMinutes * minuteMs;
  if (deferAtMs === null) return { kind: 'promised', atMs };
  if (deferAtMs <= nowMs)
    return { kind: 'refused', refusal: refusal(1401, { deferDate: String(deferAtMs) }) };
  return deferAtMs > nowMs + deferMsMax
    ? { kind: 'refused', refusal: refusal(1420, { message: `At most ${deferMsMax / dayMs} days.` }) }
    : { kind: 'promised', atMs };
}

const anySpecial: StoreSpecial = {
  combo: false,
  couponNeeded: false,
  perOrderMax: null,
  unmet: () => undefined,
  discount: (_sum, sent) => sent,
};

function makeCategories(catalogue: Catalogue): ReadonlyMap<string, StoreCategory> {
  const made = new Map<CatalogueItem, StoreItem>();
  const itemOf = (known: CatalogueItem | undefined): StoreItem | undefined => {
    if (known === undefined) return undefined;
    const item = made.get(known) ?? makeItem(catalogue, known);
    made.set(known, item);
    return item;
  };
  return new Map(
    [...catalogue.categories].map(([name, category]) => [
      name,
      { item: (item: string) => itemOf(category.items.get(item)) },
    ]),
  );
}

function makeItem(catalogue: Catalogue, known: CatalogueItem): StoreItem {
  return {
    size(name) {
      const variant = known.sizes.get(name);
      if (variant === undefined) return 'unknown';
      return variant !== null && leftOf(variant.availability) === 0 ? 'not-sold' : 'sold';
    },
    left: leftOf(known.item.availability),
    ingredient(name) {
      const modifier = known.ingredients.get(name);
      // What is sold out today cannot be put on, but it can be left off.
      if (modifier === undefined || (leftOf(modifier.availability) === 0 && !modifier.default))
        return undefined;
      return { onItem: modifier.default };
    },
    qualifier: (name, ingredient) => known.qualified(name, ingredient) !== undefined,
    choices: known.groups.flatMap(({ group, names }) => {
      const there = group.modifiers.filter((modifier) => modifier.default).length;
      const atLeast = group.minSelections - there;
      return atLeast <= 0 ? [] : [{ name: group.name, atLeast, ingredients: names }];
    }),
    price: (line) => priceOf(catalogue, known, line),
  };
}

/** The menu's price of the whole line; an ad hoc ingredient costs what the client says. Undefined: it cannot be made so. */
function priceOf(catalogue: Catalogue, known: CatalogueItem, line: PricedLine): Money | undefined {
  const unit = unitOf(known, line);
  if (unit.kind === 'impossible') return undefined;
  const priced = priceLine(catalogue.menu, unit.line);
  if (priced.kind === 'refused') return undefined;
  const adHoc = line.ingredients.flatMap((ingredient) => ingredient.adHocPrice ?? []);
  return multiplyMoney(adHoc.reduce(addMoney, priced.line.price), line.quantity);
}

function leftOf(availability: Availability): number | null {
  switch (availability.state) {
    case 'available':
      return null;
    case 'sold-out':
      return 0;
    case 'limited':
      return availability.remaining;
  }
}
