import type { AvailabilitySnapshot, Menu, ModifierGroup } from '#domain/menu.ts';
import type { Money } from '#domain/money.ts';
import type { Reference } from '#domain/reference.ts';

/** What the POS says of the location right now. */
export type PosStatus = {
  /** The restaurant that answered is the configured one; a connector answers `wrong-restaurant` otherwise. */
  readonly posRestaurant: string;
  /** The POS takes no new orders although it answers, e.g. the shift is open too long. */
  readonly closedFor?: {
    readonly code: 'shift-too-long' | 'pos-busy' | 'store-closed';
    readonly detail: string;
  };
  readonly version?: string;
};

/** `sourceVersion` is what the POS versions its reference data by; handing it back spares reading it again. */
export type PosMenu = { readonly menu: Menu; readonly sourceVersion: string };
export type PosModifierGroups = { readonly groups: readonly ModifierGroup[] };
export type PosAvailability = AvailabilitySnapshot;

export type Staff = { readonly staffId: string; readonly name: string };

/** A table of the POS and the orders open at it. */
export type PosTable = {
  readonly tableRef: string;
  readonly name: string;
  readonly hall?: string;
  readonly orders: readonly PosOrderHead[];
};

/** An open order as a list shows it. */
export type PosOrderHead = {
  readonly posRef: string;
  /** Our reference, when the order carries one. */
  readonly reference: Reference | null;
  readonly version: string;
  readonly total: Money;
  readonly waiter: Staff | null;
  readonly locked: boolean;
};

export type PosLine = {
  readonly posLineRef: string;
  /** Our line reference, when the line carries one. */
  readonly reference: Reference | null;
  /** The package (one kitchen send) the line was saved in, and our round reference when it carries one. */
  readonly packageRef: string;
  readonly roundReference: Reference | null;
  readonly itemId: string | null;
  readonly name: string;
  /** Whole units, or thousandths of one for weighed goods: 1.5 is one and a half. */
  readonly quantity: number;
  readonly modifiers: readonly {
    readonly modifierId: string;
    readonly name: string;
    readonly quantity: number;
  }[];
  readonly price: Money;
  readonly voided: boolean;
  /** Kitchen state in the POS's own word, when it reports one. */
  readonly kitchenState?: string;
  /** A tip booked as an item: never shown to guests. */
  readonly tip: boolean;
};

/** One order as the POS holds it. */
export type PosOrder = {
  readonly posRef: string;
  readonly reference: Reference | null;
  readonly tableRef: string | null;
  readonly state: 'open' | 'settled' | 'voided';
  /** Changes with every edit: what a guest saw is what a guest pays. */
  readonly version: string;
  readonly locked: { readonly heldBy: string } | null;
  readonly waiter: Staff | null;
  readonly lines: readonly PosLine[];
  readonly discounts: readonly { readonly name: string; readonly amount: Money }[];
  readonly total: Money;
  readonly paid: Money;
  /** What is left to pay, from the POS's own calculation. */
  readonly due: Money;
};
