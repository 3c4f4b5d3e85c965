import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import { readWhole } from './amounts.ts';
import type { Adjustment, SentAmounts } from './check-amounts.ts';
import { checkAdjustment, checkAmounts, wrongServicePair } from './check-amounts.ts';
import { checkCustomer } from './check-customer.ts';
import type { Taken } from './check-items.ts';
import { checkItems, objectsOf } from './check-items.ts';
import type { CheckedSpecial } from './check-specials.ts';
import { checkSpecials, wrongCoupon } from './check-specials.ts';
import type { Checked, Checking } from './checking.ts';
import { ok } from './checking.ts';
import type { Refusal, Refused } from './codes.ts';
import { refuse } from './codes.ts';
import type { Json } from './json.ts';
import { isList } from './json.ts';
import type { AcceptedOrder, Customer } from './order.ts';
import { linePrice, priceOrder } from './price-order.ts';
import type { CheckedParts } from './price-order.ts';
import type { OrderBody, OrderIdentity } from './read-order.ts';
import { filledText, flagOf, isAbsent, switchedOff, textOf } from './read-order.ts';
import type { StoreRules } from './rules.ts';

export type OrderPost = {
  readonly body: OrderBody;
  readonly identity: OrderIdentity;
  /** `?suspend=true`: gaps are noted on the order instead of answered. */
  readonly suspend: boolean;
  readonly nowMs: number;
};

/**
 * Everything between "is there such an order already" and "place it": one refusal, the first in the API's order, or the order as
 * the store understands and prices it. Changes nothing; the same post against the same rules ends the same.
 */
export function checkOrder(
  rules: StoreRules,
  post: OrderPost,
): Refused | { readonly kind: 'accepted'; readonly order: AcceptedOrder } {
  const { body, identity, nowMs } = post;
  const missing: Refusal[] = [];
  const checking: Checking = { rules, type: identity.type, nowMs, missing: post.suspend ? missing : null };
  const wrong = switchedOff(rules, identity) ?? wrongServicePair(body) ?? wrongLists(body);
  if (wrong !== undefined) return wrong;
  const customer = checkCustomer(checking, body.get('customer'));
  if (customer.kind === 'refused') return customer;
  const sent = checkAmounts(checking, body);
  if (sent.kind === 'refused') return sent;
  const times = checkTimes(checking, body.get('deferTime'));
  if (times.kind === 'refused') return times;
  const adjustment = checkAdjustment(checking, body.get('adjustment'));
  if (adjustment.kind === 'refused') return adjustment;
  const lines = checkLines(checking, body, adjustment.value);
  if (lines.kind === 'refused') return lines;
  const deliveryCharge = chargeOf(checking, customer.value);
  const priced = priceOrder(checking, { ...lines.value, sent: sent.value, deliveryCharge });
  if (priced.kind === 'refused') return priced;
  return {
    kind: 'accepted',
    order: {
      ...identity,
      ...notesOf(body),
      ...times.value,
      ...priced.value,
      customer: customer.value,
      adjustment: adjustment.value,
      sent: whichSent(sent.value),
      missing,
    },
  };
}

function wrongLists(body: OrderBody): Refused | undefined {
  const lists = [body.get('items'), body.get('specials')];
  if (lists.some((list) => !isAbsent(list) && !isList(list))) return refuse(1100);
  return lists.every((list) => objectsOf(list).length === 0) ? refuse(1100) : undefined;
}

type Times = { readonly deferAtMs: number | null; readonly promiseAtMs: number };

function checkTimes({ rules, type, nowMs }: Checking, deferTime: Json | undefined): Checked<Times> {
  const deferAtMs = isAbsent(deferTime) ? null : readWhole(deferTime);
  if (deferAtMs === undefined) {
    return refuse(1400, { message: 'It must be a whole number of milliseconds since 1970 (UTC).' });
  }
  const promised = rules.promise({ type, deferAtMs, nowMs });
  return promised.kind === 'refused' ? promised : ok({ deferAtMs, promiseAtMs: promised.atMs });
}

function checkLines(
  checking: Checking,
  body: OrderBody,
  adjustment: Adjustment | null,
): Checked<Pick<CheckedParts, 'items' | 'specials' | 'adjustment'>> {
  const taken: Taken = new Map();
  const items = checkItems(checking, body.get('items'), taken);
  if (items.kind === 'refused') return items;
  const specials = checkSpecials(checking, body.get('specials'), taken);
  if (specials.kind === 'refused') return specials;
  const refused = wrongCoupon(checking, specials.value, { adjustment: adjustment !== null, sumOf: sumUnder });
  return refused ?? ok({ items: items.value, specials: specials.value, adjustment });
}

function sumUnder({ items }: CheckedSpecial): number | null {
  let sum = 0;
  for (const entry of items) {
    const price = linePrice(entry);
    if (price === null || price === undefined) return null;
    sum += price.amountMinor;
  }
  return sum;
}

/** The zone was found while the address was checked; where a suspended order lacks one, its charge is taken as sent. */
function chargeOf({ rules, type }: Checking, customer: Customer): Money | null {
  if (type === 'Pickup') return money(0, rules.currency);
  const zip = filledText(customer.zip);
  const address = filledText(customer.address);
  if (zip === undefined || address === undefined) return null;
  const zone = rules.zone({ zip, address });
  return zone.kind === 'zone' ? zone.charge : null;
}

function notesOf(body: OrderBody) {
  return {
    externalNumber: textOf(body.get('externalNumber')) ?? null,
    paid: body.get('paid') === true,
    isThirdPartyPickup: flagOf(body.get('isThirdPartyPickup')),
    instructions: textOf(body.get('instructions')) ?? null,
    serviceChargeName: textOf(body.get('serviceChargeName')) ?? null,
  };
}

function whichSent({ tip, deliveryCharge, serviceCharge }: SentAmounts): AcceptedOrder['sent'] {
  return {
    tip: tip !== null,
    deliveryCharge: deliveryCharge !== null,
    serviceCharge: serviceCharge !== null,
  };
}
