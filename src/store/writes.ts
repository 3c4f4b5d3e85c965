import { sql } from 'kysely';
import type { Insertable } from 'kysely';
import type { Reference } from '#domain/reference.ts';
import type { AttemptRow, Database, WriteRow } from './schema.ts';
import { notify } from './make-store.ts';
import { lockOrder } from './orders.ts';
import type { Tx } from './store.ts';

/** Enqueued when the location is online; `waiting` when it is read-only. Announced with the transaction. */
export async function insertWrite(
  tx: Tx,
  write: Pick<
    Insertable<Database['writes']>,
    | 'company_id'
    | 'location_id'
    | 'lane'
    | 'kind'
    | 'order_id'
    | 'round_id'
    | 'payment_id'
    | 'payload'
    | 'fresh_until_ms'
  > & { readonly nowMs: number },
): Promise<{ writeId: number; state: 'queued' | 'waiting' }> {
  const { nowMs, ...columns } = write;
  // Ids are given before a commit: without the order's lock two writes of a lane could become visible in the wrong order.
  if (write.order_id !== null && write.order_id !== undefined)
    await lockOrder(tx, write.company_id, write.order_id);
  // The share lock makes a flip to read-only wait for this transaction, so that its hold sees the new write.
  const { readOnly } = await shareLocationStatus(tx, {
    companyId: write.company_id,
    locationId: write.location_id,
  });
  const state = readOnly ? 'waiting' : 'queued';
  const row = await tx
    .insertInto('writes')
    .values({
      ...columns,
      state,
      attempts_used: 0,
      due_at_ms: nowMs,
      waiting_from: state === 'waiting' ? 'queued' : null,
      absences: 0,
      doubt_since_ms: null,
      last_sent_at_ms: null,
      last_ended_at_ms: null,
      freshness: 'fresh',
      asked_at_ms: null,
      lease_owner: null,
      lease_epoch: 0,
      lease_until_ms: null,
      error_code: null,
      error_detail: null,
      held_by: null,
      created_at_ms: nowMs,
      changed_at_ms: nowMs,
    })
    .returning('write_id')
    .executeTakeFirstOrThrow();
  await notify(tx, 'tableside_writes', '');
  return { writeId: row.write_id, state };
}

/**
 * After a `create-order` that was refused or withdrawn: an order that never reached the POS takes nothing else there. The later
 * writes of its lane are refused; a mark-paid becomes a case for a person, because the money was taken. Returns them with the
 * states they came from.
 */
export async function endRestOfLane(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id' | 'lane' | 'kind' | 'order_id'>,
  detail: string,
  nowMs: number,
): Promise<readonly WriteRow[]> {
  if (write.kind !== 'create-order') return [];
  const rest = await tx
    .selectFrom('writes as w')
    .selectAll()
    .where('w.company_id', '=', write.company_id)
    .where('w.lane', '=', write.lane)
    .where('w.write_id', '>', write.write_id)
    .where('w.state', 'in', ['queued', 'locked', 'backing-off', 'waiting', 'error'])
    // An order that is there all the same stays usable.
    .where(
      sql<boolean>`not exists (select 1 from orders o where o.company_id = w.company_id and o.order_id = w.order_id
        and o.pos_ref is not null)`,
    )
    .orderBy('w.write_id')
    .forUpdate('w')
    .execute();
  for (const next of rest) {
    const state = next.kind === 'mark-paid' ? 'error' : 'refused';
    await changeWrite(tx, next, {
      state,
      due_at_ms: nowMs,
      waiting_from: null,
      error_code: 'order-not-in-pos',
      error_detail: detail,
      changed_at_ms: nowMs,
    });
  }
  return rest;
}

/** A write that was moved, `state` being the one it came from. */
export type MovedWrite = Pick<
  WriteRow,
  'company_id' | 'write_id' | 'location_id' | 'order_id' | 'kind' | 'state'
>;

type Place = { readonly companyId: string; readonly locationId: string };

/** Held by every end of a step, so that a flip of the location and the write's next state see each other. */
export async function shareLocationStatus(
  tx: Tx,
  place: Place,
): Promise<{ readonly readOnly: boolean; readonly draining: boolean }> {
  const status = await tx
    .selectFrom('location_statuses')
    .select(['state', 'draining'])
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .forShare()
    .executeTakeFirstOrThrow();
  return { readOnly: status.state !== 'online', draining: status.draining };
}

/** Read-only: what was going to be sent waits and loses no attempts. Called in the transaction that flips the location. */
export async function holdWrites(tx: Tx, place: Place, nowMs: number): Promise<readonly MovedWrite[]> {
  const held = await sql<MovedWrite>`
    update writes set waiting_from = state, state = 'waiting', changed_at_ms = ${nowMs}
    where company_id = ${place.companyId} and location_id = ${place.locationId}
      and state in ('queued', 'locked', 'backing-off')
    returning company_id, write_id, location_id, order_id, kind, waiting_from as state`.execute(tx);
  return held.rows;
}

