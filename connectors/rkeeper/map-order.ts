import type { RoundWrite } from '#contract/connector.ts';
import type { PosLine, PosOrder, PosOrderHead, Staff } from '#contract/snapshot.ts';
import { money } from '#domain/money.ts';
import type { Money } from '#domain/money.ts';
import type { Line, LineModifier } from '#domain/order.ts';
import { parseReference, referenceOfGuid } from '#domain/reference.ts';
import type { Reference } from '#domain/reference.ts';
import type { Tag } from './client.ts';
import { dishId, identIn, isJoinId, modifierId } from './ids.ts';
import { referenceProp } from './log-text.ts';
import { refAttributes } from './settings.ts';
import type { RkeeperSettings } from './settings.ts';
import { bracedGuid } from './site.ts';
import type { WireDish, WireOrder, WireSession } from './wire-order.ts';
import type { WireRef } from './wire.ts';

/** `line` cannot be said in R-Keeper's terms; nothing was sent. */
export type Unwritable = {
  readonly kind: 'unwritable';
  readonly code: 'item-unknown' | 'not-possible';
  readonly detail: string;
};
export type Writable = { readonly kind: 'writable'; readonly tags: readonly Tag[] };

/**
 * A round's lines as the Dish elements of one package.
 *
 * Each carries the GUID of our line reference, by which it is found again. No price: the POS prices from its own list.
 */
export function mapLines(lines: readonly Line[], settings: RkeeperSettings): Writable | Unwritable {
  const tags: Tag[] = [];
  for (const line of lines) {
    const mapped = mapLine(line, settings);
    if (mapped.kind === 'unwritable') return mapped;
    tags.push(...mapped.tags);
  }
  return { kind: 'writable', tags };
}

function mapLine(line: Line, settings: RkeeperSettings): Writable | Unwritable {
  const variant = line.variantId ?? '';
  const dish = isJoinId(line.itemId) ? identIn('dish', variant) : identIn('dish', line.itemId);
  if (dish === undefined) return unwritable('item-unknown', `no dish in ${line.itemId} ${variant}`);
  const modis: Tag[] = [];
  if (!isJoinId(line.itemId) && line.variantId !== undefined) {
    const size = identIn('modi', line.variantId);
    if (size === undefined) return unwritable('item-unknown', `no modifier in ${line.variantId}`);
    modis.push(modiTag(size, 1));
  }
  const chosen = mapModifiers(line.modifiers, settings);
  if (chosen.kind === 'unwritable') return chosen;
  modis.push(...chosen.tags);
  if (line.note !== undefined && line.note !== '') {
    const note = noteTag(line.note, settings);
    if (note === undefined) return unwritable('not-possible', 'no note modifier is configured');
    modis.push(note);
  }
  return {
    kind: 'writable',
    tags: [
      {
        name: 'Dish',
        attributes: {
          id: dish,
          quantity: String(line.quantity * thousandths),
          line_guid: bracedGuid(line.lineId),
        },
        // The schema wants one OrderType, and wants it last.
        children: [...modis, { name: 'OrderType', attributes: refAttributes(settings.orderType) }],
      },
    ],
  };
}

const thousandths = 1000;

/**
 * The Modi elements of one dish. `count` is per unit of the dish.
 *
 * Defaults left as they are come by themselves. Once the guest touched a group its whole choice is sent, defaults included:
 * any modifier of a group may replace its default. Taking a default off and choosing nothing instead has no element of its own
 * (Modi/@count is at least 1), so the kitchen reads it as a note.
 */
