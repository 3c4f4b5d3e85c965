import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { openCertificate } from './certificate.ts';
import type { TwinCertificate } from './certificate.ts';
import { requestBodyBytesMax, TwinWire } from './exchange.ts';
import { WireListener } from './listener.ts';
import { answerTail, makeBellWorld, makeManualClock, ring } from './test-world.ts';

/** How a request over a real socket ended for its client. */
type Seen = {
  status?: number;
  headers?: IncomingMessage['headers'];
  /** As far as it came. */
  body: string;
  whole: boolean;
  /** The system's words: `ECONNRESET` stands in them for a reset only, a plain end reads `socket hang up`. */
  error?: string;
  /** Whether it went over a connection that an earlier request had opened. */
  reused: boolean;
};

let directory = '';
let certificate: TwinCertificate;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twin-listener-'));
  certificate = await openCertificate(directory, Date.now());
});
after(() => rm(directory, { recursive: true }));

for (const scheme of ['https', 'http'] as const) {
  describe(`the wire over ${scheme}`, () => {
    let world = makeBellWorld();
    let clock = makeManualClock();
    let wire = new TwinWire(world, clock);
    let listener: WireListener;
    let agent: HttpAgent | HttpsAgent;

    beforeEach(async () => {
      world = makeBellWorld();
      clock = makeManualClock();
      wire = new TwinWire(world, clock);
      listener = new WireListener({
        host: '127.0.0.1',
        port: 0,
        certificate: scheme === 'https' ? certificate : null,
        wire,
        clock,
      });
      await listener.setOffline(false);
      agent =
        scheme === 'https'
          ? new HttpsAgent({ keepAlive: true, ca: certificate.cert })
          : new HttpAgent({ keepAlive: true });
    });
    afterEach(async () => {
      agent.destroy();
      wire.stop();
      await listener.stop();
    });

    function ask(key: string, options: { body?: string; signal?: AbortSignal } = {}): Promise<Seen> {
      return new Promise((resolve) => {
        const { method, path, body } = ring(key);
        const send = scheme === 'https' ? requestHttps : requestHttp;
        const seen: Seen = { body: '', whole: false, reused: false };
        const end = (error?: Error & { code?: string }) => {
          if (error !== undefined) seen.error ??= error.message;
          seen.reused = request.reusedSocket;
          resolve(seen);
        };
        const request = send(
          {
            host: '127.0.0.1',
            port: listener.port,
            method,
            path,
            agent,
            headers: { authorization: 'Basic c2VjcmV0' },
            ...(options.signal === undefined ? {} : { signal: options.signal }),
          },
          (response) => {
            seen.status = response.statusCode ?? 0;
            seen.headers = response.headers;
            response.setEncoding('utf8');
            response.on('data', (text: string) => {
              seen.body += text;
            });
            response.on('error', end);
            response.on('close', () => {
              seen.whole = response.complete;
              // The socket is back in its agent one turn after the answer ended.
              setImmediate(() => end());
            });
          },
        );
        request.on('error', end);
        request.end(options.body ?? body);
      });
    }

    it('acts, answers and keeps the connection', async () => {
      const first = await ask('a');
      assert.deepEqual(
        [first.status, first.body, first.headers?.['x-bell'], first.whole],
        [200, `rung a ${answerTail}`, 'yes', true],
      );
      assert.ok(!first.reused);
      assert.ok((await ask('b')).reused);
      assert.deepEqual(world.rings, ['a', 'b']);
    });

    it('records what it received, without credentials', async () => {
      await ask('a');
      const [logged] = wire.requests(0);
      assert.deepEqual(
        [logged?.method, logged?.path, logged?.body, logged?.at],
        ['POST', '/bell?side=left', 'Ring a', 1_000_000],
      );
      assert.ok(!JSON.stringify(logged).includes('c2VjcmV0'));
      assert.ok(logged?.headers['host']?.startsWith('127.0.0.1'));
    });

    it('closes the port and resets open connections while offline, and listens on it again', async () => {
      const { port } = listener;
      await ask('idle');
      wire.addFault({ kind: 'hang', count: 1 });
      const underWay = ask('a');
      await until(() => wire.requests(0).length === 2);
      wire.addFault({ kind: 'offline' });
      await listener.setOffline(true);
      assert.match((await underWay).error ?? '', /ECONNRESET/);
      assert.match((await ask('b')).error ?? '', /ECONNREFUSED/);
      assert.match((await ask('c')).error ?? '', /ECONNREFUSED/);
      wire.removeFaults();
      await listener.setOffline(false);
      assert.equal(listener.port, port);
      assert.equal((await ask('d')).status, 200);
      assert.deepEqual(world.rings, ['idle', 'd']);
    });

    it('resets the next connections before TLS under refuse-connect', async () => {
      wire.addFault({ kind: 'refuse-connect', count: 2 });
      assert.match((await ask('a')).error ?? '', /ECONNRESET/);
      const answerBytes = await new Promise<number>((resolve) => {
        const socket = connectTcp(listener.port, '127.0.0.1');
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(socket.bytesRead));
      });
      assert.equal(answerBytes, 0);
      assert.equal((await ask('b')).status, 200);
      assert.deepEqual(world.rings, ['b']);
    });

    it('makes the next request connect anew when idle connections are ended', async () => {
      await ask('a');
      listener.closeIdle();
      await until(() => Object.keys(agent.freeSockets).length === 0);
      assert.ok(!(await ask('b')).reused);
    });

    it('hangs without acting until the fault is removed', async () => {
      wire.addFault({ kind: 'hang' });
      const seen = ask('a');
      await until(() => wire.requests(0).length === 1);
      clock.advance(60_000);
      wire.removeFaults();
      assert.deepEqual(await seen, { body: '', whole: false, error: 'read ECONNRESET', reused: false });
      assert.deepEqual(world.rings, []);
    });

    it('notices that the caller of a hung request has gone', async () => {
      wire.addFault({ kind: 'hang' });
      const caller = new AbortController();
      const seen = ask('a', { signal: caller.signal });
      await until(() => clock.waiting() === 1);
      caller.abort();
      assert.match((await seen).error ?? '', /aborted/);
      await until(() => clock.waiting() === 0);
      assert.deepEqual(world.rings, []);
    });

    it('acts at once and answers after the delay under slow', async () => {
      wire.addFault({ kind: 'slow', ms: 5_000, count: 1 });
      const seen = ask('a');
      await until(() => clock.waiting() === 1);
      assert.deepEqual(world.rings, ['a']);
      clock.advance(5_000);
      assert.equal((await seen).body, `rung a ${answerTail}`);
    });

    it('acts and resets before the first answer byte under lose-answer', async () => {
      wire.addFault({ kind: 'lose-answer', count: 1 });
      assert.deepEqual(await ask('a'), { body: '', whole: false, error: 'read ECONNRESET', reused: false });
      assert.deepEqual(world.rings, ['a']);
    });

    it('resets at once and acts after the delay under late-arrival', async () => {
      wire.addFault({ kind: 'late-arrival', ms: 3_000, count: 1 });
      assert.match((await ask('a')).error ?? '', /ECONNRESET/);
      assert.deepEqual(world.rings, []);
      clock.advance(3_000);
      assert.deepEqual(world.rings, ['a']);
    });

    it('answers 500 without acting under http-500', async () => {
      wire.addFault({ kind: 'http-500', count: 1 });
      assert.equal((await ask('a')).status, 500);
      assert.deepEqual(world.rings, []);
      assert.equal((await ask('b')).status, 200);
    });

    it('acts, promises the whole body and ends after half of it under bad-body', async () => {
      wire.addFault({ kind: 'bad-body', count: 1 });
      const seen = await ask('a');
      const whole = `rung a ${answerTail}`;
      assert.equal(seen.status, 200);
      assert.equal(seen.headers?.['content-length'], String(whole.length));
      assert.equal(seen.body, whole.slice(0, Math.floor(whole.length / 2)));
      assert.equal(seen.whole, false);
      assert.deepEqual(world.rings, ['a']);
    });

    it('forgets the dedupe key under expire-key', async () => {
      await ask('a');
      wire.addFault({ kind: 'expire-key', match: '/bell', count: 1 });
      assert.match((await ask('a')).body, /^rung/);
      assert.match((await ask('a')).body, /^seen/);
    });

    it('refuses a body over the cap and answers the next request', async () => {
      const seen = await ask('a', { body: 'x'.repeat(requestBodyBytesMax + 1) });
      assert.equal(seen.status, 413);
      assert.equal((await ask('b')).status, 200);
      assert.deepEqual(world.rings, ['b']);
    });

    it('reads a body in any number of pieces as UTF-8', async () => {
      const body = `Ring ${'ж'.repeat(200_000)}`;
      await ask('a', { body });
      assert.equal(wire.requests(0)[0]?.body, body);
    });

    it('breaks the connection when the world itself fails, and tells the terminal', async () => {
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      world.answer = () => {
        throw new Error('the bell fell off');
      };
      assert.equal((await ask('a')).error, 'socket hang up');
      assert.equal((await warned).message, 'the bell fell off');
    });
  });
}

