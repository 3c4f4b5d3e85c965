import { Worker } from 'node:worker_threads';
import { minuteMs } from '#domain/time.ts';
import { useHooks } from './hooks.ts';
import { makeRandom } from './random.ts';
import { posClasses } from './pos/offered.ts';

export type CrashOptions = {
  readonly seed: number;
  readonly classIds: readonly string[] | undefined;
  readonly pairs: boolean;
  readonly triples: number;
  readonly threads: number;
};

/** What a thread is given: it takes the next run from the counter until none is left. */
export type CrashJob = {
  readonly world: typeof shortWorld & { readonly seed: number; readonly classIds: readonly string[] };
  /** Each run dies at these boundaries. */
  readonly runs: readonly (readonly number[])[];
  readonly taken: SharedArrayBuffer;
};
/** What one run broke. */
export type CrashReport = { readonly points: readonly number[]; readonly failures: readonly string[] };

/** Two tables, one party each, nothing else goes wrong: the way of a round and of its money, short enough to die everywhere on it. */
const shortWorld = {
  tables: 2,
  parties: 1,
  busyMs: minuteMs / 3,
  processes: 2,
  faults: [],
  brief: true,
} as const;
/** Beyond a first crash more happens than in a clean run. */
const pointsMore = 12;
const failuresShown = 20;
const allClasses = posClasses.map((posClass) => posClass.classId);

/**
 * Dies at every effect boundary of a clean run: each once, each two of them, and random threes. A boundary is a commit that changed
 * something, and either side of a call that belongs to an attempt. Answers whether every promise held.
 */
export async function runCrashPoints(options: CrashOptions): Promise<boolean> {
  useHooks({ modelStore: true });
  const { runOnModel } = await import('./run-model.ts');
  let violations = 0;
  const total = { points: 0, runs: 0 };
  for (const classId of options.classIds ?? allClasses) {
    const startedMs = performance.now();
    const world = { ...shortWorld, seed: options.seed, classIds: [classId] };
    const clean = await runOnModel({ ...world, crashAt: new Set() });
    const runs = pointsOf(clean.boundaries, options, classId);
    const broken = await runAll({ world, runs, taken: new SharedArrayBuffer(4) }, options.threads);
    for (const { points, failures } of broken.slice(0, failuresShown))
      console.log(`${classId}, dead at ${points.join(' and ')}: ${failures.join('; ')}`);
    violations += broken.length;
    total.points += clean.boundaries;
    total.runs += runs.length;
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    console.log(`${classId}: ${clean.boundaries} crash points, ${runs.length} runs in ${seconds} s`);
  }
  console.log(`${total.points} crash points, ${total.runs} runs: ${violations} with a violation`);
  return violations === 0;
}

function pointsOf(count: number, options: CrashOptions, classId: string): readonly (readonly number[])[] {
  const singles = Array.from({ length: count }, (_, index) => [index + 1]);
  const pairs = singles.flatMap(([first = 0]) =>
    Array.from({ length: count + pointsMore - first }, (_, more) => [first, first + more + 1]),
  );
  const random = makeRandom(options.seed, `triples ${classId}`);
  const triples = Array.from({ length: options.triples }, () =>
    [1, 2, 3].map(() => random.between(1, count + pointsMore)),
  );
  return [...singles, ...(options.pairs ? pairs : []), ...triples];
}

async function runAll(job: CrashJob, threads: number): Promise<readonly CrashReport[]> {
  const broken: CrashReport[] = [];
  const run = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL('crash-worker.ts', import.meta.url), { workerData: job });
      worker.on('message', (report: CrashReport) => broken.push(report));
      worker.on('error', reject);
      worker.on('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: threads }, run));
  return broken;
}
