import { z } from 'zod';
import { phonePattern, placeCharsMax, statePattern, zipPattern } from '#acceptance/check-customer.ts';
import { ingredientCharsMax, qualifiersMax, quantityMax } from '#acceptance/check-items.ts';
import { acceptanceCodes } from '#acceptance/codes.ts';
import { orderSources, orderTypes } from '#acceptance/order.ts';
import {
  instructionsCharsMax,
  listLengthMax,
  referenceCharsMax,
  textCharsMax,
} from '#acceptance/read-order.ts';
import { answerUnauthorized } from '#acceptance/wire.ts';

/**
 * The Order Acceptance API's bodies, for the OpenAPI document. What checks an order is `src/acceptance`, whose codes no schema can
 * answer; a test holds the two together: what this refuses is refused there, and what is answered fits in here, key by key.
 */

const text = z.string().max(textCharsMax);
const filled = text.regex(/\S/);
const place = z.string().max(placeCharsMax);
const amount = z
  .number()
  .min(0)
  .meta({ description: 'No fraction of the smallest coin; at most a million.' });
const instant = z.int().meta({ description: 'Milliseconds since 1970 (UTC).' });
/** Empty text is as good as none. */
const spelled = (pattern: RegExp) => z.union([z.string().regex(pattern), z.literal('')]);
const asSuspended = (what: string) => ({
  description: `Required; ${what} may be absent with \`suspend=true\`.`,
});

const customerSent = z
  .object({
    name: text.nullish().meta(asSuspended('it')),
    phone: spelled(phonePattern).nullish(),
    address: text.nullish(),
    zip: spelled(zipPattern).nullish(),
    city: text.nullish(),
    state: spelled(statePattern).nullish(),
    diff1: place.nullish().meta({ description: 'What a place is, such as `Apt`.' }),
    value1: place
      .nullish()
      .meta({ description: 'Which one it is, such as `12G`; with `diff1` or not at all.' }),
    diff2: place.nullish(),
    value2: place.nullish(),
    diff3: place.nullish(),
    value3: place.nullish(),
    latitude: z.number().min(-90).max(90).nullish(),
    longitude: z.number().min(-180).max(180).nullish(),
    deliveryInstructions: text.nullish(),
  })
  .meta({ id: 'AcceptanceCustomer' });

const ingredientSent = z
  .object({
    ingredient: z.string().max(ingredientCharsMax).regex(/\S/),
    isLeftHalf: z.boolean().nullish(),
    isRightHalf: z.boolean().nullish().meta({ description: 'Both halves, or neither: the whole.' }),
    ordered: z.boolean().nullish().meta({ description: 'False takes off what comes with the item.' }),
    isAdHoc: z.boolean().nullish().meta({ description: 'Not on the menu; it has a `price`.' }),
    price: amount.nullish(),
    qualifiers: z.array(text).max(qualifiersMax).nullish(),
  })
  .meta({ id: 'AcceptanceIngredient' });

const itemSent = z
  .object({
    category: filled,
    item: filled,
    size: text.nullish().meta(asSuspended('it')),
    quantity: z.int().min(1).max(quantityMax).nullish().meta({ description: 'Absent: 1.' }),
    sellingPrice: amount
      .nullish()
      .meta({ description: 'The whole line, ingredients included. Required, unless suspended.' }),
    ingredients: z.array(ingredientSent).max(listLengthMax).nullish(),
    externalRef: z.string().max(referenceCharsMax).nullish(),
    isInBucket: z.boolean().nullish(),
  })
  .meta({ id: 'AcceptanceItem' });

const specialSent = z
  .object({
    special: filled,
    type: z.enum(['Special', 'Coupon']),
    sellingPrice: amount.meta({ description: 'What the items cost after the discount.' }),
    discount: amount,
    items: z.array(itemSent).min(1).max(listLengthMax),
    isCombo: z.boolean().nullish(),
    couponCode: z.string().nullish().meta({ description: 'Required with a coupon.' }),
  })
  .meta({ id: 'AcceptanceSpecial' });

const adjustment = z.object({ name: filled, discount: amount }).meta({ id: 'AcceptanceAdjustment' });

