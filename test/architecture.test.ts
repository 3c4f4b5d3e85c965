import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, it } from 'node:test';

/** Who may import whom. This table is the architecture; ARCHITECTURE.md shows the same rows. */
const mayImport = {
  domain: [],
  contract: ['domain'],
  transport: ['domain', 'contract'],
  acceptance: ['domain'],
  store: ['domain', 'contract'],
  delivery: ['domain', 'contract', 'store'],
  sync: ['domain', 'contract', 'store'],
  ordering: ['domain', 'contract', 'store', 'delivery'],
  payments: ['domain', 'store', 'delivery', 'ordering'],
  intake: ['domain', 'contract', 'acceptance', 'store', 'delivery', 'ordering', 'payments'],
  api: ['domain', 'contract', 'store', 'ordering', 'payments', 'sync', 'acceptance'],
  gateway: [
    'domain',
    'contract',
    'transport',
    'store',
    'delivery',
    'sync',
    'ordering',
    'payments',
    'intake',
    'acceptance',
    'api',
    'connectors/*',
    'connectors/*/twin',
    'twins',
    'conformance',
    'web',
  ],
  'connectors/*': ['domain', 'contract', 'transport', 'acceptance'],
  'connectors/*/twin': ['domain', 'contract', 'transport', 'acceptance', 'connectors/*', 'twins'],
  twins: ['domain'],
  conformance: ['domain', 'contract', 'twins'],
  web: ['domain', 'api/schema'],
} as const satisfies Record<string, readonly string[]>;

type Row = keyof typeof mayImport;

const root = new URL('..', import.meta.url).pathname;
const files = globSync(
  ['src/**/*.ts', 'connectors/**/*.ts', 'conformance/**/*.ts', 'twins/**/*.ts', 'web/**/*.ts'],
  { cwd: root },
)
  .filter((file) => !file.endsWith('.test.ts') && !file.split('/').pop()?.startsWith('test-'))
  .toSorted();

describe('architecture', () => {
  it('lets arrows point only where the import table allows', () => {
    const found: string[] = [];
    let edges = 0;
    for (const file of files) {
      for (const target of importsOf(file)) {
        const complaint = judge(file, target);
        if (complaint !== undefined) found.push(complaint);
        edges += 1;
      }
    }
    assert.ok(
      files.length > 50 && edges > 100,
      `the check looked at nothing: ${files.length} files, ${edges} imports`,
    );
    assert.deepEqual(found, []);
  });

  it('would notice a forbidden import', () => {
    assert.match(judge('src/domain/money.ts', 'node:fs') ?? '', /may not import/);
    assert.match(judge('src/delivery/worker.ts', '#connectors/rkeeper/connector.ts') ?? '', /may not import/);
    assert.match(judge('src/contract/outcome.ts', '#store/store.ts') ?? '', /may not import/);
    assert.match(judge('connectors/rkeeper/connector.ts', '../foodtec/connector.ts') ?? '', /may not import/);
    assert.match(judge('web/guest/app.ts', '#api/server.ts') ?? '', /may not import/);
    assert.equal(judge('src/ordering/submit-round.ts', '#delivery/enqueue.ts'), undefined);
  });

  it('keeps SQL in the store', () => {
    const outside = files.filter(
      (file) =>
        !file.startsWith('src/store/') &&
        importsOf(file).some((target) => ['kysely', 'pg', '@electric-sql/pglite'].includes(target)),
    );
    assert.deepEqual(outside, []);
  });

  it('names a connector only in its own folder and in the composition root', () => {
    const ids = globSync('connectors/*', { cwd: root }).map((path) => path.slice('connectors/'.length));
    assert.ok(ids.length > 0);
    const core = files.filter((file) => file.startsWith('src/') && !file.startsWith('src/gateway/'));
    const naming = core.filter((file) => ids.some((id) => read(file).includes(`'${id}'`)));
    assert.deepEqual(naming, []);
  });

  it('gives every connector the same rooms', () => {
    for (const folder of globSync('connectors/*', { cwd: root })) {
      for (const room of ['manifest.ts', 'connector.ts', 'client.ts', 'README.md', 'connector.test.ts']) {
        assert.equal(globSync(`${folder}/${room}`, { cwd: root }).length, 1, `${folder} has no ${room}`);
      }
    }
  });

  it('shows the same table in ARCHITECTURE.md', () => {
    // The formatter pads table cells; the words are what counts.
    const text = read('ARCHITECTURE.md').replaceAll(/ +/g, ' ');
    for (const [row, targets] of Object.entries(mayImport)) {
      const cells =
        targets.length === 0
          ? 'nothing, not even `node:`'
          : targets.map((target) => `\`${target}\``).join(', ');
      assert.ok(
        text.includes(`| \`${row}\` | ${cells} |`),
        `ARCHITECTURE.md lacks the row of ${row}: ${cells}`,
      );
    }
  });
});

function judge(file: string, target: string): string | undefined {
  const from = rowOf(file);
  if (from === undefined) return `${file} is in no known folder`;
  const place = placeOf(file, target);
  if (place === undefined) {
    // The guest's browser runs the domain as it is: no package and no `node:` may come in.
    return from === 'domain' ? `${file} may not import ${target}` : undefined;
  }
  const to = rowOf(place);
  if (to === undefined) return `${file} imports ${target}, which is in no known folder`;
  const sameConnector = place.split('/').slice(0, 2).join('/') === file.split('/').slice(0, 2).join('/');
  if (from === to && (!from.startsWith('connectors/') || sameConnector)) return undefined;
  const allowed: readonly string[] = mayImport[from];
  if (from.startsWith('connectors/') && to.startsWith('connectors/')) {
    return sameConnector && allowed.includes(to) ? undefined : `${file} may not import ${target}`;
  }
  if (allowed.includes(to)) return undefined;
  // A page may know the shapes of the HTTP interface, nothing else of the server.
  return allowed.includes('api/schema') && place === 'src/api/schema.ts'
    ? undefined
    : `${file} may not import ${target}`;
}

/** The path inside the repository an import leads to; undefined for a package or a built-in. */
function placeOf(file: string, target: string): string | undefined {
  if (target.startsWith('.')) return normalize(join(dirname(file), target));
  if (!target.startsWith('#')) return undefined;
  const [folder = '', ...rest] = target.slice(1).split('/');
  const outside = ['connectors', 'conformance', 'twins', 'web', 'test'].includes(folder);
  return [...(outside ? [] : ['src']), folder, ...rest].join('/');
}

function rowOf(path: string): Row | undefined {
  const [first = '', second = '', third] = path.split('/');
  const row =
    first === 'src'
      ? second
      : first === 'connectors'
        ? third === 'twin'
          ? 'connectors/*/twin'
          : 'connectors/*'
        : first;
  return Object.hasOwn(mayImport, row) ? (row as Row) : undefined;
}

function importsOf(file: string): readonly string[] {
  // Formatted code keeps `from '…'` on one line, so a line at a time is enough and stays linear.
  return read(file)
    .split('\n')
    .flatMap(
      (line) =>
        /(?:^import (?:.*from )?|^export .*from |^} from )'([^']+)';$|\bimport\('([^']+)'\)/
          .exec(line)
          ?.slice(1) ?? [],
    )
    .filter((target) => target !== undefined);
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
