import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeSealKey } from '#store/seal.ts';
import { openStore } from '#store/open.ts';
import { systemClock } from './system.ts';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import type { Running } from './demo.ts';
import { startGateway } from './gateway.ts';
import { makeLog } from './log.ts';

const usage = `Usage: tableside <command>

  demo        a whole restaurant on this machine: gateway, embedded database, twins
  serve       answers HTTP; with the embedded database it delivers and polls as well
  work        delivers writes and polls POSes; needs DATABASE_URL
  migrate     brings the database's schema up to date and ends
  twin NAME   runs one twin alone; NAME: rkeeper, foodtec, mollie
  seal-key    prints a new key for TABLESIDE_MASTER_KEY

Settings come from the environment; docs/operations.md lists them. --help after a command says more.`;

const help: Readonly<Record<string, string>> = {
  demo: 'tableside demo\n\nStarts everything on PORT (8080), the twins on PORT+1 and PORT+11 (R-Keeper), PORT+2 and PORT+12 (FoodTec), PORT+3 and PORT+13 (Mollie). Data is in TABLESIDE_DATA (.tableside). Each start begins a new day.',
  serve:
    'tableside serve\n\nListens on PORT. Needs TABLESIDE_MASTER_KEY. With DATABASE_URL any number of serve and work processes share one server;\nwithout it the embedded database in TABLESIDE_DATA is used by this one process, which then also delivers and polls.',
  work: 'tableside work\n\nNeeds DATABASE_URL and TABLESIDE_MASTER_KEY.',
  migrate: 'tableside migrate\n\nRuns the migrations on DATABASE_URL, or on the embedded database.',
  twin: 'tableside twin rkeeper\n\nWire on PORT+1 (HTTPS), control API and page on PORT+11. TWIN_PASSWORD sets the login of user tableside (default: tableside).\n\ntableside twin foodtec\n\nWire on PORT+2 (HTTPS), control API and page on PORT+12. TWIN_PASSWORD as above.\n\ntableside twin mollie\n\nWire and checkout page on PORT+3 (HTTP), control API and desk on PORT+13. Prints the profiles and their keys.',
  'seal-key': 'tableside seal-key\n\nPrints 32 random bytes in base64.',
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean', short: 'h' } },
});
const [command = '', name = ''] = positionals;
await main();

async function main(): Promise<void> {
  if (values.help === true || command === '' || !Object.hasOwn(help, command)) {
    console.log(help[command] ?? usage);
    if (values.help !== true && command !== '') fail(`unknown command ${command}`);
    return;
  }
  if (command === 'seal-key') {
    console.log(makeSealKey().toString('base64'));
    return;
  }
  const result = readConfig(process.env);
  if (result.kind === 'bad') {
    fail(result.errors.join('\n'));
    return;
  }
  try {
    const running = await start(result.config);
    if (running !== undefined) stopOnSignal(running);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
    // What did start must not keep a process alive that says it failed.
    process.exit();
  }
}

/** A role loads what it runs: `work` is up in half the time without a web server, an embedded database's demo and its twins. */
async function start(config: Config): Promise<Running | undefined> {
  const log = makeLog(config.logLevel);
  const version = (
    JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
  ).version;
  switch (command) {
    case 'demo':
      if (config.environment === 'production')
        throw new Error('TABLESIDE_ENV: the demo does not run in production');
      return (await import('./demo.ts')).startDemo(config, log, version);
    case 'twin':
      return startTwinAlone(config);
    case 'migrate': {
      const store = await openStoreOf(config);
      await store.close();
      console.log('The schema is up to date.');
      return undefined;
    }
    default:
      return startRole(config, version, command === 'serve' ? 'serve' : 'work');
  }
}

async function startRole(config: Config, version: string, role: 'serve' | 'work'): Promise<Running> {
  const log = makeLog(config.logLevel);
  if (config.masterKey === undefined)
    throw new Error('TABLESIDE_MASTER_KEY: needed; make one with `tableside seal-key` and keep it');
  const embedded = config.databaseUrl === undefined;
  if (role === 'work' && embedded)
    throw new Error('DATABASE_URL: needed; the embedded database belongs to one `serve` process');
  const mock = config.rkeeperMock ? await startMock(config) : undefined;
  const store = await openStoreOf(config);
  const gateway = await startGateway({
    config,
    store,
    masterKey: config.masterKey,
    log,
    version,
    roles: { serve: role === 'serve', work: role === 'work' || embedded },
    mocks: mock === undefined ? new Map() : new Map([['rkeeper', mock.http]]),
  });
  await gateway.app?.listen({ port: config.port, host: config.host });
  log.info({ role, embedded, port: config.port }, 'running');
  return {
    async stop() {
      await gateway.stop();
      await store.close();
      await mock?.twin.stop();
    },
  };
}

async function startMock(config: Config) {
  const { makeTwinHttp } = await import('#conformance/twin-http.ts');
  const { startRkeeperTwin } = await import('./demo.ts');
  const twin = await startRkeeperTwin(config, { password: 'tableside', port: config.port });
  return { twin, http: makeTwinHttp(twin.exchange) };
}

async function startTwinAlone(config: Config): Promise<Running> {
  switch (name) {
    case 'rkeeper': {
      const password = process.env['TWIN_PASSWORD'] ?? 'tableside';
      const { startRkeeperTwin } = await import('./demo.ts');
      const twin = await startRkeeperTwin(config, { password, port: config.port });
      console.log(JSON.stringify({ url: twin.url, controlUrl: twin.controlUrl, pinSha256: twin.pinSha256 }));
      return twin;
    }
    case 'foodtec': {
      const password = process.env['TWIN_PASSWORD'] ?? 'tableside';
      const { startFoodtecTwin } = await import('./foodtec-twin.ts');
      const twin = await startFoodtecTwin(config, { password, port: config.port });
      console.log(JSON.stringify({ url: twin.url, controlUrl: twin.controlUrl, pinSha256: twin.pinSha256 }));
      return twin;
    }
    case 'mollie': {
      const { startMollieTwin } = await import('./mollie-twin.ts');
      const { twin, profiles } = await startMollieTwin('127.0.0.1', config.port);
      console.log(JSON.stringify({ url: twin.url, controlUrl: twin.controlUrl, profiles }));
      return twin;
    }
    default:
      throw new Error(`there is no twin ${name || '(none named)'}; there are: rkeeper, foodtec, mollie`);
  }
}

function openStoreOf(config: Config) {
  return openStore({
    ...(config.databaseUrl === undefined ? {} : { databaseUrl: config.databaseUrl }),
    directory: join(config.dataDirectory, 'database'),
    clock: systemClock,
    log: (message, error) => console.error(message, error ?? ''),
  });
}

/** Stops once on the first signal; a second one ends the process at once. */
function stopOnSignal(running: Running): void {
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          fail(String(error));
          process.exit(1);
        },
      );
    });
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
