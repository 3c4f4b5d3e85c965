import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { request as requestHttp } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'node:test';

import type { ControlledTwin } from './control.ts';
import { makeControlServer } from './control.ts';
import { TwinWire } from './exchange.ts';
import { faultKinds, faultsMax } from './faults.ts';
import { makeBellWorld, makeManualClock, ring } from './test-world.ts';

const never = new AbortController().signal;

let world = makeBellWorld();
let clock = makeManualClock();
let wire = new TwinWire(world, clock);
let server: Server;
let url = '';

beforeEach(async () => {
  world = makeBellWorld();
  clock = makeManualClock();
  wire = new TwinWire(world, clock);
  server = makeControlServer(makeTwin());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  url = `http://127.0.0.1:${address.port}`;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

describe('the control API', () => {
  it('shows tickets, of all restaurants or of one', async () => {
    for (const key of ['north-1', 'south-1', 'north-2']) await wire.exchange(ring(key), never);
    const all = await call('GET', '/_twin/tickets');
    assert.deepEqual([all.status, packages(all.json)], [200, ['north-1', 'south-1', 'north-2']]);
    const north = await call('GET', '/_twin/tickets?restaurant=north');
    assert.deepEqual(packages(north.json), ['north-1', 'north-2']);
    assert.deepEqual((await call('GET', '/_twin/tickets?restaurant=west')).json, []);
  });

  it('shows orders and the day report', async () => {
    assert.deepEqual((await call('GET', '/_twin/orders')).json, [{ orderRef: 'order' }]);
    assert.deepEqual((await call('GET', '/_twin/report')).json, { rung: 0 });
  });

  it('shows the requests received since an instant', async () => {
    await wire.exchange(ring('a'), never);
    clock.advance(10);
    await wire.exchange(ring('b'), never);
    const bodies = (json: unknown) => (json as { body: string }[]).map(({ body }) => body);
    assert.deepEqual(bodies((await call('GET', '/_twin/requests')).json), ['Ring a', 'Ring b']);
    assert.deepEqual(bodies((await call('GET', `/_twin/requests?since=${clock.nowMs()}`)).json), ['Ring b']);
    assert.equal((await call('GET', '/_twin/requests?since=yesterday')).status, 400);
  });

  it('puts faults on, lists what is left of them, and takes them off', async () => {
    const put = await call('POST', '/_twin/faults', { kind: 'http-500', count: 2, match: 'Ring' });
    assert.deepEqual(
      [put.status, put.json],
      [200, { faultId: 1, kind: 'http-500', count: 2, match: 'Ring' }],
    );
    await call('POST', '/_twin/faults', { kind: 'offline' });
    await call('DELETE', '/_twin/faults?kind=offline');
    await wire.exchange(ring('a'), never);
    assert.deepEqual((await call('GET', '/_twin/faults')).json, [
      { faultId: 1, kind: 'http-500', count: 1, match: 'Ring' },
    ]);
    assert.deepEqual((await call('DELETE', '/_twin/faults')).json, []);
    assert.deepEqual((await call('GET', '/_twin/faults')).json, []);
  });

  it('refuses faults it cannot have', async () => {
    const wrong = await call('POST', '/_twin/faults', { kind: 'earthquake' });
    assert.equal(wrong.status, 400);
    assert.match(errorOf(wrong.json), /kind/);
    assert.equal((await call('DELETE', '/_twin/faults?kind=earthquake')).status, 400);
    for (let count = 0; count < faultsMax; count += 1) await call('POST', '/_twin/faults', { kind: 'hang' });
    assert.equal((await call('POST', '/_twin/faults', { kind: 'hang' })).status, 409);
  });

  it('answers under every fault', async () => {
    for (const kind of faultKinds) {
      assert.equal((await call('POST', '/_twin/faults', { kind })).status, 200);
      assert.equal((await call('GET', '/_twin/tickets')).status, 200);
    }
  });

  it('has the defects the twin knows and no others', async () => {
    assert.deepEqual((await call('POST', '/_twin/defects', { name: 'muffled' })).json, [{ name: 'muffled' }]);
    assert.deepEqual((await call('GET', '/_twin/defects')).json, [{ name: 'muffled' }]);
    const unknown = await call('POST', '/_twin/defects', { name: 'deaf' });
    assert.equal(unknown.status, 400);
    assert.match(errorOf(unknown.json), /deaf; this twin has muffled/);
    assert.equal((await call('POST', '/_twin/defects', { names: ['muffled'] })).status, 400);
    assert.equal((await call('DELETE', '/_twin/defects?name=deaf')).status, 400);
    assert.deepEqual((await call('DELETE', '/_twin/defects?name=muffled')).json, []);
    await call('POST', '/_twin/defects', { name: 'muffled' });
    assert.deepEqual((await call('DELETE', '/_twin/defects')).json, []);
  });

  it('does what a person does at the till, and says why not', async () => {
    const done = await call('POST', '/_twin/polish', { cloth: 'linen' });
    assert.deepEqual([done.status, done.json], [200, { polishedWith: 'linen' }]);
    const not = await call('POST', '/_twin/polish', {});
    assert.deepEqual([not.status, not.json], [422, { error: 'a cloth is needed' }]);
    assert.deepEqual((await call('POST', '/_twin/rest')).json, {});
  });

  it('shows what else the world has, beside a command of the same name', async () => {
    assert.deepEqual((await call('GET', '/_twin/hatch')).json, ['closed']);
    assert.deepEqual((await call('GET', '/_twin/polish')).json, { shine: 'dull' });
    assert.equal((await call('POST', '/_twin/hatch', {})).status, 405);
    assert.equal((await call('POST', '/_twin/polish', { cloth: 'linen' })).status, 200);
  });

  it('says when the world itself fails, and goes on', async () => {
    const warned = once(process, 'warning');
    const failed = await call('POST', '/_twin/crack', {});
    assert.deepEqual([failed.status, failed.json], [500, { error: 'the twin failed: the bell cracked' }]);
    await warned;
    assert.equal((await call('GET', '/_twin/report')).status, 200);
  });

  it('refuses what is not JSON, unknown, or asked the wrong way', async () => {
    for (const [method, path, body, status] of [
      ['POST', '/_twin/polish', '{cloth', 400],
      ['POST', '/_twin/paint', '{}', 404],
      ['POST', '/_twin/constructor', '{}', 404],
      ['GET', '/_twin/rest', '', 405],
      ['PUT', '/_twin/faults', '{}', 405],
      ['constructor', '/_twin/faults', '', 400],
      ['GET', '//', '', 400],
    ] as const) {
      const { status: got, json } = await callRaw(method, path, body);
      assert.equal(got, status, `${method} ${path}`);
      if (method !== 'constructor') assert.notEqual(errorOf(json), '');
    }
  });

  it('refuses a body over its cap', async () => {
    const big = await callRaw('POST', '/_twin/polish', JSON.stringify({ cloth: 'x'.repeat(256 * 1024) }));
    assert.equal(big.status, 413);
  });

  it('is a page to a person', async () => {
    const answer = await fetch(`${url}/`);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(await answer.text(), /<title>bell/);
  });

  it('takes orders from its own page and not from another', async () => {
    const own = await callRaw('POST', '/_twin/rest', '{}', { origin: url });
    assert.equal(own.status, 200);
    for (const origin of ['http://elsewhere.example', 'null']) {
      assert.equal((await callRaw('POST', '/_twin/rest', '{}', { origin })).status, 403, origin);
    }
  });

  it('refuses a world whose command would hide a part of it', () => {
    const hiding = { ...world, commands: { faults: () => undefined } };
    assert.throws(() => makeControlServer({ ...makeTwin(), world: hiding }), /hides/);
  });
});

function makeTwin(): ControlledTwin {
  const active = new Set<string>();
  return {
    world,
    requests: (sinceMs) => wire.requests(sinceMs),
    faults: {
      list: () => wire.faults,
      add: (input) => Promise.resolve(wire.addFault(input)),
      remove: (kind) => Promise.resolve(wire.removeFaults(kind)),
    },
    defects: {
      known: () => world.defects,
      list: () => [...active],
      add: (name) => active.add(name),
      remove: (name) => (name === undefined ? active.clear() : active.delete(name)),
    },
  };
}

function call(method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  return callRaw(method, path, body === undefined ? '' : JSON.stringify(body));
}

/** With node:http, because fetch sets `origin` and repairs paths by its own rules. */
function callRaw(
  method: string,
  path: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; json: unknown }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const request = requestHttp({ hostname, port, method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, json: text === '' ? undefined : JSON.parse(text) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function packages(json: unknown): string[] {
  return (json as { packageRef: string }[]).map(({ packageRef }) => packageRef);
}

function errorOf(json: unknown): string {
  return (json as { error: string }).error;
}
