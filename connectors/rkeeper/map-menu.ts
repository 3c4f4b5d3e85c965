import type {
  Availability,
  AvailabilitySnapshot,
  MenuCategory,
  MenuItem,
  ModifierGroup,
  Variant,
} from '#domain/menu.ts';
import { money } from '#domain/money.ts';
import type { Money } from '#domain/money.ts';
import { dishId, joinId, modifierId } from './ids.ts';
import {
  bySortNumber,
  groupsOfScheme,
  isVariantGroup,
  leftOf,
  modifierAvailability,
  numberIn,
} from './map-modifiers.ts';
import type { MenuSource, OnSale } from './map-modifiers.ts';
import { slugOf } from './settings.ts';
import type { RkeeperSettings } from './settings.ts';
import type { WireOrderMenu, WireRow } from './wire-menu.ts';

/**
 * The references give the shape and the words, GetOrderMenu says what is sold and at what price (vendor page "Getting
 * up-to-date menu"): what is in both is the menu. `loyalty` holds the prices of the loyalty endpoint.
 */
export function mapMenu(source: MenuSource, loyalty: WireOrderMenu | null): readonly MenuCategory[] {
  const { rows, settings } = source;
  const hidden = hiddenCategories(rows.CategList, settings);
  const dishes = rows.MenuItems.toSorted(bySortNumber).filter(
    (row) => !hidden.has(row.parent) && isSold(source, row),
  );
  // Many dishes share a scheme, and its groups are the costly part.
  const schemes = new Set(dishes.map((row) => numberIn(row, 'ModiScheme')));
  const groups = new Map([...schemes].map((ident) => [ident, groupsOfScheme(source, ident)]));
  const items = new Map(
    dishes.map((row) => [
      row.ident,
      mapItem({ ...source, groups: groups.get(numberIn(row, 'ModiScheme')) ?? [], loyalty }, row),
    ]),
  );
  const joined = mapJoins(dishes, items, settings);
  return rows.CategList.toSorted(bySortNumber).flatMap((category) => {
    const shown = dishes
      .filter((row) => row.parent === category.ident)
      .flatMap((row) => joined.get(row.ident) ?? items.get(row.ident) ?? []);
    return shown.length === 0
      ? []
      : [{ categoryId: `category-${category.ident}`, name: category.name, items: shown }];
  });
}

/** All groups that a scheme uses, in the limits of the first scheme that does. */
export function mapModifierGroups(source: MenuSource): readonly ModifierGroup[] {
  const groups = new Map<string, ModifierGroup>();
  for (const scheme of source.rows.ModiSchemes) {
    for (const group of groupsOfScheme(source, scheme.ident)) {
      if (!groups.has(group.modifierGroupId)) groups.set(group.modifierGroupId, group);
    }
  }
  return [...groups.values()];
}

/** Everything that is not simply available, whether or not the menu shows it. */
export function mapAvailability(source: MenuSource, readAtMs: number): AvailabilitySnapshot {
  const { rows, onSale, settings } = source;
  const items: Record<string, Availability> = {};
  const variants: Record<string, Availability> = {};
  const modifiers: Record<string, Availability> = {};
  for (const row of rows.MenuItems) {
    const availability = dishAvailability(onSale, row.ident);
    if (availability.state === 'available') continue;
    items[dishId(row.ident)] = availability;
    variants[dishId(row.ident)] = availability;
  }
  for (const row of rows.Modifiers) {
    const availability = modifierAvailability(onSale, row.ident);
    if (availability.state === 'available') continue;
    modifiers[modifierId(row.ident)] = availability;
    variants[modifierId(row.ident)] = availability;
  }
  for (const join of settings.variants.joins) {
    const dishes = rows.MenuItems.filter((row) => join.dishes.some((dish) => dish.code === row.code));
    const soldOut = dishes.every((row) => dishAvailability(onSale, row.ident).state === 'sold-out');
    if (soldOut) items[joinId(slugOf(join.name))] = { state: 'sold-out' };
  }
  return { readAtMs, items, variants, modifiers };
}

/** Combos have no place in our menu yet: left out whole rather than sold without their components. */
function isSold(source: MenuSource, row: WireRow): boolean {
  const scheme = source.rows.ModiSchemes.find((entry) => entry.ident === numberIn(row, 'ModiScheme'));
  const isCombo = scheme?.attributes['ModiSchemeType'] === 'mstCombo';
  return source.onSale.menu.dishes.has(row.ident) && row.code !== source.settings.tipItemCode && !isCombo;
}

type ItemSource = MenuSource & {
  readonly groups: readonly ModifierGroup[];
  readonly loyalty: WireOrderMenu | null;
};

