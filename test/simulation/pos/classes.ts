import type { Capabilities } from '#contract/capabilities.ts';
import type { WriteState } from '#domain/write.ts';
import type { PosFaultKind } from '../faults.ts';
import type { Random } from '../random.ts';
import type { SimPos } from './pos.ts';

/** How a modelled POS treats what it is sent. */
export type Semantics = {
  /** How long a key's answer is replayed; null: it knows no keys. */
  readonly keyTtlMs: number | null;
  /** `for-ever` and `while-open` refuse a second package under our reference, telling which order has the first. */
  readonly uniqueReference: 'for-ever' | 'while-open' | 'never';
  /** It looks at what is ordered before it looks at the reference: a repeat of what it has may be refused for an item that is sold out now. */
  readonly judgesFirst: boolean;
  /** An order is made empty first, lines follow in a second call. */
  readonly twoStep: boolean;
  /** What stands between us and the POS delivers a request again by itself when it missed the answer. */
  readonly relayRepeats: boolean;
  /** A package may lose a line on its way into the order. */
  readonly dropsLines: boolean;
};

export type PosClass = {
  readonly classId: string;
  readonly capabilities: Capabilities;
  readonly semantics: Semantics;
  /** The real connector over its twin's world, rather than a model of a POS; null: a model. */
  readonly real: RealPos | null;
};

export type RealPos = {
  /** `index` is the location's: not every one is the same restaurant. */
  readonly makePos: (index: number, options: { nowMs: () => number; random: Random }) => SimPos;
  /** Settings and secret of the connection to it. */
  readonly connection: (
    index: number,
    origin: string,
  ) => { readonly settings: object; readonly secret: object };
  /** What cannot go wrong there, and why. */
  readonly never: Partial<Record<PosFaultKind, string>>;
  /** Which states of a write no answer of this POS leads to, and why. */
  readonly neverMet: Partial<Record<WriteState, string>>;
};

const common: Capabilities = {
  appendRounds: true,
  readTables: true,
  readOrders: true,
  markPaid: true,
  sendMessage: false,
  applyCard: false,
  loyaltyMenu: false,
  createDedupe: 'none',
  dedupeWindowMs: null,
  readBack: 'none',
  readLagMs: 0,
  lateArrivalMs: 30_000,
  attemptDeadlineMs: 20_000,
  writeConcurrency: 1,
  sumMustMatch: true,
};
const plain: Semantics = {
  keyTtlMs: null,
  uniqueReference: 'never',
  judgesFirst: false,
  twoStep: false,
  relayRepeats: false,
  dropsLines: true,
};

/** A POS that remembers keys for five minutes, and cannot be asked afterwards. */
const key: PosClass = {
  classId: 'key',
  capabilities: { ...common, createDedupe: 'key', dedupeWindowMs: 300_000, writeConcurrency: 2 },
  semantics: { ...plain, keyTtlMs: 300_000 },
  real: null,
};
/** Takes each reference once, ever; slow to answer. */
const unique: PosClass = {
  classId: 'unique',
  capabilities: { ...common, createDedupe: 'unique-reference', attemptDeadlineMs: 30_000 },
  semantics: { ...plain, uniqueReference: 'for-ever' },
  real: null,
};
/** Knows a reference as long as its order is open: at least the declared window, or staff closed a fresh order. */
const openOnly: PosClass = {
  classId: 'open-only',
  capabilities: { ...common, createDedupe: 'open-only', dedupeWindowMs: 300_000 },
  semantics: { ...plain, uniqueReference: 'while-open', judgesFirst: true },
  real: null,
};
/** Neither remembers nor tells. */
const mute: PosClass = { classId: 'mute', capabilities: common, semantics: plain, real: null };
/** Shows our reference in its orders, two seconds after they were made. */
const readable: PosClass = {
  classId: 'readable',
  capabilities: { ...common, readBack: 'reference', readLagMs: 2_000, writeConcurrency: 2 },
  semantics: plain,
  real: null,
};
const twoStep: PosClass = {
  classId: 'two-step',
  capabilities: { ...common, readBack: 'reference', lateArrivalMs: 40_000 },
  semantics: { ...plain, twoStep: true },
  real: null,
};
/** A vendor's relay in front of the tills: answers for them, holds requests back, and repeats them. */
const relay: PosClass = {
  classId: 'relay',
  capabilities: {
    ...common,
    createDedupe: 'unique-reference',
    readBack: 'reference',
    lateArrivalMs: 60_000,
    attemptDeadlineMs: 25_000,
  },
  semantics: { ...plain, uniqueReference: 'for-ever', relayRepeats: true },
  real: null,
};

export const modelClasses: readonly PosClass[] = [key, unique, openOnly, mute, readable, twoStep, relay];
