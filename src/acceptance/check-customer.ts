import type { Checked, Checking } from './checking.ts';
import { lacking, ok } from './checking.ts';
import type { Refused } from './codes.ts';
import { refuse } from './codes.ts';
import type { Json, JsonObject } from './json.ts';
import { isNumber, isObject, writeJson } from './json.ts';
import type { Customer } from './order.ts';
import { filledText, isAbsent, textOf } from './read-order.ts';

/** AAA-XXX-NNNN */
export const phonePattern = /^\d{3}-\d{3}-\d{4}$/;
export const zipPattern = /^\d{5}$/;
export const statePattern = /^[A-Za-z]{2}$/;
/** What a place is and which: the table names two pairs, its example a third. */
const placePairs = [1, 2, 3] as const;
/** Longest text of one part of a pair. */
export const placeCharsMax = 100;

/** The customer (1200 to 1221), then the address (1300 to 1305 and 1011). */
export function checkCustomer(checking: Checking, sent: Json | undefined): Checked<Customer> {
  if (!isObject(sent)) return refuse(1200);
  return wrongPerson(checking, sent) ?? wrongAddress(checking, sent) ?? ok(mapCustomer(sent));
}

function wrongPerson(checking: Checking, sent: JsonObject): Refused | undefined {
  const { rules, type } = checking;
  const name = sent.get('name');
  if (isAbsent(name) || textOf(name)?.trim() === '') {
    const refused = lacking(checking, refuse(1210));
    if (refused !== undefined) return refused;
  } else if (filledText(name) === undefined) return refuse(1210);
  const phone = sent.get('phone');
  if (isAbsent(phone) || phone === '') {
    const needed = rules.phoneNeeded === 'always' || type === 'Delivery';
    return needed ? lacking(checking, refuse(1220)) : undefined;
  }
  if (typeof phone === 'string' && phonePattern.test(phone)) return undefined;
  return refuse(1221, { phone: textOf(phone) ?? writeJson(phone), message: 'It must read AAA-XXX-NNNN.' });
}

function wrongAddress(checking: Checking, sent: JsonObject): Refused | undefined {
  return (
    wrongPlace(checking, sent) ??
    wrongSpelling(sent) ??
    wrongZone(checking, sent) ??
    wrongCoordinates(checking, sent) ??
    wrongPairs(checking, sent)
  );
}

function wrongPlace(checking: Checking, sent: JsonObject): Refused | undefined {
  const address = sent.get('address');
  if (!isAbsent(address) && typeof address !== 'string') return refuse(1301);
  if (checking.type !== 'Delivery') return undefined;
  const noAddress = isAbsent(address) || address.trim() === '';
  const zip = sent.get('zip');
  const noZip = isAbsent(zip) || zip === '';
  if (noAddress && noZip) return lacking(checking, refuse(1300));
  if (noAddress || noZip) return lacking(checking, refuse(1301));
  return undefined;
}

function wrongSpelling(sent: JsonObject): Refused | undefined {
  const right = (value: Json | undefined, pattern: RegExp) =>
    isAbsent(value) || value === '' || (typeof value === 'string' && pattern.test(value));
  if (!right(sent.get('zip'), zipPattern) || !right(sent.get('state'), statePattern)) return refuse(1303);
  return (textOf(sent.get('address')) ?? '').length > 0 && filledText(sent.get('address')) === undefined
    ? refuse(1303)
    : undefined;
}

function wrongZone({ rules, type }: Checking, sent: JsonObject): Refused | undefined {
  const zip = filledText(sent.get('zip'));
  const address = filledText(sent.get('address'));
  if (type !== 'Delivery' || zip === undefined || address === undefined) return undefined;
  const zone = rules.zone({ zip, address });
  if (zone.kind === 'zone') return undefined;
  return zone.kind === 'none' ? refuse(1303) : refuse(1011);
}

function wrongCoordinates(checking: Checking, sent: JsonObject): Refused | undefined {
  const latitude = sent.get('latitude');
  const longitude = sent.get('longitude');
  const inRange = (value: Json | undefined, most: number) =>
    isAbsent(value) || (isNumber(value) && Math.abs(Number(value.decimal)) <= most);
  if (!inRange(latitude, 90) || !inRange(longitude, 180)) return refuse(1304);
  const demanded = checking.rules.coordinatesNeeded && checking.type === 'Delivery';
  return demanded && (isAbsent(latitude) || isAbsent(longitude))
    ? lacking(checking, refuse(1304))
    : undefined;
}

function wrongPairs(checking: Checking, sent: JsonObject): Refused | undefined {
  for (const number of placePairs) {
    const diff = sent.get(`diff${number}`);
    const value = sent.get(`value${number}`);
    const names = { diff: `diff${number}`, value: `value${number}` };
    for (const [field, entry] of [
      [names.diff, diff],
      [names.value, value],
    ] as const) {
      if (!isAbsent(entry) && (typeof entry !== 'string' || entry.length > placeCharsMax)) {
        return refuse(1305, { field1: field, field: field === names.diff ? names.value : names.diff });
      }
    }
    if (isEmpty(diff) === isEmpty(value)) continue;
    const [absent, present] = isEmpty(diff) ? [names.diff, names.value] : [names.value, names.diff];
    const refused = lacking(checking, refuse(1305, { field1: absent, field: present }));
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function isEmpty(value: Json | undefined): boolean {
  return isAbsent(value) || value === '';
}

function mapCustomer(sent: JsonObject): Customer {
  const text = (name: string) => textOf(sent.get(name)) ?? null;
  const number = (name: string) => {
    const value = sent.get(name);
    return isNumber(value) ? value.decimal : null;
  };
  return {
    name: text('name'),
    phone: text('phone'),
    address: text('address'),
    zip: text('zip'),
    city: text('city'),
    state: text('state'),
    places: placePairs.map((pair) => ({ diff: text(`diff${pair}`), value: text(`value${pair}`) })),
    latitude: number('latitude'),
    longitude: number('longitude'),
    deliveryInstructions: text('deliveryInstructions'),
  };
}