function mapItem(source: ItemSource, row: WireRow): MenuItem {
  const { settings, onSale, groups, loyalty } = source;
  const price = money(onSale.menu.dishes.get(row.ident)?.price ?? 0, settings.currency);
  const memberMinor = loyalty?.dishes.get(row.ident)?.price;
  const sizes = groups.find((group) => isVariantGroup(source, group));
  const description = [row.attributes['Comment'], row.attributes['AltName']].find(
    (text) => text !== undefined && text !== '' && text !== row.name,
  );
  const taxType = row.attributes['TaxDishType'] ?? '';
  return {
    itemId: dishId(row.ident),
    name: row.name,
    ...(description === undefined ? {} : { description }),
    price,
    ...loyaltyPrice(memberMinor, price),
    taxes: taxType === '' || taxType === '0' ? [] : [{ code: taxType, included: settings.taxIncluded }],
    availability: dishAvailability(onSale, row.ident),
    variants: (sizes?.modifiers ?? []).map((modifier): Variant => {
      const whole = money(price.amountMinor + modifier.price.amountMinor, settings.currency);
      return {
        variantId: modifier.modifierId,
        name: modifier.name,
        price: whole,
        ...loyaltyPrice(
          memberMinor === undefined ? undefined : memberMinor + modifier.price.amountMinor,
          whole,
        ),
        availability: modifier.availability,
      };
    }),
    modifierGroups: groups.filter((group) => group !== sizes),
  };
}

function dishAvailability(onSale: OnSale, ident: number): Availability {
  const offer = onSale.menu.dishes.get(ident);
  const rest = onSale.rests.find((entry) => entry.id === ident);
  if (offer === undefined || rest?.prohibited === true) return { state: 'sold-out' };
  return leftOf([offer.quantity, rest?.quantity]);
}

/**
 * Items made of several dishes, by the ident of the dish in whose place they stand; their other dishes map to nothing. A join
 * whose dishes do not all have the same choices is not made and its dishes stand alone: one item has one set of choices.
 */
function mapJoins(
  dishes: readonly WireRow[],
  items: ReadonlyMap<number, MenuItem>,
  settings: RkeeperSettings,
): ReadonlyMap<number, readonly MenuItem[]> {
  const joined = new Map<number, readonly MenuItem[]>();
  for (const join of settings.variants.joins) {
    const parts = join.dishes.flatMap((dish) => {
      const row = dishes.find((candidate) => candidate.code === dish.code);
      const item = row === undefined ? undefined : items.get(row.ident);
      return row === undefined || item === undefined ? [] : [{ row, name: dish.name, item }];
    });
    const [first] = parts;
    if (first === undefined || parts.length < 2) continue;
    const scheme = numberIn(first.row, 'ModiScheme');
    if (parts.some(({ row, item }) => numberIn(row, 'ModiScheme') !== scheme || item.variants.length > 0)) {
      continue;
    }
    const placed = dishes.find((row) => parts.some((part) => part.row.ident === row.ident));
    const whole = joinedItem(first.item, join.name, parts);
    for (const { row } of parts) joined.set(row.ident, row.ident === placed?.ident ? [whole] : []);
  }
  return joined;
}

function joinedItem(
  first: MenuItem,
  name: string,
  parts: readonly { readonly name: string; readonly item: MenuItem }[],
): MenuItem {
  const { description, ...shared } = first;
  // What is said of one bottle need not hold for the other.
  const isSaidOfAll = parts.every(({ item }) => item.description === description);
  return {
    ...shared,
    ...(description !== undefined && isSaidOfAll ? { description } : {}),
    itemId: joinId(slugOf(name)),
    name,
    availability: {
      state: parts.every(({ item }) => item.availability.state === 'sold-out') ? 'sold-out' : 'available',
    },
    variants: parts.map((part) => ({
      variantId: part.item.itemId,
      name: part.name,
      price: part.item.price,
      ...(part.item.loyaltyPrice === undefined ? {} : { loyaltyPrice: part.item.loyaltyPrice }),
      availability: part.item.availability,
    })),
  };
}

function hiddenCategories(rows: readonly WireRow[], settings: RkeeperSettings): ReadonlySet<number> {
  const hidden = new Set(settings.guestHiddenCategories);
  // Rows may stand before their parents; every pass hides at least one more or is the last.
  for (let grown = true; grown;) {
    const below = rows.filter((row) => hidden.has(row.parent) && !hidden.has(row.ident));
    below.forEach((row) => hidden.add(row.ident));
    grown = below.length > 0;
  }
  return hidden;
}

function loyaltyPrice(memberMinor: number | undefined, price: Money): { loyaltyPrice?: Money } {
  return memberMinor === undefined || memberMinor === price.amountMinor
    ? {}
    : { loyaltyPrice: money(memberMinor, price.currency) };
}
