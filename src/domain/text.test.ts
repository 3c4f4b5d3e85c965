import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { holdsCardNumber, isPaymentCardNumber, maskCardNumbers, parseNote } from './text.ts';

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

/** A number as payment networks issue them: their first digits, 13 to 19 in all, the last one the check digit. */
function makeCard(random: () => number): string {
  const starts = ['4', '51', '55', '2221', '2720', '34', '37', '36', '3528', '6011', '65', '62'];
  const start = starts[Math.floor(random() * starts.length)] ?? '4';
  const length = 13 + Math.floor(random() * 7);
  let digits = start;
  while (digits.length < length - 1) digits += String(Math.floor(random() * 10));
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return digits + String((10 - (sum % 10)) % 10);
}

function makeRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe('card numbers', () => {
  it('are refused and masked in 100,000 of 100,000 texts, however they are grouped', () => {
    const random = makeRandom(7);
    const around = ['', 'card ', 'no onions, table 12, ', '№ '];
    for (let turn = 0; turn < 100_000; turn += 1) {
      const card = makeCard(random);
      const gap = ['', ' ', '-', '.', ' - '][Math.floor(random() * 4)] ?? '';
      const grouped = card.replace(/(\d{4})(?=\d)/g, `$1${gap}`);
      const text = `${around[turn % around.length] ?? ''}${grouped}${turn % 3 === 0 ? ' thanks' : ''}`;
      assert.ok(holdsCardNumber(text), text);
      assert.deepEqual(parseNote(text, noteMax), { kind: 'bad', code: 'card-number' });
      assert.ok(!maskCardNumbers(text).replace(/\D/g, '').includes(card.slice(0, 12)), text);
      assert.ok(isPaymentCardNumber(card), card);
    }
  });

  it('are not seen in instants, amounts and our own references', () => {
    for (let atMs = Date.UTC(2026, 0, 1); atMs < Date.UTC(2026, 0, 1) + 2_000_000; atMs += 997)
      assert.equal(maskCardNumbers(`{"atMs":${atMs}}`), `{"atMs":${atMs}}`);
    for (const text of ['EUR 1250.00', 'ybqjdnd2dugzlfrk5zkoq3dnsq', '{"amountMinor":4840}'])
      assert.equal(maskCardNumbers(text), text);
  });

  it('leave a number of another kind readable, and only the number is masked', () => {
    assert.equal(maskCardNumbers('call +49 30 1234567'), 'call +49 30 1234567');
    assert.equal(maskCardNumbers('pan 4111 1111 1111 1111 end'), 'pan (16 digits) end');
    assert.ok(!isPaymentCardNumber('9876543210123456'));
  });
});
