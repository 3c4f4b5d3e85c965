import {
  employeesOf,
  findInChild,
  findOrder,
  missingAttribute,
  normalGuid,
  stationsOf,
} from './read-command.ts';
import { badParameters, done, errorCodes, refused } from './reply.ts';
import type { Call, Failed, Reply } from './reply.ts';
import type { Row } from './seed.ts';
import type { Order, Restaurant, World } from './state.ts';
import { parseInterval } from './wire-time.ts';

/** Who has an order open now, as staff would be told. */
export type Holder = { readonly station: string; readonly operator: string; readonly code: number };

/**
 * LockOrder: keeps the order for whoever shows the key, until the time is over or the key's owner gives it back.
 *
 * Only a time counted from Delphi's zero date locks. Every other form is answered with Ok and `locked="0"`, as the servers do
 * (RK7 XML interface, LockOrder, seen on 7.26.8).
 */
export function lockOrder(call: Call): Reply {
  const { command, nowMs, restaurant } = call;
  const { lockTime } = command.attributes;
  if (lockTime === undefined) return missingAttribute(command, 'lockTime');
  const key = normalGuid(command.attributes['lockguid']);
  if (key === undefined) {
    return command.attributes['lockguid'] === undefined
      ? missingAttribute(command, 'lockguid')
      : badParameters('Bad guid attribute "RK7CMD/@lockguid"');
  }
  const order = findOrder(call);
  if (order.kind === 'failed') return order;
  const station = findInChild<Row>(command, 'Station', stationsOf(call));
  if (station.kind === 'failed') return station;
  const employee = findInChild<Row>(command, 'Employee', employeesOf(call));
  if (employee.kind === 'failed') return employee;
  const lengthMs = parseInterval(lockTime);
  const held = lengthMs === 0 ? checkKeyOf(order.value, key, nowMs) : checkWritable(order.value, key, nowMs);
  if (held !== undefined) return held;
  if (lengthMs > 0) {
    order.value.keyLock = {
      key,
      untilMs: nowMs + lengthMs,
      station: station.value ?? null,
      employee: employee.value ?? null,
    };
    restaurant.listVersion += 1;
  } else if (isRelease(lockTime) && order.value.keyLock !== null) {
    order.value.keyLock = null;
    restaurant.listVersion += 1;
  }
  const { keyLock } = order.value;
  return done([], {
    locked: keyLock !== null && keyLock.key === key && keyLock.untilMs > nowMs ? 1 : 0,
    lockguid: key,
  });
}

/** Zero time from the zero date gives the lock back; a time in any other form does nothing at all. */
function isRelease(lockTime: string): boolean {
  return /^1899-12-30T00:00:00/.test(lockTime);
}

/** Why a command with this key may not change the order, or undefined when it may. */
export function checkWritable(order: Order, key: string | undefined, nowMs: number): Failed | undefined {
  if (order.state !== 'open') return refused(`Visit ${order.visit} is closed`, errorCodes.visitClosed);
  return checkKeyOf(order, key, nowMs);
}

function checkKeyOf(order: Order, key: string | undefined, nowMs: number): Failed | undefined {
  const lock = currentKeyLock(order, nowMs);
  // Whoever holds the key goes on: the till waits until it is given back.
  if (lock !== null && lock.key === key) return undefined;
  const holder = lockedBy(order, nowMs);
  if (holder === null) return undefined;
  const by = `station "${holder.station}", operator "${holder.operator}"`;
  return {
    ...refused(`Cannot lock. The order is locked by another lock key: ${by}`, holder.code),
    lock: true,
  };
}

export function lockedBy(order: Order, nowMs: number): Holder | null {
  const lock = currentKeyLock(order, nowMs);
  if (lock !== null) {
    return {
      // A lock that nobody put a name on is the cash server's own.
      station: lock.station?.name ?? 'Cash server',
      operator: lock.employee?.name ?? '',
      code: errorCodes.orderLocked,
    };
  }
  const till = order.tillLock;
  if (till === null) return null;
  return { station: till.station?.name ?? '', operator: till.by, code: till.code };
}

function currentKeyLock(order: Order, nowMs: number): Order['keyLock'] {
  return order.keyLock !== null && order.keyLock.untilMs > nowMs ? order.keyLock : null;
}

/** Locks that have run out are forgotten, and the lists that showed them have changed. */
export function dropExpiredLocks(world: World, restaurant: Restaurant): void {
  const nowMs = world.nowMs();
  for (const order of restaurant.openOrders.values()) {
    if (order.keyLock === null || order.keyLock.untilMs > nowMs) continue;
    order.keyLock = null;
    restaurant.listVersion += 1;
  }
}

/** CloseVisit: an order that somebody holds keeps its visit open, even a voided one. */
export function closeVisit(call: Call): Reply {
  const order = findOrder(call);
  if (order.kind === 'failed') return order;
  const held = checkKeyOf(order.value, normalGuid(call.command.attributes['lockguid']), call.nowMs);
  if (held !== undefined) {
    return {
      ...refused(
        `Visit ${order.value.visit} cannot be closed: an order of it is locked`,
        errorCodes.visitLocked,
      ),
      lock: true,
    };
  }
  if (order.value.state === 'open') return refused(`Visit ${order.value.visit} has open orders`);
  return done([], { visit: order.value.visit });
}
