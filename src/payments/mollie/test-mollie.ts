import { systemClock } from '#twins/clock.ts';
import type { PaymentProvider, ProviderCall } from '../provider.ts';
import type { Clock } from '#domain/time.ts';
import { money } from '#domain/money.ts';
import type { NewPayment } from '../provider.ts';
import { mollie } from './mollie.ts';

export const testKey = 'test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM';

/** One request as the scripted platform got it. */
export type Sent = {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
};

/** What the platform does with a request: answers, breaks, or stays silent until the signal ends. */
export type Step =
  | { readonly status: number; readonly json: unknown; readonly headers?: Record<string, string> }
  | { readonly breaks: string }
  | 'silence';

/** A platform `fetch` that plays steps, one per request; the last one is repeated. */
export function makePlatform(steps: readonly Step[]) {
  const sent: Sent[] = [];
  const fetch = (url: string, request: RequestInit): Promise<Response> => {
    const step = steps[Math.min(sent.length, steps.length - 1)];
    sent.push({
      url: new URL(url),
      method: request.method ?? 'GET',
      headers: request.headers as Record<string, string>,
      body: typeof request.body === 'string' ? (JSON.parse(request.body) as unknown) : undefined,
    });
    if (step === undefined || step === 'silence') {
      return new Promise((_, reject) => {
        request.signal?.addEventListener('abort', () => reject(request.signal?.reason as Error));
      });
    }
    if ('breaks' in step) {
      const cause = Object.assign(new Error('socket'), { code: step.breaks });
      return Promise.reject(new TypeError('fetch failed', { cause }));
    }
    const text = typeof step.json === 'string' ? step.json : JSON.stringify(step.json);
    return Promise.resolve(new Response(text, { status: step.status, headers: step.headers ?? {} }));
  };
  return { fetch, sent };
}

export function openMollie(
  fetch: (url: string, request: RequestInit) => Promise<Response>,
  options: { clock?: Clock; account?: unknown; onCall?: (call: ProviderCall) => void } = {},
): PaymentProvider {
  const opened = mollie.open(options.account ?? { kind: 'api-key', apiKey: testKey }, {
    fetch,
    clock: options.clock ?? systemClock,
    ...(options.onCall === undefined ? {} : { onCall: options.onCall }),
  });
  if (opened.kind === 'bad') throw new Error(JSON.stringify(opened.errors));
  return opened.provider;
}

export const lunch: NewPayment = {
  attemptId: 'attempt-1',
  orderId: 'order-1',
  locationId: 'osteria',
  amount: money(4250, 'EUR'),
  description: 'Table 7, Osteria Fiume',
  locale: 'de-AT',
  urls: {
    return: 'https://pay.example/p/tok',
    cancel: 'https://pay.example/p/tok?canceled',
    webhook: 'https://pay.example/webhooks/mollie/tok',
  },
  idempotencyKey: 'key-1',
};

/** A payment as Mollie shows it. */
export function wirePayment(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    resource: 'payment',
    id: 'tr_5B8cwPMGnU6qLbRvo7qEZo',
    mode: 'test',
    createdAt: '2026-11-24T12:00:00+00:00',
    amount: { value: '42.50', currency: 'EUR' },
    description: 'Table 7, Osteria Fiume',
    method: null,
    metadata: { attemptId: 'attempt-1', orderId: 'order-1', locationId: 'osteria' },
    status: 'open',
    isCancelable: false,
    expiresAt: '2026-11-24T12:15:00+00:00',
    profileId: 'pfl_QkEhN94Ba',
    sequenceType: 'oneoff',
    redirectUrl: 'https://pay.example/p/tok',
    _links: {
      self: { href: '...', type: 'application/hal+json' },
      checkout: { href: 'https://checkout.example/tr_5B8cwPMGnU6qLbRvo7qEZo', type: 'text/html' },
    },
    ...change,
  };
}
