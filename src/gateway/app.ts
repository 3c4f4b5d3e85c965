import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { Changes } from '#api/changes.ts';
import { makeServer } from '#api/server.ts';
import type { ResolveDeps } from '#delivery/resolve.ts';
import type { OrderingDeps } from '#ordering/deps.ts';
import { registerAssets } from './assets.ts';
import { randomBytes, systemClock } from './system.ts';
import { makeConsolePort } from './console-port.ts';
import { makeReconciliationPort } from './reconciliation-port.ts';
import { registerGuestPage } from './guest-page.ts';
import { makeGuestPort } from './guest-port.ts';

export type AppParts = {
  readonly ordering: OrderingDeps;
  /** What a person's answers about stuck writes need. */
  readonly resolve: ResolveDeps;
  readonly changes: Changes;
  readonly log: Logger;
  readonly version: string;
  readonly secureCookies: boolean;
  /** Pages only the demo has. */
  readonly registerMore: (app: FastifyInstance) => void;
};

/** The HTTP server with its ports tied to the core. */
export function makeApp(parts: AppParts): Promise<FastifyInstance> {
  const guest = makeGuestPort(parts.ordering);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  return makeServer({
    guest,
    console: makeConsolePort(parts.ordering),
    reconciliation: makeReconciliationPort(parts.resolve),
    changes: parts.changes,
    readiness: async () => {
      try {
        await parts.ordering.store.asEntry(() => Promise.resolve());
        return undefined;
      } catch {
        return 'the database does not answer';
      }
    },
    metrics,
    clock: systemClock,
    randomBytes,
    log: parts.log,
    secureCookies: parts.secureCookies,
    version: parts.version,
    registerPages: (app) => {
      registerAssets(app);
      registerGuestPage(app, { guest, randomBytes });
      parts.registerMore(app);
    },
  });
}
