import type { Money } from '#domain/money.ts';
import { readAmount, readWhole } from './amounts.ts';
import { readSent, spelled } from './check-amounts.ts';
import type { Checked, Checking } from './checking.ts';
import { lacking, ok } from './checking.ts';
import type { Refused } from './codes.ts';
import { refuse } from './codes.ts';
import type { Json, JsonObject } from './json.ts';
import { isList, isObject } from './json.ts';
import type { OrderIngredient, OrderItem } from './order.ts';
import { filledText, flagOf, isAbsent, textOf } from './read-order.ts';
import type { StoreItem } from './rules.ts';

/** Units of one line. */
export const quantityMax = 1_000;
/** Longest name of an ingredient. */
export const ingredientCharsMax = 100;
/** Qualifiers of one ingredient. */
export const qualifiersMax = 10;

/** A checked item and what the store knows it as; the price follows once every item and special is known to exist. */
export type CheckedItem = { readonly item: OrderItem; readonly known: StoreItem };

/** How many units of each item the order takes so far, items inside specials included. */
export type Taken = Map<StoreItem, number>;

export function checkItems(
  checking: Checking,
  sent: Json | undefined,
  taken: Taken,
): Checked<readonly CheckedItem[]> {
  const items: CheckedItem[] = [];
  for (const entry of objectsOf(sent)) {
    const checked = checkItem(checking, entry, taken);
    if (checked.kind === 'refused') return checked;
    items.push(checked.value);
  }
  return ok(items);
}

/** The objects of a list that `readOrder` has already looked at. */
export function objectsOf(list: Json | undefined): readonly JsonObject[] {
  return isList(list) ? list.filter((entry) => isObject(entry)) : [];
}

/** Names in the order of the codes: category, item, size, stock, ingredients, quantity, choices, price. */
function checkItem(checking: Checking, sent: JsonObject, taken: Taken): Checked<CheckedItem> {
  const category = filledText(sent.get('category'));
  if (category === undefined) return refuse(1101);
  const knownCategory = checking.rules.category(category);
  if (knownCategory === undefined) return refuse(1102, { category });
  const item = filledText(sent.get('item'));
  if (item === undefined) return refuse(1110);
  const known = knownCategory.item(item);
  if (known === undefined) return refuse(1111, { item, category });
  const names = { item, category };
  const size = checkSize(checking, sent.get('size'), known, names);
  if (size.kind === 'refused') return size;
  const quantity = isAbsent(sent.get('quantity')) ? 1 : readWhole(sent.get('quantity'));
  const countable = quantity !== undefined && quantity >= 1 && quantity <= quantityMax ? quantity : undefined;
  if (isSoldOut(known, taken, countable ?? 1)) return refuse(1123, names);
  const ingredients = checkIngredients(checking, sent.get('ingredients'), known, names);
  if (ingredients.kind === 'refused') return ingredients;
  if (countable === undefined) return refuse(1140, names);
  const wrong = wrongChoices(checking, known, ingredients.value, names);
  if (wrong !== undefined) return wrong;
  const sellingPrice = checkPrice(checking, sent.get('sellingPrice'), item);
  if (sellingPrice.kind === 'refused') return sellingPrice;
  return ok({
    known,
    item: {
      ...names,
      size: size.value,
      quantity: countable,
      ingredients: ingredients.value,
      externalRef: textOf(sent.get('externalRef')) ?? null,
      isInBucket: flagOf(sent.get('isInBucket')),
      sellingPrice: sellingPrice.value,
      price: null,
    },
  });
}

type Names = { readonly item: string; readonly category: string };

function checkSize(
  checking: Checking,
  sent: Json | undefined,
  known: StoreItem,
  names: Names,
): Checked<string | null> {
  const size = filledText(sent);
  if (size === undefined) {
    const absent = isAbsent(sent) || textOf(sent)?.trim() === '';
    const refused = absent ? lacking(checking, refuse(1120, names)) : refuse(1120, names);
    return refused ?? ok(null);
  }
  const sold = known.size(size);
  if (sold === 'unknown') return refuse(1121, { size, ...names });
  return sold === 'not-sold' ? refuse(1122, { size, ...names }) : ok(size);
}

function isSoldOut(known: StoreItem, taken: Taken, quantity: number): boolean {
  const units = (taken.get(known) ?? 0) + quantity;
  taken.set(known, units);
  return known.left !== null && units > known.left;
}

