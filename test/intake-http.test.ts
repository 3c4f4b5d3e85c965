import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { acceptanceCodes } from '#acceptance/codes.ts';
import { codeCases } from '#acceptance/test-codes.ts';
import type { CodeCase } from '#acceptance/test-codes.ts';
import { makeRandom, mutate, rightOrder, spell } from '#acceptance/test-mutations.ts';
import { examplePost, noonMs, smallPizzeria, storeOf } from '#acceptance/test-pizzeria.ts';
import { registerIntakeRoutes } from '#api/intake-routes.ts';
import { mapMenu } from '#connectors/foodtec/map-menu.ts';
import { makeTestTwin } from '#connectors/foodtec/twin/test-twin.ts';
import { makeIntakePorts } from '#gateway/intake-port.ts';
import { makeIntakeWorld } from '#intake/test-intake.ts';
import type { IntakeWorld } from '#intake/test-intake.ts';
import { saveIntakeNames } from '#store/intake-profiles.ts';
import { saveAvailability, saveMenu } from '#store/menus.ts';
import { testStores } from '#store/test-store.ts';
import type { Store } from '#store/store.ts';

/** The Order Acceptance API as third parties meet it: posts over HTTP into the routes, down to the rows. */

const ordersPosted = 2_000;
const postsToTwin = 100_000;
/** Generous: other test files share the machine. */
const postedMsMax = 300_000;
/** The small pizzeria, in the currency of the test's location. */
const pizzeria = { ...smallPizzeria, currency: 'EUR' };
const refusalBody = z.object({
  meta: z.object({ code: z.number(), error: z.string(), info: z.string() }),
  response: z.literal(''),
});

type Counter = {
  readonly world: IntakeWorld;
  readonly app: FastifyInstance;
  readonly post: (
    text: string,
    query?: string,
  ) => Promise<{ readonly status: number; readonly body: string }>;
  readonly void: (
    externalRef: string,
    body: unknown,
  ) => Promise<{ readonly status: number; readonly body: string }>;
};

/** A location that sells what the small pizzeria sells, at noon; its prices are checked by the store file. */
async function openCounter(store: Store): Promise<Counter> {
  const world = await makeIntakeWorld(store);
  const { companyId, locationId } = world.client;
  const menu = {
    menuVersion: 'small-1',
    currency: 'EUR',
    readAtMs: 0,
    categories: mapMenu(storeOf(pizzeria)),
  } as const;
  const soldOut = {
    ...{ readAtMs: 0, variants: {}, modifiers: {} },
    items: { 'pizza.truffle': { state: 'sold-out' } },
  } as const;
  await store.asCompany(companyId, async (tx) => {
    // The menu has the store's own words for how much of an ingredient, and no name for the only size of an item.
    const only = {
      kind: 'size',
      withinId: 'pizza.truffle',
      name: '14"',
      targetId: null,
      units: null,
    } as const;
    await saveIntakeNames(tx, { companyId, locationId }, [only]);
    await saveMenu(tx, { companyId, locationId }, menu, 's1');
    await saveAvailability(tx, { companyId, locationId }, soldOut, 's2');
  });
  await world.setProfile({ priceCheck: 'store', store: pizzeria });
  world.script.capabilities = { ...world.script.capabilities, portions: true, lineNotes: true };
  world.clock.advance(noonMs - world.clock.nowMs());
  const app = Fastify();
  registerIntakeRoutes(app, { intake: makeIntakePorts(world.intake).intake });
  const headers = {
    authorization: `Basic ${btoa(`${world.username}:${world.password}`)}`,
    'content-type': 'application/json',
  };
  const ask = async (method: 'POST' | 'PUT', url: string, body: string) => {
    const answer = await app.inject({ method, url: `/ws/store/v1/orders${url}`, headers, body });
    return { status: answer.statusCode, body: answer.body };
  };
  return {
    world,
    app,
    post: (text, query = '') => ask('POST', query, text),
    void: (externalRef, body) => ask('PUT', `/${externalRef}/void`, JSON.stringify(body)),
  };
}

function codeOf(answer: { readonly status: number; readonly body: string }): number {
  assert.equal(answer.status, 400, answer.body);
  const { meta } = refusalBody.parse(JSON.parse(answer.body));
  assert.equal(meta.error, meta.info);
  return meta.code;
}

