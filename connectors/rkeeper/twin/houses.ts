import * as house from './house-tables.ts';
import * as menu from './menu-tables.ts';
import { makeRestaurantSeed } from './seed.ts';
import type { HouseTables, RestaurantSeed } from './seed.ts';

const shared: HouseTables = {
  categories: menu.categories,
  dishes: menu.dishes,
  schemes: menu.schemes,
  details: menu.details,
  groups: menu.groups,
  modifiers: menu.modifiers,
  employees: house.employees,
  halls: house.halls,
  tables: house.tables,
  stations: house.stations,
  kitchens: house.kitchens,
  currencies: house.currencies,
  orderTypes: house.orderTypes,
  orderCategories: house.orderCategories,
  guestTypes: house.guestTypes,
  courses: house.courses,
  discounts: house.discounts,
  interfaces: house.interfaces,
  cards: house.cards,
  taxTypes: house.taxTypes,
  voidReasons: house.voidReasons,
};

/** By the river: two halls, the whole menu, its order interface paid by subscription. */
export const osteriaFiume: RestaurantSeed = makeRestaurantSeed({
  slug: 'osteria-fiume',
  name: 'Osteria Fiume',
  restCode: '199990001',
  netName: 'FIUME',
  identBase: 1_000_000,
  timeZone: 'Europe/Rome',
  licence: {
    mode: 'subscription',
    anchor: '6:{00000000-0000-4000-8000-00000000F1E0}#199990001/17',
    token: 'twin-licence-token',
  },
  guestsMandatory: false,
  tables: shared,
});

/** At the harbour: one pier, a short menu, other idents, a lifetime licence; every order there tells how many guests. */
export const fiumeAlPorto: RestaurantSeed = makeRestaurantSeed({
  slug: 'fiume-al-porto',
  name: 'Fiume al Porto',
  restCode: '199990002',
  netName: 'PORTO',
  identBase: 2_000_000,
  timeZone: 'Europe/Rome',
  licence: { mode: 'lifetime' },
  guestsMandatory: true,
  tables: {
    ...shared,
    employees: house.portoEmployees,
    halls: house.portoHalls,
    tables: house.portoTables,
  },
  dishCodes: [
    103, 104, 105, 204, 301, 303, 306, 401, 402, 406, 501, 503, 601, 604, 702, 704, 705, 801, 802, 806, 990,
  ],
});
