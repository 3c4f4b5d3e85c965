import type { PosHttp } from '#contract/pos-http.ts';
import type { WireExchange, WireRequest } from '#twins/definition.ts';

/**
 * A connector speaks to a twin's world in the same process, no socket between them. Faults end a call the same way a
 * socket would show them, so what runs here (mock mode, the conformance suite) runs on the wire.
 */
export function makeTwinHttp(
  exchange: (request: WireRequest, signal: AbortSignal) => Promise<WireExchange>,
): PosHttp {
  return async (request, signal) => {
    const url = new URL(request.url);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const ended = await exchange(
      { method: request.method, path: url.pathname + url.search, headers, body: request.body ?? '' },
      signal,
    );
    switch (ended.kind) {
      case 'answer':
        // The twin acted and half an answer arrived: on a socket the body ends before its length.
        if (ended.cutShort === true) {
          return {
            kind: 'no-answer',
            reason: 'reset',
            sent: 'maybe',
            answerBytes: true,
            detail: 'the twin cut its answer short',
          };
        }
        return Buffer.byteLength(ended.answer.body) > request.answerBytesMax
          ? {
              kind: 'no-answer',
              reason: 'too-large',
              sent: 'maybe',
              answerBytes: true,
              detail: 'the answer is over its limit',
            }
          : { kind: 'answered', ...ended.answer };
      case 'refused':
        return {
          kind: 'no-answer',
          reason: 'refused',
          sent: 'never',
          answerBytes: false,
          detail: 'the twin is offline',
        };
      case 'reset':
        return {
          kind: 'no-answer',
          reason: 'reset',
          sent: 'maybe',
          answerBytes: false,
          detail: 'the twin reset the connection',
        };
      case 'aborted':
        return {
          kind: 'no-answer',
          reason: 'deadline',
          sent: 'maybe',
          answerBytes: false,
          detail: 'the twin did not answer in time',
        };
    }
  };
}
