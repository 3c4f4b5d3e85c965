import type { WireAnswer, WireRequest } from '#twins/definition.ts';
import type { PosTruth } from '../checker.ts';

/** Lasting states of a POS that its own people, or its network, put it in. */
export type PosMood = {
  offline: boolean;
  busy: boolean;
  shiftTooLong: boolean;
  wrongRestaurant: boolean;
  refusesCredentials: boolean;
  soldOut: boolean;
  /** The next packages lose a line on their way into the order. */
  dropsLines: number;
};

export function calmMood(): PosMood {
  return {
    offline: false,
    busy: false,
    shiftTooLong: false,
    wrongRestaurant: false,
    refusesCredentials: false,
    soldOut: false,
    dropsLines: 0,
  };
}

/** What a waiter can do to an open order, by the POS's own reference. */
export type StaffAct = 'adds' | 'voids' | 'moves' | 'merges' | 'closes';

/** An open order as somebody in the restaurant sees it. */
export type OpenOrder = {
  readonly posRef: string;
  readonly openedAtMs: number;
  /** Our references of the rounds on it. */
  readonly rounds: readonly string[];
};

/** One location's POS: a server behind its own wire, and the people at its tills. */
export interface SimPos {
  readonly mood: PosMood;
  /** The tables guests sit at, by the POS's own references. */
  readonly tableRefs: readonly string[];
  answer(request: WireRequest): WireAnswer;
  /** Whether the request may change the kitchen or the till. */
  isWrite(request: WireRequest): boolean;
  openOrders(): readonly OpenOrder[];
  /** Takes an order, or every table, into a terminal, and lets go of it. */
  lock(): void;
  unlock(): void;
  /** False when the POS does not let staff do that. */
  act(act: StaffAct, posRef: string): boolean;
  openAtTill(tableRef: string): void;
  truth(): Omit<PosTruth, 'locationId'>;
}
