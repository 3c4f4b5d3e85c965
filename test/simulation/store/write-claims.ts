import type { WriteRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { Claim, ClaimedWrite, WriteEnd } from '../../../src/store/write-claims.ts';
import { keyOf, modelOf, see } from './database.ts';
import type { ModelDatabase } from './database.ts';

export * from '../../../src/store/write-claims.ts';

const sendable: readonly string[] = ['queued', 'locked', 'backing-off'];
const steppable: readonly string[] = [...sendable, 'unconfirmed', 'error'];

function isStepDue(write: WriteRow, nowMs: number): boolean {
  return (
    write.due_at_ms <= nowMs &&
    (write.lease_until_ms ?? 0) < nowMs &&
    steppable.includes(write.state) &&
    (!sendable.includes(write.state) ||
      write.freshness === 'wanted' ||
      (write.fresh_until_ms ?? nowMs) >= nowMs)
  );
}

function isAbandoned(write: WriteRow, nowMs: number): boolean {
  return write.state === 'sending' && write.lease_until_ms !== null && write.lease_until_ms < nowMs;
}

type Room = { readonly sinceMs: number; readonly free: number };

/** What a location may still put in flight; undefined while it is read-only. */
function roomAt(database: ModelDatabase, write: WriteRow, nowMs: number): Room | undefined {
  const status = database.statuses.get(write.company_id, write.location_id);
  const connection = database.connections.get(write.company_id, write.location_id);
  if (status?.state !== 'online' || connection === undefined) return undefined;
  let inFlight = 0;
  database.unsettledAt.each(keyOf(write.company_id, write.location_id), (other) => {
    if (other.lease_until_ms !== null && other.lease_until_ms >= nowMs) inFlight += 1;
  });
  return {
    sinceMs: status.since_ms,
    free: (status.draining ? 1 : connection.write_concurrency) - inFlight,
  };
}

export function claimWrites(tx: Tx, claim: Claim): Promise<readonly ClaimedWrite[]> {
  const { database } = modelOf(tx);
  const { nowMs } = claim;
  const due: WriteRow[] = [];
  const take = (write: WriteRow) => {
    if (isStepDue(write, nowMs) || isAbandoned(write, nowMs)) due.push(write);
  };
  database.heads.forEach(take);
  database.asked.each('', (write) => {
    if (database.heads.get(keyOf(write.company_id, write.lane)) !== write) take(write);
  });
  if (due.length === 0) return Promise.resolve([]);
  const ranked = [...Map.groupBy(due, (write) => keyOf(write.company_id, write.location_id)).values()]
    .flatMap((writes) => chooseAt(database, writes, nowMs))
    .toSorted((a, b) => a.rank - b.rank || a.write.write_id - b.write.write_id);
  const drained = new Set(ranked.filter(({ backlog }) => backlog).slice(0, claim.backlogLimit));
  const chosen = ranked.filter((one) => !one.backlog || drained.has(one)).slice(0, claim.limit);
  return Promise.resolve(
    chosen
      .map(({ write, backlog }) => ({ ...claimOne(database, write, claim), backlog }))
      .toSorted((a, b) => a.writeId - b.writeId),
  );
}

function chooseAt(database: ModelDatabase, writes: readonly WriteRow[], nowMs: number) {
  const [first] = writes;
  const room = first === undefined ? undefined : roomAt(database, first, nowMs);
  if (room === undefined || room.free <= 0) return [];
  // Money first; then what was ordered since the POS is back, as it falls due; then the backlog, youngest first.
  const rankOf = (write: WriteRow): readonly number[] => {
    const isBacklog = write.created_at_ms < room.sinceMs;
    return [
      write.kind === 'mark-paid' ? 0 : 1,
      isBacklog ? 1 : 0,
      isBacklog ? -write.created_at_ms : write.due_at_ms,
      write.write_id,
    ];
  };
  return writes
    .map((write) => ({ write, key: rankOf(write) }))
    .toSorted((a, b) => compare(a.key, b.key))
    .slice(0, room.free)
    .map(({ write }, rank) => ({ write, rank, backlog: write.created_at_ms < room.sinceMs }));
}

function compare(left: readonly number[], right: readonly number[]): number {
  const index = left.findIndex((value, at) => value !== right[at]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

function claimOne(database: ModelDatabase, write: WriteRow, claim: Claim): Omit<ClaimedWrite, 'backlog'> {
  const { nowMs } = claim;
  const isSend = sendable.includes(write.state);
  const row = database.writes.update(write, {
    state: isSend ? 'sending' : write.state === 'sending' ? 'unconfirmed' : write.state,
    ...(isSend
      ? {
          attempts_used: write.attempts_used + 1,
          last_sent_at_ms: nowMs,
          last_ended_at_ms: null,
          error_code: null,
          error_detail: null,
          held_by: null,
        }
      : {}),
    lease_owner: claim.owner,
    lease_until_ms: claim.leaseUntilMs,
    lease_epoch: write.lease_epoch + 1,
    changed_at_ms: nowMs,
  });
  const step = isSend ? 'send' : 'read-back';
  const attempts = database.attemptsOfWrite.find(keyOf(row.company_id, row.write_id));
  for (const attempt of attempts)
    if (attempt.ended_at_ms === null && attempt.epoch < row.lease_epoch)
      database.attempts.update(attempt, { outcome: 'died', ended_at_ms: nowMs });
  if (row.state !== 'error')
    database.attempts.put({
      company_id: row.company_id,
      write_id: row.write_id,
      attempt_no: attempts.length + 1,
      step,
      epoch: row.lease_epoch,
      started_at_ms: nowMs,
      deadline_at_ms: claim.deadlineAtMs,
      ended_at_ms: null,
      outcome: null,
      error_code: null,
      error_detail: null,
    });
  const order = row.order_id === null ? undefined : database.orders.get(row.company_id, row.order_id);
  return {
    companyId: row.company_id,
    writeId: row.write_id,
    locationId: row.location_id,
    kind: row.kind,
    from: write.state,
    orderId: row.order_id,
    posRef: order?.pos_ref ?? null,
    payload: row.payload,
    step,
    doubtSinceMs: row.doubt_since_ms,
    revision: database.connections.get(row.company_id, row.location_id)?.revision ?? 0,
    epoch: row.lease_epoch,
  };
}

export function getLeasedWrite(tx: Tx, claimed: ClaimedWrite, owner: string): Promise<WriteRow | undefined> {
  const row = see(tx, claimed.companyId).writes.get(claimed.companyId, claimed.writeId);
  const isHeld = row?.lease_owner === owner && row.lease_epoch === claimed.epoch;
  return Promise.resolve(isHeld ? row : undefined);
}

export function endStep(tx: Tx, write: WriteRow, end: WriteEnd): Promise<void> {
  const database = see(tx, write.company_id);
  for (const attempt of database.attemptsOfWrite.find(keyOf(write.company_id, write.write_id)))
    if (attempt.epoch === write.lease_epoch)
      database.attempts.update(attempt, {
        ended_at_ms: end.nowMs,
        outcome: end.outcome,
        error_code: end.errorCode,
        error_detail: end.errorDetail,
      });
  const row = database.writes.get(write.company_id, write.write_id);
  if (row === undefined) return Promise.resolve();
  database.writes.update(row, {
    state: end.state,
    due_at_ms: end.dueAtMs,
    attempts_used: end.attemptsUsed,
    absences: end.absences,
    doubt_since_ms: end.doubtSinceMs,
    waiting_from: end.waitingFrom,
    last_sent_at_ms: end.sentStartedAtMs ?? row.last_sent_at_ms,
    last_ended_at_ms: end.sentEndedAtMs ?? row.last_ended_at_ms,
    error_code: end.errorCode,
    error_detail: end.errorDetail,
    held_by: end.heldBy,
    lease_owner: null,
    lease_until_ms: null,
    changed_at_ms: end.nowMs,
  });
  return Promise.resolve();
}

export function renewLeases(
  tx: Tx,
  lease: { readonly owner: string; readonly writeIds: readonly number[]; readonly untilMs: number },
): Promise<void> {
  const { database } = modelOf(tx);
  const ids = new Set(lease.writeIds);
  for (const row of database.unsettled.find(''))
    if (ids.has(row.write_id) && row.lease_owner === lease.owner && row.lease_until_ms !== null)
      database.writes.update(row, { lease_until_ms: lease.untilMs });
  return Promise.resolve();
}

export function getNextDueAtMs(tx: Tx, nowMs: number): Promise<number | undefined> {
  let nextMs = Number.POSITIVE_INFINITY;
  modelOf(tx).database.unsettled.each('', (row) => {
    if (row.lease_until_ms === null) {
      if (row.due_at_ms > nowMs && row.due_at_ms < nextMs && steppable.includes(row.state))
        nextMs = row.due_at_ms;
    } else if (row.lease_until_ms >= nowMs) nextMs = Math.min(nextMs, row.lease_until_ms + 1);
  });
  return Promise.resolve(Number.isFinite(nextMs) ? nextMs : undefined);
}

export function listPlacesInTurn(
  tx: Tx,
  limit: number,
): Promise<readonly { readonly companyId: string; readonly locationId: string }[]> {
  const dueAtMs = new Map<string, number>();
  const places = new Map<string, { readonly companyId: string; readonly locationId: string }>();
  modelOf(tx).database.unsettled.each('', (row) => {
    if (!steppable.includes(row.state)) return;
    const place = keyOf(row.company_id, row.location_id);
    places.set(place, { companyId: row.company_id, locationId: row.location_id });
    dueAtMs.set(place, Math.min(dueAtMs.get(place) ?? Number.POSITIVE_INFINITY, row.due_at_ms));
  });
  const inTurn = [...dueAtMs].toSorted(([a, aMs], [b, bMs]) => aMs - bMs || (a < b ? -1 : 1));
  return Promise.resolve(inTurn.slice(0, limit).flatMap(([place]) => places.get(place) ?? []));
}
