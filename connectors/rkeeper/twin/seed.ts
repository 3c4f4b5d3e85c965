import { createHash } from 'node:crypto';

import { cents, readTable } from './read-table.ts';
import type { TableRow as Cells } from './read-table.ts';

/** One item of a reference: `ident` is internal, `code` is what staff see, `guid` is stable across servers. */
export type Row = {
  readonly ident: number;
  readonly code: number;
  readonly name: string;
  readonly altName: string;
  readonly guid: string;
};

export type Category = Row & { readonly kitchen: number | null };
export type Dish = Row & {
  readonly category: number;
  readonly priceMinor: number;
  readonly memberMinor: number;
  /** 0: no modifier scheme. */
  readonly scheme: number;
  readonly taxType: number;
  readonly about: string;
  /** The price is typed in with every sale. */
  readonly openPrice: boolean;
  readonly active: boolean;
  /** Whole units left when the day starts; 0 is sold out, null is no limit. */
  readonly rest: number | null;
};
export type SchemeDetail = Row & {
  readonly scheme: number;
  readonly group: number;
  readonly min: number;
  /** 0: no upper limit. */
  readonly max: number;
  readonly free: number;
  /** 0: none. */
  readonly defaultModifier: number;
  readonly replacesDefault: boolean;
};
export type ModifierGroup = Row & { readonly parent: number; readonly common: boolean };
export type Modifier = Row & {
  readonly group: number;
  readonly priceMinor: number;
  /** On one unit of a dish. 0: as many as the group allows. */
  readonly max: number;
  readonly openName: boolean;
  readonly stopped: boolean;
};
export type Table = Row & { readonly hall: number };
export type EmployeeRole = 'system' | 'waiter' | 'cashier' | 'manager' | 'app';
export type Employee = Row & { readonly role: EmployeeRole };
export type Station = Row & { readonly netName: string };
/** Open: the sum is typed in with every use, `percent` means nothing. */
export type Discount = Row & { readonly percent: number; readonly openAmount: boolean };
export type Card = {
  readonly cardCode: string;
  readonly holder: string;
  readonly discount: number;
  readonly blocked: boolean;
};
export type Licence =
  | { readonly mode: 'lifetime' }
  | { readonly mode: 'subscription'; readonly anchor: string; readonly token: string };

/** What a restaurant is made of. Everything a person at the manager station would have typed in. */
export type RestaurantSeed = {
  readonly slug: string;
  readonly name: string;
  readonly restaurant: Row;
  /** Nine digits, the vendor's number of the restaurant. */
  readonly restCode: string;
  readonly server: Station;
  readonly timeZone: string;
  readonly currencyCode: string;
  readonly licence: Licence;
  /** CreateOrder without a guest count is refused. */
  readonly guestsMandatory: boolean;
  readonly halls: readonly Row[];
  readonly tables: readonly Table[];
  readonly employees: readonly Employee[];
  readonly stations: readonly Station[];
  /** Kitchen stations with a printer each. */
  readonly kitchens: readonly Row[];
  readonly categories: readonly Category[];
  readonly dishes: readonly Dish[];
  readonly schemes: readonly Row[];
  readonly details: readonly SchemeDetail[];
  readonly groups: readonly ModifierGroup[];
  readonly modifiers: readonly Modifier[];
  readonly currencies: readonly Row[];
  readonly orderTypes: readonly Row[];
  readonly orderCategories: readonly Row[];
  readonly guestTypes: readonly Row[];
  readonly courses: readonly Row[];
  readonly discounts: readonly Discount[];
  readonly interfaces: readonly Row[];
  readonly cards: readonly Card[];
  readonly taxTypes: readonly Row[];
  readonly voidReasons: readonly Row[];
};

/** The price types every restaurant of the house has: what guests pay, and what members pay. */
export const priceTypes = { list: 3, member: 5 } as const;

/** Members pay a tenth less; prices end in tens of cents, so that is exact. */
const memberPercent = 90;

/** The texts of a house's tables; `make-house` keeps the dishes whose codes are listed, or all. */
export type HouseTables = Readonly<
  Record<
    | 'halls'
    | 'tables'
    | 'employees'
    | 'stations'
    | 'kitchens'
    | 'categories'
    | 'dishes'
    | 'schemes'
    | 'details'
    | 'groups'
    | 'modifiers'
    | 'currencies'
    | 'orderTypes'
    | 'orderCategories'
    | 'guestTypes'
    | 'courses'
    | 'discounts'
    | 'interfaces'
    | 'cards'
    | 'taxTypes'
    | 'voidReasons',
    string
  >
>;

export type House = {
  readonly slug: string;
  readonly name: string;
  readonly restCode: string;
  readonly netName: string;
  /** Idents are this plus a room of the collection plus the code, so that none repeats in a house. */
  readonly identBase: number;
  readonly timeZone: string;
  readonly licence: Licence;
  readonly guestsMandatory: boolean;
  readonly tables: HouseTables;
  /** Codes of the dishes this house serves; absent: all of the table. */
  readonly dishCodes?: readonly number[];
};

const rooms = {
  restaurants: 1_000,
  servers: 5_000,
  categories: 10_000,
  dishes: 20_000,
  schemes: 30_000,
  details: 40_000,
  groups: 50_000,
  modifiers: 60_000,
  tables: 70_000,
  halls: 80_000,
  employees: 90_000,
  stations: 100_000,
  currencies: 110_000,
  orderTypes: 120_000,
  orderCategories: 130_000,
  guestTypes: 140_000,
  courses: 150_000,
  discounts: 160_000,
  interfaces: 170_000,
  kitchens: 180_000,
  taxTypes: 190_000,
  voidReasons: 200_000,
} as const;
type Room = keyof typeof rooms;

