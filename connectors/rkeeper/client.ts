import type { ConnectorLog } from '#contract/request-log.ts';
import type { NoAnswerReason, PosHttp } from '#contract/pos-http.ts';
import type { Clock } from '#domain/time.ts';
import { childNamed, childrenNamed, formatXml, parseXml } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';
import { logText } from './log-text.ts';

/**
 * Everything this connector can ever say to an R-Keeper. None of these writes reference data, voids a line or refunds a
 * payment; a test compares this list with what the twin received.
 */
const readCommands = [
  'GetSystemInfo2',
  'GetRefList',
  'GetRefData',
  'GetOrderMenu',
  'GetDishRests',
  'GetModifierStopList',
  'GetOrderList2',
  'GetOrder',
  'CalcOrder2',
  'GetWaiterMessages',
  'GetXMLLicenseInstanceSeqNumber',
] as const;
const writeCommands = [
  'CreateOrder',
  'LockOrder',
  'SaveOrder',
  'PayOrder',
  'WaiterMessage',
  'ApplyPersonalCard',
] as const;
export const rk7Commands = [...readCommands, ...writeCommands] as const;
export type Rk7Command = (typeof rk7Commands)[number];

/** The seed's names of the nine requests: what the request log calls an operation. */
export type OperationName =
  | 'GetRestaurantMenu'
  | 'GetRestaurantModifiersGroups'
  | 'GetRestaurantStatus'
  | 'GetTableStatus'
  | 'GetTableOrderStatus'
  | 'PostOrder'
  | 'PostPayOrder'
  | 'PostSendMessage'
  | 'PostApplyPersonalCard';

/** An element we send. */
export type Tag = {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly Tag[];
};

export type Rk7Request = {
  readonly command: Rk7Command;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly children?: readonly Tag[];
};

/** On whose behalf a command is sent, and how long it may take. */
export type Call = {
  readonly operation: OperationName;
  readonly signal: AbortSignal;
  readonly posRef?: string;
};

/** `faulty`: the error names the element of our request that is at fault. */
export type Rk7Error = { readonly code: number | null; readonly text: string; readonly faulty?: true };

/** What came back, in the vendor's terms. What it means for us is decided in map-error.ts alone. */
export type Rk7Reply =
  | {
      readonly kind: 'ok';
      /** The element that carries the data: the root, or the CommandResult under it. */
      readonly data: XmlElement;
      /** Errors may stand beside `Status="Ok"`. */
      readonly errors: readonly Rk7Error[];
    }
  | Rk7Trouble;

export type Rk7Trouble =
  | {
      readonly kind: 'rejected';
      readonly command: Rk7Command;
      readonly status: string;
      readonly errors: readonly Rk7Error[];
    }
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | {
      readonly kind: 'no-answer';
      readonly reason: NoAnswerReason;
      readonly sent: 'never' | 'maybe';
      readonly answerBytes: boolean;
      readonly detail: string;
    };

export interface Rk7Client {
  send(request: Rk7Request, call: Call): Promise<Rk7Reply>;
  /** Grows with every call that ended without an answer: what was known of the other end before that must be asked again. */
  interruptions(): number;
  /** The POS's local time as text without a zone, `aheadMs` from now; null before its first answer. */
  posTimeText(aheadMs: number): string | null;
}

export type Rk7ClientOptions = {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly http: PosHttp;
  readonly clock: Clock;
  readonly log: ConnectorLog;
};

/** A whole chain's menu is a few megabytes; more than this is not an answer. */
const answerBytesMax = 32 * 1024 * 1024;
/** Characters of one body that the request log keeps. */
const logCharactersMax = 64 * 1024;

