import { z } from 'zod';
import { holdsCardNumber } from '#domain/text.ts';

/**
 * Shapes of the HTTP interface. The guest app and the console import this file; the server validates requests with it and
 * documents its answers from it. Unknown fields of a request are dropped: a price that a client sends is never read.
 */

/** Named limits of request bodies. */
export const bodyBytesMax = 64 * 1024;
const idLengthMax = 100;
const noteLengthMax = 500;
const modifiersMax = 50;
const linesMax = 100;

const id = z.string().min(1).max(idLengthMax);
const quantity = z.number();

export const money = z
  .object({ amountMinor: z.int(), currency: z.string().length(3) })
  .meta({ id: 'Money', description: 'Integer minor units: EUR 8.90 is 890.' });

const nestedChosen = z.object({ modifierId: id, quantity, portion: z.enum(['left', 'right']).optional() });
const chosen = nestedChosen
  .extend({ modifiers: z.array(nestedChosen).max(modifiersMax).optional() })
  .meta({ id: 'Chosen', description: 'A removed default has quantity 0; a swap is one 0 and one 1.' });

const requestedLine = z
  .object({
    itemId: id,
    variantId: id.optional(),
    modifiers: z.array(chosen).max(modifiersMax).default([]),
    quantity,
    note: z.string().max(noteLengthMax).optional(),
  })
  .meta({ id: 'RequestedLine' });

export const roundRequest = z
  .object({ orderId: id.optional(), lines: z.array(requestedLine).min(1).max(linesMax) })
  .meta({ id: 'RoundRequest' });

const roundState = z.enum([
  'awaiting-payment',
  'sending',
  'waiting',
  'locked',
  'accepted',
  'error',
  'refused',
  'cancelled',
]);

export const roundAnswer = z
  .object({ orderId: z.string(), roundId: z.string(), state: roundState })
  .meta({ id: 'RoundAnswer' });

const lineView = z
  .object({
    lineId: z.string(),
    itemId: z.string(),
    name: z.string(),
    quantity: z.number(),
    modifiers: z.array(z.object({ modifierId: z.string(), name: z.string(), quantity: z.number() })),
    price: money,
    voided: z.literal(true).optional(),
    taken: z
      .object({ state: z.enum(['being-paid', 'paid']), left: money })
      .optional()
      .meta({ description: 'Other guests have paid it or are paying it, in whole or in part.' }),
  })
  .meta({ id: 'Line' });

const roundView = z
  .object({
    roundId: z.string(),
    state: roundState,
    by: z.enum(['guest', 'till']),
    lines: z.array(lineView),
    tax: money.optional(),
    guestText: z.string().optional(),
    stillWanted: z.object({ askedAtMs: z.number() }).optional(),
  })
  .meta({ id: 'Round' });

export const orderView = z
  .object({
    orderId: z.string(),
    flow: z.enum(['pay-first', 'pay-later']),
    state: z.enum(['awaiting-payment', 'open', 'settled', 'voided']),
    attention: z.enum(['locked', 'error']).nullable(),
    table: z.string(),
    billVersion: z.string(),
    total: money,
    discounts: z.array(z.object({ name: z.string(), amount: money })),
    tip: money,
    paid: money,
    due: money,
    waiter: z.string().optional(),
    loyaltyCard: z
      .object({
        state: z.enum(['sending', 'waiting', 'applied', 'refused', 'error']),
        guestText: z.string().optional(),
      })
      .optional(),
    split: z
      .object({ parts: z.number(), partsLeft: z.number(), left: money })
      .optional()
      .meta({ description: 'Others pay equal parts: what is left for whoever joins them.' }),
    rounds: z.array(roundView),
  })
  .meta({ id: 'Order' });

export const readOnlyView = z
  .object({ reason: z.string(), sinceMs: z.number(), guestText: z.string() })
  .nullable();

export const guestView = z
  .object({
    location: z.object({
      locationId: z.string(),
      name: z.string(),
      currency: z.string(),
      timeZone: z.string(),
    }),
    table: z.string(),
    flow: z.enum(['pay-first', 'pay-later']),
    readOnly: readOnlyView,
    payment: z.object({
      online: z.boolean(),
      tipPercents: z.array(z.number()),
      tipMaxPercent: z.number(),
      donation: z
        .object({ cause: z.string(), amountsMinor: z.array(z.number()), roundUp: z.boolean().optional() })
        .nullable(),
    }),
    order: orderView.nullable(),
  })
  .meta({ id: 'GuestView' });

const availability = z.discriminatedUnion('state', [
  z.object({ state: z.literal('available') }),
  z.object({ state: z.literal('sold-out') }),
  z.object({ state: z.literal('limited'), remaining: z.number() }),
]);

const modifierFields = {
  modifierId: z.string(),
  name: z.string(),
  price: money,
  variantPrices: z.record(z.string(), money).optional(),
  halves: z.boolean().optional(),
  maxQuantity: z.number(),
  default: z.boolean(),
  removable: z.boolean(),
  availability,
};
const groupFields = {
  modifierGroupId: z.string(),
  name: z.string(),
  minSelections: z.number(),
  maxSelections: z.number().nullable(),
  freeSelections: z.number(),
};
const nestedGroup = z.object({ ...groupFields, modifiers: z.array(z.object(modifierFields)) });
const modifierGroup = z
  .object({
    ...groupFields,
    modifiers: z.array(z.object({ ...modifierFields, modifierGroups: z.array(nestedGroup).optional() })),
  })
  .meta({ id: 'ModifierGroup' });

