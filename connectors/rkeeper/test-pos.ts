import assert from 'node:assert/strict';
import type { ConnectionMemory, PosConnector, RoundWrite } from '#contract/connector.ts';
import type { PosHttp, PosHttpAnswer } from '#contract/pos-http.ts';
import type { RequestLogEntry } from '#contract/request-log.ts';
import { money } from '#domain/money.ts';
import type { Line } from '#domain/order.ts';
import { guidOfReference, makeReference } from '#domain/reference.ts';
import type { Reference } from '#domain/reference.ts';
import type { Clock } from '#domain/time.ts';
import { childNamed, parseXml } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';
import type { Rk7Command } from './client.ts';
import { rkeeper } from './connector.ts';

/** What the scripted POS does with one command. */
export type Reaction =
  | { readonly kind: 'ok'; readonly content: string; readonly attributes?: string }
  | { readonly kind: 'error'; readonly status: string; readonly code?: number; readonly text?: string }
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'refused' | 'reset' | 'garbage' };

export type Script = Partial<Record<Rk7Command, readonly Reaction[] | ((command: XmlElement) => Reaction)>>;

type Sent = { readonly command: string; readonly element: XmlElement; readonly url: string };

export const ok = (content = '', attributes = ''): Reaction => ({ kind: 'ok', content, attributes });
export const error = (code: number, text = '', status = 'Query Executing Error'): Reaction => ({
  kind: 'error',
  status,
  code,
  text,
});

/**
 * A POS that answers by script: a list is used up one reaction at a time and its last one stays. What a script leaves out gets
 * a plain answer; what has none fails the test.
 */
function makeScriptedPos(script: Script): { http: PosHttp; sent: Sent[] } {
  const sent: Sent[] = [];
  const used = new Map<string, number>();
  const plain: Script = {
    GetSystemInfo2: [ok(systemInfo())],
    LockOrder: (command) =>
      ok('', command.attributes['lockTime'] === '1899-12-30T00:00:00' ? 'locked="0"' : 'locked="1"'),
  };
  const http: PosHttp = (request, signal) => {
    if (signal.aborted) return Promise.resolve(noAnswer('deadline', 'never'));
    const parsed = parseXml(request.body ?? '');
    const root = parsed.kind === 'parsed' ? childNamed(parsed.root, 'RK7CMD') : undefined;
    if (root === undefined) throw new Error(`not an RK7 query: ${request.body ?? ''}`);
    const command = (root.attributes['CMD'] ?? '') as Rk7Command;
    sent.push({ command, element: root, url: request.url });
    const rule = script[command] ?? plain[command];
    if (rule === undefined) throw new Error(`the script has no answer for ${command}`);
    if (typeof rule === 'function') return Promise.resolve(answerOf(rule(root), command));
    const index = Math.min(used.get(command) ?? 0, rule.length - 1);
    used.set(command, index + 1);
    const reaction = rule[index];
    if (reaction === undefined) throw new Error(`an empty script for ${command}`);
    return Promise.resolve(answerOf(reaction, command));
  };
  return { http, sent };
}

function answerOf(reaction: Reaction, command: string): PosHttpAnswer {
  switch (reaction.kind) {
    case 'ok':
      return answered(200, result(command, 'Ok', reaction.attributes ?? '', reaction.content));
    case 'error':
      return answered(
        200,
        result(
          command,
          reaction.status,
          `ErrorText="${reaction.text ?? ''}"${reaction.code === undefined ? '' : ` RK7ErrorN="${reaction.code}"`}`,
          '',
        ),
      );
    case 'http':
      return answered(reaction.status, '');
    case 'garbage':
      return answered(200, '<RK7QueryResult Status="Ok"><Ord');
    case 'refused':
      return noAnswer('refused', 'never');
    case 'reset':
      return noAnswer('reset', 'maybe');
  }
}

function answered(status: number, body: string): PosHttpAnswer {
  return { kind: 'answered', status, headers: {}, body };
}