function mapModifiers(modifiers: readonly LineModifier[], settings: RkeeperSettings): Writable | Unwritable {
  const tags: Tag[] = [];
  const groups = new Map<string, LineModifier[]>();
  for (const modifier of modifiers) {
    if (modifier.portion !== undefined || (modifier.modifiers ?? []).length > 0) {
      return unwritable('not-possible', 'halves and nested modifiers have no form in this interface');
    }
    groups.set(modifier.modifierGroupId, [...(groups.get(modifier.modifierGroupId) ?? []), modifier]);
  }
  for (const group of groups.values()) {
    if (group.every((modifier) => modifier.default === true)) continue;
    const kept = group.filter((modifier) => modifier.quantity > 0);
    for (const modifier of kept) {
      const ident = identIn('modi', modifier.modifierId);
      if (ident === undefined) return unwritable('item-unknown', `no modifier in ${modifier.modifierId}`);
      tags.push(modiTag(ident, modifier.quantity));
    }
    if (kept.length > 0) continue;
    for (const removed of group) {
      const note = noteTag(`${removalMark} ${removed.name}`, settings);
      if (note === undefined) return unwritable('not-possible', 'no note modifier to say what is left out');
      tags.push(note);
    }
  }
  return { kind: 'writable', tags };
}

/** Read the same in every kitchen. */
const removalMark = '−';
/** A printer's line; longer notes are cut by ordering, not here. */
const noteLengthMax = 250;

function modiTag(ident: string, count: number): Tag {
  return { name: 'Modi', attributes: { id: ident, count: String(count) } };
}

function noteTag(text: string, settings: RkeeperSettings): Tag | undefined {
  if (settings.noteModifier === undefined || text.length > noteLengthMax) return undefined;
  return {
    name: 'Modi',
    attributes: { ...refAttributes(settings.noteModifier), count: '1', openName: text },
  };
}

function unwritable(code: Unwritable['code'], detail: string): Unwritable {
  return { kind: 'unwritable', code, detail };
}

/** Whether the order is the one we made for this reference: by its GUID, or by the property that survives GUID changes. */
export function isOurs(order: WireOrder, reference: Reference): boolean {
  return order.guid === bracedGuid(reference) || order.props[referenceProp] === reference;
}

/** The package of a round, found by the GUID of the package or of any of its lines. */
export function findRound(
  sessions: readonly WireSession[],
  write: Pick<RoundWrite, 'roundReference' | 'lines'>,
): WireSession | undefined {
  const round = bracedGuid(write.roundReference);
  const lines = new Set(write.lines.map((line) => bracedGuid(line.lineId)));
  return sessions.find(
    (session) =>
      session.line_guid === round ||
      session.dishes.some((dish) => dish.line_guid !== undefined && lines.has(dish.line_guid)),
  );
}

/**
 * Whether every line of the round is in its package. The schema lets SaveOrder answer Ok, with an error for each element it
 * left out. A voided line stays in the package and counts.
 */
export function isWhole(session: WireSession, write: Pick<RoundWrite, 'lines'>): boolean {
  return session.dishes.length >= write.lines.length;
}

export function findLine(sessions: readonly WireSession[], reference: Reference): WireDish | undefined {
  const guid = bracedGuid(reference);
  return sessions.flatMap((session) => session.dishes).find((dish) => dish.line_guid === guid);
}

export function packageRefOf(session: WireSession): string {
  return session.line_guid ?? `uni-${session.uni ?? 0}`;
}

export function isClosed(order: WireOrder): boolean {
  return order.finished || order.paid;
}

/** What `mapOrder` needs beside the order itself. */
export type OrderFacts = {
  readonly due: number;
  readonly heldBy: string | null;
};

export function mapOrder(order: WireOrder, facts: OrderFacts, settings: RkeeperSettings): PosOrder {
  const amount = (minor: number): Money => money(minor, settings.currency);
  return {
    posRef: order.guid,
    reference: referenceIn(order),
    tableRef: order.table === null ? null : String(order.table.id),
    state: order.deleted ? 'voided' : isClosed(order) ? 'settled' : 'open',
    version: versionOf(order),
    locked: order.locked ? { heldBy: facts.heldBy ?? order.lockedBy ?? 'unknown' } : null,
    waiter: staffOf(order.waiter),
    lines: order.sessions.flatMap((session) =>
      session.dishes.map((dish) => mapPosLine(dish, session, settings)),
    ),
    discounts: discountsOf(order).map((discount) => ({
      name: discount.name,
      amount: amount(discount.minor),
    })),
    total: amount(order.orderSum),
    paid: amount(Math.max(order.orderSum - facts.due, 0)),
    due: amount(facts.due),
  };
}

