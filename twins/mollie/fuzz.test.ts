import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { checkoutOf, idOf, lunchBody, makeBench, osteriaKey } from './test-mollie-twin.ts';

const method = fc.constantFrom('GET', 'POST', 'DELETE', 'PATCH', 'PUT');
const bodies = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .dictionary(
      fc.constantFrom(...Object.keys(lunchBody), 'outcome', 'method', 'testmode', 'profileId'),
      fc.jsonValue(),
    )
    .map((body) => JSON.stringify({ ...lunchBody, ...body })),
);

describe("the Mollie twin's wire", () => {
  it('answers whatever comes, and books nothing that is not a payment', () => {
    const bench = makeBench();
    const made = bench.ask('POST', '/v2/payments', { body: lunchBody });
    const path = fc.oneof(
      fc.string().map((text) => `/${text}`),
      fc.constantFrom(
        '/v2/payments',
        `/v2/payments/${idOf(made)}`,
        `/v2/payments/${idOf(made)}/refunds`,
        `/v2/payments/${idOf(made)}/refunds/re_1`,
        '/v2/methods?amount[value]=x&amount[currency]=EUR',
        '/v2/payments?limit=1e9&from=%00',
        new URL(checkoutOf(made)).pathname,
        '//v2/payments',
      ),
    );
    fc.assert(
      fc.property(method, path, bodies, fc.string(), (verb, target, body, host) => {
        const authorization = `Bearer ${osteriaKey}`;
        const answer = bench.world.answer({
          method: verb,
          path: target,
          headers: { authorization, host },
          body,
        });
        assert.ok(answer.status >= 200 && answer.status < 500, `${answer.status}`);
        bench.world.namesOf({ method: verb, path: target, headers: {}, body });
      }),
      { numRuns: 2_000 },
    );
    for (const payment of bench.world.orders() as { amount: { value: string }; checkout: string }[]) {
      assert.match(payment.amount.value, /^\d+(\.\d\d)?$/);
      assert.ok(URL.canParse(payment.checkout));
    }
  });
});
