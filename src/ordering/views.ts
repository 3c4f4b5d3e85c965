import type { Money } from '#domain/money.ts';
import type { Attention, RoundState } from '#domain/round.ts';
import type { Flow, OrderState } from '#domain/order.ts';

/** What guests, waiters and outside programs see of an order: the shape of the API, stable. */
export type OrderView = {
  readonly orderId: string;
  readonly flow: Flow;
  readonly state: Exclude<OrderState, 'draft'>;
  readonly attention: Attention;
  /** The table's name in the POS. */
  readonly table: string;
  /** Names what the guest saw: a payment for another version is refused. */
  readonly billVersion: string;
  readonly total: Money;
  readonly discounts: readonly { readonly name: string; readonly amount: Money }[];
  readonly tip: Money;
  readonly paid: Money;
  readonly due: Money;
  readonly waiter?: string;
  /** The loyalty card that was applied last, and why it was not when it was not. */
  readonly loyaltyCard?: {
    readonly state: 'sending' | 'waiting' | 'applied' | 'refused' | 'error';
    readonly guestText?: string;
  };
  /** Present when others pay equal parts of the bill: what is left for whoever joins them. */
  readonly split?: { readonly parts: number; readonly partsLeft: number; readonly left: Money };
  readonly rounds: readonly RoundView[];
};

export type RoundView = {
  readonly roundId: string;
  readonly state: RoundState;
  readonly by: 'guest' | 'till';
  readonly lines: readonly LineView[];
  /** Taxes that the lines' prices do not hold; part of the order's total. */
  readonly tax?: Money;
  /** Why it was refused or is in error: a key of the guest app's texts. */
  readonly guestText?: string;
  /** Present while the guest is asked whether a stale round is still wanted. */
  readonly stillWanted?: { readonly askedAtMs: number };
};

export type LineView = {
  readonly lineId: string;
  readonly itemId: string;
  readonly name: string;
  readonly quantity: number;
  readonly modifiers: readonly {
    readonly modifierId: string;
    readonly name: string;
    readonly quantity: number;
  }[];
  readonly price: Money;
  readonly voided?: true;
  /** Present when other guests have paid it or are paying it right now, in whole or in part. */
  readonly taken?: { readonly state: 'being-paid' | 'paid'; readonly left: Money };
};

/** Why a location takes no new rounds now. */
export type ReadOnlyView = { readonly reason: string; readonly sinceMs: number; readonly guestText: string };

export type GuestView = {
  readonly location: {
    readonly locationId: string;
    readonly name: string;
    readonly currency: string;
    readonly timeZone: string;
  };
  readonly table: string;
  readonly flow: Flow;
  readonly readOnly: ReadOnlyView | null;
  readonly order: OrderView | null;
};
