import { sql } from 'kysely';
import type { Tx } from './store.ts';

/** Locations are shared out among workers in this many parts. */
export const pollShardCount = 64;

/** Rows for all shards, made once. */
export async function ensurePollShards(tx: Tx): Promise<void> {
  await sql`insert into poll_shards (shard) select generate_series(0, ${pollShardCount - 1}) on conflict do nothing`.execute(
    tx,
  );
}

/**
 * Renews the shards this worker has and takes free ones, up to its fair share of all. A worker that dies loses its shards when
 * their lease runs out. Returns the shards it holds now.
 */
export async function leaseShards(
  tx: Tx,
  lease: { readonly owner: string; readonly nowMs: number; readonly untilMs: number },
): Promise<readonly number[]> {
  const workers = await sql<{ owner: string }>`
    select distinct owner from poll_shards where owner is not null and lease_until_ms >= ${lease.nowMs}`.execute(
    tx,
  );
  const others = workers.rows.filter((row) => row.owner !== lease.owner).length;
  const share = Math.ceil(pollShardCount / (others + 1));
  const held = await sql<{ shard: number }>`
    with keep as (
      select shard from poll_shards where owner = ${lease.owner} and lease_until_ms >= ${lease.nowMs}
      order by shard limit ${share} for update skip locked
    ), dropped as (
      update poll_shards set owner = null, lease_until_ms = 0
      where owner = ${lease.owner} and shard not in (select shard from keep)
    ), free as (
      select shard from poll_shards where lease_until_ms < ${lease.nowMs} and (owner is null or owner <> ${lease.owner})
      order by shard limit greatest(0, ${share} - (select count(*) from keep)) for update skip locked
    )
    update poll_shards p set owner = ${lease.owner}, lease_until_ms = ${lease.untilMs},
      epoch = p.epoch + case when p.owner is distinct from ${lease.owner} then 1 else 0 end
    where p.shard in (select shard from keep union all select shard from free)
    returning p.shard`.execute(tx);
  return held.rows.map((row) => row.shard);
}

export async function releaseShards(tx: Tx, owner: string): Promise<void> {
  await tx
    .updateTable('poll_shards')
    .set({ owner: null, lease_until_ms: 0 })
    .where('owner', '=', owner)
    .execute();
}
