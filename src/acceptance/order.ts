import type { Money } from '#domain/money.ts';
import type { Refusal } from './codes.ts';

export const orderTypes = ['Pickup', 'Delivery'] as const;
export type OrderType = (typeof orderTypes)[number];

/** The sources of the API. A client may write them in any case; we keep and answer this spelling. */
export const orderSources = [
  'Door Dash',
  'GrubHub',
  'Postmates',
  'Uber Eats',
  'CyborgOps',
  'Third Party',
] as const;
export type OrderSource = (typeof orderSources)[number];

export type Half = 'left' | 'right';

export type OrderIngredient = {
  readonly ingredient: string;
  /** Null: on the whole item. */
  readonly half: Half | null;
  /** False: an ingredient that belongs to the item was taken off. */
  readonly ordered: boolean;
  /** Words such as `Extra` that change how much of it is put on. */
  readonly qualifiers: readonly string[];
  /** The price of an ad hoc ingredient, one that the menu does not list; null for one of the menu. */
  readonly adHocPrice: Money | null;
  /** The halves and flags as the client spelled them, for the answer. */
  readonly sent: {
    readonly isLeftHalf: boolean | null;
    readonly isRightHalf: boolean | null;
    readonly ordered: boolean | null;
    readonly isAdHoc: boolean | null;
    readonly qualifiers: readonly string[] | null;
  };
};

export type OrderItem = {
  readonly category: string;
  readonly item: string;
  /** Null only on a suspended order that lacks it. */
  readonly size: string | null;
  readonly quantity: number;
  readonly ingredients: readonly OrderIngredient[];
  readonly externalRef: string | null;
  readonly isInBucket: boolean | null;
  /** What the client says the whole line costs, ingredients included; null only on a suspended order. */
  readonly sellingPrice: Money | null;
  /** What the store says the whole line costs; null while the size is missing. */
  readonly price: Money | null;
};

export type OrderSpecial = {
  readonly special: string;
  readonly type: 'Special' | 'Coupon';
  readonly isCombo: boolean | null;
  readonly couponCode: string | null;
  readonly items: readonly OrderItem[];
  /** As sent: what the items cost after the discount, and the discount. */
  readonly sellingPrice: Money;
  readonly discount: Money;
  /** As the store calculates them; null while an item's price is. */
  readonly price: Money | null;
  readonly priceDiscount: Money | null;
};

export type Customer = {
  readonly name: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly zip: string | null;
  readonly city: string | null;
  readonly state: string | null;
  /** Apartment, room, entrance: what it is (`diff`) and which (`value`), three at most. */
  readonly places: readonly { readonly diff: string | null; readonly value: string | null }[];
  /** The decimal text of the numbers: nothing here calculates with them. */
  readonly latitude: string | null;
  readonly longitude: string | null;
  readonly deliveryInstructions: string | null;
};

export type Totals = {
  readonly taxableSubtotal: Money;
  readonly tax: Money;
  readonly tip: Money;
  /** Of specials and coupons; the adjustment is not in it. */
  readonly discount: Money;
  readonly deliveryCharge: Money;
  readonly serviceCharge: Money;
  /** taxableSubtotal + tax + tip + deliveryCharge + serviceCharge. */
  readonly price: Money;
};

/** An order that passed every check; what it says about money is what the store calculates. */
export type AcceptedOrder = {
  readonly type: OrderType;
  readonly source: OrderSource;
  readonly externalRef: string;
  readonly externalNumber: string | null;
  readonly paid: boolean;
  readonly isThirdPartyPickup: boolean | null;
  readonly instructions: string | null;
  readonly deferAtMs: number | null;
  readonly promiseAtMs: number;
  readonly customer: Customer;
  readonly items: readonly OrderItem[];
  readonly specials: readonly OrderSpecial[];
  readonly adjustment: { readonly name: string; readonly discount: Money } | null;
  readonly serviceChargeName: string | null;
  /** Which amounts the client sent; the answer writes null for one that was not sent and is zero. */
  readonly sent: { readonly tip: boolean; readonly deliveryCharge: boolean; readonly serviceCharge: boolean };
  readonly totals: Totals;
  /** What a suspended order still lacks; empty otherwise. */
  readonly missing: readonly Refusal[];
};
