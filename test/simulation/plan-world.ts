import { listCells } from './coverage.ts';
import { planFaults } from './faults.ts';
import type { Fault } from './faults.ts';
import { planProviderFaults } from './money/faults.ts';
import { posClasses } from './pos/offered.ts';
import { makeRandom } from './random.ts';
import { planStorms } from './storms.ts';

/** So many storms per location in the busy time, and the cells of the coverage gate that they aim at: places in `listCells`. */
export type StormOptions = { readonly each: number; readonly aim: readonly number[] };

/** All that goes wrong in a seed's world: at its POSes, in our processes, at the payment provider. */
export function planWorldFaults(world: {
  readonly seed: number;
  readonly untilMs: number;
  readonly rate: number;
  readonly processes: number;
  /** Each location's class of POS. */
  readonly classIds: readonly string[];
  readonly storms: StormOptions | undefined;
  readonly isOnline: boolean;
}): readonly Fault[] {
  const { seed, untilMs, rate, processes, classIds, storms } = world;
  const plan = { locations: classIds.length, processes, untilMs, rate };
  const cells = storms === undefined ? [] : listCells(posClasses);
  return [
    ...planFaults({ ...plan, random: makeRandom(seed, 'plan') }),
    ...(storms === undefined
      ? []
      : planStorms({
          ...plan,
          classIds,
          random: makeRandom(seed, 'storms'),
          each: storms.each,
          aim: storms.aim.flatMap((index) => cells[index] ?? []),
        })),
    ...(world.isOnline
      ? planProviderFaults({ random: makeRandom(seed, 'provider plan'), untilMs, rate })
      : []),
  ];
}
