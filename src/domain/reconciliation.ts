/**
 * What a person must look at because the POS, the money and our record of them do not agree. An item is open until the POS shows
 * it healed, or until a person has dealt with it and said so.
 *
 * `toDo` is one English line for the operator. Payments add kinds of their own here; a kind is all a new one needs.
 */
export const reconciliationKinds = {
  'write-in-error': {
    toDo: 'Look in the POS: say that it is there, or that it is not and send it again or withdraw it.',
  },
  'paid-not-closed': {
    toDo: 'The guests paid, and the order is still open in the POS: take what is left, or close it at the till.',
  },
  'paid-twice': {
    toDo: 'The till closed the order for its own money while guests had paid it here: give one of the two back.',
  },
  'paid-voided': { toDo: 'The guests paid, and the till voided the order: give the money back.' },
  'withdrawn-in-pos': {
    toDo: 'A round that the guest was told is not coming is in the POS: void it at the till, or serve it.',
  },
  'second-order': {
    toDo: 'The POS holds an order of ours that it should not: void it at the till before it is cooked or paid.',
  },
  'line-twice': { toDo: 'The POS holds a line of ours twice: void one of the two at the till.' },
  'line-missing': {
    toDo: 'A line the guest ordered is not in the POS: type it at the till, or tell the guest.',
  },
  'modifier-missing': {
    toDo: 'The POS holds the dish without what the guest chose with it: tell the kitchen.',
  },
  'price-drift': {
    toDo: 'The POS charges another price than the guest saw: correct it at the till, or tell the guest.',
  },
  'amount-mismatch': {
    toDo: 'The provider took another sum than was asked for; it is not counted. Count it, or give it back.',
  },
  chargeback: { toDo: 'The guest’s bank took the money back: answer it at the provider, or ask the guest.' },
  'paid-not-in-pos': {
    toDo: 'The guest paid, and the order never came into the POS: send it again, or give the money back.',
  },
  'payment-unresolved': {
    toDo: 'After 26 hours nobody knows whether it was paid: look at the provider.',
  },
  'refund-failed': { toDo: 'The guest did not get the money back: look at the provider, then refund again.' },
  surplus: { toDo: 'More was paid than the bill needed: give it back.' },
  'void-asked': {
    toDo: 'The third party that posted the order takes it back, and the POS has it: void it at the till.',
  },
} as const satisfies Record<string, { readonly toDo: string }>;

export type ReconciliationKind = keyof typeof reconciliationKinds;

/**
 * How an item ended. `healed`: the POS shows that nothing is wrong any more. The others are what a person said: it is in the POS;
 * it is not, and was sent again, or withdrawn; or, for what has no write, that it was dealt with.
 */
export const reconciliationEnds = ['healed', 'in-the-pos', 'sent-again', 'withdrawn', 'dealt-with'] as const;
export type ReconciliationEnd = (typeof reconciliationEnds)[number];

/** Ids, codes and counts that say what was seen; never names, notes or anything a guest typed. */
export type ReconciliationFacts = Readonly<Record<string, string | number | boolean | null>>;
