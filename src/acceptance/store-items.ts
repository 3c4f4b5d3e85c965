import type { Currency, Money } from '#domain/money.ts';
import { addMoney, money, multiplyMoney } from '#domain/money.ts';
import { amountOf, partsOf, shareOf, wholeParts } from './amounts.ts';
import type { OrderIngredient } from './order.ts';
import type { StoreCategory, StoreItem } from './rules.ts';
import type { StoreCategoryDefinition, StoreItemDefinition } from './store-definition.ts';
import type { StoreState } from './store-state.ts';

/** A category with its prices read: maps, so that a client's `constructor` finds nothing. */
type Shelf = {
  readonly name: string;
  readonly currency: Currency;
  readonly sizes: readonly string[];
  /** By name, then size; a price for every size of the category. */
  readonly ingredients: ReadonlyMap<string, ReadonlyMap<string, Money>>;
  /** Parts of an ingredient's price, by qualifier. */
  readonly qualifiers: ReadonlyMap<string, number>;
};

export function makeCategory(
  entry: StoreCategoryDefinition,
  currency: Currency,
  state: StoreState,
): StoreCategory {
  const shelf: Shelf = {
    name: entry.name,
    currency,
    sizes: entry.sizes,
    ingredients: new Map(
      entry.ingredients.map(({ name, price }) => [
        name,
        new Map(
          entry.sizes.map((size) => [
            size,
            amountOf(typeof price === 'string' ? price : (price[size] ?? '0'), currency),
          ]),
        ),
      ]),
    ),
    qualifiers: new Map(entry.qualifiers.map(({ name, percent }) => [name, partsOf(percent)])),
  };
  const items = new Map(entry.items.map((item) => [item.name, makeItem(shelf, item, state)]));
  return { item: (name) => items.get(name) };
}

function makeItem(shelf: Shelf, item: StoreItemDefinition, state: StoreState): StoreItem {
  const prices = new Map(
    Object.entries(item.prices).map(([size, price]) => [size, amountOf(price, shelf.currency)]),
  );
  const onItem = new Set(item.onItem);
  const takes = new Set([
    ...(item.takes ?? shelf.ingredients.keys()),
    ...onItem,
    ...item.choices.flatMap((choice) => choice.ingredients),
  ]);
  return {
    size: (name) => (prices.has(name) ? 'sold' : shelf.sizes.includes(name) ? 'not-sold' : 'unknown'),
    get left() {
      return state.left(shelf.name, item.name);
    },
    ingredient: (name) => (takes.has(name) ? { onItem: onItem.has(name) } : undefined),
    qualifier: (name) => shelf.qualifiers.has(name),
    choices: item.choices.map((choice) => ({ ...choice, ingredients: new Set(choice.ingredients) })),
    price({ size, quantity, ingredients }) {
      const base = prices.get(size);
      if (base === undefined || state.hasFault('item-pricing')) return undefined;
      const unit = ingredients.reduce(
        (sum, entry) => addMoney(sum, ingredientPrice(shelf, size, { entry, onItem })),
        base,
      );
      return multiplyMoney(unit, quantity);
    },
  };
}

/**
 * What one ingredient adds to one unit. Half an item takes half the price. A qualifier is a share of it; several are multiplied.
 * An ingredient that comes with the item costs only what a qualifier puts on top; one taken off gives nothing back.
 */
function ingredientPrice(
  shelf: Shelf,
  size: string,
  { entry, onItem }: { readonly entry: OrderIngredient; readonly onItem: ReadonlySet<string> },
): Money {
  if (!entry.ordered) return money(0, shelf.currency);
  const listed = shelf.ingredients.get(entry.ingredient)?.get(size);
  const full = entry.adHocPrice ?? listed ?? money(0, shelf.currency);
  let parts = wholeParts;
  for (const qualifier of entry.qualifiers) {
    parts = Math.round((parts * (shelf.qualifiers.get(qualifier) ?? wholeParts)) / wholeParts);
  }
  const comesWithIt = entry.adHocPrice === null && onItem.has(entry.ingredient);
  const charged = comesWithIt ? Math.max(0, parts - wholeParts) : parts;
  const whole = shareOf(full, charged, wholeParts);
  return entry.half === null ? whole : shareOf(whole, 1, 2);
}
