import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Line, LineModifier } from '#domain/order.ts';
import { formatXml } from '#transport/xml.ts';
import { mapLines } from './map-order.ts';
import { parseSettings } from './settings.ts';
import { eur, testLine, testSettings } from './test-pos.ts';

const cow: LineModifier = {
  modifierId: 'modi-80',
  modifierGroupId: 'group-71',
  name: 'Cow milk',
  quantity: 1,
  price: eur(0),
};
const oat: LineModifier = { ...cow, modifierId: 'modi-81', name: 'Oat milk', price: eur(50) };
const sugar: LineModifier = {
  ...cow,
  modifierId: 'modi-90',
  modifierGroupId: 'group-72',
  name: 'Sugar',
  quantity: 2,
};

describe('a line in R-Keeper’s words', () => {
  it('writes quantities in thousandths, modifier counts per unit, and no price', () => {
    assert.match(
      wordsOf({ quantity: 3, modifiers: [sugar] }),
      /^<Dish id="1004496" quantity="3000" line_guid="\{[0-9A-F-]{36}\}"><Modi id="90" count="2"\/><OrderType id="1"\/><\/Dish>$/,
    );
  });

  it('names the size modifier of a variant, or the dish that a joined variant stands for', () => {
    assert.match(wordsOf({ variantId: 'modi-78' }), /<Dish id="1004496" .*<Modi id="78" count="1"\/>/);
    assert.match(
      wordsOf({ itemId: 'join-draught-beer', variantId: 'dish-4' }),
      /<Dish id="4" .*"><OrderType/,
    );
    assert.equal(codeOf({ itemId: 'join-draught-beer' }), 'item-unknown');
    assert.equal(codeOf({ variantId: 'dish-4' }), 'item-unknown');
    assert.equal(codeOf({ modifiers: [{ ...sugar, modifierId: 'group-1' }] }), 'item-unknown');
  });

  it('leaves untouched defaults to the POS and spells out a group that the guest touched', () => {
    const untouched = { ...cow, default: true };
    assert.doesNotMatch(wordsOf({ modifiers: [untouched] }), /Modi/);
    assert.match(
      wordsOf({ modifiers: [untouched, oat] }),
      /<Modi id="80" count="1"\/><Modi id="81" count="1"\/>/,
    );
    const swapped = wordsOf({ modifiers: [{ ...cow, quantity: 0, removed: true }, oat] });
    assert.match(swapped, /"><Modi id="81" count="1"\/><OrderType/);
  });

  it('says a bare removal and a note with the note modifier, or not at all', () => {
    const removed = { ...cow, quantity: 0, removed: true };
    assert.equal(codeOf({ modifiers: [removed] }), 'not-possible');
    assert.equal(codeOf({ note: 'no nuts' }), 'not-possible');
    const withNotes = { noteModifier: 999 };
    assert.match(
      wordsOf({ modifiers: [removed] }, withNotes),
      /<Modi id="999" count="1" openName="− Cow milk"\/>/,
    );
    assert.match(wordsOf({ note: 'no nuts & no salt' }, withNotes), /openName="no nuts &amp; no salt"/);
    assert.equal(codeOf({ note: 'x'.repeat(300) }, withNotes), 'not-possible');
  });

  it('refuses halves and nested modifiers, for which the interface has no form', () => {
    assert.equal(codeOf({ modifiers: [{ ...oat, portion: 'left' }] }), 'not-possible');
    assert.equal(codeOf({ modifiers: [{ ...oat, modifiers: [sugar] }] }), 'not-possible');
  });
});

describe('the settings of a location', () => {
  it('fills in what has a default and completes a bare host', () => {
    const parsed = parseSettings(testSettings);
    assert.ok(parsed.kind === 'parsed');
    assert.equal(parsed.value.endpoint, 'https://pos.example:9000/rk7api/v0/xmlinterface.xml');
    assert.deepEqual(parsed.value.lockCodes, [2219, 13]);
    assert.deepEqual(parsed.value.station, { id: 15001 });
    assert.deepEqual(parsed.value.licence, { mode: 'lifetime' });
  });

  it('says what is wrong and where', () => {
    const join = {
      name: 'Beer',
      dishes: [
        { code: 1, name: 'S' },
        { code: 2, name: 'L' },
      ],
    };
    const wrong: readonly (readonly [object, string])[] = [
      [{ endpoint: 'http://pos.example' }, 'endpoint'],
      [{ currency: 'JPY' }, 'currency'],
      [{ station: 'bar' }, 'station'],
      [{ lockCodes: [] }, 'lockCodes'],
      [{ variants: { joins: [join, { ...join, name: 'beer!' }] } }, 'variants'],
      [{ licence: { mode: 'subscription' } }, 'licence.anchor'],
      [{ surprise: 1 }, ''],
    ];
    for (const [change, path] of wrong) {
      const parsed = parseSettings({ ...testSettings, ...change });
      assert.ok(parsed.kind === 'bad', JSON.stringify(change));
      assert.ok(
        parsed.errors.some((entry) => entry.path === path),
        JSON.stringify(parsed.errors),
      );
    }
  });
});

function mapped(line: Partial<Line>, settings: object): ReturnType<typeof mapLines> {
  const parsed = parseSettings({ ...testSettings, ...settings });
  assert.ok(parsed.kind === 'parsed');
  return mapLines([testLine(line)], parsed.value);
}

function wordsOf(line: Partial<Line>, settings: object = {}): string {
  const lines = mapped(line, settings);
  assert.ok(lines.kind === 'writable', JSON.stringify(lines));
  const [dish] = lines.tags;
  assert.ok(dish !== undefined);
  return formatXml(dish).replace(/^<\?xml[^>]*>/, '');
}

function codeOf(line: Partial<Line>, settings: object = {}): string {
  const lines = mapped(line, settings);
  return lines.kind === 'unwritable' ? lines.code : 'writable';
}
