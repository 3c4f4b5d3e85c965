import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseNote } from './text.ts';

const noteMax = 200;

describe('a note for the kitchen', () => {
  it('keeps words of any language', () => {
    for (const text of [
      'без лука',
      'sin cebolla, por favor',
      '不要洋葱',
      'Crème brûlée 👨‍🍳'.normalize('NFC'),
    ]) {
      const note = parseNote(text, noteMax);
      assert.equal(note.kind, 'note');
    }
    assert.deepEqual(parseNote('  no \n onions\t', noteMax), { kind: 'note', text: 'no onions' });
  });

  it('holds nothing that a printer could take for a command or that reorders what the cook reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const note = parseNote(text, noteMax);
        if (note.kind === 'note') assert.doesNotMatch(note.text, /[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u);
      }),
    );
    assert.deepEqual(parseNote('open\u001bp the drawer', noteMax), {
      kind: 'note',
      text: 'open p the drawer',
    });
    assert.deepEqual(parseNote('\u202Eegg', noteMax), { kind: 'note', text: 'egg' });
  });

  it('is refused when it is too long or holds a card number, however it is spelled', () => {
    assert.deepEqual(parseNote('x'.repeat(noteMax + 1), noteMax), { kind: 'bad', code: 'too-long' });
    for (const text of [
      '4111111111111111',
      'card 4111 1111 1111 1111 thanks',
      '3782-822463-10005',
      '4111\u200b111111111111',
    ])
      assert.deepEqual(parseNote(text, noteMax), { kind: 'bad', code: 'card-number' }, text);
    // A phone number, and digits that fail the check, are notes.
    for (const text of ['call +49 30 1234567', 'order 4111111111111112'])
      assert.equal(parseNote(text, noteMax).kind, 'note', text);
  });
});
