import type { Menu } from '#domain/menu.ts';
import type { Money } from '#domain/money.ts';
import type { Flow, RequestedLine } from '#domain/order.ts';
import type { ReconciliationEnd } from '#domain/reconciliation.ts';
import type { Donation } from '#domain/payment.ts';
import type { RoundState } from '#domain/round.ts';
import type { Share } from '#domain/share.ts';
import type { ReconciliationView } from '#ordering/reconciliation-list.ts';
import type { GuestView, OrderView, ReadOnlyView } from '#ordering/views.ts';
import type { PaymentAnswer } from '#payments/payment-view.ts';
import type { Refusal } from './problem.ts';

/** What the HTTP interface asks of the product. The composition root binds these to ordering, payments and the store. */

export type GuestTable = {
  readonly companyId: string;
  readonly locationId: string;
  readonly tableId: string;
  readonly flow: Flow;
};

export type Refused = { readonly kind: 'refused' } & Refusal;

export type RoundToSubmit = {
  /** Names the guest's visit; Pay-First orders belong to it. */
  readonly visit: string;
  readonly idempotencyKey: string;
  readonly bodyHash: string;
  readonly orderId?: string;
  readonly lines: readonly RequestedLine[];
};
export type SubmittedRound = {
  readonly kind: 'placed';
  readonly orderId: string;
  readonly roundId: string;
  readonly state: RoundState;
};

export type PaymentWish = {
  readonly visit: string;
  readonly idempotencyKey: string;
  readonly bodyHash: string;
  readonly orderId: string;
  readonly billVersion: string;
  readonly share: Share;
  readonly tipMinor: number;
  readonly donationMinor: number;
  readonly roundUp: boolean;
  readonly returnUrls: {
    readonly returnTo: (attemptToken: string) => string;
    readonly cancelTo: (attemptToken: string) => string;
    readonly locale: string;
    readonly method?: string;
  };
};

/** What a guest is offered when they pay. */
export type PaymentOffer = {
  readonly online: boolean;
  readonly tipPercents: readonly number[];
  /** The largest tip, in percent of the share; 0: none are taken. */
  readonly tipMaxPercent: number;
  readonly donation: Donation | null;
};

export interface PaymentPort {
  create(table: GuestTable, wish: PaymentWish): Promise<PaymentAnswer | Refused>;
  /** Undefined for an attempt nobody has, or of another location. */
  get(table: GuestTable, attemptToken: string): Promise<PaymentAnswer | undefined>;
  /** A provider's call. Which attempt it names tells nobody whether there is one. */
  takeWebhook(providerId: string, attemptToken: string, call: WebhookCall): Promise<'taken' | 'unreadable'>;
}

export type WebhookCall = { readonly contentType: string; readonly body: string };

export interface GuestPort {
  /** Undefined for a token nobody has, a rotated one included: same work, same answer. */
  findTable(token: string): Promise<GuestTable | undefined>;
  view(table: GuestTable, visit: string | undefined): Promise<GuestView & { readonly payment: PaymentOffer }>;
  /** Undefined until the menu was read once. */
  menu(table: GuestTable): Promise<{ readonly menu: Menu; readonly etag: string } | undefined>;
  submitRound(table: GuestTable, round: RoundToSubmit): Promise<SubmittedRound | Refused>;
  order(
    table: GuestTable,
    asked: {
      readonly visit: string | undefined;
      readonly orderId?: string | undefined;
      readonly roundId?: string | undefined;
    },
  ): Promise<OrderView | undefined>;
  answerStillWanted(
    table: GuestTable,
    answer: { readonly visit: string | undefined; readonly roundId: string; readonly wanted: boolean },
  ): Promise<{ readonly kind: 'answered' } | Refused>;
  callWaiter(table: GuestTable, text: string | undefined): Promise<{ readonly kind: 'queued' } | Refused>;
  applyCard(
    table: GuestTable,
    visit: string | undefined,
    cardCode: string,
  ): Promise<{ readonly kind: 'taken'; readonly state: 'queued' | 'waiting' | 'applied' } | Refused>;
}

export type ConsoleUser = {
  readonly companyId: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
};

