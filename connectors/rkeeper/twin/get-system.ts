import type { XmlOut } from '#transport/xml.ts';

import { refXml } from './order-xml.ts';
import { missingAttribute } from './read-command.ts';
import { done } from './reply.ts';
import type { Call, Reply } from './reply.ts';
import { guidOf } from './seed.ts';
import { intervalText, localText } from './wire-time.ts';

/** What another restaurant than the asked one would say, a defect. */
const strangerCode = '199990999';
const serverProcess = 4242;

/** GetSystemInfo2: who answers, since when, and in which common shift. */
export function getSystemInfo2(call: Call): Reply {
  const { shift } = call.restaurant;
  return done([
    {
      name: 'SystemInfo',
      attributes: {
        ProcessID: serverProcess,
        RestCode: restCodeOf(call),
        uptime: intervalText(Math.max(call.nowMs - shift.startedAtMs, 0)),
      },
      children: [
        refXml('CashGroup', call.restaurant.seed.server),
        restaurantXml(call),
        {
          name: 'CommonShift',
          attributes: {
            ShiftDate: `${shiftDate(call)}T00:00:00`,
            ShiftNum: shift.number,
            ShiftStartTime: localText(call.restaurant, shift.startedAtMs),
          },
        },
      ],
    },
  ]);
}

/** GetSystemInfo: the older form of the same. */
export function getSystemInfo(call: Call): Reply {
  return done([
    {
      name: 'SystemInfo',
      attributes: {
        SystemTime: call.nowMs,
        ReqSysVer: 2,
        ProcessID: serverProcess,
        ShiftDate: shiftDate(call).replaceAll('-', ''),
        RestCode: restCodeOf(call),
      },
      children: [
        { name: 'BusinessPeriod', attributes: { id: 0, code: 0 } },
        refXml('CashGroup', call.restaurant.seed.server),
        restaurantXml(call),
      ],
    },
  ]);
}

/** CheckLicense: whether a licence is there. Not in the current schemas, still answered by 7.26.8. */
export function checkLicense(call: Call): Reply {
  const { license } = call.command.attributes;
  if (license === undefined) return missingAttribute(call.command, 'license');
  const isKnown = license.toLowerCase() === 'xmlsaveorder';
  return done([{ name: 'License', attributes: { name: license, available: isKnown ? 1 : 0 } }], {
    available: isKnown ? 1 : 0,
  });
}

/** GetWaiterList: the employees who serve. */
export function getWaiterList(call: Call): Reply {
  const waiters = call.restaurant.seed.employees.filter(({ role }) => role === 'waiter' || role === 'app');
  return done([
    {
      name: 'Waiters',
      children: waiters.map((row) => ({
        name: 'waiter',
        attributes: { ID: row.ident, Code: row.code, Name: row.name },
      })),
    },
  ]);
}

function restaurantXml(call: Call): XmlOut {
  const row = call.restaurant.seed.restaurant;
  if (!isStranger(call)) {
    return {
      name: 'Restaurant',
      attributes: { id: row.ident, code: row.code, name: row.name, guid: row.guid },
    };
  }
  const guid = guidOf(strangerCode);
  return {
    name: 'Restaurant',
    attributes: { id: row.ident + 1, code: row.code, name: 'Trattoria Altrove', guid },
  };
}

function restCodeOf(call: Call): string {
  return isStranger(call) ? strangerCode : call.restaurant.seed.restCode;
}

function isStranger(call: Call): boolean {
  return call.world.defects.has('wrong-restaurant');
}

function shiftDate(call: Call): string {
  return localText(call.restaurant, call.restaurant.shift.startedAtMs).slice(0, 10);
}
