import type { z } from 'zod';
import { hourMs, minuteMs } from '#domain/time.ts';
import type {
  LostAttempt,
  MethodQuery,
  NewPayment,
  NewRefund,
  PaidSpan,
  PaymentMethod,
  PaymentProvider,
  ProviderDefinition,
  ProviderOutcome,
  ProviderPayment,
  ProviderRefund,
  ProviderWay,
} from '../provider.ts';
import { parseAccount } from './account.ts';
import type { MollieAccess } from './account.ts';
import { askMollie } from './client.ts';
import type { MollieRequest } from './client.ts';
import { mollieTakes } from './currencies.ts';
import { mollieLocale } from './locale.ts';
import { mapError } from './map-error.ts';
import { mapAll, mapPayment, mapRefund, wireAmount } from './map-payment.ts';
import { parseWebhook } from './webhook.ts';
import { wire } from './wire.ts';

const mollieApiUrl = 'https://api.mollie.com';

/** Mollie's limit of a description; longer is cut there per method, so it is cut here for all. */
const descriptionCharsMax = 255;
const pageSize = 100;
const refundPageSize = 250;
/** A lost create is looked for among the newest payments; a profile with more than this in the time between has other worries. */
const pagesMax = 20;
/** A checkout that was opened earlier is over: PayPal's stay open for 72 hours, nobody's for longer. */
const longestCheckoutMs = 73 * hourMs;
/** How far Mollie's clock may be behind ours. */
const clockSkewMs = 5 * minuteMs;

/** Mollie, Payments API v2: hosted checkout, our own thin client (ADR 6). */
export const mollie: ProviderDefinition = {
  id: 'mollie',
  name: 'Mollie',
  // Mollie keeps a key for an hour, counted at its end; the margin is for the way there and the clocks.
  idempotencyWindowMs: hourMs - 5 * minuteMs,
  takes: mollieTakes,
  open(account, through) {
    const complaint = complaintAboutApi(through.apiUrl ?? mollieApiUrl);
    if (complaint !== undefined) return { kind: 'bad', errors: [{ path: 'apiUrl', detail: complaint }] };
    const parsed = parseAccount(account);
    return parsed.kind === 'bad'
      ? parsed
      : { kind: 'opened', provider: makeProvider(parsed.access, through) };
  },
  parseWebhook,
};

/** Credentials cross no network in the clear; a twin on this machine is on none. */
function complaintAboutApi(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'not an address';
  const here = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && here) ? undefined : 'not https';
}

function makeProvider(access: MollieAccess, through: ProviderWay): PaymentProvider {
  const ask = makeAsk(access, through);
  return {
    mode: access.mode,
    methods: (query) => listMethods(ask, query),
    create: (payment) => createPayment(ask, payment),
    get: (ref) =>
      ask(wire.payment, mapPayment, {
        method: 'GET',
        path: `/v2/payments/${encodeURIComponent(ref)}`,
        query: { embed: 'refunds,chargebacks' },
      }),
    find: (attempt) => findPayment(ask, attempt),
    listPaid: (span) => listPaid(ask, span),
    cancel: (ref) => cancelPayment(ask, ref),
    refund: (ref, refund) => refundPayment(ask, ref, refund),
    refunds: (ref) => listRefunds(ask, ref),
  };
}

/** One call, read by its schema and mapped; what is not understood is never a success. */
type Ask = <Wire, Value>(
  schema: z.ZodType<Wire>,
  map: (wire: Wire) => Value | undefined,
  request: MollieRequest & { readonly profile?: boolean },
) => Promise<ProviderOutcome<Value>>;

