import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Availability, Menu, Modifier, ModifierGroup } from './menu.ts';
import { withAvailability } from './menu.ts';
import { money } from './money.ts';
import type { Chosen, RequestedLine } from './order.ts';
import { lineQuantityMax, priceLine } from './price-line.ts';

const available: Availability = { state: 'available' };

function modifier(modifierId: string, priceMinor: number, more: Partial<Modifier> = {}): Modifier {
  return {
    modifierId,
    name: modifierId,
    price: money(priceMinor, 'EUR'),
    maxQuantity: 3,
    default: false,
    removable: false,
    availability: available,
    ...more,
  };
}

function group(modifiers: readonly Modifier[], more: Partial<ModifierGroup> = {}): ModifierGroup {
  const bounds = { minSelections: 0, maxSelections: null, freeSelections: 0 };
  return { modifierGroupId: 'group', name: 'group', ...bounds, modifiers, ...more };
}

function menuOf(...modifierGroups: ModifierGroup[]): Menu {
  const variant = (variantId: string, priceMinor: number) => ({
    variantId,
    name: variantId,
    price: money(priceMinor, 'EUR'),
    availability: available,
  });
  const dish = {
    name: 'dish',
    price: money(1_000, 'EUR'),
    taxes: [],
    availability: available,
    variants: [],
    modifierGroups,
  };
  return {
    menuVersion: 'v1',
    currency: 'EUR',
    readAtMs: 0,
    categories: [
      {
        categoryId: 'c',
        name: 'c',
        items: [
          { ...dish, itemId: 'dish' },
          { ...dish, itemId: 'sized', variants: [variant('small', 600), variant('large', 900)] },
        ],
      },
    ],
  };
}

function priced(menu: Menu, modifiers: readonly Chosen[], more: Partial<RequestedLine> = {}): number {
  const result = priceLine(menu, { itemId: 'dish', quantity: 1, modifiers, ...more });
  assert.equal(result.kind, 'priced', JSON.stringify(result));
  return result.kind === 'priced' ? result.line.price.amountMinor : Number.NaN;
}

function refusal(
  menu: Menu,
  modifiers: readonly Chosen[],
  more: Partial<RequestedLine> = {},
): readonly string[] {
  const result = priceLine(menu, { itemId: 'dish', quantity: 1, modifiers, ...more });
  return result.kind === 'refused' ? result.errors.map((error) => `${error.path} ${error.code}`) : [];
}

const one = (modifierId: string, quantity = 1): Chosen => ({ modifierId, quantity });

describe('the price of a line', () => {
  it('is unit price and modifiers, times the quantity', () => {
    const menu = menuOf(group([modifier('cheese', 150), modifier('ham', 200)]));
    assert.equal(priced(menu, [one('cheese', 2), one('ham')], { quantity: 3 }), 3 * (1_000 + 300 + 200));
  });

  it('takes the variant in place of the item', () => {
    const menu = menuOf();
    assert.equal(priced(menu, [], { itemId: 'sized', variantId: 'large' }), 900);
    assert.deepEqual(refusal(menu, [], { itemId: 'sized' }), ['variantId variant-required']);
    assert.deepEqual(refusal(menu, [], { itemId: 'sized', variantId: 'huge' }), [
      'variantId variant-unknown',
    ]);
    assert.deepEqual(refusal(menu, [], { variantId: 'large' }), ['variantId variant-unknown']);
  });

  it('charges nothing for a default, for taking it off, and for the free units of a group', () => {
    const olives = modifier('olives', 100, { default: true, removable: true });
    const menu = menuOf(group([olives, modifier('basil', 80), modifier('egg', 120)], { freeSelections: 1 }));
    assert.equal(priced(menu, []), 1_000);
    assert.equal(priced(menu, [one('olives', 0)]), 1_000);
    assert.equal(priced(menu, [one('basil')]), 1_000, 'the first is free');
    assert.equal(priced(menu, [one('basil'), one('egg')]), 1_120, 'the second is not');
    assert.equal(
      priced(menu, [one('olives', 2), one('egg')]),
      1_120,
      'a second unit of a default is the free one',
    );
  });

  it('multiplies what is nested by its parent', () => {
    const sauce = modifier('sauce', 50);
    const steak = modifier('steak', 500, { modifierGroups: [group([sauce], { modifierGroupId: 'nested' })] });
    const choice = { ...one('steak', 2), modifiers: [one('sauce')] };
    assert.equal(priced(menuOf(group([steak])), [choice]), 1_000 + 1_000 + 100);
  });
});

