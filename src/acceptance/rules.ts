import type { Currency, Money } from '#domain/money.ts';
import type { Refusal } from './codes.ts';
import type { OrderIngredient, OrderItem, OrderSource, OrderType } from './order.ts';

/**
 * What one store says to an order: everything the checks ask. A store definition file makes one (`store-rules.ts`); an intake makes
 * its own from a location's menu. All of it answers at once and changes nothing, so that an order can be checked twice.
 */
export type StoreRules = {
  readonly currency: Currency;
  /** How far a client's amount may be from the store's, in minor units. Zero unless somebody decides otherwise. */
  readonly toleranceMinor: number;
  /** False answers 1001. */
  readonly licensed: boolean;
  readonly orderTypes: readonly OrderType[];
  readonly sources: readonly OrderSource[];
  /** When a phone must be there. A delivery needs one in either case. */
  readonly phoneNeeded: 'always' | 'on-delivery';
  readonly coordinatesNeeded: boolean;
  /** Where a delivery goes. A null charge is taken as sent. */
  zone(place: { readonly zip: string; readonly address: string }): Zone;
  /** When the order would be ready, or which of 1400, 1401, 1402, 1410, 1411, 1420 stands against it. */
  promise(wish: {
    readonly type: OrderType;
    readonly deferAtMs: number | null;
    readonly nowMs: number;
  }): Promised;
  /** Undefined answers 1102. */
  category(name: string): StoreCategory | undefined;
  /** Undefined answers 1151. */
  special(name: string): StoreSpecial | undefined;
  /** Which of 1600 to 1607 stands against a coupon. */
  coupon(redeemed: RedeemedCoupon): Refusal | undefined;
  /** The tax on a subtotal. Null: taken as sent, zero when absent. */
  tax(taxableSubtotal: Money): Money | null;
  /** A failure of the store while it calculates: 1012. */
  calculates(): boolean;
};

export type Zone =
  | { readonly kind: 'zone'; readonly charge: Money | null }
  /** 1303 */
  | { readonly kind: 'none' }
  /** 1011 */
  | { readonly kind: 'failed' };

export type Promised =
  | { readonly kind: 'promised'; readonly atMs: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export type StoreCategory = {
  /** Undefined answers 1111. The same name gives the same object: stock is counted by it. */
  item(name: string): StoreItem | undefined;
};

export type StoreItem = {
  /** `unknown` answers 1121, `not-sold` 1122. */
  size(name: string): 'sold' | 'not-sold' | 'unknown';
  /** Whole units left, null when nobody counts. An order beyond it answers 1123. */
  readonly left: number | null;
  /** Undefined answers 1130. `onItem`: it comes with the item and may be taken off. */
  ingredient(name: string): { readonly onItem: boolean } | undefined;
  /** False answers 1131. */
  qualifier(name: string, ingredient: string): boolean;
  /** Choices a guest must make; fewer ingredients answer 1141. */
  readonly choices: readonly {
    readonly name: string;
    readonly atLeast: number;
    readonly ingredients: ReadonlySet<string>;
  }[];
  /** What the whole line costs. Undefined answers 1020. */
  price(line: PricedLine): Money | undefined;
};

/** A line as it is priced: names are known, the size is there. */
export type PricedLine = {
  readonly size: string;
  readonly quantity: number;
  readonly ingredients: readonly OrderIngredient[];
};

export type StoreSpecial = {
  readonly combo: boolean;
  /** Works with a coupon code only. */
  readonly couponNeeded: boolean;
  /** Null: no limit. More in one order answer 1159. */
  readonly perOrderMax: number | null;
  /** Why these items do not make the special (1158), or undefined. */
  unmet(items: readonly OrderItem[]): string | undefined;
  /** `failed` answers 1021 (the price) or 1022 (the discount). */
  discount(sum: Money, sent: Money): Money | 'price-failed' | 'discount-failed';
};

export type RedeemedCoupon = {
  readonly code: string;
  readonly special: string;
  readonly type: OrderType;
  readonly nowMs: number;
  /** What the items under the coupon cost before it; null while a size is missing. */
  readonly sum: Money | null;
  /** The order has an adjustment. */
  readonly adjustment: boolean;
  /** The codes that stand before this one in the order. */
  readonly earlier: readonly string[];
};
