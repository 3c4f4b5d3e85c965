import type { WriteState } from '#domain/write.ts';
import { isCallFault, posFaultKinds } from './faults.ts';
import type { FaultKind, PosFaultKind } from './faults.ts';
import type { PosClass } from './pos/classes.ts';

/** How often each fault met a write in each state at each class of POS. */
export type Coverage = Record<string, number>;

/** What a write does when a fault meets it: its state, or the question that is asked about it. */
export type Met = WriteState | 'read-back';

/** A cell that was hit less often has proven little. */
export const hitsMin = 1_000;
/** From so many orders on the run fails for a cell that was hit less often. */
export const ordersJudged = 100_000;

const standing: readonly Met[] = [
  'queued',
  'sending',
  'locked',
  'backing-off',
  'waiting',
  'unconfirmed',
  'error',
];
/** A call belongs to an attempt: the write is being sent, or asked about. */
const calling: readonly Met[] = ['sending', 'read-back'];

export function cellOf(fault: FaultKind, met: string, classId: string): string {
  return `${fault} | ${met} | ${classId}`;
}

export function addCoverage(into: Coverage, from: Coverage): void {
  for (const [cell, hits] of Object.entries(from)) into[cell] = (into[cell] ?? 0) + hits;
}

/** Why a fault can never meet a write so at such a POS; undefined: it can, and must. */
function whyUnreachable(fault: PosFaultKind, met: Met, posClass: PosClass): string | undefined {
  if (met === 'read-back' && posClass.capabilities.readBack === 'none') return 'this POS cannot be asked';
  if (fault === 'relay-repeats' && !posClass.semantics.relayRepeats) return 'no relay stands before this POS';
  if (fault === 'drops-lines' && !posClass.semantics.dropsLines) return 'this till never drops a line';
  return posClass.real?.never[fault] ?? (met === 'read-back' ? undefined : posClass.real?.neverMet[met]);
}

export type Judged = {
  readonly reachable: number;
  readonly unreachable: number;
  readonly least: { readonly cell: string; readonly hits: number };
  /** Reachable and hit less often than `hitsMin`. */
  readonly thin: readonly { readonly cell: string; readonly hits: number }[];
  /** Reached although it cannot be: what stands above is wrong, or the simulation is. */
  readonly impossible: readonly string[];
};

/** The coverage gate's reading of a run at these classes of POS. */
export function judgeCoverage(coverage: Coverage, posClasses: readonly PosClass[]): Judged {
  const reachable: { cell: string; hits: number }[] = [];
  const known = new Set<string>();
  let unreachable = 0;
  for (const posClass of posClasses)
    for (const fault of posFaultKinds)
      for (const met of isCallFault(fault) ? calling : standing) {
        const cell = cellOf(fault, met, posClass.classId);
        if (whyUnreachable(fault, met, posClass) !== undefined) unreachable += 1;
        else {
          known.add(cell);
          reachable.push({ cell, hits: coverage[cell] ?? 0 });
        }
      }
  const byHits = reachable.toSorted((a, b) => a.hits - b.hits);
  return {
    reachable: reachable.length,
    unreachable,
    least: byHits[0] ?? { cell: 'none', hits: 0 },
    thin: byHits.filter(({ hits }) => hits < hitsMin),
    impossible: Object.keys(coverage).filter((cell) => !known.has(cell)),
  };
}