export function mapHead(order: WireOrder, settings: RkeeperSettings): PosOrderHead {
  return {
    posRef: order.guid,
    reference: referenceIn(order),
    version: versionOf(order),
    total: money(order.orderSum, settings.currency),
    waiter: staffOf(order.waiter),
    locked: order.locked,
  };
}

/** `version` alone may repeat after a restart of the server; with the checksum it names one content. */
function versionOf(order: WireOrder): string {
  return `${order.version}.${order.crc32}`;
}

/** Our property if the order has it. Any GUID reads as a reference too: the core knows which ones are ours. */
function referenceIn(order: WireOrder): Reference | null {
  return parseReference(order.props[referenceProp] ?? '') ?? referenceOfGuid(order.guid) ?? null;
}

function staffOf(waiter: WireRef | null): Staff | null {
  return waiter === null ? null : { staffId: String(waiter.id), name: waiter.name };
}

const deletedState = 7;

function mapPosLine(dish: WireDish, session: WireSession, settings: RkeeperSettings): PosLine {
  const wasOrdered = (dish.srcQuantity ?? dish.quantity) > 0;
  return {
    posLineRef: dish.line_guid ?? `uni-${dish.uni ?? 0}`,
    reference: referenceOfGuid(dish.line_guid ?? '') ?? null,
    packageRef: packageRefOf(session),
    roundReference: referenceOfGuid(session.line_guid ?? '') ?? null,
    itemId: dishId(dish.id),
    name: dish.name,
    quantity: dish.quantity / thousandths,
    modifiers: dish.modis.map((modi) => ({
      modifierId: modifierId(modi.id),
      name: modi.openName === undefined || modi.openName === '' ? modi.name : modi.openName,
      quantity: modi.count,
    })),
    price: money(dish.amount, settings.currency),
    voided: dish.state === deletedState || (wasOrdered && dish.quantity === 0),
    ...(dish.kdsstate === '' ? {} : { kitchenState: dish.kdsstate }),
    tip: isTip(dish, settings),
  };
}

function isTip(dish: WireDish, settings: RkeeperSettings): boolean {
  return settings.tipItemCode !== undefined && dish.code === settings.tipItemCode;
}

/**
 * Discounts as the POS computed them, negative; markups positive.
 *
 * A discount on a whole package carries the computed sum in `discountSum` and what was typed in (a sum or a percentage) in
 * `amount`; its shares may stand on the dishes once more. When the parts do not add up to the order's own sum, that sum is
 * shown instead of parts we read wrongly.
 */
function discountsOf(order: WireOrder): readonly { readonly name: string; readonly minor: number }[] {
  const whole = order.sessions.flatMap((session) => session.discounts).filter((entry) => !entry.deleted);
  const wholeIds = new Set(whole.map((entry) => entry.id));
  const onDishes = order.sessions
    .flatMap((session) => session.dishes.flatMap((dish) => dish.discounts))
    .filter((entry) => !entry.deleted && !wholeIds.has(entry.id));
  const parts = [
    ...whole.map((entry) => ({ name: entry.name, minor: entry.discountSum ?? entry.amount })),
    ...onDishes.map((entry) => ({ name: entry.name, minor: entry.amount })),
  ].filter((part) => part.minor !== 0);
  if (parts.reduce((sum, part) => sum + part.minor, 0) === order.discountSum) return parts;
  return order.discountSum === 0
    ? []
    : [{ name: [...new Set(parts.map((part) => part.name))].join(', '), minor: order.discountSum }];
}
