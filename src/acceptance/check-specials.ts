import { readSent, spelled } from './check-amounts.ts';
import type { CheckedItem, Taken } from './check-items.ts';
import { checkItems, objectsOf } from './check-items.ts';
import type { Checked, Checking } from './checking.ts';
import { ok } from './checking.ts';
import type { Refused } from './codes.ts';
import { refuse } from './codes.ts';
import type { Json, JsonObject } from './json.ts';
import type { OrderSpecial } from './order.ts';
import { filledText, flagOf, isAbsent, textOf } from './read-order.ts';
import type { StoreSpecial } from './rules.ts';

export type CheckedSpecial = {
  readonly special: Omit<OrderSpecial, 'items' | 'price' | 'priceDiscount'>;
  readonly items: readonly CheckedItem[];
  readonly known: StoreSpecial;
  /** The code as sent, empty when it is no text or a coupon came without one; undefined: a special that needs none. */
  readonly couponCode: string | undefined;
};

/** 1150 to 1159, with the items inside each special where 1152 stands. */
export function checkSpecials(
  checking: Checking,
  sent: Json | undefined,
  taken: Taken,
): Checked<readonly CheckedSpecial[]> {
  const specials: CheckedSpecial[] = [];
  for (const entry of objectsOf(sent)) {
    const checked = checkSpecial(checking, entry, taken);
    if (checked.kind === 'refused') return checked;
    const { special, known } = checked.value;
    const before = specials.filter((other) => other.special.special === special.special).length;
    if (known.perOrderMax !== null && before >= known.perOrderMax) {
      return refuse(1159, { special: special.special, max: String(known.perOrderMax) });
    }
    specials.push(checked.value);
  }
  return ok(specials);
}

function checkSpecial(checking: Checking, sent: JsonObject, taken: Taken): Checked<CheckedSpecial> {
  const special = filledText(sent.get('special'));
  if (special === undefined) return refuse(1150);
  const known = checking.rules.special(special);
  if (known === undefined) return refuse(1151, { special });
  if (objectsOf(sent.get('items')).length === 0) return refuse(1152, { special });
  const items = checkItems(checking, sent.get('items'), taken);
  if (items.kind === 'refused') return items;
  const { currency } = checking.rules;
  const sellingPrice = readSent(sent.get('sellingPrice'), currency);
  if (sellingPrice === null) return refuse(1153, { special });
  if (sellingPrice === 'wrong') return refuse(1154, { special, price: spelled(sent.get('sellingPrice')) });
  const discount = readSent(sent.get('discount'), currency);
  if (discount === null) return refuse(1155, { special });
  if (discount === 'wrong') return refuse(1156, { special, discount: spelled(sent.get('discount')) });
  const type = textOf(sent.get('type'));
  if (type !== 'Special' && type !== 'Coupon')
    return refuse(1157, { message: 'Known are Special and Coupon.' });
  if (type === 'Special' && known.couponNeeded) return refuse(1157, { message: `${special} is a coupon.` });
  const isCombo = flagOf(sent.get('isCombo'));
  const unmet = unmetBy(known, isCombo) ?? known.unmet(items.value.map(({ item }) => item));
  if (unmet !== undefined) return refuse(1158, { message: `${special}: ${unmet}` });
  const code = sent.get('couponCode');
  const absent = isAbsent(code) || code === '';
  return ok({
    special: { special, type, isCombo, couponCode: textOf(code) ?? null, sellingPrice, discount },
    items: items.value,
    known,
    couponCode: absent && type === 'Special' ? undefined : (textOf(code) ?? ''),
  });
}

function unmetBy(known: StoreSpecial, isCombo: boolean | null): string | undefined {
  if (isCombo === null || isCombo === known.combo) return undefined;
  return known.combo ? 'it is a combo.' : 'it is not a combo.';
}

/** 1600 to 1607, in the order the coupons stand. `sumOf`: what the items under one cost, null when that is not known. */
export function wrongCoupon(
  checking: Checking,
  specials: readonly CheckedSpecial[],
  order: { readonly adjustment: boolean; readonly sumOf: (special: CheckedSpecial) => number | null },
): Refused | undefined {
  const { rules, type, nowMs } = checking;
  const earlier: string[] = [];
  for (const entry of specials) {
    const code = entry.couponCode;
    if (code === undefined) continue;
    const sum = order.sumOf(entry);
    const against = rules.coupon({
      code,
      special: entry.special.special,
      type,
      nowMs,
      sum: sum === null ? null : { amountMinor: sum, currency: rules.currency },
      adjustment: order.adjustment,
      earlier: [...earlier],
    });
    if (against !== undefined) return { kind: 'refused', refusal: against };
    earlier.push(code);
  }
  return undefined;
}
