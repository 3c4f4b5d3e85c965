import type { OrderIngredient, OrderItem } from '#acceptance/order.ts';
import type { Ticket, TicketLine } from '#twins/definition.ts';

import { allItems } from './state.ts';
import type { StoreOrder, World } from './state.ts';

/** Tickets that are remembered; older ones are thrown away, as in any kitchen. */
const ticketsMax = 100_000;

/** One ticket per station that the order's items route to, with who it is for. */
export function printOrder(world: World, order: StoreOrder): void {
  if (world.defects.has('no-kitchen-ticket')) return;
  print(world, order, 'order');
}

export function printVoid(world: World, order: StoreOrder): void {
  print(world, order, 'void');
}

function print(world: World, order: StoreOrder, kind: 'order' | 'void'): void {
  const stations = Map.groupBy(
    allItems(order.order),
    (item) => world.store.categories.find(({ name }) => name === item.category)?.station ?? '',
  );
  for (const [station, items] of stations) {
    world.lastTicket += 1;
    const ticket: Ticket = {
      ticketId: `ticket-${world.lastTicket}`,
      kind,
      // The API has no packages: an order is saved whole.
      packageRef: `order-${order.orderNum}`,
      orderRef: order.orderNum,
      table: tableOf(order),
      station,
      lines: items.map((item) => ticketLine(world, item)),
      at: world.nowMs(),
      restaurant: world.store.name,
      orderType: order.order.type,
      comment: commentOf(order),
    };
    world.tickets.push(ticket);
    if (world.tickets.length > ticketsMax) world.tickets.shift();
  }
}

/** A guest at a table is a customer called after it. */
export function tableOf({ order }: StoreOrder): string {
  return /^Table (.+)$/.exec(order.customer.name ?? '')?.[1] ?? '';
}

function commentOf({ orderNum, order }: StoreOrder): string {
  const defer = order.deferAtMs === null ? null : `for ${new Date(order.deferAtMs).toISOString()}`;
  const number = order.externalNumber === null ? null : `no. ${order.externalNumber}`;
  return [`#${orderNum}`, order.customer.name, number, defer, order.instructions]
    .filter((part) => part !== null && part !== '')
    .join(' · ');
}

function ticketLine(world: World, item: OrderItem): TicketLine {
  return {
    name: `${item.size ?? '(no size)'} ${item.item} ${item.category}`,
    quantity: item.quantity,
    modifiers: world.defects.has('modifier-dropped') ? [] : item.ingredients.map(modifierText),
  };
}

/** `left Extra Pepperoni`, `no Mozzarella` */
export function modifierText({ ingredient, half, ordered, qualifiers }: OrderIngredient): string {
  const words = ordered ? qualifiers : ['no'];
  return [...(half === null ? [] : [half]), ...words, ingredient].join(' ');
}
