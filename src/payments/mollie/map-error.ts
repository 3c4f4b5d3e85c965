import type { ProviderError, ProviderErrorCode } from '../provider.ts';
import type { MollieAnswer } from './client.ts';
import { wire } from './wire.ts';

const detailCharsMax = 300;

/** The one place that says what an answer without success means. `write`: the request would have changed something. */
export function mapError(answer: MollieAnswer, kind: 'read' | 'write'): ProviderError {
  const lost = kind === 'write' && answer.mayHaveLanded;
  if (answer.kind === 'no-answer') {
    return { code: lost ? 'unknown-outcome' : 'try-later', detail: answer.detail };
  }
  const parsed = wire.error.safeParse(answer.json);
  const said = parsed.success ? `${parsed.data.title}: ${parsed.data.detail}` : '';
  const detail = withoutSecrets(`HTTP ${answer.status} ${said}`.trim()).slice(0, detailCharsMax);
  const field = parsed.success ? parsed.data.field : undefined;
  return {
    code: codeOf(answer.status, lost),
    detail,
    ...(typeof field === 'string' ? { field } : {}),
    ...(answer.retryAfterMs === null ? {} : { retryAfterMs: answer.retryAfterMs }),
  };
}

function codeOf(status: number, lost: boolean): ProviderErrorCode {
  if (status === 409) return 'conflict';
  // A no to the request itself holds even after a lost try: with the same key that try's success would have been repeated to us.
  if (status === 400 || status === 422) return 'invalid';
  if (lost) return 'unknown-outcome';
  if (status === 401 || status === 403) return 'auth-failed';
  if (status === 404 || status === 410) return 'payment-unknown';
  if (status === 429 || status >= 500) return 'try-later';
  return status >= 400 ? 'invalid' : 'bad-answer';
}

/** Texts of the provider may repeat what was sent: addresses with our tokens in them, keys, numbers a guest typed. */
function withoutSecrets(text: string): string {
  return text
    .replace(/https?:\/\/\S+/g, '(address)')
    .replace(/\b(?:test|live|access|refresh)_\w+/g, '(key)')
    .replace(/\d(?:[ -]?\d){11,}/g, '(number)');
}
