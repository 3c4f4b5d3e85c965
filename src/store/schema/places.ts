import type { ColumnType, Generated } from 'kysely';
import type { Currency } from '#domain/money.ts';
import type { Flow } from '#domain/order.ts';
import type { Donation } from '#domain/payment.ts';
import type { Venue } from '#domain/receipt.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { Json } from './json.ts';

export type Companies = { company_id: string; name: string; created_at_ms: number };

export type Locations = {
  company_id: string;
  location_id: string;
  name: string;
  time_zone: string;
  currency: Currency;
  flow: Flow;
  /** A round older than this asks before it is cooked; null: the location switched it off. */
  freshness_limit_ms: number | null;
  /** Minutes after local midnight at which the full menu is read. */
  menu_read_minute: number;
  /** The version guests order from; null until the menu was read once. */
  menu_version: string | null;
  /** Null: no online payments. */
  payment_account_id: ColumnType<string | null, string | null | undefined, string | null>;
  /** A live location takes no test money, and the reverse. */
  payment_mode: Generated<'live' | 'test'>;
  /** What a guest is offered as a tip, in percent of the share; none is chosen beforehand. */
  tip_percents: ColumnType<readonly number[], string | undefined, string>;
  /** The largest tip, in percent of the share; 0: none are taken. */
  tip_max_percent: Generated<number>;
  /** Null: no donations. */
  donation: ColumnType<Donation | null, string | null | undefined, string | null>;
  /** Surpluses are given back without asking a person. */
  auto_refund: Generated<boolean>;
  /** Minutes after local midnight at which the business day begins. */
  day_starts_minute: Generated<number>;
  /** What a receipt says of the restaurant. */
  venue: ColumnType<Venue | null, string | null | undefined, string | null>;
  created_at_ms: number;
};

/** One row per location: whether it takes orders now, and why not. */
export type LocationStatuses = {
  company_id: string;
  location_id: string;
  state: 'online' | 'read-only';
  /** A PosErrorCode, or `starting` before the first check. Null while online. */
  reason: PosErrorCode | 'starting' | null;
  since_ms: number;
  /** Good check-and-read pairs still needed to close read-only. */
  good_pairs_needed: number;
  /** Back from read-only, nothing delivered yet: one write in flight. */
  draining: boolean;
  /** Instants of the last flips to read-only, newest last; only the last ten minutes count. */
  flapped_at_ms: Json<readonly number[]>;
};

export type Connections = {
  company_id: string;
  location_id: string;
  connector_id: string;
  /** Scheme, host and port: part of what the sealed secret is bound to. */
  origin: string;
  settings: Json<unknown>;
  sealed_secret: string;
  /** Changes when settings or credentials change; a connector opened for an older revision is closed. */
  revision: number;
  /** Writes in flight, from the connector's capabilities. */
  write_concurrency: number;
  /** Set when the POS refused our credentials; it is not knocked on again until they change. */
  auth_failed_at_ms: number | null;
};

export type ConnectionMemories = { company_id: string; location_id: string; key: string; value: string };

export type DiningTables = {
  company_id: string;
  table_id: string;
  location_id: string;
  /** As the POS calls it. */
  name: string;
  table_ref: string;
  /** SHA-256 of the token in the QR code, hex. */
  token_hash: string;
  /** Overrides the location's flow. */
  flow: Flow | null;
};

/** Which process polls which share of the locations. Belongs to no company. */
export type PollShards = { shard: number; owner: string | null; epoch: number; lease_until_ms: number };
