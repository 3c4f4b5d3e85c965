import type { WriteState } from '#domain/write.ts';
import { makeFault, placeFaults, processFaults } from './faults.ts';
import type { CallFault, Fault, FaultKind, FaultPlan } from './faults.ts';

/**
 * A storm is a handful of faults that wait for the same state of a location's writes, and what brings that state about. Left to
 * chance, states that pass in milliseconds are hardly ever met by anything.
 */
type Storm = {
  readonly state: WriteState;
  /** What makes a write come into that state, one of them per storm. */
  readonly brings: readonly Bringing[];
};

type Bringing = Partial<Fault> & { readonly kind: FaultKind };

const callOf = (kind: CallFault, count = 1): Bringing => ({ kind, target: 'send', count });
/** A worker that dies or freezes while it sends leaves a write of which nobody saw the end. */
const deserted: readonly Bringing[] = [
  { kind: 'crash', whenState: 'sending', ms: 1_000 },
  { kind: 'stopped', whenState: 'sending', ms: 12_000 },
];

const storms: readonly Storm[] = [
  { state: 'queued', brings: [callOf('slow')] },
  { state: 'sending', brings: [callOf('slow'), callOf('silence'), callOf('answer-hung')] },
  { state: 'locked', brings: [{ kind: 'lock-burst', ms: 20_000 }] },
  {
    state: 'backing-off',
    brings: [{ kind: 'busy', ms: 8_000 }, callOf('refused', 2), callOf('server-error', 3)],
  },
  { state: 'waiting', brings: [{ kind: 'offline', ms: 15_000 }] },
  { state: 'unconfirmed', brings: [callOf('answer-lost'), callOf('late-arrival'), ...deserted] },
  { state: 'error', brings: [callOf('answer-lost', 6), callOf('silence', 6)] },
];

const strikesMin = 4;
const strikesMax = 10;
/** The next storm at this location finds it well again. */
const strikeMsMax = 20_000;

/** So many storms for each location. */
export function planStorms(plan: FaultPlan, each: number): readonly Fault[] {
  const faults: Fault[] = [];
  for (let location = 0; location < plan.locations; location += 1)
    for (let index = 0; index < each; index += 1) faults.push(...makeStorm(location, plan));
  return faults.toSorted((a, b) => a.atMs - b.atMs);
}

function makeStorm(location: number, plan: FaultPlan): readonly Fault[] {
  const { random } = plan;
  const { state, brings } = random.pick(storms);
  const bringing = random.pick(brings);
  const first: Fault = { ...makeFault(bringing.kind, location, plan), whenState: null, ...bringing };
  const strikes = random.between(strikesMin, strikesMax);
  return [
    first,
    ...Array.from({ length: strikes }, (): Fault => {
      const kind = random.pick([...placeFaults, ...processFaults]);
      const made = makeFault(kind, location, plan);
      return { ...made, atMs: first.atMs, whenState: state, ms: Math.min(made.ms, strikeMsMax) };
    }),
  ];
}
