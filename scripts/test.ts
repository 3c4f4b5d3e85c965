import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testImageVariable, writeTestImage } from '#store/test-store.ts';

/**
 * Everything the project tests, with Node's own runner. Arguments narrow it: `npm test -- src/delivery` runs one folder.
 * Which database engines ran is printed by the suites that use them.
 */
const folders = ['src', 'connectors', 'conformance', 'twins', 'web', 'test', 'scripts', 'bench'];
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
const files = globSync(
  (wanted.length > 0 ? wanted : folders).map((place) =>
    place.endsWith('.ts') ? place : `${place}/**/*.test.ts`,
  ),
).toSorted();
if (files.length === 0) {
  console.error('no test files found');
  process.exit(1);
}
const temporary = mkdtempSync(join(tmpdir(), 'tableside-test-'));
const image = join(temporary, 'database.tar');
await writeTestImage(image);
// Two files at once: the smallest machine we promise to run on has two cores.
const result = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=2', '--test-timeout=120000', ...options, ...files],
  { stdio: 'inherit', env: { ...process.env, [testImageVariable]: image } },
);
rmSync(temporary, { recursive: true });
process.exit(result.status ?? 1);
