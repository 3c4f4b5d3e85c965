import pg from 'pg';
import { retryDelayMs } from '#contract/schedule.ts';
import { minuteMs } from '#domain/time.ts';
import type { WriteKind } from '#domain/write.ts';

/** A stretch of time in which something other than a kill decides how fast anything goes. */
export type Disturbance = { readonly kind: string; readonly fromMs: number; readonly toMs: number };

/** A request on its way to the POS, over a connection of one process to one location. */
export type PosRequest = {
  readonly atMs: number;
  readonly connection: string;
  /** The POS's order that it is about, where it names one. */
  readonly posRef?: string;
};

/** Kills look for lanes they held up; afterwards the attempts tell how long that lasted. */
export interface Figures {
  /** The process with these leases is gone, or frozen. `counts` false: it only ends what earlier kills wait for. */
  noteEnd(owner: string | undefined, atMs: number, counts: boolean): Promise<void>;
  disturb(kind: string, fromMs: number, toMs: number): void;
  /** Something was done to a location's exchange with its POS. */
  noteFault(locationId: string, atMs: number): void;
  noteRequest(request: PosRequest): void;
  read(): Promise<Measured>;
  close(): Promise<void>;
}

export type Spread = {
  readonly samples: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
};
export type Retries = Spread & {
  /** Share of all samples that began within 250 ms of their instant; null: no samples. */
  readonly within250: number | null;
  /** Retries that say nothing of the schedule, see `readRetries`. */
  readonly leftOut: number;
  /** By wait in seconds: samples and the latest of them. */
  readonly waits: Readonly<Record<string, { readonly samples: number; readonly max: number }>>;
};
export type Measured = {
  /** From a kill to the next send of a lane that the dead process held up, milliseconds. `never`: it was not sent again. */
  readonly recovery: Spread & { readonly never: number; readonly leftOut: number };
  /** What happened at the location of each slow sample, to be read by a person. */
  readonly slow: readonly string[];
  /** From a retry's instant to its first byte on the way to the POS, milliseconds. */
  readonly retries: Retries;
};

type Fault = { readonly locationId: string; readonly atMs: number };

type Held = {
  readonly atMs: number;
  readonly place: string;
  readonly companyId: string;
  readonly locationId: string;
  readonly writeIds: readonly number[];
  readonly counts: boolean;
};

/** How far two processes' clocks may be apart, milliseconds. */
const clocksApartMs = 25;
/** Samples over this are told of. */
const slowRecoveryMs = 5_000;
const slowRetryMs = 250;
/** After a kill at the very end nothing may be sent any more. */
const settleMs = 30_000;

