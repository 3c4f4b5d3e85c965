import type { Line } from '#domain/order.ts';
import type { Money } from '#domain/money.ts';
import type { RandomBytes, Reference } from '#domain/reference.ts';
import type { Clock } from '#domain/time.ts';
import type { Capabilities } from './capabilities.ts';
import type { ReadBack, ReadOutcome, WriteOutcome } from './outcome.ts';
import type { PosHttp } from './pos-http.ts';
import type { ConnectorLog } from './request-log.ts';
import type {
  PosAvailability,
  PosMenu,
  PosModifierGroups,
  PosOrder,
  PosStatus,
  PosTable,
} from './snapshot.ts';

/** A sum taken off the whole order. `code` names the POS's entry for it, `name` is what the third party calls it. */
export type OrderDiscount = { readonly code: string; readonly name: string; readonly amount: Money };

/** What the POS order of a third party says beside its lines; only with `create-order` and `openOrder: 'own'`. */
export type ThirdPartyOrder = {
  /** For staff: who it is for and where to, built from an allowlist, one line of plain text of at most 500 characters. */
  readonly comment: string;
  /** Whom it is for: where the POS has a field of its own for it, beside the comment. The phone reads `AAA-XXX-NNNN`. */
  readonly customer: { readonly name: string; readonly phone: string | null };
  /** The third party's short number, by which staff find the order when a customer calls. */
  readonly externalNumber: string | null;
  /** The POS's own kind of order and till; null: those of the connection. */
  readonly orderTypeRef: string | null;
  readonly stationRef: string | null;
  readonly discounts: readonly OrderDiscount[];
  /** On top of what the lines cost. A POS that takes a tip only with the money hears of it then. */
  readonly tip: Money;
  /** The third party collected the money. Marked at once only where the POS takes it with the order. */
  readonly paid: boolean;
};

/** Money taken before the order is made (Pay-First). Told with the order where `markPaid` is `at-create`, at mark-paid elsewhere. */
export type PaidAhead = { readonly amount: Money; readonly tip: Money };

/** `create-order` and `append-round`: one guest's lines into the POS, as one package. */
export type RoundWrite = {
  readonly kind: 'create-order' | 'append-round';
  readonly orderReference: Reference;
  readonly roundReference: Reference;
  readonly tableRef: string;
  /** As guests and staff call the table; absent: by its ref. */
  readonly tableName?: string;
  /** Known once the order is in the POS. */
  readonly posRef: string | null;
  /**
   * What to do with an order that is already open at the table: `join` the one there is (Pay-Later), or always make our `own`
   * (Pay-First: each cart its own order).
   */
  readonly openOrder: 'join' | 'own';
  readonly lines: readonly Line[];
  readonly paidAhead?: PaidAhead;
  readonly thirdParty?: ThirdPartyOrder;
};

/** `joined` is true when the rounds went onto an order that somebody else opened. */
export type RoundPlaced = {
  readonly posRef: string;
  readonly joined: boolean;
  readonly packageRef: string;
  readonly order: PosOrder | null;
};

export type MarkPaidWrite = {
  readonly kind: 'mark-paid';
  readonly orderReference: Reference;
  readonly posRef: string;
  readonly paymentReference: Reference;
  /** What the guests paid for the bill, tip not included. Must equal the amount due in the POS. */
  readonly amount: Money;
  /**
   * One per payment that gave one. Each is booked once, as the location's tip item, before the order is paid; its reference finds
   * it again. Where the POS has no such item they stay out of it.
   */
  readonly tips: readonly Tip[];
};
export type Tip = { readonly amount: Money; readonly reference: Reference };
export type OrderPaid = { readonly posRef: string; readonly receiptRef: string | null };

export type SendMessageWrite = {
  readonly kind: 'send-message';
  readonly messageReference: Reference;
  readonly tableRef: string;
  readonly text: string;
  /** After this instant the message is worthless. */
  readonly expiresAtMs: number;
};
export type MessageSent = { readonly messageRef: string };

export type ApplyCardWrite = {
  readonly kind: 'apply-card';
  readonly posRef: string;
  readonly cardCode: string;
};
export type CardApplied = { readonly posRef: string };

