import type { Currency, Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import { localDate } from '#domain/time.ts';
import { amountOf, partsOf, shareOf, wholeParts } from './amounts.ts';
import type { Refusal } from './codes.ts';
import { refusal, refuse } from './codes.ts';
import { makeOpeningHours } from './opening-hours.ts';
import type { OrderItem } from './order.ts';
import type { RedeemedCoupon, StoreRules, StoreSpecial } from './rules.ts';
import { makeCategory } from './store-items.ts';
import type { StoreState } from './store-state.ts';
import type { StoreCouponDefinition, StoreDefinition, StoreSpecialDefinition } from './store-definition.ts';

/** The rules of a store as its definition file tells them. */
export function makeStoreRules(store: StoreDefinition, state: StoreState): StoreRules {
  const hours = makeOpeningHours(store);
  const categories = new Map(
    store.categories.map((entry) => [entry.name, makeCategory(entry, store.currency, state)]),
  );
  const specials = new Map(store.specials.map((entry) => [entry.name, makeSpecial(store, entry, state)]));
  const coupons = new Map(store.coupons.map((entry) => [entry.code, entry]));
  const charges = new Map(
    store.zones.flatMap((zone) => zone.zips.map((zip) => [zip, amountOf(zone.charge, store.currency)])),
  );
  const taxParts = partsOf(store.taxPercent);
  return {
    currency: store.currency,
    toleranceMinor: amountOf(store.tolerance, store.currency).amountMinor,
    get licensed() {
      return !state.hasFault('unlicensed');
    },
    orderTypes: store.orderTypes,
    sources: store.sources,
    phoneNeeded: store.phoneNeeded,
    coordinatesNeeded: store.coordinatesNeeded,
    zone({ zip }) {
      if (state.hasFault('address-lookup')) return { kind: 'failed' };
      const charge = charges.get(zip);
      return charge === undefined ? { kind: 'none' } : { kind: 'zone', charge };
    },
    promise: (wish) =>
      wish.deferAtMs === null && state.hasFault('closed')
        ? refuse(1402)
        : hours.promise(wish, (slotMs) => state.ordersInSlot(slotMs)),
    category: (name) => categories.get(name),
    special: (name) => specials.get(name),
    coupon: (redeemed) => againstCoupon(redeemed, { store, coupons, state }),
    tax: (subtotal) => shareOf(subtotal, taxParts, wholeParts),
    calculates: () => !state.hasFault('order-pricing'),
  };
}

function makeSpecial(store: StoreDefinition, entry: StoreSpecialDefinition, state: StoreState): StoreSpecial {
  return {
    combo: entry.combo,
    couponNeeded: entry.couponNeeded,
    perOrderMax: entry.perOrderMax ?? null,
    unmet: (items) => unmetNeed(entry, items),
    discount(sum) {
      if (state.hasFault('special-pricing')) return 'price-failed';
      if (state.hasFault('special-discount')) return 'discount-failed';
      return discountOn(store, entry, sum);
    },
  };
}

function discountOn({ currency }: StoreDefinition, { discount }: StoreSpecialDefinition, sum: Money): Money {
  const atMost = (minor: number) => money(Math.min(sum.amountMinor, Math.max(0, minor)), currency);
  switch (discount.kind) {
    case 'amount':
      return atMost(amountOf(discount.amount, currency).amountMinor);
    case 'percent':
      return atMost(shareOf(sum, partsOf(discount.percent), wholeParts).amountMinor);
    case 'fixed-price':
      return atMost(sum.amountMinor - amountOf(discount.price, currency).amountMinor);
  }
}

/** Every need is met by units of its own, and no unit is left over. */
function unmetNeed({ needs }: StoreSpecialDefinition, items: readonly OrderItem[]): string | undefined {
  if (needs.length === 0) return undefined;
  const left = items.map((item) => ({ item, units: item.quantity }));
  for (const need of needs) {
    let wanted = need.count;
    for (const entry of left) {
      const fits =
        entry.item.category === need.category &&
        (need.items?.includes(entry.item.item) ?? true) &&
        // A suspended order may lack the size; its release asks again.
        (entry.item.size === null || (need.sizes?.includes(entry.item.size) ?? true));
      if (!fits) continue;
      const used = Math.min(wanted, entry.units);
      entry.units -= used;
      wanted -= used;
    }
    if (wanted > 0) return `it needs ${need.count} of ${need.category}.`;
  }
  return left.some(({ units }) => units > 0) ? 'it holds items that do not belong to it.' : undefined;
}

type Coupons = {
  readonly store: StoreDefinition;
  readonly coupons: ReadonlyMap<string, StoreCouponDefinition>;
  readonly state: StoreState;
};

function againstCoupon(redeemed: RedeemedCoupon, { store, coupons, state }: Coupons): Refusal | undefined {
  const { code } = redeemed;
  const coupon = coupons.get(code);
  if (coupon === undefined) return refusal(1600, { code });
  const terms = unmetTerms(redeemed, coupon, store.currency);
  if (terms !== undefined) return refusal(1601, { terms });
  if (coupon.lastDay !== undefined && localDate(redeemed.nowMs, store.timeZone) > coupon.lastDay) {
    return refusal(1602, { code });
  }
  const here = redeemed.earlier.filter((other) => other === code).length;
  const used = state.redemptions(code) + here;
  if (coupon.singleUse && used > 0) return refusal(1603, { code });
  if (!coupon.overApi) return refusal(1604, { code });
  if (coupon.special !== redeemed.special) return refusal(1605, { code });
  if (state.hasFault('coupon-redemption'))
    return refusal(1606, { reason: 'the coupon service does not answer.' });
  if (coupon.redemptionsMax !== undefined && used >= coupon.redemptionsMax) {
    return refusal(1606, { reason: `all ${coupon.redemptionsMax} of it are gone.` });
  }
  const adjusted =
    redeemed.adjustment || redeemed.earlier.some((other) => coupons.get(other)?.isAdjustment === true);
  return coupon.isAdjustment && adjusted ? refusal(1607, { code }) : undefined;
}

function unmetTerms(
  { type, sum }: RedeemedCoupon,
  coupon: StoreCouponDefinition,
  currency: Currency,
): string | undefined {
  if (!coupon.orderTypes.includes(type)) return `for ${coupon.orderTypes.join(' and ')} only.`;
  if (coupon.minimum === undefined || sum === null) return undefined;
  return sum.amountMinor < amountOf(coupon.minimum, currency).amountMinor
    ? `the items under it must cost ${coupon.minimum} or more.`
    : undefined;
}
