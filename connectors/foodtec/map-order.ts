import { amountJson } from '#acceptance/amounts.ts';
import type { Json } from '#acceptance/json.ts';
import type { OrderIngredient } from '#acceptance/order.ts';
import { instructionsCharsMax } from '#acceptance/read-order.ts';
import type { StoreRules } from '#acceptance/rules.ts';
import type { StoreCategoryDefinition, StoreDefinition } from '#acceptance/store-definition.ts';
import type { RoundWrite } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { PosError } from '#contract/errors.ts';
import type { Money } from '#domain/money.ts';
import { addMoney, formatDecimal, money, sumMoney } from '#domain/money.ts';
import type { Line, LineModifier } from '#domain/order.ts';
import { itemId, modifierId, qualifierId, variantId } from './ids.ts';
import type { FoodtecSettings } from './settings.ts';

export type MappedOrder =
  | { readonly kind: 'mapped'; readonly order: Json; readonly price: Money }
  /** It would be refused by the store, or cost another sum than the guest paid: never sent. */
  | { readonly kind: 'refused'; readonly error: PosError };

/** Longest name of an ingredient, which a note that fits nowhere else is written as. */
const ingredientCharsMax = 100;
/** Longest name of an adjustment: a till shows no more of it. */
const adjustmentCharsMax = 100;
/** Characters of an order's reference that staff and guests call it by. */
const shortCodeChars = 4;

/** A round as an order of the API, priced the store's way. What we sold it for and what the store makes of it must be one sum. */
export function mapOrder(settings: FoodtecSettings, rules: StoreRules, write: RoundWrite): MappedOrder {
  const { store } = settings;
  const notes = placeNotes(write);
  const items: Json[] = [];
  const prices: Money[] = [];
  for (const line of write.lines) {
    const mapped = mapLine(store, rules, line);
    if (mapped.kind === 'refused') return mapped;
    items.push(itemJson(mapped, line, notes.onItem.get(line.lineId) ?? []));
    prices.push(mapped.price);
  }
  const discounts = write.thirdParty?.discounts ?? [];
  const adjustment = sumMoney(
    discounts.map(({ amount }) => amount),
    store.currency,
  );
  const subtotal = sumMoney(prices, store.currency).amountMinor - adjustment.amountMinor;
  if (subtotal < 0) return refused('not-possible', 'the discounts are more than the order');
  const taxableSubtotal = money(subtotal, store.currency);
  const tax = rules.tax(taxableSubtotal) ?? money(0, store.currency);
  const bill = addMoney(taxableSubtotal, tax);
  const paid = write.paidAhead?.amount;
  if (paid !== undefined && paid.amountMinor !== bill.amountMinor) {
    return refused(
      'price-changed',
      `paid ${formatDecimal(paid)}, the store file says ${formatDecimal(bill)}`,
    );
  }
  const tip = write.paidAhead?.tip ?? write.thirdParty?.tip ?? money(0, store.currency);
  const price = addMoney(bill, tip);
  const sums = { price, tax, taxableSubtotal, tip };
  return {
    kind: 'mapped',
    price,
    order: record({
      type: settings.orderType,
      source: settings.source,
      paid: write.paidAhead !== undefined || write.thirdParty?.paid === true,
      ...Object.fromEntries(Object.entries(sums).map(([name, amount]) => [name, amountJson(amount)])),
      customer: customerOf(write),
      items,
      adjustment:
        discounts.length === 0
          ? null
          : record({ name: namesOf(discounts), discount: amountJson(adjustment) }),
      instructions: notes.instructions,
      externalRef: write.roundReference,
      externalNumber: write.thirdParty?.externalNumber ?? null,
    }),
  };
}

/** An order of the API has one adjustment: it is called after all of them. */
function namesOf(discounts: readonly { readonly name: string }[]): string {
  const names = discounts.map(({ name }) => name).join(', ');
  return names.slice(0, adjustmentCharsMax);
}

/**
 * A guest is known by the table; a third party's customer by name and phone, with everything else that staff must know under them.
 * The order stays of the location's own type: a delivery of FoodTec's would have its zones and charges, and the third party drives.
 */
function customerOf({ thirdParty, tableName, tableRef }: RoundWrite): Json {
  if (thirdParty === undefined) return record({ name: `Table ${tableName ?? tableRef}` });
  const { customer, comment } = thirdParty;
  return record({ name: customer.name, phone: customer.phone, deliveryInstructions: comment });
}

/** What staff call the order by when a guest shows it. */
export function shortCodeOf(write: Pick<RoundWrite, 'orderReference'>): string {
  return write.orderReference.slice(0, shortCodeChars).toUpperCase();
}

type MappedLine = {
  readonly kind: 'mapped';
  readonly category: string;
  readonly item: string;
  readonly size: string;
  readonly ingredients: readonly OrderIngredient[];
  readonly price: Money;
};

