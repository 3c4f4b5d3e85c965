import type { AvailabilitySnapshot, Menu } from '#domain/menu.ts';
import type { PosTable } from '#contract/snapshot.ts';
import type { Json } from './json.ts';

export type MenuVersions = {
  company_id: string;
  location_id: string;
  menu_version: string;
  menu: Json<Menu>;
  source_version: string;
  read_at_ms: number;
};

export type Availabilities = {
  company_id: string;
  location_id: string;
  snapshot: Json<AvailabilitySnapshot>;
  content_hash: string;
  read_at_ms: number;
};

/** The last reading of the tables and the orders open at them, for the till-opened poll. */
export type TableSnapshots = {
  company_id: string;
  location_id: string;
  tables: Json<readonly PosTable[]>;
  content_hash: string;
  read_at_ms: number;
};
