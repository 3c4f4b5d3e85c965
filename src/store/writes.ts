import { sql } from 'kysely';
import type { Insertable } from 'kysely';
import type { Reference } from '#domain/reference.ts';
import { settledWriteStates, writeKinds } from '#domain/write.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { AttemptRow, Database, WriteRow } from './schema.ts';
import { notify } from './make-store.ts';
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
    | 'due_at_ms'
  > & { readonly nowMs: number },
): Promise<{ writeId: number; state: 'queued' | 'waiting' }> {
  const { nowMs } = write;
  // In this order: the order's row, the location's status, an id. Ids are given before a commit: without the order's lock two writes
  // of a lane could become visible in the wrong order. The share lock makes a flip to read-only wait for this transaction, so that
  // its hold sees the new write.
  const { rows } = await sql<{ writeId: number; state: 'queued' | 'waiting' }>`
    with held as (
      select 1 from orders where company_id = ${write.company_id} and order_id = ${write.order_id ?? null} for update
    ), status as (
      select state <> 'online' as closed from location_statuses
      where company_id = ${write.company_id} and location_id = ${write.location_id} and (select count(*) from held) >= 0
      for share
    )
    insert into writes (company_id, location_id, lane, kind, order_id, round_id, payment_id, payload, fresh_until_ms, due_at_ms,
      state, waiting_from, created_at_ms, changed_at_ms)
    select ${write.company_id}, ${write.location_id}, ${write.lane}, ${write.kind}, ${write.order_id ?? null},
      ${write.round_id ?? null}, ${write.payment_id ?? null}, ${write.payload}::jsonb, ${write.fresh_until_ms ?? null}::bigint,
      ${write.due_at_ms}::bigint, case when closed then 'waiting' else 'queued' end, case when closed then 'queued' end,
      ${nowMs}::bigint, ${nowMs}::bigint
    from status
    returning write_id as "writeId", state`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('a write for a location without a status');
  await notify(tx, 'tableside_writes', '');
  return row;
}

/**
 * After a round that was refused or withdrawn. An order that never reached the POS takes nothing else there: the later writes of
 * its lane are refused. A mark-paid behind the round is never sent, because the order or the lines it pays for are not there; the
 * money was taken, so it becomes a case for a person. A round that may be in the POS already is left to be asked about. Returns them
 * with the states they came from, and why.
 */
export async function endRestOfLane(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id' | 'lane' | 'kind' | 'order_id'>,
  detail: string,
  nowMs: number,
): Promise<{ readonly rest: readonly WriteRow[]; readonly code: PosErrorCode }> {
  const isRound = write.kind === 'create-order' || write.kind === 'append-round';
  // An order that is there all the same stays usable.
  const isLost = write.kind === 'create-order' && !(await isInPos(tx, write));
  const code = isLost ? 'order-not-in-pos' : 'paid-lines-not-in-pos';
  if (!isRound) return { rest: [], code };
  const rest = await tx
    .selectFrom('writes as w')
    .selectAll()
    .where('w.company_id', '=', write.company_id)
    .where('w.lane', '=', write.lane)
    .where('w.write_id', '>', write.write_id)
    .where('w.state', 'in', ['queued', 'locked', 'backing-off', 'waiting', 'error'])
    .where('w.kind', 'in', isLost ? writeKinds : ['mark-paid'])
    .where((is) => is.or([is('w.kind', '=', 'mark-paid'), is('w.doubt_since_ms', 'is', null)]))
    .orderBy('w.write_id')
    .forUpdate('w')
    .execute();
  for (const next of rest) {
    const state = next.kind === 'mark-paid' ? 'error' : 'refused';
    await changeWrite(tx, next, {
      state,
      due_at_ms: nowMs,
      waiting_from: null,
      error_code: code,
      error_detail: detail,
      changed_at_ms: nowMs,
    });
  }
  return { rest, code };
}

