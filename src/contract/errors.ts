/**
 * Every reason a POS call can end without effect or without certainty.
 *
 * `guestText` is a key of the guest app's catalogue, `operator` one English line for staff and logs. docs/errors.md has a
 * section per code; a test keeps the two equal.
 */
export const posErrors = {
  'auth-failed': {
    guestText: 'ordering-paused',
    operator: 'The POS refuses our credentials; renew them in the connection.',
  },
  'bad-answer': { guestText: 'checking', operator: 'The POS answered something we do not understand.' },
  'bad-request': {
    guestText: 'tell-a-waiter',
    operator:
      'The POS says our request is malformed or unsupported; a fault of the connector or its settings.',
  },
  'bill-changed': {
    guestText: 'bill-changed',
    operator: 'The amount due in the POS is not the amount that was paid.',
  },
  'card-refused': { guestText: 'card-refused', operator: 'The loyalty system does not accept the card.' },
  'item-sold-out': {
    guestText: 'item-sold-out',
    operator: 'An item or modifier of the round is on the stop list.',
  },
  'item-unknown': {
    guestText: 'item-unknown',
    operator: 'The POS does not know an item or modifier of the round; read the menu again.',
  },
  'licence-refused': {
    guestText: 'tell-a-waiter',
    operator: 'The POS refuses the licence of its order interface.',
  },
  'not-possible': {
    guestText: 'tell-a-waiter',
    operator: 'The POS refuses the change for a lasting reason of its own.',
  },
  'order-closed': { guestText: 'order-closed', operator: 'The order is closed in the POS.' },
  'order-locked': { guestText: 'order-locked', operator: 'The order is open at a terminal.' },
  'order-moved': { guestText: 'order-moved', operator: 'The order was moved to another table at the till.' },
  'order-unknown': { guestText: 'tell-a-waiter', operator: 'The POS does not know the order.' },
  'order-not-in-pos': {
    guestText: 'tell-a-waiter',
    operator: 'The order never reached the POS, so nothing can be added to it.',
  },
  'paid-lines-not-in-pos': {
    guestText: 'tell-a-waiter',
    operator: 'A round that the guests paid for is not in the POS, so the payment is not sent there.',
  },
  'pos-busy': {
    guestText: 'sending',
    operator: 'The POS cannot take writes for a moment (shift closing, printer, receipt).',
  },
  'pos-offline': { guestText: 'read-only', operator: 'The POS does not answer.' },
  'price-changed': {
    guestText: 'tell-a-waiter',
    operator: 'The POS calculates another price than the menu we sold from; renew the menu.',
  },
  'shift-too-long': {
    guestText: 'read-only',
    operator: 'The common shift is open too long; the POS takes no new orders until it is closed.',
  },
  'store-closed': {
    guestText: 'read-only',
    operator: 'The store is closed by its own hours and takes no orders now.',
  },
  'table-has-several-orders': {
    guestText: 'ask-a-waiter-which-bill',
    operator: 'Several orders are open at the table; a waiter chooses which one the guests join.',
  },
  'table-unknown': { guestText: 'tell-a-waiter', operator: 'The POS does not know the table.' },
  'unknown-outcome': {
    guestText: 'checking',
    operator: 'Nobody can tell whether the POS applied the write; look in the POS.',
  },
  'write-expired': {
    guestText: 'tell-a-waiter',
    operator: 'The write was not delivered in time and is no longer wanted.',
  },
  'wrong-restaurant': {
    guestText: 'read-only',
    operator: 'Another restaurant answers at this address; nothing is written to it.',
  },
} as const satisfies Record<string, { guestText: string; operator: string }>;

export type PosErrorCode = keyof typeof posErrors;
export const posErrorCodes = Object.keys(posErrors) as readonly PosErrorCode[];

export type PosError = {
  readonly code: PosErrorCode;
  /** For the operator, in English, with no guest data and no secrets. */
  readonly detail: string;
  /** The vendor's own number or word, when it gave one. */
  readonly vendorCode?: string;
};

export function posError(code: PosErrorCode, detail: string, vendorCode?: string): PosError {
  return vendorCode === undefined ? { code, detail } : { code, detail, vendorCode };
}

/**
 * What guests read where a location takes no orders for this reason. The reason's own text speaks of a write under way, and here
 * there is none; only that ordering stays paused until somebody acts is worth telling apart.
 */
export function readOnlyText(reason: PosErrorCode): 'read-only' | 'ordering-paused' {
  return posErrors[reason].guestText === 'ordering-paused' ? 'ordering-paused' : 'read-only';
}
