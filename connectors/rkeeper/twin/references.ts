import type { XmlOut } from '#transport/xml.ts';

import { guidOf, priceTypes } from './seed.ts';
import type { Dish, Modifier, RestaurantSeed, Row, SchemeDetail } from './seed.ts';
import type { Restaurant } from './state.ts';

export type ReferenceRow = {
  readonly ident: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements an item always has. */
  readonly children: readonly XmlOut[];
  /** Items of other references that belong to it. */
  readonly childItems: readonly { readonly className: string; readonly row: ReferenceRow }[];
};

export type Reference = {
  /** In the mixed case of the vendor's schema. */
  readonly name: string;
  readonly version: number;
  readonly rows: readonly ReferenceRow[];
};

/** What enumerations are when a client asks for numbers. */
export const enumNumbers: Readonly<Record<string, string>> = {
  rsDeleted: '0',
  rsDraft: '1',
  rsInactive: '2',
  rsActive: '3',
  mstNormal: '0',
  mstCombo: '1',
  mgtNormal: '0',
  mgtCombo: '1',
};

const kept = new WeakMap<
  RestaurantSeed,
  { readonly shift: number; readonly references: readonly Reference[] }
>();

/** The restaurant's references. They never change while it runs; only a defect moves the idents of its dishes. */
export function referencesOf(restaurant: Restaurant): readonly Reference[] {
  const { seed, identShift } = restaurant;
  const before = kept.get(seed);
  if (before?.shift === identShift) return before.references;
  const references = makeReferences(seed, identShift);
  kept.set(seed, { shift: identShift, references });
  return references;
}

/** The version of everything that was typed in before the twin was started. */
const firstVersion = 41;

function makeReferences(seed: RestaurantSeed, shift: number): readonly Reference[] {
  const reference = (name: string, rows: readonly ReferenceRow[], version = firstVersion): Reference => ({
    name,
    version,
    rows,
  });
  const plain = (name: string, rows: readonly Row[]) =>
    reference(
      name,
      rows.map((row) => refRow(row)),
    );
  return [
    plain('Restaurants', [seed.restaurant]),
    reference('CashGroups', [refRow(seed.server, { NetName: seed.server.netName })]),
    reference(
      'Cashes',
      seed.stations.map((row) => refRow(row, { NetName: row.netName, CashGroup: seed.server.ident })),
    ),
    plain('HallPlans', seed.halls),
    reference(
      'Tables',
      seed.tables.map((row) => refRow(row, { Hall: row.hall, MainParentIdent: row.hall })),
    ),
    reference(
      'Employees',
      seed.employees.map((row) => refRow(row, { Role: row.role })),
    ),
    reference(
      'CategList',
      seed.categories.map((row, index) => refRow(row, { SortNum: index + 1 })),
    ),
    reference(
      'MenuItems',
      seed.dishes.map((row, index) => dishRow(seed, row, { shift, index })),
      firstVersion + shift,
    ),
    reference(
      'ModiSchemes',
      seed.schemes.map((row) => schemeRow(seed, row)),
    ),
    reference(
      'ModiSchemeDetails',
      seed.details.map((row, index) => detailRow(row, index)),
    ),
    reference('ModiGroups', groupRows(seed)),
    reference(
      'Modifiers',
      seed.modifiers.map((row, index) => modifierRow(row, index)),
    ),
    plain('Currencies', seed.currencies),
    plain('UnchangeableOrderTypes', seed.orderCategories),
    plain('ChangeableOrderTypes', seed.orderTypes),
    plain('GuestTypes', seed.guestTypes),
    plain('Kurses', seed.courses),
    reference(
      'Discounts',
      seed.discounts.map((row) => refRow(row, { Percent: row.percent })),
    ),
    plain('Devices', seed.interfaces),
    plain('OrderVoids', seed.voidReasons),
    plain('ClassificatorGroups', seed.kitchens),
    plain('TaxDishTypes', seed.taxTypes),
    plain('Taxes', seed.taxTypes),
    plain('PriceTypes', priceTypeRows(seed)),
  ];
}

