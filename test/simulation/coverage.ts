import type { FaultKind } from './faults.ts';

/** How often each fault met a write in each state at each class of POS. */
export type Coverage = Record<string, number>;

export function cellOf(fault: FaultKind, state: string, classId: string): string {
  return `${fault} | ${state} | ${classId}`;
}

export function addCoverage(into: Coverage, from: Coverage): void {
  for (const [cell, hits] of Object.entries(from)) into[cell] = (into[cell] ?? 0) + hits;
}
