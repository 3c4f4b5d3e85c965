import { minuteMs } from '#domain/time.ts';
import { modelClasses } from './pos/classes.ts';
import { plantedBugs } from './planted.ts';
import type { Planted } from './planted.ts';
import { runMany, seedsFrom } from './run-many.ts';
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
  // Who looks for one bug knows the controls.
  for (const planted of options.only === undefined ? controls : []) {
    const { found, seeds } = await hunt(planted, { ...options, seedsMax: controlSeeds });
    if (found !== undefined) alarms += 1;
    const what = found === undefined ? 'nothing found, rightly' : `found ${found.by}, seed ${found.seed}`;
    console.log(`${planted.name}: ${what}, ${seeds} seeds`);
  }
  for (const [index, planted] of chosen.entries()) {
    const startedMs = performance.now();
    const { found, seeds } = await hunt(planted, options);
    const isAlarm = found !== undefined && (await failsWithout(planted, found, options));
    if (isAlarm) alarms += 1;
    if (found === undefined || isAlarm) missed.push(planted.name);
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    const what =
      found === undefined
        ? 'MISSED'
        : isAlarm
          ? `seed ${found.seed} fails without it, too: ${found.by}`
          : `found by ${found.by}`;
    console.log(`${index + 1} of ${chosen.length}: ${planted.name}: ${what}, ${seeds} seeds, ${seconds} s`);
  }
  console.log(`\n${chosen.length - missed.length} of ${chosen.length} planted bugs found`);
  return missed.length === 0 && alarms === 0;
}

type Hunt = { readonly firstSeed: number; readonly threads: number; readonly seedsMax?: number };
/** What gave a bug away; it may also break the run itself, in whichever seed. */
type Found = { readonly by: string; readonly seed: number | undefined };

/** What shows in a seed without the bug as well says nothing of the bug, and something of the simulation or of the product. */
async function failsWithout(planted: Planted, { seed }: Found, options: Hunt): Promise<boolean> {
  if (seed === undefined) return false;
  const clean = await hunt({ ...planted, patches: [] }, { ...options, firstSeed: seed, seedsMax: 1 });
  return clean.found !== undefined;
}

async function hunt(
  planted: Planted,
  options: Hunt,
): Promise<{ readonly seeds: number; readonly found: Found | undefined }> {
  let seeds = 0;
  let found: Found | undefined;
  const running = runMany({
    seeds: seedsFrom(options.firstSeed, options.seedsMax ?? seedsMax),
    threads: options.threads,
    patches: planted.patches,
    worldOf: () => ({
      ...(planted.needsLongOutage === true ? longWorld : smallWorld),
      classIds: planted.classes,
      ...(planted.onlineShare === undefined ? {} : { onlineShare: planted.onlineShare }),
      ...(planted.faults === undefined ? {} : { faults: planted.faults }),
    }),
    onReport(report) {
      seeds += 1;
      const [failure] = failuresOf(report);
      if (failure === undefined) return undefined;
      found ??= { by: failure.rule, seed: report.seed };
      return 'stop';
    },
  });
  // A bug may break the run itself, e.g. by a call inside a transaction.
  await running.catch((error: unknown) => {
    found ??= { by: `the run broke: ${String(error)}`, seed: undefined };
  });
  return { seeds, found };
}
