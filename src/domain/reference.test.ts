import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  guidOfReference,
  makeReference,
  parseReference,
  referenceBytes,
  referenceOfGuid,
} from './reference.ts';

const anyBytes = fc.uint8Array({ minLength: referenceBytes, maxLength: referenceBytes });

describe('a reference', () => {
  it('is the same 128 bits as text and as a GUID', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const reference = makeReference(() => bytes);
        assert.equal(reference.length, 26);
        assert.equal(parseReference(reference), reference);
        const guid = guidOfReference(reference);
        assert.equal(guid.replaceAll('-', '').toLowerCase(), Buffer.from(bytes).toString('hex'));
        assert.equal(referenceOfGuid(guid), reference);
        assert.equal(referenceOfGuid(`{${guid.toLowerCase()}}`), reference);
      }),
    );
  });

  it('is never read from anything else', () => {
    const reference = makeReference(() => new Uint8Array(referenceBytes));
    // The last character carries three bits only: others would name the same bytes twice.
    for (const text of [
      '',
      reference.slice(1),
      `${reference}a`,
      `${reference.slice(0, 25)}b`,
      reference.toUpperCase(),
    ])
      assert.equal(parseReference(text), undefined, text);
    for (const guid of ['', 'x', '{00000000-0000-0000-0000-00000000000}', '00000000000000000000000000000000'])
      assert.equal(referenceOfGuid(guid), undefined, guid);
  });

  it('needs exactly its own number of random bytes', () => {
    assert.throws(() => makeReference(() => new Uint8Array(15)), RangeError);
  });
});
