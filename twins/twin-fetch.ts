import type { WireExchange, WireRequest } from './definition.ts';

/**
 * A `fetch` that reaches a twin in the same process: no socket, the same faults, and every ending as the platform's own shows it. On
 * a clock that moves when told, a night of failures takes no time.
 */
export function makeTwinFetch(
  exchange: (request: WireRequest, signal: AbortSignal) => Promise<WireExchange>,
): (url: string, request: RequestInit) => Promise<Response> {
  return async (url, request) => {
    const { pathname, search, host } = new URL(url);
    const signal = request.signal ?? new AbortController().signal;
    const ended = await exchange(
      {
        method: request.method ?? 'GET',
        path: pathname + search,
        headers: { ...Object.fromEntries(new Headers(request.headers)), host },
        body: typeof request.body === 'string' ? request.body : '',
      },
      signal,
    );
    switch (ended.kind) {
      case 'answer': {
        const { status, headers, body } = ended.answer;
        const sent = ended.cutShort === true ? cutShort(body) : body;
        // A status without a body takes none, not even an empty one.
        return new Response(status === 204 ? null : sent, { status, headers });
      }
      case 'refused':
        throw failure('ECONNREFUSED');
      case 'reset':
        throw failure('ECONNRESET');
      case 'aborted':
        throw signal.reason;
    }
  };
}

function failure(code: string): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

function cutShort(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
    },
    pull(controller) {
      controller.error(failure('UND_ERR_SOCKET'));
    },
  });
}