function mapLine(
  store: StoreDefinition,
  rules: StoreRules,
  line: Line,
): MappedLine | Extract<MappedOrder, { kind: 'refused' }> {
  const found = findItem(store, line);
  if (found === undefined)
    return refused('item-unknown', `the store file has no ${line.itemId} ${line.variantId ?? ''}`);
  const { category, item, size } = found;
  const ingredients: OrderIngredient[] = [];
  for (const modifier of line.modifiers) {
    const mapped = mapModifier(category, modifier);
    if (mapped === undefined) return refused('item-unknown', `the store file has no ${modifier.modifierId}`);
    if (mapped !== 'as-it-comes') ingredients.push(mapped);
  }
  const price = rules
    .category(category.name)
    ?.item(item)
    ?.price({ size, quantity: line.quantity, ingredients });
  if (price === undefined || price.amountMinor !== line.price.amountMinor) {
    const now = price === undefined ? 'nothing' : formatDecimal(price);
    return refused(
      'price-changed',
      `${line.itemId}: sold at ${formatDecimal(line.price)}, the store file says ${now}`,
    );
  }
  return { kind: 'mapped', category: category.name, item, size, ingredients, price };
}

function findItem(
  store: StoreDefinition,
  line: Pick<Line, 'itemId' | 'variantId'>,
): { category: StoreCategoryDefinition; item: string; size: string } | undefined {
  for (const category of store.categories) {
    const item = category.items.find(({ name }) => itemId(category.name, name) === line.itemId);
    if (item === undefined) continue;
    const sizes = category.sizes.filter((size) => item.prices[size] !== undefined);
    const size =
      line.variantId === undefined && sizes.length === 1
        ? sizes[0]
        : sizes.find((name) => variantId(category.name, item.name, name) === line.variantId);
    return size === undefined ? undefined : { category, item: item.name, size };
  }
  return undefined;
}

/** An untouched default without a word about how much of it needs no mention. */
function mapModifier(
  category: StoreCategoryDefinition,
  modifier: LineModifier,
): OrderIngredient | 'as-it-comes' | undefined {
  const found = category.ingredients.find(
    ({ name }) => modifierId(category.name, name) === modifier.modifierId,
  );
  if (found === undefined) return undefined;
  const qualifiers: string[] = [];
  for (const nested of modifier.modifiers ?? []) {
    const word = category.qualifiers.find(
      ({ name }) => qualifierId(category.name, found.name, name) === nested.modifierId,
    );
    if (word === undefined) return undefined;
    qualifiers.push(word.name);
  }
  if (modifier.default === true && qualifiers.length === 0 && modifier.portion === undefined)
    return 'as-it-comes';
  const isLeftHalf = modifier.portion === 'left';
  const isRightHalf = modifier.portion === 'right';
  const ordered = modifier.removed !== true;
  return {
    ingredient: found.name,
    half: modifier.portion ?? null,
    ordered,
    qualifiers,
    adHocPrice: null,
    sent: { isLeftHalf, isRightHalf, ordered, isAdHoc: null, qualifiers },
  };
}

function itemJson(mapped: MappedLine, line: Line, notes: readonly string[]): Json {
  return record({
    category: mapped.category,
    item: mapped.item,
    size: mapped.size,
    quantity: { decimal: String(line.quantity) },
    sellingPrice: amountJson(mapped.price),
    ingredients: [
      ...mapped.ingredients.map(({ ingredient, ordered, qualifiers, sent }) =>
        record({
          ingredient,
          isLeftHalf: sent.isLeftHalf,
          isRightHalf: sent.isRightHalf,
          ordered,
          ...(qualifiers.length === 0 ? {} : { qualifiers }),
        }),
      ),
      ...notes.map((note) =>
        record({ ingredient: note, isAdHoc: true, ordered: true, price: { decimal: '0' } }),
      ),
    ],
    externalRef: line.lineId,
  });
}

/**
 * The order's instructions: the short code, then every line's note while they fit. One that does not is written on its item as an
 * ad hoc ingredient that costs nothing, so that no word of a guest is cut off.
 */
function placeNotes(write: RoundWrite): {
  readonly instructions: string;
  readonly onItem: ReadonlyMap<string, readonly string[]>;
} {
  let instructions = shortCodeOf(write);
  const onItem = new Map<string, readonly string[]>();
  if (write.thirdParty !== undefined) {
    instructions = `${instructions} · ${write.thirdParty.comment}`.slice(0, instructionsCharsMax);
  }
  for (const { lineId, name, note } of write.lines) {
    if (note === undefined) continue;
    const longer = `${instructions} · ${name}: ${note}`;
    if (longer.length <= instructionsCharsMax) instructions = longer;
    else onItem.set(lineId, [...new Set(piecesOf(note))]);
  }
  return { instructions, onItem };
}

function piecesOf(note: string): readonly string[] {
  const pieces: string[] = [];
  for (let at = 0; at < note.length; at += ingredientCharsMax)
    pieces.push(note.slice(at, at + ingredientCharsMax));
  return pieces;
}

function record(entries: Readonly<Record<string, Json>>): Json {
  return new Map(Object.entries(entries));
}

function refused(code: PosError['code'], detail: string): Extract<MappedOrder, { kind: 'refused' }> {
  return { kind: 'refused', error: posError(code, detail) };
}
