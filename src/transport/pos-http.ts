import { createHash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { Agent, buildConnector } from 'undici';
import type { PosHttp, PosHttpAnswer, PosHttpRequest } from '#contract/pos-http.ts';
import { judgeEgress, resolveHost } from './egress.ts';
import type { EgressPolicy, EgressVerdict, Resolve } from './egress.ts';

export type TlsTrust = {
  /** SHA-256 of the peer's public key (SPKI, DER), base64. The certificate may then be self-signed, never expired. */
  readonly pinSha256?: string;
  /** A private authority, PEM. */
  readonly ca?: string;
  /** Older tills speak nothing newer; 1.2 unless configured. */
  readonly minVersion?: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
};

export type PosHttpOptions = {
  readonly policy: EgressPolicy;
  readonly tls?: TlsTrust;
  readonly resolve?: Resolve;
  /** Epoch milliseconds; a pinned certificate is judged by it. */
  readonly nowMs: () => number;
};

/** A till serves one or two callers at a time; more would only wait there. */
const connectionsMax = 2;
const connectMsMax = 10_000;
const headerBytesMax = 16 * 1024;
/** Below the minute after which tills close a quiet connection. */
const keepAliveMs = 30_000;

/** Raised inside a connect, before any byte of a request: proof that nothing was sent. */
class ConnectFailed extends Error {
  readonly reason: 'refused' | 'unresolved' | 'tls-failed' | 'egress-denied' | 'deadline';
  constructor(reason: ConnectFailed['reason'], detail: string) {
    super(detail);
    this.reason = reason;
  }
}

/** The way to one location's POS. Zero retries, no redirects, no compression; every limit is the request's own or named here. */
export function makePosHttp(options: PosHttpOptions): {
  readonly http: PosHttp;
  readonly close: () => Promise<void>;
} {
  const agent = new Agent({
    connect: makeConnect(options),
    connections: connectionsMax,
    pipelining: 1,
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    maxHeaderSize: headerBytesMax,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    http: (request, signal) => send(agent, request, signal),
    close: () => agent.destroy(),
  };
}

async function send(agent: Agent, request: PosHttpRequest, signal: AbortSignal): Promise<PosHttpAnswer> {
  const url = new URL(request.url);
  const progress = { answerBytes: false };
  try {
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: request.method,
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      body: request.body ?? null,
      signal,
    });
    progress.answerBytes = true;
    const encoding = response.headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      // Destroying a body that nobody reads raises an error that nobody would catch.
      response.body.on('error', () => undefined).destroy();
      return noAnswer('bad-encoding', 'maybe', true, `the answer is ${String(encoding)}-encoded`);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // Leaving the loop destroys the body.
      if (bytes > request.answerBytesMax)
        return noAnswer('too-large', 'maybe', true, `the answer is over ${request.answerBytesMax} bytes`);
      chunks.push(chunk);
    }
    return {
      kind: 'answered',
      status: response.statusCode,
      headers: plainHeaders(response.headers),
      body: Buffer.concat(chunks).toString('utf8'),
    };
  } catch (error) {
    return classify(error, progress.answerBytes, signal);
  }
}

/**
 * Only a failed connect proves that nothing was sent. A reset on a kept-alive connection before an answer byte does not: the
 * request may have crossed the till's own closing of the connection and been read.
 */
function classify(error: unknown, answerBytes: boolean, signal: AbortSignal): PosHttpAnswer {
  const failed = causes(error).find((cause) => cause instanceof ConnectFailed);
  if (failed instanceof ConnectFailed) return noAnswer(failed.reason, 'never', false, failed.message);
  const detail = error instanceof Error ? error.message : String(error);
  if (signal.aborted) return noAnswer('deadline', 'maybe', answerBytes, 'no answer before the deadline');
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_HEADERS_OVERFLOW')
    return noAnswer('too-large', 'maybe', true, 'the answer has too many headers');
  return noAnswer('reset', 'maybe', answerBytes, detail);
}

function noAnswer(
  reason: (PosHttpAnswer & { kind: 'no-answer' })['reason'],
  sent: 'never' | 'maybe',
  answerBytes: boolean,
  detail: string,
): PosHttpAnswer {
  return { kind: 'no-answer', reason, sent, answerBytes, detail };
}

function causes(error: unknown): readonly unknown[] {
  if (error instanceof AggregateError) return [error, ...error.errors.flatMap(causes)];
  return error instanceof Error && error.cause !== undefined ? [error, ...causes(error.cause)] : [error];
}

function plainHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** Connects only to addresses the policy has judged, and to the public key that was pinned. */
function makeConnect(options: PosHttpOptions): buildConnector.connector {
  const { tls } = options;
  const pinned = tls?.pinSha256 !== undefined;
  const connect = buildConnector({
    timeout: connectMsMax,
    // A pin is stricter than an authority: the key itself is compared below, before any byte of a request.
    rejectUnauthorized: !pinned,
    minVersion: tls?.minVersion ?? 'TLSv1.2',
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    allowH2: false,
    // A resumed session shows no certificate, so there would be nothing to compare the pin with.
    maxCachedSessions: 0,
  });
  const trust = (socket: TLSSocket) =>
    pinned ? complaintAboutPeer(socket, tls.pinSha256 ?? '', options.nowMs()) : undefined;
  return (target, callback) => {
    const host = `${target.protocol}//${bracket(target.hostname)}`;
    void judgeEgress(host, options.policy, options.resolve ?? resolveHost).then((verdict) =>
      connectJudged(verdict, target, { connect, trust, callback }),
    );
  };
}

function connectJudged(
  verdict: EgressVerdict,
  target: buildConnector.Options,
  how: {
    connect: buildConnector.connector;
    trust: (socket: TLSSocket) => string | undefined;
    callback: buildConnector.Callback;
  },
): void {
  if (verdict.kind !== 'allowed') {
    how.callback(
      new ConnectFailed(verdict.kind === 'denied' ? 'egress-denied' : 'unresolved', verdict.detail),
      null,
    );
    return;
  }
  const [address = target.hostname] = verdict.addresses;
  how.connect(
    { ...target, hostname: address, servername: target.servername ?? serverName(target.hostname) },
    (error, socket) => {
      if (error !== null) {
        how.callback(connectFailure(error), null);
        return;
      }
      const complaint = how.trust(socket as TLSSocket);
      if (complaint === undefined) how.callback(null, socket);
      else {
        socket.destroy();
        how.callback(new ConnectFailed('tls-failed', complaint), null);
      }
    },
  );
}

function complaintAboutPeer(socket: TLSSocket, pinSha256: string, nowMs: number): string | undefined {
  const raw = socket.getPeerCertificate(true).raw as Buffer | undefined;
  if (raw === undefined) return 'the POS showed no certificate';
  const certificate = new X509Certificate(raw);
  const seen = createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
  if (seen !== pinSha256) return 'the certificate is not the pinned one';
  if (nowMs > Date.parse(certificate.validTo)) return `the certificate expired on ${certificate.validTo}`;
  return undefined;
}

function connectFailure(error: Error): ConnectFailed {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return new ConnectFailed('deadline', error.message);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new ConnectFailed('unresolved', error.message);
  const refused = [
    'ECONNREFUSED',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ETIMEDOUT',
    'ECONNRESET',
    'EPIPE',
  ].includes(code);
  return new ConnectFailed(refused ? 'refused' : 'tls-failed', error.message);
}

/** TLS names no server for an IP address. */
function serverName(hostname: string): string {
  return /^[\d.]+$|:/.test(hostname) ? '' : hostname;
}

function bracket(hostname: string): string {
  return hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
}
