import type { PosHttp, PosHttpAnswer, PosHttpRequest } from '#contract/pos-http.ts';
import type { WireRequest } from '#twins/definition.ts';
import type { CallFault } from './faults.ts';
import type { Kernel } from './kernel.ts';
import type { PosClass } from './pos/classes.ts';
import type { SimPos } from './pos/pos.ts';
import type { Random } from './random.ts';
import type { SimProcess } from './sim-process.ts';

/** One location's POS as the network reaches it. */
export type Server = {
  readonly index: number;
  readonly origin: string;
  readonly locationId: string;
  readonly posClass: PosClass;
  readonly pos: SimPos;
};

/** The attempt a call belongs to, when it belongs to one. */
export type CallOf = {
  readonly step: 'send' | 'read-back';
  readonly startedAtMs: number;
} | null;

export type NetworkOptions = {
  readonly kernel: Kernel;
  readonly random: Random;
  readonly servers: ReadonlyMap<string, Server>;
  readonly takeFault: (server: Server, call: CallOf, isWrite: boolean) => CallFault | undefined;
};

/** How long after its attempt's end in the worst case a request may still land is the connector's own word; one second is kept off. */
const landsBeforeMs = 1_000;
/** A relay that is heard in the end has repeated a request this soon. */
const repeatedWithinMs = 5_000;

/** The way from a process to the POSes. What is under way when the process dies goes on without it. */
export function makeNetwork(options: NetworkOptions) {
  return {
    httpFor:
      (process: SimProcess, callOf: (locationId: string, signal: AbortSignal) => CallOf): PosHttp =>
      (request, signal) => {
        const server = options.servers.get(new URL(request.url).origin);
        if (server === undefined) throw new Error(`nothing is at ${request.url}`);
        if (signal.aborted) return Promise.resolve(noAnswer('deadline', 'maybe'));
        const wire = wireOf(request);
        const of = callOf(server.locationId, signal);
        const counts = of !== null || server.pos.isWrite(wire);
        if (counts) process.boundary('send');
        if (process.state === 'dead') return process.never();
        return new Call(options, process, server, { wire, counts }).run(of, signal);
      },
  };
}

function wireOf(request: PosHttpRequest): WireRequest {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname + url.search,
    headers: request.headers,
    body: request.body ?? '',
  };
}

class Call {
  readonly #options: NetworkOptions;
  readonly #process: SimProcess;
  readonly #server: Server;
  readonly #request: WireRequest;
  /** It belongs to an attempt, or may change the POS: its boundaries are places to die at. */
  readonly #counts: boolean;
  #settle: (answer: PosHttpAnswer) => void = () => undefined;

  constructor(
    options: NetworkOptions,
    process: SimProcess,
    server: Server,
    request: { readonly wire: WireRequest; readonly counts: boolean },
  ) {
    this.#options = options;
    this.#process = process;
    this.#server = server;
    this.#request = request.wire;
    this.#counts = request.counts;
  }

  run(call: CallOf, signal: AbortSignal): Promise<PosHttpAnswer> {
    const { random } = this.#options;
    const server = this.#server;
    return new Promise((resolve) => {
      const onAbort = () => resolve(noAnswer('deadline', 'maybe'));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#settle = (answer) => {
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      };
      if (server.pos.mood.offline) {
        this.#answer(random.between(1, 5), noAnswer('refused', 'never'));
        return;
      }
      const isWrite = server.pos.isWrite(this.#request);
      const fault = this.#options.takeFault(server, call, isWrite);
      if (fault === undefined) this.#land(random.between(2, 40), random.between(2, 40), 'whole');
      else this.#meet(fault, call);
    });
  }

  #meet(fault: CallFault, call: CallOf): void {
    const { random, kernel } = this.#options;
    const there = random.between(2, 40);
    const back = random.between(2, 40);
    switch (fault) {
      case 'refused':
        return this.#answer(there, noAnswer('refused', 'never'));
      case 'silence':
        return;
      case 'answer-lost':
        return this.#land(there, back, 'reset');
      case 'answer-hung':
        return this.#land(there, back, 'silence');
      case 'late-arrival': {
        if (random.chance(0.5)) this.#answer(there + back, noAnswer('reset', 'maybe'));
        const { attemptDeadlineMs, lateArrivalMs } = this.#server.posClass.capabilities;
        const startedAtMs = call?.startedAtMs ?? kernel.nowMs;
        const lastMs = startedAtMs + attemptDeadlineMs + lateArrivalMs - landsBeforeMs - kernel.nowMs;
        return this.#land(random.chance(0.3) ? lastMs : random.between(500, lastMs), back, 'silence');
      }
      case 'server-error':
        if (random.chance(0.5)) this.#land(there, back, 'error');
        else this.#answer(there + back, { kind: 'answered', status: 504, headers: {}, body: '' });
        return;
      case 'bad-answer':
        return this.#land(there, back, 'half');
      case 'slow':
        return this.#land(there, random.between(1_000, 15_000), 'whole');
      case 'relay-repeats': {
        // It repeats what it missed the answer of, so it is the last one's that is heard, if any.
        const isHeard = random.chance(0.5);
        const lastMs = isHeard
          ? repeatedWithinMs
          : this.#server.posClass.capabilities.lateArrivalMs - landsBeforeMs;
        const again = Array.from({ length: random.between(1, 3) }, () => random.between(1_000, lastMs));
        const [last, ...before] = [there, ...again].toSorted((a, b) => b - a);
        for (const atMs of before) this.#land(atMs, back, 'silence');
        if (last !== undefined) this.#land(last, back, isHeard ? 'whole' : 'silence');
        return;
      }
    }
  }

  /** The request reaches the POS, which acts; its answer comes back whole, broken or never. */
  #land(afterMs: number, backMs: number, answer: 'whole' | 'half' | 'error' | 'reset' | 'silence'): void {
    const { kernel, random } = this.#options;
    const { pos } = this.#server;
    kernel.at(afterMs, () => {
      if (pos.mood.offline) {
        this.#answer(backMs, noAnswer('reset', 'maybe'));
        return;
      }
      const answered = pos.answer(this.#request);
      kernel.trace(`${this.#server.origin}${this.#request.path} ${answered.status} ${answered.body.length}`);
      if (this.#counts) this.#process.boundary('sent');
      switch (answer) {
        case 'whole':
          return this.#answer(backMs, { kind: 'answered', ...answered });
        case 'half':
          return this.#answer(backMs, {
            kind: 'answered',
            ...answered,
            body: answered.body.slice(0, Math.floor(answered.body.length / 2)),
          });
        case 'error':
          return this.#answer(backMs, {
            kind: 'answered',
            status: random.pick([500, 502, 504]),
            headers: {},
            body: 'error',
          });
        case 'reset':
          return this.#answer(backMs, noAnswer('reset', 'maybe'));
        case 'silence':
          return;
      }
    });
  }

  #answer(afterMs: number, answer: PosHttpAnswer): void {
    this.#options.kernel.at(afterMs, () =>
      this.#process.deliver(() => {
        if (this.#counts) this.#process.boundary('answer');
        if (this.#process.state !== 'dead') this.#settle(answer);
      }),
    );
  }
}

function noAnswer(reason: 'refused' | 'reset' | 'deadline', sent: 'never' | 'maybe'): PosHttpAnswer {
  return { kind: 'no-answer', reason, sent, answerBytes: false, detail: 'simulated' };
}
