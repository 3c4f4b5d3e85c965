import type { Chosen, Line, LineModifier, RequestedLine } from '#domain/order.ts';
import { priceRound } from '#ordering/price-round.ts';
import { orderableMenu } from '#ordering/submit-round.ts';
import { getCurrentMenu } from '#store/menus.ts';
import type { RoundRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { refuse } from './deps.ts';
import type { PaymentsDeps, Refused } from './deps.ts';

/**
 * Whether a cart that nobody paid yet could still be ordered as it stands: everything on it is for sale at the price it was
 * priced at. Judged right before a guest is sent to a checkout, because afterwards the money is taken.
 */
export async function judgeMenu(
  tx: Tx,
  deps: Pick<PaymentsDeps, 'randomBytes'>,
  rounds: readonly RoundRow[],
): Promise<Refused | undefined> {
  const [first] = rounds;
  if (first === undefined) return refuse('order-unknown');
  const current = await getCurrentMenu(tx, { companyId: first.company_id, locationId: first.location_id });
  if (current === undefined) return refuse('menu-not-read');
  const lines = rounds.flatMap((round) => round.lines);
  const priced = priceRound(orderableMenu(current), lines.map(requestedOf), {
    randomBytes: deps.randomBytes,
    // Judged when the round was taken.
    takesNotes: true,
  });
  if (priced.kind === 'refused') return priced;
  // Taxes on top count as much as the lines do.
  const pinnedMinor = rounds.reduce((sum, round) => sum + round.total_minor, 0);
  const same =
    priced.total.amountMinor === pinnedMinor &&
    priced.lines.every((line, index) => line.price.amountMinor === lines[index]?.price.amountMinor);
  return same ? undefined : refuse('menu-changed');
}

function requestedOf(line: Line): RequestedLine {
  return {
    itemId: line.itemId,
    quantity: line.quantity,
    modifiers: line.modifiers.map(chosenOf),
    ...(line.variantId === undefined ? {} : { variantId: line.variantId }),
    ...(line.note === undefined ? {} : { note: line.note }),
  };
}

function chosenOf(modifier: LineModifier): Chosen {
  return {
    modifierId: modifier.modifierId,
    quantity: modifier.quantity,
    ...(modifier.portion === undefined ? {} : { portion: modifier.portion }),
    ...(modifier.modifiers === undefined ? {} : { modifiers: modifier.modifiers.map(chosenOf) }),
  };
}
