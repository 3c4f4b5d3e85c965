import type { WriteState } from '#domain/write.ts';
import { isCallFault, makeFault, posFaultKinds } from './faults.ts';
import type { Cell } from './coverage.ts';
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

export type StormPlan = FaultPlan & {
  /** So many storms for each location. */
  readonly each: number;
  /** Each location's class of POS. */
  readonly classIds: readonly string[];
  /** What the storms are to hit above all; empty: whatever comes. */
  readonly aim: readonly Cell[];
};

export function planStorms(plan: StormPlan): readonly Fault[] {
  const faults: Fault[] = [];
  for (let index = 0; index < plan.each * plan.locations; index += 1) faults.push(...makeStorm(plan));
  return faults.toSorted((a, b) => a.atMs - b.atMs);
}

function makeStorm(plan: StormPlan): readonly Fault[] {
  const { random, aim } = plan;
  const cell = aim.length === 0 ? undefined : random.pick(aim);
  const there = plan.classIds.flatMap((classId, index) =>
    cell === undefined || classId === cell.classId ? index : [],
  );
  const location = random.pick(there);
  const { state, brings, target } = cell === undefined ? random.pick(byWeight) : stormFor(cell.met);
  const wanted = aim.flatMap((other) =>
    other.classId === cell?.classId && stormFor(other.met).state === state ? other.fault : [],
  );
  const atMs = random.between(0, plan.untilMs);
  return [
    ...random.pick(brings).map((bringing): Fault => ({
      ...makeFault(bringing.kind, location, plan),
      atMs,
      whenState: null,
      ...bringing,
    })),
    ...Array.from({ length: random.between(strikesMin, strikesMax) }, (): Fault => {
      const kind = random.pick(wanted.length === 0 ? posFaultKinds : wanted);
      const made = makeFault(kind, location, plan);
      return {
        ...made,
        atMs,
        whenState: isCallFault(kind) ? null : state,
        target,
        ms: Math.min(made.ms, strikeMsMax),
      };
    }),
  ];
}

/** What is asked about is a write of which nobody knows the end. */
function stormFor(met: Cell['met']): Storm {
  const state = met === 'read-back' ? 'unconfirmed' : met;
  const found = storms.find((storm) => storm.state === state);
  if (found === undefined) throw new Error(`no storm brings ${state}`);
  return found;
}
