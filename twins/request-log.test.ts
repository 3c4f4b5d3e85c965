import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RequestLog } from './request-log.ts';
import { ring } from './test-world.ts';

describe('the request log', () => {
  it('shows what arrived at an instant or later, oldest first', () => {
    const log = new RequestLog();
    log.record(ring('a'), { at: 10, names: ['Ring'] });
    log.record(ring('b'), { at: 20, names: ['Ring'], fault: 'hang' });
    log.record(ring('c'), { at: 30, names: ['Ring'] });
    assert.deepEqual(
      log.since(20).map(({ requestId, body, fault }) => [requestId, body, fault]),
      [
        [2, 'Ring b', 'hang'],
        [3, 'Ring c', undefined],
      ],
    );
  });

  it('never holds credentials', () => {
    const log = new RequestLog();
    const headers = {
      authorization: 'Basic c2VjcmV0',
      cookie: 'secret',
      'x-token': 'secret',
      'content-type': 'text/xml',
    };
    log.record({ ...ring('a'), headers }, { at: 1, names: [] });
    assert.deepEqual(log.since(0)[0]?.headers, { 'content-type': 'text/xml' });
  });

  it('drops the oldest beyond its number of entries', () => {
    const log = new RequestLog({ entriesMax: 2, bytesMax: 1_000_000 });
    for (const key of ['a', 'b', 'c']) log.record(ring(key), { at: 1, names: [] });
    assert.deepEqual(
      log.since(0).map(({ body }) => body),
      ['Ring b', 'Ring c'],
    );
  });

  it('drops the oldest beyond its weight', () => {
    const log = new RequestLog({ entriesMax: 100, bytesMax: 10_100 });
    for (const key of ['a', 'b', 'c']) {
      log.record({ ...ring(key), body: key.repeat(4_000) }, { at: 1, names: [] });
    }
    assert.deepEqual(
      log.since(0).map(({ body }) => body[0]),
      ['b', 'c'],
    );
  });
});
