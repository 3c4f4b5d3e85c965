import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Server as HttpsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { Server as TcpServer, Socket } from 'node:net';

import type { Clock } from '#domain/time.ts';

import type { TwinCertificate } from './certificate.ts';
import type { WireExchange, WireRequest } from './definition.ts';
import { requestBodyBytesMax, tooLarge, withoutContentLength } from './exchange.ts';
import type { TwinWire } from './exchange.ts';
import { readBody } from './read-body.ts';

const connectionsMax = 20_000;
/** Longer than the pools of usual clients keep a connection, so that they, not we, decide when it ends. */
const keepAliveMs = 65_000;
/** Silence on a connection, either way; longer than any fault holds a request. */
const silenceMsMax = 15 * 60_000;
const handshakeMsMax = 10_000;

export type ListenerOptions = {
  readonly host: string;
  /** 0: any free port, kept for as long as the listener lives. */
  readonly port: number;
  /** null: plain HTTP. */
  readonly certificate: TwinCertificate | null;
  readonly wire: TwinWire;
  readonly clock: Clock;
};

type Connection = {
  /** The socket under TLS, where there is TLS: only a TCP socket can be reset. */
  readonly tcp: Socket;
  requestsUnderWay: number;
};

/** The vendor wire on a port. Connections are taken at the TCP level, because two faults end them before TLS. */
export class WireListener {
  readonly #options: ListenerOptions;
  readonly #http: HttpServer | HttpsServer;
  readonly #tls: HttpsServer | undefined;
  /** By remote address and port: a TLS socket does not name the TCP socket under it, but its far end does. */
  readonly #connections = new Map<string, Connection>();
  #tcp: TcpServer | undefined;
  #port: number;
  /** Openings and closings run one after another. */
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#port = options.port;
    const { certificate } = options;
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      this.#serve(request, response).catch((error: Error) => {
        // A bug of the world or of this kit: seen on the terminal, and by the caller as a broken connection.
        process.emitWarning(error);
        request.socket.destroy();
      });
    };
    if (certificate === null) {
      this.#http = createHttpServer(onRequest);
    } else {
      const { key, cert } = certificate;
      this.#tls = createHttpsServer({ key, cert, handshakeTimeout: handshakeMsMax }, onRequest);
      this.#http = this.#tls;
    }
    this.#http.keepAliveTimeout = keepAliveMs;
    this.#http.timeout = silenceMsMax;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, or closes the port and resets every open connection. Settles when a caller would see it so. */
  setOffline(offline: boolean): Promise<void> {
    const done = this.#turn.then(() => (offline || this.#stopped ? this.#close() : this.#open()));
    // Whoever asked gets the failure; the next in turn tries again.
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Ends connections that carry no request, those still shaking hands included, so that the next request has to connect. */
  closeIdle(): void {
    for (const { tcp, requestsUnderWay } of this.#connections.values()) {
      if (requestsUnderWay === 0) tcp.destroy();
    }
  }

  /** New handshakes get this certificate. Sessions from before cannot be resumed, for resuming shows no certificate. */
  present(cert: string): void {
    const { certificate } = this.#options;
    if (certificate === null) return;
    this.#tls?.setSecureContext({ key: certificate.key, cert });
    this.closeIdle();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.setOffline(true);
  }

  #open(): Promise<void> {
    if (this.#tcp !== undefined) return Promise.resolve();
    const tcp = createTcpServer({ noDelay: true, allowHalfOpen: this.#tls === undefined });
    tcp.maxConnections = connectionsMax;
    tcp.on('connection', (socket) => this.#accept(socket));
    return new Promise((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen(this.#port, this.#options.host, () => {
        const address = tcp.address();
        if (address !== null && typeof address === 'object') this.#port = address.port;
        this.#tcp = tcp;
        resolve();
      });
    });
  }

  #close(): Promise<void> {
    const tcp = this.#tcp;
    if (tcp === undefined) return Promise.resolve();
    this.#tcp = undefined;
    return new Promise((resolve) => {
      tcp.close(() => resolve());
      for (const connection of this.#connections.values()) connection.tcp.resetAndDestroy();
    });
  }

  #accept(tcp: Socket): void {
    // A connection that breaks is the far end's affair; 'close' follows.
    tcp.on('error', () => undefined);
    if (!this.#options.wire.acceptsConnection()) {
      tcp.resetAndDestroy();
      return;
    }
    const farEnd = farEndOf(tcp);
    const connection: Connection = { tcp, requestsUnderWay: 0 };
    this.#connections.set(farEnd, connection);
    tcp.once('close', () => {
      // After a reset the far end may already be back on the same port.
      if (this.#connections.get(farEnd) === connection) this.#connections.delete(farEnd);
    });
    this.#http.emit('connection', tcp);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const arrivedAtMs = this.#options.clock.nowMs();
    const connection = this.#connections.get(farEndOf(request.socket));
    if (connection === undefined) return;
    const gone = new AbortController();
    connection.requestsUnderWay += 1;
    response.once('close', () => {
      connection.requestsUnderWay -= 1;
      gone.abort();
    });
    const read = await readBody(request, requestBodyBytesMax);
    switch (read.kind) {
      case 'gone':
        return;
      case 'too-large':
        sendAnswer({ kind: 'answer', answer: tooLarge }, response, connection.tcp);
        return;
      case 'body': {
        const ended = await this.#options.wire.answer(
          wireRequest(request, read.text),
          gone.signal,
          arrivedAtMs,
        );
        sendAnswer(ended, response, connection.tcp);
      }
    }
  }
}

function sendAnswer(ended: WireExchange, response: ServerResponse, tcp: Socket): void {
  switch (ended.kind) {
    case 'answer': {
      const { status, headers, body } = ended.answer;
      if (ended.cutShort) {
        response.writeHead(status, headers).flushHeaders();
        response.write(body);
        response.socket?.destroySoon();
        return;
      }
      const length = String(Buffer.byteLength(body));
      response.writeHead(status, { ...withoutContentLength(headers), 'content-length': length }).end(body);
      return;
    }
    case 'refused':
    case 'reset':
      tcp.resetAndDestroy();
      return;
    case 'aborted':
  }
}

function wireRequest(request: IncomingMessage, body: string): WireRequest {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
  return { method: request.method ?? '', path: request.url ?? '', headers, body };
}

function farEndOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
