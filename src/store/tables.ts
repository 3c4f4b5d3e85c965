import { createHash } from 'node:crypto';
import type { Flow } from '#domain/order.ts';
import type { DiningTableRow } from './schema.ts';
import type { Store, Tx } from './store.ts';

/** 192 random bits: what a QR code carries. Printed once; the store keeps its hash. */
export const tokenBytes = 24;

export type NewTable = {
  readonly companyId: string;
  readonly locationId: string;
  readonly tableId: string;
  readonly name: string;
  readonly tableRef: string;
  readonly flow: Flow | null;
  readonly token: string;
};

export async function insertTable(tx: Tx, table: NewTable): Promise<void> {
  await tx
    .insertInto('dining_tables')
    .values({
      company_id: table.companyId,
      table_id: table.tableId,
      location_id: table.locationId,
      name: table.name,
      table_ref: table.tableRef,
      token_hash: hashToken(table.token),
      flow: table.flow,
    })
    .execute();
}

/** A new code for the table; the old one answers like one that never was. */
export async function rotateToken(
  tx: Tx,
  table: { companyId: string; tableId: string },
  token: string,
): Promise<void> {
  await tx
    .updateTable('dining_tables')
    .set({ token_hash: hashToken(token) })
    .where('company_id', '=', table.companyId)
    .where('table_id', '=', table.tableId)
    .execute();
}

/** From a token to its table, with the flow that holds there. Looks up a hash, so a miss takes the same work as a hit's first half. */
export async function findTableByToken(
  store: Store,
  token: string,
): Promise<{ companyId: string; locationId: string; tableId: string; flow: Flow } | undefined> {
  const found = await store.asEntry((tx) =>
    tx
      .selectFrom('dining_tables')
      .select(['company_id', 'table_id', 'location_id'])
      .where('token_hash', '=', hashToken(token))
      .executeTakeFirst(),
  );
  if (found === undefined) return undefined;
  return store.asCompany(found.company_id, async (tx) => {
    const row = await tx
      .selectFrom('dining_tables as t')
      .innerJoin('locations as l', (join) =>
        join.onRef('l.company_id', '=', 't.company_id').onRef('l.location_id', '=', 't.location_id'),
      )
      .select(['t.flow as tableFlow', 'l.flow as locationFlow'])
      .where('t.company_id', '=', found.company_id)
      .where('t.table_id', '=', found.table_id)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    return {
      companyId: found.company_id,
      locationId: found.location_id,
      tableId: found.table_id,
      flow: row.tableFlow ?? row.locationFlow,
    };
  });
}

export function getTable(tx: Tx, companyId: string, tableId: string): Promise<DiningTableRow | undefined> {
  return tx
    .selectFrom('dining_tables')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('table_id', '=', tableId)
    .executeTakeFirst();
}

/** Names by table id. */
export async function listTableNames(
  tx: Tx,
  companyId: string,
  tableIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (tableIds.length === 0) return new Map();
  const rows = await tx
    .selectFrom('dining_tables')
    .select(['table_id', 'name'])
    .where('company_id', '=', companyId)
    .where('table_id', 'in', tableIds)
    .execute();
  return new Map(rows.map((row) => [row.table_id, row.name]));
}

export async function findTableIdByRef(
  tx: Tx,
  place: { companyId: string; locationId: string },
  tableRef: string,
): Promise<string | undefined> {
  const row = await tx
    .selectFrom('dining_tables')
    .select('table_id')
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .where('table_ref', '=', tableRef)
    .executeTakeFirst();
  return row?.table_id;
}

export function listTables(
  tx: Tx,
  place: { companyId: string; locationId: string },
): Promise<DiningTableRow[]> {
  return tx
    .selectFrom('dining_tables')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .orderBy('name')
    .execute();
}

function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
