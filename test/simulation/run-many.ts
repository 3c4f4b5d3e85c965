import { Worker } from 'node:worker_threads';
import type { SeedReport, WorkerJob } from './worker.ts';

export type ManyOptions = Pick<WorkerJob, 'firstSeed' | 'ordersWanted' | 'seedsMax'> &
  Partial<Pick<WorkerJob, 'patches' | 'world' | 'twice'>> & {
    readonly threads: number;
    readonly onReport: (report: SeedReport) => void | 'stop';
  };

/** Runs seeds on several threads until there are enough orders or seeds, or the reader of the reports has seen enough. */
export async function runMany(options: ManyOptions): Promise<void> {
  const shared = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  const counters = new Int32Array(shared);
  const job: WorkerJob = {
    firstSeed: options.firstSeed,
    shared,
    ordersWanted: options.ordersWanted,
    seedsMax: options.seedsMax,
    patches: options.patches ?? [],
    world: options.world ?? {},
    twice: options.twice ?? false,
  };
  await Promise.all(
    Array.from(
      { length: options.threads },
      () =>
        new Promise<void>((resolve, reject) => {
          const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: job });
          worker.on('message', (report: SeedReport) => {
            if (options.onReport(report) === 'stop') Atomics.store(counters, 2, 1);
          });
          worker.on('error', reject);
          worker.on('exit', () => resolve());
        }),
    ),
  );
}
