/** What can break inside a store, and the code that an order then gets. */
export const storeFaults = {
  unlicensed: 1001,
  'not-placing': 1010,
  'address-lookup': 1011,
  'order-pricing': 1012,
  'item-pricing': 1020,
  'special-pricing': 1021,
  'special-discount': 1022,
  'coupon-redemption': 1606,
  closed: 1402,
} as const;
export type StoreFault = keyof typeof storeFaults;

/** What changes in a store while it works. The rules ask; whoever keeps the orders answers. */
export type StoreState = {
  hasFault(fault: StoreFault): boolean;
  /** Units left of an item, null when nobody counts. */
  left(category: string, item: string): number | null;
  /** Orders taken for the slot that begins then. */
  ordersInSlot(slotMs: number): number;
  /** How often a coupon was redeemed. */
  redemptions(code: string): number;
};
