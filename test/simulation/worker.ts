import { parentPort, workerData } from 'node:worker_threads';
import type { Coverage } from './coverage.ts';
import type { Patch } from './hooks.ts';
import { useHooks } from './hooks.ts';
import type { WorldOptions, WorldResult } from './world.ts';

/** What a worker thread is given at its start. */
export type WorkerStart = { readonly patches: readonly Patch[] };

/** What makes a seed's world, apart from the seed. */
export type WorldShape = Omit<WorldOptions, 'store' | 'peek' | 'peekMoney' | 'seed' | 'onTrace'>;

export type SeedJob = {
  readonly seed: number;
  readonly world: WorldShape;
  /** It runs twice, and the traces are compared. */
  readonly twice: boolean;
};

export type SeedReport = Omit<WorldResult, 'coverage' | 'faults'> & {
  readonly coverage: Coverage;
  readonly faultCount: number;
  readonly sameTwice: boolean;
};

const { patches } = workerData as WorkerStart;
useHooks({ modelStore: true, patches });
const { runOnModel } = await import('./run-model.ts');

parentPort?.on('message', (job: SeedJob) => void run(job));

async function run({ seed, world, twice }: SeedJob): Promise<void> {
  const result = await runOnModel({ ...world, seed });
  const again = twice ? await runOnModel({ ...world, seed }) : result;
  const { faults, ...rest } = result;
  const report: SeedReport = {
    ...rest,
    faultCount: faults.length,
    sameTwice: again.traceHash === result.traceHash,
  };
  parentPort?.postMessage(report);
}
