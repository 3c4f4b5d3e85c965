import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Readiness } from './ports.ts';

/** Liveness, readiness and Prometheus figures. */
export function registerProbes(
  app: FastifyInstance,
  deps: { readiness: Readiness; metrics: Registry },
): void {
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'alive' }));
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    const missing = await deps.readiness();
    return missing === undefined
      ? { status: 'ready' }
      : reply.code(503).send({ status: 'not-ready', missing });
  });
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const text = await deps.metrics.metrics();
    return reply.header('content-type', deps.metrics.contentType).send(text);
  });
}
