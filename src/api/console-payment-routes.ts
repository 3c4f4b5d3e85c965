import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { ConsolePaymentPort, ConsoleUser } from './ports.ts';
import { sendProblem } from './problem.ts';
import { countRequest, problemView, refundRequest } from './schema.ts';

const refusals = { 401: problemView, 404: problemView, 409: problemView, 422: problemView };
const paymentParams = z.object({ paymentId: z.string().max(100) });
const dayQuery = z.object({
  locationId: z.string().max(100),
  date: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
});

type UserOf = (request: FastifyRequest) => ConsoleUser;

/** Money as operators see it: an order's payments, refunds, and whether a day's books agree. Behind the console's session. */
export function registerConsolePayments(
  plain: FastifyInstance,
  port: ConsolePaymentPort,
  userOf: UserOf,
): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/console/orders/:orderId/payments',
    {
      schema: {
        tags: ['console'],
        summary: 'Payments of an order with their refunds and chargebacks',
        params: z.object({ orderId: z.string().max(100) }),
      },
    },
    async (request, reply) =>
      sendJson(reply, { payments: await port.payments(userOf(request), request.params.orderId) }),
  );
  app.post(
    '/api/console/payments/:paymentId/refresh',
    {
      schema: {
        tags: ['console'],
        summary: 'Reads a payment at its provider now',
        params: paymentParams,
        response: refusals,
      },
    },
    async (request, reply) => {
      const payment = await port.refresh(userOf(request), request.params.paymentId);
      return payment === undefined
        ? sendProblem(reply, { code: 'payment-unknown' })
        : sendJson(reply, payment);
    },
  );
  app.post(
    '/api/console/payments/:paymentId/refunds',
    {
      schema: {
        tags: ['console'],
        summary: 'Gives money back; the POS is told nothing, so void at the till as well',
        description:
          'Idempotency-Key is required. Without an amount everything that is left is given back. With onlySurplus it is refused when the bill needs some of it by now.',
        params: paymentParams,
        body: refundRequest,
        response: refusals,
      },
    },
    async (request, reply) => {
      const parsed = parseIdempotencyKey(request.headers['idempotency-key']);
      if (parsed.kind === 'bad') return sendProblem(reply, { code: parsed.code });
      const result = await port.refund(userOf(request), {
        paymentId: request.params.paymentId,
        amountMinor: request.body.amountMinor,
        onlySurplus: request.body.onlySurplus ?? false,
        reason: request.body.reason,
        idempotencyKey: parsed.key,
      });
      return result.kind === 'refused' ? sendProblem(reply, result) : sendJson(reply, result.refund);
    },
  );
  registerCount(app, port, userOf);
  registerSendAgain(app, port, userOf);
  registerDayClose(app, port, userOf);
}

function registerCount(plain: FastifyInstance, port: ConsolePaymentPort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.post(
    '/api/console/payments/:paymentId/count',
    {
      schema: {
        tags: ['console'],
        summary:
          'Counts a payment of another sum than was asked for: what the provider took, no more and no less',
        params: paymentParams,
        body: countRequest,
        response: refusals,
      },
    },
    async (request, reply) => {
      const counting = { paymentId: request.params.paymentId, reason: request.body.reason };
      const result = await port.count(userOf(request), counting);
      return result.kind === 'refused' ? sendProblem(reply, result) : sendJson(reply, result.payment);
    },
  );
}

function registerSendAgain(plain: FastifyInstance, port: ConsolePaymentPort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.post(
    '/api/console/orders/:orderId/send-again',
    {
      schema: {
        tags: ['console'],
        summary: 'Sends a paid order once more that the POS refused',
        params: z.object({ orderId: z.string().max(100) }),
        response: refusals,
      },
    },
    async (request, reply) => {
      const result = await port.sendAgain(userOf(request), request.params.orderId);
      return result.kind === 'refused' ? sendProblem(reply, result) : sendJson(reply, { state: 'sending' });
    },
  );
}

function registerDayClose(plain: FastifyInstance, port: ConsolePaymentPort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const describe = 'what the provider took, what stands in our journal, what the POS was paid';
  app.get(
    '/api/console/day-close',
    {
      schema: {
        tags: ['console'],
        summary: `A business day of one location: ${describe}`,
        querystring: dayQuery,
        response: refusals,
      },
    },
    async (request, reply) => {
      const close = await port.dayClose(userOf(request), request.query);
      return close.kind === 'refused' ? sendProblem(reply, close) : sendJson(reply, close.close);
    },
  );
  app.get(
    '/api/console/day-close.csv',
    {
      schema: {
        tags: ['console'],
        summary: 'The same as a table, CSV',
        querystring: dayQuery,
      },
    },
    async (request, reply) => {
      const csv = await port.dayCloseCsv(userOf(request), request.query);
      if (csv.kind === 'refused') return sendProblem(reply, csv);
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="day-close-${request.query.date}.csv"`)
        .send(csv.text);
    },
  );
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}
