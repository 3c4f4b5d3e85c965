/** One intended change in a POS. */
export const writeKinds = [
  'create-order',
  'append-round',
  'mark-paid',
  'send-message',
  'apply-card',
] as const;
export type WriteKind = (typeof writeKinds)[number];

/**
 * The life of a write.
 *
 * - `queued`      saved, the POS has not been asked.
 * - `sending`     an attempt is recorded and may have put bytes on the wire. Found after a crash, it becomes `unconfirmed`.
 * - `locked`      the POS order is open at a terminal; waits on the lock schedule.
 * - `backing-off` the last attempt was definitely not applied; waits on its schedule.
 * - `waiting`     the location is read-only; no attempt is consumed.
 * - `unconfirmed` may be in the POS; only a read back moves it.
 * - `delivered`   it is in the POS. Final.
 * - `refused`     the POS said a lasting no. Final.
 * - `error`       schedule exhausted or outcome unknowable: a person is asked; reads go on, and it closes itself when the POS
 *                 shows the effect.
 * - `cancelled`   withdrawn by an operator. Final.
 */
export const writeTransitions = {
  queued: ['sending', 'waiting', 'error', 'refused', 'cancelled'],
  sending: ['delivered', 'refused', 'locked', 'backing-off', 'waiting', 'unconfirmed', 'error'],
  locked: ['sending', 'waiting', 'error', 'refused', 'cancelled'],
  'backing-off': ['sending', 'waiting', 'error', 'refused', 'cancelled'],
  waiting: ['queued', 'locked', 'backing-off', 'error', 'refused', 'cancelled'],
  unconfirmed: ['delivered', 'refused', 'backing-off', 'waiting', 'error'],
  error: ['delivered', 'queued', 'refused', 'cancelled'],
  delivered: [],
  refused: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;

export type WriteState = keyof typeof writeTransitions;
export const writeStates = Object.keys(writeTransitions) as readonly WriteState[];

export function canWriteMove(from: WriteState, to: WriteState): boolean {
  return (writeTransitions[from] as readonly WriteState[]).includes(to);
}

/** Inside one lane these let the next write go; every other state holds it. */
export const settledWriteStates = [
  'delivered',
  'refused',
  'cancelled',
] as const satisfies readonly WriteState[];

export function isSettled(state: WriteState): boolean {
  return (settledWriteStates as readonly WriteState[]).includes(state);
}
