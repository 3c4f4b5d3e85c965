import { Worker } from 'node:worker_threads';
import type { SeedReport, WorkerJob } from './worker.ts';

export type ManyOptions = Pick<WorkerJob, 'firstSeed' | 'ordersWanted' | 'seedsMax'> &
  Partial<Pick<WorkerJob, 'patches' | 'world' | 'seedsTwice' | 'hits'>> & {
    readonly threads: number;
    readonly onReport: (report: SeedReport) => 'stop' | undefined;
  };

/** Runs seeds on several threads until there are enough orders or seeds, or the reader of the reports has seen enough. */
export async function runMany(options: ManyOptions): Promise<void> {
  const shared = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT);
  const counters = new Int32Array(shared);
  const job: WorkerJob = {
    firstSeed: options.firstSeed,
    shared,
    // An Int32 counts them.
    ordersWanted: Math.min(options.ordersWanted, 2 ** 31 - 1),
    seedsMax: Math.min(options.seedsMax, 2 ** 31 - 1),
    patches: options.patches ?? [],
    world: options.world ?? {},
    seedsTwice: options.seedsTwice ?? 0,
    hits: options.hits,
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
