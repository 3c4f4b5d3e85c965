import { z } from 'zod';
import { childNamed, childrenNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';
import { integer, itemsOf, off, readAttributes, readEach, zero } from './wire.ts';
import type { Read } from './wire.ts';

export type WireRow = {
  readonly ident: number;
  readonly code: string;
  readonly name: string;
  readonly parent: number;
  readonly attributes: Readonly<Record<string, string>>;
};

const rowAttributes = z
  .object({
    Ident: integer.optional(),
    ItemIdent: integer.optional(),
    Code: z.string().default(''),
    Name: z.string().default(''),
    MainParentIdent: zero,
    // Words, or numbers on servers that are asked for enumerations as numbers.
    Status: z.enum(['rsActive', 'rsInactive', 'rsDeleted', 'rsDraft', '0', '1', '2', '3']).optional(),
  })
  .refine((row) => row.Ident !== undefined || row.ItemIdent !== undefined, 'no Ident');

export type WireReference = { readonly version: string; readonly rows: readonly WireRow[] };

/** A reference of GetRefData. Only active rows: what is switched off in the POS does not exist for us. */
export function readReference(data: XmlElement): Read<WireReference> {
  const reference = childNamed(data, 'RK7Reference');
  if (reference === undefined) return { kind: 'bad', detail: 'no RK7Reference in the answer' };
  const rows = readEach(
    childrenNamed(reference, 'Items').flatMap((items) => childrenNamed(items, 'Item')),
    (element): Read<WireRow | null> => {
      const row = readAttributes(element, rowAttributes);
      if (row.kind === 'bad') return row;
      const { Status, Ident, ItemIdent, Code, Name, MainParentIdent } = row.value;
      const active = Status === undefined || Status === 'rsActive' || Status === '3';
      return {
        kind: 'read',
        value: active
          ? {
              ident: Ident ?? ItemIdent ?? 0,
              code: Code,
              name: Name,
              parent: MainParentIdent,
              attributes: element.attributes,
            }
          : null,
      };
    },
  );
  if (rows.kind === 'bad') return rows;
  return {
    kind: 'read',
    value: {
      version: reference.attributes['DataVersion'] ?? '',
      rows: rows.value.filter((row) => row !== null),
    },
  };
}

const offerAttributes = z.object({
  Ident: integer.optional(),
  ID: integer.optional(),
  Price: zero,
  quantity: integer.optional(),
});
type WireOffer = { readonly price: number; readonly quantity?: number };
export type WireOrderMenu = {
  readonly dishes: ReadonlyMap<number, WireOffer>;
  readonly modifiers: ReadonlyMap<number, WireOffer>;
};

/** GetOrderMenu: what can be sold now, at what price, and how much of it is left. */
export function readOrderMenu(data: XmlElement): Read<WireOrderMenu> {
  const offers = (name: string): Read<ReadonlyMap<number, WireOffer>> => {
    const read = readEach(itemsOf(childNamed(data, name)), (element) =>
      readAttributes(element, offerAttributes),
    );
    if (read.kind === 'bad') return read;
    return {
      kind: 'read',
      value: new Map(
        read.value.map((offer) => [
          offer.Ident ?? offer.ID ?? 0,
          { price: offer.Price, ...(offer.quantity === undefined ? {} : { quantity: offer.quantity }) },
        ]),
      ),
    };
  };
  const dishes = offers('Dishes');
  if (dishes.kind === 'bad') return dishes;
  const modifiers = offers('Modifiers');
  if (modifiers.kind === 'bad') return modifiers;
  return { kind: 'read', value: { dishes: dishes.value, modifiers: modifiers.value } };
}

const restAttributes = z.object({ id: integer, quantity: integer.optional(), prohibited: off });
export type WireRest = z.infer<typeof restAttributes>;

export function readDishRests(data: XmlElement): Read<readonly WireRest[]> {
  return readEach(listed(data, 'DishRest', 'DishRests'), (element) =>
    readAttributes(element, restAttributes),
  );
}

export function readStoppedModifiers(data: XmlElement): Read<ReadonlySet<number>> {
  const read = readEach(listed(data, 'Modifier', 'Modifiers'), (element) =>
    readAttributes(element, z.object({ id: integer })),
  );
  return read.kind === 'bad'
    ? read
    : { kind: 'read', value: new Set(read.value.map((modifier) => modifier.id)) };
}

/** Older servers put a collection around the rows, newer ones do not. */
function listed(data: XmlElement, row: string, collection: string): readonly XmlElement[] {
  return [
    ...childrenNamed(data, row),
    ...childrenNamed(data, collection).flatMap((list) => childrenNamed(list, row)),
  ];
}