async function isInPos(tx: Tx, write: Pick<WriteRow, 'company_id' | 'order_id'>): Promise<boolean> {
  const order = await tx
    .selectFrom('orders')
    .select('pos_ref')
    .where('company_id', '=', write.company_id)
    .where('order_id', '=', write.order_id)
    .executeTakeFirst();
  return (order?.pos_ref ?? null) !== null;
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
        else state in ('queued', 'locked', 'backing-off') and due_at_ms <= ${nowMs} end
    order by fresh_until_ms limit ${limit}`.execute(tx);
  return aged.rows;
}

export function getWrite(tx: Tx, companyId: string, writeId: number): Promise<WriteRow | undefined> {
  return tx
    .selectFrom('writes')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('write_id', '=', writeId)
    .executeTakeFirst();
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

/**
 * The same for a person's decision: undefined when a worker is ending a step of it right now. The caller holds the order, and a
 * worker's end asks for the order while it holds the write, so waiting here could wait for ever.
 */
export function lockWriteUnlessBusy(
  tx: Tx,
  companyId: string,
  writeId: number,
): Promise<WriteRow | undefined> {
  return tx
    .selectFrom('writes')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('write_id', '=', writeId)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}

/**
 * Moves a write in `error` because a person said so. The new epoch fences a read of it that is under way: what that read saw no
 * longer counts. The caller holds the write.
 */
export async function resolveWrite(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id'>,
  state: 'delivered' | 'queued' | 'cancelled',
  nowMs: number,
): Promise<void> {
  await sql`
    update writes set state = ${state}, due_at_ms = ${nowMs}::bigint, waiting_from = null, absences = 0, doubt_since_ms = null,
      attempts_used = case when ${state} = 'queued' then 0 else attempts_used end,
      freshness = case when ${state} = 'queued' then 'wanted' else freshness end,
      error_code = null, error_detail = null, held_by = null,
      lease_owner = null, lease_until_ms = null, lease_epoch = lease_epoch + 1, changed_at_ms = ${nowMs}::bigint
    where company_id = ${write.company_id} and write_id = ${write.write_id}`.execute(tx);
  // The lane goes on.
  await notify(tx, 'tableside_writes', '');
}

/** A write in `error` is read now rather than at its next minute, because somebody saw what a read will find. */
export async function readSoon(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id'>,
  nowMs: number,
): Promise<void> {
  await tx
    .updateTable('writes')
    .set({ due_at_ms: nowMs })
    .where('company_id', '=', write.company_id)
    .where('write_id', '=', write.write_id)
    .where('state', '=', 'error')
    .execute();
  await notify(tx, 'tableside_writes', '');
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

/** The write of a round that waits for an answer to "still want it?", locked; undefined when it no longer waits for one. */
export function lockAskedWrite(tx: Tx, companyId: string, roundId: string): Promise<WriteRow | undefined> {
  return tx
    .selectFrom('writes')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('round_id', '=', roundId as Reference)
    .where('freshness', '=', 'asked')
    .where('state', 'in', ['queued', 'locked', 'backing-off', 'waiting'])
    .forUpdate()
    .executeTakeFirst();
}

/** It is still wanted: it may go at once, through all its retries. */
export async function sendStill(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id'>,
  nowMs: number,
): Promise<void> {
  await changeWrite(tx, write, { freshness: 'wanted', due_at_ms: nowMs, changed_at_ms: nowMs });
  await notify(tx, 'tableside_writes', '');
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

/** Rounds that stand behind a write in its lane and have not ended. The caller holds their order. */
export function listRoundsBehind(
  tx: Tx,
  write: Pick<WriteRow, 'company_id' | 'write_id' | 'lane'>,
): Promise<WriteRow[]> {
  return tx
    .selectFrom('writes')
    .selectAll()
    .where('company_id', '=', write.company_id)
    .where('lane', '=', write.lane)
    .where('write_id', '>', write.write_id)
    .where('kind', 'in', ['create-order', 'append-round'])
    .where('state', 'not in', settledWriteStates)
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
