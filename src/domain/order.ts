import type { Money } from './money.ts';
import type { Reference } from './reference.ts';

/** Pay-First: nothing reaches the kitchen before money. Pay-Later: rounds join one open POS order, paid at the end. */
export const flows = ['pay-first', 'pay-later'] as const;
export type Flow = (typeof flows)[number];

/**
 * The life of an order.
 *
 * - `draft`            made, nothing submitted yet.
 * - `awaiting-payment` Pay-First only: priced and saved, not in the POS, waiting for money.
 * - `open`             its rounds go to the POS or are there; more may join (Pay-Later).
 * - `settled`          paid and closed in the POS. Final.
 * - `voided`           seen voided in the POS; we never write a void. Final.
 */
export const orderTransitions = {
  draft: ['awaiting-payment', 'open', 'voided'],
  'awaiting-payment': ['open', 'voided'],
  open: ['settled', 'voided'],
  settled: [],
  voided: [],
} as const satisfies Record<string, readonly string[]>;

export type OrderState = keyof typeof orderTransitions;

export function canOrderMove(from: OrderState, to: OrderState): boolean {
  return (orderTransitions[from] as readonly OrderState[]).includes(to);
}

export function isOrderOver(state: OrderState): boolean {
  return orderTransitions[state].length === 0;
}

/** What a guest chose of one modifier. A removed default is `quantity: 0`. */
export type Chosen = {
  readonly modifierId: string;
  readonly quantity: number;
  readonly portion?: 'left' | 'right';
  readonly modifiers?: readonly Chosen[];
};

/** One line as a guest asks for it: ids and quantities only, prices are the server's. */
export type RequestedLine = {
  readonly itemId: string;
  readonly variantId?: string;
  readonly modifiers: readonly Chosen[];
  readonly quantity: number;
  readonly note?: string;
};

/** A chosen modifier with its name and charge pinned. `price` is what this choice adds to one unit of the item. */
export type LineModifier = {
  readonly modifierId: string;
  readonly modifierGroupId: string;
  readonly name: string;
  readonly quantity: number;
  readonly price: Money;
  readonly portion?: 'left' | 'right';
  /** A default of the item that the guest took off: quantity 0. */
  readonly removed?: boolean;
  /** A default of the item left as it is: the POS adds it by itself. */
  readonly default?: boolean;
  readonly modifiers?: readonly LineModifier[];
};

/** One item of a round, priced against the pinned menu. `lineId` is also what the POS gets as our reference of the line. */
export type Line = {
  readonly lineId: Reference;
  readonly itemId: string;
  readonly name: string;
  readonly variantId?: string;
  readonly variantName?: string;
  readonly quantity: number;
  readonly note?: string;
  readonly modifiers: readonly LineModifier[];
  /** Variant or item, for one unit, without modifiers. */
  readonly unitPrice: Money;
  /** The whole line: (unit price + modifiers) × quantity. */
  readonly price: Money;
};

export const moneyStates = ['unpaid', 'part-paid', 'paid'] as const;
export type MoneyState = (typeof moneyStates)[number];
