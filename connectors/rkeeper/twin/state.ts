import type { Ticket } from '#twins/definition.ts';

import type { Done } from './reply.ts';
import type {
  Card,
  Discount,
  Dish,
  Employee,
  Modifier,
  RestaurantSeed,
  Row,
  Station,
  Table,
} from './seed.ts';

/** A modifier on a line. `count` and `charged` are units on one unit of the dish; free ones are counted, not charged. */
export type Modi = {
  readonly modifier: Modifier;
  readonly count: number;
  readonly charged: number;
  /** What was typed in place of the modifier's name. */
  readonly openName: string | null;
};

export type Line = {
  readonly uni: number;
  readonly guid: string;
  readonly dish: Dish;
  /** Thousandths. What is left of `ordered` after voids. */
  quantity: number;
  readonly ordered: number;
  /** Hundredths, of one unit without modifiers. */
  readonly unitPrice: number;
  readonly modis: readonly Modi[];
  /** 0: of the whole table. */
  readonly seat: number;
  readonly voids: { readonly reason: Row; readonly quantity: number }[];
  kitchenState: 'none' | 'sent' | 'ready' | 'removed';
};

export type Prepay = {
  readonly uni: number;
  readonly guid: string;
  readonly currency: Row;
  readonly amount: number;
  readonly promised: boolean;
  readonly transaction: string | null;
};

/** A discount whose sum was typed in. Hundredths. */
export type TypedDiscount = {
  readonly uni: number;
  readonly guid: string;
  readonly discount: Discount;
  readonly amount: number;
};

/** A package: lines that were sent to the kitchen together. Not printed while it waits for staff to confirm it. */
export type Package = {
  readonly uni: number;
  readonly guid: string;
  readonly station: Station | null;
  readonly author: Employee | null;
  readonly creator: Employee | null;
  readonly savedAtMs: number;
  printed: boolean;
  lines: Line[];
  prepays: Prepay[];
  readonly discounts: readonly TypedDiscount[];
};

export type Receipt = {
  readonly uni: number;
  readonly guid: string;
  readonly number: number;
  readonly printedAtMs: number;
  readonly pays: readonly {
    readonly guid: string;
    readonly currency: Row;
    readonly amount: number;
    readonly transaction: string | null;
  }[];
};

export type AppliedCard = {
  readonly uni: number;
  readonly guid: string;
  readonly card: Card;
  readonly discount: Discount;
  readonly interface: Row;
};

/** A lock by key, asked for over the interface. It ends by itself. */
export type KeyLock = {
  readonly key: string;
  readonly untilMs: number;
  readonly station: Row | null;
  readonly employee: Row | null;
};

/** Somebody has the order open at a till. Only they end it. */
export type TillLock = {
  readonly code: number;
  readonly station: Station | null;
  readonly employee: Employee | null;
  readonly by: string;
};

export type Order = {
  readonly guid: string;
  readonly visit: number;
  readonly visitGuid: string;
  readonly orderIdent: number;
  readonly name: string;
  table: Table;
  extraTables: readonly Table[];
  waiter: Employee | null;
  readonly creator: Employee | null;
  readonly station: Station | null;
  orderType: Row;
  readonly orderCategory: Row;
  /** Labels of the guests. */
  guests: readonly number[];
  props: ReadonlyMap<string, string>;
  persistentComment: string;
  nonPersistentComment: string;
  readonly external: { readonly source: string; readonly id: string } | null;
  readonly openedAtMs: number;
  state: 'open' | 'settled' | 'voided';
  closedAtMs: number | null;
  billedAtMs: number | null;
  version: number;
  nextUni: number;
  readonly packages: Package[];
  card: AppliedCard | null;
  receipt: Receipt | null;
  /** Who closed it; the day report never tells, only a defect does. */
  settledBy: 'interface' | 'till' | null;
  keyLock: KeyLock | null;
  tillLock: TillLock | null;
};

export type Message = {
  readonly id: number;
  readonly guid: string;
  readonly externalId: string;
  readonly text: string;
  readonly messageType: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly station: Row | null;
  readonly waiter: Row | null;
};

/** What the licence server keeps of one installation: its last number, and what was answered to it. */
export type LicenceUse = {
  last: number;
  answered: { readonly request: string; readonly reply: Done } | null;
};