/** Idents of price types are part of attribute names (`PRICETYPES-3`), so they are small and the same everywhere. */
function priceTypeRows(seed: RestaurantSeed): readonly Row[] {
  const row = (ident: number, name: string, altName: string) => {
    return { ident, code: ident, name, altName, guid: guidOf(`${seed.restCode}/price-types/${ident}`) };
  };
  return [row(priceTypes.list, 'Listino', 'List'), row(priceTypes.member, 'Soci', 'Members')];
}

function refRow(row: Row, more: Readonly<Record<string, string | number>> = {}): ReferenceRow {
  const attributes = {
    Ident: row.ident,
    ItemIdent: row.ident,
    SourceIdent: 0,
    GUIDString: row.guid,
    Code: row.code,
    Name: row.name,
    AltName: row.altName,
    MainParentIdent: 0,
    Status: 'rsActive',
    ...more,
  };
  return {
    ident: row.ident,
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)])),
    children: [],
    childItems: [],
  };
}

function dishRow(
  seed: RestaurantSeed,
  dish: Dish,
  place: { readonly shift: number; readonly index: number },
): ReferenceRow {
  const category = seed.categories.find((candidate) => candidate.ident === dish.category);
  return refRow(
    { ...dish, ident: dish.ident + place.shift },
    {
      Comment: dish.about,
      MainParentIdent: dish.category,
      CategPath: `${category?.name ?? ''}\\`,
      Status: dish.active ? 'rsActive' : 'rsInactive',
      ModiScheme: dish.scheme,
      TaxDishType: dish.taxType,
      OpenPrice: dish.openPrice ? 1 : 0,
      SortNum: place.index + 1,
      [`PRICETYPES-${priceTypes.list}`]: dish.priceMinor,
      [`PRICETYPES-${priceTypes.member}`]: dish.memberMinor,
    },
  );
}

function schemeRow(seed: RestaurantSeed, row: Row): ReferenceRow {
  return {
    ...refRow(row, { ModiSchemeType: 'mstNormal' }),
    childItems: seed.details.flatMap((detail, index) =>
      detail.scheme === row.ident ? [{ className: 'TModiSchemeDetail', row: detailRow(detail, index) }] : [],
    ),
  };
}

function detailRow(row: SchemeDetail, index: number): ReferenceRow {
  return refRow(row, {
    ModiScheme: row.scheme,
    ModiGroup: row.group,
    UpLimit: row.max,
    DownLimit: row.min,
    UseUpLimit: row.max > 0 ? 1 : 0,
    UseDownLimit: row.min > 0 ? 1 : 0,
    FreeCount: row.free,
    DefaultModifier: row.defaultModifier,
    ReplaceDefModifier: row.replacesDefault ? 1 : 0,
    AddUntilUpperLimit: 0,
    ChangesPrice: 1,
    SortNum: index + 1,
  });
}

/** Parents stand before their children. */
function groupRows(seed: RestaurantSeed): readonly ReferenceRow[] {
  const sorted = seed.groups.toSorted(
    (left, right) => Number(left.parent !== 0) - Number(right.parent !== 0),
  );
  return sorted.map((row) => {
    const below = seed.groups.filter((candidate) => candidate.parent === row.ident);
    return {
      ...refRow(row, {
        MainParentIdent: row.parent,
        CommonModifier: row.common ? 1 : 0,
        ModiGroupType: 'mgtNormal',
      }),
      children:
        below.length === 0
          ? []
          : [
              {
                name: 'Childs',
                children: below.map((child) => ({ name: 'Child', attributes: { ChildIdent: child.ident } })),
              },
            ],
      childItems: seed.modifiers.flatMap((modifier, index) =>
        modifier.group === row.ident ? [{ className: 'TModifier', row: modifierRow(modifier, index) }] : [],
      ),
    };
  });
}

function modifierRow(row: Modifier, index: number): ReferenceRow {
  return refRow(row, {
    MainParentIdent: row.group,
    MaxOneDish: row.max,
    UseLimitedQnt: row.stopped ? 1 : 0,
    InputName: row.openName ? 1 : 0,
    Dish: 0,
    SortNum: index + 1,
    [`PRICETYPES-${priceTypes.list}`]: row.priceMinor,
    [`PRICETYPES-${priceTypes.member}`]: row.priceMinor,
  });
}
