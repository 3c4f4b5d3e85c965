import type { WriteState } from '#domain/write.ts';
import { isCallFault, makeFault, posFaultKinds } from './faults.ts';
import type { CallFault, Fault, FaultKind, FaultPlan } from './faults.ts';

/**
 * A storm is a handful of faults that wait for the same state of a location's writes, and what brings that state about. Left to
 * chance, states that pass in milliseconds are hardly ever met by anything.
 */
type Storm = {
  readonly state: WriteState;
  /** How many of all storms are of this kind: more where the state is rare. */
  readonly weight: number;
  /** What makes a write come into that state: one of these, per storm. */
  readonly brings: readonly (readonly Bringing[])[];
  /** Which calls meet a fault of a call meanwhile. */
  readonly target: Fault['target'];
};

type Bringing = Partial<Fault> & { readonly kind: FaultKind };

const callOf = (kind: CallFault, count = 1): readonly Bringing[] => [{ kind, target: 'send', count }];
/** Whoever sends dies, or freezes until another took over: nobody saw how it ended. */
const deserted = (process: 'crash' | 'stopped', ms: number): readonly Bringing[] =>
  [0, 1].map((index) => ({ kind: process, whenState: 'sending', process: index, ms }));

const storms: readonly Storm[] = [
  { state: 'queued', weight: 1, brings: [callOf('slow')], target: 'send' },
  {
    state: 'sending',
    weight: 2,
    brings: [callOf('slow', 2), callOf('silence'), callOf('answer-hung')],
    target: 'send',
  },
  { state: 'locked', weight: 3, brings: [[{ kind: 'lock-burst', ms: 60_000 }]], target: 'send' },
  {
    state: 'backing-off',
    weight: 2,
    brings: [[{ kind: 'busy', ms: 8_000 }], callOf('refused', 2), callOf('server-error', 3)],
    target: 'any',
  },
  { state: 'waiting', weight: 1, brings: [[{ kind: 'offline', ms: 15_000 }]], target: 'any' },
  {
    state: 'unconfirmed',
    weight: 3,
    brings: [
      callOf('answer-lost'),
      callOf('late-arrival'),
      deserted('crash', 1_000),
      deserted('stopped', 12_000),
    ],
    target: 'read-back',
  },
  {
    state: 'error',
    weight: 1,
    brings: [callOf('answer-lost', 6), callOf('silence', 6)],
    target: 'read-back',
  },
];
const byWeight = storms.flatMap((storm) => Array.from({ length: storm.weight }, () => storm));

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
  const { state, brings, target } = random.pick(byWeight);
  const atMs = random.between(0, plan.untilMs);
  const strikes = random.between(strikesMin, strikesMax);
  return [
    ...random.pick(brings).map((bringing): Fault => ({
      ...makeFault(bringing.kind, location, plan),
      atMs,
      whenState: null,
      ...bringing,
    })),
    ...Array.from({ length: strikes }, (): Fault => {
      const kind = random.pick(posFaultKinds);
      const made = makeFault(kind, location, plan);
      const isCall = isCallFault(kind);
      return {
        ...made,
        atMs,
        whenState: isCall ? null : state,
        target,
        ms: Math.min(made.ms, strikeMsMax),
      };
    }),
  ];
}
