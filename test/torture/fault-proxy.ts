import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket, createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';

/** Toward the server, or back to the caller. */
export type Way = 'up' | 'down';

/** What an exchange (one request with its answer) meets on its way. Byte counts start with the exchange. */
export type Fault =
  /** Every piece is held back this long, both ways. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Nothing passes either way; the connection stays open. */
  | { readonly kind: 'blackhole' }
  /** What follows these bytes vanishes; the connection stays open. */
  | { readonly kind: 'drop'; readonly way: Way; readonly afterBytes: number }
  /** After these bytes that way is ended, the other one stays open. */
  | { readonly kind: 'half-close'; readonly way: Way; readonly afterBytes: number }
  /** After these bytes both ends are reset. */
  | { readonly kind: 'reset'; readonly way: Way; readonly afterBytes: number }
  /** The caller is reset at once; the whole request arrives this much later. */
  | { readonly kind: 'late'; readonly ms: number };

/**
 * Instants of an exchange at which somebody may act, e.g. kill the caller. Where the act comes before something passes, that
 * never passes.
 */
export const marks = ['before-first-byte', 'sent', 'before-answer', 'within-answer', 'after-answer'] as const;
export type Mark = (typeof marks)[number];

export type Plan = {
  readonly fault?: Fault;
  readonly mark?: { readonly at: Mark; readonly act: () => void };
};

export type Exchange = {
  readonly callerPort: number;
  /** The request's bytes as Latin-1, to tell what it asks. */
  readonly text: string;
};

export type FaultProxyOptions = {
  readonly upstreamPort: number;
  /** TLS ends here, so that a plan can read what is asked. Null: bytes pass as they are. */
  readonly tls: { readonly key: string; readonly cert: string } | null;
  /** Whether these bytes are a whole request; an exchange begins when they are. Absent: the first piece is enough. */
  readonly isWhole?: (bytes: Buffer) => boolean;
  /** False: the connection is reset before anything is said. */
  readonly accepts?: (callerPort: number) => boolean;
  readonly planFor: (exchange: Exchange) => Plan;
};

const host = '127.0.0.1';

