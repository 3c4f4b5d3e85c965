import type { IntakeProfile } from '#domain/intake.ts';
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
import { extra, pizzaMenu } from './test-menu.ts';
import { voidOrder } from './void-order.ts';

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
