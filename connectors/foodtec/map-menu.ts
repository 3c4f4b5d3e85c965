import { amountOf, partsOf, shareOf, wholeParts } from '#acceptance/amounts.ts';
import type {
  StoreCategoryDefinition,
  StoreDefinition,
  StoreItemDefinition,
} from '#acceptance/store-definition.ts';
import type { Availability, MenuCategory, MenuItem, Modifier, ModifierGroup } from '#domain/menu.ts';
import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import { taxWhole } from '#domain/tax.ts';
import { categoryId, itemId, modifierId, qualifierId, slugOf, variantId } from './ids.ts';

const available: Availability = { state: 'available' };

/** The store file as our menu: the API has no menu to read. Tax is on top of every price, at the file's rate. */
export function mapMenu(store: StoreDefinition): readonly MenuCategory[] {
  return store.categories.map((category) => ({
    categoryId: categoryId(category.name),
    name: category.name,
    items: category.items.map((item) => mapItem(store, category, item)),
  }));
}

export function mapModifierGroups(store: StoreDefinition): readonly ModifierGroup[] {
  return mapMenu(store).flatMap(({ items }) => items.flatMap(({ modifierGroups }) => modifierGroups));
}

function mapItem(
  store: StoreDefinition,
  category: StoreCategoryDefinition,
  item: StoreItemDefinition,
): MenuItem {
  const sizes = category.sizes.filter((size) => item.prices[size] !== undefined);
  const priceOf = (size: string) => amountOf(item.prices[size] ?? '0', store.currency);
  const variants = sizes.map((size) => ({
    variantId: variantId(category.name, item.name, size),
    name: size,
    price: priceOf(size),
    availability: available,
  }));
  return {
    itemId: itemId(category.name, item.name),
    name: item.name,
    ...(item.description === undefined ? {} : { description: item.description }),
    price: priceOf(sizes[0] ?? ''),
    taxes: [
      { code: 'sales-tax', included: false, rate: (partsOf(store.taxPercent) * taxWhole) / wholeParts },
    ],
    availability: available,
    variants: variants.length === 1 ? [] : variants,
    modifierGroups: mapGroups({ store, category, item, sizes }),
  };
}

type ItemParts = {
  readonly store: StoreDefinition;
  readonly category: StoreCategoryDefinition;
  readonly item: StoreItemDefinition;
  readonly sizes: readonly string[];
};

/** What must be chosen first, then whatever else the item takes. */
function mapGroups(parts: ItemParts): readonly ModifierGroup[] {
  const { category, item } = parts;
  const inChoice = new Set(item.choices.flatMap((choice) => choice.ingredients));
  const taken = item.takes ?? category.ingredients.map(({ name }) => name);
  const others = category.ingredients
    .map(({ name }) => name)
    .filter((name) => (taken.includes(name) || item.onItem.includes(name)) && !inChoice.has(name));
  const id = itemId(category.name, item.name);
  const choices = item.choices.map((choice) => ({
    modifierGroupId: `${id}.${slugOf(choice.name)}`,
    name: choice.name,
    minSelections: choice.atLeast,
    maxSelections: null,
    freeSelections: 0,
    modifiers: choice.ingredients.map((name) => mapModifier(parts, name)),
  }));
  const rest = {
    modifierGroupId: `${id}.with`,
    name: 'With it',
    minSelections: 0,
    maxSelections: null,
    freeSelections: 0,
    modifiers: others.map((name) => mapModifier(parts, name)),
  };
  return rest.modifiers.length === 0 ? choices : [...choices, rest];
}

function mapModifier(parts: ItemParts, ingredient: string): Modifier {
  const { category, item } = parts;
  const full = (size: string) => ingredientPrice(parts, ingredient, size);
  // A word that makes it cheaper has no place in a menu of surcharges; staff may still type it.
  const qualifiers = category.qualifiers.filter(({ percent }) => partsOf(percent) >= wholeParts);
  const group = {
    modifierGroupId: `${modifierId(category.name, ingredient)}.how`,
    name: 'How much',
    minSelections: 0,
    maxSelections: 1,
    freeSelections: 0,
    modifiers: qualifiers.map(({ name, percent }): Modifier => {
      const more = (size: string) => shareOf(full(size), partsOf(percent) - wholeParts, wholeParts);
      return {
        modifierId: qualifierId(category.name, ingredient, name),
        name,
        ...pricesBySize(parts, more),
        maxQuantity: 1,
        default: false,
        removable: false,
        availability: available,
      };
    }),
  };
  return {
    modifierId: modifierId(category.name, ingredient),
    name: ingredient,
    ...pricesBySize(parts, full),
    halves: true,
    maxQuantity: 1,
    default: item.onItem.includes(ingredient),
    removable: true,
    availability: available,
    ...(qualifiers.length === 0 ? {} : { modifierGroups: [group] }),
  };
}

function pricesBySize(
  { category, item, sizes, store }: ItemParts,
  priceOf: (size: string) => Money,
): Pick<Modifier, 'price' | 'variantPrices'> {
  const [first] = sizes;
  const price = first === undefined ? money(0, store.currency) : priceOf(first);
  const prices = sizes.map((size) => [variantId(category.name, item.name, size), priceOf(size)] as const);
  const differs = prices.some(([, other]) => other.amountMinor !== price.amountMinor);
  return differs ? { price, variantPrices: Object.fromEntries(prices) } : { price };
}

function ingredientPrice({ category, store }: ItemParts, ingredient: string, size: string): Money {
  const price = category.ingredients.find(({ name }) => name === ingredient)?.price;
  const text = typeof price === 'string' ? price : price?.[size];
  return amountOf(text ?? '0', store.currency);
}
