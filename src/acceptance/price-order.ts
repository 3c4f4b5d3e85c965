import type { Money } from '#domain/money.ts';
import { addMoney, formatDecimal, money, sumMoney } from '#domain/money.ts';
import type { Adjustment, SentAmounts } from './check-amounts.ts';
import type { CheckedItem } from './check-items.ts';
import type { CheckedSpecial } from './check-specials.ts';
import type { Checked, Checking } from './checking.ts';
import { ok } from './checking.ts';
import type { Refused } from './codes.ts';
import { refuse } from './codes.ts';
import type { OrderItem, OrderSpecial, Totals } from './order.ts';

/** What the checks found an order to be, before it is priced. */
export type CheckedParts = {
  readonly items: readonly CheckedItem[];
  readonly specials: readonly CheckedSpecial[];
  readonly adjustment: Adjustment | null;
  readonly sent: SentAmounts;
  /** The zone's charge, zero for a pickup; null: taken as sent. */
  readonly deliveryCharge: Money | null;
};

export type Priced = {
  readonly items: readonly OrderItem[];
  readonly specials: readonly OrderSpecial[];
  readonly totals: Totals;
};

/** What one line costs: null while its size is missing, undefined when the store fails to say. */
export function linePrice({ item, known }: CheckedItem): Money | null | undefined {
  if (item.size === null) return null;
  return known.price({ size: item.size, quantity: item.quantity, ingredients: item.ingredients });
}

/** The store's calculation (1012, 1020 to 1022), then the client's figures against it (1561, 1562, 1563, 1560). */
export function priceOrder(checking: Checking, parts: CheckedParts): Checked<Priced> {
  const { rules } = checking;
  if (!rules.calculates()) return refuse(1012);
  const items = priceItems(parts.items);
  if (items.kind === 'refused') return items;
  const specials = priceSpecials(checking, parts.specials);
  if (specials.kind === 'refused') return specials;
  const priced = { items: items.value, specials: specials.value };
  const subtotal = subtotalOf(checking, priced, parts.adjustment);
  if (subtotal.kind === 'refused') return subtotal;
  const totals = totalsOf(checking, parts, { subtotal: subtotal.value, specials: specials.value });
  return wrongTotals(checking, { parts, totals, priced }) ?? ok({ ...priced, totals });
}

function priceItems(checked: readonly CheckedItem[]): Checked<readonly OrderItem[]> {
  const items: OrderItem[] = [];
  for (const entry of checked) {
    const price = linePrice(entry);
    if (price === undefined) return refuse(1020, { item: entry.item.item, category: entry.item.category });
    items.push({ ...entry.item, price });
  }
  return ok(items);
}

function priceSpecials(
  { rules }: Checking,
  checked: readonly CheckedSpecial[],
): Checked<readonly OrderSpecial[]> {
  const specials: OrderSpecial[] = [];
  for (const { special, items, known } of checked) {
    const inside = priceItems(items);
    if (inside.kind === 'refused') return inside;
    const sum = sumOf(inside.value);
    if (sum === null) {
      specials.push({ ...special, items: inside.value, price: null, priceDiscount: null });
      continue;
    }
    const discount = known.discount(money(sum, rules.currency), special.discount);
    if (discount === 'price-failed') return refuse(1021, { special: special.special });
    if (discount === 'discount-failed') return refuse(1022, { special: special.special });
    const price = money(sum - discount.amountMinor, rules.currency);
    if (price.amountMinor < 0)
      return refuse(1156, { special: special.special, discount: formatDecimal(discount) });
    specials.push({ ...special, items: inside.value, price, priceDiscount: discount });
  }
  return ok(specials);
}

/** Minor units of the lines together, null while one is not known. */
function sumOf(items: readonly OrderItem[]): number | null {
  let sum = 0;
  for (const { price } of items) {
    if (price === null) return null;
    sum += price.amountMinor;
  }
  return sum;
}

/** Lines without a size count as sent: a suspended order shows what is known of it. */
function subtotalOf(
  { rules: { currency } }: Checking,
  { items, specials }: Omit<Priced, 'totals'>,
  adjustment: Adjustment | null,
): Checked<Money> {
  const none = money(0, currency);
  const lines = [...items, ...specials].map((line) => line.price ?? line.sellingPrice ?? none);
  const sum = sumMoney(lines, currency);
  const left = sum.amountMinor - (adjustment?.discount.amountMinor ?? 0);
  if (left < 0) return refuse(1192, { discount: formatDecimal(adjustment?.discount ?? none) });
  return ok(money(left, currency));
}

function totalsOf(
  { rules }: Checking,
  { sent, deliveryCharge }: CheckedParts,
  { subtotal, specials }: { readonly subtotal: Money; readonly specials: readonly OrderSpecial[] },
): Totals {
  const none = money(0, rules.currency);
  const parts = {
    taxableSubtotal: subtotal,
    tax: rules.tax(subtotal) ?? sent.tax ?? none,
    tip: sent.tip ?? none,
    deliveryCharge: deliveryCharge ?? sent.deliveryCharge ?? none,
    serviceCharge: sent.serviceCharge ?? none,
  };
  const discount = sumMoney(
    specials.map((special) => special.priceDiscount ?? special.discount),
    rules.currency,
  );
  return { ...parts, discount, price: Object.values(parts).reduce(addMoney, none) };
}

type Priceable = {
  readonly parts: CheckedParts;
  readonly totals: Totals;
  readonly priced: Omit<Priced, 'totals'>;
};

function wrongTotals({ rules }: Checking, { parts, totals, priced }: Priceable): Refused | undefined {
  const { sent } = parts;
  // A suspended order may lack a size: then the store has no total of its own, and release checks it.
  const known = [...priced.items, ...priced.specials].every((line) => line.price !== null);
  const differs = (provided: Money | null, calculated: Money) =>
    provided !== null && Math.abs(provided.amountMinor - calculated.amountMinor) > rules.toleranceMinor;
  const figures = (provided: Money | null, calculated: Money) => ({
    provided: provided === null ? '' : formatDecimal(provided),
    calculated: formatDecimal(calculated),
  });
  if (known && differs(sent.tax, totals.tax)) return refuse(1561, figures(sent.tax, totals.tax));
  if (known && differs(sent.discount, totals.discount)) {
    return refuse(1562, figures(sent.discount, totals.discount));
  }
  if (differs(sent.deliveryCharge, totals.deliveryCharge)) {
    return refuse(1563, figures(sent.deliveryCharge, totals.deliveryCharge));
  }
  if (known && differs(sent.price, totals.price)) return refuse(1560, figures(sent.price, totals.price));
  return wrongLine(priced, differs);
}

/** Two wrong lines may cancel out in the sum; neither is stored. */
function wrongLine(
  { items, specials }: Omit<Priced, 'totals'>,
  differs: (provided: Money | null, calculated: Money) => boolean,
): Refused | undefined {
  for (const line of [...items, ...specials.flatMap((special) => special.items)]) {
    if (line.price === null || line.sellingPrice === null || !differs(line.sellingPrice, line.price))
      continue;
    return refuse(1511, { item: line.item, price: formatDecimal(line.sellingPrice) });
  }
  for (const { special, sellingPrice, discount, price, priceDiscount } of specials) {
    if (price === null || priceDiscount === null) continue;
    if (differs(sellingPrice, price)) return refuse(1154, { special, price: formatDecimal(sellingPrice) });
    if (differs(discount, priceDiscount)) return refuse(1156, { special, discount: formatDecimal(discount) });
  }
  return undefined;
}