/** Reads a house's tables. Throws when a table refers to something that is not there: that is a mistake in the data. */
export function makeRestaurantSeed(house: House): RestaurantSeed {
  const { tables } = house;
  const identOf = (room: Room, code: number) => house.identBase + rooms[room] + code;
  const row = (room: Room, cells: Cells): Row => ({
    ident: identOf(room, cells.number('code')),
    code: cells.number('code'),
    name: cells.text('name'),
    altName: cells.optional('english') ?? cells.text('name'),
    guid: guidOf(`${house.restCode}/${room}/${cells.text('code')}`),
  });
  const rows = (room: Room & keyof HouseTables): readonly Row[] =>
    readTable(tables[room]).map((cells) => row(room, cells));
  const stations = readTable(tables.stations).map((cells) => ({
    ...row('stations', cells),
    netName: `${house.netName}_${cells.text('net')}`,
  }));
  return {
    slug: house.slug,
    name: house.name,
    restaurant: single('restaurants', house.name),
    restCode: house.restCode,
    server: { ...single('servers', house.netName), netName: house.netName },
    timeZone: house.timeZone,
    currencyCode: 'EUR',
    licence: house.licence,
    guestsMandatory: house.guestsMandatory,
    halls: rows('halls'),
    tables: readTable(tables.tables).map((cells) => ({
      ...row('tables', cells),
      hall: identOf('halls', cells.number('hall')),
    })),
    employees: readTable(tables.employees).map((cells) => ({
      ...row('employees', cells),
      role: readRole(cells.text('role')),
    })),
    stations,
    kitchens: rows('kitchens'),
    ...makeMenu(house, identOf, row),
    schemes: rows('schemes'),
    currencies: rows('currencies'),
    orderTypes: rows('orderTypes'),
    orderCategories: rows('orderCategories'),
    guestTypes: rows('guestTypes'),
    courses: rows('courses'),
    discounts: readTable(tables.discounts).map((cells) => ({
      ...row('discounts', cells),
      percent: cells.number('percent'),
      openAmount: cells.flag('open'),
    })),
    interfaces: rows('interfaces'),
    cards: readTable(tables.cards).map((cells) => ({
      cardCode: cells.text('card'),
      holder: cells.text('holder'),
      discount: identOf('discounts', cells.number('discount')),
      blocked: cells.flag('blocked'),
    })),
    taxTypes: rows('taxTypes'),
    voidReasons: rows('voidReasons'),
  };

  function single(room: Room, name: string): Row {
    const guid = guidOf(`${house.restCode}/${room}`);
    return { ident: identOf(room, 1), code: 1, name, altName: name, guid };
  }
}

type Menu = Pick<RestaurantSeed, 'categories' | 'dishes' | 'details' | 'groups' | 'modifiers'>;

function makeMenu(
  house: House,
  identOf: (room: Room, code: number) => number,
  row: (room: Room, cells: Cells) => Row,
): Menu {
  const { tables, dishCodes } = house;
  const reference = (room: Room, code: number | undefined) => (code === undefined ? 0 : identOf(room, code));
  return {
    categories: readTable(tables.categories).map((cells) => ({
      ...row('categories', cells),
      kitchen: cells.has('kitchen') ? identOf('kitchens', cells.number('kitchen')) : null,
    })),
    dishes: readTable(tables.dishes)
      .filter((cells) => dishCodes === undefined || dishCodes.includes(cells.number('code')))
      .map((cells): Dish => {
        const priceMinor = cents(cells.text('price'));
        return {
          ...row('dishes', cells),
          category: identOf('categories', cells.number('category')),
          priceMinor,
          memberMinor: (priceMinor * memberPercent) / 100,
          scheme: reference('schemes', cells.optionalNumber('scheme')),
          taxType: identOf('taxTypes', cells.number('tax')),
          about: cells.optional('about') ?? '',
          openPrice: cells.flag('open'),
          active: !cells.flag('off'),
          rest: cells.optionalNumber('rest') ?? null,
        };
      }),
    details: readTable(tables.details).map((cells) => ({
      ...row('details', cells),
      scheme: identOf('schemes', cells.number('scheme')),
      group: identOf('groups', cells.number('group')),
      min: cells.number('min'),
      max: cells.number('max'),
      free: cells.optionalNumber('free') ?? 0,
      defaultModifier: reference('modifiers', cells.optionalNumber('default')),
      replacesDefault: cells.flag('replaces'),
    })),
    groups: readTable(tables.groups).map((cells) => ({
      ...row('groups', cells),
      parent: reference('groups', cells.optionalNumber('parent')),
      common: cells.flag('common'),
    })),
    modifiers: readTable(tables.modifiers).map((cells) => ({
      ...row('modifiers', cells),
      group: identOf('groups', cells.number('group')),
      priceMinor: cents(cells.text('price')),
      max: cells.optionalNumber('max') ?? 0,
      openName: cells.flag('open'),
      stopped: cells.flag('stopped'),
    })),
  };
}

const roles: readonly EmployeeRole[] = ['system', 'waiter', 'cashier', 'manager', 'app'];

function readRole(text: string): EmployeeRole {
  const role = roles.find((candidate) => candidate === text);
  if (role !== undefined) return role;
  throw new Error(`${text} is no role`);
}

/** The same GUID for the same item in every run, as on a real server. */
export function guidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex').toUpperCase();
  return `{${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')}}`;
}

/** The item of a collection that another item names. Throws when there is none: that is a mistake in the data. */
export function rowAt<Item extends Row>(rows: readonly Item[], ident: number): Item {
  const found = rows.find((candidate) => candidate.ident === ident);
  if (found === undefined) throw new Error(`nothing has the ident ${ident}`);
  return found;
}