/** Faults belong to a store of FoodTec's; everything else is found by Tableside's own intake too. */
const atTheCounter = codeCases.filter(({ fault }) => fault === undefined);
const ofTheStore = codeCases.filter(({ fault }) => fault !== undefined);
const ofTheRoutes = [1003, 1005, 1050];

testStores((store, engine) => {
  it('answers every code of the API over HTTP that needs no fault of a store', async () => {
    const counter = await openCounter(store());
    const wrong: string[] = [];
    for (const one of atTheCounter) {
      const code = await answerTo(counter, one);
      if (code !== one.code) wrong.push(`${one.code} (${one.why}): ${code}`);
    }
    assert.deepEqual(wrong, []);
    const order = { ...examplePost, externalRef: 'twice' };
    assert.equal((await counter.post(JSON.stringify(order))).status, 200);
    assert.equal(codeOf(await counter.post(JSON.stringify({ ...order, price: 'x' }))), 1003);
    assert.equal(codeOf(await counter.void('never-posted', { reason: 'x' })), 1005);
    assert.equal(codeOf(await counter.void('twice', {})), 1050);
    assert.equal((await counter.void('twice', { reason: 'x' })).status, 204);
    assert.equal(codeOf(await counter.void('twice', { reason: 'x' })), 1050);
  });

  // What is posted is the same on every engine.
  if (engine !== 'embedded') return;

  it(
    'never answers 5xx, never stores a wrong order, and loses no cent over HTTP',
    { timeout: postedMsMax },
    async () => {
      const counter = await openCounter(store());
      const random = makeRandom(20_261_125);
      const accepted: string[] = [];
      const codes = new Set<number>();
      for (let number = 0; number < ordersPosted; number += 1) {
        let order: unknown = rightOrder(random, number);
        for (let changes = random.below(3); changes > 0; changes -= 1) order = mutate(order, random);
        const answer = await counter.post(
          spell(order, random),
          random.below(10) === 0 ? '?suspend=true' : '',
        );
        if (answer.status === 200) accepted.push(answer.body);
        else codes.add(codeOf(answer));
      }
      assert.ok(accepted.length > ordersPosted / 10, `only ${accepted.length} were accepted`);
      assert.ok(codes.size >= 30, `only ${codes.size} codes were seen`);
      assert.deepEqual(
        [...codes].filter((code) => !(acceptanceCodes as readonly number[]).includes(code)),
        [],
      );
      await checkStored(counter, accepted);
    },
  );
});

describe('faults of a store, over the wire of the FoodTec twin', () => {
  for (const one of ofTheStore) {
    it(`${one.code}: ${one.why}`, () => {
      const twin = makeTestTwin({ store: storeOf({ ...smallPizzeria, ...one.store }) });
      twin.press('store-fault', { fault: one.fault, on: true });
      const { status, body } = twin.ask('POST', '/ws/store/v1/orders', textOf(one, 'fault'));
      assert.equal(codeOf({ status, body }), one.code);
    });
  }
});

describe('a hundred thousand posts, most of them wrong, over the wire of the FoodTec twin', () => {
  it('are all answered with 200 or a documented code', () => {
    const twin = makeTestTwin({ store: storeOf(smallPizzeria) });
    const random = makeRandom(20_261_126);
    const answers = new Map<number, number>();
    for (let number = 0; number < postsToTwin; number += 1) {
      let order: unknown = rightOrder(random, number);
      for (let changes = random.below(3); changes > 0; changes -= 1) order = mutate(order, random);
      const query = random.below(10) === 0 ? '?suspend=true' : '';
      const answer = twin.ask('POST', `/ws/store/v1/orders${query}`, spell(order, random));
      assert.ok(answer.status === 200 || answer.status === 400, `${number}: ${answer.status}`);
      const code = answer.status === 200 ? 200 : codeOf(answer);
      answers.set(code, (answers.get(code) ?? 0) + 1);
    }
    const codes = [...answers.keys()].filter((code) => code !== 200);
    assert.deepEqual(
      codes.filter((code) => !(acceptanceCodes as readonly number[]).includes(code)),
      [],
    );
    assert.ok((answers.get(200) ?? 0) > postsToTwin / 10 && codes.length >= 30);
  });
});

