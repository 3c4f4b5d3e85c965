import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry, collectDefaultMetrics } from 'prom-client';
import type { Changes } from '#api/changes.ts';
import { makeServer } from '#api/server.ts';
import type { ResolveDeps } from '#delivery/resolve.ts';
import type { PaymentsDeps } from '#payments/deps.ts';
import type { PaymentLoop } from '#payments/payment-loop.ts';
import type { SetUpDeps } from '#payments/set-up-account.ts';
import { registerAssets } from './assets.ts';
import { randomBytes } from './system.ts';
import { makeConsolePort } from './console-port.ts';
import { makeReconciliationPort } from './reconciliation-port.ts';
import { registerGuestPage } from './guest-page.ts';
import { makeGuestPort } from './guest-port.ts';
import { makeConsolePaymentPort, makePaymentPort } from './payment-port.ts';
import { makePaymentSettingsPort } from './payment-settings-port.ts';
import { registerReceiptPage } from './receipt-page.ts';
import { makeIntakePorts } from './intake-port.ts';

export type AppParts = {
  /** What a person's answers about stuck writes need. */
  readonly resolve: ResolveDeps;
  readonly payments: PaymentsDeps;
  readonly paymentLoop: PaymentLoop;
  readonly accounts: SetUpDeps;
  readonly changes: Changes;
  readonly log: Logger;
  readonly version: string;
  readonly publicUrl: string | undefined;
  /** Pages only the demo has. */
  readonly registerMore: (app: FastifyInstance) => void;
};

/** The HTTP server with its ports tied to the core. */
export function makeApp(parts: AppParts): Promise<FastifyInstance> {
  const guest = makeGuestPort(parts.payments, parts.paymentLoop);
  const payment = makePaymentPort(parts.payments, parts.paymentLoop);
  const metrics = new Registry();
  collectDefaultMetrics({ register: metrics });
  return makeServer({
    guest,
    reconciliation: makeReconciliationPort(parts.resolve),
    payment,
    console: makeConsolePort(parts.payments),
    consolePayments: makeConsolePaymentPort(parts.payments, parts.paymentLoop),
    paymentSettings: makePaymentSettingsPort(parts.accounts),
    ...makeIntakePorts(parts.payments),
    changes: parts.changes,
    readiness: async () => {
      try {
        await parts.payments.store.asEntry(() => Promise.resolve());
        return undefined;
      } catch {
        return 'the database does not answer';
      }
    },
    metrics,
    clock: parts.payments.clock,
    randomBytes,
    log: parts.log,
    secureCookies: parts.publicUrl?.startsWith('https:') ?? false,
    publicUrl: parts.publicUrl,
    version: parts.version,
    registerPages: (app) => {
      registerAssets(app);
      registerGuestPage(app, { guest, payment, randomBytes });
      registerReceiptPage(app, parts.payments);
      parts.registerMore(app);
    },
  });
}
