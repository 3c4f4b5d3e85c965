import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { ConsolePaymentPort, ConsoleUser } from './ports.ts';
import { sendProblem } from './problem.ts';
import { problemView, refundRequest } from './schema.ts';

const refusals = { 401: problemView, 404: problemView, 409: problemView, 422: problemView };
const paymentParams = z.object({ paymentId: z.string().max(100) });
type UserOf = (request: FastifyRequest) => ConsoleUser;

/** Money as operators see it: an order's payments and what goes back. Behind the console's session. */
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
        description: 'Idempotency-Key is required. Without an amount everything that is left is given back.',
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
        reason: request.body.reason,
        idempotencyKey: parsed.key,
      });
      return result.kind === 'refused' ? sendProblem(reply, result) : sendJson(reply, result.refund);
    },
  );
  registerSendAgain(app, port, userOf);
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

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}
