import { sql } from 'kysely';
import type { Reference } from '#domain/reference.ts';
import type { WriteKind, WriteState } from '#domain/write.ts';
import type { PosWrite } from '#contract/connector.ts';
import type { AttemptRow, WriteRow } from './schema.ts';
import type { Tx } from './store.ts';

/** D7: a write as its worker holds it. `epoch` fences: a completion with another one changes nothing. */
export type ClaimedWrite = {
  readonly companyId: string;
  readonly writeId: number;
  readonly locationId: string;
  readonly kind: WriteKind;
  /** The state it was found in. */
  readonly from: WriteState;
  readonly orderId: Reference | null;
  /** The order's reference in the POS, as it stands now. */
  readonly posRef: string | null;
  readonly payload: PosWrite;
  readonly step: 'send' | 'read-back';
  /** It was saved before its location came back: one of a drain. */
  readonly backlog: boolean;
  /** When the first send went out that this one repeats; null: it repeats none. */
  readonly doubtSinceMs: number | null;
  /** Of the connection to its location, as it stands now. */
  readonly revision: number;
  readonly epoch: number;
};

export type Claim = {
  readonly owner: string;
  readonly nowMs: number;
  readonly leaseUntilMs: number;
  /** Instant after which the attempt is cut off; recorded, not enforced here. */
  readonly deadlineAtMs: number;
  readonly limit: number;
  /** Of them, writes that wait since before their location came back: what a fleet drains at a time (D12). */
  readonly backlogLimit: number;
};

/** States a write is sent from. */
const sendable = sql.raw(`('queued', 'locked', 'backing-off')`);
/** States that have a next step when their instant has come; equal to the predicate of the index `writes_due`. */
const steppable = sql.raw(`('queued', 'locked', 'backing-off', 'unconfirmed', 'error')`);
/** States that let the next write of the lane go; equal to the predicate of the index `writes_lane`. */
const settled = sql.raw(`('delivered', 'refused', 'cancelled')`);

/**
 * A write `w` that nobody holds and whose instant has come. A round that must ask first is not due, whatever its instant.
 */
function isStepDue(nowMs: number) {
  return sql`(w.state in ${steppable} and w.due_at_ms <= ${nowMs}::bigint and coalesce(w.lease_until_ms, 0) < ${nowMs}::bigint
    and (w.state in ('unconfirmed', 'error') or w.freshness = 'wanted'
      or coalesce(w.fresh_until_ms, ${nowMs}::bigint) >= ${nowMs}::bigint))`;
}

/** A write `w` whose worker died while it was sending. */
function isAbandoned(nowMs: number) {
  return sql`(w.state = 'sending' and w.lease_until_ms < ${nowMs}::bigint)`;
}

/**
 * Nothing unsettled stands before `w` in its lane, or `w` was sent before its lane became part of another: it is asked about,
 * which changes nothing in the POS, and must not wait for a person who is asked about the write before it.
 */
const hasTurn = sql`not exists (select 1 from writes p where p.company_id = w.company_id and p.lane = w.lane
  and p.write_id < w.write_id and p.state not in ${settled} and (w.state in ${sendable} or w.last_sent_at_ms is null))`;

/** What a location `s` with connection `c` may still put in flight, over all workers. */
function freeAt(nowMs: number) {
  return sql`(case when s.draining then 1 else c.write_concurrency end - (
    select count(*) from writes f where f.company_id = s.company_id and f.location_id = s.location_id
      and f.lease_until_ms is not null and f.lease_until_ms >= ${nowMs}::bigint))`;
}

/**
 * Takes due writes: the head of each lane and what is only asked about, at most the connection's `write_concurrency` in flight per location over all
 * workers, one while it drains (D12). While a location is read-only nothing is sent, and a read back would only find silence. A send
 * is recorded as an attempt in this same commit (D2), before its first byte leaves. A write found in `sending` whose lease has run
 * out belonged to a worker that died: it is read back, never sent.
 *
 * Two statements on purpose: the advisory locks of the first make the second see every claim that was committed before.
 */
