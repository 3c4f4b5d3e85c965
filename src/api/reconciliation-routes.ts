import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ConsoleUser, ReconciliationPort, Refused, Resolved } from './ports.ts';
import { sendProblem } from './problem.ts';
import {
  dealtWithRequest,
  inThePosRequest,
  notInThePosRequest,
  problemView,
  reconciliationItem,
  resolvedAnswer,
} from './schema.ts';

const params = z.object({ itemId: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
const refusals = { 401: problemView, 404: problemView, 409: problemView, 422: problemView };
const answers = { 200: resolvedAnswer, ...refusals };

/** What a person must look at, and the answers that are safe to give. `app` has the session check. */
export function registerReconciliation(
  plain: FastifyInstance,
  port: ReconciliationPort,
  userOf: (request: FastifyRequest) => ConsoleUser,
): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/console/reconciliation',
    {
      schema: {
        tags: ['console'],
        summary: 'What a person must look at, oldest first',
        description: 'An item closes itself when the POS shows that nothing is wrong any more.',
        querystring: z.object({ locationId: z.string().max(100).optional() }),
        response: { 200: z.object({ items: z.array(reconciliationItem) }), ...refusals },
      },
    },
    async (request) => {
      const items = await port.list(userOf(request), request.query.locationId);
      return { items: items.map((item) => ({ ...item, answers: [...item.answers] })) };
    },
  );
  app.post(
    '/api/console/reconciliation/:itemId/in-the-pos',
    {
      schema: {
        tags: ['console'],
        summary: 'It is in the POS: the write counts as delivered and its lane goes on',
        description:
          '`posRef` names the order in the POS where we do not know it yet. Said twice it is said once.',
        params,
        body: inThePosRequest,
        response: answers,
      },
    },
    async (request, reply) =>
      send(reply, await port.inThePos(userOf(request), { ...request.params, ...request.body })),
  );
  app.post(
    '/api/console/reconciliation/:itemId/not-in-the-pos',
    {
      schema: {
        tags: ['console'],
        summary: 'It is not in the POS: sent again, or withdrawn',
        description:
          'Refused while the POS shows it, cannot be read, or may still be finishing the last attempt.',
        params,
        body: notInThePosRequest,
        response: answers,
      },
    },
    async (request, reply) =>
      send(reply, await port.notInThePos(userOf(request), { ...request.params, ...request.body })),
  );
  app.post(
    '/api/console/reconciliation/:itemId/dealt-with',
    {
      schema: {
        tags: ['console'],
        summary: 'Somebody dealt with it: for what has no write to link or to send',
        params,
        body: dealtWithRequest,
        response: answers,
      },
    },
    async (request, reply) =>
      send(reply, await port.dealtWith(userOf(request), { ...request.params, ...request.body })),
  );
}

function send(reply: FastifyReply, result: Resolved | Refused) {
  return result.kind === 'refused' ? sendProblem(reply, result) : { how: result.how };
}
