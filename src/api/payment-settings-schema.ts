import { z } from 'zod';

/** Shapes of a company's payment accounts and of what a location does about money. */

const nameLengthMax = 100;
const presetsMax = 3;
const tipPercentMax = 1_000;
const donationsMax = 4;
const donationMinorMax = 100_000;
const addressLinesMax = 6;
const lastMinute = 1_439;

const name = z.string().trim().min(1).max(nameLengthMax);
const mode = z.enum(['live', 'test']);
export const accountId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/);

export const accountRequest = z
  .object({
    provider: z.string().regex(/^[a-z]{2,40}$/),
    name,
    apiUrl: z.url().max(200).nullable().default(null).meta({ description: "A twin's; never in production." }),
    credentials: z.record(z.string().max(40), z.string().max(300)).meta({
      description: 'Written, sealed, never read back. Mollie: {"kind":"api-key","apiKey":"test_…"}.',
    }),
  })
  .meta({ id: 'PaymentAccountRequest' });

export const accountView = z
  .object({
    accountId: z.string(),
    provider: z.string(),
    name: z.string(),
    mode: mode.nullable(),
    apiUrl: z.string().nullable(),
    locationIds: z.array(z.string()),
  })
  .meta({ id: 'PaymentAccount' });

export const accountCheck = z
  .discriminatedUnion('state', [
    z.object({
      state: z.literal('working'),
      methods: z.array(z.object({ methodId: z.string(), name: z.string() })),
    }),
    z.object({ state: z.literal('failing'), cause: z.string(), detail: z.string() }),
  ])
  .meta({ id: 'PaymentAccountCheck' });

export const paymentSettings = z
  .object({
    accountId: accountId.nullable(),
    mode,
    tips: z.object({
      percents: z.array(z.int().min(1).max(100)).max(presetsMax),
      maxPercent: z.int().min(0).max(tipPercentMax),
      itemCode: z.string().trim().min(1).max(40).nullable(),
    }),
    donation: z
      .object({
        cause: name,
        amountsMinor: z.array(z.int().min(1).max(donationMinorMax)).max(donationsMax),
        roundUp: z.boolean().default(false),
      })
      .nullable(),
    autoRefund: z.boolean(),
    dayStartsMinute: z.int().min(0).max(lastMinute),
    venue: z
      .object({
        legalName: name,
        addressLines: z.array(name).max(addressLinesMax),
        taxNumber: z.string().trim().min(1).max(40).optional(),
      })
      .nullable(),
  })
  .meta({ id: 'PaymentSettings' });

export type AccountRequest = z.infer<typeof accountRequest>;
