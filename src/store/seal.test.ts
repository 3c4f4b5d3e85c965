import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeSealKey, seal, unseal } from './seal.ts';
import type { SealedFor } from './seal.ts';

const key = makeSealKey();
const here: SealedFor = {
  companyId: 'c1',
  locationId: 'l1',
  origin: 'https://pos.example:8081',
  purpose: 'pos-credentials',
};

describe('sealed secrets', () => {
  it('open for what they were sealed for, and never look the same twice', () => {
    const first = seal('{"password":"pä$$"}', key, here);
    assert.notEqual(first, seal('{"password":"pä$$"}', key, here));
    assert.deepEqual(unseal(first, key, here), { kind: 'unsealed', plain: '{"password":"pä$$"}' });
    assert.ok(!first.includes('password'));
  });

  it('do not open for another company, location or address', () => {
    const blob = seal('secret', key, here);
    for (const other of [
      { companyId: 'c2' },
      { locationId: 'l2' },
      { origin: 'https://pos.example:8082' },
      { origin: 'http://pos.example:8081' },
    ]) {
      assert.equal(unseal(blob, key, { ...here, ...other }).kind, 'bad', JSON.stringify(other));
    }
  });

  it('do not open with another key, and say so', () => {
    const opened = unseal(seal('secret', key, here), makeSealKey(), here);
    assert.match(opened.kind === 'bad' ? opened.detail : '', /another master key/);
  });

  it('do not open once a character is changed or a part is missing', () => {
    const blob = seal('secret', key, here);
    const parts = blob.split('.');
    for (let part = 2; part < parts.length; part += 1) {
      const text = parts[part] ?? '';
      const flipped = parts.with(part, (text.startsWith('A') ? 'B' : 'A') + text.slice(1)).join('.');
      assert.equal(unseal(flipped, key, here).kind, 'bad');
    }
    assert.equal(unseal(parts.slice(0, 4).join('.'), key, here).kind, 'bad');
    assert.equal(unseal('', key, here).kind, 'bad');
  });
});
