import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Patch } from './hooks.ts';
import type { SeedJob, SeedReport, WorkerStart, WorldShape } from './worker.ts';

export type ManyOptions = {
  readonly seeds: Iterable<number>;
  readonly threads: number;
  readonly patches?: readonly Patch[];
  /** So many seeds run twice, and their traces are compared. */
  readonly seedsTwice?: number;
  /** The next seed's world; it may follow from the reports so far. */
  readonly worldOf: () => WorldShape;
  /** Called in the order of the seeds. */
  readonly onReport: (report: SeedReport, world: WorldShape) => 'stop' | undefined;
};

/** Seeds one after the other, at most so many. */
export function* seedsFrom(first: number, countMax = Number.POSITIVE_INFINITY): Generator<number> {
  for (let index = 0; index < countMax; index += 1) yield first + index;
}

/**
 * Runs seeds on several threads until there are enough, or the reader of the reports has seen enough. Which seeds run, and in which
 * worlds, is the same every time: a seed is given out once all but the newest few before it are reported, and not on more than that.
 */
export async function runMany(options: ManyOptions): Promise<void> {
  const start: WorkerStart = { patches: options.patches ?? [] };
  const workers = Array.from(
    { length: options.threads },
    () => new Worker(new URL('worker.ts', import.meta.url), { workerData: start }),
  );
  const running: { readonly report: Promise<SeedReport>; readonly world: WorldShape }[] = [];
  /** One seed more than threads, so that a thread hardly ever waits for the other's longer world. */
  const aheadMax = options.threads + 1;
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const free = new FreeThreads([...workers]);
  for (const worker of workers) worker.on('error', reject);
  broken.catch(() => undefined);

  async function begin(job: SeedJob): Promise<SeedReport> {
    const worker = await Promise.race([free.take(), broken]);
    worker.postMessage(job);
    const [report] = (await Promise.race([once(worker, 'message'), broken])) as [SeedReport];
    free.give(worker);
    return report;
  }

  async function readOldest(): Promise<'stop' | undefined> {
    const oldest = running.shift();
    return oldest === undefined ? undefined : options.onReport(await oldest.report, oldest.world);
  }

  try {
    let taken = 0;
    for (const seed of options.seeds) {
      if (running.length >= aheadMax && (await readOldest()) === 'stop') break;
      const world = options.worldOf();
      const report = begin({ seed, world, twice: taken < (options.seedsTwice ?? 0) });
      taken += 1;
      // Read in its turn; that a thread broke is heard before.
      report.catch(() => undefined);
      running.push({ report, world });
    }
    while (running.length > 0) await readOldest();
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Threads that have nothing to do, and who waits for one. */
class FreeThreads {
  readonly #free: Worker[];
  readonly #waiting: ((worker: Worker) => void)[] = [];

  constructor(free: Worker[]) {
    this.#free = free;
  }

  take(): Promise<Worker> {
    const worker = this.#free.pop();
    if (worker !== undefined) return Promise.resolve(worker);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  give(worker: Worker): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(worker);
    else next(worker);
  }
}
