import type { ReadOutcome } from '#contract/outcome.ts';
import type { PosTable } from '#contract/snapshot.ts';
import type { Call } from './client.ts';
import { listOpenOrders } from './find-order.ts';
import { readFailed } from './map-error.ts';
import { isClosed, mapHead } from './map-order.ts';
import { readReferences } from './references.ts';
import type { Site } from './site.ts';
import type { WireOrder } from './wire-order.ts';

/**
 * GetTableStatus: the tables of the reference and the orders open at them, `tableRef` alone if given. An order that spans
 * several tables stands at each; one at a table the reference does not have is still shown.
 */
export async function getTableStatus(
  site: Site,
  signal: AbortSignal,
  tableRef?: string,
): Promise<ReadOutcome<readonly PosTable[]>> {
  const call: Call = { operation: 'GetTableStatus', signal };
  const references = await readReferences(site, ['Tables', 'HallPlans'], call);
  if (references.kind === 'failed') return readFailed(references.failure);
  const listed = await listOpenOrders(site, tableRef ?? null, call);
  if (listed.kind === 'failed') return readFailed(listed.failure);
  const open = listed.value.filter((order) => !isClosed(order));
  const { Tables, HallPlans } = references.value.rows;
  const halls = new Map(HallPlans.map((row) => [String(row.ident), row.name]));
  const known = Tables.map((row) => {
    const hall = halls.get(row.attributes['Hall'] ?? '');
    return { tableRef: String(row.ident), name: row.name, ...(hall === undefined ? {} : { hall }) };
  });
  const unknown = open
    .flatMap((order) => order.table ?? [])
    .filter(
      (table, index, all) =>
        !known.some((entry) => entry.tableRef === String(table.id)) &&
        all.findIndex((other) => other.id === table.id) === index,
    );
  const tables = [...known, ...unknown.map((table) => ({ tableRef: String(table.id), name: table.name }))];
  return {
    kind: 'read',
    value: tables
      .filter((table) => tableRef === undefined || table.tableRef === tableRef)
      .map((table) => ({
        ...table,
        orders: open
          .filter((order) => isAt(order, table.tableRef))
          .map((order) => mapHead(order, site.settings)),
      })),
  };
}

function isAt(order: WireOrder, tableRef: string): boolean {
  const idents = [...(order.table === null ? [] : [order.table.id]), ...order.extraTables];
  return idents.some((ident) => String(ident) === tableRef);
}
