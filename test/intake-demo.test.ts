import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { z } from 'zod';

import { examplePost } from '#intake/test-post.ts';
import { startDemo, until } from './demo-process.ts';
import type { Demo } from './demo-process.ts';

/** A third party's order from outside: the intake over HTTP, the kitchen over the twin's control API. */

/** Generous: other test files share the machine. */
const settledMsMax = 20_000;

const tickets = z.array(
  z.object({
    table: z.string(),
    packageRef: z.string(),
    orderRef: z.string(),
    orderType: z.string(),
    comment: z.string(),
    lines: z.array(z.object({ name: z.string(), quantity: z.number(), modifiers: z.array(z.string()) })),
  }),
);
const posOrders = z.array(
  z.object({ table: z.string(), state: z.string(), total: z.number(), due: z.number() }),
);
const orderTypes = z.array(z.string());
const counter = 'Asporto';

describe('the intake of the demo', () => {
  let demo: Demo;
  before(async () => {
    demo = await startDemo();
    // The location takes orders once its POS has answered and its menu is read.
    await until(settledMsMax, async () => {
      const asked = await ask('GET', '/menu/ordertypes');
      return orderTypes.parse(asked.json).length > 0 ? true : undefined;
    });
  });
  after(() => demo?.stop());

  const ask = async (method: string, path: string, body?: unknown, password?: string) => {
    const { url, username, password: issued } = demo.file.intake;
    const answer = await fetch(`${url}/ws/store/v1${path}`, {
      method,
      headers: {
        authorization: `Basic ${btoa(`${username}:${password ?? issued}`)}`,
        'content-type': 'application/json',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      json: text === '' ? null : (JSON.parse(text) as unknown),
    };
  };
  const till = async (path: string) =>
    (await fetch(`${demo.file.twins.rkeeper.controlUrl}/_twin/${path}`)).json();
  const atCounter = async (externalNumber: string) =>
    tickets
      .parse((await till('tickets')) as unknown)
      .filter((ticket) => ticket.table === counter && ticket.comment.includes(externalNumber));
  /** Posts until the POS was found reachable: what is wrong with the order itself is told at once. */
  const post = (order: unknown) =>
    until(settledMsMax, async () => {
      const answer = await ask('POST', '/orders', order);
      return /takes no orders now/.test(answer.text) ? undefined : answer;
    });

  it('prints a posted order as one package at the takeaway counter', async () => {
    const answer = await post(examplePost);
    assert.equal(answer.status, 200, answer.text);
    const order = answer.json as Record<string, unknown>;
    assert.deepEqual(
      [order['price'], order['status'], order['externalRef'], order['externalNumber']],
      [14.61, 'made', examplePost.externalRef, examplePost.externalNumber],
    );
    const printed = await until(settledMsMax, async () => {
      const found = await atCounter(examplePost.externalNumber);
      return found.length > 0 ? found : undefined;
    });
    assert.equal(printed.length, 1);
    const [ticket] = printed;
    assert.equal(ticket?.orderType, 'Da asporto');
    assert.match(ticket?.comment ?? '', /^No\. 0123456789 \| Pickup \| Third Party \| Jo Miller/);
    assert.deepEqual(ticket?.lines, [{ name: 'Cheese', quantity: 1, modifiers: ['10"', '2 × Pepperoni'] }]);
    const again = await ask('POST', '/orders', examplePost);
    assert.deepEqual([again.status, (again.json as { meta: { code: number } }).meta.code], [400, 1003]);
    const open = posOrders.parse((await till('orders')) as unknown).filter(({ table }) => table === counter);
    assert.deepEqual(
      open.map(({ state, total, due }) => [state, total, due]),
      [['open', 1085, 1085]],
    );
  });

  it('marks a paid order paid in the POS', async () => {
    const externalNumber = '777001';
    const answer = await post({
      ...examplePost,
      paid: true,
      externalRef: 'paid',
      externalNumber,
    });
    assert.equal(answer.status, 200, answer.text);
    await until(settledMsMax, async () => {
      const orders = posOrders.parse((await till('orders')) as unknown);
      return orders.some(({ table, state }) => table === counter && state === 'settled') ? true : undefined;
    });
    assert.equal((await atCounter(externalNumber)).length, 1);
  });

  it('answers 401 with the realm and nothing else to a wrong password', async () => {
    const answer = await ask('POST', '/orders', examplePost, 'wrong');
    assert.deepEqual(
      [answer.status, answer.headers.get('www-authenticate'), answer.text],
      [401, 'Basic realm="store services"', ''],
    );
  });
});
