import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { acceptanceCodes } from '#acceptance/codes.ts';
import type { Menu, MenuItem, ModifierGroup } from '#domain/menu.ts';
import { money } from '#domain/money.ts';
import type { Chosen, RequestedLine } from '#domain/order.ts';
import { foodtecCommands } from './client.ts';
import { foodtec } from './connector.ts';
import { outcomeOf } from './map-error.ts';
import { extraPepperoni, lineOf, makeTestSite, never, paidCart } from './test-site.ts';
import { connectionTo } from './twin/connection.ts';
import { readPizzeria } from './twin/pizzeria.ts';

type Shown = {
  orderRef: string;
  externalRef: string;
  externalNumber: string | null;
  customer: { name: string; phone: string | null; deliveryInstructions: string | null };
  instructions: string;
  paid: boolean;
  total: number;
  tax: number;
  tip: number;
  lines: { name: string; size: string; modifiers: { name: string }[] }[];
};

describe('the FoodTec connector', () => {
  it('reads the store file as a menu: sizes, prices by size, choices, tax on top', async () => {
    const { menu } = await makeTestSite();
    const pizza = itemOf(menu, 'pizza.cheese');
    assert.deepEqual(
      pizza.variants.map(({ name, price }) => [name, price.amountMinor]),
      [
        ['10"', 945],
        ['14"', 1345],
        ['18"', 1795],
      ],
    );
    assert.deepEqual(pizza.taxes, [{ code: 'sales-tax', included: false, rate: 16_250 }]);
    const pepperoni = pizza.modifierGroups[0]?.modifiers.find(({ name }) => name === 'Pepperoni');
    assert.equal(pepperoni?.variantPrices?.['pizza.cheese.14']?.amountMinor, 210);
    assert.equal(lineOf(menu, extraPepperoni).price.amountMinor, 1185);
    assert.equal(itemOf(menu, 'dessert.tiramisu').variants.length, 0);
    assert.equal(itemOf(menu, 'wings.bone-in').modifierGroups[0]?.minSelections, 1);
  });

  it('makes a paid order of a paid cart: sums, tip, table, short code, notes', async () => {
    const { connector, twin, menu } = await makeTestSite();
    const cart = paidCart(menu, [{ ...extraPepperoni, note: 'cut in eight' }]);
    const outcome = await connector.placeRound(cart, never);
    assert.equal(outcome.kind, 'applied', JSON.stringify(outcome));
    const [order] = twin.world.orders() as Shown[];
    assert.ok(order);
    assert.deepEqual(
      [order.externalRef, order.paid, order.total, order.tax, order.tip, order.customer.name],
      [cart.roundReference, true, 1185 + 193 + 200, 193, 200, 'Table Window 7'],
    );
    const code = cart.orderReference.slice(0, 4).toUpperCase();
    assert.equal(order.instructions, `${code} · Cheese: cut in eight`);
    const [ticket] = twin.world.tickets();
    assert.deepEqual([ticket?.table, ticket?.lines[0]?.modifiers], ['Window 7', ['Extra Pepperoni']]);
  });

  it('has nothing left to tell the store when the order is marked paid', async () => {
    const { connector, menu, received } = await makeTestSite();
    const cart = paidCart(menu, [extraPepperoni]);
    await connector.placeRound(cart, never);
    const before = received.length;
    const paid = await connector.markPaid(
      {
        kind: 'mark-paid',
        orderReference: cart.orderReference,
        posRef: cart.roundReference,
        paymentReference: cart.orderReference,
        amount: money(1378, 'USD'),
        tips: [],
      },
      never,
    );
    assert.equal(paid.kind, 'applied');
    assert.equal(received.length, before);
  });

  it('prices every order of the menu to the cent as the store does, halves and words included', async () => {
    const { connector, twin, menu } = await makeTestSite();
    const items = menu.categories.flatMap((category) => category.items);
    await fc.assert(
      fc.asyncProperty(fc.array(requestedLine(items), { minLength: 1, maxLength: 4 }), async (lines) => {
        const cart = paidCart(menu, lines, 150);
        const outcome = await connector.placeRound(cart, never);
        assert.equal(outcome.kind, 'applied', JSON.stringify([outcome, lines]));
        const order = (twin.world.orders() as Shown[]).at(-1);
        assert.equal(order?.total, (cart.paidAhead?.amount.amountMinor ?? 0) + 150);
      }),
      { numRuns: 300 },
    );
  });

  it('writes a note that does not fit into the instructions on its item', async () => {
    const { connector, twin, menu } = await makeTestSite();
    const long = `${'no nuts please '.repeat(9)}thanks`;
    await connector.placeRound(
      paidCart(menu, [
        { ...extraPepperoni, note: 'well done' },
        { itemId: 'dessert.tiramisu', modifiers: [], quantity: 1, note: long },
      ]),
      never,
    );
    const [order] = twin.world.orders() as Shown[];
    assert.match(order?.instructions ?? '', /Cheese: well done$/);
    assert.equal(order?.lines[1]?.modifiers.map(({ name }) => name).join(''), long);
  });

  it('finds its order again when the answer was lost: the store knows the reference', async () => {
    const { connector, twin, menu, intercept } = await makeTestSite();
    const cart = paidCart(menu, [extraPepperoni]);
    intercept(() => ({ kind: 'no-answer', reason: 'reset', sent: 'maybe', answerBytes: false, detail: '' }));
    assert.equal((await connector.placeRound(cart, never)).kind, 'unknown');
    intercept(undefined);
    const again = await connector.placeRound(cart, never);
    assert.ok(again.kind === 'applied' && again.repeated);
    assert.equal(twin.world.tickets().length, 1);
  });

  it('offers no tables, no further rounds and no reads of orders, and says so', async () => {
    const { connector, menu } = await makeTestSite();
    const { capabilities } = connector;
    assert.deepEqual(
      [capabilities.appendRounds, capabilities.readTables, capabilities.readOrders, capabilities.readBack],
      [false, false, false, 'none'],
    );
    assert.equal(capabilities.markPaid, 'at-create');
    assert.equal((await connector.readTables(never)).kind, 'failed');
    assert.equal((await connector.readOrder('1', never)).kind, 'failed');
    assert.ok(!('sendMessage' in connector) && !('applyCard' in connector) && !('readBack' in connector));
    const append = { ...paidCart(menu, [extraPepperoni]), kind: 'append-round' as const };
    assert.equal((await connector.placeRound(append, never)).kind, 'refused');
  });

  it('is read-only while the store is closed, and says why', async () => {
    const { connector, twin, menu } = await makeTestSite();
    twin.press('store-fault', { fault: 'closed' });
    const outcome = await connector.placeRound(paidCart(menu, [extraPepperoni]), never);
    assert.ok(outcome.kind === 'not-applied' && outcome.error.code === 'store-closed');
    const status = await connector.readStatus(never);
    assert.equal(status.kind === 'read' && status.value.closedFor?.code, 'store-closed');
    twin.advance(16 * 60_000);
    const later = await connector.readStatus(never);
    assert.ok(later.kind === 'read' && later.value.closedFor === undefined);
  });

  it('stops offering what the store has no more of, and only that', async () => {
    const { connector, twin, menu } = await makeTestSite();
    twin.press('sell-out', { category: 'Pizza', item: 'Cheese' });
    const cart = paidCart(menu, [{ itemId: 'dessert.tiramisu', modifiers: [], quantity: 1 }, extraPepperoni]);
    const outcome = await connector.placeRound(cart, never);
    assert.ok(outcome.kind === 'refused' && outcome.error.code === 'item-sold-out');
    const seen = await connector.readAvailability(never);
    assert.deepEqual(seen.kind === 'read' && seen.value.items, { 'pizza.cheese': { state: 'sold-out' } });
    twin.advance(9 * 3_600_000);
    const later = await connector.readAvailability(never);
    assert.deepEqual(later.kind === 'read' && later.value.items, {});
  });

  it('stops offering what the store prices otherwise, until the store file is renewed', async () => {
    const { connector, twin, menu } = await makeTestSite();
    twin.press('set-price', { category: 'Pizza', item: 'Cheese', size: '10"', price: '10.45' });
    const outcome = await connector.placeRound(paidCart(menu, [extraPepperoni]), never);
    assert.ok(outcome.kind === 'refused' && outcome.error.code === 'price-changed');
    const seen = await connector.readAvailability(never);
    assert.ok(seen.kind === 'read' && 'pizza.cheese' in seen.value.items);
  });

  it('sends nothing that would cost another sum than the guest paid', async () => {
    const { connector, menu, received } = await makeTestSite();
    const cart = paidCart(menu, [extraPepperoni]);
    const less = { amount: money(1000, 'USD'), tip: money(0, 'USD') };
    const outcome = await connector.placeRound({ ...cart, paidAhead: less }, never);
    assert.ok(outcome.kind === 'refused' && outcome.error.code === 'price-changed');
    assert.deepEqual(received, []);
  });

  it('writes a third party order with its number, comment and discounts', async () => {
    const { connector, twin, menu } = await makeTestSite();
    const { paidAhead: _, ...cart } = paidCart(menu, [extraPepperoni]);
    const outcome = await connector.placeRound(
      {
        ...cart,
        thirdParty: {
          comment: 'Jo Miller 617-555-0134',
          customer: { name: 'Jo Miller', phone: '617-555-0134' },
          externalNumber: '0123456789',
          orderTypeRef: null,
          stationRef: null,
          discounts: [{ code: 'x', name: 'Regular guest', amount: money(100, 'USD') }],
          tip: money(200, 'USD'),
          paid: true,
        },
      },
      never,
    );
    assert.equal(outcome.kind, 'applied', JSON.stringify(outcome));
    const [order] = twin.world.orders() as Shown[];
    assert.deepEqual(
      [order?.externalNumber, order?.total, order?.tip, order?.paid],
      ['0123456789', 1085 + 176 + 200, 200, true],
    );
    const { name, phone, deliveryInstructions } = order?.customer ?? {};
    assert.deepEqual(
      [name, phone, deliveryInstructions],
      ['Jo Miller', '617-555-0134', 'Jo Miller 617-555-0134'],
    );
  });

  it('has one outcome for every code, and none of a 400 is unknown', () => {
    for (const code of acceptanceCodes.filter((one) => one !== 1003)) {
      const outcome = outcomeOf({ kind: 'rejected', code, text: 'x' });
      assert.ok(outcome.kind === 'refused' || outcome.kind === 'not-applied', String(code));
      assert.equal(outcome.error.vendorCode, String(code));
    }
    assert.equal(outcomeOf({ kind: 'rejected', code: 1999, text: '' }).kind, 'unknown');
    assert.equal(outcomeOf({ kind: 'http', status: 500 }).kind, 'unknown');
    assert.equal(outcomeOf({ kind: 'http', status: 401 }).error.code, 'auth-failed');
  });

  it('says nothing to the store beyond its closed list, and keeps guests out of the log', async () => {
    const { connector, menu, log, received } = await makeTestSite();
    await connector.readStatus(never);
    await connector.placeRound(paidCart(menu, [{ ...extraPepperoni, note: 'for Anna' }]), never);
    assert.deepEqual(received, ['GET /ws/store/v1/menu/ordertypes', 'POST /ws/store/v1/orders']);
    assert.deepEqual(
      log.map(({ command }) => command),
      [...foodtecCommands],
    );
    const text = JSON.stringify(log);
    assert.ok(text.includes('Pepperoni') && !text.includes('Anna') && !text.includes('Window'));
  });

  it('refuses settings whose store file does not hold together', () => {
    const store = readPizzeria();
    const { settings } = connectionTo(store, { origin: 'https://store.example' });
    assert.equal(foodtec.parseSettings(settings).kind, 'parsed');
    const [first] = store.categories;
    assert.ok(first);
    const bad = [
      { ...settings, endpoint: 'http://store.example' },
      { ...settings, store: { ...store, taxPercent: 16.25 } },
      { ...settings, store: { ...store, categories: [...store.categories, { ...first, name: 'PIZZA' }] } },
      { ...settings, store: { ...store, orderTypes: ['Delivery'] } },
    ];
    for (const one of bad)
      assert.equal(foodtec.parseSettings(one).kind, 'bad', JSON.stringify(one).slice(0, 80));
  });
});