/** Sends one command per HTTP request, so that a lost answer leaves exactly one command in doubt. */
export function makeRk7Client(options: Rk7ClientOptions): Rk7Client {
  const { clock } = options;
  const credentials = btoa(
    String.fromCodePoint(...new TextEncoder().encode(`${options.username}:${options.password}`)),
  );
  let interruptions = 0;
  let posClockOffsetMs: number | null = null;

  async function send(request: Rk7Request, call: Call): Promise<Rk7Reply> {
    const startedAtMs = clock.nowMs();
    const started = clock.monotonicMs();
    const query = queryOf(request);
    const answer = await options.http(
      {
        method: 'POST',
        url: options.url,
        headers: {
          authorization: `Basic ${credentials}`,
          // With a form content type the server sees no body at all.
          'content-type': 'application/xml',
        },
        body: formatXml(query),
        answerBytesMax,
      },
      call.signal,
    );
    const parsed = answer.kind === 'answered' && answer.status === 200 ? parseXml(answer.body) : undefined;
    const root = parsed?.kind === 'parsed' ? parsed.root : undefined;
    const reply = ((): Rk7Reply => {
      if (answer.kind === 'no-answer') return answer;
      if (answer.status !== 200) return { kind: 'http', status: answer.status };
      if (parsed?.kind === 'bad') return { kind: 'unreadable', detail: parsed.detail };
      return root === undefined
        ? { kind: 'unreadable', detail: 'no document' }
        : readReply(root, request.command);
    })();
    if (reply.kind === 'no-answer') interruptions += 1;
    if (root !== undefined) posClockOffsetMs = clockOffsetMs(root, clock.nowMs()) ?? posClockOffsetMs;
    options.log({
      operation: call.operation,
      command: request.command,
      startedAtMs,
      durationMs: clock.monotonicMs() - started,
      request: logText(query).slice(0, logCharactersMax),
      answer: root === undefined ? '' : logText(root).slice(0, logCharactersMax),
      result: reply.kind === 'ok' ? 'ok' : 'failed',
      detail: detailOf(reply),
      ...(call.posRef === undefined ? {} : { posRef: call.posRef }),
      write: (writeCommands as readonly string[]).includes(request.command),
    });
    return reply;
  }

  return {
    send,
    interruptions: () => interruptions,
    posTimeText: (aheadMs) =>
      posClockOffsetMs === null
        ? null
        : new Date(clock.nowMs() + posClockOffsetMs + aheadMs).toISOString().slice(0, 19),
  };
}

function queryOf(request: Rk7Request): Tag {
  return {
    name: 'RK7Query',
    children: [
      {
        name: 'RK7CMD',
        attributes: { CMD: request.command, ...request.attributes },
        children: request.children ?? [],
      },
    ],
  };
}

/**
 * Reads either envelope: data and status on RK7QueryResult, or on the CommandResult under it. HTTP 200 says nothing; `Status`
 * does, and errors may be nested under an `Ok`.
 */
export function readReply(root: XmlElement, command: Rk7Command): Rk7Reply {
  if (root.name !== 'RK7QueryResult') return { kind: 'unreadable', detail: `the root is ${root.name}` };
  const inner = childNamed(root, 'CommandResult');
  const levels = inner === undefined ? [root] : [root, inner];
  const statuses = levels.flatMap((level) => level.attributes['Status'] ?? []);
  if (statuses.length === 0) return { kind: 'unreadable', detail: 'no Status' };
  const echoed = (inner ?? root).attributes['CMD'];
  if (echoed !== undefined && echoed !== '' && echoed !== command) {
    return { kind: 'unreadable', detail: `asked ${command}, answered ${echoed}` };
  }
  const errors = levels.flatMap(errorsOf);
  const bad = statuses.find((status) => status !== 'Ok' && status !== 'No changes');
  return bad === undefined
    ? { kind: 'ok', data: inner ?? root, errors: errors.filter((error) => error.code !== null) }
    : { kind: 'rejected', command, status: bad, errors };
}

function errorsOf(level: XmlElement): readonly Rk7Error[] {
  const nested = [
    ...childrenNamed(level, 'Error'),
    ...childrenNamed(level, 'Errors').flatMap((errors) => childrenNamed(errors, 'Error')),
  ];
  return [
    makeError(level.attributes['RK7ErrorN'], level.attributes['ErrorText'] ?? ''),
    ...nested.map((error): Rk7Error => {
      const made = makeError(error.attributes['RK7ErrorN'], error.attributes['ErrorText'] ?? error.text);
      return childNamed(error, 'FaultyTag') === undefined ? made : { ...made, faulty: true };
    }),
  ].filter((error) => error.code !== null || error.text !== '');
}

/** Some errors carry their number only in the text: a closing shift comes as `UCSERR(2172): …` under a parse error. */
function makeError(number: string | undefined, text: string): Rk7Error {
  const found = /^[1-9]\d*$/.test(number ?? '') ? number : /UCSERR\((\d+)\)/.exec(text)?.[1];
  return { code: found === undefined ? null : Number(found), text: text.trim() };
}

/** RK7 writes local time without a zone; only its distance from our clock is of use. */
function clockOffsetMs(root: XmlElement, nowMs: number): number | undefined {
  const text = root.attributes['DateTime'] ?? childNamed(root, 'CommandResult')?.attributes['DateTime'];
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(text ?? '');
  const readMs = match === null ? Number.NaN : Date.parse(`${match[0]}Z`);
  return Number.isNaN(readMs) ? undefined : readMs - nowMs;
}

function detailOf(reply: Rk7Reply): string {
  switch (reply.kind) {
    case 'ok':
      return reply.errors.map((error) => `RK7ErrorN ${error.code ?? '-'}`).join(', ');
    case 'rejected':
      return [reply.status, ...reply.errors.map((error) => `RK7ErrorN ${error.code ?? '-'}`)].join(', ');
    case 'http':
      return `HTTP ${reply.status}`;
    case 'unreadable':
      return reply.detail;
    case 'no-answer':
      return `${reply.reason}: ${reply.detail}`;
  }
}
