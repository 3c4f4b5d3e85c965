import type { ReadOutcome } from '#contract/outcome.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import type { Call } from './client.ts';
import { listOpenOrders, readOrder } from './find-order.ts';
import { readFailed } from './map-error.ts';
import { isClosed, mapOrder } from './map-order.ts';
import { ask, configured, orderTag } from './site.ts';
import type { Asked, Site } from './site.ts';
import { readOrderIn } from './wire-order.ts';
import type { WireOrder } from './wire-order.ts';

/** GetTableOrderStatus: one order in full, with the amount due and who has it open. */
export async function getTableOrderStatus(
  site: Site,
  posRef: string,
  signal: AbortSignal,
): Promise<ReadOutcome<PosOrder>> {
  const call: Call = { operation: 'GetTableOrderStatus', signal, posRef };
  const order = await readOrder(site, posRef, call);
  if (order.kind === 'failed') return readFailed(order.failure);
  const open = !isClosed(order.value) && !order.value.deleted;
  const due = open && order.value.sessions.length > 0 ? await readDue(site, posRef, call) : nothingDue;
  if (due.kind === 'failed') return readFailed(due.failure);
  const heldBy = order.value.locked ? await readHolder(site, order.value, call) : null;
  return {
    kind: 'read',
    value: mapOrder(order.value, { due: due.value, heldBy }, site.settings),
  };
}

const nothingDue: Asked<number> = { kind: 'read', value: 0 };

/** What is left to pay, in hundredths. Only CalcOrder2 counts promised prepayments in. */
export async function readDue(site: Site, posRef: string, call: Call): Promise<Asked<number>> {
  const calculated = await ask(
    site,
    {
      command: 'CalcOrder2',
      children: [
        orderTag(posRef),
        configured(site, 'Station', 'station'),
        configured(site, 'Cashier', 'cashier'),
        { name: 'Payments' },
      ],
    },
    { ...call, posRef },
    readOrderIn,
  );
  return calculated.kind === 'failed' ? calculated : { kind: 'read', value: calculated.value.unpaidSum };
}

/** GetOrder says only that an order is locked; the list says by whom. Not worth failing the whole reading for. */
async function readHolder(site: Site, order: WireOrder, call: Call): Promise<string | null> {
  const listed = await listOpenOrders(site, order.table === null ? null : String(order.table.id), call);
  if (listed.kind === 'failed') return null;
  return listed.value.find((entry) => entry.guid === order.guid)?.lockedBy ?? null;
}
