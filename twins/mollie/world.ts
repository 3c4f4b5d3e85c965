import type { Clock } from '#domain/time.ts';
import type { TwinWorld } from '../definition.ts';
import { answerApi, apiNameOf, forgetKeyOf } from './api.ts';
import type { Api } from './api.ts';
import { PaymentBook } from './book.ts';
import { answerCheckout, isCheckout } from './checkout.ts';
import { makeCommands } from './commands.ts';
import { refuseHal, showPayment } from './hal.ts';
import { IdempotencyKeys } from './idempotency.ts';
import { makePage } from './page.ts';
import { reportOf } from './report.ts';
import type { Account, Settings } from './state.ts';
import { WebhookSender, postWebhook } from './webhooks.ts';
import type { PostWebhook } from './webhooks.ts';

export type MollieWorldOptions = {
  readonly account: Account;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  /** How shops are called; the platform's `fetch` unless a test looks. */
  readonly post?: PostWebhook;
};

/** A payment provider with hosted checkout, as a shop's server and a guest's browser see it. */
export function makeMollieWorld(options: MollieWorldOptions): TwinWorld {
  const { account, clock, randomBytes } = options;
  const settings: Settings = { timeScale: 1, cancelable: 'by-method', balance: 'enough' };
  const webhooks = new WebhookSender({
    clock,
    post: options.post ?? postWebhook,
    timeScale: () => settings.timeScale,
  });
  const book = new PaymentBook({ account, clock, randomBytes, webhooks, settings });
  let defects: ReadonlySet<string> = new Set();
  const api: Api = { book, keys: new IdempotencyKeys(), defects: () => defects };
  const payments = () =>
    book.payments().map((payment) => ({
      ...showPayment(payment, {
        settings,
        organizationId: account.organizationId,
        defects: new Set(),
        embed: ['refunds', 'chargebacks'],
      }),
      checkout: `${payment.origin}/checkout/${payment.checkoutToken}`,
    }));
  return {
    name: 'mollie',
    answer: (request) => (isCheckout(request) ? answerCheckout(book, request) : answerApi(api, request)),
    namesOf: (request) => [isCheckout(request) ? 'checkout' : (apiNameOf(request) ?? 'unknown')],
    forgetKey: (request) => forgetKeyOf(api, request),
    defects: ['wrong-amount', 'unknown-status', 'forgets-keys'],
    setDefects(active) {
      defects = active;
    },
    // No kitchen here.
    tickets: () => [],
    orders: payments,
    report: () => reportOf(book),
    commands: makeCommands(book),
    views: {
      payments,
      webhooks: () => ({ mood: webhooks.mood, deliveries: webhooks.deliveries() }),
      settings: () => settings,
    },
    wordRefusal: (status) => refuseHal(status, refusals[status] ?? 'Refused'),
    stop: () => book.stop(),
    page: makePage,
  };
}

const refusals: Readonly<Record<number, string>> = {
  409: 'Another request with the same idempotency key is being processed',
  429: 'You have exceeded the rate limit. Please slow down your requests.',
  503: 'The service is temporarily unavailable',
};
