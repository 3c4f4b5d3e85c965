import { z } from 'zod';
import { nameKinds } from '#domain/intake.ts';
import { money } from './schema.ts';

/** What the console says and hears about orders of third parties. */
const id = z.string().min(1).max(100);
const name = z.string().min(1).max(100);
const wordsMax = 5_000;
const preparationMinutesMax = 600;

const place = z.object({
  tableId: id,
  orderTypeRef: id.nullable().default(null),
  stationRef: id.nullable().default(null),
});

export const intakeProfile = z
  .object({
    pickup: place.nullable().default(null),
    delivery: place.nullable().default(null),
    priceCheck: z.enum(['lines', 'store']).default('lines'),
    store: z.unknown().default(null),
    discountCode: id.nullable().default(null),
    preparationMinutes: z.int().min(0).max(preparationMinutesMax).default(20),
  })
  .meta({ id: 'IntakeProfile' });

const word = z
  .object({
    kind: z.enum(nameKinds),
    withinId: id.nullable().default(null),
    name,
    targetId: id.nullable().default(null),
    units: z.int().min(0).max(20).nullable().default(null),
  })
  .meta({ id: 'IntakeName' });

/** One word stands once: which of two would hold? */
export const intakeNamesRequest = z.object({
  words: z
    .array(word)
    .max(wordsMax)
    .refine(
      (words) =>
        new Set(words.map((entry) => JSON.stringify([entry.kind, entry.withinId, entry.name]))).size ===
        words.length,
      'a word stands twice',
    ),
});

export const intakeNamesView = z.object({
  words: z.array(word),
  catalogue: z.array(
    z.object({
      category: z.string(),
      items: z.array(
        z.object({
          item: z.string(),
          itemId: z.string(),
          sizes: z.array(z.object({ name: z.string(), variantId: z.string().nullable() })),
          ingredients: z.array(z.object({ name: z.string(), modifierId: z.string() })),
        }),
      ),
    }),
  ),
});

export const intakeClientRequest = z.object({ name });
export const intakeClientView = z
  .object({
    clientId: z.string(),
    locationId: z.string(),
    name: z.string(),
    username: z.string(),
    createdAtMs: z.number(),
    revokedAtMs: z.number().nullable(),
  })
  .meta({ id: 'IntakeClient' });
export const intakeIssuedView = z.object({
  clientId: z.string(),
  username: z.string(),
  password: z.string(),
});

const states = z.enum(['suspended', 'placed', 'voided']);
export const intakeOrdersQuery = z.object({
  locationId: id.optional(),
  state: states.optional(),
  number: id.optional(),
});
export const intakeOrderView = z
  .object({
    intakeId: z.string(),
    locationId: z.string(),
    clientId: z.string(),
    orderNum: z.string(),
    externalRef: z.string(),
    externalNumber: z.string().nullable(),
    state: states,
    missing: z.array(z.number()),
    orderId: z.string().nullable(),
    createdAtMs: z.number(),
    deferAtMs: z.number().nullable(),
    sent: money.nullable(),
    inPos: money.nullable(),
    difference: money.nullable(),
  })
  .meta({ id: 'IntakeOrder' });
export const intakeOrderDetail = intakeOrderView.extend({ posted: z.string(), answer: z.string() });
export const intakeReleaseRequest = z
  .object({ changes: z.record(z.string(), z.unknown()).optional() })
  .default({});
