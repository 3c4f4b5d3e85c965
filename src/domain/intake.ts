/**
 * How a location takes orders that third parties post (catering, marketplaces): where they stand in the POS, how their prices
 * are checked, and by which words the third party calls what is on our menu.
 */
export type IntakePlace = {
  /** A table of ours: a POS order needs one. */
  readonly tableId: string;
  /** The POS's own kind of order and till; null: those of the connection. */
  readonly orderTypeRef: string | null;
  readonly stationRef: string | null;
};

export type IntakeProfile = {
  /** Null: orders of this type are not taken. */
  readonly pickup: IntakePlace | null;
  readonly delivery: IntakePlace | null;
  /**
   * `lines`: every selling price must be our menu's, the sums must add up, tax and delivery charge are taken as sent. `store`:
   * the store definition prices the order and knows hours, zones, specials and coupons.
   */
  readonly priceCheck: 'lines' | 'store';
  /** The store definition file's content; null with `lines`. */
  readonly store: unknown;
  /** The POS's entry for a discount of any amount; null: orders with an adjustment or a special's discount are refused. */
  readonly discountCode: string | null;
  /** From taking an order to its being ready. */
  readonly preparationMinutes: number;
};

export const nameKinds = ['category', 'item', 'size', 'ingredient', 'qualifier'] as const;
export type NameKind = (typeof nameKinds)[number];

/** A third party's word for something of ours, kept beside the menu's own names. */
export type IntakeName = {
  readonly kind: NameKind;
  /** The category an item is in, the item a size or ingredient is of, the modifier a qualifier changes; null: anywhere. */
  readonly withinId: string | null;
  readonly name: string;
  /** Our category, item, variant or modifier. Null: the item as it is (size), or that many units (qualifier). */
  readonly targetId: string | null;
  /** Of a qualifier: how many units of its ingredient it means. Null with a target. */
  readonly units: number | null;
};
