import { holdsCardNumber } from '#domain/text.ts';
import type { Refused } from './codes.ts';
import { refuse } from './codes.ts';
import type { Json, JsonObject } from './json.ts';
import { isList, isNumber, isObject, parseJson } from './json.ts';
import { orderSources } from './order.ts';
import type { OrderSource, OrderType } from './order.ts';
import { orderTypes } from './order.ts';
import type { StoreRules } from './rules.ts';

/** Longest `instructions`. */
export const instructionsCharsMax = 150;
/** Longest other text of an order. */
export const textCharsMax = 500;
/** Longest `externalRef` and `externalNumber`: a guid with room to spare. */
export const referenceCharsMax = 100;
/** Items of one order or special, specials of one order, ingredients of one item. A feast has forty. */
export const listLengthMax = 100;

/** The order's body as it was sent: readable, and right in every field whose wrong type has no code of its own. */
export type OrderBody = JsonObject;

/** Who sends what kind of order under which name: known before anything that may change between a post and its retry is asked. */
export type OrderIdentity = {
  readonly type: OrderType;
  readonly source: OrderSource;
  readonly externalRef: string;
};

type Shape = 'text' | 'number' | 'boolean';

const orderShapes = {
  taxableSubtotal: 'number',
  serviceChargeName: 'text',
  instructions: 'text',
  externalNumber: 'text',
  paid: 'boolean',
  isThirdPartyPickup: 'boolean',
} as const satisfies Record<string, Shape>;
const customerShapes = { city: 'text', deliveryInstructions: 'text' } as const;
const itemShapes = { externalRef: 'text', isInBucket: 'boolean' } as const;
const ingredientShapes = {
  isLeftHalf: 'boolean',
  isRightHalf: 'boolean',
  ordered: 'boolean',
  isAdHoc: 'boolean',
} as const;
const specialShapes = { isCombo: 'boolean' } as const;

/** Reads the text of a post. Everything found here answers 1010 with the field named. */
export function readOrder(text: string): Refused | { readonly kind: 'read'; readonly body: OrderBody } {
  const parsed = parseJson(text);
  if (parsed.kind === 'bad') return unreadable(`The body is not JSON: ${parsed.detail}.`);
  if (!isObject(parsed.value)) return unreadable('The body is not a JSON object.');
  const body = parsed.value;
  const wrong =
    wrongShape(body, orderShapes, '') ??
    wrongCustomer(body.get('customer')) ??
    wrongItems(body.get('items'), 'items') ??
    wrongSpecials(body.get('specials'));
  if (wrong !== undefined) return unreadable(wrong);
  if (body.get('paid') === undefined || body.get('paid') === null) return unreadable('paid is required.');
  if ((textOf(body.get('instructions')) ?? '').length > instructionsCharsMax) {
    return unreadable(`instructions may have ${instructionsCharsMax} characters.`);
  }
  const card = cardField(body);
  if (card !== undefined) return unreadable(`${card} holds what looks like a card number.`);
  return { kind: 'read', body };
}

/** What people type freely is kept and goes to a POS: card numbers stay out of both. */
function cardField(body: OrderBody): string | undefined {
  if (holdsCardNumber(textOf(body.get('instructions')) ?? '')) return 'instructions';
  const customer = body.get('customer');
  if (!isObject(customer)) return undefined;
  const holding = ['name', 'deliveryInstructions'].find((field) =>
    holdsCardNumber(textOf(customer.get(field)) ?? ''),
  );
  return holding === undefined ? undefined : `customer.${holding}`;
}

/**
 * Licence, order type, source and externalRef. What follows for the caller is to look for a duplicate (1003), then `checkOrder`,
 * which begins with what may have been switched off since the first post.
 */
