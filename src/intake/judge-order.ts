import { checkOrder } from '#acceptance/check-order.ts';
import type { Refused } from '#acceptance/codes.ts';
import { refuse } from '#acceptance/codes.ts';
import type { AcceptedOrder } from '#acceptance/order.ts';
import type { OrderBody, OrderIdentity } from '#acceptance/read-order.ts';
import type { StoreRules } from '#acceptance/rules.ts';
import type { ThirdPartyOrder } from '#contract/connector.ts';
import type { IntakePlace, IntakeProfile } from '#domain/intake.ts';
import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import type { Line } from '#domain/order.ts';
import type { RandomBytes } from '#domain/reference.ts';
import { priceRound } from '#ordering/price-round.ts';
import type { Catalogue } from './catalogue.ts';
import { commentOf, customerOf, printable } from './comment.ts';
import { linesOfOrder } from './to-lines.ts';
import type { PosAbilities } from './to-lines.ts';

/** How one location judges what is posted to it. */
export type Intake = {
  readonly profile: IntakeProfile;
  readonly catalogue: Catalogue;
  readonly rules: StoreRules;
  readonly pos: PosAbilities;
};

export type Post = {
  readonly body: OrderBody;
  readonly identity: OrderIdentity;
  readonly suspend: boolean;
  readonly nowMs: number;
};

/** What the POS gets of an accepted order. */
export type PosPlan = {
  readonly place: IntakePlace;
  readonly lines: readonly Line[];
  readonly thirdParty: ThirdPartyOrder;
  /** What our menu says that the POS will charge. */
  readonly total: Money;
};

export type Judged =
  | Refused
  /** `plan` is null while a suspended order lacks something. */
  | { readonly kind: 'accepted'; readonly order: AcceptedOrder; readonly plan: PosPlan | null };

/** Everything between "is it a duplicate" and "save it", without a side effect: the first refusal, or the order and what the POS gets of it. */
export function judgeOrder(intake: Intake, post: Post, randomBytes: RandomBytes): Judged {
  const checked = checkOrder(intake.rules, post);
  if (checked.kind === 'refused') return checked;
  const { order } = checked;
  if (order.missing.length > 0) return { kind: 'accepted', order, plan: null };
  const place = order.type === 'Pickup' ? intake.profile.pickup : intake.profile.delivery;
  if (place === null) throw new Error('an order type without a place passed the rules');
  const made = linesOfOrder(intake.catalogue, order, intake.pos);
  if (made.kind === 'impossible') return refuse(1010, { reason: made.reason });
  const priced = priceRound(intake.catalogue.menu, made.lines, {
    randomBytes,
    takesNotes: intake.pos.lineNotes,
  });
  if (priced.kind === 'refused') return refuse(1010, { reason: whyNot(priced.code) });
  const discounts = discountsOf(order, intake.profile.discountCode);
  if (discounts === undefined)
    return refuse(1010, { reason: 'This store has no discount for adjustments and specials set up.' });
  const off = discounts.reduce((sum, discount) => sum + discount.amount.amountMinor, 0);
  if (off > priced.total.amountMinor)
    return refuse(1010, { reason: 'The discounts are more than the items cost here.' });
  return {
    kind: 'accepted',
    order,
    plan: {
      place,
      lines: priced.lines,
      total: money(priced.total.amountMinor - off, priced.total.currency),
      thirdParty: {
        comment: commentOf(order),
        customer: customerOf(order),
        externalNumber: order.externalNumber,
        orderTypeRef: place.orderTypeRef,
        stationRef: place.stationRef,
        discounts,
        tip: order.totals.tip,
        paid: order.paid,
      },
    },
  };
}

function whyNot(code: string): string {
  return `The kitchen cannot make it: ${code}.`;
}

/** The adjustment and the specials' discounts, or undefined when there are some and the location has no entry for them. */
function discountsOf(order: AcceptedOrder, code: string | null): ThirdPartyOrder['discounts'] | undefined {
  const named = [
    ...order.specials.map((special) => ({
      name: special.special,
      amount: special.priceDiscount ?? special.discount,
    })),
    ...(order.adjustment === null
      ? []
      : [{ name: order.adjustment.name, amount: order.adjustment.discount }]),
  ].filter((discount) => discount.amount.amountMinor > 0);
  if (named.length === 0) return [];
  return code === null
    ? undefined
    : named.map(({ name, amount }) => ({ code, name: printable(name) || 'Discount', amount }));
}
