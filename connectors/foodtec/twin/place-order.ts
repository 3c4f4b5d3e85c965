import { checkOrder } from '#acceptance/check-order.ts';
import type { Refused } from '#acceptance/codes.ts';
import { refuse } from '#acceptance/codes.ts';
import type { AcceptedOrder } from '#acceptance/order.ts';
import { identifyOrder, readOrder } from '#acceptance/read-order.ts';
import { readVoid } from '#acceptance/void-order.ts';
import { money } from '#domain/money.ts';

import { printOrder, printVoid } from './kitchen.ts';
import { addOrder, giveBack, isOpen, refKey } from './state.ts';
import type { StoreOrder, World } from './state.ts';

export type Placed = { readonly kind: 'placed'; readonly order: StoreOrder };

/** A post of the API: nothing is kept of an order that is refused. */
export function placeOrder(
  world: World,
  post: { readonly client: string; readonly text: string; readonly suspend: boolean },
): Refused | Placed {
  const read = readOrder(post.text);
  if (read.kind === 'refused') return read;
  const identified = identifyOrder(read.body, world.rules);
  if (identified.kind === 'refused') return identified;
  const { identity } = identified;
  const known = world.byRef.get(refKey(post.client, identity.externalRef));
  if (known !== undefined && isOpen(known) && !world.defects.has('double-create-on-retry')) {
    return refuse(1003, { externalRef: identity.externalRef });
  }
  const nowMs = world.nowMs();
  const checked = checkOrder(world.rules, { body: read.body, identity, suspend: post.suspend, nowMs });
  if (checked.kind === 'refused') return checked;
  if (world.faults.has('not-placing')) return refuse(1010, { reason: 'The kitchen takes none now.' });
  world.lastOrderNum += 1;
  const order: StoreOrder = {
    orderNum: String(world.lastOrderNum),
    client: post.client,
    body: read.body,
    identity,
    orderedAtMs: nowMs,
    order: asKept(world, checked.order),
    status: post.suspend ? 'suspended' : 'made',
    voidReason: null,
  };
  addOrder(world, order);
  if (order.status === 'made') printOrder(world, order);
  return { kind: 'placed', order };
}

/** A suspended order goes to the kitchen: everything is checked again, gaps included. */
export function releaseOrder(world: World, order: StoreOrder): Refused | Placed {
  // Its own units, slot and coupons must not stand against it.
  giveBack(world, order.order);
  const checked = checkOrder(world.rules, {
    body: order.body,
    identity: order.identity,
    suspend: false,
    nowMs: world.nowMs(),
  });
  if (checked.kind === 'accepted') {
    order.order = asKept(world, checked.order);
    order.status = 'made';
  }
  addOrder(world, order);
  if (checked.kind === 'refused') return checked;
  printOrder(world, order);
  return { kind: 'placed', order };
}

/** A void of the API or of the till. */
export function voidOrder(
  world: World,
  asked: { readonly client: string; readonly externalRef: string; readonly text: string },
): Refused | { readonly kind: 'voided' } {
  const read = readVoid(asked.text);
  if (read.kind === 'refused' && read.refusal.code !== 1050) return read;
  const order = world.byRef.get(refKey(asked.client, asked.externalRef));
  if (order === undefined) return refuse(1005, { externalRef: asked.externalRef });
  // An order that nobody knows needs no reason.
  if (read.kind === 'refused') return read;
  if (order.status === 'voided') return refuse(1050, { reason: 'it was voided before.' });
  if (order.status === 'completed') return refuse(1050, { reason: 'it was handed over.' });
  const wasMade = order.status === 'made';
  order.status = 'voided';
  order.voidReason = read.reason;
  giveBack(world, order.order);
  if (wasMade) printVoid(world, order);
  return { kind: 'voided' };
}

/** Defect `price-rounded`: the till keeps whole dollars. */
function asKept(world: World, order: AcceptedOrder): AcceptedOrder {
  if (!world.defects.has('price-rounded')) return order;
  const price = money(Math.round(order.totals.price.amountMinor / 100) * 100, order.totals.price.currency);
  return { ...order, totals: { ...order.totals, price } };
}
