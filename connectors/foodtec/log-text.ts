import type { Json } from '#acceptance/json.ts';
import { isList, isObject, writeJson } from '#acceptance/json.ts';

/**
 * Keys whose values may stand in the request log. Everything else is written as `…`: customer, instructions and a new key of the
 * vendor's are hidden until somebody decides about them.
 */
const shownKeys = new Set([
  ...['orderNum', 'type', 'source', 'status', 'paid', 'price', 'tax', 'taxableSubtotal', 'tip', 'discount'],
  ...['deliveryCharge', 'serviceCharge', 'timeOrdered', 'deferTime', 'promiseTime', 'externalRef'],
  ...['items', 'category', 'item', 'size', 'quantity', 'sellingPrice', 'ingredients', 'isLeftHalf'],
  ...['isRightHalf', 'ordered', 'isAdHoc', 'qualifiers', 'specials', 'adjustment'],
]);

/** A body as log text. What an ad hoc ingredient is called are a guest's words. */
export function logText(json: Json): string {
  return writeJson(shown(json));
}

function shown(json: Json): Json {
  if (isList(json)) return json.map(shown);
  if (!isObject(json)) return json;
  const entries = [...json].map(([key, value]): [string, Json] => {
    const isListed = key === 'ingredient' && json.get('isAdHoc') !== true;
    return [key, value === null ? null : isListed || shownKeys.has(key) ? shown(value) : '…'];
  });
  return new Map(entries);
}
