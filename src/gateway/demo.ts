import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { makeRkeeperWorld } from '#connectors/rkeeper/twin/world.ts';
import { openStore } from '#store/open.ts';
import { startTwin } from '#twins/twin.ts';
import type { RunningTwin } from '#twins/twin.ts';
import { systemClock } from './system.ts';
import type { Config } from './config.ts';
import { allDemoTables, consoleEmail, openDemoSecrets, seedDemo } from './demo-company.ts';
import type { DemoSecrets } from './demo-company.ts';
import { intakeUsername } from './demo-intake.ts';
import { foodtecUsername, startFoodtecTwin } from './foodtec-twin.ts';
import { startGateway } from './gateway.ts';
import { makeTwinHttp } from '#conformance/twin-http.ts';
import { startMollieTwin } from './mollie-twin.ts';
import type { RunningMollie } from './mollie-twin.ts';

const host = '127.0.0.1';
/** The POS twin's ports, counted from the gateway's. */
const rkeeperWire = 1;
const rkeeperControl = 11;

export type Running = { stop(): Promise<void> };

/**
 * A whole restaurant on this machine. The twin's restaurants begin their day with the process, so the demo's database does too;
 * codes and passwords stay.
 */
export async function startDemo(config: Config, log: Logger, version: string): Promise<Running> {
  const secrets = await openDemoSecrets(config.dataDirectory);
  const twin = await startRkeeperTwin(config, { password: secrets.posPassword, port: config.port });
  const foodtec = await startFoodtecTwin(config, { password: secrets.posPassword, port: config.port });
  const mollie = await startMollieTwin(host, config.port);
  const database = join(config.dataDirectory, 'database');
  await rm(database, { recursive: true, force: true });
  const store = await openStore({
    directory: database,
    clock: systemClock,
    log: (message, error) => log.warn({ err: error }, message),
  });
  // In mock mode nothing is at this address; the credentials are sealed for it all the same.
  const url = config.rkeeperMock ? `https://${host}:${config.port + rkeeperWire}` : twin.url;
  const pos = { url, pinSha256: twin.pinSha256 };
  const links = {
    pos,
    foodtec: { url: foodtec.url, pinSha256: foodtec.pinSha256 },
    paymentApiUrl: mollie.twin.url,
  };
  await seedDemo(store, secrets, links, systemClock.nowMs());
  const publicUrl = config.publicUrl ?? `http://${host}:${config.port}`;
  const demo = describeDemo({ secrets, publicUrl, posUrl: url, twin, foodtec, mollie });
  const gateway = await startGateway({
    config,
    store,
    masterKey: Buffer.from(secrets.masterKey, 'base64'),
    log,
    version,
    roles: { serve: true, work: true },
    // The twin is on this machine, whatever the guests' address is.
    webhookBase: `http://${host}:${config.port}`,
    mocks: config.rkeeperMock ? new Map([['rkeeper', makeTwinHttp(twin.exchange)]]) : new Map(),
    registerMore: (app) =>
      void app.get('/demo.json', { schema: { hide: true } }, () => Promise.resolve(demo)),
  });
  await gateway.app?.listen({ port: config.port, host });
  printDemo(demo, publicUrl);
  return {
    async stop() {
      await gateway.stop();
      await store.close();
      await Promise.all([twin.stop(), foodtec.stop(), mollie.twin.stop()]);
    },
  };
}

/** The R-Keeper twin with its two restaurants; without a wire socket in mock mode. */
export function startRkeeperTwin(
  config: Config,
  options: { readonly password: string; readonly port: number },
): Promise<RunningTwin> {
  const world = makeRkeeperWorld({
    nowMs: () => systemClock.nowMs(),
    randomBytes: (count) => new Uint8Array(randomBytes(count)),
    password: options.password,
    // Whoever tries the wire by hand need not know a subscription's number.
    hasLifetimeKey: true,
  });
  return startTwin({
    world,
    host,
    wirePort: config.rkeeperMock ? null : options.port + rkeeperWire,
    controlPort: options.port + rkeeperControl,
    tls: { directory: join(config.dataDirectory, 'twins', 'rkeeper') },
  });
}

type Demo = ReturnType<typeof describeDemo>;

function describeDemo(parts: {
  readonly secrets: DemoSecrets;
  readonly publicUrl: string;
  readonly posUrl: string;
  readonly twin: RunningTwin;
  readonly foodtec: RunningTwin;
  readonly mollie: RunningMollie;
}) {
  const { secrets, publicUrl, twin, foodtec, mollie } = parts;
  return {
    guestTables: allDemoTables().map((table) => {
      const token = secrets.tokens[table.tableId] ?? '';
      return {
        name: table.name,
        flow: table.flow,
        token,
        url: `${publicUrl}/t/${token}`,
        location: table.location,
        locationId: table.locationId,
      };
    }),
    console: { url: `${publicUrl}/console`, email: consoleEmail, password: secrets.consolePassword },
    intake: { url: publicUrl, username: intakeUsername, password: secrets.intakePassword },
    twins: {
      rkeeper: {
        url: parts.posUrl,
        controlUrl: twin.controlUrl,
        username: 'tableside',
        password: secrets.posPassword,
      },
      foodtec: {
        url: foodtec.url,
        controlUrl: foodtec.controlUrl,
        username: foodtecUsername,
        password: secrets.posPassword,
      },
      mollie: { url: mollie.twin.url, controlUrl: mollie.twin.controlUrl, profiles: mollie.profiles },
    },
  };
}

function printDemo(demo: Demo, publicUrl: string): void {
  const show = (flow: string) => demo.guestTables.find((table) => table.flow === flow);
  const line = (label: string, text: string) => console.log(`  ${label.padEnd(22)} ${text}`);
  console.log(
    '\nTableside is running. Three restaurants, two POS twins, a payment twin, nothing else needed.\n',
  );
  for (const flow of ['pay-later', 'pay-first']) {
    const table = show(flow);
    if (table !== undefined) line(`${flow}, table ${table.name}`, table.url);
  }
  const pizzeria = demo.guestTables.findLast((table) => table.flow === 'pay-first');
  if (pizzeria !== undefined) line(`FoodTec, ${pizzeria.name}`, pizzeria.url);
  line('till and kitchen', demo.twins.rkeeper.controlUrl);
  line('store and its kitchen', demo.twins.foodtec.controlUrl);
  line('payments desk', demo.twins.mollie.controlUrl);
  line('interface', `${publicUrl}/docs`);
  line('everything, as JSON', `${publicUrl}/demo.json`);
  console.log('\nCtrl-C stops it.\n');
}