describe('a modifier whose price depends on the item', () => {
  const extra = modifier('extra', 63, { variantPrices: { large: money(88, 'EUR') } });
  const ham = modifier('ham', 125, {
    variantPrices: { large: money(175, 'EUR') },
    halves: true,
    modifierGroups: [group([extra], { modifierGroupId: 'how' })],
  });
  const menu = menuOf(group([ham]));
  const sized = (variantId: string) => ({ itemId: 'sized', variantId });

  it('costs what it costs on that size, with everything under it', () => {
    const withExtra = { ...one('ham'), modifiers: [one('extra')] };
    assert.equal(priced(menu, [one('ham')], sized('small')), 600 + 125);
    assert.equal(priced(menu, [one('ham')], sized('large')), 900 + 175);
    assert.equal(priced(menu, [withExtra], sized('large')), 900 + 175 + 88);
  });

  it('costs half on half an item, rounded up once', () => {
    const left = { ...one('ham'), portion: 'left' as const };
    assert.equal(priced(menu, [left], sized('small')), 600 + 63);
    const withExtra = { ...left, modifiers: [one('extra')] };
    assert.equal(priced(menu, [withExtra], sized('large')), 900 + 132);
    const whole = menuOf(group([modifier('egg', 100)]));
    assert.equal(priced(whole, [{ ...one('egg'), portion: 'left' }]), 1_100, 'where halves are not sold');
  });
});

describe('a line that cannot be cooked is refused', () => {
  it('for a quantity that is no sensible number of dishes', () => {
    for (const quantity of [0, -1, 1.5, lineQuantityMax + 1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])
      assert.deepEqual(refusal(menuOf(), [], { quantity }), ['quantity quantity-invalid'], String(quantity));
  });

  it('below the minimum and above the maximum of a group or a modifier', () => {
    const menu = menuOf(group([modifier('a', 0), modifier('b', 0)], { minSelections: 1, maxSelections: 2 }));
    assert.deepEqual(refusal(menu, []), ['modifiers modifier-below-min']);
    assert.deepEqual(refusal(menu, [one('a', 2), one('b')]), ['modifiers modifier-above-max']);
    assert.ok(refusal(menu, [one('a', 4)]).includes('modifiers[0].quantity modifier-above-max'));
  });

  it('for a modifier that is unknown, named twice, or a default that must stay', () => {
    const menu = menuOf(group([modifier('a', 0), modifier('dough', 0, { default: true })]));
    assert.deepEqual(refusal(menu, [one('x')]), ['modifiers[0].modifierId modifier-unknown']);
    assert.deepEqual(refusal(menu, [one('a'), one('a')]), ['modifiers[1].modifierId modifier-unknown']);
    assert.deepEqual(refusal(menu, [one('dough', 0)]), ['modifiers[0] modifier-not-removable']);
  });

  it('for anything sold out, and for more than what is left', () => {
    const menu = withAvailability(menuOf(group([modifier('a', 0)])), {
      readAtMs: 1,
      items: { dish: { state: 'limited', remaining: 2 } },
      variants: { large: { state: 'sold-out' } },
      modifiers: { a: { state: 'sold-out' } },
    });
    assert.equal(priced(menu, [], { quantity: 2 }), 2_000);
    assert.deepEqual(refusal(menu, [], { quantity: 3 }), ['quantity item-sold-out']);
    assert.deepEqual(refusal(menu, [one('a')]), ['modifiers[0] modifier-sold-out']);
    assert.deepEqual(refusal(menu, [], { itemId: 'sized', variantId: 'large' }), ['variantId item-sold-out']);
    assert.deepEqual(refusal(menu, [], { itemId: 'nothing' }), ['itemId item-unknown']);
  });

  it('with everything that is wrong with it at once', () => {
    const menu = menuOf(group([modifier('a', 0)], { minSelections: 1 }));
    assert.deepEqual(refusal(menu, [one('x')], { quantity: 0 }), [
      'quantity quantity-invalid',
      'modifiers[0].modifierId modifier-unknown',
      'modifiers modifier-below-min',
    ]);
  });
});
