import type { ColumnType } from 'kysely';
import type { Currency } from '#domain/money.ts';
import type { Flow, Line, MoneyState, OrderState } from '#domain/order.ts';
import type { Reference } from '#domain/reference.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import type { Json } from './json.ts';

export type Orders = {
  company_id: string;
  /** Also our reference of the order in the POS. */
  order_id: Reference;
  location_id: string;
  table_id: string;
  flow: Flow;
  state: OrderState;
  money_state: MoneyState;
  opened_by: 'guest' | 'till' | 'third-party';
  /** Pay-First: the guest's visit the order belongs to. */
  visit_id: string | null;
  /** The POS's own reference, once the order is there. */
  pos_ref: string | null;
  /** False once the till closed it or moved it away: the table's guests no longer join it. */
  joinable: boolean;
  /** When a waiter chose this one of several for the table's guests. */
  chosen_at_ms: number | null;
  /** The order as the POS held it when last read. */
  snapshot: ColumnType<PosOrder | null, string | null, string | null>;
  snapshot_at_ms: number | null;
  currency: Currency;
  /** Paid by guests for the bill, tips not included. */
  paid_minor: number;
  tip_minor: number;
  /** The part of the bill that our mark-paid covers or is about to; null: none is under way or done. */
  covered_minor: ColumnType<number | null, number | null | undefined, number | null>;
  created_at_ms: number;
  changed_at_ms: number;
};

export type Rounds = {
  company_id: string;
  /** Also our reference of the package in the POS. */
  round_id: Reference;
  order_id: Reference;
  location_id: string;
  by: 'guest' | 'till';
  lines: Json<readonly Line[]>;
  total_minor: number;
  menu_version: string;
  visit_id: string | null;
  /** The write that carries it; null while a Pay-First round waits for money. */
  write_id: number | null;
  created_at_ms: number;
};

export type IdempotencyKeys = {
  company_id: string;
  /** What the key belongs to, e.g. the hash of a table token. */
  scope: string;
  key: string;
  body_hash: string;
  /** Null while the first request runs. */
  status: number | null;
  answer: ColumnType<unknown, string | null, string | null>;
  created_at_ms: number;
};
