import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { describeAcceptanceApi } from '#api/openapi.ts';
import { problems } from '#api/problem.ts';
import { posErrors } from '#contract/errors.ts';
import { guestTexts } from '#web/guest/texts.ts';

const root = new URL('..', import.meta.url).pathname;
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const codes = new Set([...Object.keys(posErrors), ...Object.keys(problems)]);

describe('documents', () => {
  it('explain every error code and no other', () => {
    const documented = [...read('docs/errors.md').matchAll(/^### (\S+)$/gm)].map((match) => match[1] ?? '');
    assert.deepEqual(documented.toSorted(), [...codes].toSorted());
    assert.ok(documented.length > 40);
  });

  it('give every guest text key its words, and keep no words without a key', () => {
    const keys = new Set(
      [...Object.values(posErrors), ...Object.values(problems)].flatMap((row) =>
        'guestText' in row ? row.guestText : [],
      ),
    );
    for (const key of keys) assert.ok(Object.hasOwn(guestTexts, key), `no guest text for ${key}`);
  });

  it('link only to files that exist', () => {
    const broken: string[] = [];
    for (const file of globSync(['*.md', 'docs/**/*.md', 'connectors/*/README.md'], { cwd: root })) {
      for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
        if (globSync(join(dirname(file), target), { cwd: root }).length === 0)
          broken.push(`${file} → ${target}`);
      }
    }
    assert.deepEqual(broken, []);
  });

  it('hold the Order Acceptance API as it is generated (npm run write:openapi)', async () => {
    const committed: unknown = JSON.parse(read('docs/order-acceptance.openapi.json'));
    assert.deepEqual(committed, await describeAcceptanceApi());
  });

  it('show the two commands of the README', () => {
    const text = read('README.md');
    assert.ok(text.includes('npm ci && npm start') && text.includes('npm ci && npm test'));
  });
});
