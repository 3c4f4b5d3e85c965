import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultProxy, isWholeHttpRequest } from './fault-proxy.ts';
import type { Exchange, Plan } from './fault-proxy.ts';

/** Long enough for loopback to have delivered whatever it will. */
const quietMs = 60;

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
  socket.write(request);
  await sleep(quietMs);
  return { socket, answer: () => answer, ended: () => ended, error: () => error };
}

describe('the fault proxy', () => {
  it('passes an exchange without a plan unchanged', async () => {
    const { answer } = await call('a question?');
    assert.equal(arrived, 'a question?');
    assert.equal(answer(), 'an answer');
  });

  it('begins an exchange when the request is whole, and a new one after an answer', async () => {
    const { socket, answer } = await call('one ');
    assert.deepEqual(seen, []);
    socket.write('question?');
    await sleep(quietMs);
    socket.write('another?');
    await sleep(quietMs);
    assert.deepEqual(
      seen.map(({ text }) => text),
      ['one question?', 'another?'],
    );
    assert.equal(answer(), 'an answeran answer');
  });

  it('holds pieces back without reordering them', async () => {
    plan = { fault: { kind: 'latency', ms: quietMs } };
    const { answer } = await call('a question?');
    assert.equal(answer(), '');
    await sleep(quietMs * 3);
    assert.equal(answer(), 'an answer');
  });

  it('swallows both ways in a black hole and keeps the connection', async () => {
    plan = { fault: { kind: 'blackhole' } };
    const { answer, ended, error } = await call('a question?');
    assert.deepEqual([arrived, answer(), ended(), error()], ['', '', false, '']);
  });

  it('drops what follows the given bytes', async () => {
    plan = { fault: { kind: 'drop', way: 'down', afterBytes: 3 } };
    const { answer, ended } = await call('a question?');
    assert.equal(arrived, 'a question?');
    assert.deepEqual([answer(), ended()], ['an ', false]);
  });

  it('closes one way and leaves the other open', async () => {
    plan = { fault: { kind: 'half-close', way: 'down', afterBytes: 2 } };
    const { answer, ended, error } = await call('a question?');
    assert.deepEqual([answer(), ended(), error()], ['an', true, '']);
  });

  it('resets after the given bytes, on the way up and on the way down', async () => {
    plan = { fault: { kind: 'reset', way: 'up', afterBytes: 4 } };
    const up = await call('a question?');
    assert.deepEqual([arrived, up.error()], ['a qu', 'ECONNRESET']);
    arrived = '';
    plan = { fault: { kind: 'reset', way: 'down', afterBytes: 4 } };
    const down = await call('a question?');
    assert.equal(arrived, 'a question?');
    assert.deepEqual([down.answer(), down.error()], ['an a', 'ECONNRESET']);
  });

  it('delivers late what its caller was reset for', async () => {
    plan = { fault: { kind: 'late', ms: quietMs * 2 } };
    const { error } = await call('a question?');
    assert.deepEqual([arrived, error()], ['', 'ECONNRESET']);
    await sleep(quietMs * 3);
    assert.equal(arrived, 'a question?');
  });

  it('acts at its mark, and lets nothing pass that comes after it', async () => {
    const acted: string[] = [];
    const at = async (mark: NonNullable<Plan['mark']>['at']) => {
      arrived = '';
      plan = { mark: { at: mark, act: () => acted.push(mark) } };
      const { answer } = await call('a question?');
      return [arrived, answer()];
    };
    assert.deepEqual(await at('before-first-byte'), ['', '']);
    assert.deepEqual(await at('sent'), ['a question?', 'an answer']);
    assert.deepEqual(await at('before-answer'), ['a question?', '']);
    assert.deepEqual(await at('within-answer'), ['a question?', 'an a']);
    assert.deepEqual(await at('after-answer'), ['a question?', 'an answer']);
    assert.deepEqual(acted, ['before-first-byte', 'sent', 'before-answer', 'within-answer', 'after-answer']);
  });

  it('delivers what was sent by a caller that is gone', async () => {
    plan = { mark: { at: 'sent', act: () => caller.resetAndDestroy() } };
    await call('a question?');
    assert.equal(arrived, 'a question?');
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
