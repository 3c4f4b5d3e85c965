/** What a guest reads, by the keys the server answers with. One language for now; the catalogue is the place for more. */
export const guestTexts = {
  'amount-invalid': 'Please enter an amount.',
  'amount-over-due': 'That is more than what is left to pay.',
  'ask-a-waiter-which-bill':
    'Several bills are open at your table. Please ask your waiter which one is yours.',
  'bill-changed': 'The bill changed meanwhile. Please look at it again.',
  'choose-a-dish': 'Please choose what you had.',
  'card-refused': 'This card was not accepted.',
  checking: 'We are checking with the kitchen. Please do not order it again.',
  'item-sold-out': 'Something you chose has just sold out.',
  'item-unknown': 'The menu changed meanwhile. Please choose again.',
  'menu-not-read': 'The menu is on its way. Please look again in a moment.',
  'modifier-above-max': 'That is more than this dish allows.',
  'modifier-below-min': 'One more choice is needed for this dish.',
  'modifier-not-removable': 'This cannot be left out.',
  'modifier-sold-out': 'One of the extras has just sold out.',
  'note-card-number': 'Please do not write card numbers in a note.',
  'note-too-long': 'The note is too long for the kitchen printer.',
  'order-closed': 'This bill is closed.',
  'order-locked': 'Your waiter has the bill open. We keep trying.',
  'order-moved': 'Your table was moved. We are sending it again.',
  'ordering-paused': 'Ordering is paused here. Please order with your waiter.',
  'pay-at-the-table': 'Paying from the phone is not possible here. Please pay your waiter.',
  'payment-away': 'The payment page does not answer. Nothing was charged; please try again.',
  'payment-refused': 'This cannot be paid from the phone. Please pay your waiter.',
  'quantity-invalid': 'Please choose a number from 1 to 20.',
  'read-only':
    'Ordering from the phone is paused for a moment. You can read the menu; your waiter takes orders.',
  'round-too-large': 'That is a lot at once. Please order in two rounds.',
  'scan-again': 'This code is no longer valid. Please scan the one on your table.',
  sending: 'On its way to the kitchen.',
  'share-being-paid': 'Somebody at your table is paying this right now.',
  'tell-a-waiter': 'Please tell your waiter.',
  'tip-over-limit': 'That tip is larger than what you pay. Please choose another.',
  'try-again': 'Something went wrong on our side. Please try again.',
  'variant-required': 'Please choose a size.',
} as const satisfies Record<string, string>;

export function textOf(key: string): string {
  return Object.hasOwn(guestTexts, key)
    ? guestTexts[key as keyof typeof guestTexts]
    : guestTexts['tell-a-waiter'];
}
