import type { ConnectionMemory, PosConnector, RoundWrite } from '#contract/connector.ts';
import type { PosHttp } from '#contract/pos-http.ts';
import type { RequestLogEntry } from '#contract/request-log.ts';
import type { Menu } from '#domain/menu.ts';
import { money } from '#domain/money.ts';
import type { Line, RequestedLine } from '#domain/order.ts';
import { priceLine } from '#domain/price-line.ts';
import { makeReference } from '#domain/reference.ts';
import { taxOnTop } from '#domain/tax.ts';
import { foodtec } from './connector.ts';
import { connectionTo } from './twin/connection.ts';
import { readPizzeria } from './twin/pizzeria.ts';
import { makeTestTwin } from './twin/test-twin.ts';
import type { TestTwin } from './twin/test-twin.ts';

export const never = new AbortController().signal;
let drawn = 0;
const randomBytes = (count: number) => {
  drawn += 1;
  const bytes = new Uint8Array(count);
  new DataView(bytes.buffer).setUint32(0, drawn);
  return bytes;
};

export type TestSite = {
  readonly twin: TestTwin;
  readonly connector: PosConnector;
  readonly menu: Menu;
  readonly log: readonly RequestLogEntry[];
  /** Method and path of everything the twin received. */
  readonly received: readonly string[];
  /** What happens to the answers from now on; undefined: they arrive. */
  readonly intercept: (how: ((answered: Answered) => Answered) | undefined) => void;
};
type Answered = Awaited<ReturnType<PosHttp>>;

/** The real connector over the twin's world, no socket between them. */
export async function makeTestSite(): Promise<TestSite> {
  const twin = makeTestTwin();
  const received: string[] = [];
  const log: RequestLogEntry[] = [];
  let how: ((answered: Answered) => Answered) | undefined;
  const http: PosHttp = (request) => {
    const { pathname, search } = new URL(request.url);
    received.push(`${request.method} ${pathname}`);
    const { method, headers, body = '' } = request;
    const answer: Answered = {
      kind: 'answered',
      ...twin.world.answer({ method, path: pathname + search, headers, body }),
    };
    return Promise.resolve(how === undefined ? answer : how(answer));
  };
  const connector = connect(twin, http, log);
  const read = await connector.readMenu(never);
  if (read.kind !== 'read') throw new Error('no menu');
  return { twin, connector, menu: read.value.menu, log, received, intercept: (next) => (how = next) };
}

export function connect(twin: TestTwin, http: PosHttp, log: RequestLogEntry[]): PosConnector {
  const stored = connectionTo(readPizzeria(), { origin: 'https://twin.invalid' });
  const settings = foodtec.parseSettings(stored.settings);
  const secret = foodtec.parseSecret(stored.secret);
  if (settings.kind === 'bad' || secret.kind === 'bad') throw new Error('the twin describes itself wrongly');
  const values = new Map<string, string>();
  const memory: ConnectionMemory = {
    get: (key) => Promise.resolve(values.get(key)),
    put: (key, value) => {
      values.set(key, value);
      return Promise.resolve();
    },
  };
  return foodtec.connect({
    settings: settings.value,
    secret: secret.value,
    http,
    memory,
    clock: {
      nowMs: () => twin.nowMs(),
      monotonicMs: () => twin.nowMs(),
      after: () => ({ cancel: () => undefined }),
    },
    randomBytes,
    log: (entry) => log.push(entry),
  });
}

/** A guest's line, priced as the gateway prices it. */
export function lineOf(menu: Menu, requested: RequestedLine): Line {
  const priced = priceLine(menu, requested);
  if (priced.kind === 'refused') throw new Error(JSON.stringify([requested, priced.errors]));
  const { item, variant, modifiers, unitPrice, price } = priced.line;
  return {
    lineId: makeReference(randomBytes),
    itemId: item.itemId,
    name: item.name,
    ...(variant === undefined ? {} : { variantId: variant.variantId, variantName: variant.name }),
    quantity: requested.quantity,
    ...(requested.note === undefined ? {} : { note: requested.note }),
    modifiers,
    unitPrice,
    price,
  };
}

/** A Pay-First cart that was paid, with a tip of two dollars unless another is named. */
export function paidCart(menu: Menu, requested: readonly RequestedLine[], tipMinor = 200): RoundWrite {
  const lines = requested.map((entry) => lineOf(menu, entry));
  const items = new Map(
    menu.categories.flatMap((category) => category.items).map((item) => [item.itemId, item]),
  );
  const tax = taxOnTop(
    lines.flatMap(({ itemId, price }) => {
      const item = items.get(itemId);
      return item === undefined ? [] : [{ item, price }];
    }),
    menu.currency,
  );
  const sum = lines.reduce((minor, line) => minor + line.price.amountMinor, 0);
  return {
    kind: 'create-order',
    orderReference: makeReference(randomBytes),
    roundReference: makeReference(randomBytes),
    tableRef: 't-7',
    tableName: 'Window 7',
    posRef: null,
    openOrder: 'own',
    lines,
    paidAhead: { amount: money(sum + tax.amountMinor, menu.currency), tip: money(tipMinor, menu.currency) },
  };
}

/** `Pizza / Cheese / 10"` with extra pepperoni. */
export const extraPepperoni: RequestedLine = {
  itemId: 'pizza.cheese',
  variantId: 'pizza.cheese.10',
  modifiers: [
    {
      modifierId: 'pizza.pepperoni',
      quantity: 1,
      modifiers: [{ modifierId: 'pizza.pepperoni.extra', quantity: 1 }],
    },
  ],
  quantity: 1,
};
