import { z } from 'zod';
import { childNamed, childrenNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';
import {
  guid,
  integer,
  itemsOf,
  off,
  readAttributes,
  readEach,
  refAttributes,
  refIn,
  someGuid,
  zero,
} from './wire.ts';
import type { Read, WireRef } from './wire.ts';

const modiAttributes = refAttributes.extend({ count: integer.default(1), openName: z.string().optional() });
type WireModi = z.infer<typeof modiAttributes>;

const discountAttributes = z.object({
  id: integer.optional(),
  name: z.string().default(''),
  amount: zero,
  discountSum: integer.optional(),
  cardCode: z.string().default(''),
  deleted: off,
});
type WireDiscount = z.infer<typeof discountAttributes>;

const dishAttributes = refAttributes.extend({
  uni: integer.optional(),
  line_guid: someGuid,
  state: integer.default(1),
  quantity: integer,
  srcQuantity: integer.optional(),
  price: zero,
  amount: zero,
  kdsstate: z.string().default(''),
});
export type WireDish = z.infer<typeof dishAttributes> & {
  readonly modis: readonly WireModi[];
  readonly discounts: readonly WireDiscount[];
  /** Thousandths taken off by voids. */
  readonly voided: number;
};

const payAttributes = z.object({
  id: integer.optional(),
  amount: zero,
  extTransactionInfo: z.string().optional(),
  deleted: off,
});
type WirePay = z.infer<typeof payAttributes>;

const receiptAttributes = z.object({ CheckNum: z.string().optional(), deleted: off, bill: off });
type WireReceipt = z.infer<typeof receiptAttributes>;

const sessionAttributes = z.object({ uni: integer.optional(), line_guid: someGuid });
export type WireSession = z.infer<typeof sessionAttributes> & {
  readonly dishes: readonly WireDish[];
  readonly discounts: readonly WireDiscount[];
  readonly pays: readonly WirePay[];
  readonly receipts: readonly WireReceipt[];
};

const orderAttributes = z.object({
  guid,
  version: integer,
  crc32: integer,
  locked: off,
  deleted: off,
  paid: off,
  finished: off,
  /** A booking for a later hour: not an order that guests at the table may join. */
  reserve: off,
  orderSum: integer,
  discountSum: zero,
  promisedSum: zero,
  unpaidSum: integer,
});
export type WireOrder = z.infer<typeof orderAttributes> & {
  readonly table: WireRef | null;
  readonly extraTables: readonly number[];
  readonly waiter: WireRef | null;
  readonly lockedBy: string | null;
  readonly props: Readonly<Record<string, string>>;
  readonly cardCodes: readonly string[];
  readonly sessions: readonly WireSession[];
};

/** An order of GetOrder, GetOrderList2, CreateOrder, SaveOrder or CalcOrder2; lists have no sessions. */
function readOrderElement(element: XmlElement): Read<WireOrder> {
  const attributes = readAttributes(element, orderAttributes);
  if (attributes.kind === 'bad') return attributes;
  const sessions = readEach(childrenNamed(element, 'Session'), readSession);
  if (sessions.kind === 'bad') return sessions;
  const guests = childNamed(element, 'Guests');
  return {
    kind: 'read',
    value: {
      ...attributes.value,
      table: refIn(element, 'Table'),
      extraTables: itemsOf(childNamed(element, 'ExtraTables')).flatMap((item) => {
        const id = Number(item.attributes['id'] ?? Number.NaN);
        return Number.isSafeInteger(id) ? [id] : [];
      }),
      waiter: refIn(element, 'Waiter'),
      lockedBy: holderOf(element),
      props: propsOf(element),
      cardCodes: (guests === undefined ? [] : childrenNamed(guests, 'Guest')).flatMap(
        (guest) => guest.attributes['cardCode'] ?? [],
      ),
      sessions: sessions.value,
    },
  };
}

function readSession(element: XmlElement): Read<WireSession> {
  const attributes = readAttributes(element, sessionAttributes);
  if (attributes.kind === 'bad') return attributes;
  const dishes = readEach(
    element.children.filter((child) => child.name === 'Dish' || child.name === 'Combo'),
    readDish,
  );
  if (dishes.kind === 'bad') return dishes;
  const discounts = readEach(childrenNamed(element, 'Discount'), (child) =>
    readAttributes(child, discountAttributes),
  );
  if (discounts.kind === 'bad') return discounts;
  const receiptElements = childrenNamed(element, 'PrintCheck');
  const pays = readEach(
    [element, ...receiptElements].flatMap((parent) => [
      ...childrenNamed(parent, 'Pay'),
      ...childrenNamed(parent, 'Prepay'),
    ]),
    (child) => readAttributes(child, payAttributes),
  );
  if (pays.kind === 'bad') return pays;
  const receipts = readEach(receiptElements, (child) => readAttributes(child, receiptAttributes));
  if (receipts.kind === 'bad') return receipts;
  return {
    kind: 'read',
    value: {
      ...attributes.value,
      dishes: dishes.value,
      discounts: discounts.value,
      pays: pays.value,
      receipts: receipts.value,
    },
  };
}

function readDish(element: XmlElement): Read<WireDish> {
  const attributes = readAttributes(element, dishAttributes);
  if (attributes.kind === 'bad') return attributes;
  // The components of a combo are what a guest chose of it, like modifiers.
  const modis = readEach(
    element.children.filter((child) => child.name === 'Modi' || child.name === 'Component'),
    (child) => readAttributes(child, modiAttributes),
  );
  if (modis.kind === 'bad') return modis;
  const discounts = readEach(childrenNamed(element, 'Discount'), (child) =>
    readAttributes(child, discountAttributes),
  );
  if (discounts.kind === 'bad') return discounts;
  const voids = readEach(childrenNamed(element, 'Void'), (child) =>
    readAttributes(child, z.object({ quantity: zero })),
  );
  if (voids.kind === 'bad') return voids;
  return {
    kind: 'read',
    value: {
      ...attributes.value,
      modis: modis.value,
      discounts: discounts.value,
      voided: voids.value.reduce((sum, entry) => sum + Math.abs(entry.quantity), 0),
    },
  };
}

/** Orders of a GetOrderList2 answer, whatever visit they are in. */
export function readOrderList(data: XmlElement): Read<readonly WireOrder[]> {
  const elements = childrenNamed(data, 'Visit').flatMap((visit) =>
    childrenNamed(visit, 'Orders').flatMap((orders) => childrenNamed(orders, 'Order')),
  );
  return readEach(elements, readOrderElement);
}

/** The order of an answer that must carry one. */
export function readOrderIn(data: XmlElement): Read<WireOrder> {
  const element = childNamed(data, 'Order');
  return element === undefined
    ? { kind: 'bad', detail: 'no Order in the answer' }
    : readOrderElement(element);
}

function holderOf(element: XmlElement): string | null {
  const names = ['LockedByStation', 'LockedByWaiter'].flatMap((name) => refIn(element, name)?.name ?? []);
  return names.length === 0 ? null : names.join(', ');
}

function propsOf(element: XmlElement): Readonly<Record<string, string>> {
  const props = childNamed(element, 'ExternalProps');
  return Object.fromEntries(
    (props === undefined ? [] : childrenNamed(props, 'Prop')).map((prop) => [
      prop.attributes['name'] ?? '',
      prop.attributes['value'] ?? '',
    ]),
  );
}