function makeAsk(access: MollieAccess, through: ProviderWay): Ask {
  const way = {
    fetch: through.fetch,
    clock: through.clock,
    apiUrl: through.apiUrl ?? mollieApiUrl,
    bearer: access.bearer,
    onCall: through.onCall ?? (() => undefined),
  };
  return async (schema, map, { profile = false, ...request }) => {
    const kind = request.method === 'GET' ? 'read' : 'write';
    const answer = await askMollie(way, scoped(request, access, profile));
    if (answer.kind === 'no-answer' || answer.status < 200 || answer.status > 299) {
      return { kind: 'failed', error: mapError(answer, kind) };
    }
    const parsed = schema.safeParse(answer.json);
    const value = parsed.success ? map(parsed.data) : undefined;
    if (value !== undefined) return { kind: 'done', value };
    const where = parsed.success ? 'an amount' : (parsed.error.issues[0]?.path.join('.') ?? '');
    return {
      kind: 'failed',
      error: {
        code: kind === 'read' ? 'bad-answer' : 'unknown-outcome',
        detail: `HTTP ${answer.status} that we do not understand: ${where}`,
      },
    };
  };
}

/** A token's request says which mode, and where a profile is not plain from the payment, which profile. */
function scoped(request: MollieRequest, access: MollieAccess, profile: boolean): MollieRequest {
  if (access.scope === null) return request;
  const { profileId, testmode } = access.scope;
  const of = profile ? { profileId } : {};
  if (request.method === 'GET') {
    return { ...request, query: { ...request.query, ...of, ...(testmode ? { testmode: 'true' } : {}) } };
  }
  return { ...request, body: { ...(request.body as object | undefined), ...of, testmode } };
}

async function listMethods(ask: Ask, query: MethodQuery): Promise<ProviderOutcome<readonly PaymentMethod[]>> {
  const { value, currency } = wireAmount(query.amount);
  return ask(
    wire.methods,
    // In test mode methods not yet granted are listed too, and can be paid with there.
    (list) => list._embedded.methods.map((method) => ({ methodId: method.id, name: method.description })),
    {
      method: 'GET',
      path: '/v2/methods',
      query: {
        'amount[value]': value,
        'amount[currency]': currency,
        // Google Pay is offered by the page to who pays by card; a payment cannot name it.
        includeWallets: 'applepay',
        locale: mollieLocale(query.locale),
      },
      profile: true,
    },
  );
}

async function createPayment(ask: Ask, payment: NewPayment): Promise<ProviderOutcome<ProviderPayment>> {
  const { attemptId, orderId, locationId } = payment;
  const created = await ask(wire.payment, mapPayment, {
    method: 'POST',
    path: '/v2/payments',
    body: {
      amount: wireAmount(payment.amount),
      description: payment.description.slice(0, descriptionCharsMax),
      redirectUrl: payment.urls.return,
      // Without it a guest who cancels lands on the return page and waits for money that will not come.
      cancelUrl: payment.urls.cancel,
      ...(payment.urls.webhook === undefined ? {} : { webhookUrl: payment.urls.webhook }),
      locale: mollieLocale(payment.locale),
      ...(payment.method === undefined ? {} : { method: payment.method }),
      metadata: { attemptId, orderId, locationId },
      // No `lines`: the methods here need none, and their sums would be one more thing to be refused for.
    },
    idempotencyKey: payment.idempotencyKey,
    again: true,
    profile: true,
  });
  // "A request with this key is running" is our own lost try, still being worked on.
  if (created.kind === 'failed' && created.error.code === 'conflict') {
    return { kind: 'failed', error: { ...created.error, code: 'unknown-outcome' } };
  }
  return created;
}

async function findPayment(
  ask: Ask,
  attempt: LostAttempt,
): Promise<ProviderOutcome<ProviderPayment | undefined>> {
  const isIt = (payment: ProviderPayment) => payment.attemptId === attempt.attemptId;
  const read = await readBackTo(ask, attempt.createdAtMs - clockSkewMs, (page) => page.some(isIt));
  return read.kind === 'failed' ? read : { kind: 'done', value: read.value.find(isIt) };
}

async function listPaid(ask: Ask, span: PaidSpan): Promise<ProviderOutcome<readonly ProviderPayment[]>> {
  const read = await readBackTo(ask, span.fromMs - longestCheckoutMs, () => false);
  if (read.kind === 'failed') return read;
  const paid = read.value.filter(
    ({ paidAtMs }) => paidAtMs !== null && paidAtMs >= span.fromMs && paidAtMs < span.untilMs,
  );
  return { kind: 'done', value: paid };
}