export type PosWrite = RoundWrite | MarkPaidWrite | SendMessageWrite | ApplyCardWrite;
export type PosWritten = RoundPlaced | OrderPaid | MessageSent | CardApplied;

/**
 * One location's POS, through one connector: the ten operations of the integration requirements.
 *
 * Every call ends by itself or with `signal`, whichever is first. Reads change nothing. Writes classify their own outcome;
 * a connector never repeats a write by itself.
 */
export interface PosConnector {
  readonly capabilities: Capabilities;
  /** 1. Everything for sale, modifier groups included. With the `sourceVersion` of the last reading unchanged parts may be taken from it. */
  readMenu(signal: AbortSignal): Promise<ReadOutcome<PosMenu>>;
  /** 2. Modifier groups and ingredients alone. */
  readModifierGroups(signal: AbortSignal): Promise<ReadOutcome<PosModifierGroups>>;
  /** 3. Is the location online, and is it the restaurant we are configured for? */
  readStatus(signal: AbortSignal): Promise<ReadOutcome<PosStatus>>;
  /** 4. What is sold out or limited now. */
  readAvailability(signal: AbortSignal): Promise<ReadOutcome<PosAvailability>>;
  /** 5. Tables and the orders open at them; `tableRef` narrows to one. */
  readTables(signal: AbortSignal, tableRef?: string): Promise<ReadOutcome<readonly PosTable[]>>;
  /** 6. One order in full. `failed` with `order-unknown` when the POS has none. */
  readOrder(posRef: string, signal: AbortSignal): Promise<ReadOutcome<PosOrder>>;
  /**
   * 7. Creates the order with this round, or appends the round to the open order.
   * Refused with: item-sold-out, item-unknown, order-closed, order-moved, order-unknown, table-unknown, table-has-several-orders, not-possible.
   */
  placeRound(write: RoundWrite, signal: AbortSignal): Promise<WriteOutcome<RoundPlaced>>;
  /** 8. Pays and closes the order; applied at once where `markPaid` is `at-create`, because the order already says so. Refused with bill-changed when the sum is not exactly what is due. */
  markPaid(write: MarkPaidWrite, signal: AbortSignal): Promise<WriteOutcome<OrderPaid>>;
  /** 9. Optional: present exactly when the capability says so. */
  readonly sendMessage?: (write: SendMessageWrite, signal: AbortSignal) => Promise<WriteOutcome<MessageSent>>;
  /** 10. Optional: present exactly when the capability says so. */
  readonly applyCard?: (write: ApplyCardWrite, signal: AbortSignal) => Promise<WriteOutcome<CardApplied>>;
  /** What one read shows of a write whose outcome is unknown. Present exactly when `readBack` is not `none`. */
  readonly readBack?: (write: PosWrite, signal: AbortSignal) => Promise<ReadOutcome<ReadBack<PosWritten>>>;
}

/** Small durable values a connector must remember between calls, e.g. a licence counter. Saved before `put` resolves. */
export interface ConnectionMemory {
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string): Promise<void>;
}

/** What a connector is given to speak for one location. `secret` and `settings` are parsed by the connector's own schemas. */
export type Connection<Settings, Secret> = {
  readonly settings: Settings;
  readonly secret: Secret;
  readonly http: PosHttp;
  readonly memory: ConnectionMemory;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly log: ConnectorLog;
};

export type Parsed<Value> =
  | { readonly kind: 'parsed'; readonly value: Value }
  | { readonly kind: 'bad'; readonly errors: readonly { readonly path: string; readonly detail: string }[] };

/** What a connector folder exports: everything the composition root needs to offer this POS. */
export interface ConnectorDefinition<Settings, Secret> {
  readonly manifest: Manifest;
  parseSettings(value: unknown): Parsed<Settings>;
  parseSecret(value: unknown): Parsed<Secret>;
  connect(connection: Connection<Settings, Secret>): PosConnector;
}

export type Manifest = {
  /** Equal to the folder's name; prefix of the log channels. */
  readonly id: string;
  readonly name: string;
  /** The vendor interface this speaks, and when its description was read (YYYY-MM-DD). */
  readonly vendorInterface: string;
  readonly readOn: string;
  readonly capabilities: Capabilities;
};
