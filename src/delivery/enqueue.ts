import type { Reference } from '#domain/reference.ts';
import type { PosWrite } from '#contract/connector.ts';
import { insertWrite } from '#store/writes.ts';
import type { Tx } from '#store/store.ts';

export type NewPosWrite = {
  readonly companyId: string;
  readonly locationId: string;
  /** An order's writes share the order's lane; messages have one per table. */
  readonly lane: string;
  readonly orderId: Reference | null;
  readonly roundId: Reference | null;
  readonly paymentId: Reference | null;
  readonly payload: PosWrite;
  /** After this instant a round asks before it is sent, and a message is dropped; null: never. */
  readonly freshUntilMs: number | null;
  /** Not before then; absent: at once. */
  readonly dueAtMs?: number;
  readonly nowMs: number;
};

export function laneOfOrder(orderId: Reference): string {
  return orderId;
}

export function laneOfMessages(tableId: string): string {
  return `message:${tableId}`;
}

/**
 * Saves a write in the caller's transaction, so that what caused it and the write itself exist together or not at all.
 *
 * The caller holds the row lock of the order (or of the table, for messages): ids are given before a commit, so without
 * it two writes of one lane could be saved in one order and become visible in the other. For an order the lock is taken here
 * once more, which costs nothing when it is held and keeps the lane in order when it was forgotten.
 */
export function enqueueWrite(
  tx: Tx,
  write: NewPosWrite,
): Promise<{ writeId: number; state: 'queued' | 'waiting' }> {
  return insertWrite(tx, {
    company_id: write.companyId,
    location_id: write.locationId,
    lane: write.lane,
    kind: write.payload.kind,
    order_id: write.orderId,
    round_id: write.roundId,
    payment_id: write.paymentId,
    payload: JSON.stringify(write.payload),
    fresh_until_ms: write.freshUntilMs,
    due_at_ms: write.dueAtMs ?? write.nowMs,
    nowMs: write.nowMs,
  });
}
