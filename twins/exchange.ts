import type { Clock, Timer } from '#domain/time.ts';
import { minuteMs } from '#domain/time.ts';

import type { TwinWorld, WireAnswer, WireExchange, WireRequest } from './definition.ts';
import type { Fault, FaultInput, FaultKind, RequestFault } from './faults.ts';
import {
  addFault,
  isOffline,
  noFaults,
  removeFaults,
  takeConnectionFault,
  takeRequestFault,
} from './faults.ts';
import { RequestLog } from './request-log.ts';
import type { LoggedRequest } from './request-log.ts';

/** The largest request body a twin reads. Vendors' own limits are smaller; this one only protects the process. */
export const requestBodyBytesMax = 4 * 1024 * 1024;

/** How long a hung request is held for a caller that has no deadline of its own. */
const hangMsMax = 10 * minuteMs;

/** Requests held by `hang` or `slow` and acts outstanding by `late-arrival`, each; beyond it a request is reset, not acted on. */
const outstandingMax = 10_000;

/** A request kept waiting by a fault. */
type Held = { readonly kind: FaultKind; reset(): void };

/**
 * Takes requests through the faults to a world: the one path that a socket and mock mode share, so that what runs in
 * process runs on the wire. It owns the fault list and the request log.
 */
export class TwinWire {
  readonly #world: TwinWorld;
  readonly #clock: Clock;
  readonly #log = new RequestLog();
  readonly #held = new Set<Held>();
  readonly #lateArrivals = new Set<Timer>();
  #faults = noFaults;
  #stopped = false;

  constructor(world: TwinWorld, clock: Clock) {
    this.#world = world;
    this.#clock = clock;
  }

  /** Connects and asks, in process: every call is a connection of its own. */
  async exchange(request: WireRequest, signal: AbortSignal): Promise<WireExchange> {
    if (signal.aborted) return { kind: 'aborted' };
    if (!this.acceptsConnection()) return { kind: 'refused' };
    return this.answer(request, signal);
  }

