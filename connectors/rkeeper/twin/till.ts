import { z } from 'zod';

import type { TillCommand } from '#twins/definition.ts';
import { TwinCommandError } from '#twins/definition.ts';

import { identIn } from '../ids.ts';
import { noteCode } from './connection.ts';
import { openOrder } from './create-order.ts';
import { bumpTicket } from './kitchen.ts';
import { settle } from './pay-order.ts';
import { sumsOf } from './pricing.ts';
import { showOrder } from './report.ts';
import type { EmployeeRole } from './seed.ts';
import { makeGuid, touch } from './state.ts';
import type { Order, Restaurant, World } from './state.ts';
import { changeQuantity, typeLines, voidLines } from './till-lines.ts';
import { findAnywhere, findByName, findItem, findRestaurant, findThere } from './till-find.ts';

/** Taken everywhere. What is known in one restaurant only is found without it. */
const restaurant = z.string().optional();
/** A name, a code or an ident. */
const named = z.union([z.string().min(1), z.number().int()]);
const quantity = z.number().int().positive().max(999);

const modifierInput = z.union([
  named,
  z.strictObject({ modifier: named, quantity: quantity.default(1), text: z.string().optional() }),
]);
const typedLine = z.strictObject({
  item: named,
  quantity: quantity.default(1),
  modifiers: z.array(modifierInput).max(50).default([]),
  /** Hundredths, for an open-priced dish. */
  price: z.number().int().positive().optional(),
});
export type LineInput = z.infer<typeof typedLine>;
/** A line as a guest's round has it: the same body can be sent to both sides and the tickets compared. */
const guestLine = z.strictObject({
  itemId: z.string(),
  variantId: z.string().optional(),
  quantity: quantity.default(1),
  modifiers: z
    .array(z.strictObject({ modifierId: z.string(), quantity: z.number().int().nonnegative().max(999) }))
    .max(50)
    .default([]),
  note: z.string().optional(),
});
const lineInput = z.union([typedLine, guestLine.transform(asTyped)]);
const lines = z.array(lineInput).max(200);

const orderRef = z.string().min(1);

const inputs = {
  lock: z.strictObject({
    restaurant,
    orderRef,
    code: z.union([z.literal(2219), z.literal(13)]).optional(),
    by: z.string().optional(),
  }),
  unlock: z.strictObject({ restaurant, orderRef }),
  sellOut: z.strictObject({
    /** A dish or a modifier. */
    item: named,
    /** Whole units left. */
    remaining: z.number().int().nonnegative().optional(),
    /** True takes it off the stop list. */
    available: z.boolean().optional(),
    restaurant,
  }),
  openOrder: z.strictObject({
    table: named,
    waiter: named.optional(),
    lines: lines.default([]),
    guests: z.number().int().positive().max(100).default(1),
    restaurant,
  }),
  addLines: z.strictObject({ restaurant, orderRef, lines: lines.min(1) }),
  edit: z.strictObject({
    restaurant,
    orderRef,
    lines: lines.optional(),
    line: named.optional(),
    quantity: z.number().int().nonnegative().max(999).optional(),
    table: named.optional(),
    waiter: named.optional(),
  }),
  void: z.strictObject({ restaurant, orderRef, line: named.optional(), quantity: quantity.optional() }),
  settle: z.strictObject({ restaurant, orderRef, currency: named.optional() }),
  closeShift: z.strictObject({ restaurant, tooLong: z.boolean().default(false) }),
  openShift: z.strictObject({ restaurant }),
  bump: z.strictObject({ restaurant, ticketId: z.string() }),
} as const;

/** What staff do at the tills, each as `POST /_twin/<name>`. A lock of the interface does not stop them. */
export function makeTillCommands(world: World): Readonly<Record<string, TillCommand>> {
  return {
    lock: (body) => lock(world, parse(inputs.lock, body)),
    unlock: (body) => unlock(world, parse(inputs.unlock, body)),
    'sell-out': (body) => sellOut(world, parse(inputs.sellOut, body)),
    'open-order': (body) => typeOrder(world, parse(inputs.openOrder, body)),
    'add-lines': (body) => edit(world, parse(inputs.addLines, body)),
    edit: (body) => edit(world, parse(inputs.edit, body)),
    void: (body) => voidOrder(world, parse(inputs.void, body)),
    settle: (body) => settleOrder(world, parse(inputs.settle, body)),
    'close-shift': (body) => closeShift(world, parse(inputs.closeShift, body)),
    'open-shift': (body) => openShift(world, parse(inputs.openShift, body)),
    bump: (body) => {
      const { ticketId } = parse(inputs.bump, body);
      if (!bumpTicket(world, ticketId)) throw new TwinCommandError(`no ticket ${ticketId}`, 404);
      return { ticketId };
    },
  };
}

/**
 * A size is a modifier, or the dish itself where dishes are joined under one name; what is left out of a group is simply not
 * typed, and a note is the house's modifier with an open name.
 */
function asTyped(line: z.infer<typeof guestLine>): LineInput {
  const isDish = identIn('dish', line.variantId ?? '') !== undefined;
  const size = line.variantId === undefined || isDish ? [] : [line.variantId];
  const chosen = line.modifiers
    .filter((modifier) => modifier.quantity > 0)
    .map((modifier) => ({ modifier: modifier.modifierId, quantity: modifier.quantity }));
  const note = line.note === undefined ? [] : [{ modifier: noteCode, quantity: 1, text: line.note }];
  return {
    item: isDish ? (line.variantId ?? line.itemId) : line.itemId,
    quantity: line.quantity,
    modifiers: [...size, ...chosen, ...note],
  };
}

