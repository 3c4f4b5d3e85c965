import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { IntakeConsolePort } from './intake-ports.ts';
import {
  intakeClientRequest,
  intakeClientView,
  intakeIssuedView,
  intakeNamesRequest,
  intakeNamesView,
  intakeOrderDetail,
  intakeOrdersQuery,
  intakeOrderView,
  intakeProfile,
  intakeReleaseRequest,
} from './intake-schema.ts';
import type { ConsoleUser } from './ports.ts';
import { sendProblem } from './problem.ts';
import { problemView } from './schema.ts';

type UserOf = (request: FastifyRequest) => ConsoleUser;

const refusals = { 401: problemView, 404: problemView, 409: problemView, 422: problemView };
const locationParams = z.object({ locationId: z.string().max(100) });
const intakeParams = z.object({ intakeId: z.string().max(100) });
const done = z.object({ state: z.literal('saved') });

/** What operators set up and look after for orders of third parties. Registered behind the console's session check. */
export function registerIntakeConsole(plain: FastifyInstance, port: IntakeConsolePort, userOf: UserOf): void {
  registerClients(plain, port, userOf);
  registerProfile(plain, port, userOf);
  registerNames(plain, port, userOf);
  registerOrders(plain, port, userOf);
}

function registerClients(plain: FastifyInstance, port: IntakeConsolePort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/console/locations/:locationId/intake-clients',
    {
      schema: {
        tags: ['console'],
        summary: 'Third parties that may post orders at a location',
        params: locationParams,
        response: { 200: z.object({ clients: z.array(intakeClientView) }), ...refusals },
      },
    },
    async (request, reply) => {
      const clients = await port.clients(userOf(request), request.params.locationId);
      return 'kind' in clients ? sendProblem(reply, clients) : { clients: [...clients] };
    },
  );
  app.post(
    '/api/console/locations/:locationId/intake-clients',
    {
      schema: {
        tags: ['console'],
        summary: 'Registers a third party; its password is answered this once',
        params: locationParams,
        body: intakeClientRequest,
        response: { 201: intakeIssuedView, ...refusals },
      },
    },
    async (request, reply) => {
      const client = { locationId: request.params.locationId, name: request.body.name };
      const issued = await port.registerClient(userOf(request), client);
      if (issued.kind === 'refused') return sendProblem(reply, issued);
      const { clientId, username, password } = issued;
      return reply.code(201).send({ clientId, username, password });
    },
  );
  app.delete(
    '/api/console/intake-clients/:clientId',
    {
      schema: {
        tags: ['console'],
        summary: 'Revokes a third party: its password opens nothing any more',
        params: z.object({ clientId: z.string().max(100) }),
      },
    },
    async (request, reply) => {
      const revoked = await port.revokeClient(userOf(request), request.params.clientId);
      return revoked.kind === 'refused' ? sendProblem(reply, revoked) : reply.code(204).send();
    },
  );
}

function registerProfile(plain: FastifyInstance, port: IntakeConsolePort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/console/locations/:locationId/intake-profile',
    {
      schema: {
        tags: ['console'],
        summary: 'How a location takes orders of third parties; null: it takes none',
        params: locationParams,
        response: { 200: z.object({ profile: intakeProfile.nullable() }), ...refusals },
      },
    },
    async (request, reply) => {
      const found = await port.profile(userOf(request), request.params.locationId);
      return found.kind === 'refused' ? sendProblem(reply, found) : { profile: found.profile };
    },
  );
  app.put(
    '/api/console/locations/:locationId/intake-profile',
    {
      bodyLimit: profileBytesMax,
      schema: {
        tags: ['console'],
        summary: 'Saves the intake profile of a location, whole',
        params: locationParams,
        body: intakeProfile,
        response: { 200: done, ...refusals },
      },
    },
    async (request, reply) => {
      const saved = await port.saveProfile(userOf(request), request.params.locationId, request.body);
      return saved.kind === 'refused' ? sendProblem(reply, saved) : { state: 'saved' as const };
    },
  );
}

/** A store definition of a thousand items. */
const profileBytesMax = 1024 * 1024;

function registerNames(plain: FastifyInstance, port: IntakeConsolePort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/console/locations/:locationId/intake-names',
    {
      schema: {
        tags: ['console'],
        summary: 'Words of third parties, and everything they may order as it stands now',
        params: locationParams,
        response: { 200: intakeNamesView, ...refusals },
      },
    },
    async (request, reply) => {
      const found = await port.names(userOf(request), request.params.locationId);
      return found.kind === 'refused'
        ? sendProblem(reply, found)
        : sendJson(reply, { words: found.words, catalogue: found.catalogue });
    },
  );
  app.put(
    '/api/console/locations/:locationId/intake-names',
    {
      bodyLimit: profileBytesMax,
      schema: {
        tags: ['console'],
        summary: 'Replaces the words of a location by these',
        description:
          'The menu’s own names hold without being written here; a word here wins over one of them.',
        params: locationParams,
        body: intakeNamesRequest,
        response: { 200: done, ...refusals },
      },
    },
    async (request, reply) => {
      const saved = await port.saveNames(userOf(request), request.params.locationId, request.body.words);
      return saved.kind === 'refused' ? sendProblem(reply, saved) : { state: 'saved' as const };
    },
  );
}

function registerOrders(plain: FastifyInstance, port: IntakeConsolePort, userOf: UserOf): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.get(
    '/api/console/intake-orders',
    {
      schema: {
        tags: ['console'],
        summary:
          'Orders of third parties, newest first; `number` finds by their number, their reference or ours',
        querystring: intakeOrdersQuery,
        response: { 200: z.object({ orders: z.array(intakeOrderView) }), ...refusals },
      },
    },
    async (request, reply) => {
      const { locationId, state, number } = request.query;
      const orders = await port.orders(userOf(request), { locationId, state, number });
      return sendJson(reply, { orders });
    },
  );
  app.get(
    '/api/console/intake-orders/:intakeId',
    {
      schema: {
        tags: ['console'],
        summary: 'One order of a third party, with what was posted and what was answered',
        params: intakeParams,
        response: { 200: intakeOrderDetail, ...refusals },
      },
    },
    async (request, reply) => {
      const order = await port.order(userOf(request), request.params.intakeId);
      return order === undefined ? sendProblem(reply, { code: 'order-unknown' }) : sendJson(reply, order);
    },
  );
  app.post(
    '/api/console/intake-orders/:intakeId/release',
    {
      schema: {
        tags: ['console'],
        summary: 'Releases a suspended order: checked again as a whole, then sent to the POS',
        description: '`changes` is a JSON merge patch of the posted order, for what it lacked.',
        params: intakeParams,
        body: intakeReleaseRequest,
        response: { 200: z.object({ orderId: z.string() }), ...refusals },
      },
    },
    async (request, reply) => {
      const { changes } = request.body;
      const text = changes === undefined ? undefined : JSON.stringify(changes);
      const released = await port.release(userOf(request), request.params.intakeId, text);
      return released.kind === 'refused' ? sendProblem(reply, released) : { orderId: released.orderId };
    },
  );
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}
