import { minuteMs } from '#domain/time.ts';
import { plantedBugs } from './planted.ts';
import type { Planted } from './planted.ts';
import { runMany } from './run-many.ts';
import { failuresOf } from './summary.ts';

/** Seeds a bug may hide in before the run counts as blind to it. */
const seedsMax = 40;
/** Few guests, many faults: a bug shows sooner, and a seed takes less than a second. */
const smallWorld = { tables: 10, parties: 2, busyMs: 10 * minuteMs, faultRate: 3 };

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
  for (const planted of chosen) {
    const found = await hunt(planted, options);
    if (found.by === undefined) missed.push(planted.name);
    console.log(
      `${found.by === undefined ? 'MISSED' : 'found '} ${planted.name} (${found.seeds} seeds${found.by === undefined ? '' : `, ${found.by}`})`,
    );
  }
  console.log(`\n${chosen.length - missed.length} of ${chosen.length} planted bugs found`);
  return missed.length === 0;
}

async function hunt(
  planted: Planted,
  options: { readonly firstSeed: number; readonly threads: number },
): Promise<{ readonly seeds: number; readonly by: string | undefined }> {
  let seeds = 0;
  let by: string | undefined;
  const running = runMany({
    firstSeed: options.firstSeed,
    ordersWanted: Number.MAX_SAFE_INTEGER,
    seedsMax,
    threads: options.threads,
    patches: planted.patches,
    world: { ...smallWorld, classIds: planted.classes },
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
