import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { WireExchange } from './definition.ts';
import { requestBodyBytesMax, TwinWire } from './exchange.ts';
import { answerTail, bodyOf, makeBellWorld, makeManualClock, ring } from './test-world.ts';

const never = new AbortController().signal;

let world = makeBellWorld();
let clock = makeManualClock();
let wire = new TwinWire(world, clock);

beforeEach(() => {
  world = makeBellWorld();
  clock = makeManualClock();
  wire = new TwinWire(world, clock);
});

describe('an exchange in process', () => {
  it('acts and answers when no fault is on', async () => {
    const ended = await wire.exchange(ring('a'), never);
    assert.equal(bodyOf(ended), `rung a ${answerTail}`);
    assert.deepEqual(world.rings, ['a']);
  });

  it('is refused while offline, and nothing reaches the twin', async () => {
    wire.addFault({ kind: 'offline' });
    assert.deepEqual(await wire.exchange(ring('a'), never), { kind: 'refused' });
    assert.deepEqual(wire.requests(0), []);
    wire.removeFaults();
    assert.equal((await wire.exchange(ring('a'), never)).kind, 'answer');
  });

  it('is reset when the twin goes offline under it', async () => {
    wire.addFault({ kind: 'hang', count: 1 });
    wire.addFault({ kind: 'slow', ms: 100 });
    const hung = wire.exchange(ring('a'), never);
    const slow = wire.exchange(ring('b'), never);
    wire.addFault({ kind: 'offline' });
    assert.deepEqual([await hung, await slow], [{ kind: 'reset' }, { kind: 'reset' }]);
    assert.equal(clock.waiting(), 0);
  });

  it('is refused as often as refuse-connect says', async () => {
    wire.addFault({ kind: 'refuse-connect', count: 2 });
    const kinds = [];
    for (const key of ['a', 'b', 'c']) kinds.push((await wire.exchange(ring(key), never)).kind);
    assert.deepEqual(kinds, ['refused', 'refused', 'answer']);
    assert.deepEqual(world.rings, ['c']);
  });

  it('hangs without acting until the caller goes', async () => {
    wire.addFault({ kind: 'hang' });
    const caller = new AbortController();
    const ended = wire.exchange(ring('a'), caller.signal);
    clock.advance(300_000);
    assert.ok(await isPending(ended));
    caller.abort();
    assert.deepEqual(await ended, { kind: 'aborted' });
    assert.deepEqual(world.rings, []);
    assert.equal(wire.requests(0)[0]?.fault, 'hang');
    assert.equal(clock.waiting(), 0);
  });

  it('resets what hangs when the fault is removed, even one that has counted down', async () => {
    wire.addFault({ kind: 'hang', count: 1 });
    const ended = wire.exchange(ring('a'), never);
    assert.deepEqual(wire.faults, []);
    wire.removeFaults('slow');
    assert.ok(await isPending(ended));
    wire.removeFaults();
    assert.deepEqual(await ended, { kind: 'reset' });
    assert.deepEqual(world.rings, []);
  });

  it('does not hang for ever', async () => {
    wire.addFault({ kind: 'hang' });
    const ended = wire.exchange(ring('a'), never);
    clock.advance(600_000);
    assert.deepEqual(await ended, { kind: 'reset' });
  });

  it('acts at once and answers late under slow', async () => {
    wire.addFault({ kind: 'slow', ms: 200 });
    const ended = wire.exchange(ring('a'), never);
    assert.deepEqual(world.rings, ['a']);
    clock.advance(199);
    assert.ok(await isPending(ended));
    clock.advance(1);
    assert.equal(bodyOf(await ended), `rung a ${answerTail}`);
  });

  it('acts and shows no answer under lose-answer', async () => {
    wire.addFault({ kind: 'lose-answer', count: 1 });
    assert.deepEqual(await wire.exchange(ring('a'), never), { kind: 'reset' });
    assert.deepEqual(world.rings, ['a']);
  });

  it('is reset at once and acted on later under late-arrival', async () => {
    wire.addFault({ kind: 'late-arrival', ms: 300, count: 1 });
    assert.deepEqual(await wire.exchange(ring('a'), never), { kind: 'reset' });
    clock.advance(299);
    assert.deepEqual(world.rings, []);
    wire.removeFaults();
    clock.advance(1);
    assert.deepEqual(world.rings, ['a']);
  });

  it('answers 500 without acting', async () => {
    wire.addFault({ kind: 'http-500' });
    const ended = await wire.exchange(ring('a'), never);
    assert.equal(ended.kind === 'answer' ? ended.answer.status : undefined, 500);
    assert.deepEqual(world.rings, []);
  });

  it('refuses with 409, 429 or 503 without acting, in the vendor’s words', async () => {
    const answers = [];
    for (const kind of ['http-409', 'http-429', 'http-503'] as const) {
      wire.addFault({ kind, count: 1, ms: 1_500 });
      const ended = await wire.exchange(ring('a'), never);
      assert.ok(ended.kind === 'answer');
      answers.push([ended.answer.status, ended.answer.headers['retry-after'], ended.answer.body]);
    }
    assert.deepEqual(answers, [
      [409, undefined, 'the bell says 409'],
      [429, '2', 'the bell says 429'],
      [503, '2', 'the bell says 503'],
    ]);
    assert.deepEqual(world.rings, []);
  });

  it('acts and cuts the answer in half under bad-body', async () => {
    wire.addFault({ kind: 'bad-body' });
    const ended = await wire.exchange(ring('a'), never);
    const whole = `rung a ${answerTail}`;
    assert.equal(bodyOf(ended), whole.slice(0, Math.floor(whole.length / 2)));
    assert.ok(ended.kind === 'answer' && ended.cutShort);
    assert.equal(ended.answer.headers['content-length'], String(whole.length));
    assert.deepEqual(world.rings, ['a']);
  });

  it('forgets the key of the matched request under expire-key', async () => {
    await wire.exchange(ring('a'), never);
    wire.addFault({ kind: 'expire-key', match: 'Ring', count: 1 });
    assert.match(bodyOf(await wire.exchange(ring('a', 'Look'), never)), /^seen/);
    assert.match(bodyOf(await wire.exchange(ring('a'), never)), /^rung/);
    assert.match(bodyOf(await wire.exchange(ring('a'), never)), /^seen/);
  });

  it('ends at once, unsent, when the caller is already gone', async () => {
    assert.deepEqual(await wire.exchange(ring('a'), AbortSignal.abort()), { kind: 'aborted' });
    assert.deepEqual(world.rings, []);
  });

  it('refuses a body over the cap', async () => {
    const ended = await wire.exchange(
      { ...ring('a'), body: `Ring ${'x'.repeat(requestBodyBytesMax)}` },
      never,
    );
    assert.equal(ended.kind === 'answer' ? ended.answer.status : undefined, 413);
    assert.deepEqual(world.rings, []);
  });

  it('leaves nothing behind when stopped', async () => {
    wire.addFault({ kind: 'late-arrival', ms: 10, count: 1 });
    wire.addFault({ kind: 'hang', count: 1 });
    await wire.exchange(ring('a'), never);
    const hung = wire.exchange(ring('b'), never);
    wire.stop();
    assert.deepEqual(await hung, { kind: 'reset' });
    assert.equal(clock.waiting(), 0);
    assert.deepEqual(await wire.exchange(ring('c'), never), { kind: 'refused' });
    assert.deepEqual(world.rings, []);
  });

  it('records every request it received, with what it met', async () => {
    wire.addFault({ kind: 'http-500', count: 1 });
    await wire.exchange({ ...ring('a'), headers: { authorization: 'Basic c2VjcmV0', accept: '*/*' } }, never);
    clock.advance(5);
    await wire.exchange(ring('b'), never);
    assert.deepEqual(wire.requests(1_000_000), [
      {
        requestId: 1,
        at: 1_000_000,
        method: 'POST',
        path: '/bell?side=left',
        headers: { accept: '*/*' },
        body: 'Ring a',
        names: ['Ring'],
        fault: 'http-500',
      },
      {
        requestId: 2,
        at: 1_000_005,
        method: 'POST',
        path: '/bell?side=left',
        headers: { host: 'bell' },
        body: 'Ring b',
        names: ['Ring'],
      },
    ]);
  });
});

async function isPending(ended: Promise<WireExchange>): Promise<boolean> {
  const pending = Symbol('pending');
  // A few turns, so that an ending already decided gets through its promises first.
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([ended, Promise.resolve(pending)])) === pending;
}
