import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { FaultProxy, isWholeHttpRequest, marks } from './fault-proxy.ts';
import type { Exchange, Mark, Plan } from './fault-proxy.ts';

/** A busy machine may take its time; only what never comes waits this long. */
const patienceMs = 10_000;
const delayMs = 60;

let server: Server;
let proxy: FaultProxy;
let plan: Plan;
let arrived: string;
let seen: Exchange[];
let open: Socket[];
let caller: Socket;

beforeEach(async () => {
  plan = {};
  arrived = '';
  seen = [];
  open = [];
  server = createServer({ allowHalfOpen: true }, (socket) => {
    open.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      arrived += bytes.toString();
      if (arrived.endsWith('?')) socket.write('an answer');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address !== 'string');
  proxy = new FaultProxy({
    upstreamPort: address.port,
    tls: null,
    isWhole: (bytes) => bytes.toString().endsWith('?'),
    planFor: (exchange) => {
      seen.push(exchange);
      return plan;
    },
  });
  await proxy.listen();
});

afterEach(async () => {
  await proxy.stop();
  for (const socket of open) socket.destroy();
  server.close();
});

type Call = {
  readonly socket: Socket;
  readonly askedAtMs: number;
  readonly answer: () => string;
  readonly ended: () => boolean;
  readonly error: () => string;
};

async function call(request: string): Promise<Call> {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  let answer = '';
  let ended = false;
  let error = '';
  socket.on('data', (bytes) => (answer += bytes.toString()));
  socket.on('end', () => (ended = true));
  socket.on('error', (failure: NodeJS.ErrnoException) => (error = failure.code ?? failure.message));
  open.push(socket);
  caller = socket;
  await once(socket, 'connect');
  const askedAtMs = performance.now();
  socket.write(request);
  return { socket, askedAtMs, answer: () => answer, ended: () => ended, error: () => error };
}

/** Waits until it is so, then a moment longer: what should not follow would come right behind. */
async function becomes(read: () => unknown, expected: unknown): Promise<void> {
  for (const untilMs = performance.now() + patienceMs; performance.now() < untilMs; await sleep(5))
    if (isDeepStrictEqual(read(), expected)) break;
  await sleep(20);
  assert.deepEqual(read(), expected);
}

describe('the fault proxy', () => {
  it('passes an exchange without a plan unchanged', async () => {
    const asked = await call('a question?');
    await becomes(() => [arrived, asked.answer()], ['a question?', 'an answer']);
  });

  it('begins an exchange when the request is whole, and a new one after an answer', async () => {
    const asked = await call('one ');
    await sleep(20);
    assert.deepEqual(seen, []);
    asked.socket.write('question?');
    await becomes(asked.answer, 'an answer');
    asked.socket.write('another?');
    await becomes(asked.answer, 'an answeran answer');
    assert.deepEqual(
      seen.map(({ text }) => text),
      ['one question?', 'another?'],
    );
  });

  it('holds pieces back, both ways', async () => {
    plan = { fault: { kind: 'latency', ms: delayMs } };
    const asked = await call('a question?');
    await becomes(asked.answer, 'an answer');
    assert.ok(performance.now() - asked.askedAtMs >= 2 * delayMs);
  });

  it('swallows both ways in a black hole and keeps the connection', async () => {
    plan = { fault: { kind: 'blackhole' } };
    const asked = await call('a question?');
    await becomes(() => seen.length, 1);
    assert.deepEqual([arrived, asked.answer(), asked.ended(), asked.error()], ['', '', false, '']);
  });

  it('drops what follows the given bytes', async () => {
    plan = { fault: { kind: 'drop', way: 'down', afterBytes: 3 } };
    const asked = await call('a question?');
    await becomes(() => [arrived, asked.answer(), asked.ended()], ['a question?', 'an ', false]);
  });

  it('closes one way and leaves the other open', async () => {
    plan = { fault: { kind: 'half-close', way: 'down', afterBytes: 2 } };
    const asked = await call('a question?');
    await becomes(() => [asked.answer(), asked.ended(), asked.error()], ['an', true, '']);
  });

  it('resets after the given bytes on the way up', async () => {
    plan = { fault: { kind: 'reset', way: 'up', afterBytes: 4 } };
    const asked = await call('a question?');
    await becomes(asked.error, 'ECONNRESET');
    // A reset may overtake what was sent before it; more than that never arrives.
    assert.ok('a qu'.startsWith(arrived));
  });

  it('resets after the given bytes on the way down', async () => {
    plan = { fault: { kind: 'reset', way: 'down', afterBytes: 4 } };
    const asked = await call('a question?');
    await becomes(asked.error, 'ECONNRESET');
    assert.equal(arrived, 'a question?');
    assert.ok('an a'.startsWith(asked.answer()));
  });

  it('delivers late what its caller was reset for', async () => {
    plan = { fault: { kind: 'late', ms: delayMs } };
    const asked = await call('a question?');
    await becomes(() => [asked.error(), arrived], ['ECONNRESET', 'a question?']);
    assert.ok(performance.now() - asked.askedAtMs >= delayMs);
  });

  const atMark: Readonly<Record<Mark, readonly [string, string]>> = {
    'before-first-byte': ['', ''],
    sent: ['a question?', 'an answer'],
    'before-answer': ['a question?', ''],
    'within-answer': ['a question?', 'an a'],
    'after-answer': ['a question?', 'an answer'],
  };
  for (const at of marks) {
    it(`acts ${at}, and lets nothing pass that comes after it`, async () => {
      const acted: string[] = [];
      plan = { mark: { at, act: () => acted.push(at) } };
      const asked = await call('a question?');
      await becomes(() => [acted, arrived, asked.answer()], [[at], ...atMark[at]]);
    });
  }

  it('delivers what was sent by a caller that is gone', async () => {
    plan = { mark: { at: 'sent', act: () => caller.resetAndDestroy() } };
    await call('a question?');
    await becomes(() => arrived, 'a question?');
  });
});

describe('a whole HTTP request', () => {
  it('ends where its content length says', () => {
    const head = 'POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n';
    assert.equal(isWholeHttpRequest(Buffer.from(head.slice(0, -2))), false);
    assert.equal(isWholeHttpRequest(Buffer.from(`${head}abc`)), false);
    assert.equal(isWholeHttpRequest(Buffer.from(`${head}abcd`)), true);
    assert.equal(isWholeHttpRequest(Buffer.from('GET / HTTP/1.1\r\n\r\n')), true);
  });
});
