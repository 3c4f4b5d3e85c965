import { childrenNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';

import { checkWritable } from './locks.ts';
import { receiptXml } from './order-xml.ts';
import { takeUni } from './packages.ts';
import { sumsOf } from './pricing.ts';
import {
  checkSequence,
  employeesOf,
  findOrder,
  findRow,
  normalGuid,
  requireInChild,
  requireInteger,
  stationsOf,
} from './read-command.ts';
import { done, errorCodes, found, refused, unnamedError } from './reply.ts';
import type { Call, Found, Reply } from './reply.ts';
import { closeOrder, makeGuid } from './state.ts';
import type { Order, Receipt, Restaurant, World } from './state.ts';

/** PayOrder: takes exactly what is due, prints the receipt and closes the order. All or nothing. */
export function payOrder(call: Call): Reply {
  const { world, restaurant, command } = call;
  const sequence = checkSequence(command, ['LicenseInfo', 'Order', 'Station', 'Cashier', 'Payment']);
  if (sequence !== undefined) return sequence;
  const order = findOrder(call);
  if (order.kind === 'failed') return order;
  const station = requireInChild(command, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  const cashier = requireInChild(command, 'Cashier', employeesOf(call));
  if (cashier.kind === 'failed') return cashier;
  const held = checkWritable(order.value, normalGuid(command.attributes['lockguid']), call.nowMs);
  if (held !== undefined) return held;
  if (cashier.value.role === 'waiter') {
    const text = `"${cashier.value.name}" may not close orders`;
    const attributes = { RK7ErrorN: unnamedError, ErrorText: text, Component: 'Rights' };
    return {
      ...refused(text),
      children: [{ name: 'Errors', children: [{ name: 'Error', attributes, text }] }],
    };
  }
  const pays = readPayments(call);
  if (pays.kind === 'failed') return pays;
  const { due } = sumsOf(order.value);
  const sum = pays.value.reduce((total, pay) => total + pay.amount, 0);
  if (sum !== due && !world.defects.has('pay-accepts-wrong-sum')) {
    const text = sum < due ? 'Not enough money for full payment' : 'Too much money for payment';
    return refused(`${text}: ${due} due, ${sum} given`, errorCodes.wrongSum);
  }
  const receipt = settle(world, restaurant, order.value, { pays: pays.value, by: 'interface' });
  return done([receiptXml(order.value, receipt, call)]);
}

export type Settling = { readonly pays: Receipt['pays']; readonly by: 'interface' | 'till' };

/** Closes an order with a receipt, over the interface or at the till. */
export function settle(world: World, restaurant: Restaurant, order: Order, settling: Settling): Receipt {
  const receipt: Receipt = {
    uni: takeUni(order),
    guid: makeGuid(world),
    number: restaurant.nextReceipt,
    printedAtMs: world.nowMs(),
    pays: settling.pays,
  };
  restaurant.nextReceipt += 1;
  order.receipt = receipt;
  order.settledBy = settling.by;
  closeOrder(restaurant, order, { state: 'settled', atMs: world.nowMs() });
  return receipt;
}

/** Payments stand on the command, or inside a `PrintCheck` of it. */
function readPayments(call: Call): Found<Receipt['pays']> {
  const elements: readonly XmlElement[] = [
    ...childrenNamed(call.command, 'Payment'),
    ...childrenNamed(call.command, 'PrintCheck').flatMap((check) => childrenNamed(check, 'Payment')),
  ];
  const pays: Receipt['pays'][number][] = [];
  for (const element of elements) {
    const currency = findRow(element, { rows: call.restaurant.seed.currencies, collection: 'Currencies' });
    if (currency.kind === 'failed') return currency;
    const amount = requireInteger(element, 'amount');
    if (amount.kind === 'failed') return amount;
    pays.push({
      guid: makeGuid(call.world),
      currency: currency.value,
      amount: amount.value,
      transaction: element.attributes['extTransactionInfo'] ?? null,
    });
  }
  return found(pays);
}
