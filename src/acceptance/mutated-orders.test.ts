import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addMoney, money } from '#domain/money.ts';
import type { Money } from '#domain/money.ts';
import { readAmount, shareOf } from './amounts.ts';
import { checkOrder } from './check-order.ts';
import { acceptanceCodes, refusalBody } from './codes.ts';
import type { JsonObject } from './json.ts';
import { isObject, parseJson } from './json.ts';
import type { AcceptedOrder, OrderItem } from './order.ts';
import { identifyOrder, readOrder } from './read-order.ts';
import { renderOrder } from './render-order.ts';
import { makeStoreRules } from './store-rules.ts';
import { examplePost, freshState, noonMs, smallPizzeria, storeOf } from './test-pizzeria.ts';

const ordersPosted = 100_000;

const store = storeOf(smallPizzeria);
const rules = makeStoreRules(store, freshState(store));
const codes = new Set<number>(acceptanceCodes);

/** xorshift32: the same orders in every run, so that a failure can be found again by its number. */
function makeRandom(seed: number) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return {
    below: (limit: number) => Math.floor(next() * limit),
    pick: <Value>(values: readonly Value[]): Value => values[Math.floor(next() * values.length)] as Value,
  };
}
type Random = ReturnType<typeof makeRandom>;

const cents = (minor: number) => minor / 100;
const pizzaPrices = { '10"': 945, '14"': 1345 } as const;
const pepperoni = { '10"': 160, '14"': 210 } as const;

/** An order that is right, put together from the menu by a second, independent hand. */
function rightOrder(random: Random, number: number): Record<string, unknown> {
  const lines = Array.from({ length: 1 + random.below(3) }, () => rightLine(random));
  const sum = lines.reduce((minor, line) => minor + line.minor, 0);
  const off = random.below(3) === 0 ? random.below(300) : 0;
  const subtotal = sum - off;
  const tax = Math.floor((subtotal * 1625 + 5000) / 10_000);
  const tip = random.below(500);
  const isDelivery = random.below(3) === 0;
  const charge = isDelivery ? 350 : 0;
  return {
    ...examplePost,
    type: isDelivery ? 'Delivery' : 'Pickup',
    source: random.pick(['third party', 'GRUBHUB', 'Uber Eats']),
    price: cents(subtotal + tax + tip + charge),
    tax: random.below(2) === 0 ? cents(tax) : null,
    taxableSubtotal: cents(subtotal),
    tip: cents(tip),
    deliveryCharge: random.below(2) === 0 ? cents(charge) : null,
    deferTime: random.below(5) === 0 ? noonMs + random.below(9) * 3_600_000 : null,
    items: lines.map(({ line }) => line),
    adjustment: off === 0 ? null : { name: 'off', discount: cents(off) },
    externalRef: `order-${number}`,
  };
}

function rightLine(random: Random): { readonly line: Record<string, unknown>; readonly minor: number } {
  const size = random.pick(['10"', '14"'] as const);
  const quantity = 1 + random.below(4);
  const top = random.pick(['none', 'whole', 'half', 'extra'] as const);
  const full = top === 'extra' ? Math.floor((pepperoni[size] * 3 + 1) / 2) : pepperoni[size];
  const added = top === 'none' ? 0 : top === 'half' ? Math.floor((full + 1) / 2) : full;
  const minor = quantity * (pizzaPrices[size] + added);
  const ingredient = {
    ingredient: 'Pepperoni',
    isLeftHalf: top === 'half',
    ordered: true,
    ...(top === 'extra' ? { qualifiers: ['Extra'] } : {}),
  };
  const ingredients = top === 'none' ? [] : [ingredient];
  return {
    minor,
    line: { category: 'Pizza', item: 'Cheese', size, quantity, sellingPrice: cents(minor), ingredients },
  };
}

const junk: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    '',
    ' ',
    'x',
    'Pizza',
    '11.85',
    0,
    -0.01,
    0.001,
    1,
    1.5,
    -1,
    1e9,
    1e300,
    1e-7,
    14.61,
  ],
  ...[[], {}, [null], [[]], { a: 1 }, 'x'.repeat(600), '\u0000', '\ud800', 'Ω', '__proto__', 'constructor'],
];
const junkKeys = ['__proto__', 'constructor', 'price', 'orderNum', 'serviceCharge', 'couponCode', 'diff2'];

function isUnknownList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Changes one place, anywhere in the order: another value, a value moved, a key gone, a key more, an entry twice. */
function mutate(value: unknown, random: Random): unknown {
  if (isUnknownList(value) && value.length > 0 && random.below(4) > 0) {
    const at = random.below(value.length);
    if (random.below(6) === 0) return [...value, value[at]];
    return value.map((entry, index) => (index === at ? mutate(entry, random) : entry));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && random.below(8) > 0) {
    const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
    const key = entries.length === 0 ? undefined : random.pick(entries)[0];
    const kind = random.below(8);
    if (key === undefined || kind === 0) return { ...value, [random.pick(junkKeys)]: random.pick(junk) };
    if (kind === 1) return Object.fromEntries(entries.filter(([name]) => name !== key));
    if (kind === 2) return { ...value, [key]: random.pick(entries)[1] };
    return { ...value, [key]: mutate((value as Record<string, unknown>)[key], random) };
  }
  return random.pick(junk);
}

