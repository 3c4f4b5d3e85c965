import { childNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';

import { badParameters, found, refused } from './reply.ts';
import type { Call, Failed, Found } from './reply.ts';
import type { Row } from './seed.ts';
import { propKey } from './state.ts';
import type { Order } from './state.ts';

/** Clients in use send `true` as well as `1`. */
export function isOn(element: XmlElement, name: string, otherwise = false): boolean {
  const text = element.attributes[name];
  return text === undefined ? otherwise : text === '1' || text.toLowerCase() === 'true';
}

export function missingAttribute(element: XmlElement, name: string): Failed {
  return badParameters(`Attribute "${element.name}/@${name}" is not found`);
}

export function missingChild(name: string): Failed {
  return badParameters(`child element "${name}" not found`);
}

/** A whole number within 32 bits. Undefined when the attribute is not there. */
export function readInteger(element: XmlElement, name: string): Found<number | undefined> {
  const text = element.attributes[name];
  if (text === undefined) return found(undefined);
  const value = Number(text);
  if (!/^-?\d{1,10}$/.test(text) || Math.abs(value) > 0x7fffffff) {
    return badParameters(`Bad integer attribute "${element.name}/@${name}" value: "${text}"`);
  }
  return found(value);
}

export function requireInteger(element: XmlElement, name: string): Found<number> {
  const read = readInteger(element, name);
  if (read.kind === 'failed') return read;
  return read.value === undefined ? missingAttribute(element, name) : found(read.value);
}

/** Upper case in braces, however it was sent; undefined when it is no GUID. */
export function normalGuid(text: string | undefined): string | undefined {
  const match = /^\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?$/.exec(text ?? '');
  return match?.[1] === undefined ? undefined : `{${match[1].toUpperCase()}}`;
}

type Rows<Item extends Row> = {
  readonly rows: readonly Item[];
  /** The reference's name in error texts. */
  readonly collection: string;
  /** What was added to the idents that clients see. */
  readonly shift?: number;
};

/**
 * The item that an element names by `id`, `code` or `guid`, never by name. An `id` of 0 means "by code": some clients write
 * both.
 */
export function findRow<Item extends Row>(element: XmlElement, among: Rows<Item>): Found<Item> {
  const { id, code, guid } = element.attributes;
  const byId = id !== undefined && id !== '' && id !== '0';
  const wanted = byId ? id : (code ?? guid ?? id);
  if (wanted === undefined) return missingAttribute(element, 'id');
  const row = among.rows.find((candidate) => {
    if (byId) return String(candidate.ident + (among.shift ?? 0)) === id;
    if (code !== undefined) return String(candidate.code) === code;
    return candidate.guid === normalGuid(guid);
  });
  return row === undefined
    ? refused(`Element ${wanted} not found in collection ${among.collection}`)
    : found(row);
}

/** The item that a child names, or undefined when there is no such child. */
export function findInChild<Item extends Row>(
  parent: XmlElement,
  child: string,
  among: Rows<Item>,
): Found<Item | undefined> {
  const element = childNamed(parent, child);
  return element === undefined ? found(undefined) : findRow(element, among);
}

export function requireInChild<Item extends Row>(
  parent: XmlElement,
  child: string,
  among: Rows<Item>,
): Found<Item> {
  const read = findInChild(parent, child, among);
  if (read.kind === 'failed') return read;
  return read.value === undefined ? missingChild(child) : found(read.value);
}

export function stationsOf(call: Call) {
  return { rows: call.restaurant.seed.stations, collection: 'Cashes' };
}

export function employeesOf(call: Call) {
  return { rows: call.restaurant.seed.employees, collection: 'Employees' };
}

/**
 * The order a command is about: by GUID, by visit and ident, or by external properties, all of which must fit (RK7 XML
 * interface, GetOrder).
 */
export function findOrder(call: Call): Found<Order> {
  const element = childNamed(call.command, 'Order');
  const props = [element, call.command].flatMap((parent) =>
    parent === undefined ? [] : propsIn(parent).map(([name, value]) => ({ name, value })),
  );
  if (element === undefined && props.length === 0) return missingChild('Order');
  const { orders, byProp } = call.restaurant;
  const { guid, visit } = element?.attributes ?? {};
  if (guid !== undefined) {
    const order = orders.get(normalGuid(guid) ?? '');
    return order === undefined ? refused(`Order ${guid} not found`) : found(order);
  }
  if (visit !== undefined) {
    const ident = element?.attributes['orderIdent'] ?? element?.attributes['ident'];
    for (const order of orders.values()) {
      if (String(order.visit) === visit && (ident === undefined || String(order.orderIdent) === ident)) {
        return found(order);
      }
    }
    return refused(`Order ${ident ?? ''} of visit ${visit} not found`);
  }
  const [first] = props;
  if (first === undefined) return badParameters('Attribute "Order/@guid" is not found');
  const order = byProp.get(propKey(first.name, first.value));
  return order !== undefined && props.every(({ name, value }) => order.props.get(name) === value)
    ? found(order)
    : refused('Order with these external properties not found');
}

/** Name and value of every `ExternalProps/Prop`. */
export function propsIn(parent: XmlElement): readonly (readonly [string, string])[] {
  const list = childNamed(parent, 'ExternalProps');
  return (list?.children ?? [])
    .filter((child) => child.name === 'Prop')
    .map((prop) => [prop.attributes['name'] ?? '', prop.attributes['value'] ?? ''] as const);
}

/** Some commands are sequences in the schema: what they know must stand in this order. Unknown elements are not looked at. */
export function checkSequence(command: XmlElement, names: readonly string[]): Failed | undefined {
  let last = 0;
  for (const child of command.children) {
    const index = names.indexOf(child.name);
    if (index < 0) continue;
    if (index < last) return badParameters(`Element "${child.name}" is not expected here`);
    last = index;
  }
  return undefined;
}
