import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { money } from '#domain/money.ts';
import { minuteMs } from '#domain/time.ts';
import { makeFakeClock } from '#test/fake-clock.ts';
import type { FakeClock } from '#test/fake-clock.ts';
import { TwinWire } from '#twins/exchange.ts';
import type { FaultInput } from '#twins/faults.ts';
import { fiumeAccount } from '#twins/mollie/seed.ts';
import { makeMollieWorld } from '#twins/mollie/world.ts';
import { makeTwinFetch } from '#twins/twin-fetch.ts';
import type { NewRefund, PaymentProvider, ProviderPayment, ProviderRefund } from '../provider.ts';
import { mollie } from './mollie.ts';
import { lunch, openMollie } from './test-mollie.ts';

/** What the wire may do to a request; `match` is added by the test. */
const fault = fc.record({
  kind: fc.constantFrom(
    'hang',
    'slow',
    'lose-answer',
    'late-arrival',
    'bad-body',
    'refuse-connect',
    'http-409',
    'http-429',
    'http-500',
    'http-503',
  ),
  count: fc.integer({ min: 1, max: 3 }),
  ms: fc.constantFrom(0, 500, 5_000, 15_000, 40_000),
});
const faults = fc.array(fault, { maxLength: 6 });
const runs = { numRuns: 150 };

describe('whatever the wire does to Mollie', () => {
  it('a create asked again under its key makes one payment, and says which', async () => {
    await fc.assert(
      fc.asyncProperty(faults, async (list) => {
        const bench = makeBench(list, 'create-payment');
        const created = await askUntilDone(bench, () => bench.provider.create(lunch));
        await bench.clock.advance(2 * minuteMs);
        assert.deepEqual(
          bench.payments().map(({ id }) => id),
          [created.ref],
        );
      }),
      runs,
    );
  });

  it('a refund whose list is read before it is asked again is paid out once', async () => {
    await fc.assert(
      fc.asyncProperty(faults, async (list) => {
        const bench = makeBench([], 'create-payment');
        const { ref } = await askUntilDone(bench, () => bench.provider.create(lunch));
        bench.pay();
        bench.add(list, 'create-refund');
        const refund = await refundCarefully(bench, ref);
        await bench.clock.advance(2 * minuteMs);
        assert.deepEqual(bench.payments()[0]?.refunds, [refund.ref]);
      }),
      runs,
    );
  });

  it('a key that Mollie has forgotten would pay again, so the window ends before', async () => {
    const bench = makeBench([{ kind: 'lose-answer', count: 3 }], 'create-payment');
    const first = await settle(bench.clock, bench.provider.create(lunch));
    assert.equal(first.kind === 'failed' ? first.error.code : '', 'unknown-outcome');
    const lost = { attemptId: lunch.attemptId, createdAtMs: bench.clock.nowMs() };
    await bench.clock.advance(mollie.idempotencyWindowMs);
    const found = await settle(bench.clock, bench.provider.find(lost));
    assert.equal(found.kind === 'done' ? found.value?.ref : '', bench.payments()[0]?.id);
    // The harm that looking first avoids.
    await bench.clock.advance(10 * minuteMs);
    await settle(bench.clock, bench.provider.create(lunch));
    assert.equal(bench.payments().length, 2);
  });

  it('no answer is a success unless it is one', async () => {
    const clock = makeFakeClock();
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.constantFrom(200, 201, 204, 302, 400, 404, 422, 500),
        async (json, status) => {
          const body = status === 204 ? null : JSON.stringify(json);
          const provider = openMollie(() => Promise.resolve(new Response(body, { status })), { clock });
          const outcomes = [
            await settle(clock, provider.create(lunch)),
            await settle(clock, provider.get('tr_x')),
            await settle(clock, provider.find({ attemptId: 'a', createdAtMs: clock.nowMs() })),
            await settle(clock, provider.refund('tr_x', coldSoup)),
            await settle(clock, provider.refunds('tr_x')),
            await settle(clock, provider.methods({ amount: lunch.amount, locale: 'en' })),
          ];
          assert.ok(outcomes.every((outcome) => outcome.kind === 'failed' && outcome.error.detail !== ''));
        },
      ),
      { numRuns: 300 },
    );
  });
});

const coldSoup: NewRefund = {
  refundId: 'refund-1',
  amount: money(1000, 'EUR'),
  description: 'Cold soup',
  idempotencyKey: 'refund-1',
};

type Bench = ReturnType<typeof makeBench>;

/** The provider against a twin in this process, under faults on one of its calls. */
function makeBench(list: readonly Partial<FaultInput>[], match: string) {
  const clock = makeFakeClock();
  let seed = 1;
  const world = makeMollieWorld({
    account: fiumeAccount,
    clock,
    randomBytes: (count) =>
      Uint8Array.from({ length: count }, () => (seed = (seed * 48_271) % 2_147_483_647) % 256),
    post: () => Promise.resolve(200),
  });
  const wire = new TwinWire(world, clock);
  const account = { kind: 'api-key', apiKey: fiumeAccount.profiles[0]?.keys.test };
  const provider: PaymentProvider = openMollie(
    makeTwinFetch((request, signal) => wire.exchange(request, signal)),
    { clock, account },
  );
  const add = (more: readonly Partial<FaultInput>[], at: string) => {
    for (const one of more) wire.addFault({ kind: 'hang', ...one, match: at });
  };
  add(list, match);
  const payments = () =>
    (world.orders() as { id: string; _embedded: { refunds: { id: string }[] } }[]).map(
      ({ id, _embedded }) => ({
        id,
        refunds: _embedded.refunds.map((refund) => refund.id),
      }),
    );
  const pay = () => world.commands['finish']?.({ outcome: 'paid' });
  return { clock, provider, add, payments, pay };
}

/** A caller that keeps to the contract: again with the same key, a minute later, while the window lasts. */
async function askUntilDone(
  bench: Bench,
  ask: () => ReturnType<PaymentProvider['create']>,
): Promise<ProviderPayment> {
  for (let tries = 0; tries < 20; tries += 1) {
    const outcome = await settle(bench.clock, ask());
    if (outcome.kind === 'done') return outcome.value;
    assert.ok(['unknown-outcome', 'try-later'].includes(outcome.error.code), outcome.error.code);
    await bench.clock.advance(minuteMs);
  }
  return assert.fail('the faults never ended');
}

/** A caller that keeps to the contract: the list first, then the same key. */
async function refundCarefully(bench: Bench, ref: string): Promise<ProviderRefund> {
  for (let tries = 0; tries < 30; tries += 1) {
    const outcome = await settle(bench.clock, bench.provider.refund(ref, coldSoup));
    if (outcome.kind === 'done') return outcome.value;
    await bench.clock.advance(minuteMs);
    const listed = await settle(bench.clock, bench.provider.refunds(ref));
    const known =
      listed.kind === 'done' ? listed.value.find(({ refundId }) => refundId === 'refund-1') : undefined;
    if (known !== undefined) return known;
  }
  return assert.fail('the faults never ended');
}

/** Moves time until the call has ended. */
async function settle<Value>(clock: FakeClock, call: Promise<Value>): Promise<Value> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  call.then(end, end);
  await clock.settle();
  for (let seconds = 0; !ended && seconds < 60; seconds += 1) await clock.advance(1_000);
  return call;
}
