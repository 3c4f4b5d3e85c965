import type { WriteState } from '#domain/write.ts';
import { cellOf } from './coverage.ts';
import type { Coverage, Met } from './coverage.ts';
import type { Fault } from './faults.ts';

/** Where each write stands. The real store cannot be looked into and shows none. */
export type Peek = {
  /** All that hold their lane. */
  readonly writes: () => readonly Standing[];
  /** Those that the newest commit brought into the state they are in. */
  readonly moved: () => readonly Standing[];
  /** Whether one stands in this state at this location. */
  readonly stands: (locationId: string, state: WriteState) => boolean;
};

export type Standing = {
  readonly writeId: number;
  readonly locationId: string;
  readonly lane: string;
  readonly state: WriteState;
  /** The process that has it in hand; null: any may take it. */
  readonly heldBy: string | null;
};

/** Which writes a fault can harm: those of its location, or those its process has or may take. */
export type Concerns = (write: Standing) => boolean;

type On = {
  readonly fault: Fault;
  readonly concerns: Concerns;
  readonly isOn: () => boolean;
  /** Write and state, each met once. */
  readonly met: Set<string>;
};

/**
 * Counts what faults met. One that lasts meets each write that stands in a state, or comes into one, while it is on; one of an
 * instant meets the writes of that instant. A fault meets a write in a state once, however long both last.
 */
export class Hits {
  readonly coverage: Coverage = {};
  readonly #on = new Map<Fault, On>();
  readonly #peek: Peek;
  readonly #classOf: (locationId: string) => string | undefined;

  constructor(peek: Peek, classOf: (locationId: string) => string | undefined) {
    this.#peek = peek;
    this.#classOf = classOf;
  }

  count(fault: Fault, met: Met, locationId: string): void {
    const classId = this.#classOf(locationId);
    if (classId === undefined) return;
    const cell = cellOf(fault.kind, met, classId);
    this.coverage[cell] = (this.coverage[cell] ?? 0) + 1;
  }

  struck(fault: Fault, concerns: Concerns): void {
    for (const write of this.#peek.writes())
      if (concerns(write)) this.count(fault, write.state, write.locationId);
  }

  /** `isOn` is asked before each count, for what ends by itself. */
  began(fault: Fault, concerns: Concerns, isOn: () => boolean = () => true): void {
    const on: On = { fault, concerns, isOn, met: new Set() };
    this.#on.set(fault, on);
    for (const write of this.#peek.writes()) this.#meet(on, write);
  }

  ended(fault: Fault): void {
    this.#on.delete(fault);
  }

  endedAll(): void {
    this.#on.clear();
  }

  /** A commit: what it moved meets all that is on. */
  committed(): void {
    if (this.#on.size === 0) return;
    for (const write of this.#peek.moved()) for (const on of this.#on.values()) this.#meet(on, write);
  }

  #meet(on: On, write: Standing): void {
    if (!on.isOn()) this.#on.delete(on.fault);
    else if (on.concerns(write)) {
      const key = `${write.writeId} ${write.state}`;
      if (on.met.has(key)) return;
      on.met.add(key);
      this.count(on.fault, write.state, write.locationId);
    }
  }
}
