import { createHash } from 'node:crypto';
import type { WireAnswer, WireRequest } from '../definition.ts';
import { refuseHal } from './hal.ts';

/** A key is remembered for an hour (docs.mollie.com/overview/api-idempotency), and then means nothing any more. */
export const keyMs = 60 * 60_000;
const keysMax = 100_000;

type Remembered = { readonly atMs: number; readonly request: string; readonly answer: WireAnswer };

/** What was answered to a POST with a key, per credential. */
export class IdempotencyKeys {
  readonly #remembered = new Map<string, Remembered>();

  /** The first answer again; a refusal when the key came with something else; undefined when it is new. */
  recall(request: WireRequest, bearer: string, youngerThanMs: number): WireAnswer | undefined {
    const name = nameOf(request, bearer);
    const known = name === undefined ? undefined : this.#remembered.get(name);
    if (known === undefined || known.atMs <= youngerThanMs) return undefined;
    if (known.request !== hashOf(request)) {
      return refuseHal(400, 'The idempotency key was used with another request');
    }
    return { ...known.answer, headers: { ...known.answer.headers, 'idempotent-replayed': 'true' } };
  }

  remember(request: WireRequest, bearer: string, atMs: number, answer: WireAnswer): void {
    const name = nameOf(request, bearer);
    if (name === undefined) return;
    this.#remembered.delete(name);
    this.#remembered.set(name, { atMs, request: hashOf(request), answer });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > keysMax && oldest !== undefined) this.#remembered.delete(oldest);
  }

  forget(request: WireRequest, bearer: string): void {
    const name = nameOf(request, bearer);
    if (name !== undefined) this.#remembered.delete(name);
  }
}

/** Other methods than POST have no use for a key. */
function nameOf(request: WireRequest, bearer: string): string | undefined {
  const key = request.headers['idempotency-key'];
  return request.method !== 'POST' || key === undefined || key === '' ? undefined : `${bearer} ${key}`;
}

function hashOf(request: WireRequest): string {
  return createHash('sha256').update(`${request.method} ${request.path}\n${request.body}`).digest('base64');
}
