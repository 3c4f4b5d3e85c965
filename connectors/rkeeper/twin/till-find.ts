import { TwinCommandError } from '#twins/definition.ts';

import type { Dish, Modifier, Row } from './seed.ts';
import type { Line, Order, Package, Restaurant, World } from './state.ts';

/** The order with this GUID, in whichever restaurant it stands. */
export function findAnywhere(
  world: World,
  orderRef: string,
): { readonly restaurant: Restaurant; readonly order: Order } {
  for (const restaurant of world.restaurants) {
    const order = restaurant.orders.get(orderRef.toUpperCase());
    if (order !== undefined) return { restaurant, order };
  }
  throw new TwinCommandError(`no order ${orderRef}`, 404);
}

/** By slug; without one, the first. */
export function findRestaurant(world: World, slug: string | undefined): Restaurant {
  const [first] = world.restaurants;
  const restaurant = slug === undefined ? first : world.restaurants.find(({ seed }) => seed.slug === slug);
  if (restaurant !== undefined) return restaurant;
  const known = world.restaurants.map(({ seed }) => seed.slug).join(', ');
  throw new TwinCommandError(`no restaurant ${slug ?? ''}; there are ${known}`, 404);
}

/** The restaurant that is named, or else the first in which `find` finds what a person asks for. */
export function findThere<Found>(
  world: World,
  slug: string | undefined,
  find: (restaurant: Restaurant) => Found,
): { readonly restaurant: Restaurant; readonly found: Found } {
  const places = slug === undefined ? world.restaurants : [findRestaurant(world, slug)];
  let failure = new TwinCommandError('no restaurant', 404);
  for (const restaurant of places) {
    try {
      return { restaurant, found: find(restaurant) };
    } catch (error) {
      if (!(error instanceof TwinCommandError)) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** By ident, by code, by either name, or by a text that ends in the ident, as ids made from it do. */
export function findByName<Item extends Row>(
  rows: readonly Item[],
  wanted: string | number,
  what: string,
): Item {
  const text = String(wanted).toLowerCase();
  const tail = /(\d+)$/.exec(text)?.[1];
  const found =
    rows.find((row) => row.name.toLowerCase() === text || row.altName.toLowerCase() === text) ??
    rows.find((row) => String(row.ident) === text || String(row.code) === text) ??
    rows.find((row) => String(row.ident) === tail);
  if (found !== undefined) return found;
  throw new TwinCommandError(`no ${what} ${wanted}`, 404);
}

export type Item =
  { readonly kind: 'dish'; readonly row: Dish } | { readonly kind: 'modifier'; readonly row: Modifier };

/** A dish, or else a modifier: both can run out. */
export function findItem(restaurant: Restaurant, wanted: string | number): Item {
  const { dishes, modifiers } = restaurant.seed;
  try {
    return { kind: 'dish', row: findByName(dishes, wanted, 'item') };
  } catch (error) {
    if (!(error instanceof TwinCommandError)) throw error;
    return { kind: 'modifier', row: findByName(modifiers, wanted, 'item') };
  }
}

/** A line by its GUID, its number on the order, or the name of its dish; what is voided already comes last. */
export function findLine(
  order: Order,
  wanted: string | number,
): { readonly entry: Package; readonly line: Line } {
  const text = String(wanted).toLowerCase();
  const all = order.packages.flatMap((entry) => entry.lines.map((line) => ({ entry, line })));
  const sorted = all.toSorted(
    (left, right) => Number(left.line.quantity === 0) - Number(right.line.quantity === 0),
  );
  const found =
    sorted.find(({ line }) => line.guid.toLowerCase() === text || String(line.uni) === text) ??
    sorted.find(({ line }) => line.dish.name.toLowerCase() === text || String(line.dish.ident) === text);
  if (found !== undefined) return found;
  throw new TwinCommandError(`no line ${wanted} on the order`, 404);
}
