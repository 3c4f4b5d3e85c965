import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MenuItem } from '#domain/menu.ts';
import type { PosMenu } from '#contract/snapshot.ts';
import { dishes, menuSettings, orderMenu, references, restaurant } from './test-menu.ts';
import { connectTo, eur, never, ok } from './test-pos.ts';
import type { Rig } from './test-pos.ts';

describe('GetRestaurantMenu', () => {
  it('shows what is active, for sale and for guests, in the order of the references', async () => {
    const menu = await readMenu(connectTo(restaurant(), { settings: menuSettings }));
    assert.deepEqual(
      menu.categories.map((category) => [category.name, category.items.map((item) => item.name)]),
      [['Kitchen', ['Soup', 'Coffee', 'Draught Beer']]],
    );
    const soup = itemNamed(menu, 'Soup');
    assert.deepEqual(
      [soup.itemId, soup.description, soup.price, soup.taxes],
      ['dish-1', 'Tomato soup', eur(800), [{ code: '2', included: true }]],
    );
  });

  it('makes variants of a marked mandatory group and of joined dishes only', async () => {
    const menu = await readMenu(connectTo(restaurant(), { settings: menuSettings }));
    assert.deepEqual(
      itemNamed(menu, 'Coffee').variants.map((variant) => [variant.variantId, variant.name, variant.price]),
      [
        ['modi-77', 'Small', eur(300)],
        ['modi-78', 'Large', eur(400)],
      ],
    );
    const beer = itemNamed(menu, 'Draught Beer');
    assert.equal(beer.itemId, 'join-draught-beer');
    assert.deepEqual(
      beer.variants.map((variant) => [variant.variantId, variant.name, variant.price, variant.availability]),
      [
        ['dish-3', '0.3', eur(350), { state: 'limited', remaining: 2 }],
        ['dish-4', '0.5', eur(550), { state: 'available' }],
      ],
    );
    const plain = await readMenu(connectTo(restaurant()));
    assert.deepEqual(itemNamed(plain, 'Coffee').variants, []);
    assert.ok(itemNamed(plain, 'Beer 0.3'));
  });

  it('reads limits, free units, defaults and nested groups of a scheme', async () => {
    const menu = await readMenu(connectTo(restaurant(), { settings: menuSettings }));
    const [milk] = itemNamed(menu, 'Coffee').modifierGroups;
    assert.deepEqual(
      [milk?.modifierGroupId, milk?.minSelections, milk?.maxSelections, milk?.freeSelections],
      ['group-71', 0, null, 1],
    );
    assert.deepEqual(
      milk?.modifiers.map((modifier) => [
        modifier.modifierId,
        modifier.price,
        modifier.maxQuantity,
        modifier.default,
        modifier.removable,
      ]),
      [
        ['modi-80', eur(0), 2, true, true],
        ['modi-81', eur(50), 20, false, false],
      ],
    );
    const strict = await readMenu(
      connectTo(restaurant(), { settings: { ...menuSettings, upLimitZero: 'one' } }),
    );
    assert.equal(itemNamed(strict, 'Coffee').modifierGroups[0]?.maxSelections, 1);
  });

  it('reads a reference again only when its version moved, and hashes everything but availability', async () => {
    const sold = restaurant({
      GetDishRests: [ok(''), ok('<DishRest id="1" code="11" name="Soup" quantity="0" prohibited="1"/>')],
    });
    const rig = connectTo(sold, { settings: menuSettings });
    const first = await rig.connector.readMenu(never);
    const readings = () => rig.commands().filter((command) => command === 'GetRefData').length;
    assert.equal(readings(), 6);
    const second = await rig.connector.readMenu(never);
    assert.equal(readings(), 6);
    assert.ok(first.kind === 'read' && second.kind === 'read');
    assert.equal(first.value.menu.menuVersion, second.value.menu.menuVersion);
    assert.equal(itemNamed(second.value.menu, 'Soup').availability.state, 'sold-out');
    const items = references['MenuItems'];
    assert.ok(items !== undefined);
    items.version += 1;
    try {
      const third = await rig.connector.readMenu(never);
      assert.equal(readings(), 7);
      assert.ok(third.kind === 'read' && third.value.sourceVersion !== first.value.sourceVersion);
    } finally {
      items.version -= 1;
    }
  });

  it('takes loyalty prices from the second endpoint', async () => {
    const rig = connectTo(
      restaurant({
        GetOrderMenu: [orderMenu(), orderMenu('<Item Ident="1" Price="700"/><Item Ident="2" Price="300"/>')],
      }),
      { settings: { ...menuSettings, loyalty: { endpoint: 'https://loyalty.example/rk7' } } },
    );
    const menu = await readMenu(rig);
    assert.deepEqual(itemNamed(menu, 'Soup').loyaltyPrice, eur(700));
    assert.equal(itemNamed(menu, 'Coffee').loyaltyPrice, undefined);
    assert.equal(rig.sent.at(-1)?.url, 'https://loyalty.example/rk7');
    assert.equal(rig.connector.capabilities.loyaltyMenu, true);
  });

  it('fails rather than guess when an answer is not what it should be', async () => {
    const rig = connectTo(
      restaurant({ GetOrderMenu: [ok('<Dishes><Item Ident="1" Price="8.00"/></Dishes>')] }),
    );
    const menu = await rig.connector.readMenu(never);
    assert.ok(menu.kind === 'failed' && menu.error.code === 'bad-answer' && menu.answered);
  });
});

describe('availability', () => {
  it('names what is missing from the order menu, prohibited, limited or on the modifiers’ stop list', async () => {
    const rig = connectTo(
      restaurant({
        GetOrderMenu: [orderMenu(dishes.replace('<Item Ident="1" Price="800"/>', ''))],
        GetDishRests: [ok('<DishRest id="4" code="14" name="Beer 0.5" quantity="0" prohibited="1"/>')],
        GetModifierStopList: [ok('<Modifier id="81" code="4" name="Oat"><Reason id="1"/></Modifier>')],
      }),
      { settings: menuSettings },
    );
    const read = await rig.connector.readAvailability(never);
    assert.ok(read.kind === 'read');
    assert.deepEqual(read.value.items['dish-1'], { state: 'sold-out' });
    assert.equal(read.value.items['join-draught-beer'], undefined);
    assert.deepEqual(read.value.variants['dish-3'], { state: 'limited', remaining: 2 });
    assert.deepEqual(read.value.variants['dish-4'], { state: 'sold-out' });
    assert.deepEqual(read.value.modifiers, { 'modi-81': { state: 'sold-out' } });
    const sent = rig.sent.find((entry) => entry.command === 'GetOrderMenu')?.element;
    assert.equal(sent?.attributes['checkrests'], '1');
  });
});

describe('GetRestaurantModifiersGroups', () => {
  it('lists each group a scheme uses once', async () => {
    const read = await connectTo(restaurant()).connector.readModifierGroups(never);
    assert.ok(read.kind === 'read');
    assert.deepEqual(
      read.value.groups.map((group) => group.modifierGroupId),
      ['group-70', 'group-71'],
    );
  });
});

async function readMenu(rig: Rig): Promise<PosMenu['menu']> {
  const read = await rig.connector.readMenu(never);
  assert.ok(read.kind === 'read', JSON.stringify(read));
  return read.value.menu;
}

function itemNamed(menu: PosMenu['menu'], name: string): MenuItem {
  const item = menu.categories.flatMap((category) => category.items).find((entry) => entry.name === name);
  assert.ok(item !== undefined, `no ${name} on the menu`);
  return item;
}
