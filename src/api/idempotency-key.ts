import { createHash } from 'node:crypto';

/** RFC draft "Idempotency-Key": 1 to 255 visible ASCII characters; quotes of the structured-header form are taken off. */
export function parseIdempotencyKey(
  header: string | string[] | undefined,
):
  | { kind: 'key'; key: string }
  | { kind: 'bad'; code: 'idempotency-key-required' | 'idempotency-key-invalid' } {
  if (header === undefined || header === '') return { kind: 'bad', code: 'idempotency-key-required' };
  if (typeof header !== 'string') return { kind: 'bad', code: 'idempotency-key-invalid' };
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header;
  return /^[\x21-\x7e]{1,255}$/.test(key)
    ? { kind: 'key', key }
    : { kind: 'bad', code: 'idempotency-key-invalid' };
}

/** Two requests are the same when their parsed bodies are: spacing and dropped fields do not count. */
export function hashBody(parsed: unknown): string {
  return createHash('sha256').update(JSON.stringify(parsed)).digest('hex');
}
