import type { IntakeName, IntakeProfile } from '#domain/intake.ts';
import type { Menu, MenuItem, Modifier, ModifierGroup } from '#domain/menu.ts';
import { money } from '#domain/money.ts';
import { makeWorld } from '#ordering/test-ordering.ts';
import type { TestWorld } from '#ordering/test-ordering.ts';
import { registerIntakeClient } from '#store/intake-clients.ts';
import type { IntakeClient } from '#store/intake-clients.ts';
import { listIntakeOrders } from '#store/intake-orders.ts';
import { saveIntakeNames, saveIntakeProfile } from '#store/intake-profiles.ts';
import { saveAvailability, saveMenu } from '#store/menus.ts';
import type { IntakeOrderRow } from '#store/schema.ts';
import type { Store } from '#store/store.ts';
import type { IntakeDeps } from './deps.ts';
import { makeOpenIntakes } from './open-intakes.ts';
import { postOrder } from './post-order.ts';
import type { Posted } from './post-order.ts';
import { voidOrder } from './void-order.ts';

const eur = (minor: number) => money(minor, 'EUR');
const available = { state: 'available' } as const;

const modifier = (modifierId: string, minor: number, more: Partial<Modifier> = {}): Modifier => ({
  modifierId,
  name: modifierId,
  price: eur(minor),
  maxQuantity: 2,
  default: false,
  removable: false,
  availability: available,
  ...more,
});
const group = (name: string, modifiers: readonly Modifier[], minSelections = 0): ModifierGroup => ({
  modifierGroupId: name,
  name,
  minSelections,
  maxSelections: null,
  freeSelections: 0,
  modifiers,
});
const item = (itemId: string, minor: number, more: Partial<MenuItem> = {}): MenuItem => ({
  itemId,
  name: itemId,
  price: eur(minor),
  taxes: [],
  availability: available,
  variants: [],
  modifierGroups: [],
  ...more,
});
const size = (itemId: string, name: string, minor: number) => ({
  variantId: `${itemId} ${name}`,
  name,
  price: eur(minor),
  availability: available,
});
const toppings = group('Toppings', [
  modifier('Pepperoni', 150),
  modifier('Mushrooms', 120),
  modifier('Extra Onion', 200),
  modifier('Onion', 100),
]);

/** A ten-inch cheese pizza with extra pepperoni is 8.85 + 2 × 1.50. */
export const pizzaMenu: Menu = {
  menuVersion: 'pizza-1',
  currency: 'EUR',
  readAtMs: 0,
  categories: [
    {
      categoryId: 'pizza',
      name: 'Pizza',
      items: [
        item('Cheese', 885, {
          variants: [size('Cheese', '10"', 885), size('Cheese', '14"', 1335)],
          modifierGroups: [toppings],
        }),
        item('Truffle', 2100, { variants: [size('Truffle', '14"', 2100)] }),
        item('Margherita', 950, {
          modifierGroups: [group('Herbs', [modifier('Basil', 0, { default: true, removable: true })])],
        }),
      ],
    },
    {
      categoryId: 'salad',
      name: 'Salad',
      items: [
        item('Garden', 625, {
          modifierGroups: [group('Dressing', [modifier('Ranch', 0), modifier('Italian', 0)], 1)],
        }),
      ],
    },
  ],
};

export const extra: IntakeName = {
  kind: 'qualifier',
  withinId: null,
  name: 'Extra',
  targetId: null,
  units: 2,
};

/** The document's example, its names changed: 11.85 less 1.00, tax 1.76, tip 2.00. */
export const examplePost = {
  type: 'Pickup',
  source: 'Third Party',
  paid: false,
  isThirdPartyPickup: false,
  price: 14.61,
  tax: 1.76,
  taxableSubtotal: 10.85,
  tip: 2.0,
  discount: 0.0,
  deliveryCharge: null,
  deferTime: null as number | null,
  instructions: 'Blue van',
  customer: {
    name: 'Jo Miller',
    phone: '617-555-0134',
    address: '12 Market Street',
    zip: '02494',
    city: null,
    state: 'MA',
    diff1: 'Apt',
    value1: '12G',
    latitude: 0.0,
    longitude: 0.0,
    deliveryInstructions: 'Ring twice',
  } as Record<string, unknown>,
  items: [
    {
      category: 'Pizza',
      item: 'Cheese',
      size: '10"' as string | null,
      quantity: 1,
      sellingPrice: 11.85 as number | null,
      ingredients: [
        {
          ingredient: 'Pepperoni',
          isLeftHalf: false,
          isRightHalf: false,
          ordered: true,
          qualifiers: ['Extra'],
        } as Record<string, unknown>,
      ],
      externalRef: 'line-1',
      isInBucket: false,
    },
  ],
  specials: [] as unknown[],
  adjustment: { name: 'Regular guest', discount: 1.0 } as unknown,
  externalRef: 'order-1',
  externalNumber: '0123456789',
};

