import type { Tx } from '#store/store.ts';
import { pollShardCount } from '../../../src/store/poll-shards.ts';
import { modelOf } from './database.ts';

export * from '../../../src/store/poll-shards.ts';

export function ensurePollShards(tx: Tx): Promise<void> {
  const { shards } = modelOf(tx).database;
  for (let shard = 0; shard < pollShardCount; shard += 1)
    shards.insert({ shard, owner: null, epoch: 0, lease_until_ms: 0 });
  return Promise.resolve();
}

export function leaseShards(
  tx: Tx,
  lease: { readonly owner: string; readonly nowMs: number; readonly untilMs: number },
): Promise<readonly number[]> {
  const { shards } = modelOf(tx).database;
  const all = shards.all();
  const isAlive = (row: (typeof all)[number]) => row.lease_until_ms >= lease.nowMs;
  const others = new Set(
    all.flatMap((row) => (row.owner !== null && row.owner !== lease.owner && isAlive(row) ? row.owner : [])),
  );
  const share = Math.ceil(pollShardCount / (others.size + 1));
  const mine = all.filter((row) => row.owner === lease.owner);
  const kept = mine.filter(isAlive).slice(0, share);
  const free = all
    .filter((row) => row.lease_until_ms < lease.nowMs && row.owner !== lease.owner)
    .slice(0, Math.max(0, share - kept.length));
  for (const row of mine) if (!kept.includes(row)) shards.update(row, { owner: null, lease_until_ms: 0 });
  for (const row of [...kept, ...free])
    shards.update(row, {
      owner: lease.owner,
      lease_until_ms: lease.untilMs,
      epoch: row.epoch + (row.owner === lease.owner ? 0 : 1),
    });
  return Promise.resolve([...kept, ...free].map((row) => row.shard));
}

export function releaseShards(tx: Tx, owner: string): Promise<void> {
  const { shards } = modelOf(tx).database;
  for (const row of shards.all())
    if (row.owner === owner) shards.update(row, { owner: null, lease_until_ms: 0 });
  return Promise.resolve();
}
