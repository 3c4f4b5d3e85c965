import type { Ticket, TicketLine } from '#twins/definition.ts';

import { rowAt } from './seed.ts';
import type { Row } from './seed.ts';
import type { Line, Order, Package, Restaurant, World } from './state.ts';

/** Tickets that are remembered; older ones are thrown away, as in any kitchen. */
const ticketsMax = 100_000;

/** One ticket per kitchen station that lines of the package route to; whoever typed it, the paper is the same. */
export function printPackage(world: World, restaurant: Restaurant, order: Order, entry: Package): void {
  for (const line of entry.lines) {
    if (stationOf(restaurant, line) !== null) line.kitchenState = 'sent';
  }
  print(world, restaurant, {
    kind: 'order',
    order,
    packageRef: entry.guid,
    lines: entry.lines.map((line) => ({ line, quantity: line.quantity })),
  });
}

/** Lines taken back at the till. */
export function printVoid(
  world: World,
  restaurant: Restaurant,
  order: Order,
  voided: {
    readonly entry: Package;
    readonly lines: readonly { readonly line: Line; readonly quantity: number }[];
  },
): void {
  print(world, restaurant, { kind: 'void', order, packageRef: voided.entry.guid, lines: voided.lines });
}

/** A message pops up at a till, or at all of them. */
export function printMessage(
  world: World,
  restaurant: Restaurant,
  message: {
    readonly guid: string;
    readonly text: string;
    readonly station: Row | null;
    readonly order: Order | null;
  },
): void {
  addTicket(world, restaurant, {
    kind: 'message',
    packageRef: message.guid,
    orderRef: message.order?.guid ?? '',
    table: message.order?.table.name ?? '',
    station: message.station?.name ?? restaurant.seed.server.name,
    lines: [{ name: message.text, quantity: 1, modifiers: [] }],
  });
}

/** A line is done: the order shows it. Returns whether there was such a ticket. */
export function bumpTicket(world: World, ticketId: string): boolean {
  const ticket = world.tickets.find((candidate) => candidate.ticketId === ticketId);
  if (ticket === undefined) return false;
  const restaurant = world.restaurants.find((candidate) => candidate.seed.slug === ticket.restaurant);
  const entry = restaurant?.orders
    .get(ticket.orderRef)
    ?.packages.find(({ guid }) => guid === ticket.packageRef);
  for (const line of entry?.lines ?? []) {
    if (restaurant === undefined || stationOf(restaurant, line)?.name !== ticket.station) continue;
    if (line.kitchenState === 'sent') line.kitchenState = 'ready';
  }
  return true;
}

type Printing = {
  readonly kind: 'order' | 'void';
  readonly order: Order;
  readonly packageRef: string;
  readonly lines: readonly { readonly line: Line; readonly quantity: number }[];
};

function print(world: World, restaurant: Restaurant, printing: Printing): void {
  for (const kitchen of restaurant.seed.kitchens) {
    const lines = printing.lines.filter(({ line }) => stationOf(restaurant, line) === kitchen);
    if (lines.length === 0) continue;
    addTicket(world, restaurant, {
      kind: printing.kind,
      packageRef: printing.packageRef,
      orderRef: printing.order.guid,
      table: printing.order.table.name,
      orderType: printing.order.orderType.name,
      comment: printing.order.persistentComment,
      station: kitchen.name,
      lines: lines.map(({ line, quantity }) => ticketLine(line, quantity)),
    });
  }
}

function ticketLine(line: Line, quantity: number): TicketLine {
  return {
    name: line.dish.name,
    quantity: quantity / 1000,
    modifiers: line.modis.map(({ modifier, count, openName }) => {
      const name = openName ?? modifier.name;
      return count === 1 ? name : `${count} × ${name}`;
    }),
  };
}

function stationOf(restaurant: Restaurant, line: Line): Row | null {
  const { kitchen } = rowAt(restaurant.seed.categories, line.dish.category);
  return kitchen === null ? null : rowAt(restaurant.seed.kitchens, kitchen);
}

function addTicket(
  world: World,
  restaurant: Restaurant,
  ticket: Omit<Ticket, 'ticketId' | 'at' | 'restaurant'>,
): void {
  const ticketId = `${restaurant.seed.slug}-${restaurant.nextTicket}`;
  restaurant.nextTicket += 1;
  world.tickets.push({ ticketId, ...ticket, at: world.nowMs(), restaurant: restaurant.seed.slug });
  if (world.tickets.length > ticketsMax) world.tickets.shift();
}
