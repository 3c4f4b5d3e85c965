/**
 * The 79 codes of the API and our own text of each; `{name}` stands for a value of the case at hand. The code is the contract, the
 * text is for the person who reads the client's log. docs/order-acceptance.md has cause and remedy of each.
 */
const texts = {
  1000: 'This order type is not taken here. {message}',
  1001: 'The store has no licence for web orders.',
  1002: 'externalRef is required.',
  1003: 'There is an open order with externalRef {externalRef}.',
  1004: 'Orders from source {orderSource} are not taken. {message}',
  1005: 'There is no order with externalRef {externalRef}.',
  1007: '{field1} must be sent together with {field2}.',
  1010: 'The order was not placed. {reason}',
  1011: 'The address could not be looked up because of a failure in the store.',
  1012: 'The store failed to work out the price of the order.',
  1020: 'The store failed to price item {item} ({category}).',
  1021: 'The store failed to price special {special}.',
  1022: 'The store failed to work out the discount of special {special}.',
  1050: 'The order was not voided: {reason}',
  1100: 'The order holds no item and no special.',
  1101: 'An item has no category.',
  1102: 'The menu has no category {category}.',
  1110: 'An item has no name.',
  1111: 'Category {category} has no item {item}.',
  1120: 'Item {item} ({category}) needs a size.',
  1121: 'Size {size} is unknown for item {item} ({category}).',
  1122: 'Item {item} ({category}) is not sold in size {size}.',
  1123: 'Item {item} ({category}) is sold out.',
  1124: 'An ingredient of item {item} has no name.',
  1125: 'An ingredient name cannot be used: {reason}',
  1130: 'Item {item} ({category}) has no ingredient {ingredient}.',
  1131: 'Item {item} ({category}) has no qualifier {qualifier}.',
  1140: 'The quantity of item {item} ({category}) must be a whole number above zero.',
  1141: 'Choice {choice} of {category} {item} needs {cnt} or more ingredients.',
  1150: 'A special has no name.',
  1151: 'There is no special {special}.',
  1152: 'Special {special} holds no items.',
  1153: 'Special {special} needs a sellingPrice.',
  1154: 'Special {special} cannot have the sellingPrice {price}.',
  1155: 'Special {special} needs a discount.',
  1156: 'Special {special} cannot have the discount {discount}.',
  1157: 'This type of special is not taken. {message}',
  1158: 'The conditions of a special are not met: {message}',
  1159: 'One order takes special {special} at most {max} times.',
  1190: 'The adjustment has no name.',
  1191: 'The adjustment has no discount.',
  1192: 'The adjustment cannot have the discount {discount}.',
  1200: 'The order has no customer.',
  1210: 'The customer has no name.',
  1220: 'A phone of the customer is needed.',
  1221: 'Phone {phone} cannot be used. {message}',
  1300: 'A delivery needs address and zip.',
  1301: 'A delivery needs both address and zip; one is absent.',
  1303: 'The store does not find or serve this address.',
  1304: 'The store needs latitude and longitude of the address.',
  1305: '{field1} must be sent together with {field}.',
  1400: 'The defer time cannot be used. {message}',
  1401: 'The defer time has passed: {deferDate}',
  1402: 'The store is closed now.',
  1410: 'The store is closed at the defer time: {deferDate}',
  1411: 'No more orders fit at the defer time: {deferDate}',
  1420: 'The defer time is too far ahead. {message}',
  1506: 'The order cannot have the price {price}.',
  1507: 'The order cannot have the tax {tax}.',
  1508: 'The order cannot have the tip {tip}.',
  1509: 'The order cannot have the discount {discount}.',
  1510: 'The order cannot have the delivery charge {charge}.',
  1511: 'Item {item} cannot have the price {price}.',
  1512: 'The order has no price.',
  1513: 'Item {item} needs a sellingPrice.',
  1514: 'The ad hoc ingredient {ingredient} needs a price.',
  1515: 'The order cannot have the service charge {price}.',
  1560: 'The order says price {provided}; the store calculates {calculated}.',
  1561: 'The order says tax {provided}; the store calculates {calculated}.',
  1562: 'The order says discount {provided}; the store calculates {calculated}.',
  1563: 'The order says delivery charge {provided}; the store calculates {calculated}.',
  1600: 'No coupon has the code {code}.',
  1601: 'The order does not meet the terms of the coupon: {terms}',
  1602: 'Coupon {code} is past its last day.',
  1603: 'Coupon {code} was used before.',
  1604: 'Coupon {code} cannot be used here.',
  1605: 'Coupon {code} belongs to another special.',
  1606: 'The coupon was not redeemed: {reason}',
  1607: 'Coupon {code} counts as an adjustment, and an order takes one.',
} as const;

export type AcceptanceCode = keyof typeof texts;
export const acceptanceCodes: readonly AcceptanceCode[] = Object.keys(texts).map(
  (code) => Number(code) as AcceptanceCode,
);

export type Refusal = { readonly code: AcceptanceCode; readonly text: string };
export type Refused = { readonly kind: 'refused'; readonly refusal: Refusal };

type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Names<Rest>
  : never;
type Values<Code extends AcceptanceCode> = Readonly<Record<Names<(typeof texts)[Code]>, string>>;
/** Nothing to say for a code without places for values. */
type Rest<Code extends AcceptanceCode> =
  Names<(typeof texts)[Code]> extends never ? [] : [values: Values<Code>];

/** A client's value inside a text is cut to this many characters. */
const valueCharsMax = 100;

/** One refusal; its type names the values that the code's text needs. */
export function refusal<Code extends AcceptanceCode>(code: Code, ...rest: Rest<Code>): Refusal {
  const values: Readonly<Record<string, string>> = rest[0] ?? {};
  const text = texts[code].replace(/\{(\w+)\}/g, (_, name: string) => shown(values[name] ?? ''));
  return { code, text: text.trim() };
}

export function refuse<Code extends AcceptanceCode>(code: Code, ...rest: Rest<Code>): Refused {
  return { kind: 'refused', refusal: refusal(code, ...rest) };
}

/** The body of every error answer, which goes with HTTP 400 and `application/json;charset=UTF-8`. */
export function refusalBody({ code, text }: Refusal): string {
  return JSON.stringify({ meta: { code, error: text, info: text }, response: '' });
}

function shown(value: string): string {
  const clean = value.replace(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ');
  return clean.length > valueCharsMax ? `${clean.slice(0, valueCharsMax)}…` : clean;
}