export function makeFigures(url: string): Figures {
  const pool = new pg.Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 1_000 });
  pool.on('error', () => undefined);
  const ended: Held[] = [];
  const disturbances: Disturbance[] = [];
  const faults: Fault[] = [];
  const endedAtMs: number[] = [];
  const requests: PosRequest[] = [];
  return {
    async noteEnd(owner, atMs, counts) {
      endedAtMs.push(atMs);
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
    noteFault: (locationId, atMs) => void faults.push({ locationId, atMs }),
    noteRequest: (request) => void requests.push(request),
    async read() {
      const slow: string[] = [];
      const told = { pool, faults, slow };
      const recovery = await readRecovery(told, ended, disturbances);
      const retries = await readRetries(told, { requests, disturbances, endedAtMs });
      return { recovery, retries, slow };
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

type Told = { readonly pool: pg.Pool; readonly faults: readonly Fault[]; readonly slow: string[] };

/** Adds what happened at a location to what is told of slow samples. */
async function tellSlow({ pool, faults, slow }: Told, what: string, span: Stretch): Promise<void> {
  const { rows } = await pool.query<AttemptRow>(
    `select a.*, w.location_id, w.kind, null as pos_ref from attempts a join writes w using (company_id, write_id)
     where w.company_id = $1 and w.location_id = $2 and a.started_at_ms <= $4 and coalesce(a.ended_at_ms, $4) >= $3
     order by a.started_at_ms`,
    [span.companyId, span.locationId, span.fromMs, span.toMs],
  );
  const after = (atMs: string | null) => (atMs === null ? '?' : Math.round(Number(atMs) - span.fromMs));
  const attempts = rows.map(
    (row) =>
      `${row.write_id} ${row.kind} ${row.step} ${after(row.started_at_ms)}–${after(row.ended_at_ms)} ${row.outcome}`,
  );
  const hurt = faults
    .filter(
      (one) =>
        one.locationId === span.locationId && one.atMs <= span.toMs && one.atMs > span.fromMs - minuteMs,
    )
    .map((one) => Math.round(one.atMs - span.fromMs));
  slow.push(`${what} at ${span.locationId}: ${attempts.join(', ')}; faults at ${hurt.join(' ')}`);
}

type Stretch = {
  readonly companyId: string;
  readonly locationId: string;
  readonly fromMs: number;
  readonly toMs: number;
};

async function readRecovery(
  told: Told,
  ended: readonly Held[],
  disturbances: readonly Disturbance[],
): Promise<Measured['recovery']> {
  const { pool, faults } = told;
  const delays: number[] = [];
  let never = 0;
  let leftOut = 0;
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
    // Whoever takes the turn first reads back what the dead process was sending: that takes as long as the POS's answer does.
    const isHurt = faults.some(
      (fault) => fault.locationId === held.locationId && fault.atMs >= held.atMs && fault.atMs <= untilMs,
    );
    if (isWithheld || isSucceeded || isHurt || isDisturbed(disturbances, held.atMs, untilMs)) {
      leftOut += 1;
      continue;
    }
    if (sentAtMs === Infinity) never += 1;
    else delays.push(sentAtMs - held.atMs);
    if (sentAtMs - held.atMs > slowRecoveryMs)
      await tellSlow(
        told,
        `sent ${Math.round(sentAtMs - held.atMs)} ms after a kill: ${held.writeIds.join(' ')}`,
        {
          ...held,
          fromMs: held.atMs,
          toMs: untilMs,
        },
      );
  }
  return { ...spreadOf(delays), never, leftOut };
}

type AttemptRow = {
  company_id: string;
  write_id: string;
  location_id: string;
  kind: WriteKind;
  pos_ref: string | null;
  step: string;
  started_at_ms: string;
  ended_at_ms: string | null;
  outcome: string | null;
};

type Retry = {
  readonly waitMs: number;
  /** The end of the failed attempt, as its worker saved it, and the wait. */
  readonly dueAtMs: number;
  readonly next: AttemptRow;
};

/**
 * How late each retry's first byte was on its way, as the proxy in front of the POS saw it. Only retries whose instant was theirs
 * alone: the location was online from one attempt to the next and nothing else had its turn there, because a turn that is taken is
 * kept, whatever the schedule says; nobody died or froze at that instant, who may have been taking it; and the database was well.
 */
async function readRetries(
  told: Told,
  seen: {
    readonly requests: readonly PosRequest[];
    readonly disturbances: readonly Disturbance[];
    readonly endedAtMs: readonly number[];
  },
): Promise<Retries> {
  const { pool } = told;
  const { rows } = await pool.query<AttemptRow>(
    `select a.company_id, a.write_id, w.location_id, w.kind, o.pos_ref, a.step, a.started_at_ms, a.ended_at_ms, a.outcome
     from attempts a join writes w using (company_id, write_id) left join orders o using (company_id, order_id)
     order by a.started_at_ms`,
  );
  const { rows: withheld } = await pool.query<{ write_id: string }>(
    `select distinct facts->>'writeId' as write_id from "order-flow" where facts->>'event' like '%→ waiting'`,
  );
  const waited = new Set(withheld.map((row) => row.write_id));
  const byLocation = Map.groupBy(rows, (row) => row.location_id);
  const sent: Sent = {
    byOrder: Map.groupBy(seen.requests, ({ posRef }) => posRef),
    byConnection: Map.groupBy(seen.requests, ({ connection }) => connection),
  };
  const late: { readonly waitMs: number; readonly ms: number }[] = [];
  const retries = [...Map.groupBy(rows, (row) => row.write_id).values()].flatMap(listRetries);
  for (const { waitMs, dueAtMs, next } of retries) {
    const sentAtMs = firstRequest(sent, next);
    if (sentAtMs === undefined || waited.has(next.write_id)) continue;
    const hadTurn = (byLocation.get(next.location_id) ?? []).some(
      (other) =>
        other !== next &&
        Number(other.started_at_ms) <= sentAtMs &&
        Number(other.ended_at_ms ?? Infinity) >= dueAtMs,
    );
    const hasDied = seen.endedAtMs.some((atMs) => atMs >= dueAtMs && atMs <= sentAtMs);
    if (hadTurn || hasDied || isDisturbed(seen.disturbances, dueAtMs, sentAtMs)) continue;
    const ms = sentAtMs - dueAtMs;
    late.push({ waitMs, ms });
    if (ms < -clocksApartMs || ms > slowRetryMs)
      await tellSlow(told, `retry of ${next.write_id} ${Math.round(ms)} ms after its instant`, {
        companyId: next.company_id,
        locationId: next.location_id,
        fromMs: dueAtMs,
        toMs: sentAtMs,
      });
  }
  const byWait = [...Map.groupBy(late, ({ waitMs }) => waitMs)].toSorted(([left], [right]) => left - right);
  const spread = spreadOf(late.map(({ ms }) => ms));
  return {
    ...spread,
    // Too early is as wrong as too late; clocks of two processes agree to a few milliseconds.
    within250:
      late.length === 0
        ? null
        : late.filter(({ ms }) => ms >= -clocksApartMs && ms <= slowRetryMs).length / late.length,
    leftOut: retries.length - late.length,
    waits: Object.fromEntries(
      byWait.map(([waitMs, samples]) => [
        `${waitMs / 1_000} s`,
        { samples: samples.length, max: Math.round(Math.max(...samples.map(({ ms }) => ms))) },
      ]),
    ),
  };
}

function listRetries(attempts: readonly AttemptRow[]): readonly Retry[] {
  const sends = attempts.filter((attempt) => attempt.step === 'send');
  return sends.slice(1).flatMap((next, index) => {
    const before = sends[index];
    const waitMs = retryDelayMs(next.kind, index + 1);
    if (before === undefined || before.ended_at_ms === null || waitMs === undefined) return [];
    if (before.outcome !== 'locked' && before.outcome !== 'not-applied') return [];
    return [{ waitMs, dueAtMs: Number(before.ended_at_ms) + waitMs, next }];
  });
}

type Sent = {
  /** Undefined: those that name none. */
  readonly byOrder: ReadonlyMap<string | undefined, readonly PosRequest[]>;
  readonly byConnection: ReadonlyMap<string, readonly PosRequest[]>;
};

/**
 * When the first request of an attempt passed on its way to the POS. Until the POS named the order none can be told. A process that just
 * started asks first, over the same connection, whether it reached the right restaurant.
 */
function firstRequest({ byOrder, byConnection }: Sent, attempt: AttemptRow): number | undefined {
  const beganAtMs = Number(attempt.started_at_ms) - clocksApartMs;
  const endedAtMs = Number(attempt.ended_at_ms ?? Infinity);
  const about = byOrder
    .get(orderKey(attempt.pos_ref ?? ''))
    ?.find(({ atMs }) => atMs >= beganAtMs && atMs <= endedAtMs);
  return about === undefined
    ? undefined
    : byConnection.get(about.connection)?.find(({ atMs }) => atMs >= beganAtMs)?.atMs;
}

/** An order's own id, however it is written. */
export function orderKey(posRef: string): string {
  return posRef.replaceAll(/[{}]/g, '').toUpperCase();
}

function isDisturbed(disturbances: readonly Disturbance[], fromMs: number, toMs: number): boolean {
  return disturbances.some((one) => one.fromMs <= toMs && one.toMs >= fromMs);
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number) => Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0);
  return { samples: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
