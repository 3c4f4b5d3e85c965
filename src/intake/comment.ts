import type { AcceptedOrder } from '#acceptance/order.ts';
import type { ThirdPartyOrder } from '#contract/connector.ts';
import { cleanText, holdsCardNumber } from '#domain/text.ts';

/** What the narrowest POS field for an order's comment is sure to take. */
const commentLengthMax = 500;
const partLengthMax = 160;
/** Between parts: a POS may print the comment as one line. */
const between = ' | ';

/**
 * What staff read on the ticket and at the till: who it is for, where to, and by which number the customer asks. Made from an
 * allowlist, the most needed first; what does not fit any more is left out whole.
 */
export function commentOf(order: AcceptedOrder): string {
  const { customer, externalNumber } = order;
  const places = customer.places.flatMap(({ diff, value }) =>
    diff === null || value === null ? [] : [`${diff} ${value}`],
  );
  const address = [customer.address, customer.zip, customer.city, customer.state, ...places];
  const parts = [
    // A number of the third party's own may be long enough to look like a card's.
    externalNumber === null ? '' : `No. ${cleanText(externalNumber)}`,
    order.type,
    order.source,
    printable(customer.name),
    printable(customer.phone),
    printable(address.filter((part) => part !== null && part !== '').join(' ')),
    order.isThirdPartyPickup === true ? 'picked up by the third party' : '',
    printable(order.instructions),
    printable(customer.deliveryInstructions),
  ];
  let comment = '';
  for (const part of parts) {
    const longer = comment === '' ? part : `${comment}${between}${part}`;
    if (part !== '' && longer.length <= commentLengthMax) comment = longer;
  }
  return comment;
}

/** For a POS with fields of its own. A name that cannot be printed leaves the number to go by. */
export function customerOf({ customer, externalNumber }: AcceptedOrder): ThirdPartyOrder['customer'] {
  const name = printable(customer.name);
  return { name: name === '' ? `No. ${cleanText(externalNumber ?? '')}` : name, phone: customer.phone };
}

/** Text of a third party made safe for a printer. Card numbers never reach a POS. */
export function printable(text: string | null): string {
  const clean = cleanText(text ?? '').slice(0, partLengthMax);
  return holdsCardNumber(clean) ? '' : clean;
}
