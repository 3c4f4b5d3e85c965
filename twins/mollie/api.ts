import type { WireAnswer, WireRequest } from '../definition.ts';
import { mayReach, readAccess } from './access.ts';
import type { Access } from './access.ts';
import { readAmount } from './amounts.ts';
import type { PaymentBook } from './book.ts';
import { readPayment } from './create-payment.ts';
import {
  answerHal,
  isCancelable,
  refuseHal,
  showChargeback,
  showList,
  showPayment,
  showRefund,
} from './hal.ts';
import type { IdempotencyKeys } from './idempotency.ts';
import { keyMs } from './idempotency.ts';
import { findMethod, methodTakes, methods, showMethod } from './methods.ts';
import type { Payment } from './state.ts';
import { cancelRefund, createRefund } from './refunds.ts';

/** The Payments API, version 2, as far as a shop with hosted checkout uses it. */

const pageDefault = 50;
const pageMax = 250;

export type Api = {
  readonly book: PaymentBook;
  readonly keys: IdempotencyKeys;
  readonly defects: () => ReadonlySet<string>;
};

type Call = Api & {
  readonly request: WireRequest;
  readonly url: URL;
  readonly origin: string;
  readonly access: Access;
  readonly json: unknown;
};

type Route = {
  readonly name: string;
  readonly method: string;
  readonly path: RegExp;
  readonly act: (call: Call, ids: readonly string[]) => WireAnswer;
};

const ofPayment =
  (act: (call: Call, payment: Payment, ids: readonly string[]) => WireAnswer): Route['act'] =>
  (call, [id = '', ...rest]) => {
    const payment = call.book.find(id);
    return payment === undefined || !mayReach(call.access, payment)
      ? refuseHal(404, `No payment exists with token ${id}.`)
      : act(call, payment, rest);
  };

const routes: readonly Route[] = [
  { name: 'create-payment', method: 'POST', path: /^\/v2\/payments$/, act: createPayment },
  { name: 'list-payments', method: 'GET', path: /^\/v2\/payments$/, act: listPayments },
  { name: 'get-payment', method: 'GET', path: /^\/v2\/payments\/(\w+)$/, act: ofPayment(getPayment) },
  {
    name: 'cancel-payment',
    method: 'DELETE',
    path: /^\/v2\/payments\/(\w+)$/,
    act: ofPayment(cancelPayment),
  },
  {
    name: 'create-refund',
    method: 'POST',
    path: /^\/v2\/payments\/(\w+)\/refunds$/,
    act: ofPayment((call, payment) => createRefund(call.book, payment, call.json)),
  },
  {
    name: 'list-refunds',
    method: 'GET',
    path: /^\/v2\/payments\/(\w+)\/refunds$/,
    act: ofPayment(listRefunds),
  },
  {
    name: 'get-refund',
    method: 'GET',
    path: /^\/v2\/payments\/(\w+)\/refunds\/(\w+)$/,
    act: ofPayment(getRefund),
  },
  {
    name: 'cancel-refund',
    method: 'DELETE',
    path: /^\/v2\/payments\/(\w+)\/refunds\/(\w+)$/,
    act: ofPayment((call, payment, [refundId = '']) => cancelRefund(call.book, payment, refundId)),
  },
  {
    name: 'list-chargebacks',
    method: 'GET',
    path: /^\/v2\/payments\/(\w+)\/chargebacks$/,
    act: ofPayment(listChargebacks),
  },
  { name: 'list-methods', method: 'GET', path: /^\/v2\/methods$/, act: listMethods },
  { name: 'get-method', method: 'GET', path: /^\/v2\/methods\/(\w+)$/, act: getMethod },
];

/** What a fault's `match` may name: the call, e.g. `create-payment`. */
export function apiNameOf(request: WireRequest): string | undefined {
  return findRoute(request.method, pathOf(request))?.route.name;
}

export function answerApi(api: Api, request: WireRequest): WireAnswer {
  const found = findRoute(request.method, pathOf(request));
  if (found === undefined) {
    const known = routes.some((route) => route.path.test(pathOf(request)));
    return known ? refuseHal(405, 'The method is not supported here') : refuseHal(404, 'No such endpoint');
  }
  const origin = originOf(request);
  // The route has judged the path, so it is one.
  const url = new URL(request.path, origin);
  const json = parseBody(request);
  if (json === undefined) return refuseHal(400, 'The request body is not valid JSON');
  const scope =
    request.method === 'GET'
      ? Object.fromEntries(
          [...url.searchParams].filter(([name]) => name === 'profileId' || name === 'testmode'),
        )
      : (json.value as { profileId?: unknown; testmode?: unknown });
  const access = readAccess(request, api.book.account, scope);
  if ('refused' in access) return access.refused;
  return once(api, request, access, () =>
    found.route.act({ ...api, request, url, origin, access, json: json.value }, found.ids),
  );
}

/** A POST with a key that was answered before gets the same answer; refusals of a request's form are not kept. */
function once(api: Api, request: WireRequest, access: Access, act: () => WireAnswer): WireAnswer {
  const { book, keys } = api;
  if (api.defects().has('forgets-keys')) return act();
  const recalled = keys.recall(request, access.bearer, book.nowMs() - book.scaled(keyMs));
  if (recalled !== undefined) return recalled;
  const answer = act();
  if (answer.status < 300) keys.remember(request, access.bearer, book.nowMs(), answer);
  return answer;
}

