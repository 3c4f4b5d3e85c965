import type { Flow } from '#domain/order.ts';
import type { RandomBytes } from '#domain/reference.ts';
import type { Clock } from '#domain/time.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { ReadOutcome } from '#contract/outcome.ts';
import type { PosOrder, PosTable } from '#contract/snapshot.ts';
import type { Store, Tx } from '#store/store.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export type OrderingDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  /** One table and the orders open at it, from the POS, now. */
  readonly readTable: (
    place: Place,
    tableRef: string,
    signal: AbortSignal,
  ) => Promise<ReadOutcome<readonly PosTable[]>>;
  readonly readOrder: (place: Place, posRef: string, signal: AbortSignal) => Promise<ReadOutcome<PosOrder>>;
  /** A status check right now; false when the location is read-only afterwards. */
  readonly checkLocation: (place: Place) => Promise<boolean>;
  readonly capabilitiesOf: (place: Place) => Promise<Capabilities | undefined>;
  /** Writes one entry of the order-flow channel in the caller's transaction. */
  readonly logFlow: (tx: Tx, entry: FlowEntry) => Promise<void>;
};

/** One change of state on our side. Built from these fields alone: no names, no notes, no amounts. */
export type FlowEntry = {
  readonly companyId: string;
  readonly locationId: string;
  readonly orderId: string;
  readonly roundId?: string;
  readonly writeId?: number;
  readonly event: string;
  readonly detail: string;
  readonly atMs: number;
};

export type GuestTable = Place & { readonly tableId: string; readonly flow: Flow };

/** Why something was refused: a problem code of the API, and what was wrong where. */
export type OrderingRefusalCode =
  | 'idempotency-key-reused'
  | 'item-sold-out'
  | 'item-unknown'
  | 'lines-too-many'
  | 'location-read-only'
  | 'menu-not-read'
  | 'modifier-above-max'
  | 'modifier-below-min'
  | 'modifier-not-removable'
  | 'modifier-sold-out'
  | 'modifier-unknown'
  | 'not-offered'
  | 'note-card-number'
  | 'note-too-long'
  | 'nothing-due'
  | 'order-closed'
  | 'order-needs-a-waiter'
  | 'order-unknown'
  | 'pos-unreadable'
  | 'quantity-invalid'
  | 'request-running'
  | 'round-settled'
  | 'table-has-several-orders'
  | 'table-unknown'
  | 'variant-required'
  | 'variant-unknown';

export type Refused = {
  readonly kind: 'refused';
  readonly code: OrderingRefusalCode;
  readonly errors?: readonly { readonly path: string; readonly code: string }[];
  readonly reason?: PosErrorCode;
};

export function refuse(code: OrderingRefusalCode): Refused {
  return { kind: 'refused', code };
}

/** Thrown inside a transaction to leave it without a trace; caught where the transaction was begun. */
export class RefusedInTransaction extends Error {
  readonly refused: Refused;
  constructor(refused: Refused) {
    super(refused.code);
    this.refused = refused;
  }
}