/** Back online: writes take up where they were, at their own instants; one goes first, alone. */
export async function releaseWrites(tx: Tx, place: Place, nowMs: number): Promise<readonly MovedWrite[]> {
  const released = await sql<MovedWrite>`
    update writes set state = coalesce(waiting_from, 'queued'), waiting_from = null, changed_at_ms = ${nowMs}
    where company_id = ${place.companyId} and location_id = ${place.locationId} and state = 'waiting'
    returning company_id, write_id, location_id, order_id, kind, state`.execute(tx);
  await tx
    .updateTable('location_statuses')
    .set({ draining: released.rows.length > 0 })
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .execute();
  await notify(tx, 'tableside_writes', '');
  return released.rows;
}

/** The first delivery after a drain began opens the location to its full concurrency. In a transaction of its own: it locks the row. */
export async function endDrain(tx: Tx, place: Place): Promise<void> {
  await tx
    .updateTable('location_statuses')
    .set({ draining: false })
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .where('draining', '=', true)
    .execute();
  await notify(tx, 'tableside_writes', '');
}

/** Writes that may have waited longer than they are wanted, of all companies; what follows is decided one by one. */
export async function listAgedWrites(
  tx: Tx,
  nowMs: number,
  limit: number,
): Promise<readonly (MovedWrite & Pick<WriteRow, 'lane'>)[]> {
  const aged = await sql<MovedWrite & Pick<WriteRow, 'lane'>>`
    select company_id, write_id, location_id, order_id, kind, state, lane from writes
    where fresh_until_ms is not null and freshness <> 'wanted' and state in ('queued', 'locked', 'backing-off', 'waiting', 'error')
      and fresh_until_ms < ${nowMs} and lease_until_ms is null
      and case when kind = 'send-message' then true
        else doubt_since_ms is null and state in ('queued', 'locked', 'backing-off') and (freshness = 'fresh' or due_at_ms <= ${nowMs}) end
    order by fresh_until_ms limit ${limit}`.execute(tx);
  return aged.rows;
}

/** One write, locked. */
export function lockWrite(tx: Tx, companyId: string, writeId: number): Promise<WriteRow | undefined> {
  return tx
    .selectFrom('writes')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('write_id', '=', writeId)
    .forUpdate()
    .executeTakeFirst();
}

/** Changes a write outside a step. The caller holds it through `lockWrite` and it is leased to nobody. */
export async function changeWrite(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id'>,
  change: Partial<
    Pick<
      WriteRow,
      | 'state'
      | 'due_at_ms'
      | 'attempts_used'
      | 'absences'
      | 'doubt_since_ms'
      | 'waiting_from'
      | 'freshness'
      | 'asked_at_ms'
      | 'error_code'
      | 'error_detail'
    >
  > & { readonly changed_at_ms: number },
): Promise<void> {
  await tx
    .updateTable('writes')
    .set(change)
    .where('company_id', '=', write.company_id)
    .where('write_id', '=', write.write_id)
    .execute();
}

/**
 * The answer to "still want it?". Undefined when the round no longer waits for one. A round that is withdrawn before its order
 * is in the POS takes the rest of its lane along. The caller holds the order's row lock.
 */
export async function answerFreshness(
  tx: Tx,
  answer: { companyId: string; roundId: string; wanted: boolean; nowMs: number },
): Promise<WriteRow | undefined> {
  const row = await tx
    .updateTable('writes')
    .set(
      answer.wanted
        ? { freshness: 'wanted', due_at_ms: answer.nowMs, changed_at_ms: answer.nowMs }
        : { state: 'cancelled', changed_at_ms: answer.nowMs },
    )
    .where('company_id', '=', answer.companyId)
    .where('round_id', '=', answer.roundId as Reference)
    .where('freshness', '=', 'asked')
    .where('state', 'in', ['queued', 'locked', 'backing-off', 'waiting'])
    .returningAll()
    .executeTakeFirst();
  if (row?.state === 'cancelled')
    await endRestOfLane(tx, row, 'the round before it was withdrawn', answer.nowMs);
  await notify(tx, 'tableside_writes', '');
  return row;
}

/** Writes of these orders, each order's in the order of its lane. */
export function listOrderWrites(
  tx: Tx,
  companyId: string,
  orderIds: readonly Reference[],
): Promise<WriteRow[]> {
  if (orderIds.length === 0) return Promise.resolve([]);
  return tx
    .selectFrom('writes')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('order_id', 'in', orderIds)
    .orderBy('write_id')
    .execute();
}

export function listAttempts(tx: Tx, companyId: string, writeIds: readonly number[]): Promise<AttemptRow[]> {
  if (writeIds.length === 0) return Promise.resolve([]);
  return tx
    .selectFrom('attempts')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('write_id', 'in', writeIds)
    .orderBy('write_id')
    .orderBy('attempt_no')
    .execute();
}
