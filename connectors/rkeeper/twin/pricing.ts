import { crc32 } from 'node:zlib';

import type { Modifier, RestaurantSeed, SchemeDetail, Dish } from './seed.ts';
import type { Line, Modi, Order } from './state.ts';
import { isVoided, linesOf } from './state.ts';

/** Hundredths of one line: unit price and charged modifiers, times quantity; halves of a hundredth are rounded up. */
export function lineAmount(line: Pick<Line, 'unitPrice' | 'modis' | 'quantity'>): number {
  const modifiers = line.modis.reduce((sum, modi) => sum + modi.modifier.priceMinor * modi.charged, 0);
  return Math.round(((line.unitPrice + modifiers) * line.quantity) / 1000);
}

export type Sums = {
  /** Lines before discounts. */
  readonly gross: number;
  /** Negative or zero. */
  readonly discount: number;
  /** The card's part of it. */
  readonly cardDiscount: number;
  /** What the order costs. */
  readonly total: number;
  readonly prepaid: number;
  readonly promised: number;
  /** Unpaid as GetOrder says it: promised prepayments are not counted (RK7 XML interface, workflows). */
  readonly unpaid: number;
  /** What is really left to pay, as CalcOrder2 says it. */
  readonly due: number;
  /** Thousandths over all lines. */
  readonly pieces: number;
};

export function sumsOf(order: Order): Sums {
  const lines = linesOf(order);
  const gross = lines.reduce((sum, line) => sum + lineAmount(line), 0);
  // Nobody gives a discount on a tip.
  const discountable = lines
    .filter((line) => !line.dish.openPrice)
    .reduce((sum, line) => sum + lineAmount(line), 0);
  const percent = order.card?.discount.percent ?? 0;
  const taken = Math.round((discountable * percent) / 100);
  const typed = order.packages
    .flatMap((entry) => entry.discounts)
    .reduce((sum, entry) => sum + entry.amount, 0);
  // More is never taken off than there is.
  const off = Math.min(taken + typed, gross);
  const prepays = order.packages.flatMap((entry) => entry.prepays);
  const sumOf = (promised: boolean) =>
    prepays.filter((prepay) => prepay.promised === promised).reduce((sum, prepay) => sum + prepay.amount, 0);
  const total = gross - off;
  const unpaid = order.state === 'settled' ? 0 : Math.max(total - sumOf(false), 0);
  return {
    gross,
    discount: off === 0 ? 0 : -off,
    cardDiscount: taken === 0 ? 0 : -taken,
    total,
    prepaid: sumOf(false),
    promised: sumOf(true),
    unpaid,
    due: Math.max(unpaid - sumOf(true), 0),
    pieces: lines.reduce((sum, line) => sum + line.quantity, 0),
  };
}

/** Signed, 32 bits, over everything a client could see: the same content always gives the same number. */
export function checksumOf(order: Order): number {
  const content = [
    order.version,
    order.table.ident,
    order.waiter?.ident,
    order.state,
    [...order.props],
    order.card?.card.cardCode,
    linesOf(order).map((line) => [line.guid, line.quantity, line.unitPrice, isVoided(line)]),
    order.packages.flatMap((entry) => entry.discounts.map(({ guid, amount }) => [guid, amount])),
  ];
  return crc32(JSON.stringify(content)) | 0;
}

/** Groups of a scheme with their details, in the order of the scheme. */
export function detailsOf(seed: RestaurantSeed, dish: Dish): readonly SchemeDetail[] {
  return dish.scheme === 0 ? [] : seed.details.filter((detail) => detail.scheme === dish.scheme);
}

/** Groups stand in folders: a modifier belongs to every group above it. */
export function isInGroup(seed: RestaurantSeed, modifier: Modifier, group: number): boolean {
  for (let at: number = modifier.group; at !== 0;) {
    if (at === group) return true;
    at = seed.groups.find((candidate) => candidate.ident === at)?.parent ?? 0;
  }
  return false;
}

/**
 * The modifiers of one unit of a dish with what each is charged: the first unit of a default is part of the price of the dish,
 * and the scheme's free units are the first ones after it, in the order they stand.
 */
export function chargeModis(
  seed: RestaurantSeed,
  dish: Dish,
  chosen: readonly Omit<Modi, 'charged'>[],
): readonly Modi[] {
  const details = detailsOf(seed, dish);
  const freeLeft = new Map(details.map((detail) => [detail.ident, detail.free]));
  return chosen.map((modi) => {
    const detail = details.find((candidate) => isInGroup(seed, modi.modifier, candidate.group));
    if (detail === undefined) return { ...modi, charged: modi.count };
    const included = detail.defaultModifier === modi.modifier.ident ? 1 : 0;
    const afterDefault = Math.max(modi.count - included, 0);
    const free = Math.min(afterDefault, freeLeft.get(detail.ident) ?? 0);
    freeLeft.set(detail.ident, (freeLeft.get(detail.ident) ?? 0) - free);
    return { ...modi, charged: afterDefault - free };
  });
}
