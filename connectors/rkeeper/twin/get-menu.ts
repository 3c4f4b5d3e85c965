import { childNamed } from '#transport/xml.ts';
import type { XmlOut } from '#transport/xml.ts';

import { refXml } from './order-xml.ts';
import { findRow, isOn, requireInChild, stationsOf } from './read-command.ts';
import { done } from './reply.ts';
import type { Call, Reply } from './reply.ts';
import { priceTypes, rowAt } from './seed.ts';
import type { Dish, Modifier, Row } from './seed.ts';

/**
 * GetOrderMenu: what can be sold now, at which price. With `checkrests` the stop list counts: what is sold out is missing, what
 * is limited has a `quantity`.
 */
export function getOrderMenu(call: Call): Reply {
  const station = requireInChild<Row>(call.command, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  const { restaurant } = call;
  const { seed } = restaurant;
  const checkRests = isOn(call.command, 'checkrests');
  const dishes = seed.dishes.filter((dish) => dish.active && !(checkRests && restOf(call, dish) === 0));
  const modifiers = seed.modifiers.filter((modifier) => !(checkRests && isStopped(call, modifier)));
  return done([
    { name: 'PriceScale', attributes: priceScale(call) },
    { name: 'TradeGroup', attributes: { id: 1, code: 1, name: 'Base' } },
    {
      name: 'Dishes',
      children: dishes.map((dish) => ({
        name: 'Item',
        attributes: {
          Ident: dish.ident + restaurant.identShift,
          Price: priceOf(call, dish),
          quantity: checkRests ? restOf(call, dish) : undefined,
        },
      })),
    },
    {
      name: 'Modifiers',
      children: modifiers.map((modifier) => ({
        name: 'Item',
        attributes: {
          Ident: modifier.ident,
          ID: modifier.ident,
          Price: modifier.priceMinor,
          quantity: checkRests ? modifierRest(call, modifier) : undefined,
        },
      })),
    },
    {
      name: 'OrderTypes',
      children: seed.orderTypes.map((row) => ({ name: 'Item', attributes: { Ident: row.ident } })),
    },
  ]);
}

/** GetOrderMenu2: the same for the dishes it is asked about, each with whether it is available. */
export function getOrderMenu2(call: Call): Reply {
  const station = requireInChild<Row>(call.command, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  const asked = childNamed(call.command, 'Dishes')?.children ?? [];
  const items: XmlOut[] = [];
  for (const element of asked) {
    const ident = element.attributes['Ident'];
    const dish = findRow(
      ident === undefined ? element : { ...element, attributes: { id: ident } },
      dishesOf(call),
    );
    if (dish.kind === 'failed') return dish;
    items.push({
      name: 'Item',
      attributes: {
        Ident: dish.value.ident + call.restaurant.identShift,
        Price: priceOf(call, dish.value),
        Avail: dish.value.active && restOf(call, dish.value) !== 0 ? 1 : 0,
        quantity: restOf(call, dish.value),
      },
    });
  }
  return done([
    { name: 'PriceScale', attributes: priceScale(call) },
    { name: 'TradeGroup', attributes: { id: 1, code: 1, name: 'Base' } },
    { name: 'Dishes', children: items },
  ]);
}

/** GetDishRests: the stop list with what is left. */
export function getDishRests(call: Call): Reply {
  const { seed, dishRests, identShift } = call.restaurant;
  return done(
    [...dishRests].map(([ident, quantity]) => {
      const dish = rowAt(seed.dishes, ident);
      return {
        name: 'DishRest',
        attributes: {
          id: dish.ident + identShift,
          code: dish.code,
          name: dish.name,
          quantity,
          prohibited: quantity === 0 ? 1 : 0,
        },
        children: [stopReason],
      };
    }),
  );
}

/** GetModifierStopList: modifiers that are not to be had. */
export function getModifierStopList(call: Call): Reply {
  const { seed } = call.restaurant;
  return done(
    seed.modifiers
      .filter((modifier) => isStopped(call, modifier))
      .map((modifier) => ({ ...refXml('Modifier', modifier), children: [stopReason] })),
  );
}

const stopReason: XmlOut = { name: 'Reason', attributes: { id: 0, code: 0, name: 'Stop list' } };

/** Dishes as clients know them. */
export function dishesOf(call: Call) {
  const { seed, identShift } = call.restaurant;
  return { rows: seed.dishes.filter((dish) => dish.active), collection: 'MenuItems', shift: identShift };
}

function priceScale(call: Call): NonNullable<XmlOut['attributes']> {
  const isMember = call.level === 'member';
  const ident = isMember ? priceTypes.member : priceTypes.list;
  return { id: ident, code: ident, name: isMember ? 'Soci' : 'Listino' };
}

function priceOf(call: Call, dish: Dish): number {
  return call.level === 'member' ? dish.memberMinor : dish.priceMinor;
}

/** Thousandths left; undefined: no limit. */
function restOf(call: Call, dish: Dish): number | undefined {
  return call.restaurant.dishRests.get(dish.ident);
}

/** Units left, as thousandths; undefined: no limit. */
function modifierRest(call: Call, modifier: Modifier): number | undefined {
  const units = call.restaurant.modifierRests.get(modifier.ident);
  return units === undefined ? undefined : units * 1000;
}

function isStopped(call: Call, modifier: Modifier): boolean {
  return call.restaurant.modifierRests.get(modifier.ident) === 0;
}
