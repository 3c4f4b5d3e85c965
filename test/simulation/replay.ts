import fc from 'fast-check';
import type { Fault } from './faults.ts';
import { useHooks } from './hooks.ts';
import { failuresOf } from './summary.ts';
import type { WorldOptions, WorldResult } from './world.ts';

export type ReplayOptions = {
  readonly seed: number;
  readonly world: Pick<WorldOptions, 'classIds' | 'onlineShare' | 'storms' | 'tables' | 'parties'>;
  /** Of the seed's faults only these, by their place in the list. */
  readonly only?: readonly number[];
  readonly shrink: boolean;
  readonly trace: boolean;
};

/** Cutting a list down takes many runs; what was found by then is good enough. */
const shrinkMsMax = 120_000;

/** Runs one seed again, and cuts its faults down to those it takes to fail. Answers whether it failed. */
export async function replay(options: ReplayOptions): Promise<boolean> {
  useHooks({ modelStore: true });
  const { runOnModel } = await import('./run-model.ts');
  const run = (faults: readonly Fault[] | undefined, trace = false): Promise<WorldResult> =>
    runOnModel({
      ...options.world,
      seed: options.seed,
      ...(faults === undefined ? {} : { faults }),
      ...(trace ? { onTrace: (line) => console.log(line) } : {}),
    });
  const planned = (await run(undefined)).faults;
  const chosen = options.only ?? planned.map((_, index) => index);
  const pick = (indexes: readonly number[]) =>
    [...new Set(indexes)].toSorted((a, b) => a - b).flatMap((index) => planned[index] ?? []);
  const failures = reasons(await run(pick(chosen), options.trace));
  for (const failure of failures) console.log(failure);
  if (failures.length === 0) {
    console.log(`seed ${options.seed}: nothing is wrong`);
    return false;
  }
  if (options.shrink)
    await shrink(chosen, async (indexes) => reasons(await run(pick(indexes))).length > 0, pick, options);
  return true;
}

async function shrink(
  chosen: readonly number[],
  fails: (indexes: readonly number[]) => Promise<boolean>,
  pick: (indexes: readonly number[]) => readonly Fault[],
  options: ReplayOptions,
): Promise<void> {
  let least = chosen;
  const property = fc.asyncProperty(fc.array(fc.constantFrom(...chosen)), async (indexes) => {
    if (!(await fails(indexes))) return true;
    if (indexes.length < least.length) least = indexes;
    return false;
  });
  await fc.check(property, {
    examples: [[[...chosen]]],
    numRuns: 1,
    interruptAfterTimeLimit: shrinkMsMax,
  });
  console.log(`\n${least.length} faults are enough:`);
  for (const fault of pick(least)) console.log(JSON.stringify(fault));
  console.log(
    `npm run simulate -- --replay ${options.seed}${worldArguments(options.world)} --only ${[...new Set(least)].toSorted((a, b) => a - b).join(',')}`,
  );
}

/** What makes the same world of a seed again, as the command line says it. */
export function worldArguments({ classIds, onlineShare, storms }: ReplayOptions['world']): string {
  const paying = onlineShare === undefined ? '' : ' --payments 1';
  const stormy = storms === undefined ? '' : ` --storms --aim ${storms.aim.join('.')}`;
  return `${paying}${stormy}${classIds === undefined ? '' : ` --classes ${classIds.join(',')}`}`;
}

function reasons(result: WorldResult): readonly string[] {
  return failuresOf({ ...result, faultCount: result.faults.length, sameTwice: true }).map(
    ({ rule, detail }) => `${rule}: ${detail}`,
  );
}
