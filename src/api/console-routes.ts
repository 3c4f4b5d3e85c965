import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { registerConsolePayments } from './console-payment-routes.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import type { ConsolePaymentPort, ConsolePort, ConsoleUser, ReconciliationPort } from './ports.ts';
import { registerIntakeConsole } from './intake-console-routes.ts';
import type { IntakeConsolePort } from './intake-ports.ts';
import { registerPaymentSettings } from './payment-settings-routes.ts';
import type { PaymentSettingsPort } from './payment-settings-routes.ts';
import { sendProblem } from './problem.ts';
import { registerReconciliation } from './reconciliation-routes.ts';
import {
  cashPaymentAnswer,
  cashPaymentRequest,
  chooseOrderRequest,
  orderView,
  problemView,
  readOnlyView,
  signInAnswer,
  signInRequest,
} from './schema.ts';

const cookieName = 'session';
const orderParams = z.object({ orderId: z.string().max(100) });
const refusals = { 401: problemView, 404: problemView, 409: problemView };
const consoleOrder = orderView.extend({
  locationId: z.string(),
  openedBy: z.enum(['guest', 'till', 'third-party']),
});

type ConsoleDeps = {
  readonly console: ConsolePort;
  readonly reconciliation: ReconciliationPort;
  readonly consolePayments: ConsolePaymentPort;
  readonly intakeConsole: IntakeConsolePort;
  readonly paymentSettings: PaymentSettingsPort;
  readonly secureCookies: boolean;
};

/** What operators and waiters ask, behind a session cookie. */
export function registerConsoleRoutes(plain: FastifyInstance, deps: ConsoleDeps): void {
  registerSession(plain, deps);
  void plain.register(async (app) => {
    const userOfRequest = new WeakMap<FastifyRequest, ConsoleUser>();
    app.addHook('onRequest', async (request, reply) => {
      if (isForeign(request)) return sendProblem(reply, { code: 'origin-refused' });
      const token = request.cookies[cookieName];
      const user = token === undefined ? undefined : await deps.console.userOf(token);
      if (user === undefined) return sendProblem(reply, { code: 'sign-in-required' });
      userOfRequest.set(request, user);
      return undefined;
    });
    const userOf = (request: FastifyRequest): ConsoleUser => {
      const user = userOfRequest.get(request);
      if (user === undefined) throw new Error('a console route ran without its session check');
      return user;
    };
    registerReads(app, deps, userOf);
    registerWaiterActions(app, deps.console, userOf);
    registerReconciliation(app, deps.reconciliation, userOf);
    registerConsolePayments(app, deps.consolePayments, userOf);
    registerIntakeConsole(app, deps.intakeConsole, userOf);
    registerPaymentSettings(app, deps.paymentSettings, userOf);
  });
}

