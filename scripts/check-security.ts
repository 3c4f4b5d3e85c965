import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';

/** What can be checked about supply chain and secrets without a network. Fails with one line per finding. */
type Lockfile = {
  packages: Record<
    string,
    { resolved?: string; hasInstallScript?: boolean; dev?: boolean; license?: string; integrity?: string }
  >;
};
type Package = {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};

const findings: string[] = [];
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Package;
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile;
const documented = readFileSync('docs/dependencies.md', 'utf8');
const freeLicences =
  /^(MIT|ISC|Apache-2\.0|BSD-[23]-Clause|0BSD|BlueOak-1\.0\.0|Python-2\.0|CC0-1\.0|Unlicense|\(?MIT OR .*\)?|\(?.* OR MIT\)?)$/;

for (const [name, version] of Object.entries({
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
})) {
  if (!/^\d+\.\d+\.\d+$/.test(version))
    findings.push(`package.json: ${name} is not pinned to an exact version: ${version}`);
}
for (const name of Object.keys(manifest.dependencies)) {
  if (!documented.includes(`\`${name}\``))
    findings.push(`docs/dependencies.md does not say why ${name} is here`);
}
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
for (const [path, entry] of packages) {
  const name = path.replace(/^.*node_modules\//, '');
  if (entry.resolved !== undefined) findings.push(`package-lock.json: ${name} names a download address`);
  if (entry.integrity === undefined) findings.push(`package-lock.json: ${name} has no integrity hash`);
  if (entry.hasInstallScript === true && entry.dev !== true)
    findings.push(`package-lock.json: ${name} runs an install script`);
  if (entry.dev !== true && !name.startsWith('node-') && !freeLicences.test(entry.license ?? 'unknown'))
    findings.push(`package-lock.json: ${name} has the licence ${entry.license ?? 'unknown'}`);
}
const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).split('\n').filter(Boolean);
for (const file of tracked.filter((path) => /\.(pem|key|p12|pfx|env)$/.test(path)))
  findings.push(`${file} looks like a secret and is tracked`);
for (const file of globSync('{src,connectors,conformance,twins,web,bench,scripts,test}/**/*.ts')) {
  const text = readFileSync(file, 'utf8');
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) findings.push(`${file} holds a private key`);
  if (
    /rejectUnauthorized:\s*false/.test(text) &&
    !file.startsWith('src/transport/') &&
    !file.endsWith('.test.ts')
  )
    findings.push(`${file} turns certificate checks off`);
}
if (packages.length < 20 || tracked.length < 20) findings.push('the check looked at nothing');
for (const finding of findings) console.error(finding);
console.log(`security: ${packages.length} packages, ${tracked.length} files, ${findings.length} findings`);
process.exit(findings.length === 0 ? 0 : 1);