export const menuView = z
  .object({
    menuVersion: z.string(),
    currency: z.string(),
    readAtMs: z.number(),
    categories: z.array(
      z.object({
        categoryId: z.string(),
        name: z.string(),
        items: z.array(
          z.object({
            itemId: z.string(),
            name: z.string(),
            description: z.string().optional(),
            price: money,
            loyaltyPrice: money.optional(),
            taxes: z.array(
              z.object({ code: z.string(), included: z.boolean(), rate: z.number().optional() }),
            ),
            availability,
            variants: z.array(
              z.object({
                variantId: z.string(),
                name: z.string(),
                price: money,
                loyaltyPrice: money.optional(),
                availability,
              }),
            ),
            modifierGroups: z.array(modifierGroup),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'Menu' });

export const problemView = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number(),
    code: z.string(),
    detail: z.string(),
    guestText: z.string().optional(),
    errors: z.array(z.object({ path: z.string(), code: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });

/** Amounts are numbers here and judged by the product, so that a wrong one is answered with its own code. */
const share = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('all') }),
    z.object({ kind: z.literal('equal'), parts: z.number() }),
    z.object({ kind: z.literal('amount'), amountMinor: z.number() }),
    z.object({
      kind: z.literal('lines'),
      lines: z
        .array(z.object({ lineId: id, parts: z.number().optional() }))
        .min(1)
        .max(linesMax),
    }),
  ])
  .meta({ id: 'Share', description: 'What of the bill is paid; with parts, one of so many equal parts.' });

export const paymentRequest = z
  .object({
    orderId: id,
    billVersion: z.string().min(1).max(idLengthMax),
    share,
    tipMinor: z.number().default(0),
    donationMinor: z.number().optional(),
    donationRoundUp: z
      .boolean()
      .optional()
      .meta({ description: 'Gives what is missing to the next whole unit of the currency.' }),
    method: z
      .string()
      .regex(/^[a-z]{2,40}$/)
      .optional(),
  })
  .meta({ id: 'PaymentRequest' });

export const paymentAnswer = z
  .object({
    orderId: z.string(),
    attempt: z.object({
      attemptToken: z.string(),
      state: z.enum(['created', 'unconfirmed', 'open', 'paid', 'failed', 'canceled', 'expired']),
      amount: money,
      share: money,
      tip: money,
      donation: money,
      refunded: money,
      code: z.string(),
      receipt: z.string().optional(),
    }),
    checkoutUrl: z.string().nullable(),
  })
  .meta({ id: 'Payment' });

export const callWaiterRequest = z.object({ text: z.string().max(noteLengthMax).optional() }).default({});
export const loyaltyCardRequest = z.object({ cardCode: z.string().min(1).max(40) });
export const stillWantedRequest = z.object({ wanted: z.boolean() });

export const signInRequest = z.object({ email: z.string().max(320), password: z.string().max(200) });
export const signInAnswer = z.object({
  user: z.object({ email: z.string(), name: z.string(), role: z.string() }),
});
export const cashPaymentRequest = z
  .object({
    kind: z.enum(['cash', 'terminal']).default('cash'),
    /** Absent: everything that is due. */
    amountMinor: z.number().optional(),
    tipMinor: z.number().default(0),
  })
  .default({ kind: 'cash', tipMinor: 0 });
export const refundRequest = z.object({
  /** Absent: everything that is left of it. */
  amountMinor: z.number().optional(),
  /** What the list says is too much; refused when some of it no longer is. */
  onlySurplus: z.boolean().optional(),
  reason: z.string().min(1).max(noteLengthMax),
});
export const countRequest = z.object({ reason: z.string().min(1).max(noteLengthMax) });
export const cashPaymentAnswer = z.object({
  paymentId: z.string(),
  amount: money,
  tip: money,
  order: orderView,
});
const reasonLengthMax = 500;
/** Why, in the person's own words: it is kept with who said it, and card numbers are not kept. */
const reason = z
  .string()
  .trim()
  .min(1)
  .max(reasonLengthMax)
  .refine((text) => !holdsCardNumber(text), 'holds what looks like a card number');
export const inThePosRequest = z.object({ reason, posRef: z.string().min(1).max(idLengthMax).optional() });
export const notInThePosRequest = z.object({
  reason,
  sendAgain: z.boolean().default(true).meta({ description: 'False withdraws it.' }),
});
export const dealtWithRequest = z.object({ reason });
export const resolvedAnswer = z.object({
  how: z.enum(['healed', 'in-the-pos', 'sent-again', 'withdrawn', 'dealt-with']),
});
export const reconciliationItem = z
  .object({
    itemId: z.number(),
    kind: z.string(),
    toDo: z.string(),
    openedAtMs: z.number(),
    ageMs: z.number(),
    amount: money.nullable(),
    location: z.object({ locationId: z.string(), name: z.string() }),
    order: z
      .object({
        orderId: z.string(),
        table: z.string(),
        posRef: z.string().nullable(),
        state: z.string(),
      })
      .nullable(),
    writeId: z.number().nullable(),
    paymentId: z.string().nullable(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    answers: z.array(z.enum(['in-the-pos', 'not-in-the-pos', 'dealt-with'])),
  })
  .meta({ id: 'ReconciliationItem' });
export const chooseOrderRequest = z.object({ posRef: z.string().min(1).max(idLengthMax) });

export type RoundRequest = z.infer<typeof roundRequest>;
export type PaymentRequest = z.infer<typeof paymentRequest>;