function noAnswer(reason: 'refused' | 'reset' | 'deadline', sent: 'never' | 'maybe'): PosHttpAnswer {
  return { kind: 'no-answer', reason, sent, answerBytes: false, detail: 'scripted' };
}

function result(command: string, status: string, attributes: string, content: string): string {
  return (
    `<?xml version="1.0" encoding="utf-8"?><RK7QueryResult ServerVersion="7.26.8.0" XmlVersion="248" CMD="${command}" ` +
    `Status="${status}" DateTime="2026-11-24T15:00:00" WorkTime="1" Processed="1" ${attributes}>${content}</RK7QueryResult>`
  );
}

export function systemInfo(restCode = '199990001', shiftNum = 7): string {
  return (
    `<SystemInfo ProcessID="1" RestCode="${restCode}" uptime="1899-12-31T00:00:00"><CashGroup id="15000" code="1" name="MID"/>` +
    `<Restaurant id="1000001" code="1" name="Trattoria"/><CommonShift ShiftDate="2026-11-24T00:00:00" ShiftNum="${shiftNum}" ` +
    `ShiftStartTime="2026-11-24T08:00:00"/></SystemInfo>`
  );
}

export type OrderShape = {
  readonly guid: string;
  readonly table?: number;
  readonly version?: number;
  readonly attributes?: string;
  readonly props?: string;
  readonly content?: string;
  readonly sum?: number;
  readonly unpaid?: number;
};

/** An order as GetOrder and its kin answer it. */
export function orderXml(shape: OrderShape): string {
  const sum = shape.sum ?? 0;
  const table = shape.table ?? 1000046;
  return (
    `<Order visit="600000001" orderIdent="256" guid="${shape.guid}" url="" orderName="17" version="${shape.version ?? 1}" crc32="-12" ` +
    `openTime="2026-11-24T14:00:00" orderSum="${sum}" discountSum="0" unpaidSum="${shape.unpaid ?? sum}" totalPieces="0" ` +
    `cookMins="0" persistentComment="" ${shape.attributes ?? ''}><Waiter id="10" code="7" name="Anna"><Role id="3"/></Waiter>` +
    `<OrderType id="1" code="1" name="Hall"/><Table id="${table}" code="12" name="12"/>${shape.props ?? ''}${shape.content ?? ''}</Order>`
  );
}

export function listXml(orders: readonly string[]): string {
  return `<Visit visit="600000001" guid="{00000000-0000-4000-8000-000000000001}" finished="0"><Orders>${orders.join('')}</Orders></Visit>`;
}

export function packageXml(reference: Reference, lines: readonly Reference[]): string {
  const dishes = lines
    .map(
      (line, index) =>
        `<Dish id="1004496" code="2714" name="Soup" uni="${index + 2}" line_guid="${bracedGuidOf(line)}" state="4" price="35000" ` +
        `amount="35000" quantity="1000" srcQuantity="1000"><OrderType id="1"/></Dish>`,
    )
    .join('');
  return `<Session uni="1" line_guid="${bracedGuidOf(reference)}" cookMins="0">${dishes}</Session>`;
}

export function bracedGuidOf(reference: Reference): string {
  return `{${guidOfReference(reference)}}`;
}

/** References that are the same in every run. */
export function testReference(seed: number): Reference {
  return makeReference((count) => new Uint8Array(count).fill(seed));
}

export const testSettings = {
  endpoint: 'https://pos.example:9000',
  restaurantId: '199990001',
  currency: 'EUR',
  station: 15001,
  cashier: 11,
  waiter: 10,
  orderType: 1,
  paidCurrency: 3,
} as const;

export type Rig = {
  readonly connector: PosConnector;
  readonly sent: readonly Sent[];
  readonly log: readonly RequestLogEntry[];
  readonly memory: Map<string, string>;
  readonly clock: TestClock;
  readonly commands: () => readonly string[];
};