function parse<Input>(schema: z.ZodType<Input>, body: unknown): Input {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  throw new TwinCommandError(z.prettifyError(parsed.error));
}

/** A waiter opens the order at a till and walks away with it open. */
function lock(world: World, input: z.infer<typeof inputs.lock>): unknown {
  const { restaurant: place, order } = findOpen(world, input.orderRef);
  const employee = order.waiter ?? firstEmployee(place, 'waiter');
  order.tillLock = {
    code: input.code ?? world.lockCode,
    station: place.seed.stations[0] ?? null,
    employee,
    by: input.by ?? employee?.name ?? '',
  };
  place.listVersion += 1;
  return showOrder(world, place, order);
}

function unlock(world: World, input: z.infer<typeof inputs.unlock>): unknown {
  const { restaurant: place, order } = findAnywhere(world, input.orderRef);
  order.tillLock = null;
  place.listVersion += 1;
  return showOrder(world, place, order);
}

function sellOut(world: World, input: z.infer<typeof inputs.sellOut>): unknown {
  const { restaurant: place, found } = findThere(world, input.restaurant, (one) => findItem(one, input.item));
  const { rests, unit } =
    found.kind === 'dish' ? { rests: place.dishRests, unit: 1000 } : { rests: place.modifierRests, unit: 1 };
  const remaining = input.remaining ?? (input.available === true ? null : 0);
  if (remaining === null) rests.delete(found.row.ident);
  else rests.set(found.row.ident, remaining * unit);
  return { item: found.row.name, ident: found.row.ident, kind: found.kind, remaining };
}

function typeOrder(world: World, input: z.infer<typeof inputs.openOrder>): unknown {
  const { restaurant: place, found: table } = findThere(world, input.restaurant, ({ seed }) =>
    findByName(seed.tables, input.table, 'table'),
  );
  const { seed } = place;
  const waiter =
    input.waiter === undefined
      ? firstEmployee(place, 'waiter')
      : findByName(seed.employees, input.waiter, 'employee');
  const station = seed.stations[0] ?? null;
  const order = openOrder(world, place, {
    guid: undefined,
    table,
    extraTables: [],
    waiter,
    creator: waiter,
    station,
    orderType: undefined,
    guests: Array.from({ length: input.guests }, (_, index) => index + 1),
    props: new Map(),
    persistentComment: '',
    nonPersistentComment: '',
    external: null,
  });
  const entry =
    input.lines.length === 0
      ? undefined
      : typeLinesOrForget(world, { restaurant: place, order }, input.lines);
  return { orderRef: order.guid, packageRef: entry?.guid ?? null, order: showOrder(world, place, order) };
}

type AtTill = { readonly restaurant: Restaurant; readonly order: Order };

/** An order whose first lines cannot be sold is not opened at all. */
function typeLinesOrForget(world: World, at: AtTill, wanted: readonly LineInput[]) {
  try {
    return typeLines(world, at, wanted);
  } catch (error) {
    at.restaurant.orders.delete(at.order.guid);
    at.restaurant.openOrders.delete(at.order.guid);
    throw error;
  }
}

function edit(world: World, input: z.infer<typeof inputs.edit>): unknown {
  const at = findOpen(world, input.orderRef);
  const { restaurant: place, order } = at;
  const { seed } = place;
  const table = input.table === undefined ? undefined : findByName(seed.tables, input.table, 'table');
  const waiter =
    input.waiter === undefined ? undefined : findByName(seed.employees, input.waiter, 'employee');
  if ((input.line === undefined) !== (input.quantity === undefined)) {
    throw new TwinCommandError('line and quantity go together');
  }
  if (input.lines !== undefined && input.lines.length > 0) typeLines(world, at, input.lines);
  if (input.line !== undefined && input.quantity !== undefined) {
    changeQuantity(world, at, { line: input.line, quantity: input.quantity });
  }
  if (table !== undefined) order.table = table;
  if (waiter !== undefined) order.waiter = waiter;
  touch(place, order);
  return showOrder(world, place, order);
}

function voidOrder(world: World, input: z.infer<typeof inputs.void>): unknown {
  const at = findOpen(world, input.orderRef);
  voidLines(world, at, input);
  return showOrder(world, at.restaurant, at.order);
}

function settleOrder(world: World, input: z.infer<typeof inputs.settle>): unknown {
  const { restaurant: place, order } = findOpen(world, input.orderRef);
  const currency = findByName(place.seed.currencies, input.currency ?? 1, 'currency');
  const { due } = sumsOf(order);
  settle(world, place, order, {
    pays: [{ guid: makeGuid(world), currency, amount: due, transaction: null }],
    by: 'till',
  });
  return showOrder(world, place, order);
}

/** While the shift closes nothing is answered; a shift open too long takes no new orders. */
function closeShift(world: World, input: z.infer<typeof inputs.closeShift>): unknown {
  const place = findRestaurant(world, input.restaurant);
  place.shift = { ...place.shift, state: input.tooLong ? 'too-long' : 'closing' };
  return { restaurant: place.seed.slug, ...place.shift };
}

function openShift(world: World, input: z.infer<typeof inputs.openShift>): unknown {
  const place = findRestaurant(world, input.restaurant);
  place.shift = { number: place.shift.number + 1, startedAtMs: world.nowMs(), state: 'open' };
  return { restaurant: place.seed.slug, ...place.shift };
}

function findOpen(world: World, ref: string): AtTill {
  const at = findAnywhere(world, ref);
  if (at.order.state !== 'open') throw new TwinCommandError(`the order is ${at.order.state}`, 409);
  return at;
}

function firstEmployee(place: Restaurant, role: EmployeeRole) {
  return place.seed.employees.find((employee) => employee.role === role) ?? null;
}
