import type { WriteState } from '#domain/write.ts';
import { minuteMs } from '#domain/time.ts';
import type { ProviderFaultKind } from './money/faults.ts';
import type { Random } from './random.ts';

/** What one call to a POS may meet. */
export const callFaults = [
  /** Not a byte leaves. */
  'refused',
  /** The request is lost on its way; silence. */
  'silence',
  /** The POS acts; the connection breaks before the first byte of its answer. */
  'answer-lost',
  /** The POS acts; its answer never comes and the connection stays. */
  'answer-hung',
  /** The connection breaks or stays silent; the request arrives much later, inside the declared bound. */
  'late-arrival',
  /** HTTP 5xx, with or without an effect. */
  'server-error',
  /** The POS acts and half its answer arrives. */
  'bad-answer',
  /** The POS acts and takes its time to answer. */
  'slow',
  /** What stands between delivers the request more than once. */
  'relay-repeats',
] as const;
export type CallFault = (typeof callFaults)[number];

/** What happens at a location for a while, or once. */
export const placeFaults = [
  'offline',
  'lock-burst',
  'busy',
  'shift-too-long',
  'wrong-restaurant',
  'credentials-refused',
  'sold-out',
  'drops-lines',
  'waiter-adds',
  'waiter-voids',
  'waiter-moves',
  'waiter-merges',
  'waiter-closes',
  'waiter-opens',
] as const;
export type PlaceFault = (typeof placeFaults)[number];

/** What happens to one of our processes, or to what it asks the database. */
export const processFaults = [
  'crash',
  'stopped',
  'commit-lost',
  'ack-lost',
  'store-slow',
  'announcements-lost',
  /** Its machine's wall clock is set an hour forward or back, and right again later. */
  'clock-jumps',
] as const;
export type ProcessFault = (typeof processFaults)[number];

export type PosFaultKind = CallFault | PlaceFault | ProcessFault;
export type FaultKind = PosFaultKind | ProviderFaultKind;
export const posFaultKinds: readonly PosFaultKind[] = [...callFaults, ...placeFaults, ...processFaults];

/** One thing that goes wrong. Plain data: a run's faults are a list that can be cut down. */
export type Fault = {
  readonly kind: FaultKind;
  /** Since the world's start. */
  readonly atMs: number;
  /** Index of the location it happens at, or whose write a process fault waits for. */
  readonly location: number;
  /** It waits, from its instant on, until a write of that location is in this state; null: it waits for nothing. */
  readonly whenState: WriteState | null;
  /** A call fault meets calls of this kind. */
  readonly target: 'send' | 'read-back' | 'any';
  readonly count: number;
  /** How long it lasts, where it does. */
  readonly ms: number;
  readonly process: number;
};

export type FaultPlan = {
  readonly random: Random;
  readonly locations: number;
  readonly processes: number;
  /** Faults begin in this time; afterwards the world comes to rest. */
  readonly untilMs: number;
  readonly rate: number;
};

const restingStates = [
  'queued',
  'locked',
  'backing-off',
  'waiting',
  'unconfirmed',
  'error',
  'sending',
] as const satisfies readonly WriteState[];

/** Per location and twenty busy minutes; process faults count once per location as well, because they wait for its writes. */
const perBusyTime: Readonly<Record<PosFaultKind, number>> = {
  refused: 1.5,
  silence: 1.5,
  'answer-lost': 2,
  'answer-hung': 1.5,
  'late-arrival': 2,
  'server-error': 1.5,
  'bad-answer': 1.5,
  slow: 1.5,
  'relay-repeats': 1,
  offline: 1,
  'lock-burst': 1.5,
  busy: 0.7,
  'shift-too-long': 0.2,
  'wrong-restaurant': 0.2,
  'credentials-refused': 0.2,
  'sold-out': 0.5,
  'drops-lines': 0.3,
  'waiter-adds': 1,
  'waiter-voids': 1,
  'waiter-moves': 1,
  'waiter-merges': 0.5,
  'waiter-closes': 1,
  'waiter-opens': 0.7,
  crash: 1,
  stopped: 1,
  'commit-lost': 1,
  'ack-lost': 1,
  'store-slow': 0.5,
  'announcements-lost': 0.5,
  'clock-jumps': 0.5,
};

/** A seed's faults: a random part of the kinds is on at all, so that rare ones are not drowned by common ones. */
export function planFaults(plan: FaultPlan): readonly Fault[] {
  const { random } = plan;
  const faults: Fault[] = [];
  const share = (plan.rate * plan.untilMs) / (20 * minuteMs);
  for (const kind of posFaultKinds) {
    if (!random.chance(0.75)) continue;
    const factor = random.fraction() * 2;
    for (let location = 0; location < plan.locations; location += 1) {
      const expected = perBusyTime[kind] * share * factor;
      const count = Math.floor(expected) + (random.chance(expected % 1) ? 1 : 0);
      for (let index = 0; index < count; index += 1) faults.push(makeFault(kind, location, plan));
    }
  }
  return faults.toSorted((a, b) => a.atMs - b.atMs);
}

export function isCallFault(kind: FaultKind): kind is CallFault {
  return (callFaults as readonly string[]).includes(kind);
}

export function makeFault(kind: FaultKind, location: number, plan: FaultPlan): Fault {
  const { random } = plan;
  const isCall = isCallFault(kind);
  const waits = !isCall && kind !== 'waiter-opens' && random.chance(0.8);
  return {
    kind,
    atMs: random.between(0, plan.untilMs),
    location,
    whenState: waits ? random.pick(restingStates) : null,
    target: random.chance(0.6) ? 'send' : random.chance(0.6) ? 'read-back' : 'any',
    count: random.chance(0.7) ? 1 : random.between(2, 6),
    ms: durationOf(kind, random),
    process: random.between(0, plan.processes - 1),
  };
}

/** From and to, for those that last. Some last beyond every schedule. */
const lasting: Partial<Record<FaultKind, readonly (readonly [number, number])[]>> = {
  'lock-burst': [
    [2_000, 60_000],
    [60_000, 240_000],
  ],
  offline: [
    [1_000, 60_000],
    [60_000, 900_000],
  ],
  busy: [
    [1_000, 60_000],
    [60_000, 400_000],
  ],
  'wrong-restaurant': [[1_000, 120_000]],
  'shift-too-long': [[1_000, 300_000]],
  'credentials-refused': [[10_000, 300_000]],
  'sold-out': [[10_000, 300_000]],
  crash: [[500, 10_000]],
  stopped: [
    [500, 10_000],
    [10_000, 120_000],
  ],
  'store-slow': [[1_000, 20_000]],
  'announcements-lost': [[1_000, 20_000]],
  'clock-jumps': [[1_000, 300_000]],
};

function durationOf(kind: FaultKind, random: Random): number {
  const [from, to] = random.pick(lasting[kind] ?? [[0, 0]]);
  return random.between(from, to);
}
