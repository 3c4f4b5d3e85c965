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
import { makeRandom, mutate, pepperoni, pizzaPrices, rightOrder, spell } from './test-mutations.ts';
import { freshState, noonMs, smallPizzeria, storeOf } from './test-pizzeria.ts';

const ordersPosted = 100_000;

const store = storeOf(smallPizzeria);
const rules = makeStoreRules(store, freshState(store));
const codes = new Set<number>(acceptanceCodes);

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
  const answer = renderOrder(order, { orderNum: '1', orderedAtMs: noonMs, status: 'made' });
  assert.ok(!/\\u(?:0000|d[89a-f])/i.test(answer), `no database keeps this: ${why}`);
  const rendered = parseJson(answer);
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
