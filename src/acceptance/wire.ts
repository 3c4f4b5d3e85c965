import type { Refusal } from './codes.ts';
import { refusalBody } from './codes.ts';
import { writeJson } from './json.ts';
import type { OrderType } from './order.ts';

/** Where the API answers, below the origin of a store. */
export const apiPaths = {
  root: '/ws/store/v1/',
  orders: '/ws/store/v1/orders',
  orderTypes: '/ws/store/v1/menu/ordertypes',
} as const;

/** An HTTP answer of the API: to a client's socket, a twin's wire or an intake's route. */
export type ApiAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

const json = { 'content-type': 'application/json;charset=UTF-8' } as const;

export function answerOrder(body: string): ApiAnswer {
  return { status: 200, headers: json, body };
}

export function answerRefusal(refusal: Refusal): ApiAnswer {
  return { status: 400, headers: json, body: refusalBody(refusal) };
}

export function answerVoided(): ApiAnswer {
  return { status: 204, headers: {}, body: '' };
}

/** The document shows no answer of this path: the names of the types, as an order spells them. */
export function answerOrderTypes(types: readonly OrderType[]): ApiAnswer {
  return { status: 200, headers: json, body: writeJson(types) };
}

export function answerUnauthorized(): ApiAnswer {
  return { status: 401, headers: { 'www-authenticate': 'Basic realm="store services"' }, body: '' };
}

/** User and password of an Authorization header (RFC 7617: UTF-8, no control characters); undefined when it is none of Basic. */
export function readBasic(
  header: string | undefined,
): { readonly username: string; readonly password: string } | undefined {
  const encoded = /^basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header ?? '')?.[1];
  const text = encoded === undefined ? undefined : decodeBase64(encoded);
  const colon = text?.indexOf(':') ?? -1;
  return text === undefined || colon < 0 || /\p{Cc}/u.test(text)
    ? undefined
    : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** `suspend` of the query: absent is false, anything but the two words undefined (1010). */
export function readSuspend(query: string | null | undefined): boolean | undefined {
  const word = (query ?? 'false').toLowerCase();
  return word === 'true' ? true : word === 'false' ? false : undefined;
}

/** The externalRef of a void's path, or undefined when the path is another. */
export function readVoidPath(path: string): string | undefined {
  const encoded = /^\/ws\/store\/v1\/orders\/([^/]+)\/void$/.exec(path)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function decodeBase64(encoded: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
