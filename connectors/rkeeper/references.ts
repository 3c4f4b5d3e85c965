import { childNamed, childrenNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';
import type { Call } from './client.ts';
import { ask } from './site.ts';
import type { Asked, Site } from './site.ts';
import { readReference } from './wire-menu.ts';
import type { WireReference, WireRow } from './wire-menu.ts';
import type { Read } from './wire.ts';

/**
 * The references we read, with the properties we use. Names are in the mixed case of the vendor's schema; without a mask the
 * answer to a large reference is enormous.
 */
const propertyMasks = {
  CategList: 'Ident,ItemIdent,Code,Name,MainParentIdent,Status,SortNum',
  MenuItems:
    'Ident,ItemIdent,Code,Name,AltName,Comment,MainParentIdent,Status,ModiScheme,TaxDishType,SortNum',
  ModiSchemes: 'Ident,ItemIdent,Code,Name,MainParentIdent,Status,ModiSchemeType',
  ModiSchemeDetails:
    'Ident,ItemIdent,Code,Name,MainParentIdent,Status,ModiScheme,ModiGroup,UpLimit,DownLimit,UseUpLimit,UseDownLimit,' +
    'DefaultModifier,ReplaceDefModifier,FreeCount,SortNum',
  ModiGroups: 'Ident,ItemIdent,Code,Name,MainParentIdent,Status',
  Modifiers: 'Ident,ItemIdent,Code,Name,MainParentIdent,Status,MaxOneDish,UseLimitedQnt,SortNum',
  Tables: 'Ident,ItemIdent,Code,Name,MainParentIdent,Status,Hall',
  HallPlans: 'Ident,ItemIdent,Code,Name,MainParentIdent,Status',
} as const;
export type ReferenceName = keyof typeof propertyMasks;

export const menuReferences = [
  'CategList',
  'MenuItems',
  'ModiSchemes',
  'ModiSchemeDetails',
  'ModiGroups',
  'Modifiers',
] as const satisfies readonly ReferenceName[];

export type References = { readonly kept: Map<ReferenceName, WireReference> };

export function makeReferences(): References {
  return { kept: new Map() };
}

export type ReferenceSet<Name extends ReferenceName> = {
  readonly rows: Readonly<Record<Name, readonly WireRow[]>>;
  /** The versions of all of them as one text. */
  readonly sourceVersion: string;
};

/** The references by name; only those whose DataVersion moved since they were last read are read again. */
export async function readReferences<Name extends ReferenceName>(
  site: Site,
  names: readonly Name[],
  call: Call,
): Promise<Asked<ReferenceSet<Name>>> {
  const versions = await ask(site, { command: 'GetRefList' }, call, readVersions);
  if (versions.kind === 'failed') return versions;
  const found: WireReference[] = [];
  for (const name of names) {
    const kept = site.references.kept.get(name);
    const current = versions.value.get(name.toLowerCase());
    // A server that gives no versions is read every time.
    if (kept !== undefined && kept.version !== '' && kept.version === current) {
      found.push(kept);
      continue;
    }
    const asked = await ask(
      site,
      {
        command: 'GetRefData',
        attributes: { RefName: name, OnlyActive: '1', PropMask: `items.(${propertyMasks[name]})` },
      },
      call,
      readReference,
    );
    if (asked.kind === 'failed') return asked;
    site.references.kept.set(name, asked.value);
    found.push(asked.value);
  }
  return {
    kind: 'read',
    value: {
      rows: Object.fromEntries(names.map((name, index) => [name, found[index]?.rows ?? []])) as Record<
        Name,
        readonly WireRow[]
      >,
      sourceVersion: names.map((name, index) => `${name}:${found[index]?.version ?? ''}`).join(' '),
    },
  };
}

/** Versions by lower-case name: servers differ in how they write the names. */
function readVersions(data: XmlElement): Read<ReadonlyMap<string, string>> {
  const list = childNamed(data, 'RK7RefList');
  if (list === undefined) return { kind: 'bad', detail: 'no RK7RefList in the answer' };
  return {
    kind: 'read',
    value: new Map(
      childrenNamed(list, 'RK7Reference').map((reference) => [
        (reference.attributes['RefName'] ?? '').toLowerCase(),
        reference.attributes['DataVersion'] ?? '',
      ]),
    ),
  };
}
