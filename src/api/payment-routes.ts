import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Share } from '#domain/share.ts';
import type { RandomBytes } from '#domain/reference.ts';
import { hashBody } from './idempotency-key.ts';
import { idempotencyHeaders, judgeKeyedRequest, keyedOf } from './keyed-request.ts';
import type { GuestPort, PaymentPort, PaymentWish } from './ports.ts';
import { sendProblem } from './problem.ts';
import { paymentAnswer, paymentRequest, problemView } from './schema.ts';
import type { PaymentRequest } from './schema.ts';
import { beginVisit } from './visit.ts';

type PaymentDeps = {
  readonly guest: Pick<GuestPort, 'findTable'>;
  readonly payment: PaymentPort;
  readonly randomBytes: RandomBytes;
  readonly secureCookies: boolean;
  /** How guests reach this installation; undefined: as the request did. */
  readonly publicUrl: string | undefined;
};

const tokenParams = z.object({ token: z.string() });
const refusals = { 404: problemView, 409: problemView };
/** What Mollie's own form needs, and nothing more. */
const webhookBytesMax = 1_024;

/** A guest pays; card data is typed at the provider, never here. */
export function registerPaymentRoutes(plain: FastifyInstance, deps: PaymentDeps): void {
  registerCreate(plain, deps);
  registerRead(plain, deps);
  void plain.register(async (app) => registerWebhook(app, deps.payment));
}

function registerCreate(plain: FastifyInstance, deps: PaymentDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.post(
    '/api/guest/:token/payments',
    {
      schema: {
        tags: ['guest'],
        summary: 'Go to pay: answers the address of the provider’s checkout',
        description:
          'Idempotency-Key is required. `billVersion` names the bill the guest saw; another one is 409 bill-changed. The amount is the server’s.',
        params: tokenParams,
        headers: idempotencyHeaders,
        body: paymentRequest,
        response: { 201: paymentAnswer, 400: problemView, 422: problemView, 503: problemView, ...refusals },
      },
      onRequest: judgeKeyedRequest(deps.guest),
    },
    async (request, reply) => {
      const { table, key } = keyedOf(request);
      const result = await deps.payment.create(table, {
        visit: beginVisit(request, reply, deps),
        idempotencyKey: key,
        bodyHash: hashBody(request.body),
        ...wishOf(request.body),
        returnUrls: {
          ...returnUrls(request, deps.publicUrl, request.params.token),
          ...(request.body.method === undefined ? {} : { method: request.body.method }),
        },
      });
      if (result.kind === 'refused') return sendProblem(reply, result);
      const { orderId, attempt, checkoutUrl } = result;
      return sendJson(reply.code(201), { orderId, attempt, checkoutUrl });
    },
  );
}

function wishOf(
  body: PaymentRequest,
): Pick<PaymentWish, 'orderId' | 'billVersion' | 'share' | 'tipMinor' | 'donationMinor' | 'roundUp'> {
  return {
    orderId: body.orderId,
    billVersion: body.billVersion,
    share: shareOf(body.share),
    tipMinor: body.tipMinor,
    donationMinor: body.donationMinor ?? 0,
    roundUp: body.donationRoundUp ?? false,
  };
}

function shareOf(share: PaymentRequest['share']): Share {
  if (share.kind !== 'lines') return share;
  return {
    kind: 'lines',
    lines: share.lines.map(({ lineId, parts }) => (parts === undefined ? { lineId } : { lineId, parts })),
  };
}

/** The guest comes back to the table's page, which says how the payment stands. */
function returnUrls(request: FastifyRequest, publicUrl: string | undefined, token: string) {
  const base = publicUrl ?? `${request.protocol}://${request.host}`;
  const page = `${base.replace(/\/$/, '')}/t/${encodeURIComponent(token)}`;
  const language = /^[A-Za-z-]{2,20}/.exec(request.headers['accept-language'] ?? '');
  return {
    returnTo: (attempt: string) => `${page}?attempt=${attempt}`,
    cancelTo: (attempt: string) => `${page}?attempt=${attempt}&left=1`,
    locale: language?.[0] ?? 'en',
  };
}

function registerRead(plain: FastifyInstance, deps: PaymentDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/guest/:token/payments/:attempt',
    {
      schema: {
        tags: ['guest'],
        summary: 'How a payment stands, as the provider says it now',
        params: tokenParams.extend({ attempt: z.string() }),
        response: { 200: paymentAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const table = await deps.guest.findTable(request.params.token);
      if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
      const found = await deps.payment.get(table, request.params.attempt);
      if (found === undefined) return sendProblem(reply, { code: 'payment-unknown' });
      const { orderId, attempt, checkoutUrl } = found;
      return sendJson(reply.header('cache-control', 'no-store'), { orderId, attempt, checkoutUrl });
    },
  );
}

/** Answered at once and the same whether there is such a payment or not: a stranger learns nothing, the provider is content. */
function registerWebhook(app: FastifyInstance, payment: PaymentPort): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: webhookBytesMax }, (_request, body, done) =>
    done(null, body),
  );
  app.post<{ Params: { provider: string; attempt: string } }>(
    '/webhooks/:provider/:attempt',
    { schema: { hide: true } },
    async (request, reply) => {
      const { provider, attempt } = request.params;
      const taken = await payment.takeWebhook(provider, attempt, {
        contentType: request.headers['content-type'] ?? '',
        body: typeof request.body === 'string' ? request.body : '',
      });
      return taken === 'taken' ? reply.code(200).send() : sendProblem(reply, { code: 'webhook-unreadable' });
    },
  );
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}