export type Restaurant = {
  readonly seed: RestaurantSeed;
  readonly isFirst: boolean;
  /** All orders by GUID. */
  readonly orders: Map<string, Order>;
  readonly openOrders: Map<string, Order>;
  /** The newest order by name and value of an external property. */
  readonly byProp: Map<string, Order>;
  /** Moves with whatever a list of orders shows. */
  listVersion: number;
  nextVisit: number;
  nextOrderName: number;
  nextReceipt: number;
  nextMessage: number;
  nextTicket: number;
  shift: {
    readonly number: number;
    readonly startedAtMs: number;
    readonly state: 'open' | 'closing' | 'too-long';
  };
  /** Thousandths left of a dish, by ident. A dish that is not here has no limit. */
  readonly dishRests: Map<number, number>;
  /** Units left of a modifier, by ident. */
  readonly modifierRests: Map<number, number>;
  readonly licences: Map<string, LicenceUse>;
  messages: Message[];
  /** Defect `unstable-ids`: what the idents of dishes have moved by. */
  identShift: number;
  /** Local time is this far ahead of UTC during the quarter of an hour that starts at `fromMs`. */
  zone: { readonly fromMs: number; readonly offsetMs: number };
};

export type World = {
  readonly nowMs: () => number;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly restaurants: readonly Restaurant[];
  readonly username: string;
  readonly password: string;
  /** What a till-held lock answers when nobody says which code. */
  readonly lockCode: number;
  /** A lifetime key lies in the servers beside their subscriptions. */
  readonly hasLifetimeKey: boolean;
  readonly tickets: Ticket[];
  defects: ReadonlySet<string>;
};

export function makeRestaurant(seed: RestaurantSeed, isFirst: boolean, nowMs: number): Restaurant {
  return {
    seed,
    isFirst,
    orders: new Map(),
    openOrders: new Map(),
    byProp: new Map(),
    listVersion: 1,
    nextVisit: 600_000_001,
    nextOrderName: 1,
    nextReceipt: 1,
    nextMessage: 1,
    nextTicket: 1,
    shift: { number: 1, startedAtMs: nowMs, state: 'open' },
    dishRests: new Map(
      seed.dishes.flatMap((dish) => (dish.rest === null ? [] : [[dish.ident, dish.rest * 1000]])),
    ),
    modifierRests: new Map(
      seed.modifiers.flatMap((modifier) => (modifier.stopped ? [[modifier.ident, 0]] : [])),
    ),
    licences: new Map(),
    messages: [],
    identShift: 0,
    zone: { fromMs: Number.NEGATIVE_INFINITY, offsetMs: 0 },
  };
}

/** Upper case, in braces. */
export function makeGuid(world: Pick<World, 'randomBytes'>): string {
  const hex = Buffer.from(world.randomBytes(16)).toString('hex').toUpperCase();
  return `{${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')}}`;
}

export function linesOf(order: Order): readonly Line[] {
  return order.packages.flatMap((entry) => entry.lines);
}

export function isVoided(line: Line): boolean {
  return line.quantity === 0;
}

/** Every change of an order moves its version and the version of the lists it stands in. */
export function touch(restaurant: Restaurant, order: Order): void {
  order.version += 1;
  restaurant.listVersion += 1;
}

/** Closed orders that are remembered; the oldest are forgotten, like on a server that archives its shifts. */
const closedOrdersMax = 20_000;

export function addOrder(restaurant: Restaurant, order: Order): void {
  restaurant.orders.set(order.guid, order);
  restaurant.openOrders.set(order.guid, order);
  indexProps(restaurant, order);
  restaurant.listVersion += 1;
  if (restaurant.orders.size - restaurant.openOrders.size <= closedOrdersMax) return;
  for (const [guid, old] of restaurant.orders) {
    if (old.state === 'open') continue;
    restaurant.orders.delete(guid);
    for (const [name, value] of old.props) {
      if (restaurant.byProp.get(propKey(name, value)) === old) restaurant.byProp.delete(propKey(name, value));
    }
    return;
  }
}

export function indexProps(restaurant: Restaurant, order: Order): void {
  for (const [name, value] of order.props) restaurant.byProp.set(propKey(name, value), order);
}

export function propKey(name: string, value: string): string {
  return JSON.stringify([name, value]);
}

export function closeOrder(
  restaurant: Restaurant,
  order: Order,
  end: { state: 'settled' | 'voided'; atMs: number },
): void {
  order.state = end.state;
  order.closedAtMs = end.atMs;
  order.keyLock = null;
  order.tillLock = null;
  restaurant.openOrders.delete(order.guid);
  touch(restaurant, order);
}
