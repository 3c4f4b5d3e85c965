import { childNamed, childrenNamed } from '#transport/xml.ts';
import type { XmlOut } from '#transport/xml.ts';

import { printMessage } from './kitchen.ts';
import { refXml } from './order-xml.ts';
import {
  checkSequence,
  employeesOf,
  findInChild,
  findOrder,
  missingAttribute,
  stationsOf,
} from './read-command.ts';
import { badParameters, done, found } from './reply.ts';
import type { Call, Reply } from './reply.ts';
import { makeGuid } from './state.ts';
import type { Message } from './state.ts';
import { localText, parseLocal } from './wire-time.ts';

/** As the schema bounds it. */
const externalIdLengthMax = 38;
/** Messages that wait at the tills of one restaurant; the oldest goes first. */
const messagesMax = 1_000;

/** WaiterMessage: pops up at a till. Sent twice it pops up twice. */
export function waiterMessage(call: Call): Reply {
  const { world, restaurant, command } = call;
  const { text, expireTime, external_id: externalId = '' } = command.attributes;
  if (text === undefined) return missingAttribute(command, 'text');
  // Optional in the schema; the server wants it all the same.
  if (expireTime === undefined) return missingAttribute(command, 'expireTime');
  const expiresAtMs = parseLocal(restaurant, expireTime);
  if (expiresAtMs === undefined) {
    return badParameters(`Bad datetime attribute "RK7CMD/@expireTime" value: "${expireTime}"`);
  }
  if (externalId.length > externalIdLengthMax) {
    return badParameters(`Attribute "RK7CMD/@external_id" is longer than ${externalIdLengthMax}`);
  }
  const sequence = checkSequence(command, ['Station', 'Waiter']);
  if (sequence !== undefined) return sequence;
  const station = findInChild(command, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  const waiter = findInChild(command, 'Waiter', employeesOf(call));
  if (waiter.kind === 'failed') return waiter;
  const order = childNamed(command, 'Order') === undefined ? found(null) : findOrder(call);
  if (order.kind === 'failed') return order;
  const message: Message = {
    id: restaurant.nextMessage,
    guid: makeGuid(world),
    externalId,
    text,
    messageType: command.attributes['messageType'] ?? 'XMLInterface',
    createdAtMs: call.nowMs,
    expiresAtMs,
    station: station.value ?? null,
    waiter: waiter.value ?? null,
  };
  restaurant.nextMessage += 1;
  restaurant.messages = [...restaurant.messages, message].slice(-messagesMax);
  if (expiresAtMs > call.nowMs) printMessage(world, restaurant, { ...message, order: order.value });
  return done([{ name: 'Message', attributes: { id: message.id } }]);
}

/** GetWaiterMessages: what still waits to be read, at one till or at all. */
export function getWaiterMessages(call: Call): Reply {
  const station = findInChild(call.command, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  dropExpired(call);
  return done(
    call.restaurant.messages
      .filter(
        (message) =>
          station.value === undefined || message.station === null || message.station === station.value,
      )
      .map((message) => messageXml(call, message)),
  );
}

/** DelWaiterMessages: by id or by the sender's own id. */
export function delWaiterMessages(call: Call): Reply {
  const { restaurant, command } = call;
  dropExpired(call);
  const wanted = [command, ...childrenNamed(command, 'Message')];
  const isWanted = (message: Message) =>
    wanted.some(
      ({ attributes }) =>
        attributes['id'] === String(message.id) ||
        (message.externalId !== '' && attributes['external_id'] === message.externalId),
    );
  const before = restaurant.messages.length;
  restaurant.messages = restaurant.messages.filter((message) => !isWanted(message));
  return done([], { deleted: before - restaurant.messages.length });
}

function dropExpired(call: Call): void {
  call.restaurant.messages = call.restaurant.messages.filter((message) => message.expiresAtMs > call.nowMs);
}

function messageXml(call: Call, message: Message): XmlOut {
  return {
    name: 'Message',
    attributes: {
      id: message.id,
      text: message.text,
      messageType: message.messageType,
      external_id: message.externalId === '' ? undefined : message.externalId,
      createTime: localText(call.restaurant, message.createdAtMs),
      expireTime: localText(call.restaurant, message.expiresAtMs),
    },
    children: [
      ...(message.station === null ? [] : [refXml('Station', message.station)]),
      ...(message.waiter === null ? [] : [refXml('Waiter', message.waiter)]),
    ],
  };
}
