import type { WriteState } from './write.ts';

/** What the outside sees of a round. */
export const roundStates = [
  'awaiting-payment',
  'sending',
  'waiting',
  'locked',
  'accepted',
  'error',
  'refused',
  'cancelled',
] as const;
export type RoundState = (typeof roundStates)[number];

/** A round without a write is a Pay-First round that nobody has paid yet. */
export function roundStateOf(write: WriteState | undefined): RoundState {
  switch (write) {
    case undefined:
      return 'awaiting-payment';
    case 'queued':
    case 'sending':
    case 'backing-off':
    case 'unconfirmed':
      return 'sending';
    case 'waiting':
      return 'waiting';
    case 'locked':
      return 'locked';
    case 'delivered':
      return 'accepted';
    case 'error':
      return 'error';
    case 'refused':
      return 'refused';
    case 'cancelled':
      return 'cancelled';
  }
}

/** Whether a round's lines are on the bill: what the POS refused, nobody wants, or needs a person first is not. */
export function isOnBill(state: RoundState): boolean {
  return state !== 'refused' && state !== 'cancelled' && state !== 'error';
}

/** What needs a person's eye on an order, by its head write. */
export type Attention = null | 'locked' | 'error';

export function attentionOf(head: WriteState | undefined): Attention {
  if (head === 'locked') return 'locked';
  return head === 'error' ? 'error' : null;
}
