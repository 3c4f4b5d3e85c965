import type { Clock } from '#domain/time.ts';
import { deadline, hourMs } from '#domain/time.ts';
import type { Fetch, ProviderCall } from '../provider.ts';

/** A guest waits for a create; a read is asked again by whoever needs it. */
const tryMsMax = 10_000;
const callMsMax = 20_000;
/** Before the second and the third try. */
const pausesMs = [300, 1_000] as const;
/** A longer wish of the provider's is handed to the caller instead of being waited for. */
const retryAfterMsMax = 2_000;
/** A page of a list is the largest answer there is. */
const answerBytesMax = 2 * 1024 * 1024;

export type MollieRequest = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the API's address, e.g. `/v2/payments`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  /** Only with a key: tries again when a try ends without a clear answer. */
  readonly again?: boolean;
};

export type MollieAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly json: unknown;
      readonly retryAfterMs: number | null;
      /** An earlier try of this call may have been acted on. */
      readonly mayHaveLanded: boolean;
    }
  | {
      readonly kind: 'no-answer';
      readonly detail: string;
      readonly mayHaveLanded: boolean;
    };

export type MollieWay = {
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly apiUrl: string;
  readonly bearer: string;
  readonly onCall: (call: ProviderCall) => void;
};

type Try = MollieAnswer & { readonly unclear: boolean };

/** Asks once, or up to three times with the same key. Never throws for what the network does. */
export async function askMollie(way: MollieWay, request: MollieRequest): Promise<MollieAnswer> {
  const whole = deadline(way.clock, callMsMax);
  const triesMax = request.again === true && request.idempotencyKey !== undefined ? pausesMs.length + 1 : 1;
  let mayHaveLanded = false;
  try {
    for (let tries = 1; ; tries += 1) {
      const tried = await tryOnce(way, request, whole.signal);
      const { unclear, ...answer } = tried;
      mayHaveLanded ||= tried.mayHaveLanded;
      const pauseMs = Math.max(pausesMs[tries - 1] ?? 0, wishOf(answer));
      if (!unclear || tries >= triesMax || pauseMs > retryAfterMsMax || whole.signal.aborted) {
        return { ...answer, mayHaveLanded };
      }
      await pause(way.clock, pauseMs);
      if (whole.signal.aborted) return { ...answer, mayHaveLanded };
    }
  } finally {
    whole.done();
  }
}

function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}

async function tryOnce(way: MollieWay, request: MollieRequest, parent: AbortSignal): Promise<Try> {
  const limit = deadline(way.clock, tryMsMax, parent);
  const startedMs = way.clock.monotonicMs();
  const note = (status: number | null, detail: string) =>
    way.onCall({
      method: request.method,
      path: request.path,
      status,
      durationMs: Math.round(way.clock.monotonicMs() - startedMs),
      detail,
    });
  try {
    const response = await way.fetch(urlOf(way.apiUrl, request), initOf(way, request, limit.signal));
    const body = await readCapped(response);
    const json = body === undefined ? undefined : parseJson(body);
    note(response.status, json === undefined ? 'the answer is not JSON or too large' : '');
    return judgeAnswer(response, json);
  } catch (error) {
    const detail = limit.signal.aborted ? 'no answer before the deadline' : causeOf(error);
    note(null, detail);
    return { kind: 'no-answer', detail, mayHaveLanded: !neverSent(error), unclear: true };
  } finally {
    limit.done();
  }
}

function judgeAnswer(response: Response, json: unknown): Try {
  const { status } = response;
  const retryAfterMs = retryAfterOf(response.headers.get('retry-after'));
  if (json === undefined) {
    // An empty answer to a refused request is still a clear no.
    if (status >= 400 && status < 500 && status !== 409 && status !== 429)
      return { kind: 'answered', status, json: null, retryAfterMs, mayHaveLanded: false, unclear: false };
    const detail = `HTTP ${status} with an answer that cannot be read`;
    return { kind: 'no-answer', detail, mayHaveLanded: status !== 429, unclear: true };
  }
  // 409: a request with this key is still running. 429: not looked at.
  const unclear = status >= 500 || status === 409 || status === 429;
  return {
    kind: 'answered',
    status,
    json,
    retryAfterMs,
    mayHaveLanded: status >= 500 || status === 409,
    unclear,
  };
}

function initOf(way: MollieWay, request: MollieRequest, signal: AbortSignal): RequestInit {
  return {
    method: request.method,
    headers: {
      authorization: `Bearer ${way.bearer}`,
      accept: 'application/hal+json',
      'user-agent': 'Tableside',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    // The credentials go to the configured address and nowhere else.
    redirect: 'manual',
    signal,
  };
}

function urlOf(apiUrl: string, request: MollieRequest): string {
  const url = new URL(request.path, apiUrl);
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  return url.toString();
}

/** The body as text; undefined over the limit. */
async function readCapped(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    // Leaving the loop cancels the stream.
    if (bytes > answerBytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function wishOf(answer: MollieAnswer): number {
  return answer.kind === 'answered' ? (answer.retryAfterMs ?? 0) : 0;
}

/** Seconds; the other form, a date, is not what Mollie sends. */
function retryAfterOf(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Math.min(Number(header) * 1_000, hourMs) : null;
}

/** Failures of a connection before any byte of a request. Everything else may have arrived. */
const failedConnects: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function neverSent(error: unknown): boolean {
  return failedConnects.has(codeOf(error));
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

function causeOf(error: unknown): string {
  const code = codeOf(error);
  return code === '' ? 'the connection broke' : `the connection broke: ${code}`;
}