export type ConsoleLocation = {
  readonly locationId: string;
  readonly name: string;
  readonly readOnly: ReadOnlyView | null;
  /** Why guests cannot pay online, in one line for the operator; null: they can. */
  readonly onlinePaymentOff: { readonly reason: string; readonly detail: string } | null;
  /** Why Pay-Later is not offered, likewise. */
  readonly payLaterOff: { readonly reason: string; readonly detail: string } | null;
};

export type ConsoleOrder = OrderView & {
  readonly locationId: string;
  readonly openedBy: 'guest' | 'till' | 'third-party';
};

export type CashPaid = {
  readonly kind: 'paid';
  readonly paymentId: string;
  readonly amount: Money;
  readonly tip: Money;
  readonly order: OrderView;
};

export interface ConsolePort {
  signIn(
    email: string,
    password: string,
  ): Promise<
    { readonly token: string; readonly expiresAtMs: number; readonly user: ConsoleUser } | undefined
  >;
  signOut(token: string): Promise<void>;
  userOf(token: string): Promise<ConsoleUser | undefined>;
  locations(user: ConsoleUser): Promise<readonly ConsoleLocation[]>;
  orders(user: ConsoleUser, locationId: string | undefined): Promise<readonly ConsoleOrder[]>;
  order(
    user: ConsoleUser,
    orderId: string,
  ): Promise<(ConsoleOrder & { readonly writes: readonly unknown[] }) | undefined>;
  payCash(
    user: ConsoleUser,
    payment: {
      readonly orderId: string;
      readonly kind: 'cash' | 'terminal';
      readonly amountMinor?: number;
      readonly tipMinor: number;
      readonly idempotencyKey: string | undefined;
    },
  ): Promise<CashPaid | Refused>;
  chooseOrder(
    user: ConsoleUser,
    tableId: string,
    posRef: string,
  ): Promise<{ readonly kind: 'chosen' } | Refused>;
}

/** How an item ended. Saying the same once more answers the same. */
export type Resolved = { readonly kind: 'resolved'; readonly how: ReconciliationEnd };
type Said = { readonly itemId: number; readonly reason: string };

export interface ReconciliationPort {
  list(user: ConsoleUser, locationId: string | undefined): Promise<readonly ReconciliationView[]>;
  inThePos(
    user: ConsoleUser,
    said: Said & { readonly posRef?: string | undefined },
  ): Promise<Resolved | Refused>;
  notInThePos(user: ConsoleUser, said: Said & { readonly sendAgain: boolean }): Promise<Resolved | Refused>;
  dealtWith(user: ConsoleUser, said: Said): Promise<Resolved | Refused>;
}

type BusinessDay = { readonly locationId: string; readonly date: string };

/** What operators do about money, behind the same session. */
export interface ConsolePaymentPort {
  payments(user: ConsoleUser, orderId: string): Promise<readonly unknown[]>;
  /** Undefined: there is no such payment. */
  refresh(user: ConsoleUser, paymentId: string): Promise<object | undefined>;
  refund(
    user: ConsoleUser,
    refund: {
      readonly paymentId: string;
      readonly amountMinor: number | undefined;
      readonly onlySurplus: boolean;
      readonly reason: string;
      readonly idempotencyKey: string;
    },
  ): Promise<{ readonly kind: 'refunded'; readonly refund: object } | Refused>;
  /** Takes in what arrived where another sum was asked for. */
  count(
    user: ConsoleUser,
    counting: { readonly paymentId: string; readonly reason: string },
  ): Promise<{ readonly kind: 'counted'; readonly payment: object } | Refused>;
  sendAgain(user: ConsoleUser, orderId: string): Promise<{ readonly kind: 'sending' } | Refused>;
  dayClose(
    user: ConsoleUser,
    day: BusinessDay,
  ): Promise<{ readonly kind: 'closed'; readonly close: object } | Refused>;
  dayCloseCsv(
    user: ConsoleUser,
    day: BusinessDay,
  ): Promise<{ readonly kind: 'closed'; readonly text: string } | Refused>;
}

/** A probe for `/readyz`: undefined when ready, else what is missing. */
export type Readiness = () => Promise<string | undefined>;
