import { z } from 'zod';
import { orderSources } from '#acceptance/order.ts';
import { parseStore } from '#acceptance/store-definition.ts';
import type { StoreDefinition } from '#acceptance/store-definition.ts';
import type { Parsed } from '#contract/connector.ts';
import { idsTwice } from './ids.ts';

/** The origin of the store's web services: the API's own paths are added to it. */
const endpoint = z
  .url({ protocol: /^https$/ })
  .refine((text) => new URL(text).pathname === '/', 'only https://host:port')
  .transform((text) => new URL(text).origin);

/** The content of the store file: what is sold, its prices and its tax, which must be the store's own. */
const store = z.unknown().transform((value, context): StoreDefinition => {
  const parsed = parseStore(value);
  const problems =
    parsed.kind === 'bad'
      ? parsed.errors.map(({ path, detail }) => (path === '' ? detail : `${path}: ${detail}`))
      : idsTwice(parsed.store).map((id) => `two things would have the id ${id}`);
  for (const message of problems) context.addIssue({ code: 'custom', message });
  return parsed.kind === 'parsed' && problems.length === 0 ? parsed.store : z.NEVER;
});

const settingsSchema = z
  .strictObject({
    endpoint,
    /** How the store knows us among the API's sources. */
    source: z.enum(orderSources).default('Third Party'),
    /** A guest at a table takes the order where it is made. Delivery needs an address, and a table has none. */
    orderType: z.literal('Pickup').default('Pickup'),
    store,
  })
  .refine(
    ({ store: file, orderType }) => file.orderTypes.includes(orderType),
    'the store does not take this order type',
  )
  .refine(({ store: file, source }) => file.sources.includes(source), 'the store does not take this source');
export type FoodtecSettings = z.infer<typeof settingsSchema>;

const secretSchema = z.strictObject({
  username: z.string().min(1).max(100),
  password: z.string().min(1).max(200),
});
export type FoodtecSecret = z.infer<typeof secretSchema>;

export function parseSettings(value: unknown): Parsed<FoodtecSettings> {
  return parsedBy(settingsSchema, value);
}

export function parseSecret(value: unknown): Parsed<FoodtecSecret> {
  return parsedBy(secretSchema, value);
}

function parsedBy<Value>(schema: z.ZodType<Value>, value: unknown): Parsed<Value> {
  const result = schema.safeParse(value);
  if (result.success) return { kind: 'parsed', value: result.data };
  return {
    kind: 'bad',
    errors: result.error.issues.map((issue) => ({ path: issue.path.join('.'), detail: issue.message })),
  };
}