export function connectTo(
  script: Script,
  overrides: {
    readonly settings?: object;
    readonly secret?: object;
    readonly memory?: Map<string, string>;
  } = {},
): Rig {
  const { http, sent } = makeScriptedPos(script);
  const memory = overrides.memory ?? new Map<string, string>();
  const clock = makeTestClock();
  const log: RequestLogEntry[] = [];
  const connector = connectOver(http, { ...overrides, memory, clock, log });
  return { connector, sent, log, memory, clock, commands: () => sent.map((entry) => entry.command) };
}

export function connectOver(
  http: PosHttp,
  options: {
    readonly settings?: object;
    readonly secret?: object;
    readonly memory?: Map<string, string>;
    readonly clock?: Clock;
    readonly log?: RequestLogEntry[];
  },
): PosConnector {
  const settings = rkeeper.parseSettings({ ...testSettings, ...options.settings });
  const secret = rkeeper.parseSecret({ username: 'HTTP', password: 'geheim', ...options.secret });
  if (settings.kind === 'bad') throw new Error(JSON.stringify(settings.errors));
  if (secret.kind === 'bad') throw new Error(JSON.stringify(secret.errors));
  let drawn = 0;
  return rkeeper.connect({
    settings: settings.value,
    secret: secret.value,
    http,
    memory: memoryOver(options.memory ?? new Map()),
    clock: options.clock ?? makeTestClock(),
    randomBytes: (count) => new Uint8Array(count).fill((drawn += 1)),
    log: (entry) => options.log?.push(entry),
  });
}

function memoryOver(map: Map<string, string>): ConnectionMemory {
  return {
    get: (key) => Promise.resolve(map.get(key)),
    put: (key, value) => {
      map.set(key, value);
      return Promise.resolve();
    },
  };
}

type TestClock = Clock & { advance(ms: number): void };

export function makeTestClock(): TestClock {
  let now = Date.UTC(2026, 10, 24, 12, 0, 0);
  const timers = new Set<{ readonly atMs: number; readonly act: () => void }>();
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    after(delayMs, act) {
      const timer = { atMs: now + delayMs, act };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(ms) {
      now += ms;
      for (const timer of [...timers].filter((entry) => entry.atMs <= now)) {
        timers.delete(timer);
        timer.act();
      }
    },
  };
}

export const orderReference = testReference(1);
export const roundReference = testReference(2);
export const lineReference = testReference(3);
export const ourGuid = bracedGuidOf(orderReference);
export const eur = (amountMinor: number) => money(amountMinor, 'EUR');

export function testLine(overrides: Partial<Line> = {}): Line {
  return {
    lineId: lineReference,
    itemId: 'dish-1004496',
    name: 'Soup',
    quantity: 1,
    modifiers: [],
    unitPrice: eur(35000),
    price: eur(35000),
    ...overrides,
  };
}

export function testRound(overrides: Partial<RoundWrite> = {}): RoundWrite {
  return {
    kind: 'create-order',
    orderReference,
    roundReference,
    tableRef: '1000046',
    posRef: null,
    openOrder: 'join',
    lines: [testLine()],
    ...overrides,
  };
}

export const never = new AbortController().signal;

/** Our order before anything is on it. */
export const empty = ok(orderXml({ guid: ourGuid }));
/** The order as SaveOrder answers it, with the round on it. */
export const saved = ok(
  orderXml({ guid: ourGuid, version: 2, sum: 35000, content: packageXml(roundReference, [lineReference]) }),
);

/** What was locked was let go of, with the same key. */
export function assertReleased(rig: Rig): void {
  const locks = rig.sent
    .filter((entry) => entry.command === 'LockOrder')
    .map((entry) => entry.element.attributes);
  assert.equal(locks.length, 2);
  assert.equal(locks[1]?.['lockTime'], '1899-12-30T00:00:00');
  assert.equal(locks[0]?.['lockguid'], locks[1]?.['lockguid']);
}
