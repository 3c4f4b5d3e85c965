import type { RestaurantSeed, Row } from './seed.ts';

/** The login of the employee who may use the interface. */
export const defaultUsername = 'tableside';
/** Of a twin nobody gave a password to: it stands on loopback and holds nothing. */
export const defaultPassword = 'fiume-demo';

const interfacePath = '/rk7api/v0/xmlinterface.xml';
const appStation = 3;
const appEmployee = 90;
const paidCurrency = 9;
const programCode = 100;
/** Code of the table that takeaway orders stand at. */
export const takeawayTable = 90;
export const takeawayOrderType = 2;
/** Code of the discount of any amount. */
export const partnerDiscount = 30;
/** Code of the open-priced dish that tips are booked as. */
export const tipCode = 990;
const serviceCategory = 90;
/** Code of the modifier with an open name that notes are typed as. */
export const noteCode = 991;
const variantGroups = [1, 11, 14, 16] as const;

/** Where a restaurant's interface answers, path only. The first restaurant of a twin needs no slug. */
export function pathOf(seed: RestaurantSeed, isFirst: boolean, level: 'list' | 'member' = 'list'): string {
  return `${isFirst ? '' : `/${seed.slug}`}${level === 'member' ? '/loyalty' : ''}${interfacePath}`;
}

/** Settings and secret with which a connector reaches a restaurant of the twin. `origin` as in `https://127.0.0.1:8081`. */
export function connectionTo(
  seed: RestaurantSeed,
  at: { readonly origin: string; readonly isFirst: boolean; readonly password?: string },
) {
  const subscription =
    seed.licence.mode === 'subscription'
      ? { mode: 'subscription', anchor: seed.licence.anchor, instanceGuid: instanceGuidOf(seed) }
      : { mode: 'lifetime' };
  return {
    settings: {
      endpoint: `${at.origin}${pathOf(seed, at.isFirst)}`,
      restaurantId: seed.restCode,
      currency: seed.currencyCode,
      station: identOf(seed.stations, appStation),
      cashier: identOf(seed.employees, appEmployee),
      waiter: identOf(seed.employees, appEmployee),
      orderType: identOf(seed.orderTypes, 1),
      paidCurrency: identOf(seed.currencies, paidCurrency),
      loyalty: {
        endpoint: `${at.origin}${pathOf(seed, at.isFirst, 'member')}`,
        programCode,
      },
      tipItemCode: tipCode,
      noteModifier: identOf(seed.modifiers, noteCode),
      guestHiddenCategories: [identOf(seed.categories, serviceCategory)],
      variants: {
        groups: variantGroups.map((code) => identOf(seed.groups, code)),
        joins: joinsOf(seed),
      },
      licence: subscription,
    },
    secret: {
      username: defaultUsername,
      password: at.password ?? defaultPassword,
      ...(seed.licence.mode === 'subscription' ? { licenceToken: seed.licence.token } : {}),
    },
  };
}

/** Two bottles of one water are two dishes; guests choose between them as one item. */
function joinsOf(seed: RestaurantSeed) {
  const joins = [
    { name: 'Acqua naturale', dishes: [801, 802] },
    { name: 'Acqua frizzante', dishes: [803, 804] },
  ];
  return joins
    .filter((join) => join.dishes.every((code) => seed.dishes.some((dish) => dish.code === code)))
    .map((join) => ({
      name: join.name,
      dishes: join.dishes.map((code, index) => ({ code, name: index === 0 ? '0,5 l' : '0,75 l' })),
    }));
}

/** One GUID per installation and restaurant, the same in every run of a demo. */
function instanceGuidOf(seed: RestaurantSeed): string {
  return `7AB1E51D-0000-4000-8000-000${seed.restCode}`;
}

function identOf(rows: readonly Row[], code: number): number {
  const found = rows.find((row) => row.code === code);
  if (found === undefined) throw new Error(`nothing has the code ${code}`);
  return found.ident;
}
