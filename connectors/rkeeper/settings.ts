import { z } from 'zod';
import type { Parsed } from '#contract/connector.ts';
import { currencyDigits, isCurrency } from '#domain/money.ts';
import type { Currency } from '#domain/money.ts';

/** Where the XML interface answers when the endpoint names only host and port. */
const interfacePath = '/rk7api/v0/xmlinterface.xml';

const endpoint = z.url({ protocol: /^https$/ }).transform((text) => {
  const url = new URL(text);
  if (url.pathname === '/') url.pathname = interfacePath;
  return url.toString();
});

const ident = z.number().int().positive();
const code = z.union([z.number().int().nonnegative().transform(String), z.string().regex(/^\d{1,18}$/)]);

/** One item of a reference: its ident, or the code that staff see. `15001` is short for `{ "id": 15001 }`. */
const refItem = z.union([
  ident.transform((id) => ({ id })),
  z.strictObject({ id: ident }),
  z.strictObject({ code }),
]);
export type RefItem = z.infer<typeof refItem>;

const variantDish = z.strictObject({ code, name: z.string().min(1).max(100) });
const join = z.strictObject({
  name: z.string().min(1).max(100),
  dishes: z.array(variantDish).min(2).max(20),
});

const licence = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('lifetime') }),
  z.strictObject({
    mode: z.literal('subscription'),
    /** `6:{ProductGUID}#{RestCode}/17`, from the vendor. */
    anchor: z.string().min(1).max(200),
    /** Made once per installation and kept: the licence caps how many different ones may appear in a day. */
    instanceGuid: z.guid().transform((guid) => guid.toUpperCase()),
  }),
]);

// RK7 money is always hundredths, so a currency with other digits would be off by powers of ten.
const currency = z
  .custom<Currency>((value) => typeof value === 'string' && isCurrency(value))
  .refine(
    (value) => currencyDigits[value] === 2,
    'RK7 counts hundredths: a currency with two digits is needed',
  );

const settingsSchema = z.strictObject({
  endpoint,
  /** The nine-digit restaurant code (RestCode), or the ident or GUID of the restaurant in the references. */
  restaurantId: z.union([z.string().min(1).max(50), z.number().int().transform(String)]),
  currency,
  station: refItem,
  cashier: refItem,
  waiter: refItem,
  orderType: refItem,
  /** The RK7 currency (form of payment) that stands for "paid in Tableside". */
  paidCurrency: refItem,
  /** RK7 error numbers that mean "open at a terminal". */
  lockCodes: z.array(z.number().int().positive()).min(1).max(10).default([2219, 13]),
  /** RK7 error numbers by which this server says that it has no such order, beside the texts we know. */
  orderUnknownCodes: z.array(z.number().int().positive()).max(10).default([]),
  loyalty: z.strictObject({ endpoint: endpoint.optional(), programCode: code.optional() }).default({}),
  /** Code of the open-priced dish that tips are booked as. Absent: tips stay out of the POS. */
  tipItemCode: code.optional(),
  /** Modifier with an open name that carries a guest's note. Absent: notes cannot be sent. */
  noteModifier: refItem.optional(),
  /** Idents of menu categories guests never see, with everything below them. */
  guestHiddenCategories: z.array(ident).max(500).default([]),
  /** Whether dish prices already hold the tax. */
  taxIncluded: z.boolean().default(true),
  variants: z
    .strictObject({
      groups: z.array(refItem).max(100).default([]),
      joins: z.array(join).max(200).default([]),
    })
    .default({ groups: [], joins: [] })
    .refine(
      (variants) => new Set(variants.joins.map((entry) => slugOf(entry.name))).size === variants.joins.length,
      'two joins have the same name',
    ),
  licence: licence.default({ mode: 'lifetime' }),
  /** What an upper limit of 0 in a modifier scheme means at this venue: both readings are in use. */
  upLimitZero: z.enum(['unlimited', 'one']).default('unlimited'),
});
export type RkeeperSettings = z.infer<typeof settingsSchema>;

const secretSchema = z.strictObject({
  username: z.string().min(1).max(100),
  password: z.string().max(200),
  licenceToken: z.string().min(1).max(500).optional(),
});
export type RkeeperSecret = z.infer<typeof secretSchema>;

export function parseSettings(value: unknown): Parsed<RkeeperSettings> {
  return parsedBy(settingsSchema, value);
}

export function parseSecret(value: unknown): Parsed<RkeeperSecret> {
  return parsedBy(secretSchema, value);
}

/** A name as part of an id: letters and digits of any script, dashes between. */
export function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}

/** A reference item as the attributes of an element; codes and idents are never mixed up by looking alike. */
export function refAttributes(item: RefItem): Readonly<Record<string, string>> {
  return 'id' in item ? { id: String(item.id) } : { code: item.code };
}

/** True when an item of a reference is the configured one. */
export function isRefItem(item: RefItem, found: { readonly ident: number; readonly code: string }): boolean {
  return 'id' in item ? item.id === found.ident : item.code === found.code;
}

function parsedBy<Value>(schema: z.ZodType<Value>, value: unknown): Parsed<Value> {
  const result = schema.safeParse(value);
  if (result.success) return { kind: 'parsed', value: result.data };
  return {
    kind: 'bad',
    errors: result.error.issues.map((issue) => ({ path: issue.path.join('.'), detail: issue.message })),
  };
}
