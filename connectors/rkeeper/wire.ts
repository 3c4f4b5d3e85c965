import { z } from 'zod';
import { childNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';

/**
 * The vendor's elements as typed values: strict on what we use, blind to what we do not. RK7 money is hundredths, quantities
 * are thousandths, booleans are `0` and `1`, GUIDs stand in braces.
 */
export type Read<Value> =
  { readonly kind: 'read'; readonly value: Value } | { readonly kind: 'bad'; readonly detail: string };

export const integer = z
  .string()
  .regex(/^-?\d{1,15}$/)
  .transform(Number);
const flag = z.enum(['0', '1', 'true', 'false']).transform((text) => text === '1' || text === 'true');
export const off = flag.default(false);
export const zero = integer.default(0);

/** Upper case, in braces: the one form in which GUIDs are compared. */
export const guid = z
  .string()
  .regex(/^\{?[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?$/)
  .transform((text) => `{${text.replace(/[{}]/g, '').toUpperCase()}}`);
export const someGuid = guid.optional().catch(undefined);

export type WireRef = { readonly id: number; readonly code: string; readonly name: string };

export const refAttributes = z.object({
  id: integer,
  code: z.string().default(''),
  name: z.string().default(''),
});

export function readAttributes<Value>(element: XmlElement, schema: z.ZodType<Value>): Read<Value> {
  const result = schema.safeParse(element.attributes);
  if (result.success) return { kind: 'read', value: result.data };
  const issue = result.error.issues[0];
  return {
    kind: 'bad',
    detail: `${element.name}/@${issue?.path.join('.') ?? '?'}: ${issue?.message ?? 'not understood'}`,
  };
}

export function readEach<Value>(
  elements: readonly XmlElement[],
  read: (element: XmlElement) => Read<Value>,
): Read<readonly Value[]> {
  const values: Value[] = [];
  for (const element of elements) {
    const one = read(element);
    if (one.kind === 'bad') return one;
    values.push(one.value);
  }
  return { kind: 'read', value: values };
}

export function refIn(element: XmlElement, name: string): WireRef | null {
  const child = childNamed(element, name);
  if (child === undefined) return null;
  const read = readAttributes(child, refAttributes);
  return read.kind === 'read' ? read.value : null;
}

/** `Item` in some places, `item` in others, by the vendor's own schemas. */
export function itemsOf(list: XmlElement | undefined): readonly XmlElement[] {
  return list === undefined ? [] : list.children.filter((child) => child.name.toLowerCase() === 'item');
}
