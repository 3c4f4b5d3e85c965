import { z } from 'zod';
import { storeFaults } from '#acceptance/store-state.ts';
import type { StoreFault } from '#acceptance/store-state.ts';
import type { TillCommand } from '#twins/definition.ts';
import { TwinCommandError } from '#twins/definition.ts';

import { releaseOrder, voidOrder } from './place-order.ts';
import { showOrder } from './report.ts';
import { isOpen, itemKey, rulesOf } from './state.ts';
import type { StoreOrder, World } from './state.ts';

const orderRef = z.strictObject({ orderRef: z.string().min(1) });
const inputs = {
  voidIt: orderRef.extend({ reason: z.string().min(1).default('at the till') }),
  sellOut: z.strictObject({
    category: z.string().min(1),
    item: z.string().min(1),
    /** Whole units left. */
    remaining: z.number().int().nonnegative().default(0),
    /** True: nobody counts it any more. */
    available: z.boolean().default(false),
  }),
  setPrice: z.strictObject({
    category: z.string().min(1),
    item: z.string().min(1),
    size: z.string().min(1),
    price: z.string().regex(/^\d{1,7}(\.\d\d)?$/),
  }),
  storeFault: z.strictObject({
    fault: z.enum(Object.keys(storeFaults) as [StoreFault, ...StoreFault[]]),
    on: z.boolean().default(true),
  }),
};

/** What staff do at the store: called as `POST /_twin/<name>`. */
export function makeTillCommands(world: World): Readonly<Record<string, TillCommand>> {
  return {
    release: command(orderRef, (input) => {
      const order = findOpen(world, input.orderRef);
      if (order.status !== 'suspended') throw new TwinCommandError('the order is not suspended', 409);
      const released = releaseOrder(world, order);
      if (released.kind === 'refused') {
        throw new TwinCommandError(`${released.refusal.code}: ${released.refusal.text}`, 409);
      }
      return showOrder(world, order);
    }),
    void: command(inputs.voidIt, ({ orderRef: ref, reason }) => {
      const order = findOpen(world, ref);
      voidOrder(world, {
        client: order.client,
        externalRef: order.identity.externalRef,
        text: JSON.stringify({ reason }),
      });
      return showOrder(world, order);
    }),
    complete: command(orderRef, (input) => {
      const order = findOpen(world, input.orderRef);
      order.status = 'completed';
      return showOrder(world, order);
    }),
    'sell-out': command(inputs.sellOut, ({ category, item, remaining, available }) => {
      findItem(world, category, item);
      if (available) world.left.delete(itemKey(category, item));
      else world.left.set(itemKey(category, item), remaining);
      return { category, item, left: available ? null : remaining };
    }),
    'set-price': command(inputs.setPrice, ({ category, item, size, price }) => {
      const entry = findItem(world, category, item);
      if (entry.prices[size] === undefined) throw new TwinCommandError(`${item} is not sold in ${size}`, 404);
      entry.prices[size] = price;
      world.rules = rulesOf(world, world.store);
      return { category, item, size, price };
    }),
    'store-fault': command(inputs.storeFault, ({ fault, on }) => {
      if (on) world.faults.add(fault);
      else world.faults.delete(fault);
      return [...world.faults];
    }),
  };
}

function command<Input>(schema: z.ZodType<Input>, act: (input: Input) => unknown): TillCommand {
  return (body) => {
    const input = schema.safeParse(body);
    if (!input.success) throw new TwinCommandError(z.prettifyError(input.error));
    return act(input.data);
  };
}

function findOpen(world: World, ref: string): StoreOrder {
  const order = world.orders.get(ref);
  if (order === undefined) throw new TwinCommandError(`there is no order ${ref}`, 404);
  if (!isOpen(order)) throw new TwinCommandError(`order ${ref} is ${order.status}`, 409);
  return order;
}

function findItem(world: World, category: string, item: string) {
  const found = world.store.categories
    .find(({ name }) => name === category)
    ?.items.find(({ name }) => name === item);
  if (found === undefined) throw new TwinCommandError(`there is no ${category} / ${item}`, 404);
  return found;
}
