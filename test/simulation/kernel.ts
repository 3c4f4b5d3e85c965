import type { Timer } from '#domain/time.ts';
import { hashText, makeRandom } from './random.ts';

/** Kept from before the platform's timers were taken away. */
const nextTurn = setImmediate;
/** Runs when no promise is left that can settle: far cheaper than a turn, in which the platform also looks for news from outside. */
const whenQuiet = (act: () => void): void => process.nextTick(act);
/** At each such event the platform has its turn all the same: a rejection that nobody heard ends the run then. */
const turnEvery = 256;

/** What happens to promises happens behind those that settled before; in a tick, it would happen ahead of them. */
const settled = Promise.resolve();

/** Steps without time moving: beyond it something wakes itself for ever. */
const eventsAtOneInstantMax = 200_000;

type Event = { readonly atMs: number; readonly tie: number; readonly seq: number; act: (() => void) | null };

/**
 * Virtual time. Events happen one after the other by their instant; between those of one instant the seed decides. After each,
 * every promise that can settle has settled before the next begins, so a run follows from its seed alone.
 */
export class Kernel {
  readonly startMs = Date.UTC(2026, 0, 5, 10);
  #nowMs = this.startMs;
  #seq = 0;
  #heap: Event[] = [];
  #hash = 0x811c9dc5;
  #hashMore = 0x1234567;
  #busy = 0;
  #atOneInstant = 0;
  readonly #ties: () => number;
  readonly #onTrace: ((line: string) => void) | undefined;
  events = 0;

  constructor(seed: number, onTrace?: (line: string) => void) {
    const ties = makeRandom(seed, 'ties');
    this.#ties = () => ties.fraction();
    this.#onTrace = onTrace;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get sinceStartMs(): number {
    return this.#nowMs - this.startMs;
  }

  at(delayMs: number, act: () => void): Timer {
    const event: Event = {
      atMs: this.#nowMs + Math.max(0, delayMs),
      tie: this.#ties(),
      seq: (this.#seq += 1),
      act,
    };
    this.#push(event);
    return { cancel: () => void (event.act = null) };
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.at(delayMs, resolve));
  }

  /** Work that ends outside virtual time, e.g. in a real database: the next event waits for it. */
  async whileBusy<Value>(work: () => Promise<Value>): Promise<Value> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }

  /** Runs until nothing is left to happen before `untilMs`, or `isDone` says so. */
  run(untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = () => {
        try {
          if (this.#happen(untilMs, isDone)) this.#afterwards(step);
          else resolve();
        } catch (error) {
          reject(error);
        }
      };
      this.#afterwards(step);
    });
  }

  /** The next event, if one is to happen. */
  #happen(untilMs: number, isDone: () => boolean): boolean {
    for (let event = this.#heap[0]; event !== undefined && !isDone(); event = this.#heap[0]) {
      if (event.atMs > untilMs) break;
      this.#pop();
      const { act, atMs } = event;
      if (act === null) continue;
      this.#atOneInstant = atMs === this.#nowMs ? this.#atOneInstant + 1 : 0;
      if (this.#atOneInstant > eventsAtOneInstantMax) throw new Error('time stands still');
      this.#nowMs = atMs;
      this.events += 1;
      event.act = null;
      act();
      return true;
    }
    if (!isDone()) this.#nowMs = Math.max(this.#nowMs, untilMs);
    return false;
  }

  /** When every promise that can settle has settled. A promise of its own each time would cost more than most events. */
  #afterwards(step: () => void): void {
    if (this.events % turnEvery === 0) nextTurn(() => this.#unlessBusy(step));
    else whenQuiet(() => this.#unlessBusy(step));
  }

  #unlessBusy(step: () => void): void {
    if (this.#busy > 0) nextTurn(() => this.#unlessBusy(step));
    else void settled.then(step);
  }

  /** One line of what happened. Two runs are the same when their traces' hashes are. */
  trace(line: string): void {
    const text = `${this.sinceStartMs} ${line}`;
    this.#hash = hashText(text, this.#hash);
    this.#hashMore = hashText(text, this.#hashMore ^ this.#hash);
    this.#onTrace?.(text);
  }

  get traceHash(): string {
    return [this.#hash, this.#hashMore].map((part) => part.toString(16).padStart(8, '0')).join('');
  }

  #isBefore(left: Event, right: Event): boolean {
    if (left.atMs !== right.atMs) return left.atMs < right.atMs;
    return left.tie === right.tie ? left.seq < right.seq : left.tie < right.tie;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !this.#isBefore(event, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let below = heap[child];
      const right = heap[child + 1];
      if (below === undefined) break;
      if (right !== undefined && this.#isBefore(right, below)) {
        child += 1;
        below = right;
      }
      if (!this.#isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}
