import { isDeepStrictEqual } from 'node:util';
import type { AcceptedOrder, OrderIngredient, OrderItem } from '#acceptance/order.ts';
import type { PricedLine } from '#acceptance/rules.ts';
import type { Chosen, RequestedLine } from '#domain/order.ts';
import { lineQuantityMax } from '#domain/price-line.ts';
import type { Catalogue, CatalogueItem } from './catalogue.ts';

/** What the location's POS can be told about a line. */
export type PosAbilities = { readonly lineNotes: boolean; readonly portions: boolean };

export type ToLines =
  | { readonly kind: 'lines'; readonly lines: readonly RequestedLine[] }
  /** `reason` completes "The order was not placed". */
  | { readonly kind: 'impossible'; readonly reason: string };

/** An accepted order's lines as our menu's: ids and quantities, no prices. Lines inside specials are lines like any other. */
export function linesOfOrder(catalogue: Catalogue, order: AcceptedOrder, pos: PosAbilities): ToLines {
  const lines: RequestedLine[] = [];
  for (const item of [...order.items, ...order.specials.flatMap((special) => special.items)]) {
    const known = catalogue.categories.get(item.category)?.items.get(item.item);
    if (known === undefined) throw new Error('an accepted order names an item that is not on the menu');
    const made = lineOf(known, item);
    if (made.kind === 'impossible') return made;
    const wrong = unsaid(made.line, pos);
    if (wrong !== undefined) return { kind: 'impossible', reason: `${wrong} (${item.item})` };
    for (let left = item.quantity; left > 0; left -= lineQuantityMax)
      lines.push({ ...made.line, quantity: Math.min(left, lineQuantityMax) });
  }
  return { kind: 'lines', lines };
}

type Made =
  | { readonly kind: 'line'; readonly line: RequestedLine }
  | { readonly kind: 'impossible'; readonly reason: string };

/** One unit of an item with what was chosen. */
export function unitOf(known: CatalogueItem, line: Pick<PricedLine, 'size' | 'ingredients'>): Made {
  return lineOf(known, line);
}

function lineOf(known: CatalogueItem, line: Pick<OrderItem, 'size' | 'ingredients'>): Made {
  const variant = known.sizes.get(line.size ?? '');
  const chosen = new Map<string, Chosen>();
  const adHoc: string[] = [];
  for (const ingredient of line.ingredients) {
    if (ingredient.adHocPrice !== null) {
      adHoc.push([...ingredient.qualifiers, ingredient.ingredient].join(' '));
      continue;
    }
    const choice = chosenOf(known, ingredient);
    if (choice === undefined) continue;
    const merged = mergeHalves(chosen.get(choice.modifierId), choice);
    if (merged === undefined)
      return { kind: 'impossible', reason: `${ingredient.ingredient} cannot be put on twice.` };
    chosen.set(choice.modifierId, merged);
  }
  return {
    kind: 'line',
    line: {
      itemId: known.item.itemId,
      ...(variant === null || variant === undefined ? {} : { variantId: variant.variantId }),
      modifiers: [...chosen.values()],
      quantity: 1,
      ...(adHoc.length === 0 ? {} : { note: `+ ${adHoc.join(', ')}` }),
    },
  };
}

/** Undefined: nothing of it is put on, and nothing of it was on. */
function chosenOf(known: CatalogueItem, ingredient: OrderIngredient): Chosen | undefined {
  let modifier = known.ingredients.get(ingredient.ingredient);
  let units = ingredient.ordered ? 1 : 0;
  const chosenWith: Chosen[] = [];
  for (const qualifier of ingredient.ordered ? ingredient.qualifiers : []) {
    const qualified = known.qualified(qualifier, ingredient.ingredient);
    if (qualified?.kind === 'units') units = qualified.units;
    if (qualified?.kind === 'modifier') modifier = qualified.modifier;
    if (qualified?.kind === 'with')
      chosenWith.push({ modifierId: qualified.modifier.modifierId, quantity: 1 });
  }
  if (modifier === undefined)
    throw new Error('an accepted order names an ingredient that is not on the menu');
  if (units === 0 && !modifier.default) return undefined;
  return {
    modifierId: modifier.modifierId,
    quantity: units,
    ...(ingredient.half === null || units === 0 ? {} : { portion: ingredient.half }),
    ...(chosenWith.length === 0 || units === 0 ? {} : { modifiers: chosenWith }),
  };
}

/** The same on the left and on the right is on the whole. */
function mergeHalves(there: Chosen | undefined, more: Chosen): Chosen | undefined {
  if (there === undefined) return more;
  const halves = there.portion !== undefined && more.portion !== undefined && there.portion !== more.portion;
  const { portion: _, ...whole } = more;
  const same = there.quantity === more.quantity && isDeepStrictEqual(there.modifiers, more.modifiers);
  return halves && same ? whole : undefined;
}

function unsaid(line: RequestedLine, pos: PosAbilities): string | undefined {
  if (!pos.portions && line.modifiers.some((chosen) => chosen.portion !== undefined))
    return 'The POS of this store takes no halves';
  if (!pos.lineNotes && line.note !== undefined) return 'The POS of this store takes no ad hoc ingredients';
  return undefined;
}
