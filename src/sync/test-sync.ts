import type { PosConnector } from '#contract/connector.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import { posError } from '#contract/errors.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { ReadOutcome } from '#contract/outcome.ts';
import type { PosAvailability, PosMenu, PosOrder, PosStatus, PosTable } from '#contract/snapshot.ts';

/** What the POS of a test answers now, and what it was asked. */
export type ReadablePos = {
  status: ReadOutcome<PosStatus>;
  menu: ReadOutcome<PosMenu>;
  availability: ReadOutcome<PosAvailability>;
  tables: ReadOutcome<readonly PosTable[]>;
  order: (posRef: string) => ReadOutcome<PosOrder>;
  readonly asked: string[];
  readonly connector: PosConnector;
};

export const silence = failed('pos-offline', false);

export function failed(code: PosErrorCode, answered = true) {
  return { kind: 'failed', error: posError(code, 'said by the test'), answered } as const;
}

export function read<Value>(value: Value): ReadOutcome<Value> {
  return { kind: 'read', value };
}

const nothingSoldOut: PosAvailability = { readAtMs: 0, items: {}, variants: {}, modifiers: {} };

export function makeReadablePos(capabilities: Partial<Capabilities> = {}): ReadablePos {
  const asked: string[] = [];
  const answer = <Value>(what: string, value: Value): Promise<Value> => {
    asked.push(what);
    return Promise.resolve(value);
  };
  const pos: Omit<ReadablePos, 'connector'> = {
    status: read({ posRestaurant: 'ours' }),
    menu: read({
      menu: { menuVersion: 'menu-1', currency: 'EUR', readAtMs: 0, categories: [] },
      sourceVersion: '1',
    }),
    availability: read(nothingSoldOut),
    tables: read([]),
    order: () => failed('order-unknown'),
    asked,
  };
  const reads = {
    capabilities: { readTables: true, readOrders: true, readLagMs: 0, ...capabilities },
    readStatus: () => answer('status', pos.status),
    readMenu: () => answer('menu', pos.menu),
    readAvailability: () => answer('availability', pos.availability),
    readTables: () => answer('tables', pos.tables),
    readOrder: (posRef: string) => answer(`order ${posRef}`, pos.order(posRef)),
  };
  // Sync never writes: a write that it tried would fail on the missing function.
  return Object.assign(pos, { connector: reads as unknown as PosConnector });
}
