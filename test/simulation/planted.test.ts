import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { applyPatch } from './hooks.ts';
import { plantedBugs } from './planted.ts';

const root = new URL('../..', import.meta.url);

describe('planted bugs', () => {
  it('are at least forty, each with a name of its own', () => {
    assert.ok(plantedBugs.length >= 40, String(plantedBugs.length));
    assert.equal(new Set(plantedBugs.map((planted) => planted.name)).size, plantedBugs.length);
  });

  for (const planted of plantedBugs)
    it(`can be put into today's code: ${planted.name}`, () => {
      const sources = new Map<string, string>();
      for (const patch of planted.patches) {
        const before = sources.get(patch.file) ?? readFileSync(new URL(patch.file, root), 'utf8');
        sources.set(patch.file, applyPatch(before, patch));
      }
      assert.ok(sources.size > 0);
    });
});