function checkIngredients(
  checking: Checking,
  sent: Json | undefined,
  known: StoreItem,
  names: Names,
): Checked<readonly OrderIngredient[]> {
  const ingredients: OrderIngredient[] = [];
  for (const entry of objectsOf(sent)) {
    const checked = checkIngredient(checking, entry, known, names);
    if (checked.kind === 'refused') return checked;
    const { ingredient, half } = checked.value;
    const again = ingredients.some(
      (other) =>
        other.ingredient === ingredient && (other.half === half || other.half === null || half === null),
    );
    if (again)
      return refuse(1125, { reason: `${ingredient} stands twice on the same part of ${names.item}.` });
    ingredients.push(checked.value);
  }
  return ok(ingredients);
}

function checkIngredient(
  checking: Checking,
  sent: JsonObject,
  known: StoreItem,
  names: Names,
): Checked<OrderIngredient> {
  const name = sent.get('ingredient');
  if (isAbsent(name) || textOf(name)?.trim() === '') return refuse(1124, { item: names.item });
  if (typeof name !== 'string') return refuse(1125, { reason: 'it is not a text.' });
  const reason = unusableName(name);
  if (reason !== undefined) return refuse(1125, { reason });
  const isAdHoc = flagOf(sent.get('isAdHoc'));
  const ordered = flagOf(sent.get('ordered'));
  const listed = known.ingredient(name);
  if (isAdHoc !== true && listed === undefined) return refuse(1130, { ingredient: name, ...names });
  if (ordered === false && listed?.onItem !== true) {
    return refuse(1125, { reason: `${name} does not come with ${names.item}, so it cannot be taken off.` });
  }
  const qualifiers = checkQualifiers(sent.get('qualifiers'), (qualifier) => known.qualifier(qualifier, name));
  if (qualifiers.kind === 'unknown') return refuse(1131, { qualifier: qualifiers.spelled, ...names });
  const isLeftHalf = flagOf(sent.get('isLeftHalf'));
  const isRightHalf = flagOf(sent.get('isRightHalf'));
  const adHocPrice = isAdHoc === true ? readAmount(sent.get('price'), checking.rules.currency) : null;
  const priced = isAdHoc === true || readSent(sent.get('price'), checking.rules.currency) !== 'wrong';
  if (adHocPrice === undefined || !priced) return refuse(1514, { ingredient: name });
  return ok({
    ingredient: name,
    // Both halves are the whole.
    half:
      isLeftHalf === isRightHalf
        ? null
        : isLeftHalf === true
          ? 'left'
          : isRightHalf === true
            ? 'right'
            : null,
    ordered: ordered !== false,
    qualifiers: qualifiers.names ?? [],
    adHocPrice,
    sent: { isLeftHalf, isRightHalf, ordered, isAdHoc, qualifiers: qualifiers.names },
  });
}

function unusableName(name: string): string | undefined {
  if (name.length > ingredientCharsMax) return `more than ${ingredientCharsMax} characters.`;
  return /[\p{Cc}\p{Cs}]/u.test(name) ? 'it holds control characters.' : undefined;
}

function checkQualifiers(
  sent: Json | undefined,
  isKnown: (qualifier: string) => boolean,
): { kind: 'known'; names: readonly string[] | null } | { kind: 'unknown'; spelled: string } {
  if (isAbsent(sent)) return { kind: 'known', names: null };
  if (!isList(sent) || sent.length > qualifiersMax) return { kind: 'unknown', spelled: spelled(sent) };
  const names: string[] = [];
  for (const qualifier of sent) {
    if (typeof qualifier !== 'string' || !isKnown(qualifier) || names.includes(qualifier)) {
      return { kind: 'unknown', spelled: spelled(qualifier) };
    }
    names.push(qualifier);
  }
  return { kind: 'known', names };
}

function wrongChoices(
  checking: Checking,
  known: StoreItem,
  ingredients: readonly OrderIngredient[],
  { item, category }: Names,
): Refused | undefined {
  for (const choice of known.choices) {
    const made = ingredients.filter(
      (entry) => entry.ordered && choice.ingredients.has(entry.ingredient),
    ).length;
    if (made >= choice.atLeast) continue;
    const values = { cnt: String(choice.atLeast), category, item, choice: choice.name };
    const refused = lacking(checking, refuse(1141, values));
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function checkPrice(checking: Checking, sent: Json | undefined, item: string): Checked<Money | null> {
  const price = readSent(sent, checking.rules.currency);
  if (price === 'wrong') return refuse(1511, { price: spelled(sent), item });
  if (price !== null) return ok(price);
  return lacking(checking, refuse(1513, { item })) ?? ok(null);
}
