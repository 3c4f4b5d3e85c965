import type { Clock } from '#domain/time.ts';
import type { StepDeps } from '#delivery/step.ts';
import type { FlowEntry } from '#ordering/deps.ts';
import { appendLog } from '#store/log-channels.ts';
import { announceChange } from '#store/orders.ts';
import type { Tx } from '#store/store.ts';

/** Writes one entry of the order-flow channel, in the transaction that made it true. */
export async function logFlow(tx: Tx, entry: FlowEntry): Promise<void> {
  const { companyId, locationId, atMs, orderId, roundId, writeId, event, detail } = entry;
  const facts = { orderId, roundId: roundId ?? null, writeId: writeId ?? null, event, detail };
  await appendLog(tx, 'order-flow', [{ companyId, locationId, atMs, facts, request: '', answer: '' }]);
}

/** Records a write's move and tells the open pages. `write.state` is where it came from. */
export function makeRecordMove(clock: Clock): StepDeps['moved'] {
  return async (tx, write, to, detail) => {
    const place = { companyId: write.company_id, locationId: write.location_id };
    await logFlow(tx, {
      ...place,
      orderId: write.order_id ?? '',
      writeId: write.write_id,
      event: `${write.kind} ${write.state} → ${to}`,
      detail,
      atMs: clock.nowMs(),
    });
    await announceChange(tx, { ...place, ...(write.order_id === null ? {} : { orderId: write.order_id }) });
  };
}
