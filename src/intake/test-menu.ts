import type { IntakeName } from '#domain/intake.ts';
import type { Menu, MenuItem, Modifier, ModifierGroup } from '#domain/menu.ts';
import { money } from '#domain/money.ts';

const eur = (minor: number) => money(minor, 'EUR');
const available = { state: 'available' } as const;

const modifier = (modifierId: string, minor: number, more: Partial<Modifier> = {}): Modifier => ({
  modifierId,
  name: modifierId,
  price: eur(minor),
  maxQuantity: 2,
  default: false,
  removable: false,
  availability: available,
  ...more,
});
const group = (name: string, modifiers: readonly Modifier[], minSelections = 0): ModifierGroup => ({
  modifierGroupId: name,
  name,
  minSelections,
  maxSelections: null,
  freeSelections: 0,
  modifiers,
});
const item = (itemId: string, minor: number, more: Partial<MenuItem> = {}): MenuItem => ({
  itemId,
  name: itemId,
  price: eur(minor),
  taxes: [],
  availability: available,
  variants: [],
  modifierGroups: [],
  ...more,
});
const size = (itemId: string, name: string, minor: number) => ({
  variantId: `${itemId} ${name}`,
  name,
  price: eur(minor),
  availability: available,
});
const toppings = group('Toppings', [
  modifier('Pepperoni', 150),
  modifier('Mushrooms', 120),
  modifier('Extra Onion', 200),
  modifier('Onion', 100),
]);

/** A ten-inch cheese pizza with extra pepperoni is 8.85 + 2 × 1.50. */
export const pizzaMenu: Menu = {
  menuVersion: 'pizza-1',
  currency: 'EUR',
  readAtMs: 0,
  categories: [
    {
      categoryId: 'pizza',
      name: 'Pizza',
      items: [
        item('Cheese', 885, {
          variants: [size('Cheese', '10"', 885), size('Cheese', '14"', 1335)],
          modifierGroups: [toppings],
        }),
        item('Truffle', 2100, { variants: [size('Truffle', '14"', 2100)] }),
        item('Margherita', 950, {
          modifierGroups: [group('Herbs', [modifier('Basil', 0, { default: true, removable: true })])],
        }),
      ],
    },
    {
      categoryId: 'salad',
      name: 'Salad',
      items: [
        item('Garden', 625, {
          modifierGroups: [group('Dressing', [modifier('Ranch', 0), modifier('Italian', 0)], 1)],
        }),
      ],
    },
  ],
};

export const extra: IntakeName = {
  kind: 'qualifier',
  withinId: null,
  name: 'Extra',
  targetId: null,
  units: 2,
};