/** The newest payments, page by page, back to those made before an instant or until `enough` says so. */
async function readBackTo(
  ask: Ask,
  oldestMs: number,
  enough: (page: readonly ProviderPayment[]) => boolean,
): Promise<ProviderOutcome<readonly ProviderPayment[]>> {
  const read: ProviderPayment[] = [];
  let from: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const listed = await ask(wire.payments, mapPage, {
      method: 'GET',
      path: '/v2/payments',
      query: { limit: String(pageSize), ...(from === undefined ? {} : { from }) },
      profile: true,
    });
    if (listed.kind === 'failed') return listed;
    const { payments, next } = listed.value;
    read.push(...payments);
    const isPast = payments.some((payment) => payment.createdAtMs < oldestMs);
    if (next === undefined || isPast || enough(payments)) return { kind: 'done', value: read };
    from = next;
  }
  const detail = `more than the newest ${pagesMax * pageSize} payments, and older ones were not read`;
  return { kind: 'failed', error: { code: 'try-later', detail } };
}

function mapPage(page: z.infer<typeof wire.payments>) {
  const payments = mapAll(page._embedded.payments, mapPayment);
  return payments === undefined ? undefined : { payments, next: nextFrom(page._links) };
}

async function cancelPayment(ask: Ask, ref: string): Promise<ProviderOutcome<'canceled' | 'not-cancelable'>> {
  const ended = await ask(wire.payment, (payment) => payment.status, {
    method: 'DELETE',
    path: `/v2/payments/${encodeURIComponent(ref)}`,
  });
  if (ended.kind === 'done')
    return { kind: 'done', value: ended.value === 'canceled' ? 'canceled' : 'not-cancelable' };
  return ended.error.code === 'invalid' ? { kind: 'done', value: 'not-cancelable' } : ended;
}

function refundPayment(ask: Ask, ref: string, refund: NewRefund): Promise<ProviderOutcome<ProviderRefund>> {
  return ask(wire.refund, mapRefund, {
    method: 'POST',
    path: `/v2/payments/${encodeURIComponent(ref)}/refunds`,
    body: {
      amount: wireAmount(refund.amount),
      description: refund.description.slice(0, descriptionCharsMax),
      metadata: { refundId: refund.refundId },
    },
    // Not tried again here: two partial refunds both pay out, so the list is read first, by whoever decides.
    idempotencyKey: refund.idempotencyKey,
  });
}

/** All of them: a refund that is not seen would be made once more. */
async function listRefunds(ask: Ask, ref: string): Promise<ProviderOutcome<readonly ProviderRefund[]>> {
  const path = `/v2/payments/${encodeURIComponent(ref)}/refunds`;
  const read: ProviderRefund[] = [];
  let from: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const query = { limit: String(refundPageSize), ...(from === undefined ? {} : { from }) };
    const listed = await ask(wire.refunds, mapRefundPage, { method: 'GET', path, query });
    if (listed.kind === 'failed') return listed;
    read.push(...listed.value.refunds);
    from = listed.value.next;
    if (from === undefined) return { kind: 'done', value: read };
  }
  const detail = `more than ${pagesMax * refundPageSize} refunds of one payment`;
  return { kind: 'failed', error: { code: 'try-later', detail } };
}

function mapRefundPage(page: z.infer<typeof wire.refunds>) {
  const refunds = mapAll(page._embedded.refunds, mapRefund);
  return refunds === undefined ? undefined : { refunds, next: nextFrom(page._links) };
}

/** A list names its next page by a whole address; only what it starts from is taken out of it. */
function nextFrom(links: z.infer<typeof wire.payments>['_links']): string | undefined {
  const next = links.next?.href;
  return next === undefined ? undefined : (URL.parse(next)?.searchParams.get('from') ?? undefined);
}
