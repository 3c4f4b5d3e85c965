import { printPackage } from './kitchen.ts';
import { useRests } from './order-lines.ts';
import type { LineDraft } from './order-lines.ts';
import type { Employee, Station } from './seed.ts';
import { linesOf, makeGuid, touch } from './state.ts';
import type { Order, Package, Prepay, Restaurant, TypedDiscount, World } from './state.ts';

export type PackageDraft = {
  readonly guid?: string;
  readonly station: Station | null;
  readonly author: Employee | null;
  readonly creator: Employee | null;
  readonly lines: readonly LineDraft[];
  readonly prepays: readonly Omit<Prepay, 'uni'>[];
  readonly discounts: readonly Omit<TypedDiscount, 'uni'>[];
  /** False: it waits for staff to confirm it at the till. */
  readonly printed: boolean;
  /** False: the kitchen never hears of it, a defect. */
  readonly reachesKitchen: boolean;
  /** `uni` of a package that is not printed yet and is written anew. */
  readonly replaces?: number;
};

/** Saves a package: the one way by which anything gets onto an order and into the kitchen. */
export function savePackage(
  world: World,
  restaurant: Restaurant,
  order: Order,
  draft: PackageDraft,
): Package {
  const used = new Set([
    ...order.packages.map((entry) => entry.guid),
    ...linesOf(order).map((line) => line.guid),
  ]);
  // A GUID that is already on the order names something else; the server gives its own then.
  const pick = (guid: string | undefined): string => {
    const chosen = guid === undefined || used.has(guid) ? makeGuid(world) : guid;
    used.add(chosen);
    return chosen;
  };
  const replaced = order.packages.find((entry) => entry.uni === draft.replaces);
  if (replaced !== undefined) order.packages.splice(order.packages.indexOf(replaced), 1);
  const entry: Package = {
    uni: replaced?.uni ?? takeUni(order),
    guid: replaced?.guid ?? pick(draft.guid),
    station: draft.station,
    author: draft.author,
    creator: draft.creator,
    savedAtMs: world.nowMs(),
    printed: draft.printed,
    lines: draft.lines.map((line) => ({
      uni: takeUni(order),
      guid: pick(line.guid),
      dish: line.dish,
      quantity: line.quantity,
      ordered: line.quantity,
      unitPrice: line.unitPrice,
      modis: line.modis,
      seat: line.seat,
      voids: [],
      kitchenState: 'none',
    })),
    prepays: draft.prepays.map((prepay) => ({ ...prepay, uni: takeUni(order) })),
    discounts: draft.discounts.map((discount) => ({ ...discount, uni: takeUni(order) })),
  };
  order.packages.push(entry);
  useRests(restaurant, draft.lines);
  touch(restaurant, order);
  if (entry.printed && draft.reachesKitchen) printPackage(world, restaurant, order, entry);
  return entry;
}

export function takeUni(order: Order): number {
  const { nextUni } = order;
  order.nextUni += 1;
  return nextUni;
}
