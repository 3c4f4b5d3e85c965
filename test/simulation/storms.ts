import type { WriteState } from '#domain/write.ts';
import { listCells, missingAt } from './coverage.ts';
import type { Cell, Coverage } from './coverage.ts';
import { isCallFault, makeFault } from './faults.ts';
import type { PosClass } from './pos/classes.ts';
import type { CallFault, Fault, FaultKind, FaultPlan } from './faults.ts';

/**
 * A storm is a handful of faults that wait for the same state of a location's writes, and what brings that state about. Left to
 * chance, states that pass in milliseconds are hardly ever met by anything.
 */
type Storm = {
  readonly state: WriteState;
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
  { state: 'queued', brings: [callOf('slow')], target: 'send' },
  {
    state: 'sending',
    brings: [callOf('slow', 2), callOf('silence'), callOf('answer-hung')],
    target: 'send',
  },
  { state: 'locked', brings: [[{ kind: 'lock-burst', ms: 60_000 }]], target: 'send' },
  {
    state: 'backing-off',
    brings: [[{ kind: 'busy', ms: 8_000 }], callOf('refused', 2), callOf('server-error', 3)],
    target: 'any',
  },
  { state: 'waiting', brings: [[{ kind: 'offline', ms: 15_000 }]], target: 'any' },
  {
    state: 'unconfirmed',
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
    brings: [callOf('answer-lost', 6), callOf('silence', 6)],
    target: 'read-back',
  },
];
/** Calls that send come by themselves; what is asked about is a write of which nobody knows the end. */
const sent = { state: 'sending', brings: [[]], target: 'send' } as const;
const askedAbout = { state: 'unconfirmed', brings: [callOf('answer-lost', 6)], target: 'read-back' } as const;

const strikesMin = 8;
const strikesMax = 16;
/** A fault of calls strikes so many: there are fewer calls than writes that stand somewhere. */
const struckCalls = 6;
/** The next storm at this location finds it well again. */
const strikeMsMax = 20_000;

export type Aim = {
  /** Places in the list of all cells. */
  readonly aim: readonly number[];
  /** Each location's class of POS. */
  readonly classIds: readonly string[];
};

/**
 * What the next world's storms aim at, of these classes of POS: what is missing most often. One storm brings one state about and strikes
 * with many faults, so a location is there for one group of cells, and every fault of it that was met too seldom is meant.
 */
export function aimAtThinnest(
  coverage: Coverage,
  posClasses: readonly PosClass[],
  among: readonly string[],
): Aim {
  const thin = listCells(posClasses)
    .map((cell, index) => ({ ...cell, index, missing: missingAt(coverage, cell) }))
    .filter(({ classId, missing }) => missing > 0 && among.includes(classId));
  const sumOf = (cells: readonly (typeof thin)[number][]) =>
    cells.reduce((sum, { missing }) => sum + missing, 0);
  const groups = [...groupsOf(thin)].toSorted((a, b) => sumOf(b) - sumOf(a)).slice(0, posClasses.length);
  return {
    aim: groups.flatMap((cells) => cells.map(({ index }) => index)),
    classIds: posClasses.flatMap((_, at) => groups[at % groups.length]?.[0]?.classId ?? []),
  };
}

export type StormPlan = FaultPlan & {
  /** So many storms for each location. */
  readonly each: number;
  /** Each location's class of POS. */
  readonly classIds: readonly string[];
  /** What the storms are to hit; a location of a class that is not in it has none. */
  readonly aim: readonly Cell[];
};

export function planStorms(plan: StormPlan): readonly Fault[] {
  const faults = plan.classIds.flatMap((_, location) => {
    const meant = meantAt(plan, location);
    const [cell] = meant;
    if (cell === undefined) return [];
    const storm = stormFor(cell);
    return Array.from({ length: plan.each }, () => makeStorm(plan, { location, storm, meant })).flat();
  });
  return faults.toSorted((a, b) => a.atMs - b.atMs);
}

/** Cells one storm can strike at: what meets a call is kept apart, because a POS that is away is not called. */
function groupsOf<One extends Cell>(cells: readonly One[]): Iterable<readonly One[]> {
  return Map.groupBy(cells, ({ classId, met, fault }) => `${classId} ${met} ${isCallFault(fault)}`).values();
}

/** The groups aimed at in a class of POS are shared out among its locations. */
function meantAt({ classIds, aim }: StormPlan, location: number): readonly Cell[] {
  const classId = classIds[location];
  const groups = [...groupsOf(aim.filter((cell) => cell.classId === classId))];
  const before = classIds.slice(0, location).filter((other) => other === classId).length;
  return groups[before % Math.max(1, groups.length)] ?? [];
}

type Aimed = {
  readonly location: number;
  readonly storm: Storm;
  /** Cells of one group. */
  readonly meant: readonly Cell[];
};

function makeStorm(plan: StormPlan, { location, storm, meant }: Aimed): readonly Fault[] {
  const { random } = plan;
  const { state, brings, target } = storm;
  const atMs = random.between(0, plan.untilMs);
  return [
    ...random.pick(brings).map((bringing): Fault => ({
      ...makeFault(bringing.kind, location, plan),
      atMs,
      whenState: null,
      ...bringing,
    })),
    ...Array.from({ length: random.between(strikesMin, strikesMax) }, (): readonly Fault[] => {
      const kind = random.pick(meant).fault;
      const made = makeFault(kind, location, plan);
      const strike: Fault = {
        ...made,
        atMs,
        whenState: isCallFault(kind) ? null : state,
        target,
        count: struckCalls,
        ms: Math.min(made.ms, strikeMsMax),
      };
      // One table is left of two that were put together, and a storm does it again and again.
      return kind === 'waiter-merges' ? [{ ...strike, kind: 'waiter-opens' }, strike] : [strike];
    }).flat(),
  ];
}

function stormFor({ met, fault }: Cell): Storm {
  if (met === 'read-back') return askedAbout;
  if (isCallFault(fault)) return sent;
  const found = storms.find((storm) => storm.state === met);
  if (found === undefined) throw new Error(`no storm brings ${met}`);
  return found;
}
