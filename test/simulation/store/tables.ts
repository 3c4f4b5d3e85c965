import type { DiningTableRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { NewTable } from '../../../src/store/tables.ts';
import { keyOf, see } from './database.ts';

export * from '../../../src/store/tables.ts';

type Place = { readonly companyId: string; readonly locationId: string };

export function insertTable(tx: Tx, table: NewTable): Promise<void> {
  see(tx, table.companyId).tables.put({
    company_id: table.companyId,
    table_id: table.tableId,
    location_id: table.locationId,
    name: table.name,
    table_ref: table.tableRef,
    token_hash: table.token,
    flow: table.flow,
  });
  return Promise.resolve();
}

export function getTable(tx: Tx, companyId: string, tableId: string): Promise<DiningTableRow | undefined> {
  return Promise.resolve(see(tx, companyId).tables.get(companyId, tableId));
}

export function listTableNames(
  tx: Tx,
  companyId: string,
  tableIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { tables } = see(tx, companyId);
  return Promise.resolve(
    new Map(
      tableIds.flatMap((tableId) => {
        const row = tables.get(companyId, tableId);
        return row === undefined ? [] : [[row.table_id, row.name]];
      }),
    ),
  );
}

export function findTableIdByRef(tx: Tx, place: Place, tableRef: string): Promise<string | undefined> {
  const [row] = see(tx, place.companyId).tablesByRef.find(keyOf(place.companyId, place.locationId, tableRef));
  return Promise.resolve(row?.table_id);
}

export function listTables(tx: Tx, place: Place): Promise<DiningTableRow[]> {
  const rows = see(tx, place.companyId).tablesAt.find(keyOf(place.companyId, place.locationId));
  return Promise.resolve(rows.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}
