import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { refuse } from '#acceptance/codes.ts';
import {
  answerOrder,
  answerOrderTypes,
  answerRefusal,
  answerUnauthorized,
  answerVoided,
  apiPaths,
  readSuspend,
} from '#acceptance/wire.ts';
import type { ApiAnswer } from '#acceptance/wire.ts';
import {
  orderAnswered,
  orderSent,
  orderTypesAnswered,
  postQuery,
  refusalAnswered,
  unauthorizedAnswered,
  voidParams,
  voidedAnswered,
  voidSent,
} from './acceptance-schema.ts';
import type { IntakeClient, IntakePort } from './intake-ports.ts';

/** A hundred items with a dozen ingredients each, spelled widely. */
const orderBytesMax = 256 * 1024;

/**
 * The Order Acceptance API as a server: third parties post orders. Its wire is fixed by others, down to the headers: a refusal is
 * always 400 with the envelope, a login that fails always 401 with nothing.
 */
export function registerIntakeRoutes(
  plain: FastifyInstance,
  { intake }: { readonly intake: IntakePort },
): void {
  void plain.register(async (app) => {
    const clients = new WeakMap<FastifyRequest, IntakeClient>();
    // The schemas are for the document: what is wrong with an order is answered by its code.
    app.setValidatorCompiler(() => (value: unknown) => ({ value }));
    app.setSerializerCompiler(() => String);
    // Whatever a client calls its body, it is read as the API's own JSON: numbers keep their text.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: orderBytesMax }, (_request, body, done) =>
      done(null, body),
    );
    app.addHook('onRequest', async (request, reply) => {
      const client = await intake.clientOf(request.headers.authorization);
      if (client === undefined) return send(reply, answerUnauthorized());
      clients.set(request, client);
      return undefined;
    });
    app.setErrorHandler((error: FastifyError, _request, reply) => {
      const reason = unreadable[error.code];
      // What is left is a bug of ours: the outer handler tells of it.
      if (reason === undefined) throw error;
      return send(reply, answerRefusal(refuse(1010, { reason }).refusal));
    });
    const clientOf = (request: FastifyRequest): IntakeClient => {
      const client = clients.get(request);
      if (client === undefined) throw new Error('an intake route ran without its login check');
      return client;
    };
    registerOrders(app, intake, clientOf);
  });
}

const unreadable: Partial<Record<string, string>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is over 256 KB.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as it says.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The Content-Type cannot be read.',
};

const refusals = {
  400: jsonAnswer('Refused; the code says why', refusalAnswered),
  401: unauthorizedAnswered,
};

function jsonAnswer(description: string, schema: z.ZodType) {
  return { description, content: { 'application/json;charset=UTF-8': { schema } } };
}

function registerOrders(
  app: FastifyInstance,
  intake: IntakePort,
  clientOf: (request: FastifyRequest) => IntakeClient,
): void {
  const documented = { tags: ['intake'], security: [{ basic: [] }] };
  app.post(
    apiPaths.orders,
    {
      schema: {
        ...documented,
        summary: 'A third party posts an order (docs/order-acceptance.md)',
        querystring: postQuery,
        body: orderSent,
        response: { 200: jsonAnswer('Taken', orderAnswered), ...refusals },
      },
    },
    async (request, reply) => {
      const { suspend: word } = request.query as Readonly<Record<string, string | readonly string[]>>;
      // Twice is neither.
      const suspend = readSuspend(typeof word === 'object' ? word.join() : word);
      if (suspend === undefined)
        return send(reply, answerRefusal(refuse(1010, { reason: 'suspend must be true or false.' }).refusal));
      const posted = await intake.post(clientOf(request), { text: textOf(request.body), suspend });
      return send(
        reply,
        posted.kind === 'refused' ? answerRefusal(posted.refusal) : answerOrder(posted.body),
      );
    },
  );
  app.put(
    `${apiPaths.orders}/:externalRef/void`,
    {
      schema: {
        ...documented,
        summary: 'A third party takes an order back',
        params: voidParams,
        body: voidSent,
        response: { 204: voidedAnswered, ...refusals },
      },
    },
    async (request, reply) => {
      const { externalRef } = request.params as { externalRef: string };
      const voided = await intake.void(clientOf(request), { externalRef, text: textOf(request.body) });
      return send(reply, voided.kind === 'refused' ? answerRefusal(voided.refusal) : answerVoided());
    },
  );
  app.get(
    apiPaths.orderTypes,
    {
      schema: {
        ...documented,
        summary: 'Order types that the location takes',
        response: { 200: jsonAnswer('The types', orderTypesAnswered), 401: unauthorizedAnswered },
      },
    },
    async (request, reply) => send(reply, answerOrderTypes(await intake.orderTypes(clientOf(request)))),
  );
}

/** A void's path that no server can read names no order, whoever asks. Fastify answers it before any route is found. */
export async function answerUnreadablePath(
  intake: IntakePort,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const client = await intake.clientOf(request.headers.authorization);
  const answer =
    client === undefined
      ? answerUnauthorized()
      : answerRefusal(refuse(1005, { externalRef: request.url }).refusal);
  await send(reply, answer);
}

/** No body at all arrives as an empty object. */
function textOf(body: unknown): string {
  return typeof body === 'string' ? body : '';
}

function send(reply: FastifyReply, answer: ApiAnswer): FastifyReply {
  return reply
    .code(answer.status)
    .headers({ ...answer.headers })
    .send(answer.body === '' ? undefined : answer.body);
}
