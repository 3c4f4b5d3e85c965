import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { childrenNamed } from '#transport/xml.ts';
import type { XmlElement } from '#transport/xml.ts';

import { fiumeAlPorto, osteriaFiume } from './houses.ts';
import { all, at, ident, makeTestTwin, station } from './test-twin.ts';
import type { TestTwin } from './test-twin.ts';

const items = (twin: TestTwin, attributes: string, content = ''): readonly XmlElement[] =>
  childrenNamed(at(twin.ask('GetRefData', attributes, content), 'RK7Reference', 'Items'), 'Item');

describe('references', () => {
  it('finds a reference whatever the case of its name, and says when there is none', () => {
    const twin = makeTestTwin();
    const counts = ['MENUITEMS', 'MenuItems', 'menuitems'].map(
      (name) => items(twin, `RefName="${name}"`).length,
    );
    assert.deepEqual(counts, [49, 49, 49]);
    const root = twin.ask('GetRefData', 'RefName="Nonsense"');
    assert.equal(root.attributes['ErrorText'], 'Element Nonsense not found in collection References');
    assert.equal(twin.ask('GetRefData').attributes['Status'], 'Bad Query Parameters');
  });

  it('leaves out inactive items for OnlyActive, said with a word or a number', () => {
    const twin = makeTestTwin();
    assert.equal(items(twin, 'RefName="MenuItems" OnlyActive="1"').length, 48);
    assert.equal(items(twin, 'RefName="MenuItems" OnlyActive="true"').length, 48);
  });

  it('gives the properties of the mask, and prices by the number of their price type', () => {
    const twin = makeTestTwin();
    const burrata = ident(osteriaFiume.dishes, 101);
    const [masked] = items(
      twin,
      `RefName="MenuItems" RefItemIdent="${burrata}" PropMask="items.(Code,Name,PRICETYPES-5)"`,
    );
    assert.deepEqual(
      { ...masked?.attributes },
      {
        Ident: String(burrata),
        ItemIdent: String(burrata),
        Code: '101',
        Name: 'Burrata e pomodori al forno',
        'PRICETYPES-5': '1125',
      },
    );
    const [bare] = items(twin, `RefName="MenuItems" RefItemIdent="${burrata}"`);
    assert.equal(bare?.attributes['PRICETYPES-3'], undefined);
    const [macro] = items(twin, `RefName="MenuItems" RefItemIdent="${burrata}" WithMacroProp="true"`);
    assert.equal(macro?.attributes['PRICETYPES-3'], '1250');
    assert.equal(macro?.attributes['MainParentIdent'], String(ident(osteriaFiume.categories, 10)));
  });

  it('writes enumerations as numbers when asked to', () => {
    const [row] = items(makeTestTwin(), 'RefName="ModiSchemes" IgnoreEnums="1"');
    assert.equal(row?.attributes['Status'], '3');
    assert.equal(row?.attributes['ModiSchemeType'], '0');
  });

  it('filters by property', () => {
    const filter = (name: string, value: string, substring: string) =>
      `<PROPFILTERS><PROPFILTER Name="${name}" Value="${value}" Substring="${substring}"/></PROPFILTERS>`;
    const twin = makeTestTwin();
    assert.deepEqual(
      items(twin, 'RefName="MenuItems"', filter('Code', '401', '0')).map((row) => row.attributes['Name']),
      ['Margherita'],
    );
    assert.equal(items(twin, 'RefName="MenuItems"', filter('Name', 'acqua', '1')).length, 4);
  });

  it('puts the details of a scheme inside it for WithChildItems 2, and into the collection for 1', () => {
    const twin = makeTestTwin();
    const scheme = `RefName="ModiSchemes" RefItemIdent="${ident(osteriaFiume.schemes, 3)}"`;
    const inside = all(items(twin, `${scheme} WithChildItems="2"`)[0] ?? failed(), 'TModiSchemeDetail');
    assert.deepEqual(
      inside.map((detail) => [
        detail.attributes['ModiGroup'],
        detail.attributes['DownLimit'],
        detail.attributes['UpLimit'],
      ]),
      [
        [String(ident(osteriaFiume.groups, 3)), '1', '1'],
        [String(ident(osteriaFiume.groups, 4)), '1', '2'],
      ],
    );
    const root = twin.ask('GetRefData', `${scheme} WithChildItems="1"`);
    assert.equal(childrenNamed(at(root, 'RK7Reference', 'RIChildItems'), 'TModiSchemeDetail').length, 2);
    assert.equal(items(twin, `${scheme} WithChildItems="1"`)[0]?.children.length, 0);
  });

  it('lists modifier groups parents first, with their children', () => {
    const rows = items(makeTestTwin(), 'RefName="MODIGROUPS"');
    const seen = new Set(['0']);
    for (const row of rows) {
      assert.ok(seen.has(row.attributes['MainParentIdent'] ?? ''), row.attributes['Name']);
      seen.add(row.attributes['Ident'] ?? '');
    }
    const sides = rows.find((row) => row.attributes['Name'] === 'Contorno');
    assert.equal(all(sides ?? failed(), 'Child').length, 2);
  });

  it('has every reference that clients read, with a version each', () => {
    const list = at(makeTestTwin().ask('GetRefList'), 'RK7RefList');
    const names = list.children.map((child) => child.attributes['RefName']);
    assert.equal(list.attributes['Count'], String(names.length));
    for (const name of [
      'RESTAURANTS CASHES CASHGROUPS HALLPLANS TABLES EMPLOYEES CATEGLIST MENUITEMS MODISCHEMES MODISCHEMEDETAILS',
      'MODIGROUPS MODIFIERS CURRENCIES UNCHANGEABLEORDERTYPES CHANGEABLEORDERTYPES GUESTTYPES KURSES DISCOUNTS',
      'DEVICES ORDERVOIDS TAXDISHTYPES PRICETYPES',
    ].flatMap((row) => row.split(' '))) {
      assert.ok(names.includes(name), name);
    }
    assert.ok(list.children.every((child) => /^\d+$/.test(child.attributes['DataVersion'] ?? '')));
  });

  it('shares no ident between the two restaurants', () => {
    const idents = (seed: typeof osteriaFiume) =>
      [...seed.dishes, ...seed.tables, ...seed.modifiers].map((row) => row.ident);
    const porto = new Set(idents(fiumeAlPorto));
    assert.ok(idents(osteriaFiume).every((one) => !porto.has(one)));
  });
});

