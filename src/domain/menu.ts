import type { Currency, Money } from './money.ts';

/** Whether something can be ordered now. `remaining` counts whole units the POS still allows. */
export type Availability =
  | { readonly state: 'available' }
  | { readonly state: 'sold-out' }
  | { readonly state: 'limited'; readonly remaining: number };

/**
 * `included` is true when the price already holds the tax. `rate`, in thousandths of a percent, says what a tax that it does not
 * hold adds to the bill; without one it is the POS's business.
 */
export type TaxFlag = { readonly code: string; readonly included: boolean; readonly rate?: number };

export type Modifier = {
  readonly modifierId: string;
  readonly name: string;
  /** For one unit; free units of the group are not charged. */
  readonly price: Money;
  /** By variant, where it depends on the item's size: what counts for a variant named here. */
  readonly variantPrices?: Readonly<Record<string, Money>>;
  /** May be put on one half of the item, for half the price. */
  readonly halves?: boolean;
  /** Units of this modifier on one unit of the item. */
  readonly maxQuantity: number;
  /** Comes with the item unless taken off. */
  readonly default: boolean;
  /** A default that the guest may take off. */
  readonly removable: boolean;
  readonly availability: Availability;
  /** One level only: groups of a nested group's modifiers have none. */
  readonly modifierGroups?: readonly ModifierGroup[];
};

export type ModifierGroup = {
  readonly modifierGroupId: string;
  readonly name: string;
  /** Units, defaults included, over all modifiers of the group on one unit of the item. */
  readonly minSelections: number;
  /** Null: no upper bound. */
  readonly maxSelections: number | null;
  /** Units that cost nothing, the cheapest choice of the POS; charged beyond it. */
  readonly freeSelections: number;
  readonly modifiers: readonly Modifier[];
};

/** A size or form of an item with its own price. */
export type Variant = {
  readonly variantId: string;
  readonly name: string;
  readonly price: Money;
  readonly loyaltyPrice?: Money;
  readonly availability: Availability;
};

export type MenuItem = {
  readonly itemId: string;
  readonly name: string;
  readonly description?: string;
  readonly price: Money;
  readonly loyaltyPrice?: Money;
  readonly taxes: readonly TaxFlag[];
  readonly availability: Availability;
  /** Empty: the item is ordered as it is. Otherwise exactly one must be chosen and its price replaces the item's. */
  readonly variants: readonly Variant[];
  readonly modifierGroups: readonly ModifierGroup[];
};

export type MenuCategory = {
  readonly categoryId: string;
  readonly name: string;
  readonly items: readonly MenuItem[];
};

/** What is for sale at one location, as last read from its POS. */
export type Menu = {
  /** Changes whenever anything but availability changes; a hash of the content. */
  readonly menuVersion: string;
  readonly currency: Currency;
  readonly readAtMs: number;
  readonly categories: readonly MenuCategory[];
};

/**
 * One reading of what is sold out: ids of items, variants and modifiers that are not simply available.
 * Whatever the menu holds and this does not name is available.
 */
export type AvailabilitySnapshot = {
  readonly readAtMs: number;
  readonly items: Readonly<Record<string, Availability>>;
  readonly variants: Readonly<Record<string, Availability>>;
  readonly modifiers: Readonly<Record<string, Availability>>;
};

const available: Availability = { state: 'available' };

/** The menu with a newer reading of availability laid over it. The menu version stays: availability is not part of it. */
export function withAvailability(menu: Menu, snapshot: AvailabilitySnapshot): Menu {
  const group = (source: ModifierGroup): ModifierGroup => ({
    ...source,
    modifiers: source.modifiers.map((modifier) => ({
      ...modifier,
      availability: snapshot.modifiers[modifier.modifierId] ?? available,
      ...(modifier.modifierGroups === undefined
        ? {}
        : { modifierGroups: modifier.modifierGroups.map(group) }),
    })),
  });
  return {
    ...menu,
    categories: menu.categories.map((category) => ({
      ...category,
      items: category.items.map((item) => ({
        ...item,
        availability: snapshot.items[item.itemId] ?? available,
        variants: item.variants.map((variant) => ({
          ...variant,
          availability: snapshot.variants[variant.variantId] ?? available,
        })),
        modifierGroups: item.modifierGroups.map(group),
      })),
    })),
  };
}

export function findItem(menu: Menu, itemId: string): MenuItem | undefined {
  for (const category of menu.categories) {
    const item = category.items.find((candidate) => candidate.itemId === itemId);
    if (item !== undefined) return item;
  }
  return undefined;
}
