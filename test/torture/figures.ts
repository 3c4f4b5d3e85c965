import pg from 'pg';
import { retryDelayMs } from '#contract/schedule.ts';
import type { WriteKind } from '#domain/write.ts';

/** A stretch of time in which something other than a kill decides how fast anything goes. */
export type Disturbance = { readonly kind: string; readonly fromMs: number; readonly toMs: number };

/** Kills look for lanes they held up; afterwards the attempts tell how long that lasted. */
export interface Figures {
  /** The process with these leases is gone, or frozen. `counts` false: it only ends what earlier kills wait for. */
  noteEnd(owner: string | undefined, atMs: number, counts: boolean): Promise<void>;
  disturb(kind: string, fromMs: number, toMs: number): void;
  read(): Promise<Measured>;
  close(): Promise<void>;
}

export type Spread = {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};
export type Measured = {
  /** From a kill to the next send of a lane that the dead process held up, milliseconds. */
  readonly recovery: Spread & { readonly never: number };
  /** How late a retry began after its instant, milliseconds. */
  readonly retries: Spread & { readonly within250: number | null };
};

type Held = {
  readonly atMs: number;
  readonly place: string;
  readonly companyId: string;
  readonly locationId: string;
  readonly writeIds: readonly number[];
  readonly counts: boolean;
};

/** After a kill at the very end nothing may be sent any more. */
const settleMs = 30_000;

export function makeFigures(url: string): Figures {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 1_000 });
  pool.on('error', () => undefined);
  const ended: Held[] = [];
  const disturbances: Disturbance[] = [];
  return {
    async noteEnd(owner, atMs, counts) {
      if (owner === undefined) return;
      try {
        const { rows } = await pool.query<HeldRow>(heldLanes, [owner, atMs]);
        for (const row of rows)
          ended.push({
            atMs,
            place: `${row.company_id} ${row.location_id}`,
            companyId: row.company_id,
            locationId: row.location_id,
            writeIds: row.write_ids.map(Number),
            counts: counts && row.write_ids.length > 0,
          });
      } catch {
        // The database is down as well: a kill that cannot be looked at is no sample.
      }
    },
    disturb: (kind, fromMs, toMs) => void disturbances.push({ kind, fromMs, toMs }),
    async read() {
      const lateness = await readRetries(pool, disturbances);
      return {
        recovery: await readRecovery(pool, ended, disturbances),
        retries: {
          ...spreadOf(lateness),
          within250:
            lateness.length === 0 ? null : lateness.filter((ms) => ms <= 250).length / lateness.length,
        },
      };
    },
    close: () => pool.end(),
  };
}

type HeldRow = { company_id: string; location_id: string; write_ids: string[] };

/**
 * Lanes that a process kept from being sent when it ended: at each location where it held the only turn, the heads that were due
 * and not in `sending`. $1 its lease owner, $2 now.
 */
const heldLanes = `
  with held as (
    select distinct company_id, location_id from writes where lease_owner = $1 and lease_until_ms >= $2
  )
  select h.company_id, h.location_id, coalesce(array_agg(w.write_id) filter (where w.write_id is not null), '{}') as write_ids
  from held h
  join location_statuses s on s.company_id = h.company_id and s.location_id = h.location_id
  left join writes w on w.company_id = h.company_id and w.location_id = h.location_id and s.state = 'online'
    and w.state in ('queued', 'locked', 'backing-off') and w.due_at_ms <= $2
    and not exists (select 1 from writes p where p.company_id = w.company_id and p.lane = w.lane and p.write_id < w.write_id
      and p.state not in ('delivered', 'refused', 'cancelled'))
  group by 1, 2`;

async function readRecovery(
  pool: pg.Pool,
  ended: readonly Held[],
  disturbances: readonly Disturbance[],
): Promise<Measured['recovery']> {
  const delays: number[] = [];
  let never = 0;
  for (const held of ended) {
    if (!held.counts) continue;
    const { rows } = await pool.query<{ sent: string | null; withheld: string | null }>(
      `select
        (select min(started_at_ms) from attempts
          where company_id = $1 and write_id = any ($2) and step = 'send' and started_at_ms >= $4) as sent,
        (select min(at_ms) from "order-flow" where company_id = $1 and location_id = $3 and at_ms >= $4
          and facts->>'event' like '%→ waiting') as withheld`,
      [held.companyId, held.writeIds, held.locationId, held.atMs],
    );
    const sentAtMs = Number(rows[0]?.sent ?? Infinity);
    const untilMs = Math.min(sentAtMs, held.atMs + settleMs);
    // The POS was lost meanwhile, or the next process that took the turn was ended too: that one's sample goes on.
    const isWithheld = Number(rows[0]?.withheld ?? Infinity) <= untilMs;
    const isSucceeded = ended.some(
      (other) => other.place === held.place && other.atMs > held.atMs && other.atMs <= untilMs,
    );
    if (isWithheld || isSucceeded || isDisturbed(disturbances, held.atMs, untilMs)) continue;
    if (sentAtMs === Infinity) never += 1;
    else delays.push(sentAtMs - held.atMs);
  }
  return { ...spreadOf(delays), never };
}

function isDisturbed(disturbances: readonly Disturbance[], fromMs: number, toMs: number): boolean {
  return disturbances.some((one) => one.fromMs <= toMs && one.toMs >= fromMs);
}

type AttemptRow = {
  company_id: string;
  write_id: string;
  location_id: string;
  kind: WriteKind;
  step: string;
  started_at_ms: string;
  ended_at_ms: string | null;
  outcome: string | null;
};

/**
 * How late each retry began. Only retries whose instant was theirs alone: the location was online from one attempt to the next and
 * nothing else had its turn, because a turn that is taken is kept, whatever the schedule says.
 */
async function readRetries(pool: pg.Pool, disturbances: readonly Disturbance[]): Promise<readonly number[]> {
  const { rows } = await pool.query<AttemptRow>(
    `select a.company_id, a.write_id, w.location_id, w.kind, a.step, a.started_at_ms, a.ended_at_ms, a.outcome
     from attempts a join writes w using (company_id, write_id) order by a.started_at_ms`,
  );
  const { rows: withheld } = await pool.query<{ write_id: string }>(
    `select distinct facts->>'writeId' as write_id from "order-flow" where facts->>'event' like '%→ waiting'`,
  );
  const waited = new Set(withheld.map((row) => row.write_id));
  const byLocation = Map.groupBy(rows, (row) => row.location_id);
  const lateness: number[] = [];
  for (const attempts of Map.groupBy(rows, (row) => row.write_id).values()) {
    const sends = attempts.filter((attempt) => attempt.step === 'send');
    for (const [index, next] of sends.slice(1).entries()) {
      const before = sends[index];
      const delayMs = retryDelayMs(next.kind, index + 1);
      if (before?.ended_at_ms === undefined || before.ended_at_ms === null || delayMs === undefined) continue;
      if (before.outcome !== 'locked' && before.outcome !== 'not-applied') continue;
      if (waited.has(next.write_id)) continue;
      const dueAtMs = Number(before.ended_at_ms) + delayMs;
      const sentAtMs = Number(next.started_at_ms);
      const hadTurn = (byLocation.get(next.location_id) ?? []).some(
        (other) =>
          other !== next &&
          Number(other.started_at_ms) <= sentAtMs &&
          Number(other.ended_at_ms ?? Infinity) >= dueAtMs,
      );
      if (hadTurn || isDisturbed(disturbances, dueAtMs, sentAtMs)) continue;
      lateness.push(sentAtMs - dueAtMs);
    }
  }
  return lateness;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { samples: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