export async function claimWrites(tx: Tx, claim: Claim): Promise<readonly ClaimedWrite[]> {
  const places = await lockPlaces(tx, claim);
  if (places.length === 0) return [];
  const { nowMs } = claim;
  const claimed = await sql<ClaimedWrite>`
    with place as materialized (
      select s.company_id, s.location_id, s.draining, s.since_ms, c.revision, ${freeAt(nowMs)} as free
      from json_to_recordset(${JSON.stringify(places)}::json) as p(company_id text, location_id text)
      join location_statuses s using (company_id, location_id)
      join connections c using (company_id, location_id)
      where s.state = 'online'
    ), ranked as (
      select w.company_id, w.write_id, place.free, place.revision, w.created_at_ms < place.since_ms as backlog, row_number() over (
        partition by w.company_id, w.location_id
        -- Money first; then what guests ordered since the POS is back, as it falls due; then the backlog, youngest first.
        order by w.kind = 'mark-paid' desc, w.created_at_ms < place.since_ms,
          case when w.created_at_ms < place.since_ms then -w.created_at_ms else w.due_at_ms end, w.write_id
      ) as rank
      from writes w join place using (company_id, location_id)
      where w.state not in ${settled} and (${isStepDue(nowMs)} or ${isAbandoned(nowMs)}) and ${hasTurn}
    ), allowed as (
      select *, row_number() over (partition by backlog order by rank, write_id) as nth from ranked where rank <= free
    ), chosen as materialized (
      -- What somebody else is changing right now (a hold, an answer, a withdrawal) is left to the next claim.
      select w.ctid as place_in_table, w.company_id, w.write_id, w.state as from_state, allowed.backlog, allowed.revision
      from writes w join allowed using (company_id, write_id)
      where (not allowed.backlog or allowed.nth <= ${claim.backlogLimit}::int) and (${isStepDue(nowMs)} or ${isAbandoned(nowMs)})
      order by allowed.rank limit ${claim.limit}
      for update of w skip locked
    ), claimed as (
      update writes w set
        state = case when w.state in ${sendable} then 'sending' when w.state = 'sending' then 'unconfirmed' else w.state end,
        attempts_used = w.attempts_used + case when w.state in ${sendable} then 1 else 0 end,
        last_sent_at_ms = case when w.state in ${sendable} then ${nowMs}::bigint else w.last_sent_at_ms end,
        last_ended_at_ms = case when w.state in ${sendable} then null else w.last_ended_at_ms end,
        error_code = case when w.state in ${sendable} then null else w.error_code end,
        error_detail = case when w.state in ${sendable} then null else w.error_detail end,
        held_by = case when w.state in ${sendable} then null else w.held_by end,
        lease_owner = ${claim.owner}, lease_until_ms = ${claim.leaseUntilMs}::bigint, lease_epoch = w.lease_epoch + 1,
        changed_at_ms = ${nowMs}::bigint
      where w.ctid = any (array(select place_in_table from chosen))
      returning w.company_id, w.write_id, w.location_id, w.kind, w.state, w.order_id, w.payload, w.doubt_since_ms, w.lease_epoch
    ), attempted as (
      insert into attempts (company_id, write_id, attempt_no, step, epoch, started_at_ms, deadline_at_ms)
      select c.company_id, c.write_id,
        1 + (select count(*) from attempts a where a.company_id = c.company_id and a.write_id = c.write_id),
        case when c.state = 'sending' then 'send' else 'read-back' end, c.lease_epoch, ${nowMs}::bigint, ${claim.deadlineAtMs}::bigint
      from claimed c where c.state <> 'error'
    ), died as (
      update attempts a set outcome = 'died', ended_at_ms = ${nowMs}::bigint from claimed c
      where a.company_id = c.company_id and a.write_id = c.write_id and a.ended_at_ms is null and a.epoch < c.lease_epoch
    )
    select c.company_id as "companyId", c.write_id as "writeId", c.location_id as "locationId", c.kind, chosen.from_state as "from",
      c.order_id as "orderId", o.pos_ref as "posRef", c.payload,
      case when c.state = 'sending' then 'send' else 'read-back' end as step, c.doubt_since_ms as "doubtSinceMs", c.lease_epoch as epoch,
      chosen.backlog, chosen.revision
    from claimed c join chosen using (company_id, write_id)
    left join orders o on o.company_id = c.company_id and o.order_id = c.order_id
    order by c.write_id`.execute(tx);
  return claimed.rows;
}

/** Locations with a lane to move and room for it, held until the commit so that two workers do not count the same room. */
async function lockPlaces(
  tx: Tx,
  claim: Claim,
): Promise<readonly { readonly company_id: string; readonly location_id: string }[]> {
  const { nowMs } = claim;
  const locked = await sql<{ company_id: string; location_id: string }>`
    select company_id, location_id from (
      select s.company_id, s.location_id
      from (
        select w.company_id, w.location_id, min(w.due_at_ms) as due_at_ms, max(w.created_at_ms) as newest_at_ms from writes w
        where ${isStepDue(nowMs)} and ${hasTurn} group by 1, 2
        union all
        -- A branch of its own, so that each has its index.
        select w.company_id, w.location_id, min(w.lease_until_ms), max(w.created_at_ms) from writes w
        where ${isAbandoned(nowMs)} and ${hasTurn} group by 1, 2
      ) due
      join location_statuses s using (company_id, location_id)
      join connections c using (company_id, location_id)
      where s.state = 'online' and ${freeAt(nowMs)} > 0
      group by 1, 2, s.since_ms
      -- What a fleet drains must not stand in the way of what guests order elsewhere meanwhile.
      having ${claim.backlogLimit}::int > 0 or max(due.newest_at_ms) >= s.since_ms
      order by max(due.newest_at_ms) < s.since_ms, min(due.due_at_ms) limit ${claim.limit}
    ) place
    where pg_try_advisory_xact_lock(hashtextextended(place.company_id || ' ' || place.location_id, 0))`.execute(
    tx,
  );
  return locked.rows;
}

