import type { Menu, MenuItem, Modifier, ModifierGroup, Variant } from './menu.ts';
import { findItem } from './menu.ts';
import type { Money } from './money.ts';
import { addMoney, money, multiplyMoney, sumMoney } from './money.ts';
import type { Chosen, LineModifier, RequestedLine } from './order.ts';

/** Units of one line. A larger wish is a slip of the thumb or an attack on the kitchen; a feast orders two lines. */
export const lineQuantityMax = 20;
/** Lines of one round. */
export const roundLinesMax = 40;

export const lineErrorCodes = [
  'item-unknown',
  'item-sold-out',
  'quantity-invalid',
  'variant-unknown',
  'variant-required',
  'modifier-unknown',
  'modifier-sold-out',
  'modifier-not-removable',
  'modifier-below-min',
  'modifier-above-max',
] as const;
export type LineErrorCode = (typeof lineErrorCodes)[number];

/** `path` is relative to the line, e.g. `modifiers[2].quantity`. */
export type LineError = { readonly path: string; readonly code: LineErrorCode };

export type PricedLine = {
  readonly item: MenuItem;
  readonly variant: Variant | undefined;
  readonly modifiers: readonly LineModifier[];
  readonly unitPrice: Money;
  readonly price: Money;
};

type Priced = { readonly kind: 'priced'; readonly line: PricedLine };
type Refused = { readonly kind: 'refused'; readonly errors: readonly LineError[] };

/**
 * Prices one requested line against a menu, or says everything that is wrong with it. Prices never come from the guest.
 *
 * Free units of a group are its first charged units in the order the choices stand; the first unit of a default is part of
 * the item's price. The POS's own total stays the truth: this one is what the guest is shown before it.
 */
export function priceLine(menu: Menu, requested: RequestedLine): Priced | Refused {
  const item = findItem(menu, requested.itemId);
  if (item === undefined) return { kind: 'refused', errors: [{ path: 'itemId', code: 'item-unknown' }] };
  const errors: LineError[] = [];
  if (!isCount(requested.quantity, 1, lineQuantityMax))
    errors.push({ path: 'quantity', code: 'quantity-invalid' });
  if (item.availability.state === 'sold-out') errors.push({ path: 'itemId', code: 'item-sold-out' });
  if (item.availability.state === 'limited' && item.availability.remaining < requested.quantity) {
    errors.push({ path: 'quantity', code: 'item-sold-out' });
  }
  const variant = chooseVariant(item, requested, errors);
  const groups =
    variant === undefined ? item.modifierGroups : pricedFor(item.modifierGroups, variant.variantId);
  const modifiers = chooseModifiers(groups, requested.modifiers, 'modifiers', errors);
  if (errors.length > 0) return { kind: 'refused', errors };
  const unitPrice = variant?.price ?? item.price;
  const unitTotal = addMoney(unitPrice, modifiersPrice(modifiers, unitPrice));
  return {
    kind: 'priced',
    line: { item, variant, modifiers, unitPrice, price: multiplyMoney(unitTotal, requested.quantity) },
  };
}

function chooseVariant(item: MenuItem, requested: RequestedLine, errors: LineError[]): Variant | undefined {
  if (item.variants.length === 0) {
    if (requested.variantId !== undefined) errors.push({ path: 'variantId', code: 'variant-unknown' });
    return undefined;
  }
  if (requested.variantId === undefined) {
    errors.push({ path: 'variantId', code: 'variant-required' });
    return undefined;
  }
  const variant = item.variants.find((candidate) => candidate.variantId === requested.variantId);
  if (variant === undefined) errors.push({ path: 'variantId', code: 'variant-unknown' });
  const left = variant?.availability;
  if (left?.state === 'sold-out' || (left?.state === 'limited' && left.remaining < requested.quantity)) {
    errors.push({ path: 'variantId', code: 'item-sold-out' });
  }
  return variant;
}

/** The groups as they cost on this size of the item. */
function pricedFor(groups: readonly ModifierGroup[], variantId: string): readonly ModifierGroup[] {
  return groups.map((group) => ({
    ...group,
    modifiers: group.modifiers.map((modifier) => ({
      ...modifier,
      price: modifier.variantPrices?.[variantId] ?? modifier.price,
      ...(modifier.modifierGroups === undefined
        ? {}
        : { modifierGroups: pricedFor(modifier.modifierGroups, variantId) }),
    })),
  }));
}

