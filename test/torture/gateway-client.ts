/** A phone waits this long for an answer. */
const answerMsMax = 15_000;

export type Answer = { readonly status: number; readonly body: unknown; readonly cookie: string };

/** One HTTP request, POST when there is a body; undefined when no answer came, whatever the reason. */
export async function callGateway(
  url: string,
  request: { readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<Answer | undefined> {
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(answerMsMax),
      headers: {
        ...request.headers,
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { method: 'POST', body: JSON.stringify(request.body) }),
    });
    const text = await answer.text();
    const cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
    return {
      status: answer.status,
      body: text === '' ? {} : (JSON.parse(text) as unknown),
      cookie: cookie.join('; '),
    };
  } catch {
    return undefined;
  }
}

/** The code of a problem. */
export function codeOf(answer: Answer): string {
  const { code } = answer.body as { code?: unknown };
  return typeof code === 'string' ? code : `status-${answer.status}`;
}
