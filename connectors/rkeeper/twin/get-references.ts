import { childrenNamed } from '#transport/xml.ts';
import type { XmlElement, XmlOut } from '#transport/xml.ts';

import { isOn, missingAttribute } from './read-command.ts';
import { enumNumbers, referencesOf } from './references.ts';
import type { ReferenceRow } from './references.ts';
import { done, refused } from './reply.ts';
import type { Call, Reply } from './reply.ts';

/** GetRefData: the rows of one reference. */
export function getRefData(call: Call): Reply {
  const { command } = call;
  const name = command.attributes['RefName'];
  if (name === undefined) return missingAttribute(command, 'RefName');
  const reference = referencesOf(call.restaurant).find(
    (candidate) => candidate.name.toLowerCase() === name.toLowerCase(),
  );
  if (reference === undefined) return refused(`Element ${name} not found in collection References`);
  const only = command.attributes['RefItemIdent'];
  const rows = reference.rows
    .filter((row) => only === undefined || String(row.ident) === only)
    .filter((row) => !isOn(command, 'OnlyActive') || row.attributes['Status'] === 'rsActive')
    .filter((row) => passesFilters(row, command));
  const writing: Writing = {
    mask: readMask(command.attributes['PropMask']),
    asNumbers: isOn(command, 'IgnoreEnums'),
    prices: isOn(command, 'WithMacroProp'),
    // 2 puts children of other references inside each item; 1 and 3 fill the collection's own list.
    childrenInItems: command.attributes['WithChildItems'] === '2',
  };
  const inCollection = ['1', '3'].includes(command.attributes['WithChildItems'] ?? '');
  return done([
    {
      name: 'RK7Reference',
      attributes: {
        DataVersion: reference.version,
        ClassName: `TRK7${reference.name}`,
        Name: reference.name,
        TotalItemCount: rows.length,
      },
      children: [
        { name: 'Items', children: rows.map((row) => itemXml(row, writing)) },
        ...(inCollection
          ? [{ name: 'RIChildItems', children: rows.flatMap((row) => childItems(row, writing)) }]
          : []),
      ],
    },
  ]);
}

/** Far enough that a moved ident is never another dish's. */
const identStep = 10_000_000;

/** GetRefList: which references there are, and how new each is. */
export function getRefList(call: Call): Reply {
  if (call.world.defects.has('unstable-ids')) call.restaurant.identShift += identStep;
  const references = referencesOf(call.restaurant);
  return done([
    {
      name: 'RK7RefList',
      attributes: { Count: references.length },
      children: references.map((reference) => ({
        name: 'RK7Reference',
        attributes: {
          RefName: reference.name.toUpperCase(),
          DataVersion: reference.version,
          Count: reference.rows.length,
        },
      })),
    },
  ]);
}

type Writing = {
  /** Lower-case names of the wanted properties; null: all. */
  readonly mask: ReadonlySet<string> | null;
  readonly asNumbers: boolean;
  readonly prices: boolean;
  readonly childrenInItems: boolean;
};

function itemXml(row: ReferenceRow, writing: Writing): XmlOut {
  const children = [
    ...row.children,
    ...(writing.childrenInItems && row.childItems.length > 0
      ? [{ name: 'RIChildItems', children: childItems(row, writing) }]
      : []),
  ];
  return { name: 'Item', attributes: attributesOf(row, writing), children };
}

function childItems(row: ReferenceRow, writing: Writing): readonly XmlOut[] {
  return row.childItems.map((child) => ({
    name: child.className,
    attributes: attributesOf(child.row, { ...writing, mask: null }),
  }));
}

/** Idents are always there. Prices are macro properties: they come when asked for by name or all together. */
function attributesOf(row: ReferenceRow, writing: Writing): NonNullable<XmlOut['attributes']> {
  const isWanted = (name: string) => {
    if (name === 'Ident' || name === 'ItemIdent') return true;
    if (writing.mask !== null) return writing.mask.has(name.toLowerCase());
    return writing.prices || !name.startsWith('PRICETYPES-');
  };
  return Object.fromEntries(
    Object.entries(row.attributes)
      .filter(([name]) => isWanted(name))
      .map(([name, value]) => [name, writing.asNumbers ? (enumNumbers[value] ?? value) : value]),
  );
}

/** `items.(Ident,Code,Name)`. `*`, nothing at all, or a mask of another shape: everything. */
function readMask(text: string | undefined): ReadonlySet<string> | null {
  const inner = /^\s*items\s*\.\s*\((.*)\)\s*$/is.exec(text ?? '')?.[1];
  if (inner === undefined) return null;
  // What is asked of children in brackets of their own does not concern the item.
  const own = inner.replace(/\.\s*\([^()]*\)/g, '');
  const names = own.split(',').map((name) => name.trim().toLowerCase());
  return names.includes('*') ? null : new Set(names);
}

function passesFilters(row: ReferenceRow, command: XmlElement): boolean {
  const filters = childrenNamed(command, 'PROPFILTERS').flatMap((list) => childrenNamed(list, 'PROPFILTER'));
  return filters.every((filter) => {
    const name = (filter.attributes['Name'] ?? '').toLowerCase();
    const wanted = (filter.attributes['Value'] ?? '').toLowerCase();
    const entry = Object.entries(row.attributes).find(([attribute]) => attribute.toLowerCase() === name);
    const value = (entry?.[1] ?? '').toLowerCase();
    return isOn(filter, 'Substring') ? value.includes(wanted) : value === wanted;
  });
}