describe('the certificate on the wire', () => {
  it('shows the expired one to every new handshake, a resumed session included', async (t) => {
    const wire = new TwinWire(makeBellWorld(), makeManualClock());
    const listener = new WireListener({
      host: '127.0.0.1',
      port: 0,
      certificate,
      wire,
      clock: makeManualClock(),
    });
    await listener.setOffline(false);
    t.after(() => listener.stop());
    const current = await handshake(listener.port);
    const resumed = await handshake(listener.port, current.session);
    assert.ok(resumed.reused, 'sessions are not resumed at all, so this test would show nothing');
    listener.present(certificate.expiredCert);
    const expired = await handshake(listener.port, current.session);
    assert.deepEqual([expired.reused, expired.error], [false, 'CERT_HAS_EXPIRED']);
    listener.present(certificate.cert);
    assert.equal((await handshake(listener.port, current.session)).error, undefined);
  });

  it('ends idle connections when it changes, for they would never show it', async (t) => {
    const wire = new TwinWire(makeBellWorld(), makeManualClock());
    const listener = new WireListener({
      host: '127.0.0.1',
      port: 0,
      certificate,
      wire,
      clock: makeManualClock(),
    });
    await listener.setOffline(false);
    t.after(() => listener.stop());
    const socket = connectTls({ port: listener.port, host: '127.0.0.1', ca: certificate.cert });
    await once(socket, 'secureConnect');
    listener.present(certificate.expiredCert);
    socket.resume();
    await once(socket, 'close');
  });
});

/** One request over a TLS connection of its own, so that the server's session ticket arrives. */
function handshake(
  port: number,
  session?: Buffer,
): Promise<{ reused: boolean; error?: string; session?: Buffer }> {
  return new Promise((resolve) => {
    const seen: { reused: boolean; error?: string; session?: Buffer } = { reused: false };
    const socket: TLSSocket = connectTls(
      {
        port,
        host: '127.0.0.1',
        ca: [certificate.cert, certificate.expiredCert],
        rejectUnauthorized: false,
        ...(session === undefined ? {} : { session }),
      },
      () => {
        seen.reused = socket.isSessionReused();
        if (!socket.authorized) seen.error = String(socket.authorizationError);
        socket.end('GET / HTTP/1.1\r\nhost: bell\r\nconnection: close\r\n\r\n');
      },
    );
    socket.on('session', (ticket) => {
      seen.session = ticket;
    });
    socket.on('error', (error: Error) => {
      seen.error = error.message;
    });
    socket.on('close', () => resolve(seen));
    socket.resume();
  });
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.fail('it never came to be so');
}
