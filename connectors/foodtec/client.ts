import { writeJson } from '#acceptance/json.ts';
import type { Json } from '#acceptance/json.ts';
import { isList, isNumber, isObject, parseJson } from '#acceptance/json.ts';
import { apiPaths } from '#acceptance/wire.ts';
import type { NoAnswerReason, PosHttp, PosHttpAnswer } from '#contract/pos-http.ts';
import type { ConnectorLog } from '#contract/request-log.ts';
import type { Clock } from '#domain/time.ts';
import { logText } from './log-text.ts';

/** Everything this connector can ever say to a FoodTec store; a test compares it with what the twin received. It voids nothing. */
export const foodtecCommands = ['OrderTypes', 'CreateOrder'] as const;
export type FoodtecCommand = (typeof foodtecCommands)[number];

/** What came back, in the API's terms. What it means for us is decided in map-error.ts alone. */
export type FoodtecReply = { readonly kind: 'ok'; readonly json: Json } | FoodtecTrouble;

export type FoodtecTrouble =
  /** HTTP 400 with a code of the API. */
  | { readonly kind: 'rejected'; readonly code: number; readonly text: string }
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'unreadable'; readonly detail: string }
  | {
      readonly kind: 'no-answer';
      readonly reason: NoAnswerReason;
      readonly sent: 'never' | 'maybe';
      readonly answerBytes: boolean;
      readonly detail: string;
    };

export interface FoodtecClient {
  readOrderTypes(signal: AbortSignal): Promise<FoodtecReply>;
  /** `posRef` names the order in the log. */
  createOrder(order: Json, posRef: string, signal: AbortSignal): Promise<FoodtecReply>;
}

export type FoodtecClientOptions = {
  readonly endpoint: string;
  readonly username: string;
  readonly password: string;
  readonly http: PosHttp;
  readonly clock: Clock;
  readonly log: ConnectorLog;
};

/** An order's answer repeats the order; this is forty lines of a hundred ingredients. */
const answerBytesMax = 2 * 1024 * 1024;
/** Characters of one body that the request log keeps. */
const logCharactersMax = 64 * 1024;

export function makeFoodtecClient(options: FoodtecClientOptions): FoodtecClient {
  const credentials = btoa(
    String.fromCodePoint(...new TextEncoder().encode(`${options.username}:${options.password}`)),
  );
  const send = async (command: FoodtecCommand, call: Call): Promise<FoodtecReply> => {
    const startedAtMs = options.clock.nowMs();
    const started = options.clock.monotonicMs();
    const answer = await options.http(
      {
        method: call.body === undefined ? 'GET' : 'POST',
        url: `${options.endpoint}${call.path}`,
        headers: {
          authorization: `Basic ${credentials}`,
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: writeJson(call.body) }),
        answerBytesMax,
      },
      call.signal,
    );
    const reply = readReply(answer);
    options.log({
      operation: call.operation,
      command,
      startedAtMs,
      durationMs: options.clock.monotonicMs() - started,
      request: call.body === undefined ? '' : logText(call.body).slice(0, logCharactersMax),
      answer: reply.kind === 'ok' ? logText(reply.json).slice(0, logCharactersMax) : '',
      result: reply.kind === 'ok' ? 'ok' : 'failed',
      detail: detailOf(reply),
      ...(call.posRef === undefined ? {} : { posRef: call.posRef }),
      write: command === 'CreateOrder',
    });
    return reply;
  };
  return {
    readOrderTypes: (signal) =>
      send('OrderTypes', { operation: 'ReadStatus', path: apiPaths.orderTypes, signal }),
    createOrder: (order, posRef, signal) =>
      send('CreateOrder', { operation: 'PlaceRound', path: apiPaths.orders, body: order, posRef, signal }),
  };
}

type Call = {
  readonly operation: string;
  readonly path: string;
  readonly body?: Json;
  readonly posRef?: string;
  readonly signal: AbortSignal;
};

function readReply(answer: PosHttpAnswer): FoodtecReply {
  if (answer.kind === 'no-answer') return answer;
  if (answer.status !== 200 && answer.status !== 400) return { kind: 'http', status: answer.status };
  const parsed = parseJson(answer.body);
  if (parsed.kind === 'bad') return { kind: 'unreadable', detail: `HTTP ${answer.status}: ${parsed.detail}` };
  if (answer.status === 400) return readError(parsed.value);
  return isObject(parsed.value) || isList(parsed.value)
    ? { kind: 'ok', json: parsed.value }
    : { kind: 'unreadable', detail: 'neither an object nor a list' };
}

function readError(json: Json): FoodtecReply {
  const meta = isObject(json) ? json.get('meta') : undefined;
  const code = isObject(meta) ? meta.get('code') : undefined;
  const text = isObject(meta) ? meta.get('error') : undefined;
  return isNumber(code) && /^\d{4}$/.test(code.decimal)
    ? { kind: 'rejected', code: Number(code.decimal), text: typeof text === 'string' ? text : '' }
    : { kind: 'unreadable', detail: 'HTTP 400 without a code' };
}

function detailOf(reply: FoodtecReply): string {
  switch (reply.kind) {
    case 'ok':
      return '';
    case 'rejected':
      return `code ${reply.code}`;
    case 'http':
      return `HTTP ${reply.status}`;
    case 'unreadable':
      return reply.detail;
    case 'no-answer':
      return `${reply.reason}: ${reply.detail}`;
  }
}
