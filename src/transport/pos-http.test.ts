import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, it } from 'node:test';
import type { PosHttpAnswer, PosHttpRequest } from '#contract/pos-http.ts';
import { makePosHttp } from './pos-http.ts';

/** A POS that answers raw bytes, so that it can misbehave in every way a socket can. */
describe('the way to a POS', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function posThat(act: (socket: Socket, request: string) => void): Promise<string> {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => act(socket, chunk.toString()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      const closed = once(server, 'close');
      server.close();
      return closed;
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  function ask(
    url: string,
    more: Partial<PosHttpRequest> & { readonly ms?: number } = {},
  ): Promise<PosHttpAnswer> {
    const { ms = 2_000, ...request } = more;
    const { http, close } = makePosHttp({
      policy: { allowPrivate: ['127.0.0.0/8'], allowPlainHttp: true },
      nowMs: () => 0,
    });
    closing.push(close);
    const asked = { method: 'POST', url, headers: {}, body: 'x', answerBytesMax: 1_000, ...request } as const;
    return http(asked, AbortSignal.timeout(ms));
  }
  const head = (more: string) => `HTTP/1.1 200 OK\r\n${more}\r\n\r\n`;

  it('brings the answer, its status and its headers', async () => {
    const url = await posThat((socket) => socket.write(`${head('Content-Length: 2\r\nX-Till: 7')}ok`));
    const answer = await ask(url);
    assert.equal(answer.kind, 'answered');
    if (answer.kind !== 'answered') return;
    assert.deepEqual([answer.status, answer.body, answer.headers['x-till']], [200, 'ok', '7']);
  });

  it('proves that nothing was sent only when no connection was made', async () => {
    const url = await posThat((socket) => socket.destroy());
    const port = Number(new URL(url).port);
    await closing.pop()?.();
    const refused = await ask(`http://127.0.0.1:${port}/`);
    assert.deepEqual(reasonOf(refused), ['refused', 'never', false]);
    const reset = await ask(await posThat((socket) => socket.resetAndDestroy()));
    assert.deepEqual(reasonOf(reset), ['reset', 'maybe', false]);
  });

  it('tells silence from half an answer', async () => {
    const silent = await ask(await posThat(() => undefined), { ms: 200 });
    assert.deepEqual(reasonOf(silent), ['deadline', 'maybe', false]);
    const half = await ask(await posThat((socket) => socket.write(`${head('Content-Length: 9')}half`)), {
      ms: 200,
    });
    assert.deepEqual(reasonOf(half), ['deadline', 'maybe', true]);
    const cut = await ask(await posThat((socket) => socket.end(`${head('Content-Length: 9')}half`)));
    assert.deepEqual(reasonOf(cut), ['reset', 'maybe', true]);
  });

  it('cuts off an answer that drips for ever', async () => {
    const url = await posThat((socket) => {
      socket.write(head('Transfer-Encoding: chunked'));
      const drip = setInterval(() => socket.write('1\r\nx\r\n'), 20);
      socket.on('close', () => clearInterval(drip));
    });
    assert.deepEqual(reasonOf(await ask(url, { ms: 300 })), ['deadline', 'maybe', true]);
  });

  it('takes no more than was allowed, and nothing compressed', async () => {
    const large = await posThat((socket) =>
      socket.write(`${head('Content-Length: 2000')}${'x'.repeat(2_000)}`),
    );
    assert.deepEqual(reasonOf(await ask(large)), ['too-large', 'maybe', true]);
    const headers = await posThat((socket) => socket.write(head(`X-Large: ${'x'.repeat(32 * 1024)}`)));
    assert.deepEqual(reasonOf(await ask(headers)), ['too-large', 'maybe', true]);
    const bomb = gzipSync('x'.repeat(1_000_000));
    const gzip = await posThat((socket) => {
      socket.write(head(`Content-Length: ${bomb.length}\r\nContent-Encoding: gzip`));
      socket.write(bomb);
    });
    assert.deepEqual(reasonOf(await ask(gzip)), ['bad-encoding', 'maybe', true]);
  });

  it('follows no redirect', async () => {
    let requests = 0;
    const url = await posThat((socket) => {
      requests += 1;
      socket.write('HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n');
    });
    const answer = await ask(url);
    assert.equal(answer.kind === 'answered' && answer.status, 302);
    assert.equal(requests, 1);
  });

  it('connects nowhere the policy forbids', async () => {
    const { http, close } = makePosHttp({
      policy: { allowPrivate: [], allowPlainHttp: true },
      nowMs: () => 0,
    });
    closing.push(close);
    let connected = false;
    const url = await posThat(() => {
      connected = true;
    });
    const request = { method: 'GET', url, headers: {}, answerBytesMax: 10 } as const;
    assert.deepEqual(reasonOf(await http(request, AbortSignal.timeout(1_000))), [
      'egress-denied',
      'never',
      false,
    ]);
    assert.equal(connected, false);
  });
});

function reasonOf(answer: PosHttpAnswer): unknown {
  return answer.kind === 'no-answer' ? [answer.reason, answer.sent, answer.answerBytes] : answer;
}
