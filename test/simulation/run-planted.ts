import { minuteMs } from '#domain/time.ts';
import { modelClasses } from './pos/classes.ts';
import { plantedBugs } from './planted.ts';
import type { Planted } from './planted.ts';
import { runMany } from './run-many.ts';
import { failuresOf } from './summary.ts';

/** Seeds a bug may hide in before the run counts as blind to it. */
const seedsMax = 240;
/** Few guests, many faults: a bug shows sooner, and a seed takes less than a second. */
const smallWorld = { tables: 10, parties: 2, busyMs: 10 * minuteMs, faultRate: 3 };
/** Long enough for a POS to be away longer than a round stays fresh. */
const longWorld = { tables: 4, parties: 3, busyMs: 30 * minuteMs, faultRate: 2 };
/** Where nothing is planted nothing may be found, or what is found elsewhere proves nothing. */
const controlSeeds = 20;
const everyModel = modelClasses.map((posClass) => posClass.classId);
const controls: readonly Planted[] = [
  { name: 'no bug', classes: [...everyModel, 'rkeeper', 'foodtec'], patches: [] },
  { name: 'no bug, long outages', classes: everyModel, patches: [], needsLongOutage: true },
  { name: 'no bug, paid online', classes: everyModel, patches: [], onlineShare: 0.9 },
];

/**
 * The sensitivity gate: runs the simulation against code with one bug in it, once per bug, and answers whether all were noticed. A
 * judge that says yes to everything would pass every other gate.
 */
export async function runPlanted(options: {
  readonly firstSeed: number;
  readonly threads: number;
  /** Only bugs whose names contain this. */
  readonly only: string | undefined;
}): Promise<boolean> {
  const chosen = plantedBugs.filter((planted) => planted.name.includes(options.only ?? ''));
  const missed: string[] = [];
  let alarms = 0;
  for (const planted of controls) {
    const { by, seeds } = await hunt(planted, { ...options, seedsMax: controlSeeds });
    if (by !== undefined) alarms += 1;
    console.log(
      `${planted.name}: ${by === undefined ? 'nothing found, rightly' : `found ${by}`}, ${seeds} seeds`,
    );
  }
  for (const [index, planted] of chosen.entries()) {
    const startedMs = performance.now();
    const { by, seeds } = await hunt(planted, options);
    if (by === undefined) missed.push(planted.name);
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    const found = by === undefined ? 'MISSED' : `found by ${by}`;
    console.log(`${index + 1} of ${chosen.length}: ${planted.name}: ${found}, ${seeds} seeds, ${seconds} s`);
  }
  console.log(`\n${chosen.length - missed.length} of ${chosen.length} planted bugs found`);
  return missed.length === 0 && alarms === 0;
}

async function hunt(
  planted: Planted,
  options: { readonly firstSeed: number; readonly threads: number; readonly seedsMax?: number },
): Promise<{ readonly seeds: number; readonly by: string | undefined }> {
  let seeds = 0;
  let by: string | undefined;
  const running = runMany({
    firstSeed: options.firstSeed,
    ordersWanted: Number.MAX_SAFE_INTEGER,
    seedsMax: options.seedsMax ?? seedsMax,
    threads: options.threads,
    patches: planted.patches,
    world: {
      ...(planted.needsLongOutage === true ? longWorld : smallWorld),
      classIds: planted.classes,
      ...(planted.onlineShare === undefined ? {} : { onlineShare: planted.onlineShare }),
    },
    onReport(report) {
      seeds += 1;
      const [failure] = failuresOf(report);
      by ??= failure?.rule;
      return failure === undefined ? undefined : 'stop';
    },
  });
  // A bug may break the run itself, e.g. by a call inside a transaction.
  await running.catch((error: unknown) => {
    by ??= `the run broke: ${String(error)}`;
  });
  return { seeds, by };
}
