import { TwinCommandError } from '#twins/definition.ts';

import { printVoid } from './kitchen.ts';
import { judgeLine } from './order-lines.ts';
import type { Taken, WantedModi } from './order-lines.ts';
import { savePackage } from './packages.ts';
import { rowAt } from './seed.ts';
import { closeOrder, isVoided, linesOf, touch } from './state.ts';
import type { Line, Order, Package, Restaurant, World } from './state.ts';
import { findByName, findLine } from './till-find.ts';
import type { LineInput } from './till.ts';

export type AtTill = { readonly restaurant: Restaurant; readonly order: Order };

/** Lines typed at a till: judged, priced, saved and printed by what does it for the interface. */
export function typeLines(world: World, at: AtTill, wanted: readonly LineInput[]): Package {
  const { restaurant, order } = at;
  const taken: Taken = { dishes: new Map(), modifiers: new Map() };
  const lines = wanted.map((input) => {
    const judged = judgeLine(
      restaurant,
      {
        dish: findByName(
          restaurant.seed.dishes.filter((dish) => dish.active),
          input.item,
          'item',
        ),
        quantity: input.quantity * 1000,
        modis: input.modifiers.map((modifier) => readModi(restaurant, modifier)),
        seat: 0,
        ...(input.price === undefined ? {} : { price: input.price }),
      },
      taken,
    );
    if (judged.kind === 'faulty') throw new TwinCommandError(judged.text, 409);
    return judged.draft;
  });
  return savePackage(world, restaurant, order, {
    station: restaurant.seed.stations[0] ?? null,
    author: order.waiter,
    creator: order.waiter,
    lines,
    prepays: [],
    discounts: [],
    printed: true,
    reachesKitchen: true,
  });
}

function readModi(restaurant: Restaurant, input: LineInput['modifiers'][number]): WantedModi {
  const { modifiers } = restaurant.seed;
  if (typeof input !== 'object') {
    return { modifier: findByName(modifiers, input, 'modifier'), count: 1, openName: null };
  }
  return {
    modifier: findByName(modifiers, input.modifier, 'modifier'),
    count: input.quantity,
    openName: input.text ?? null,
  };
}

/** What is printed cannot grow: more of it is a line of a new package. Less of it is a void. */
export function changeQuantity(
  world: World,
  at: AtTill,
  change: { readonly line: string | number; readonly quantity: number },
): void {
  const { line, entry } = findLine(at.order, change.line);
  const difference = change.quantity * 1000 - line.quantity;
  if (difference < 0) {
    voidOf(world, at, entry, [{ line, quantity: -difference }]);
    return;
  }
  if (difference === 0) return;
  const judged = judgeLine(
    at.restaurant,
    {
      dish: line.dish,
      quantity: difference,
      modis: line.modis.map(({ modifier, count, openName }) => ({ modifier, count, openName })),
      seat: line.seat,
      price: line.unitPrice,
    },
    { dishes: new Map(), modifiers: new Map() },
  );
  if (judged.kind === 'faulty') throw new TwinCommandError(judged.text, 409);
  savePackage(world, at.restaurant, at.order, {
    station: entry.station,
    author: at.order.waiter,
    creator: at.order.waiter,
    lines: [judged.draft],
    prepays: [],
    discounts: [],
    printed: true,
    reachesKitchen: true,
  });
}

/** One line, some units of it, or everything; an order without lines left is voided. */
export function voidLines(
  world: World,
  at: AtTill,
  input: { readonly line?: string | number | undefined; readonly quantity?: number | undefined },
): void {
  if (input.line === undefined) {
    for (const entry of at.order.packages) {
      const left = entry.lines.filter((line) => !isVoided(line));
      if (left.length > 0)
        voidOf(
          world,
          at,
          entry,
          left.map((line) => ({ line, quantity: line.quantity })),
        );
    }
    if (at.order.state === 'open') voidWhole(world, at);
    return;
  }
  const { line, entry } = findLine(at.order, input.line);
  if (isVoided(line)) throw new TwinCommandError('the line is voided already', 409);
  const quantity =
    input.quantity === undefined ? line.quantity : Math.min(input.quantity * 1000, line.quantity);
  voidOf(world, at, entry, [{ line, quantity }]);
}

function voidOf(
  world: World,
  at: AtTill,
  entry: Package,
  lines: readonly { readonly line: Line; readonly quantity: number }[],
): void {
  const { restaurant, order } = at;
  const [reason] = restaurant.seed.voidReasons;
  for (const { line, quantity } of lines) {
    line.quantity -= quantity;
    line.voids.push({ reason: rowAt(restaurant.seed.voidReasons, reason?.ident ?? 0), quantity });
    if (isVoided(line) && line.kitchenState !== 'none') line.kitchenState = 'removed';
  }
  touch(restaurant, order);
  if (entry.printed) printVoid(world, restaurant, order, { entry, lines });
  if (linesOf(order).every(isVoided)) voidWhole(world, at);
}

function voidWhole(world: World, at: AtTill): void {
  closeOrder(at.restaurant, at.order, { state: 'voided', atMs: world.nowMs() });
}
