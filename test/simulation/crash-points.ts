import { minuteMs } from '#domain/time.ts';
import { useHooks } from './hooks.ts';
import { makeRandom } from './random.ts';
import { failuresOf } from './summary.ts';
import { modelClasses } from './pos/classes.ts';

export type CrashOptions = {
  readonly seed: number;
  readonly classIds: readonly string[] | undefined;
  readonly pairs: boolean;
  readonly triples: number;
};

/** Two tables, one party each, nothing else goes wrong: the way of a round and of its money, short enough to die everywhere on it. */
const shortWorld = { tables: 2, parties: 1, busyMs: minuteMs, processes: 2, faults: [] } as const;
/** Beyond a first crash more happens than in a clean run. */
const pointsMore = 12;
const allClasses = [...modelClasses.map((posClass) => posClass.classId), 'rkeeper'];

/**
 * Dies at every effect boundary of a clean run: each once, each two of them, and random threes. A boundary is a commit that changed
 * something, and either side of a call that belongs to an attempt. Answers whether every promise held.
 */
export async function runCrashPoints(options: CrashOptions): Promise<boolean> {
  useHooks({ modelStore: true });
  const { runOnModel } = await import('./run-model.ts');
  let violations = 0;
  const total = { points: 0, singles: 0, pairs: 0, triples: 0 };
  for (const classId of options.classIds ?? allClasses) {
    const world = { ...shortWorld, seed: options.seed, classIds: [classId] };
    const dieAt = async (points: readonly number[]): Promise<void> => {
      const result = await runOnModel({ ...world, crashAt: new Set(points) });
      for (const { rule, detail } of failuresOf({ ...result, faultCount: 0, sameTwice: true })) {
        violations += 1;
        console.log(`${classId}, dead at ${points.join(' and ')}: ${rule}: ${detail}`);
      }
    };
    const clean = await runOnModel({ ...world, crashAt: new Set() });
    const points = Array.from({ length: clean.boundaries }, (_, index) => index + 1);
    for (const point of points) await dieAt([point]);
    if (options.pairs)
      for (const first of points)
        for (let second = first + 1; second <= clean.boundaries + pointsMore; second += 1) {
          total.pairs += 1;
          await dieAt([first, second]);
        }
    const random = makeRandom(options.seed, `triples ${classId}`);
    for (let triple = 0; triple < options.triples; triple += 1)
      await dieAt([1, 2, 3].map(() => random.between(1, clean.boundaries + pointsMore)));
    total.points += clean.boundaries;
    total.singles += clean.boundaries;
    total.triples += options.triples;
    console.log(`${classId}: ${clean.boundaries} crash points`);
  }
  console.log(
    `${total.points} crash points: ${total.singles} singles, ${total.pairs} pairs, ${total.triples} triples; ${violations} violations`,
  );
  return violations === 0;
}
