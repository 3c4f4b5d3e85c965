import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';

import { Agent, request as undiciRequest } from 'undici';

import { bodyOf, makeBellWorld, makeManualClock, ring } from './test-world.ts';
import { startTwin } from './twin.ts';
import type { RunningTwin, TwinOptions } from './twin.ts';

const never = new AbortController().signal;
const anyPorts = { host: '127.0.0.1', wirePort: 0, controlPort: 0 } as const;

let directory = '';
const running: RunningTwin[] = [];
const agent = new Agent({ connect: { rejectUnauthorized: false } });
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'twin-'));
});
afterEach(() => Promise.all(running.splice(0).map((twin) => twin.stop())));
after(async () => {
  await agent.destroy();
  await rm(directory, { recursive: true });
});

describe('a running twin', () => {
  it('shows over the control API what came over the wire', async () => {
    const twin = await start({ world: makeBellWorld() });
    assert.match(await ask(twin, 'a'), /^rung a/);
    assert.match(bodyOf(await twin.exchange(ring('b'), never)), /^rung b/);
    const tickets = await control(twin, 'GET', 'tickets');
    assert.equal((tickets as unknown[]).length, 2);
  });

  it('presents the pinned key, and another run presents it again', async () => {
    const first = await start({ world: makeBellWorld() });
    const seen = await peerOf(first.url);
    assert.equal(first.pinSha256, seen.pin);
    const second = await start({ world: makeBellWorld() });
    assert.equal(second.pinSha256, first.pinSha256);
  });

  it('presents an expired certificate over the same key while it has that defect', async () => {
    const twin = await start({ world: makeBellWorld() });
    assert.ok((await peerOf(twin.url)).validToMs > Date.now());
    await control(twin, 'POST', 'defects', { name: 'certificate-expired' });
    const expired = await peerOf(twin.url);
    assert.ok(expired.validToMs < Date.now());
    assert.equal(expired.pin, twin.pinSha256);
    await control(twin, 'DELETE', 'defects');
    assert.ok((await peerOf(twin.url)).validToMs > Date.now());
  });

  it('hands the world its own defects only', async () => {
    const world = makeBellWorld();
    const twin = await start({ world });
    await control(twin, 'POST', 'defects', { name: 'muffled' });
    await control(twin, 'POST', 'defects', { name: 'certificate-expired' });
    assert.deepEqual(world.activeDefects(), ['muffled']);
    assert.deepEqual(await control(twin, 'GET', 'defects'), [
      { name: 'muffled' },
      { name: 'certificate-expired' },
    ]);
    await control(twin, 'DELETE', 'defects?name=muffled');
    assert.deepEqual(world.activeDefects(), []);
  });

  it('is offline when the control API says so, and back when it says so', async () => {
    const twin = await start({ world: makeBellWorld() });
    await ask(twin, 'a');
    await control(twin, 'POST', 'faults', { kind: 'offline' });
    await assert.rejects(ask(twin, 'b'), { code: 'ECONNREFUSED' });
    assert.deepEqual(await twin.exchange(ring('b'), never), { kind: 'refused' });
    await control(twin, 'DELETE', 'faults');
    assert.match(await ask(twin, 'b'), /^rung b/);
  });

  it('refuses the very next request under refuse-connect, although a connection was open', async () => {
    const twin = await start({ world: makeBellWorld() });
    await ask(twin, 'a');
    await control(twin, 'POST', 'faults', { kind: 'refuse-connect', count: 1 });
    await assert.rejects(ask(twin, 'b'));
    assert.match(await ask(twin, 'c'), /^rung c/);
    assert.deepEqual(await control(twin, 'GET', 'faults'), []);
  });

  it('has no wire in mock mode, but everything else', async () => {
    const twin = await start({ world: makeBellWorld(), wirePort: null });
    assert.match(twin.url, /\.invalid$/);
    assert.equal(twin.pinSha256, undefined);
    await control(twin, 'POST', 'faults', { kind: 'lose-answer', count: 1 });
    assert.deepEqual(await twin.exchange(ring('a'), never), { kind: 'reset' });
    assert.match(bodyOf(await twin.exchange(ring('a'), never)), /^seen/);
    assert.equal(((await control(twin, 'GET', 'requests')) as unknown[]).length, 2);
    const refused = await fetch(`${twin.controlUrl}/_twin/defects`, {
      method: 'POST',
      body: '{"name":"certificate-expired"}',
    });
    assert.equal(refused.status, 400);
  });

  it('speaks plain HTTP without TLS', async () => {
    const twin = await start({ world: makeBellWorld(), tls: null });
    assert.match(twin.url, /^http:/);
    assert.match(await ask(twin, 'a'), /^rung a/);
  });

  it('stops with requests hanging, connections idle and late arrivals due', async () => {
    const world = makeBellWorld();
    const clock = makeManualClock(Date.now());
    const twin = await start({ world, clock });
    await control(twin, 'POST', 'faults', { kind: 'late-arrival', ms: 50, count: 1 });
    await assert.rejects(ask(twin, 'late'));
    await control(twin, 'POST', 'faults', { kind: 'hang' });
    const hung = ask(twin, 'hung').catch((error: Error) => error);
    const hungInProcess = twin.exchange(ring('hung too'), never);
    await twin.stop();
    assert.ok((await hung) instanceof Error);
    assert.deepEqual(await hungInProcess, { kind: 'reset' });
    clock.advance(1_000);
    assert.deepEqual(world.rings, []);
    await assert.rejects(ask(twin, 'after'));
    await assert.rejects(fetch(twin.controlUrl));
    await twin.stop();
  });

  it('leaves no port open when the other is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const free = createServer();
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
    const { port: wirePort } = free.address() as AddressInfo;
    await new Promise((resolve) => free.close(resolve));
    await assert.rejects(start({ world: makeBellWorld(), wirePort, controlPort: port }), {
      code: 'EADDRINUSE',
    });
    const twin = await start({ world: makeBellWorld(), wirePort });
    assert.match(await ask(twin, 'a'), /^rung a/);
    await assert.rejects(start({ world: makeBellWorld(), wirePort: port }), { code: 'EADDRINUSE' });
    await new Promise((resolve) => taken.close(resolve));
  });
});

async function start(options: Partial<TwinOptions> & Pick<TwinOptions, 'world'>): Promise<RunningTwin> {
  const twin = await startTwin({ ...anyPorts, tls: { directory }, ...options });
  running.push(twin);
  return twin;
}

async function ask(twin: RunningTwin, key: string): Promise<string> {
  const { path, body } = ring(key);
  const answer = await undiciRequest(`${twin.url}${path}`, { method: 'POST', body, dispatcher: agent });
  return answer.body.text();
}

async function control(twin: RunningTwin, method: string, name: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${twin.controlUrl}/_twin/${name}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

function peerOf(url: string): Promise<{ pin: string; validToMs: number }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      const peer = socket.getPeerX509Certificate();
      socket.destroy();
      if (peer === undefined) return reject(new Error('no certificate was shown'));
      const spki = peer.publicKey.export({ type: 'spki', format: 'der' });
      const pin = createHash('sha256').update(spki).digest('base64');
      resolve({ pin, validToMs: peer.validToDate.getTime() });
    });
    socket.on('error', reject);
  });
}
