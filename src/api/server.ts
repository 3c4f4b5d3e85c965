import cookie from '@fastify/cookie';
import swaggerUi from '@fastify/swagger-ui';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyError, FastifyInstance } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import { apiPaths } from '#acceptance/wire.ts';
import type { RandomBytes } from '#domain/reference.ts';
import type { Clock } from '#domain/time.ts';
import type { Changes } from './changes.ts';
import { registerConsoleRoutes } from './console-routes.ts';
import { registerEventRoute } from './event-route.ts';
import { registerGuestRoutes } from './guest-routes.ts';
import type {
  ConsolePaymentPort,
  ConsolePort,
  GuestPort,
  PaymentPort,
  Readiness,
  ReconciliationPort,
} from './ports.ts';
import { registerDocument } from './openapi.ts';
import { registerPaymentRoutes } from './payment-routes.ts';
import type { PaymentSettingsPort } from './payment-settings-routes.ts';
import type { IntakeConsolePort, IntakePort } from './intake-ports.ts';
import { answerUnreadablePath, registerIntakeRoutes } from './intake-routes.ts';
import { registerProbes } from './probes.ts';
import { sendProblem } from './problem.ts';
import type { FieldError, ProblemCode } from './problem.ts';
import { bodyBytesMax } from './schema.ts';

export type ServerDeps = {
  readonly guest: GuestPort;
  readonly payment: PaymentPort;
  readonly console: ConsolePort;
  readonly reconciliation: ReconciliationPort;
  readonly consolePayments: ConsolePaymentPort;
  readonly intake: IntakePort;
  readonly intakeConsole: IntakeConsolePort;
  readonly paymentSettings: PaymentSettingsPort;
  readonly changes: Changes;
  readonly readiness: Readiness;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly log: FastifyBaseLogger;
  /** Cookies are `Secure` when the public address is HTTPS. */
  readonly secureCookies: boolean;
  /** How guests reach this installation; undefined: as their request did. */
  readonly publicUrl: string | undefined;
  readonly version: string;
  /** Pages (guest, console) and, in the demo, `/demo.json`: registered by the composition root. */
  readonly registerPages: (app: FastifyInstance) => void;
};

const requestTimeoutMs = 30_000;
/** Longer than usual proxies keep theirs, so that the proxy closes first. */
const keepAliveTimeoutMs = 72_000;

/** The gateway's HTTP interface, not yet listening. */
export async function makeServer(deps: ServerDeps): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: deps.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: true,
    frameworkErrors(_error, request, reply) {
      if (request.url.startsWith(apiPaths.root)) void answerUnreadablePath(deps.intake, request, reply);
      else void sendProblem(reply, { code: 'route-unknown' });
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(app, error, reply));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { code: 'route-unknown' }));
  acceptEmptyJson(app);
  app.addHook('onRequest', async (request, reply) =>
    request.url.includes('%00') && !request.url.startsWith(apiPaths.root)
      ? sendProblem(reply, { code: 'route-unknown' })
      : undefined,
  );
  app.addHook('preValidation', async (request) => {
    // No body at all reads the same as an empty one.
    if (request.method === 'POST') request.body ??= {};
  });
  await app.register(cookie);
  await registerDocument(app, {
    title: 'Tableside',
    version: deps.version,
    description: 'Guest ordering and payments on top of a POS. Errors are application/problem+json.',
  });
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'same-origin');
  });
  await app.register(async (routes) => {
    registerProbes(routes, deps);
    registerGuestRoutes(routes, deps);
    registerPaymentRoutes(routes, deps);
    registerEventRoute(routes, deps);
    registerConsoleRoutes(routes, deps);
    registerIntakeRoutes(routes, deps);
    deps.registerPages(routes);
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  return app;
}

/** A POST without a body is one with nothing to say: `{}`, not an error. */
function acceptEmptyJson(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') {
      done(null, {});
      return;
    }
    try {
      done(null, JSON.parse(String(body), withoutPrototypeKeys));
    } catch {
      done(Object.assign(new Error('not JSON'), { code: 'BODY_UNREADABLE', statusCode: 400 }));
    }
  });
}

/** Keys that would reach an object's prototype are dropped while parsing; U+0000 is in no text that a database keeps. */
function withoutPrototypeKeys(key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.includes('\u0000')) throw new SyntaxError('U+0000 in a text');
  return key === '__proto__' || key === 'constructor' ? undefined : value;
}

function answerError(
  app: FastifyInstance,
  error: FastifyError,
  reply: Parameters<typeof sendProblem>[0],
): void {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map(fieldErrorOf);
    void sendProblem(reply, {
      code: errors[0]?.code === 'quantity-invalid' ? 'quantity-invalid' : 'body-invalid',
      errors,
    });
    return;
  }
  const known: Partial<Record<string, ProblemCode>> = {
    FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
    FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media-type-unsupported',
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body-unreadable',
    BODY_UNREADABLE: 'body-unreadable',
  };
  const code = known[error.code];
  if (code !== undefined) {
    void sendProblem(reply, { code });
    return;
  }
  app.log.error({ err: error }, 'request failed');
  void sendProblem(reply, { code: 'internal' });
}

/** `/lines/0/quantity` becomes `lines[0].quantity`, the form all our problems name fields in. */
function fieldErrorOf(issue: { instancePath: string }): FieldError {
  const path = issue.instancePath
    .split('/')
    .filter((step) => step !== '')
    .map((step, index) => (/^\d+$/.test(step) ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('');
  return { path, code: path.endsWith('quantity') ? 'quantity-invalid' : 'field-invalid' };
}