function itemOf(menu: Menu, itemId: string): MenuItem {
  const found = menu.categories.flatMap(({ items }) => items).find((item) => item.itemId === itemId);
  if (found === undefined) throw new Error(`no ${itemId}`);
  return found;
}

/** Any line a guest could ask for: a size, whatever must be chosen, some of the rest, halves, words, removed defaults. */
function requestedLine(items: readonly MenuItem[]): fc.Arbitrary<RequestedLine> {
  return fc.constantFrom(...items).chain((item) =>
    fc.record({
      itemId: fc.constant(item.itemId),
      ...(item.variants.length === 0
        ? {}
        : { variantId: fc.constantFrom(...item.variants.map(({ variantId }) => variantId)) }),
      modifiers: fc
        .tuple(...item.modifierGroups.map(chosenOf))
        .map((groups) => groups.flat() as readonly Chosen[]),
      quantity: fc.integer({ min: 1, max: 5 }),
    }),
  );
}

function chosenOf(group: ModifierGroup): fc.Arbitrary<readonly Chosen[]> {
  return fc
    .subarray([...group.modifiers], {
      minLength: group.minSelections,
      maxLength: Math.min(6, group.modifiers.length),
    })
    .chain((picked) =>
      fc.tuple(
        ...picked.map((modifier) =>
          fc.record({
            modifierId: fc.constant(modifier.modifierId),
            quantity: modifier.default && group.minSelections === 0 ? fc.constantFrom(0, 1) : fc.constant(1),
            word: fc.constantFrom(undefined, ...(modifier.modifierGroups?.[0]?.modifiers ?? [])),
            portion: fc.constantFrom(undefined, 'left' as const, 'right' as const),
          }),
        ),
      ),
    )
    .map((picked) =>
      picked.map(({ modifierId, quantity, word, portion }) => ({
        modifierId,
        quantity,
        ...(portion === undefined || quantity === 0 ? {} : { portion }),
        ...(word === undefined || quantity === 0
          ? {}
          : { modifiers: [{ modifierId: word.modifierId, quantity: 1 }] }),
      })),
    );
}