export type IntakeWorld = TestWorld & {
  readonly intake: IntakeDeps;
  readonly client: IntakeClient;
  readonly otherClient: IntakeClient;
  readonly password: string;
  readonly username: string;
  post(order: unknown, more?: { suspend?: boolean; client?: IntakeClient }): Promise<Posted>;
  /** The code of a post that must be refused. */
  refusedWith(order: unknown, more?: { suspend?: boolean }): Promise<number>;
  takeBack(
    externalRef: string,
    more?: { reason?: string; client?: IntakeClient },
  ): ReturnType<typeof voidOrder>;
  orders(): Promise<IntakeOrderRow[]>;
  setProfile(change: Partial<IntakeProfile>): Promise<void>;
};

/** A location with an intake at its first table; its menu is `pizzaMenu`. */
export async function makeIntakeWorld(store: Store): Promise<IntakeWorld> {
  const world = await makeWorld(store);
  const { companyId, locationId } = world.table;
  const place = { companyId, locationId };
  const profile: IntakeProfile = {
    pickup: { tableId: world.table.tableId, orderTypeRef: '2', stationRef: null },
    delivery: { tableId: world.otherTable.tableId, orderTypeRef: '3', stationRef: '7' },
    priceCheck: 'lines',
    store: null,
    discountCode: '30',
    preparationMinutes: 20,
  };
  const client = { ...place, clientId: `client-${world.table.tableId}` };
  const otherClient = { ...place, clientId: `other-${world.table.tableId}` };
  const soldOut = {
    readAtMs: 0,
    items: { Truffle: { state: 'sold-out' } },
    variants: {},
    modifiers: {},
  } as const;
  const issued = await store.asCompany(companyId, async (tx) => {
    await saveMenu(tx, place, pizzaMenu, 'p1');
    await saveAvailability(tx, place, soldOut, 'a2');
    await saveIntakeProfile(tx, place, profile);
    await saveIntakeNames(tx, place, [extra]);
    await registerIntakeClient(tx, { ...otherClient, name: 'Other', nowMs: 0 });
    return registerIntakeClient(tx, { ...client, name: 'Market', nowMs: 0 });
  });
  const intake: IntakeDeps = {
    ...world.deps,
    accountOf: () => Promise.resolve({ kind: 'off', reason: 'no-account' }),
    providerOf: () => Promise.resolve(undefined),
    webhookBase: undefined,
    intakes: makeOpenIntakes(),
  };
  const post: IntakeWorld['post'] = (order, more = {}) =>
    postOrder(intake, more.client ?? client, {
      text: typeof order === 'string' ? order : JSON.stringify(order),
      suspend: more.suspend ?? false,
    });
  return {
    ...world,
    intake,
    client,
    otherClient,
    ...issued,
    post,
    async refusedWith(order, more) {
      const posted = await post(order, more);
      if (posted.kind !== 'refused') throw new Error('it was accepted');
      return posted.refusal.code;
    },
    takeBack: (externalRef, more = {}) =>
      voidOrder(intake, more.client ?? client, {
        externalRef,
        text: JSON.stringify({ reason: more.reason ?? 'a mistake' }),
      }),
    orders: () =>
      store.asCompany(companyId, (tx) =>
        listIntakeOrders(tx, { companyId, locationId, state: undefined, number: undefined }),
      ),
    setProfile: (change) =>
      store.asCompany(companyId, (tx) => saveIntakeProfile(tx, place, { ...profile, ...change })),
  };
}
