import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { identifyOrder, readOrder } from '#acceptance/read-order.ts';
import { makeStoreRules } from '#acceptance/store-rules.ts';
import {
  examplePost as pizzeriaPost,
  freshState,
  noonMs,
  smallPizzeria,
  storeOf,
} from '#acceptance/test-pizzeria.ts';
import type { IntakeName, IntakeProfile } from '#domain/intake.ts';
import { makeCatalogue } from './catalogue.ts';
import { makeJoinedRules, makeLineRules } from './intake-rules.ts';
import { judgeOrder } from './judge-order.ts';
import type { Intake, Judged } from './judge-order.ts';
import { extra, pizzaMenu } from './test-menu.ts';
import { examplePost } from './test-post.ts';

const place = { tableId: 't1', orderTypeRef: null, stationRef: null };
const profile: IntakeProfile = {
  pickup: place,
  delivery: place,
  priceCheck: 'lines',
  store: null,
  discountCode: '30',
  preparationMinutes: 20,
};
const random = (count: number) => new Uint8Array(count).fill(7);

function intakeWith(words: readonly IntakeName[] = [extra]): Intake {
  const catalogue = makeCatalogue(pizzaMenu, words);
  const pos = { lineNotes: true, portions: true };
  return { profile, catalogue, rules: makeLineRules(catalogue, profile), pos };
}

function judge(intake: Intake, order: unknown, suspend = false): Judged {
  const read = readOrder(typeof order === 'string' ? order : JSON.stringify(order));
  if (read.kind === 'refused') return read;
  const identified = identifyOrder(read.body, intake.rules);
  if (identified.kind === 'refused') return identified;
  const post = { body: read.body, identity: identified.identity, suspend, nowMs: noonMs };
  return judgeOrder(intake, post, random);
}

const codeOf = (judged: Judged) => (judged.kind === 'refused' ? judged.refusal.code : 'accepted');
const [item] = examplePost.items;
const withItem = (change: object, more: object = {}) => ({
  ...examplePost,
  ...more,
  items: [{ ...item, ...change }],
});

describe('words of a third party', () => {
  it('stand beside the menu’s own names and win over them', () => {
    const words: IntakeName[] = [
      extra,
      { kind: 'category', withinId: null, name: 'Pies', targetId: 'pizza', units: null },
      { kind: 'item', withinId: 'pizza', name: 'Plain', targetId: 'Cheese', units: null },
      { kind: 'size', withinId: 'Cheese', name: 'Small', targetId: 'Cheese 10"', units: null },
      { kind: 'ingredient', withinId: null, name: 'Salami', targetId: 'Pepperoni', units: null },
    ];
    const order = withItem({
      category: 'Pies',
      item: 'Plain',
      size: 'Small',
      ingredients: [{ ingredient: 'Salami', qualifiers: ['Extra'] }],
    });
    const judged = judge(intakeWith(words), order);
    assert.ok(judged.kind === 'accepted', JSON.stringify(judged));
    const [line] = judged.plan?.lines ?? [];
    assert.deepEqual(
      [line?.itemId, line?.variantId, line?.modifiers[0]?.modifierId, line?.modifiers[0]?.quantity],
      ['Cheese', 'Cheese 10"', 'Pepperoni', 2],
    );
    assert.equal(codeOf(judge(intakeWith(), order)), 1102);
  });

  it('stand for nothing when what they point to is no longer on the menu', () => {
    const gone: IntakeName = { kind: 'item', withinId: null, name: 'Old', targetId: 'removed', units: null };
    assert.equal(codeOf(judge(intakeWith([extra, gone]), withItem({ item: 'Old' }))), 1111);
  });

  it('let a narrower word win over one that holds anywhere', () => {
    const light: IntakeName = {
      kind: 'qualifier',
      withinId: 'Pepperoni',
      name: 'Extra',
      targetId: null,
      units: 1,
    };
    const order = withItem({ sellingPrice: 10.35 }, { price: 13.11 });
    assert.equal(codeOf(judge(intakeWith([light, extra]), order)), 'accepted');
  });

  it('take a modifier named after qualifier and ingredient for the two', () => {
    const ingredients = [{ ingredient: 'Onion', qualifiers: ['Extra'] }];
    const order = withItem({ ingredients, sellingPrice: 10.85 }, { price: 13.61 });
    const judged = judge(intakeWith([]), order);
    assert.ok(judged.kind === 'accepted', JSON.stringify(judged));
    assert.deepEqual(
      judged.plan?.lines[0]?.modifiers.map((modifier) => modifier.name),
      ['Extra Onion'],
    );
  });

  it('take a default off, and leave it alone when it is named', () => {
    const basil = (ordered: boolean) =>
      withItem(
        {
          item: 'Margherita',
          size: 'Regular',
          sellingPrice: 9.5,
          ingredients: [{ ingredient: 'Basil', ordered }],
        },
        { price: 12.26 },
      );
    const quantity = (judged: Judged) =>
      judged.kind === 'accepted' ? judged.plan?.lines[0]?.modifiers[0]?.quantity : undefined;
    assert.equal(quantity(judge(intakeWith(), basil(false))), 0);
    assert.equal(quantity(judge(intakeWith(), basil(true))), 1);
  });

  it('split a line of more units than one line of ours holds', () => {
    const order = withItem({ quantity: 45, sellingPrice: 533.25 }, { price: 536.01 });
    const judged = judge(intakeWith(), order);
    assert.ok(judged.kind === 'accepted', JSON.stringify(judged));
    assert.deepEqual(
      judged.plan?.lines.map((line) => line.quantity),
      [20, 20, 5],
    );
  });

  it('never bring a card number into the POS’s comment', () => {
    const customer = { ...examplePost.customer, address: 'card 4111 1111 1111 1111' };
    const judged = judge(intakeWith(), { ...examplePost, customer });
    assert.ok(judged.kind === 'accepted');
    assert.doesNotMatch(judged.plan?.thirdParty.comment ?? '', /4111/);
  });
});

