import type { PosError } from './errors.ts';

/**
 * D1: what we know after asking a POS to change something. The connector classifies, delivery decides what follows; anything a
 * connector has no rule for is `unknown`.
 */
export type WriteOutcome<Value> =
  /** It is in the POS. `repeated` is true when the POS already had it under our reference. */
  | { readonly kind: 'applied'; readonly value: Value; readonly repeated: boolean }
  /** A lasting no. Nothing changed in the POS. */
  | { readonly kind: 'refused'; readonly error: PosError }
  /** The order is open at a terminal. Nothing changed in the POS. */
  | { readonly kind: 'locked'; readonly error: PosError; readonly heldBy?: string }
  /**
   * Provably not applied, for a passing reason. `answered` is false when the attempt ended without a single answer byte:
   * then the location's status is checked before anything else.
   */
  | { readonly kind: 'not-applied'; readonly error: PosError; readonly answered: boolean }
  /** It may or may not be in the POS. Only a read back may follow. */
  | { readonly kind: 'unknown'; readonly error: PosError; readonly answered: boolean };

export type OutcomeKind = WriteOutcome<unknown>['kind'];

/** The end of a read. `answered` as above. */
export type ReadOutcome<Value> =
  | { readonly kind: 'read'; readonly value: Value }
  | { readonly kind: 'failed'; readonly error: PosError; readonly answered: boolean };

/** What a read back saw of one write. `absent` is only what this read saw: it counts once the POS had time to finish a late write. */
export type ReadBack<Value> =
  | { readonly kind: 'present'; readonly value: Value }
  | { readonly kind: 'absent' }
  /** The POS shows a state in which the write can no longer land, e.g. the order was closed without it. */
  | { readonly kind: 'impossible'; readonly error: PosError };