/** A broken letter, rarely: what was valid JSON may be no more. */
function spell(order: unknown, random: Random): string {
  const text = JSON.stringify(order);
  if (random.below(20) > 0) return text;
  const at = random.below(text.length);
  return text.slice(0, at) + random.pick(['', '"', '}', '0', '-', ',', '\\']) + text.slice(at + 1);
}

describe('a hundred thousand orders, most of them wrong', () => {
  it('end in a documented code or in an order whose every sum is right', () => {
    const random = makeRandom(20_261_124);
    const seen = new Map<number, number>();
    let accepted = 0;
    for (let number = 0; number < ordersPosted; number += 1) {
      let order: unknown = rightOrder(random, number);
      for (let changes = random.below(4); changes > 0; changes -= 1) order = mutate(order, random);
      const text = spell(order, random);
      const suspend = random.below(10) === 0;
      const code = postOne(text, suspend, number);
      if (code === undefined) accepted += 1;
      else seen.set(code, (seen.get(code) ?? 0) + 1);
    }
    // The test must have something to look at on both sides.
    assert.ok(accepted > ordersPosted / 10, `only ${accepted} were accepted`);
    assert.ok(seen.size >= 35, `only ${seen.size} codes were seen: ${[...seen.keys()].toString()}`);
  });

  it('would notice a sum that is wrong', () => {
    const random = makeRandom(7);
    const order = rightOrder(random, 1);
    const more = { ...order, price: Number(order['price']) + 0.01 };
    assert.equal(postOne(JSON.stringify(order), false, 0), undefined);
    assert.equal(postOne(JSON.stringify(more), false, 0), 1560);
  });
});

/** The code of the refusal; undefined for an order that was accepted and looked at. */
function postOne(text: string, suspend: boolean, number: number): number | undefined {
  const read = readOrder(text);
  const identified = read.kind === 'refused' ? read : identifyOrder(read.body, rules);
  const checked =
    read.kind === 'refused' || identified.kind === 'refused'
      ? identified
      : checkOrder(rules, { body: read.body, identity: identified.identity, suspend, nowMs: noonMs });
  if (checked.kind === 'refused') {
    const { code } = checked.refusal;
    assert.ok(codes.has(code), `${number}: ${code}`);
    assert.equal((JSON.parse(refusalBody(checked.refusal)) as { response: string }).response, '');
    return code;
  }
  assert.ok(checked.kind === 'accepted' && read.kind === 'read');
  checkAccepted(checked.order, read.body, `${number}: ${text}`);
  return undefined;
}

/** Every sum again, from what is on the order; and what the client said, where it said something. */
function checkAccepted(order: AcceptedOrder, body: JsonObject, why: string): void {
  const { totals } = order;
  const known = order.items.every(({ price }) => price !== null);
  if (order.missing.length === 0) assert.ok(known, why);
  assert.ok(order.externalRef !== '' && order.items.length + order.specials.length > 0, why);
  if (!known) return;
  const lines = order.items.map((item) => againstMenu(item, why));
  const specials = order.specials.map((special) => special.price ?? money(0, 'USD'));
  const sum = [...lines, ...specials].reduce(addMoney, money(0, 'USD')).amountMinor;
  const subtotal = sum - (order.adjustment?.discount.amountMinor ?? 0);
  assert.equal(totals.taxableSubtotal.amountMinor, subtotal, why);
  assert.equal(totals.tax.amountMinor, Math.floor((subtotal * 1625 + 5000) / 10_000), why);
  const { tax, tip, deliveryCharge, serviceCharge, price } = totals;
  const total = [tax, tip, deliveryCharge, serviceCharge].reduce(
    (minor, part) => minor + part.amountMinor,
    subtotal,
  );
  assert.equal(price.amountMinor, total, why);
  const sent = readAmount(body.get('price'), 'USD');
  assert.equal(sent?.amountMinor ?? total, total, why);
  const rendered = parseJson(renderOrder(order, { orderNum: '1', orderedAtMs: noonMs, status: 'made' }));
  assert.ok(rendered.kind === 'parsed' && isObject(rendered.value), why);
  assert.deepEqual(readAmount(rendered.value.get('price'), 'USD'), price, why);
}

/** Pizza, the only thing whose price moves, priced from the menu as it stands in the file. */
function againstMenu(item: OrderItem, why: string): Money {
  const price = item.price ?? money(0, 'USD');
  if (item.category !== 'Pizza' || item.item !== 'Cheese') return price;
  const extras = item.ingredients.map((entry) => {
    const full = entry.adHocPrice?.amountMinor ?? pepperoni[item.size === '14"' ? '14"' : '10"'];
    if (!entry.ordered || (entry.adHocPrice === null && entry.ingredient !== 'Pepperoni')) return undefined;
    const words = entry.qualifiers.includes('Extra') ? 150 : 100;
    const whole = shareOf(money(full, 'USD'), words, 100);
    return (entry.half === null ? whole : shareOf(whole, 1, 2)).amountMinor;
  });
  if (extras.some((extra) => extra === undefined)) return price;
  const unit = extras.reduce<number>(
    (minor, extra) => minor + (extra ?? 0),
    pizzaPrices[item.size === '14"' ? '14"' : '10"'],
  );
  assert.equal(price.amountMinor, unit * item.quantity, why);
  return price;
}
