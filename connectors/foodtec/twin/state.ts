import { slotOf } from '#acceptance/opening-hours.ts';
import type { AcceptedOrder, OrderItem } from '#acceptance/order.ts';
import type { OrderBody, OrderIdentity } from '#acceptance/read-order.ts';
import type { StoreRules } from '#acceptance/rules.ts';
import type { StoreDefinition } from '#acceptance/store-definition.ts';
import { makeStoreRules } from '#acceptance/store-rules.ts';
import type { StoreFault } from '#acceptance/store-state.ts';
import type { Ticket } from '#twins/definition.ts';

/** One registered client of the API. */
export type Client = { readonly username: string; readonly password: string };

/**
 * One order at the store. `made` is in the kitchen, `suspended` waits for information, `completed` was handed over, `voided` was
 * taken back. The first two are open: while an order is, its externalRef is taken.
 */
export type StoreOrder = {
  readonly orderNum: string;
  readonly client: string;
  /** As posted, so that a release can check it again. */
  readonly body: OrderBody;
  readonly identity: OrderIdentity;
  readonly orderedAtMs: number;
  order: AcceptedOrder;
  status: 'made' | 'suspended' | 'completed' | 'voided';
  voidReason: string | null;
};

export type World = {
  readonly nowMs: () => number;
  readonly clients: readonly Client[];
  /** Changed at the till: a price, most of all. */
  store: StoreDefinition;
  rules: StoreRules;
  /** Newest last. */
  readonly orders: Map<string, StoreOrder>;
  /** The newest order of each client and externalRef, open or not. */
  readonly byRef: Map<string, StoreOrder>;
  /** Units left, by category and item; what is not here nobody counts. */
  readonly left: Map<string, number>;
  readonly slots: Map<number, number>;
  readonly redemptions: Map<string, number>;
  readonly faults: Set<StoreFault>;
  defects: ReadonlySet<string>;
  readonly tickets: Ticket[];
  lastOrderNum: number;
  lastTicket: number;
};

/** Orders that a store remembers; the oldest closed ones make room. */
const ordersMax = 200_000;

export function makeWorld(options: {
  readonly nowMs: () => number;
  readonly clients: readonly Client[];
  readonly store: StoreDefinition;
}): World {
  const counted = options.store.categories.flatMap((category) =>
    category.items.flatMap((item): [string, number][] =>
      item.stock === undefined ? [] : [[itemKey(category.name, item.name), item.stock]],
    ),
  );
  const state = {
    nowMs: options.nowMs,
    clients: options.clients,
    // Prices are changed at the till; the file somebody else reads must not change with them.
    store: structuredClone(options.store),
    orders: new Map(),
    byRef: new Map(),
    left: new Map(counted),
    slots: new Map(),
    redemptions: new Map(),
    faults: new Set<StoreFault>(),
    defects: new Set<string>(),
    tickets: [],
    lastOrderNum: 0,
    lastTicket: 0,
  };
  return { ...state, rules: rulesOf(state, state.store) };
}

/** The store's rules on what it holds now. Made anew when the definition changes. */
export function rulesOf(
  world: Pick<World, 'faults' | 'left' | 'slots' | 'redemptions'>,
  store: StoreDefinition,
): StoreRules {
  return makeStoreRules(store, {
    hasFault: (fault) => world.faults.has(fault),
    left: (category, item) => world.left.get(itemKey(category, item)) ?? null,
    ordersInSlot: (slotMs) => world.slots.get(slotMs) ?? 0,
    redemptions: (code) => world.redemptions.get(code) ?? 0,
  });
}

export function itemKey(category: string, item: string): string {
  return JSON.stringify([category, item]);
}

export function refKey(client: string, externalRef: string): string {
  return JSON.stringify([client, externalRef]);
}

export function isOpen(order: StoreOrder): boolean {
  return order.status === 'made' || order.status === 'suspended';
}

export function addOrder(world: World, order: StoreOrder): void {
  world.orders.set(order.orderNum, order);
  world.byRef.set(refKey(order.client, order.identity.externalRef), order);
  book(world, order.order, 1);
  for (const [orderNum, old] of world.orders) {
    if (world.orders.size <= ordersMax) break;
    if (!isOpen(old)) forget(world, orderNum, old);
  }
}

/** Stock, slot and coupons go back on the shelf. */
export function giveBack(world: World, order: AcceptedOrder): void {
  book(world, order, -1);
}

/** Items of the order and of its specials. */
export function allItems(order: AcceptedOrder): readonly OrderItem[] {
  return [...order.items, ...order.specials.flatMap((special) => special.items)];
}

function forget(world: World, orderNum: string, order: StoreOrder): void {
  world.orders.delete(orderNum);
  const key = refKey(order.client, order.identity.externalRef);
  if (world.byRef.get(key) === order) world.byRef.delete(key);
}

function book(world: World, order: AcceptedOrder, times: 1 | -1): void {
  for (const item of allItems(order)) {
    const key = itemKey(item.category, item.item);
    const left = world.left.get(key);
    if (left !== undefined) world.left.set(key, left - times * item.quantity);
  }
  if (order.deferAtMs !== null) add(world.slots, slotOf(world.store, order.deferAtMs), times);
  for (const { couponCode } of order.specials) {
    if (couponCode !== null && couponCode !== '') add(world.redemptions, couponCode, times);
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, times: 1 | -1): void {
  counts.set(key, (counts.get(key) ?? 0) + times);
}