function chooseModifiers(
  groups: readonly ModifierGroup[],
  chosen: readonly Chosen[],
  path: string,
  errors: LineError[],
): readonly LineModifier[] {
  const known = new Set(groups.flatMap((group) => group.modifiers.map((modifier) => modifier.modifierId)));
  const seen = new Set<string>();
  chosen.forEach((choice, index) => {
    // The same modifier twice, or one the item does not offer: neither has a meaning the kitchen could cook.
    if (!known.has(choice.modifierId) || seen.has(choice.modifierId)) {
      errors.push({ path: `${path}[${index}].modifierId`, code: 'modifier-unknown' });
    }
    seen.add(choice.modifierId);
  });
  return groups.flatMap((group) => chooseFromGroup(group, chosen, path, errors));
}

function chooseFromGroup(
  group: ModifierGroup,
  chosen: readonly Chosen[],
  path: string,
  errors: LineError[],
): readonly LineModifier[] {
  let units = 0;
  let freeLeft = group.freeSelections;
  const lines: LineModifier[] = [];
  for (const modifier of inChosenOrder(group, chosen)) {
    const index = chosen.findIndex((choice) => choice.modifierId === modifier.modifierId);
    const choice = chosen[index];
    const at = index < 0 ? path : `${path}[${index}]`;
    const quantity = choice?.quantity ?? 1;
    checkChoice(modifier, quantity, at, errors);
    units += quantity;
    const included = modifier.default ? Math.min(quantity, 1) : 0;
    const free = Math.min(Math.max(quantity - included, 0), freeLeft);
    freeLeft -= free;
    const nested = chooseModifiers(
      quantity > 0 ? (modifier.modifierGroups ?? []) : [],
      choice?.modifiers ?? [],
      `${at}.modifiers`,
      errors,
    );
    const charged = {
      price: multiplyMoney(modifier.price, Math.max(quantity - included - free, 0)),
      modifiers: nested,
    };
    const isHalf = choice?.portion !== undefined && modifier.halves === true;
    const { price, modifiers } = isHalf ? halfOf(charged, quantity) : charged;
    lines.push({
      modifierId: modifier.modifierId,
      modifierGroupId: group.modifierGroupId,
      name: modifier.name,
      quantity,
      price,
      ...(choice?.portion === undefined ? {} : { portion: choice.portion }),
      ...(modifier.default && quantity === 0 ? { removed: true } : {}),
      ...(modifier.default && quantity === 1 ? { default: true } : {}),
      ...(modifiers.length === 0 ? {} : { modifiers }),
    });
  }
  if (units < group.minSelections) errors.push({ path, code: 'modifier-below-min' });
  if (group.maxSelections !== null && units > group.maxSelections)
    errors.push({ path, code: 'modifier-above-max' });
  return lines;
}

type Charged = { readonly price: Money; readonly modifiers: readonly LineModifier[] };

/** Half of what the modifier costs with everything chosen under it, half a coin rounded up once. */
function halfOf({ price, modifiers }: Charged, quantity: number): Charged {
  const whole = addMoney(price, multiplyMoney(modifiersPrice(modifiers, price), quantity));
  const free = money(0, price.currency);
  return {
    price: money(Math.ceil(whole.amountMinor / 2), price.currency),
    modifiers: modifiers.map((modifier) => ({ ...modifier, price: free })),
  };
}

/** Chosen modifiers in the guest's order, then the defaults left untouched. */
function inChosenOrder(group: ModifierGroup, chosen: readonly Chosen[]): readonly Modifier[] {
  const byId = new Map(group.modifiers.map((modifier) => [modifier.modifierId, modifier]));
  const picked = chosen.flatMap((choice) => byId.get(choice.modifierId) ?? []);
  return [
    ...new Set(picked),
    ...group.modifiers.filter((modifier) => modifier.default && !picked.includes(modifier)),
  ];
}

function checkChoice(modifier: Modifier, quantity: number, at: string, errors: LineError[]): void {
  if (!isCount(quantity, modifier.default ? 0 : 1, Number.MAX_SAFE_INTEGER)) {
    errors.push({ path: `${at}.quantity`, code: 'quantity-invalid' });
    return;
  }
  if (quantity > modifier.maxQuantity) errors.push({ path: `${at}.quantity`, code: 'modifier-above-max' });
  if (quantity === 0 && !modifier.removable) errors.push({ path: at, code: 'modifier-not-removable' });
  const left = modifier.availability;
  if (
    quantity > 0 &&
    (left.state === 'sold-out' || (left.state === 'limited' && left.remaining < quantity))
  ) {
    errors.push({ path: at, code: 'modifier-sold-out' });
  }
}

function modifiersPrice(modifiers: readonly LineModifier[], like: Money): Money {
  return sumMoney(
    modifiers.map((modifier) =>
      addMoney(
        modifier.price,
        multiplyMoney(modifiersPrice(modifier.modifiers ?? [], like), Math.max(modifier.quantity, 0)),
      ),
    ),
    like.currency,
  );
}

function isCount(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max;
}
