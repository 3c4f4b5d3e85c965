import type { Generated } from 'kysely';
import type { Currency } from '#domain/money.ts';
import type { IntakeProfile, NameKind } from '#domain/intake.ts';
import type { Reference } from '#domain/reference.ts';
import type { Json } from './json.ts';

/** A third party that may post orders at one location. */
export type IntakeClients = {
  company_id: string;
  client_id: string;
  location_id: string;
  name: string;
  /** Unique over all companies: it is all that a request brings beside its password. */
  username: string;
  /** SHA-256 of the issued password, hex. */
  password_hash: string;
  created_at_ms: number;
  revoked_at_ms: number | null;
};

/** How a location takes orders of third parties. Without a row it takes none. */
export type IntakeProfiles = {
  company_id: string;
  location_id: string;
  profile: Json<IntakeProfile>;
  /** Rises with every change of the profile or of a name. */
  revision: number;
};

/** A third party's word for something of ours, beside the menu's own names. */
export type IntakeNames = {
  company_id: string;
  location_id: string;
  kind: NameKind;
  /** The id of the category, item or modifier the word is used in; empty: anywhere. */
  within_id: string;
  name: string;
  /** Our category, item, variant or modifier. */
  target_id: string | null;
  /** Qualifiers: units of the ingredient. */
  units: number | null;
};

/** An order as a third party posted it. */
export type IntakeOrders = {
  company_id: string;
  intake_id: Reference;
  location_id: string;
  client_id: string;
  order_num: Generated<number>;
  external_ref: string;
  external_number: string | null;
  state: 'suspended' | 'placed' | 'voided';
  /** The body as it came. */
  posted: string;
  /** The body of the answer. */
  answer: string;
  /** Codes of what a suspended order still lacks. */
  missing: Json<readonly number[]>;
  /** Null while it is suspended. */
  order_id: Reference | null;
  /** The price the third party sent; null: a suspended order without one. */
  sent_minor: number | null;
  /** What the POS is expected to charge, by our menu. */
  promised_minor: number | null;
  /** When the customer wants it; null: as soon as it is ready. */
  defer_at_ms: number | null;
  /** Codes of the coupons it redeemed. */
  coupons: Json<readonly string[]>;
  currency: Currency;
  created_at_ms: number;
  changed_at_ms: number;
};