  /** Whether a new connection gets through. A `refuse-connect` that it meets is counted down. */
  acceptsConnection(): boolean {
    if (this.#stopped) return false;
    const { list, fault } = takeConnectionFault(this.#faults);
    this.#faults = list;
    return fault === undefined;
  }

  /**
   * Answers a whole request that came over an accepted connection. `arrivedAtMs` is when its head arrived, epoch
   * milliseconds. The signal ends when the caller is gone; a request that got here is acted on even so, as in any server.
   */
  async answer(
    request: WireRequest,
    signal: AbortSignal,
    arrivedAtMs = this.#clock.nowMs(),
  ): Promise<WireExchange> {
    if (this.#stopped) return { kind: 'reset' };
    if (Buffer.byteLength(request.body) > requestBodyBytesMax) return { kind: 'answer', answer: tooLarge };
    const names = this.#world.namesOf(request);
    const { list, fault } = takeRequestFault(this.#faults, request.path, names);
    this.#faults = list;
    const met = fault === undefined ? {} : { fault: fault.kind };
    this.#log.record(request, { at: arrivedAtMs, names, ...met });
    if (fault === undefined) return { kind: 'answer', answer: this.#world.answer(request) };
    return this.#answerUnder(fault, request, signal);
  }

  async #answerUnder(fault: RequestFault, request: WireRequest, signal: AbortSignal): Promise<WireExchange> {
    switch (fault.kind) {
      case 'hang': {
        const ended = await this.#hold(fault.kind, hangMsMax, signal);
        return { kind: ended === 'time-passed' ? 'reset' : ended };
      }
      case 'slow': {
        if (this.#held.size >= outstandingMax) return { kind: 'reset' };
        const answer = this.#world.answer(request);
        const ended = await this.#hold(fault.kind, fault.ms, signal);
        return ended === 'time-passed' ? { kind: 'answer', answer } : { kind: ended };
      }
      case 'lose-answer':
        this.#world.answer(request);
        return { kind: 'reset' };
      case 'late-arrival':
        this.#actLater(request, fault.ms);
        return { kind: 'reset' };
      case 'http-500':
        return { kind: 'answer', answer: internalError };
      case 'http-409':
        return { kind: 'answer', answer: this.#refusal(409) };
      case 'http-429':
        return { kind: 'answer', answer: this.#refusal(429, fault.ms) };
      case 'http-503':
        return { kind: 'answer', answer: this.#refusal(503, fault.ms) };
      case 'bad-body':
        return { kind: 'answer', answer: halve(this.#world.answer(request)), cutShort: true };
      case 'expire-key':
        this.#world.forgetKey(request);
        return { kind: 'answer', answer: this.#world.answer(request) };
    }
  }

  #refusal(status: number, retryAfterMs?: number): WireAnswer {
    const worded = this.#world.wordRefusal?.(status) ?? {
      status,
      headers: plainText,
      body: `HTTP ${status}`,
    };
    if (retryAfterMs === undefined) return worded;
    // Whole seconds are all the header can say; up, so that nobody comes early.
    const seconds = String(Math.ceil(retryAfterMs / 1_000));
    return { ...worded, headers: { ...worded.headers, 'retry-after': seconds } };
  }

  get faults(): readonly Fault[] {
    return this.#faults.faults;
  }

  get offline(): boolean {
    return isOffline(this.#faults);
  }

  /** Puts a fault on; undefined when there are too many. `offline` resets every request that a fault keeps waiting. */
  addFault(input: FaultInput): Fault | undefined {
    const added = addFault(this.#faults, input);
    if (added.kind === 'full') return undefined;
    this.#faults = added.list;
    if (added.fault.kind === 'offline') this.#reset(() => true);
    return added.fault;
  }

  /**
   * Takes the faults of one kind off, or all. Requests that `hang` holds are reset, whether their fault still stood or had
   * counted down; slow answers and late arrivals already under way still come at their time.
   */
  removeFaults(kind?: FaultKind): void {
    this.#faults = removeFaults(this.#faults, kind);
    if (kind === undefined || kind === 'hang') this.#reset((held) => held.kind === 'hang');
  }

  /** Requests received at `sinceMs` (epoch milliseconds) or later, oldest first. */
  requests(sinceMs: number): readonly LoggedRequest[] {
    return this.#log.since(sinceMs);
  }

  /** Resets who waits and forgets late arrivals. Nothing reaches the world afterwards. */
  stop(): void {
    this.#stopped = true;
    for (const timer of this.#lateArrivals) timer.cancel();
    this.#lateArrivals.clear();
    this.#reset(() => true);
  }

  #actLater(request: WireRequest, delayMs: number): void {
    if (this.#lateArrivals.size >= outstandingMax) return;
    const timer = this.#clock.after(delayMs, () => {
      this.#lateArrivals.delete(timer);
      this.#world.answer(request);
    });
    this.#lateArrivals.add(timer);
  }

  #reset(whom: (held: Held) => boolean): void {
    for (const held of [...this.#held].filter(whom)) held.reset();
  }

  #hold(kind: FaultKind, delayMs: number, signal: AbortSignal): Promise<'time-passed' | 'reset' | 'aborted'> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve('aborted');
      if (this.#held.size >= outstandingMax) return resolve('reset');
      const end = (how: 'time-passed' | 'reset' | 'aborted') => {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        this.#held.delete(held);
        resolve(how);
      };
      const onAbort = () => end('aborted');
      const held: Held = { kind, reset: () => end('reset') };
      const timer = this.#clock.after(delayMs, () => end('time-passed'));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#held.add(held);
    });
  }
}

const plainText = { 'content-type': 'text/plain' };

const internalError: WireAnswer = {
  status: 500,
  headers: plainText,
  body: 'Internal Server Error',
};

export const tooLarge: WireAnswer = {
  status: 413,
  headers: plainText,
  body: `a request body is at most ${requestBodyBytesMax} bytes`,
};

/** The first half of an answer that promises the whole. An empty body promises one byte: it could not be cut otherwise. */
function halve(answer: WireAnswer): WireAnswer {
  const promised = Math.max(1, Buffer.byteLength(answer.body));
  return {
    status: answer.status,
    headers: { ...withoutContentLength(answer.headers), 'content-length': String(promised) },
    body: answer.body.slice(0, Math.floor(answer.body.length / 2)),
  };
}

export function withoutContentLength(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-length'),
  );
}