/** The write as its completion finds it, locked; undefined when another worker has taken it over. */
export function getLeasedWrite(tx: Tx, claimed: ClaimedWrite, owner: string): Promise<WriteRow | undefined> {
  return tx
    .selectFrom('writes')
    .selectAll()
    .where('company_id', '=', claimed.companyId)
    .where('write_id', '=', claimed.writeId)
    .where('lease_owner', '=', owner)
    .where('lease_epoch', '=', claimed.epoch)
    .forUpdate()
    .executeTakeFirst();
}

export type WriteEnd = {
  readonly state: WriteState;
  readonly dueAtMs: number;
  readonly attemptsUsed: number;
  readonly absences: number;
  readonly doubtSinceMs: number | null;
  readonly waitingFrom: WriteState | null;
  readonly errorCode: WriteRow['error_code'];
  readonly errorDetail: string | null;
  readonly heldBy: string | null;
  /** When the attempt began, which its claim can only guess; null where nothing was sent. */
  readonly sentStartedAtMs: number | null;
  /** End of the attempt; null after a read back, because schedules count from sends. */
  readonly sentEndedAtMs: number | null;
  readonly outcome: AttemptRow['outcome'];
  readonly nowMs: number;
};

/** Ends a step: the attempt's row and the write's next state. The caller holds the row through `getLeasedWrite`. */
export async function endStep(tx: Tx, write: WriteRow, end: WriteEnd): Promise<void> {
  await sql`
    with ended as (
      update attempts set ended_at_ms = ${end.sentEndedAtMs ?? end.nowMs}::bigint, outcome = ${end.outcome}, error_code = ${end.errorCode},
        error_detail = ${end.errorDetail}
      where company_id = ${write.company_id} and write_id = ${write.write_id} and epoch = ${write.lease_epoch}
    )
    update writes set state = ${end.state}, due_at_ms = ${end.dueAtMs}::bigint, attempts_used = ${end.attemptsUsed}::int,
      absences = ${end.absences}::int, doubt_since_ms = ${end.doubtSinceMs}::bigint, waiting_from = ${end.waitingFrom},
      last_sent_at_ms = coalesce(${end.sentStartedAtMs}::bigint, last_sent_at_ms),
      last_ended_at_ms = coalesce(${end.sentEndedAtMs}::bigint, last_ended_at_ms),
      error_code = ${end.errorCode}, error_detail = ${end.errorDetail}, held_by = ${end.heldBy},
      lease_owner = null, lease_until_ms = null, changed_at_ms = ${end.nowMs}::bigint
    where company_id = ${write.company_id} and write_id = ${write.write_id}`.execute(tx);
}

/** Keeps the writes a worker is busy with its own. */
export async function renewLeases(
  tx: Tx,
  lease: { readonly owner: string; readonly writeIds: readonly number[]; readonly untilMs: number },
): Promise<void> {
  await sql`
    update writes set lease_until_ms = ${lease.untilMs}::bigint
    where write_id = any (${lease.writeIds}::bigint[]) and lease_owner = ${lease.owner} and lease_until_ms is not null`.execute(
    tx,
  );
}

/**
 * The first instant after `nowMs` at which a write nobody holds is due, or the lease of one runs out that its worker may have
 * left behind; undefined when none waits for an instant.
 */
export async function getNextDueAtMs(tx: Tx, nowMs: number): Promise<number | undefined> {
  const next = await sql<{ due_at_ms: number | null }>`
    select least(
      (select min(due_at_ms) from writes where state in ${steppable} and lease_until_ms is null and due_at_ms > ${nowMs}::bigint),
      (select min(lease_until_ms) + 1 from writes where lease_until_ms is not null and lease_until_ms >= ${nowMs}::bigint)
    ) as due_at_ms`.execute(tx);
  return next.rows[0]?.due_at_ms ?? undefined;
}

/** Locations where a write has a next step, the soonest first. Runs as worker. */
export async function listPlacesInTurn(
  tx: Tx,
  limit: number,
): Promise<readonly { readonly companyId: string; readonly locationId: string }[]> {
  const places = await sql<{ companyId: string; locationId: string }>`
    select company_id as "companyId", location_id as "locationId" from writes where state in ${steppable}
    group by 1, 2 order by min(due_at_ms), 1, 2 limit ${limit}`.execute(tx);
  return places.rows;
}
