import { childrenNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';

import { dishesOf } from './get-menu.ts';
import type { WantedLine, WantedModi } from './order-lines.ts';
import { findRow, isOn, normalGuid, readInteger, requireInteger } from './read-command.ts';
import { found, refused } from './reply.ts';
import type { Call, Found } from './reply.ts';
import { makeGuid } from './state.ts';
import type { Prepay, TypedDiscount } from './state.ts';

/** A Dish element as a wish. The house sells no combos, so a Combo names nothing it knows. */
export function readWantedLine(call: Call, element: XmlElement): Found<WantedLine> {
  const dish = findRow(element, dishesOf(call));
  if (dish.kind === 'failed') return dish;
  if (element.name === 'Combo') {
    return refused(`Element ${dish.value.ident} not found in collection Combos`);
  }
  const quantity = requireInteger(element, 'quantity');
  if (quantity.kind === 'failed') return quantity;
  const price = readInteger(element, 'price');
  if (price.kind === 'failed') return price;
  const seat = readInteger(element, 'seat');
  if (seat.kind === 'failed') return seat;
  const modis = readModis(call, element);
  if (modis.kind === 'failed') return modis;
  const keepsGuids = !call.world.defects.has('double-create-on-retry');
  const guid = keepsGuids ? normalGuid(element.attributes['line_guid']) : undefined;
  return found({
    dish: dish.value,
    quantity: quantity.value,
    modis: modis.value,
    seat: seat.value ?? 0,
    ...(price.value === undefined ? {} : { price: price.value }),
    ...(guid === undefined ? {} : { guid }),
  });
}

function readModis(call: Call, element: XmlElement): Found<readonly WantedModi[]> {
  const modis: WantedModi[] = [];
  for (const child of childrenNamed(element, 'Modi')) {
    const modifier = findRow(child, { rows: call.restaurant.seed.modifiers, collection: 'Modifiers' });
    if (modifier.kind === 'failed') return modifier;
    const count = readInteger(child, 'count');
    if (count.kind === 'failed') return count;
    const openName = child.attributes['openName'];
    modis.push({
      modifier: modifier.value,
      count: count.value ?? 1,
      openName: openName === undefined || openName === '' ? null : openName,
    });
  }
  return found(modis);
}

export function readPrepay(call: Call, element: XmlElement): Found<Omit<Prepay, 'uni'>> {
  const currency = findRow(element, { rows: call.restaurant.seed.currencies, collection: 'Currencies' });
  if (currency.kind === 'failed') return currency;
  const amount = requireInteger(element, 'amount');
  if (amount.kind === 'failed') return amount;
  return found({
    guid: normalGuid(element.attributes['line_guid']) ?? makeGuid(call.world),
    currency: currency.value,
    amount: amount.value,
    promised: isOn(element, 'promised'),
    transaction: element.attributes['extTransactionInfo'] ?? null,
  });
}

/** A discount on the package. Only an entry with an open amount takes a sum; the percentages of the house come with cards. */
export function readDiscount(call: Call, element: XmlElement): Found<Omit<TypedDiscount, 'uni'>> {
  const discount = findRow(element, { rows: call.restaurant.seed.discounts, collection: 'Discounts' });
  if (discount.kind === 'failed') return discount;
  const amount = requireInteger(element, 'amount');
  if (amount.kind === 'failed') return amount;
  if (!discount.value.openAmount) return refused(`Discount "${discount.value.name}" has no open amount`);
  if (amount.value <= 0) return refused(`Amount of discount "${discount.value.name}" must be positive`);
  return found({
    guid: normalGuid(element.attributes['line_guid']) ?? makeGuid(call.world),
    discount: discount.value,
    amount: amount.value,
  });
}
