import type { Refused } from './codes.ts';
import { refuse } from './codes.ts';
import { isObject, parseJson } from './json.ts';
import { filledText } from './read-order.ts';

/** The reason of a void: 1010 for a body that cannot be read, 1050 without a reason. */
export function readVoid(text: string): Refused | { readonly kind: 'read'; readonly reason: string } {
  const parsed = parseJson(text);
  if (parsed.kind === 'bad') return refuse(1010, { reason: `The body is not JSON: ${parsed.detail}.` });
  const reason = isObject(parsed.value) ? filledText(parsed.value.get('reason')) : undefined;
  return reason === undefined ? refuse(1050, { reason: 'a reason is required.' }) : { kind: 'read', reason };
}