export function identifyOrder(
  body: OrderBody,
  rules: StoreRules,
): Refused | { readonly kind: 'identified'; readonly identity: OrderIdentity } {
  if (!rules.licensed) return refuse(1001);
  const sentType = textOf(body.get('type'));
  const type = orderTypes.find((known) => known === sentType);
  if (type === undefined) return refuse(1000, { message: `Known are ${orderTypes.join(' and ')}.` });
  const sentSource = textOf(body.get('source')) ?? '';
  const source = orderSources.find((known) => known.toLowerCase() === sentSource.toLowerCase());
  if (source === undefined) {
    const message = `Known are ${orderSources.join(', ')}.`;
    return wrongType(rules, type) ?? refuse(1004, { orderSource: sentSource, message });
  }
  const externalRef = textOf(body.get('externalRef')) ?? '';
  if (!isReference(externalRef)) return switchedOff(rules, { type, source }) ?? refuse(1002);
  return { kind: 'identified', identity: { type, source, externalRef } };
}

/** An order type or source that the store does not take, or no longer. */
export function switchedOff(
  rules: StoreRules,
  { type, source }: Pick<OrderIdentity, 'type' | 'source'>,
): Refused | undefined {
  const taken = rules.sources.includes(source);
  return (
    wrongType(rules, type) ??
    (taken ? undefined : refuse(1004, { orderSource: source, message: 'It is switched off.' }))
  );
}

function wrongType({ orderTypes: taken }: StoreRules, type: OrderType): Refused | undefined {
  return taken.includes(type) ? undefined : refuse(1000, { message: `${type} is switched off.` });
}

/** Whether an order may be called so. It is kept, answered and looked for exactly as it was sent. */
export function isReference(text: string): boolean {
  return text.trim() !== '' && text.length <= referenceCharsMax && !text.includes('\u0000');
}

/** A text as sent; undefined when absent, null or something else. */
export function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A text with something in it. */
export function filledText(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && value.length <= textCharsMax ? value : undefined;
}

export function flagOf(value: Json | undefined): boolean | null {
  return typeof value === 'boolean' ? value : null;
}

/** `null` means absent. */
export function isAbsent(value: Json | undefined): value is null | undefined {
  return value === undefined || value === null;
}

function unreadable(reason: string): Refused {
  return refuse(1010, { reason });
}

function wrongCustomer(customer: Json | undefined): string | undefined {
  return isObject(customer) ? wrongShape(customer, customerShapes, 'customer.') : undefined;
}

function wrongItems(items: Json | undefined, path: string): string | undefined {
  return wrongEntries(items, path, (item, at) => {
    const ingredients = item.get('ingredients');
    if (!isAbsent(ingredients) && !isList(ingredients)) return `${at}.ingredients must be a list.`;
    return (
      wrongShape(item, itemShapes, `${at}.`) ??
      wrongEntries(ingredients, `${at}.ingredients`, (ingredient, place) =>
        wrongShape(ingredient, ingredientShapes, `${place}.`),
      )
    );
  });
}

function wrongSpecials(specials: Json | undefined): string | undefined {
  return wrongEntries(
    specials,
    'specials',
    (special, at) =>
      wrongShape(special, specialShapes, `${at}.`) ?? wrongItems(special.get('items'), `${at}.items`),
  );
}

/** Lists that have a code of their own when they are no list (1100, 1152) are left to that code. */
function wrongEntries(
  list: Json | undefined,
  path: string,
  wrongEntry: (entry: JsonObject, at: string) => string | undefined,
): string | undefined {
  if (!isList(list)) return undefined;
  if (list.length > listLengthMax) return `${path} may have ${listLengthMax} entries.`;
  for (const [index, entry] of list.entries()) {
    const at = `${path}[${index}]`;
    const wrong = isObject(entry) ? wrongEntry(entry, at) : `${at} must be an object.`;
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function wrongShape(
  object: JsonObject,
  shapes: Readonly<Record<string, Shape>>,
  path: string,
): string | undefined {
  for (const [name, shape] of Object.entries(shapes)) {
    const value = object.get(name);
    if (isAbsent(value)) continue;
    const right =
      shape === 'number'
        ? isNumber(value)
        : shape === 'text'
          ? typeof value === 'string'
          : typeof value === 'boolean';
    if (!right) return `${path}${name} must be a ${shape}.`;
    const charsMax = name.startsWith('external') ? referenceCharsMax : textCharsMax;
    if (typeof value === 'string' && value.length > charsMax)
      return `${path}${name} may have ${charsMax} characters.`;
  }
  return undefined;
}