export function forgetKeyOf(api: Api, request: WireRequest): void {
  const [, bearer = ''] = /^Bearer (\S+)$/.exec(request.headers['authorization'] ?? '') ?? [];
  api.keys.forget(request, bearer);
}

/** Where the caller reached this twin; its links lead there, so that a browser on the same way finds the checkout. */
function originOf(request: WireRequest): string {
  const host = request.headers['host'] ?? '';
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(host) && URL.canParse(`http://${host}`)
    ? `http://${host}`
    : 'http://mollie.twin.invalid';
}

function createPayment(call: Call): WireAnswer {
  const read = readPayment(call.json, call.access, call.origin);
  if (read.kind === 'refused') return read.answer;
  return answerHal(201, shown(call, call.book.create(read.payment)));
}

function getPayment(call: Call, payment: Payment): WireAnswer {
  const embed = (call.url.searchParams.get('embed') ?? '').split(',');
  return answerHal(200, showPayment(payment, showing(call, embed)));
}

/** Newest first, `limit` of them, from the payment `from` on. */
function listPayments(call: Call): WireAnswer {
  const { searchParams } = call.url;
  const limit = Number(searchParams.get('limit') ?? pageDefault);
  if (!Number.isInteger(limit) || limit < 1 || limit > pageMax) {
    return refuseHal(400, `The limit must be between 1 and ${pageMax}`, 'limit');
  }
  const mine = call.book.payments().filter((payment) => mayReach(call.access, payment));
  if (searchParams.get('sort') !== 'asc') mine.reverse();
  const from = searchParams.get('from');
  const start = from === null ? 0 : mine.findIndex(({ id }) => id === from);
  if (start === -1) return refuseHal(400, 'Invalid cursor value', 'from');
  const page = mine.slice(start, start + limit);
  const next = mine[start + limit];
  const list = showList(
    'payments',
    page.map((payment) => shown(call, payment)),
    call.url.toString(),
  );
  if (next === undefined) return answerHal(200, list);
  const href = new URL(call.url);
  href.searchParams.set('from', next.id);
  const type = 'application/hal+json';
  return answerHal(200, { ...list, _links: { ...list._links, next: { href: href.toString(), type } } });
}

function cancelPayment(call: Call, payment: Payment): WireAnswer {
  if (!isCancelable(payment, call.book.settings)) return refuseHal(422, 'The payment cannot be cancelled');
  call.book.end(payment, { status: 'canceled' });
  return answerHal(200, shown(call, payment));
}

function listRefunds(call: Call, payment: Payment): WireAnswer {
  const refunds = payment.refunds.map((refund) => showRefund(payment, refund)).toReversed();
  return answerHal(200, showList('refunds', refunds, call.url.toString()));
}

function getRefund(_: Call, payment: Payment, [refundId = '']: readonly string[]): WireAnswer {
  const refund = payment.refunds.find(({ id }) => id === refundId);
  return refund === undefined
    ? refuseHal(404, `No refund exists with token ${refundId}.`)
    : answerHal(200, showRefund(payment, refund));
}

function listChargebacks(call: Call, payment: Payment): WireAnswer {
  const chargebacks = payment.chargebacks
    .map((chargeback) => showChargeback(payment, chargeback))
    .toReversed();
  return answerHal(200, showList('chargebacks', chargebacks, call.url.toString()));
}

function listMethods(call: Call): WireAnswer {
  const { searchParams } = call.url;
  const [value, currency] = [searchParams.get('amount[value]'), searchParams.get('amount[currency]')];
  const read = value === null && currency === null ? null : readAmount({ value, currency });
  if (read?.kind === 'bad') return refuseHal(400, read.detail, 'amount');
  const wallets = (searchParams.get('includeWallets') ?? '').split(',');
  const offered = methods.filter(
    (method) =>
      (method.wallet === undefined || wallets.includes(method.wallet)) &&
      (read === null ? method.currencies.includes('EUR') : methodTakes(method, read.amount)),
  );
  const shownMethods = offered.map((method) => showMethod(method, call.origin));
  const { _links, ...list } = showList('methods', shownMethods, call.url.toString());
  const { self, documentation } = _links;
  return answerHal(200, { ...list, _links: { self, documentation } });
}

function getMethod(call: Call, [id = '']: readonly string[]): WireAnswer {
  const method = findMethod(id);
  return method === undefined
    ? refuseHal(404, `No method exists with token ${id}.`)
    : answerHal(200, showMethod(method, call.origin));
}

function shown(call: Call, payment: Payment) {
  return showPayment(payment, showing(call, []));
}

function showing(call: Call, embed: readonly string[]) {
  const { settings, account } = call.book;
  return { settings, organizationId: account.organizationId, defects: call.defects(), embed };
}

function findRoute(method: string, path: string): { route: Route; ids: readonly string[] } | undefined {
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match !== null) return { route, ids: match.slice(1) };
  }
  return undefined;
}

function pathOf(request: WireRequest): string {
  return request.path.split('?')[0] ?? '';
}

/** JSON; the form that the provider also takes is not spoken here. */
function parseBody(request: WireRequest): { readonly value: unknown } | undefined {
  if (request.body === '') return { value: {} };
  try {
    const value = JSON.parse(request.body) as unknown;
    return typeof value === 'object' && value !== null ? { value } : undefined;
  } catch {
    return undefined;
  }
}