describe('what is sold', () => {
  const offers = (root: XmlElement, name: string) =>
    new Map(at(root, name).children.map((item) => [Number(item.attributes['Ident']), item.attributes]));

  it('wants a station', () => {
    const root = makeTestTwin().ask('GetOrderMenu');
    assert.equal(root.attributes['Status'], 'Bad Query Parameters');
    assert.match(root.attributes['ErrorText'] ?? '', /"Station" not found/);
  });

  it('lists dishes and modifiers with prices, no ident twice', () => {
    const root = makeTestTwin().ask('GetOrderMenu', '', station);
    const dishes = offers(root, 'Dishes');
    const modifiers = offers(root, 'Modifiers');
    assert.equal(dishes.size, 48);
    assert.equal(modifiers.size, 43);
    assert.ok([...modifiers.keys()].every((one) => !dishes.has(one)));
    assert.equal(dishes.get(ident(osteriaFiume.dishes, 101))?.['Price'], '1250');
    assert.equal(modifiers.get(ident(osteriaFiume.modifiers, 112))?.['Price'], '1940');
    assert.equal(dishes.get(ident(osteriaFiume.dishes, 206))?.['quantity'], undefined);
  });

  it('counts the stop list only when asked to check rests', () => {
    const root = makeTestTwin().ask('GetOrderMenu', 'checkrests="1"', station);
    const dishes = offers(root, 'Dishes');
    assert.equal(dishes.has(ident(osteriaFiume.dishes, 306)), false);
    assert.equal(dishes.get(ident(osteriaFiume.dishes, 206))?.['quantity'], '4000');
    assert.equal(offers(root, 'Modifiers').has(ident(osteriaFiume.modifiers, 24)), false);
  });

  it('answers lower prices at the loyalty path', () => {
    const root = makeTestTwin().ask('GetOrderMenu', '', station, { level: 'member' });
    assert.equal(offers(root, 'Dishes').get(ident(osteriaFiume.dishes, 101))?.['Price'], '1125');
    assert.equal(at(root, 'PriceScale').attributes['id'], '5');
  });

  it('says of the dishes it is asked about whether they are to be had', () => {
    const asked = [101, 306].map((code) => `<Item Ident="${ident(osteriaFiume.dishes, code)}"/>`).join('');
    const root = makeTestTwin().ask('GetOrderMenu2', '', `${station}<Dishes>${asked}</Dishes>`);
    assert.deepEqual(
      at(root, 'Dishes').children.map((item) => item.attributes['Avail']),
      ['1', '0'],
    );
  });

  it('keeps a stop list of dishes and of modifiers, each with a reason, which the till changes', () => {
    const twin = makeTestTwin();
    const rests = () =>
      twin
        .ask('GetDishRests')
        .children.map((rest) => [
          rest.attributes['code'],
          rest.attributes['quantity'],
          rest.attributes['prohibited'],
        ]);
    assert.deepEqual(rests(), [
      ['206', '4000', '0'],
      ['306', '0', '1'],
    ]);
    twin.press('sell-out', { item: 'Tiramisù' });
    twin.press('sell-out', { item: ident(osteriaFiume.dishes, 306), available: true });
    twin.press('sell-out', { item: 'Sunday lasagne', remaining: 2 });
    assert.deepEqual(rests(), [
      ['206', '2000', '0'],
      ['601', '0', '1'],
    ]);
    const stopped = twin.ask('GetModifierStopList').children;
    assert.deepEqual(
      stopped.map((modifier) => modifier.attributes['name']),
      ['Tartufo nero'],
    );
    assert.equal(stopped[0]?.children[0]?.name, 'Reason');
  });
});

function failed(): never {
  throw new Error('nothing found');
}