describe('an intake with a store definition', () => {
  const store = storeOf(smallPizzeria);
  const menu = JSON.parse(JSON.stringify(pizzaMenu).replaceAll('EUR', 'USD')) as typeof pizzaMenu;
  const catalogue = makeCatalogue(menu, [extra]);
  const rules = makeJoinedRules(catalogue, profile, makeStoreRules(store, freshState(store)));
  const intake: Intake = { profile, catalogue, rules, pos: { lineNotes: true, portions: true } };

  it('prices the store’s way and cooks ours', () => {
    const judged = judge(intake, pizzeriaPost);
    assert.equal(codeOf(judge(intake, { ...pizzeriaPost, tax: 1.77 })), 1561);
    assert.ok(judged.kind === 'accepted', JSON.stringify(judged));
    assert.deepEqual([judged.plan?.total.amountMinor, judged.order.totals.price.amountMinor], [1085, 1461]);
  });

  it('knows only what both know', () => {
    const onlyTheirs = { ...pizzeriaPost, items: [{ ...item, item: 'Calzone' }] };
    const onlyOurs = { ...pizzeriaPost, items: [{ ...item, item: 'Margherita', size: 'Regular' }] };
    assert.deepEqual([codeOf(judge(intake, onlyTheirs)), codeOf(judge(intake, onlyOurs))], [1111, 1111]);
    assert.equal(codeOf(judge(intake, { ...pizzeriaPost, deferTime: noonMs + 15 * 86_400_000 })), 1420);
  });
});

describe('a mutated order', () => {
  const values = fc.oneof(
    fc.constantFrom(null, '', true, false, 0, -1, 1.005, 1e21, 'x', [], {}, '10"', 'Extra', 11.85),
    fc.jsonValue(),
  );
  const paths = [
    ['type'],
    ['source'],
    ['paid'],
    ['price'],
    ['tax'],
    ['tip'],
    ['discount'],
    ['deliveryCharge'],
    ['serviceCharge'],
    ['deferTime'],
    ['instructions'],
    ['customer'],
    ['customer', 'phone'],
    ['customer', 'zip'],
    ['customer', 'diff1'],
    ['items'],
    ['items', '0'],
    ['items', '0', 'category'],
    ['items', '0', 'item'],
    ['items', '0', 'size'],
    ['items', '0', 'quantity'],
    ['items', '0', 'sellingPrice'],
    ['items', '0', 'ingredients'],
    ['items', '0', 'ingredients', '0'],
    ['items', '0', 'ingredients', '0', 'qualifiers'],
    ['items', '0', 'ingredients', '0', 'ordered'],
    ['specials'],
    ['adjustment'],
    ['adjustment', 'discount'],
    ['externalRef'],
    ['externalNumber'],
  ];

  it('is refused with a code, or accepted at the sum of its parts; nothing is thrown', () => {
    const intake = intakeWith();
    let accepted = 0;
    const mutation = fc.record({ path: fc.constantFrom(...paths), value: values });
    fc.assert(
      fc.property(fc.array(mutation, { maxLength: 3 }), fc.boolean(), (mutations, suspend) => {
        const order = structuredClone(examplePost) as unknown;
        for (const { path, value } of mutations) setAt(order, path, structuredClone(value));
        const judged = judge(intake, order, suspend);
        if (judged.kind === 'refused') {
          assert.ok(judged.refusal.code >= 1000 && judged.refusal.text !== '');
          return;
        }
        accepted += 1;
        if (judged.plan === null) return;
        const { totals, items, specials, adjustment } = judged.order;
        const lines = [...items, ...specials].reduce((sum, line) => sum + (line.price?.amountMinor ?? 0), 0);
        const subtotal = lines - (adjustment?.discount.amountMinor ?? 0);
        assert.equal(totals.taxableSubtotal.amountMinor, subtotal);
        const more = [totals.tax, totals.tip, totals.deliveryCharge, totals.serviceCharge];
        assert.equal(
          totals.price.amountMinor,
          more.reduce((sum, part) => sum + part.amountMinor, subtotal),
        );
        assert.equal(judged.plan.total.amountMinor, subtotal);
      }),
      { numRuns: runs },
    );
    assert.ok(accepted > runs / 100, `only ${accepted} were accepted`);
  });
});

/** A hundred thousand with MUTATED_ORDERS=100000; every check of a change runs enough to notice. */
const runs = Number(process.env['MUTATED_ORDERS'] ?? 5_000);

function setAt(root: unknown, path: readonly string[], value: unknown): void {
  let at = root as Record<string, unknown> | undefined;
  for (const key of path.slice(0, -1)) {
    const next = at?.[key];
    at = typeof next === 'object' && next !== null ? (next as Record<string, unknown>) : undefined;
  }
  const last = path.at(-1);
  if (at !== undefined && last !== undefined) at[last] = value;
}
