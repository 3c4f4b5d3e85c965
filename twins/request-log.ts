import type { FaultKind } from './faults.ts';
import type { WireRequest } from './definition.ts';

/** One request a twin received, as `GET /_twin/requests` shows it. */
export type LoggedRequest = {
  /** Counts up from 1; gaps mean nothing was lost, only that the oldest were dropped. */
  readonly requestId: number;
  /** When its head arrived, epoch milliseconds. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The command names the world found in it. */
  readonly names: readonly string[];
  /** The fault it met. */
  readonly fault?: FaultKind;
};

/** Credentials travel in headers, so headers are chosen, never subtracted. */
const headersShown = ['accept', 'content-length', 'content-type', 'host', 'idempotency-key', 'user-agent'];

const logLimits = { entriesMax: 50_000, bytesMax: 64 * 1024 * 1024 } as const;

/** What an entry weighs beside its body: path, headers and the object itself, generously. */
const entryBytes = 1_024;

/** The newest requests, up to a number and a weight; the oldest are dropped first. */
export class RequestLog {
  readonly #entries = new Map<number, LoggedRequest>();
  readonly #limits: { readonly entriesMax: number; readonly bytesMax: number };
  #lastRequestId = 0;
  #bytes = 0;

  constructor(limits: { readonly entriesMax: number; readonly bytesMax: number } = logLimits) {
    this.#limits = limits;
  }

  record(request: WireRequest, seen: { at: number; names: readonly string[]; fault?: FaultKind }): void {
    const headers = Object.fromEntries(
      headersShown.flatMap((name) => {
        const value = request.headers[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    this.#lastRequestId += 1;
    const { method, path, body } = request;
    const entry: LoggedRequest = { requestId: this.#lastRequestId, ...seen, method, path, headers, body };
    this.#entries.set(entry.requestId, entry);
    this.#bytes += weigh(entry);
    this.#dropOldest();
  }

  /** Those whose head arrived at `sinceMs` or later, oldest first. */
  since(sinceMs: number): readonly LoggedRequest[] {
    return [...this.#entries.values()].filter((entry) => entry.at >= sinceMs);
  }

  #dropOldest(): void {
    for (const [requestId, entry] of this.#entries) {
      if (this.#entries.size <= this.#limits.entriesMax && this.#bytes <= this.#limits.bytesMax) return;
      this.#entries.delete(requestId);
      this.#bytes -= weigh(entry);
    }
  }
}

function weigh(entry: LoggedRequest): number {
  return entryBytes + Buffer.byteLength(entry.body);
}