/** A TCP proxy on loopback that damages exchanges as its plan says. */
export class FaultProxy {
  readonly #options: FaultProxyOptions;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #secure: SecureContext | undefined;
  #port = 0;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#secure = options.tls === null ? undefined : createSecureContext(options.tls);
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
    this.#port = address.port;
  }

  /** Resets every open connection. */
  resetAll(): void {
    for (const link of this.#links) link.reset();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.resetAll();
    await closed;
  }

  #accept(raw: Socket): void {
    raw.on('error', ignore);
    const callerPort = raw.remotePort ?? 0;
    if (this.#options.accepts?.(callerPort) === false) {
      raw.resetAndDestroy();
      return;
    }
    const caller =
      this.#secure === undefined ? raw : new TLSSocket(raw, { isServer: true, secureContext: this.#secure });
    const link = new Link(this.#options, { raw, caller, callerPort });
    this.#links.add(link);
    raw.once('close', () => this.#links.delete(link));
  }
}

/** A connection that breaks is what this file is for; 'close' follows. */
function ignore(): void {
  // Nothing to do.
}

/** One caller's connection and the one to the server behind it. */
class Link {
  readonly #options: FaultProxyOptions;
  readonly #raw: Socket;
  readonly #caller: Duplex;
  readonly #server: Socket;
  readonly #callerPort: number;
  #request: Buffer[] = [];
  #plan: Plan = {};
  /** `collecting` until the request is whole, `asking` until the first byte of its answer. */
  #stage: 'collecting' | 'asking' | 'answering' = 'collecting';
  #passed: Record<Way, number> = { up: 0, down: 0 };
  #last: Record<Way, Promise<void>> = { up: Promise.resolve(), down: Promise.resolve() };
  /** A mark was reached that lets nothing more pass. */
  #silent = false;

  constructor(
    options: FaultProxyOptions,
    ends: { readonly raw: Socket; readonly caller: Duplex; readonly callerPort: number },
  ) {
    this.#options = options;
    this.#raw = ends.raw;
    this.#caller = ends.caller;
    this.#callerPort = ends.callerPort;
    this.#server = connect({ port: options.upstreamPort, host, noDelay: true, allowHalfOpen: true });
    this.#caller.on('error', ignore);
    this.#server.on('error', () => this.#raw.resetAndDestroy());
    this.#caller.on('data', (bytes: Buffer) => this.#fromCaller(bytes));
    this.#server.on('data', (bytes: Buffer) => this.#fromServer(bytes));
    // What was passed on still arrives when the caller is gone: a network does not take bytes back.
    this.#caller.on('end', () => void this.#last.up.then(() => this.#server.end()));
    this.#raw.on('close', () => void this.#last.up.then(() => this.#server.end()));
    this.#server.on('end', () => void this.#last.down.then(() => this.#caller.end()));
    this.#server.on('close', () => void this.#last.down.then(() => this.#caller.destroy()));
  }

  reset(): void {
    this.#raw.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  #fromCaller(bytes: Buffer): void {
    if (this.#silent) return;
    if (this.#stage === 'asking') {
      // More of the same request, e.g. a driver that says it in several messages.
      this.#pass('up', bytes);
      return;
    }
    this.#stage = 'collecting';
    this.#request.push(bytes);
    const request = Buffer.concat(this.#request);
    if (this.#options.isWhole?.(request) === false) return;
    this.#request = [];
    this.#begin(request);
  }

  #begin(request: Buffer): void {
    this.#stage = 'asking';
    this.#passed = { up: 0, down: 0 };
    this.#plan = this.#options.planFor({ callerPort: this.#callerPort, text: request.toString('latin1') });
    const { fault, mark } = this.#plan;
    if (mark?.at === 'before-first-byte') {
      this.#silent = true;
      mark.act();
      return;
    }
    if (fault?.kind === 'late') {
      this.#deliverLate(request, fault.ms);
      return;
    }
    this.#pass('up', request);
    if (mark?.at === 'sent') mark.act();
  }

  #deliverLate(request: Buffer, ms: number): void {
    this.#silent = true;
    this.#last.up = new Promise((resolve) => {
      setTimeout(() => {
        this.#server.write(request);
        resolve();
      }, ms);
    });
    this.#raw.resetAndDestroy();
  }

  #fromServer(bytes: Buffer): void {
    if (this.#silent) return;
    const { mark } = this.#plan;
    const isFirst = this.#stage === 'asking';
    this.#stage = 'answering';
    if (!isFirst || mark === undefined || mark.at === 'sent') {
      this.#pass('down', bytes);
    } else if (mark.at === 'after-answer') {
      this.#pass('down', bytes, mark.act);
    } else {
      this.#silent = true;
      if (mark.at === 'within-answer') this.#pass('down', bytes.subarray(0, bytes.length / 2), mark.act);
      else mark.act();
    }
  }

  /** Passes bytes on as far as the exchange's fault lets them. Bytes of one way never overtake each other. */
  #pass(way: Way, bytes: Buffer, passed?: () => void): void {
    const { fault } = this.#plan;
    const to = way === 'up' ? this.#server : this.#caller;
    const already = this.#passed[way];
    this.#passed[way] += bytes.length;
    if (fault?.kind === 'blackhole') return;
    if (fault === undefined || fault.kind === 'late' || ('way' in fault && fault.way !== way)) {
      this.#write(way, bytes, passed);
    } else if (fault.kind === 'latency') {
      this.#last[way] = this.#last[way].then(() => new Promise((resolve) => setTimeout(resolve, fault.ms)));
      this.#write(way, bytes, passed);
    } else {
      const room = Math.max(0, fault.afterBytes - already);
      if (room > 0) this.#write(way, bytes.subarray(0, room));
      if (bytes.length < room) return;
      if (fault.kind === 'half-close') void this.#last[way].then(() => to.end());
      if (fault.kind === 'reset') void this.#last[way].then(() => setImmediate(() => this.reset()));
    }
  }

  #write(way: Way, bytes: Buffer, passed?: () => void): void {
    const to = way === 'up' ? this.#server : this.#caller;
    this.#last[way] = this.#last[way].then(() => {
      if (to.writable) to.write(bytes, () => passed?.());
    });
  }
}

/** A whole HTTP/1.1 request: its head, and as many bytes of body as that says. */
export function isWholeHttpRequest(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  return bytes.length >= headEnd + 4 + length;
}
