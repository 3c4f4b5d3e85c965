import { parentPort, workerData } from 'node:worker_threads';
import type { CrashJob, CrashReport } from './crash-points.ts';
import { useHooks } from './hooks.ts';
import { failuresOf } from './summary.ts';

const job = workerData as CrashJob;
const taken = new Int32Array(job.taken);

useHooks({ modelStore: true });
const { runOnModel } = await import('./run-model.ts');

for (;;) {
  const points = job.runs[Atomics.add(taken, 0, 1)];
  if (points === undefined) break;
  const result = await runOnModel({ ...job.world, crashAt: new Set(points) });
  const failures = failuresOf({ ...result, faultCount: 0, sameTwice: true });
  if (failures.length === 0) continue;
  const report: CrashReport = { points, failures: failures.map(({ rule, detail }) => `${rule}: ${detail}`) };
  parentPort?.postMessage(report);
}
