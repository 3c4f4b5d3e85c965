import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Chosen, RequestedLine } from '#domain/order.ts';
import type { RandomBytes } from '#domain/reference.ts';
import { hashBody } from './idempotency-key.ts';
import { idempotencyHeaders, judgeKeyedRequest, keyedOf } from './keyed-request.ts';
import type { GuestPort } from './ports.ts';
import { sendProblem } from './problem.ts';
import {
  callWaiterRequest,
  guestView,
  loyaltyCardRequest,
  menuView,
  orderView,
  problemView,
  roundAnswer,
  roundRequest,
  stillWantedRequest,
} from './schema.ts';
import type { RoundRequest } from './schema.ts';
import { beginVisit, visitOf } from './visit.ts';

type GuestDeps = {
  readonly guest: GuestPort;
  readonly randomBytes: RandomBytes;
  readonly secureCookies: boolean;
};

const tokenParams = z.object({ token: z.string() });
const refusals = { 404: problemView, 409: problemView };

/** Everything a guest's phone asks. The token in the path names a table; it grants nothing else. */
export function registerGuestRoutes(plain: FastifyInstance, deps: GuestDeps): void {
  registerReads(plain, deps);
  registerRounds(plain, deps);
  registerAsides(plain, deps);
  registerLoyalty(plain, deps);
}

function registerReads(plain: FastifyInstance, { guest }: GuestDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/guest/:token',
    {
      schema: {
        tags: ['guest'],
        summary: 'Location, table, flow, current order',
        params: tokenParams,
        response: { 200: guestView, ...refusals },
      },
    },
    async (request, reply) => {
      const table = await guest.findTable(request.params.token);
      if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
      return sendJson(reply, await guest.view(table, visitOf(request)));
    },
  );
  app.get(
    '/api/guest/:token/menu',
    {
      schema: {
        tags: ['guest'],
        summary: 'The menu with availability',
        params: tokenParams,
        response: { 200: menuView, ...refusals },
      },
    },
    async (request, reply) => {
      const table = await guest.findTable(request.params.token);
      if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
      const found = await guest.menu(table);
      if (found === undefined) return sendProblem(reply, { code: 'menu-not-read' });
      void reply.header('etag', found.etag).header('cache-control', 'no-cache');
      if (request.headers['if-none-match'] === found.etag) return notModified(reply);
      return sendJson(reply, found.menu);
    },
  );
  app.get(
    '/api/guest/:token/order',
    {
      schema: {
        tags: ['guest'],
        summary: "The table's order; Pay-First: the visit's newest, or the one named",
        description:
          'With `roundId`, the order that has this round of the visit now: the till may have moved it to another than it was submitted to.',
        params: tokenParams,
        querystring: z.object({
          orderId: z.string().max(100).optional(),
          roundId: z.string().max(100).optional(),
        }),
        response: { 200: orderView, ...refusals },
      },
    },
    async (request, reply) => {
      const table = await guest.findTable(request.params.token);
      if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
      const order = await guest.order(table, { visit: visitOf(request), ...request.query });
      return order === undefined ? sendProblem(reply, { code: 'order-unknown' }) : sendJson(reply, order);
    },
  );
}

function registerRounds(plain: FastifyInstance, deps: GuestDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.post(
    '/api/guest/:token/rounds',
    {
      schema: {
        tags: ['guest'],
        summary: 'Submit a round',
        description:
          'Idempotency-Key is required: the same key and body answer the same round for 400 days, another body is 422. Prices are the server’s.',
        params: tokenParams,
        headers: idempotencyHeaders,
        body: roundRequest,
        response: { 202: roundAnswer, 400: problemView, 422: problemView, ...refusals },
      },
      onRequest: judgeKeyedRequest(deps.guest),
    },
    async (request, reply) => {
      const { table, key } = keyedOf(request);
      const result = await deps.guest.submitRound(table, {
        visit: beginVisit(request, reply, deps),
        idempotencyKey: key,
        bodyHash: hashBody(request.body),
        ...(request.body.orderId === undefined ? {} : { orderId: request.body.orderId }),
        lines: request.body.lines.map(lineOf),
      });
      if (result.kind === 'refused') return sendProblem(reply, result);
      return sendJson(reply.code(202), {
        orderId: result.orderId,
        roundId: result.roundId,
        state: result.state,
      });
    },
  );
}

function registerAsides(plain: FastifyInstance, { guest }: GuestDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const queued = z.object({ state: z.literal('queued') });
  app.post(
    '/api/guest/:token/call-waiter',
    {
      schema: {
        tags: ['guest'],
        summary: 'Call the waiter',
        params: tokenParams,
        body: callWaiterRequest,
        response: { 202: queued, ...refusals },
      },
    },
    async (request, reply) => {
      const table = await guest.findTable(request.params.token);
      if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
      const result = await guest.callWaiter(table, request.body.text);
      return result.kind === 'refused'
        ? sendProblem(reply, result)
        : reply.code(202).send({ state: 'queued' as const });
    },
  );
  app.post(
    '/api/guest/:token/rounds/:roundId/still-wanted',
    {
      schema: {
        tags: ['guest'],
        summary: 'Answer whether a round that waited too long is still wanted',
        params: tokenParams.extend({ roundId: z.string() }),
        body: stillWantedRequest,
        response: { 200: z.object({ state: z.literal('answered') }), ...refusals },
      },
    },
    async (request, reply) => {
      const table = await guest.findTable(request.params.token);
      if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
      const answer = {
        visit: visitOf(request),
        roundId: request.params.roundId,
        wanted: request.body.wanted,
      };
      const result = await guest.answerStillWanted(table, answer);
      return result.kind === 'refused' ? sendProblem(reply, result) : { state: 'answered' as const };
    },
  );
}

function registerLoyalty(plain: FastifyInstance, { guest }: GuestDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.post(
    '/api/guest/:token/loyalty-card',
    {
      schema: {
        tags: ['guest'],
        summary: 'Apply a loyalty card',
        params: tokenParams,
        body: loyaltyCardRequest,
        response: {
          202: z.object({ state: z.enum(['queued', 'waiting', 'applied']) }),
          422: problemView,
          ...refusals,
        },
      },
    },
    async (request, reply) => {
      const table = await guest.findTable(request.params.token);
      if (table === undefined) return sendProblem(reply, { code: 'table-unknown' });
      const result = await guest.applyCard(table, visitOf(request), request.body.cardCode);
      return result.kind === 'refused'
        ? sendProblem(reply, result)
        : reply.code(202).send({ state: result.state });
    },
  );
}

function lineOf(line: RoundRequest['lines'][number]): RequestedLine {
  return {
    itemId: line.itemId,
    quantity: line.quantity,
    modifiers: line.modifiers.map(chosenOf),
    ...(line.variantId === undefined ? {} : { variantId: line.variantId }),
    ...(line.note === undefined ? {} : { note: line.note }),
  };
}

function chosenOf(chosen: RoundRequest['lines'][number]['modifiers'][number]): Chosen {
  return {
    modifierId: chosen.modifierId,
    quantity: chosen.quantity,
    ...(chosen.portion === undefined ? {} : { portion: chosen.portion }),
    ...(chosen.modifiers === undefined
      ? {}
      : { modifiers: chosen.modifiers.map((nested) => chosenOf(nested)) }),
  };
}

function notModified(reply: FastifyReply): FastifyReply {
  return reply.code(304).send();
}

/** Our own values already have the documented shape; serialising them through the schema again would only cost time. */
function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}
