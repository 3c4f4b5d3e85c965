import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { makeFakeClock } from '#test/fake-clock.ts';
import { minuteMs } from '#domain/time.ts';
import { WebhookSender, postWebhook } from './webhooks.ts';

const received: string[] = [];
let server: Server;
let url = '';
const never = new AbortController().signal;

before(async () => {
  server = createServer((request, response) => {
    const status = Number(request.url?.slice(1));
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push(`${request.method} ${request.url} ${request.headers['content-type'] ?? '-'} ${body}`);
      response.writeHead(status, status >= 300 && status < 400 ? { location: '/200' } : {}).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  url = `http://127.0.0.1:${address.port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

describe("the Mollie twin's call", () => {
  it('is a form with the id, and loses it over a 302 but not over a 307', async () => {
    for (const status of [200, 500, 302, 307]) await postWebhook(`${url}/${status}`, 'id=tr_1', never);
    const form = 'application/x-www-form-urlencoded';
    assert.deepEqual(received, [
      `POST /200 ${form} id=tr_1`,
      `POST /500 ${form} id=tr_1`,
      `POST /302 ${form} id=tr_1`,
      'GET /200 - ',
      `POST /307 ${form} id=tr_1`,
      `POST /200 ${form} id=tr_1`,
    ]);
    assert.equal(await postWebhook(`${url}/500`, 'id=tr_1', never), 500);
    assert.equal(await postWebhook('http://127.0.0.1:1/', 'id=tr_1', never), undefined);
  });

  it('gives up on a shop that is silent for fifteen seconds, and calls again a minute later', async () => {
    const clock = makeFakeClock();
    const startMs = clock.nowMs();
    const calls: number[] = [];
    const sender = new WebhookSender({
      clock,
      timeScale: () => 1,
      post: (_, __, signal) =>
        new Promise((resolve) => {
          calls.push(clock.nowMs() - startMs);
          signal.addEventListener('abort', () => resolve(undefined));
        }),
    });
    sender.tell({ id: 'tr_1', webhookUrl: 'http://shop.example/' });
    await clock.advance(15_000 + minuteMs);
    assert.deepEqual(calls, [0, 15_000 + minuteMs]);
    sender.stop();
  });
});
