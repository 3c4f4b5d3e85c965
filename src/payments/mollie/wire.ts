import { z } from 'zod';

/**
 * Mollie's objects, as far as they are read here (Payments API v2, specification of August 2026). Unknown fields are dropped,
 * unknown values of the fields named here are errors: a status that we do not know is not "open".
 */

const amount = z.object({ value: z.string(), currency: z.string() });
export type WireAmount = z.infer<typeof amount>;

const instant = z.iso.datetime({ offset: true });
/** Ours is an object; whoever pays through other software on the same profile puts there what they like. */
const metadata = z.unknown().optional();
const link = z.object({ href: z.string() });

const refund = z.object({
  resource: z.literal('refund'),
  id: z.string().regex(/^re_\w+$/),
  amount,
  status: z.enum(['queued', 'pending', 'processing', 'refunded', 'failed', 'canceled']),
  createdAt: instant,
  metadata,
});
export type WireRefund = z.infer<typeof refund>;

const chargeback = z.object({
  resource: z.literal('chargeback'),
  id: z.string().regex(/^chb_\w+$/),
  amount,
  createdAt: instant,
  reversedAt: instant.nullish(),
});
export type WireChargeback = z.infer<typeof chargeback>;

const payment = z.object({
  resource: z.literal('payment'),
  id: z.string().regex(/^tr_\w+$/),
  mode: z.enum(['live', 'test']),
  status: z.enum(['open', 'pending', 'authorized', 'paid', 'failed', 'canceled', 'expired']),
  amount,
  createdAt: instant,
  expiresAt: instant.nullish(),
  paidAt: instant.nullish(),
  isCancelable: z.boolean().nullish(),
  method: z.string().nullish(),
  metadata,
  details: z.object({ wallet: z.string().nullish(), failureReason: z.string().nullish() }).nullish(),
  _links: z.object({ checkout: link.nullish() }),
  _embedded: z
    .object({ refunds: z.array(refund).optional(), chargebacks: z.array(chargeback).optional() })
    .nullish(),
});
export type WirePayment = z.infer<typeof payment>;

const method = z.object({
  resource: z.literal('method'),
  id: z.string().min(1),
  description: z.string(),
  status: z.string().nullish(),
});

/** A page of a list; `next` leads on while there is more. */
const links = z.object({ next: link.nullish() });

export const wire = {
  payment,
  refund,
  refunds: z.object({ _embedded: z.object({ refunds: z.array(refund) }), _links: links }),
  payments: z.object({ _embedded: z.object({ payments: z.array(payment) }), _links: links }),
  methods: z.object({ _embedded: z.object({ methods: z.array(method) }) }),
  error: z.object({ title: z.string(), detail: z.string(), field: z.string().nullish() }),
} as const;
