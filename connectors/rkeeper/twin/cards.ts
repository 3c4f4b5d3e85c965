import type { XmlOut } from '#transport/xml.ts';

import { checkWritable } from './locks.ts';
import { orderXml } from './order-xml.ts';
import { takeUni } from './packages.ts';
import {
  employeesOf,
  findInChild,
  findOrder,
  missingAttribute,
  normalGuid,
  requireInChild,
  stationsOf,
} from './read-command.ts';
import { done, errorCodes, refused, unnamedError } from './reply.ts';
import type { Call, Failed, Reply } from './reply.ts';
import { rowAt } from './seed.ts';
import { makeGuid, touch } from './state.ts';

/** ApplyPersonalCard: the card's discount comes onto the order. A card that is on it already stays as it is. */
export function applyPersonalCard(call: Call): Reply {
  const { world, restaurant, command } = call;
  const cardCode = command.attributes['CardCode'] ?? command.attributes['cardCode'];
  if (cardCode === undefined) return missingAttribute(command, 'CardCode');
  const order = findOrder(call);
  if (order.kind === 'failed') return order;
  const station = requireInChild(command, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  const cashier = findInChild(command, 'Cashier', employeesOf(call));
  if (cashier.kind === 'failed') return cashier;
  const system = requireInChild(command, 'Interface', interfacesOf(call));
  if (system.kind === 'failed') return system;
  const held = checkWritable(order.value, normalGuid(command.attributes['lockguid']), call.nowMs);
  if (held !== undefined) return held;
  const card = restaurant.seed.cards.find((candidate) => candidate.cardCode === cardCode);
  if (card === undefined) return cardFailure(`PDS error: user ${cardCode} not found`, errorCodes.cardSystem);
  if (card.blocked) return cardFailure('Personal limit of the card is exhausted', errorCodes.cardLimit);
  const changed = order.value;
  if (changed.card !== null && changed.card.card !== card) {
    // Answered with Ok and not applied: only reading the order again tells.
    return done([errorsXml('No composition for discount', unnamedError), orderXml(changed, call)]);
  }
  if (changed.card === null) {
    changed.card = {
      uni: takeUni(changed),
      guid: makeGuid(world),
      card,
      discount: rowAt(restaurant.seed.discounts, card.discount),
      interface: system.value,
    };
    if (changed.guests.length === 0) changed.guests = [1];
    touch(restaurant, changed);
  }
  return done([orderXml(changed, call)]);
}

/** GetCardInfo: a card that nobody knows is answered with Ok and zeros, so it proves nothing. */
export function getCardInfo(call: Call): Reply {
  const { command, restaurant } = call;
  const cardCode = command.attributes['cardCode'] ?? command.attributes['CardCode'];
  if (cardCode === undefined) return missingAttribute(command, 'cardCode');
  const system = requireInChild(command, 'Interface', interfacesOf(call));
  if (system.kind === 'failed') return system;
  const card = restaurant.seed.cards.find((candidate) => candidate.cardCode === cardCode);
  const discount = card === undefined ? undefined : rowAt(restaurant.seed.discounts, card.discount);
  return done([
    {
      name: 'CardInfo',
      attributes: {
        holder: card?.holder ?? '',
        amount: 0,
        maxAmount: 0,
        maxDisc: discount?.percent ?? 0,
        blocked: card?.blocked === true ? 1 : 0,
      },
      children: [
        { name: 'Discount', attributes: { id: discount?.ident ?? 0, code: discount?.code ?? 0 } },
        { name: 'BonusType', attributes: { id: 0, code: 0 } },
        { name: 'Defaulter', attributes: { id: 0, code: 0 } },
        { name: 'DopInfo' },
        { name: 'Message' },
        { name: 'PrintMessage' },
        { name: 'Image' },
        { name: 'OutBuf' },
        { name: 'Currency', attributes: { id: 0, code: 0, amount: 0 } },
      ],
    },
  ]);
}

function interfacesOf(call: Call) {
  return { rows: call.restaurant.seed.interfaces, collection: 'Devices' };
}

function cardFailure(text: string, code: number): Failed {
  return { ...refused(text, code), children: [errorsXml(text, code)] };
}

function errorsXml(text: string, code: number): XmlOut {
  return {
    name: 'Errors',
    children: [{ name: 'Error', attributes: { RK7ErrorN: code, Component: 'PDS' }, text }],
  };
}
