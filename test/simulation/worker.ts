import { parentPort, workerData } from 'node:worker_threads';
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
};

export type SeedReport = Omit<WorldResult, 'coverage' | 'faults'> & {
  readonly coverage: Coverage;
  readonly faultCount: number;
  readonly sameTwice: boolean;
};

const job = workerData as WorkerJob;
const counters = new Int32Array(job.shared);

useHooks({ modelStore: true, patches: job.patches });
const { runOnModel } = await import('./run-model.ts');

for (;;) {
  const taken = Atomics.add(counters, 0, 1);
  const isEnough = Atomics.load(counters, 1) >= job.ordersWanted || Atomics.load(counters, 2) === 1;
  if (isEnough || taken >= job.seedsMax) break;
  const seed = job.firstSeed + taken;
  const result = await runOnModel({ ...job.world, seed });
  const again = taken < job.seedsTwice ? await runOnModel({ ...job.world, seed }) : result;
  Atomics.add(counters, 1, result.orders);
  const { faults, ...rest } = result;
  const report: SeedReport = {
    ...rest,
    faultCount: faults.length,
    sameTwice: again.traceHash === result.traceHash,
  };
  parentPort?.postMessage(report);
}
