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

export type Cell = { readonly fault: PosFaultKind; readonly met: Met; readonly classId: string };

/** Every cell that can be reached at these classes of POS, always in the same order: a place in this list names a cell. */
export function listCells(posClasses: readonly PosClass[]): readonly Cell[] {
  return allCells(posClasses).flatMap(({ posClass, ...cell }) =>
    whyUnreachable(cell.fault, cell.met, posClass) === undefined ? cell : [],
  );
}

function allCells(posClasses: readonly PosClass[]): readonly (Cell & { readonly posClass: PosClass })[] {
  return posClasses.flatMap((posClass) =>
    posFaultKinds.flatMap((fault) =>
      (isCallFault(fault) ? calling : standing).map((met) => ({
        fault,
        met,
        classId: posClass.classId,
        posClass,
      })),
    ),
  );
}

/** How many hits a cell still lacks. */
export function missingAt(coverage: Coverage, { fault, met, classId }: Cell): number {
  return Math.max(0, hitsMin - (coverage[cellOf(fault, met, classId)] ?? 0));
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
  const cells = listCells(posClasses).map(({ fault, met, classId }) => cellOf(fault, met, classId));
  const known = new Set(cells);
  const byHits = cells
    .map((cell) => ({ cell, hits: coverage[cell] ?? 0 }))
    .toSorted((a, b) => a.hits - b.hits);
  return {
    reachable: cells.length,
    unreachable: allCells(posClasses).length - cells.length,
    least: byHits[0] ?? { cell: 'none', hits: 0 },
    thin: byHits.filter(({ hits }) => hits < hitsMin),
    impossible: Object.keys(coverage).filter((cell) => !known.has(cell)),
  };
}