export const orderSent = z
  .object({
    type: z.enum(orderTypes),
    source: z.string().meta({ description: `In any case: ${orderSources.join(', ')}.` }),
    paid: z.boolean(),
    isThirdPartyPickup: z.boolean().nullish(),
    price: amount.nullish().meta(asSuspended('it')),
    tax: amount.nullish().meta({ description: 'Compared when sent.' }),
    taxableSubtotal: z.number().nullish().meta({ description: 'Not compared.' }),
    tip: amount.nullish(),
    discount: amount.nullish().meta({ description: 'Of specials and coupons. Compared when sent.' }),
    deliveryCharge: amount.nullish().meta({ description: 'Compared when sent.' }),
    serviceCharge: amount.nullish(),
    serviceChargeName: text.nullish().meta({ description: 'With `serviceCharge` or not at all.' }),
    deferTime: instant.nullish(),
    customer: customerSent,
    items: z.array(itemSent).max(listLengthMax).nullish(),
    specials: z
      .array(specialSent)
      .max(listLengthMax)
      .nullish()
      .meta({ description: 'One of `items` and `specials` holds something.' }),
    adjustment: adjustment.nullish(),
    instructions: z.string().max(instructionsCharsMax).nullish(),
    externalRef: z.string().max(referenceCharsMax).regex(/\S/).meta({ description: 'Unique.' }),
    externalNumber: z.string().max(referenceCharsMax).nullish(),
  })
  .meta({
    id: 'AcceptanceOrder',
    description: 'docs/order-acceptance.md explains every field. Null means absent.',
  });

const textOrNull = z.string().nullable();
const numberOrNull = z.number().nullable();
const flagOrNull = z.boolean().nullable();

const customerAnswered = z
  .strictObject({
    name: textOrNull,
    phone: textOrNull,
    address: textOrNull,
    zip: textOrNull,
    city: textOrNull,
    state: textOrNull,
    diff1: textOrNull,
    value1: textOrNull,
    diff2: textOrNull,
    value2: textOrNull,
    diff3: textOrNull,
    value3: textOrNull,
    latitude: numberOrNull,
    longitude: numberOrNull,
    deliveryInstructions: textOrNull,
  })
  .meta({ id: 'AcceptedCustomer' });

const itemAnswered = z
  .strictObject({
    category: z.string(),
    item: z.string(),
    size: textOrNull,
    quantity: z.int(),
    sellingPrice: numberOrNull.meta({ description: 'As the store prices the line.' }),
    ingredients: z.array(
      z.strictObject({
        ingredient: z.string(),
        isLeftHalf: flagOrNull,
        isRightHalf: flagOrNull,
        ordered: flagOrNull,
        isAdHoc: flagOrNull,
        price: numberOrNull,
        qualifiers: z.array(z.string()).nullable(),
      }),
    ),
    externalRef: textOrNull,
    isInBucket: flagOrNull,
  })
  .meta({ id: 'AcceptedItem' });

const specialAnswered = z
  .strictObject({
    special: z.string(),
    type: z.enum(['Special', 'Coupon']),
    sellingPrice: z.number(),
    discount: z.number(),
    items: z.array(itemAnswered),
    isCombo: flagOrNull,
    couponCode: textOrNull,
  })
  .meta({ id: 'AcceptedSpecial' });

export const orderAnswered = z
  .strictObject({
    orderNum: z.string(),
    type: z.enum(orderTypes),
    source: z.enum(orderSources),
    status: z.enum(['made', 'suspended']),
    paid: z.boolean(),
    isThirdPartyPickup: z.enum(['true', 'false']).nullable(),
    price: z.number(),
    tax: z.number(),
    taxableSubtotal: z.number(),
    tip: numberOrNull,
    discount: z.number(),
    deliveryCharge: numberOrNull,
    serviceCharge: numberOrNull,
    serviceChargeName: textOrNull,
    timeOrdered: instant,
    deferTime: instant.nullable(),
    promiseTime: instant,
    instructions: textOrNull,
    customer: customerAnswered,
    items: z.array(itemAnswered),
    specials: z.array(specialAnswered),
    adjustment: z.strictObject({ name: z.string(), discount: z.number() }).nullable(),
    orderTaker: z.null(),
    externalRef: z.string(),
    externalNumber: textOrNull,
  })
  .meta({
    id: 'AcceptedOrder',
    description: 'The whole order as the store took it. Null stands for absent values.',
  });

export const refusalAnswered = z
  .strictObject({
    meta: z.strictObject({
      code: z.literal([...acceptanceCodes]),
      error: z.string(),
      info: z.string().meta({ description: 'The same text.' }),
    }),
    response: z.literal(''),
  })
  .meta({ id: 'AcceptanceRefusal' });

/** Answers without a body. */
export const voidedAnswered = z.null().meta({ description: 'Voided; no body' });
export const unauthorizedAnswered = z.null().meta({
  description: 'No valid login; no body',
  headers: {
    'WWW-Authenticate': { type: 'string', const: answerUnauthorized().headers['www-authenticate'] },
  },
});

export const voidSent = z.object({ reason: filled });
export const orderTypesAnswered = z.array(z.enum(orderTypes));
export const postQuery = z.object({
  suspend: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'True: the order may lack information until it is released.' }),
});
export const voidParams = z.object({ externalRef: z.string().max(referenceCharsMax) });