describe('the codes of the API', () => {
  it('are all reached over HTTP', () => {
    const reached = new Set<number>([...codeCases.map(({ code }) => code), ...ofTheRoutes]);
    assert.deepEqual(
      acceptanceCodes.filter((code) => !reached.has(code)),
      [],
    );
  });
});

function textOf(one: CodeCase, externalRef: string): string {
  return one.text ?? JSON.stringify({ ...examplePost, externalRef, ...one.order });
}

/** Sets the location up as the case wants it, posts, and puts everything back. */
async function answerTo({ world, post }: Counter, one: CodeCase): Promise<number> {
  await world.setProfile({ priceCheck: 'store', store: { ...pizzeria, ...one.store } });
  const before = `before-${one.code}-${one.why}`;
  for (let made = 0; made < (one.ordersInSlot ?? 0); made += 1)
    await mustTake(post, { ...examplePost, ...one.order, externalRef: `${before}-${made}` });
  if (one.redemptions !== undefined) {
    const sums = { discount: 3, tax: 1.44, taxableSubtotal: null, price: 12.29 };
    await mustTake(post, { ...examplePost, ...one.order, ...sums, externalRef: before });
  }
  world.clock.advance((one.nowMs ?? noonMs) - noonMs);
  const answer = await post(textOf(one, `${one.code}-${one.why}`));
  world.clock.advance(noonMs - (one.nowMs ?? noonMs));
  return codeOf(answer);
}

async function mustTake(post: Counter['post'], order: unknown): Promise<void> {
  const answer = await post(JSON.stringify(order));
  assert.equal(answer.status, 200, answer.body);
}

const answered = z.object({
  status: z.string(),
  externalRef: z.string(),
  ...{ price: z.number(), tax: z.number(), taxableSubtotal: z.number() },
  ...{
    tip: z.number().nullable(),
    deliveryCharge: z.number().nullable(),
    serviceCharge: z.number().nullish(),
  },
  items: z.array(z.object({ sellingPrice: z.number().nullable() })),
  specials: z.array(z.object({ sellingPrice: z.number().nullable() })),
  adjustment: z.object({ discount: z.number() }).nullish(),
});
const cents = (amount: number | null | undefined) => Math.round((amount ?? 0) * 100);
const sum = (minor: readonly number[]) => minor.reduce((total, one) => total + one, 0);

/** What was answered 200 is what is stored, nothing else; and every sum again, from our own menu's lines where there are some. */
async function checkStored({ world }: Counter, accepted: readonly string[]): Promise<void> {
  // One that was posted as paid is marked paid behind its lines.
  const writes = (await world.rows()).writes.filter(({ kind }) => kind === 'create-order');
  const saved = await world.orders();
  const made = accepted.map((body) => answered.parse(JSON.parse(body)));
  assert.equal(writes.length, made.filter(({ status }) => status === 'made').length);
  for (const order of made) {
    const sold = [...order.items, ...order.specials].map(({ sellingPrice }) => sellingPrice);
    if (sold.includes(null)) continue;
    const subtotal = sum(sold.map(cents)) - cents(order.adjustment?.discount);
    const tax = Math.floor((subtotal * 1625 + 5000) / 10_000);
    const more = sum([order.tip, order.deliveryCharge, order.serviceCharge].map(cents));
    assert.deepEqual(
      [cents(order.taxableSubtotal), cents(order.tax), cents(order.price)],
      [subtotal, tax, subtotal + tax + more],
      JSON.stringify(order),
    );
    const row = saved.find((one) => one.external_ref === order.externalRef);
    const write = writes.find((one) => one.order_id === row?.order_id && row.order_id !== null);
    if (write?.payload.kind !== 'create-order') continue;
    const { lines, thirdParty } = write.payload;
    const off = sum((thirdParty?.discounts ?? []).map(({ amount }) => amount.amountMinor));
    const adHoc = lines.some(({ note }) => note !== undefined);
    if (!adHoc) assert.equal(sum(lines.map(({ price }) => price.amountMinor)) - off, subtotal, row?.posted);
  }
}
