import { parentPort, workerData } from 'node:worker_threads';
import { hitsMin } from './coverage.ts';
import type { Coverage } from './coverage.ts';
import type { Patch } from './hooks.ts';
import { useHooks } from './hooks.ts';
import type { WorldOptions, WorldResult } from './world.ts';

/** What a worker thread is given. Seeds are shared out by a counter that all threads see. */
export type WorkerJob = {
  readonly firstSeed: number;
  /** Ends when the counters say so: [seeds taken, orders done, stop]. */
  readonly shared: SharedArrayBuffer;
  readonly ordersWanted: number;
  readonly seedsMax: number;
  readonly patches: readonly Patch[];
  readonly world: Omit<WorldOptions, 'store' | 'peek' | 'peekMoney' | 'seed' | 'onTrace'>;
  /** So many seeds run twice, and their traces are compared. */
  readonly seedsTwice: number;
  /** Hits of each cell so far, in the order of `listCells`: storms aim at the thinnest. */
  readonly hits: SharedArrayBuffer | undefined;
};

export type SeedReport = Omit<WorldResult, 'coverage' | 'faults'> & {
  readonly coverage: Coverage;
  readonly faultCount: number;
  /** What the storms aimed at. */
  readonly aim: readonly number[];
  readonly sameTwice: boolean;
};

const job = workerData as WorkerJob;
const counters = new Int32Array(job.shared);
const hits = job.hits === undefined ? undefined : new Int32Array(job.hits);
/** So many cells are aimed at in one world. */
const aimMax = 48;

useHooks({ modelStore: true, patches: job.patches });
const { runOnModel } = await import('./run-model.ts');

for (;;) {
  const taken = Atomics.add(counters, 0, 1);
  const isEnough = Atomics.load(counters, 1) >= job.ordersWanted || Atomics.load(counters, 2) === 1;
  if (isEnough || taken >= job.seedsMax) break;
  const seed = job.firstSeed + taken;
  const aim = thinnest();
  const storms = job.world.storms === undefined ? {} : { storms: { ...job.world.storms, aim } };
  const options = { ...job.world, ...storms, seed };
  const result = await runOnModel(options);
  const again = taken < job.seedsTwice ? await runOnModel(options) : result;
  Atomics.add(counters, 1, result.orders);
  const { faults, ...rest } = result;
  const report: SeedReport = {
    ...rest,
    faultCount: faults.length,
    aim,
    sameTwice: again.traceHash === result.traceHash,
  };
  parentPort?.postMessage(report);
}

function thinnest(): readonly number[] {
  return [...(hits ?? [])]
    .map((count, cell) => ({ cell, count }))
    .filter(({ count }) => count < hitsMin)
    .toSorted((a, b) => a.count - b.count)
    .slice(0, aimMax)
    .map(({ cell }) => cell);
}