function registerSession(plain: FastifyInstance, deps: ConsoleDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.post(
    '/api/console/session',
    {
      schema: {
        tags: ['console'],
        summary: 'Sign in; answers a cookie',
        body: signInRequest,
        response: { 200: signInAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      if (isForeign(request)) return sendProblem(reply, { code: 'origin-refused' });
      const session = await deps.console.signIn(request.body.email, request.body.password);
      if (session === undefined) return sendProblem(reply, { code: 'sign-in-failed' });
      void reply.setCookie(cookieName, session.token, {
        path: '/',
        httpOnly: true,
        sameSite: 'lax',
        secure: deps.secureCookies,
        expires: new Date(session.expiresAtMs),
      });
      const { email, name, role } = session.user;
      return { user: { email, name, role } };
    },
  );
  app.delete(
    '/api/console/session',
    { schema: { tags: ['console'], summary: 'Sign out' } },
    async (request, reply) => {
      const token = request.cookies[cookieName];
      if (token !== undefined) await deps.console.signOut(token);
      return reply.clearCookie(cookieName, { path: '/' }).code(204).send();
    },
  );
}

function registerReads(
  plain: FastifyInstance,
  { console: port, intakeConsole }: Pick<ConsoleDeps, 'console' | 'intakeConsole'>,
  userOf: (request: FastifyRequest) => ConsoleUser,
): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const location = z.object({
    locationId: z.string(),
    name: z.string(),
    readOnly: readOnlyView,
    onlinePaymentOff: z.object({ reason: z.string(), detail: z.string() }).nullable(),
    payLaterOff: z.object({ reason: z.string(), detail: z.string() }).nullable(),
  });
  app.get(
    '/api/console/locations',
    {
      schema: {
        tags: ['console'],
        summary: 'Locations and whether they take orders',
        response: { 200: z.object({ locations: z.array(location) }), ...refusals },
      },
    },
    async (request) => ({ locations: [...(await port.locations(userOf(request)))] }),
  );
  app.get(
    '/api/console/orders',
    {
      schema: {
        tags: ['console'],
        summary: 'Orders in progress',
        querystring: z.object({ locationId: z.string().max(100).optional() }),
        response: { 200: z.object({ orders: z.array(consoleOrder) }), ...refusals },
      },
    },
    async (request, reply) =>
      sendJson(reply, { orders: await port.orders(userOf(request), request.query.locationId) }),
  );
  app.get(
    '/api/console/orders/:orderId',
    {
      schema: {
        tags: ['console'],
        summary:
          'One order with its writes and attempts; `thirdParty`: what was posted as it, and by how much the POS differs',
        params: orderParams,
      },
    },
    async (request, reply) => {
      const { orderId } = request.params;
      const order = await port.order(userOf(request), orderId);
      if (order === undefined) return sendProblem(reply, { code: 'order-unknown' });
      const thirdParty = await intakeConsole.orderAs(userOf(request), orderId);
      return sendJson(reply, { ...order, thirdParty });
    },
  );
}

/** What a waiter changes: money taken, and which of several orders a table's guests join. */
function registerWaiterActions(
  plain: FastifyInstance,
  port: ConsolePort,
  userOf: (request: FastifyRequest) => ConsoleUser,
): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.post(
    '/api/console/orders/:orderId/cash-payment',
    {
      schema: {
        tags: ['console'],
        summary: 'The waiter took the money, in cash or with the card terminal',
        description: 'With an Idempotency-Key a repeated request answers the first payment.',
        params: orderParams,
        body: cashPaymentRequest,
        response: { 200: cashPaymentAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const header = request.headers['idempotency-key'];
      const parsed = header === undefined ? undefined : parseIdempotencyKey(header);
      if (parsed?.kind === 'bad') return sendProblem(reply, { code: parsed.code });
      const result = await port.payCash(userOf(request), {
        orderId: request.params.orderId,
        kind: request.body.kind,
        ...(request.body.amountMinor === undefined ? {} : { amountMinor: request.body.amountMinor }),
        tipMinor: request.body.tipMinor,
        idempotencyKey: parsed?.key,
      });
      if (result.kind === 'refused') return sendProblem(reply, result);
      const { paymentId, amount, tip, order } = result;
      return sendJson(reply, { paymentId, amount, tip, order });
    },
  );
  app.post(
    '/api/console/tables/:tableId/order',
    {
      schema: {
        tags: ['console'],
        summary: 'Chooses which of several open POS orders the guests of a table join',
        params: z.object({ tableId: z.string().max(100) }),
        body: chooseOrderRequest,
        response: { 200: z.object({ state: z.literal('chosen') }), ...refusals },
      },
    },
    async (request, reply) => {
      const result = await port.chooseOrder(userOf(request), request.params.tableId, request.body.posRef);
      return result.kind === 'refused' ? sendProblem(reply, result) : { state: 'chosen' as const };
    },
  );
}

/** True for an unsafe request that a page of another site made; programs send neither header and are let through. */
function isForeign(request: FastifyRequest): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return false;
  if (request.headers['sec-fetch-site'] === 'cross-site') return true;
  const origin = request.headers.origin;
  return origin !== undefined && URL.parse(origin)?.host !== request.headers.host;
}

function sendJson(reply: FastifyReply, value: unknown): FastifyReply {
  return reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}
