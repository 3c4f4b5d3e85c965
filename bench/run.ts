import { readdirSync } from 'node:fs';

/**
 * `npm run bench -- <name> [options]`: runs one benchmark. Each is a file of this folder that exports `bench`; it prints what a
 * person compares, and what it returns is printed last as one line of JSON.
 */
type Bench = (options: readonly string[]) => Promise<Readonly<Record<string, unknown>>>;

const names = readdirSync(import.meta.dirname)
  .filter((file) => /^[a-z-]+\.ts$/.test(file) && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length));
const [name = '', ...options] = process.argv.slice(2);
if (names.includes(name)) {
  const { bench } = (await import(`./${name}.ts`)) as { bench: Bench };
  console.log(JSON.stringify({ bench: name, ...(await bench(options)) }));
} else {
  console.error(`usage: npm run bench -- <name>; there is: ${names.join(', ')}`);
  process.exitCode = 1;
}
