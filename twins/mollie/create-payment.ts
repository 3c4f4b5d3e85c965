import { z } from 'zod';
import type { WireAnswer } from '../definition.ts';
import type { Access } from './access.ts';
import { readAmount } from './amounts.ts';
import type { NewPayment } from './book.ts';
import { refuseHal } from './hal.ts';
import { findMethod, methodTakes, methods, requestableMethods } from './methods.ts';
import type { Amount } from './state.ts';

const metadataBytesMax = 1_024;

const address = z
  .string()
  .max(2_048)
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ''), 'is not a valid address');

/**
 * The fields that this twin models. The provider has more; one that is not here is refused rather than ignored, so that nobody
 * relies on what was never tried.
 */
const body = z.strictObject({
  amount: z.unknown().optional(),
  // Longer ones are cut, not refused.
  description: z
    .string()
    .min(1)
    .transform((text) => text.slice(0, 255)),
  redirectUrl: address,
  cancelUrl: address.optional(),
  webhookUrl: address.optional(),
  locale: z
    .string()
    .regex(/^[a-z]{2}_[A-Z]{2}$/)
    .optional(),
  method: z.union([z.string(), z.array(z.string()).min(1).max(20)]).nullish(),
  metadata: z.unknown().optional(),
  profileId: z.string().optional(),
  testmode: z.boolean().optional(),
});

export type ReadPayment =
  | { readonly kind: 'payment'; readonly payment: NewPayment }
  | { readonly kind: 'refused'; readonly answer: WireAnswer };

/** Judges `POST /v2/payments` as the provider does: the first thing that is wrong, with its field. */
export function readPayment(json: unknown, access: Access, origin: string): ReadPayment {
  if (access.profile === null) return no('The profile ID is required with an access token', 'profileId');
  const parsed = body.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const [field] = issue?.code === 'unrecognized_keys' ? issue.keys : (issue?.path ?? []);
    return no(`The '${String(field)}' field is missing or invalid: ${issue?.message ?? ''}`, String(field));
  }
  const { amount: wire, method, description, redirectUrl, cancelUrl, webhookUrl, locale } = parsed.data;
  const read = readAmount(wire);
  if (read.kind === 'bad') return no(read.detail, 'amount');
  const offered = method === undefined || method === null ? null : [method].flat();
  const complaint = complaintAboutMethods(offered, read.amount);
  if (complaint !== undefined) return complaint;
  const metadata = parsed.data.metadata ?? null;
  if (Buffer.byteLength(JSON.stringify(metadata)) > metadataBytesMax) {
    return no('The metadata is too large', 'metadata');
  }
  const [only] = offered ?? [];
  return {
    kind: 'payment',
    payment: {
      origin,
      profileId: access.profile.profileId,
      mode: access.mode,
      amount: read.amount,
      description,
      redirectUrl,
      cancelUrl: cancelUrl ?? null,
      webhookUrl: webhookUrl ?? null,
      locale: locale ?? null,
      metadata,
      offered,
      // One method is a choice already made; a wallet shows as the card behind it.
      method:
        offered?.length === 1
          ? findMethod(only ?? null)?.wallet === undefined
            ? (only ?? null)
            : 'creditcard'
          : null,
    },
  };
}

function complaintAboutMethods(offered: readonly string[] | null, amount: Amount): ReadPayment | undefined {
  const unknown = offered?.find((id) => !requestableMethods.has(id));
  if (unknown !== undefined) return no(`The payment method is invalid: ${unknown}`, 'method');
  const candidates = methods.filter(({ id }) => offered === null || offered.includes(id));
  if (candidates.some((candidate) => methodTakes(candidate, amount))) return undefined;
  const inCurrency = candidates.filter(({ currencies }) => currencies.includes(amount.currency));
  if (inCurrency.length === 0) return no('No payment method takes this currency', 'amount.currency');
  const tooLow = inCurrency.every(({ minMinor }) => amount.minor < minMinor);
  return no(`The amount is ${tooLow ? 'lower than the minimum' : 'higher than the maximum'}`, 'amount');
}

function no(detail: string, field: string): ReadPayment {
  return { kind: 'refused', answer: refuseHal(422, detail, field) };
}
