import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { makeRkeeperWorld } from '#connectors/rkeeper/twin/world.ts';
import { systemClock } from '#gateway/system.ts';
import { openCertificate } from '#twins/certificate.ts';
import { fiumeAccount } from '#twins/mollie/seed.ts';
import { makeMollieWorld } from '#twins/mollie/world.ts';
import { startTwin } from '#twins/twin.ts';
import { FaultProxy, isWholeHttpRequest } from './fault-proxy.ts';
import type { Trouble } from './trouble.ts';
import type { Venue } from './venues.ts';

/** The twin speaks plain HTTP behind the proxy, which ends TLS with the twin's certificate: so a plan can read what is asked. */
export async function openPos(directory: string, venues: readonly Venue[], trouble: Trouble) {
  const certificate = await openCertificate(join(directory, 'twin'), Date.now());
  const password = randomBytes(12).toString('base64url');
  const twin = await startTwin({
    world: makeRkeeperWorld({
      nowMs: () => Date.now(),
      randomBytes: (count) => new Uint8Array(randomBytes(count)),
      restaurants: venues.map((venue) => venue.seed),
      password,
    }),
    host: '127.0.0.1',
    wirePort: 0,
    controlPort: 0,
    tls: null,
  });
  const proxy = new FaultProxy({
    upstreamPort: Number(new URL(twin.url).port),
    tls: { key: certificate.key, cert: certificate.cert },
    isWhole: isWholeHttpRequest,
    planFor: (exchange) => trouble.posPlan(exchange, proxy),
  });
  await proxy.listen();
  return {
    origin: `https://127.0.0.1:${proxy.port}`,
    pinSha256: certificate.pinSha256,
    password,
    controlUrl: twin.controlUrl,
    async stop() {
      await proxy.stop();
      await twin.stop();
    },
  };
}

/** The payment provider's twin, behind a proxy of its own; guests' browsers reach its checkout past it. */
export async function openProvider(trouble: Trouble) {
  const twin = await startTwin({
    world: makeMollieWorld({
      account: fiumeAccount,
      clock: systemClock,
      randomBytes: (count) => new Uint8Array(randomBytes(count)),
    }),
    host: '127.0.0.1',
    wirePort: 0,
    controlPort: 0,
    tls: null,
  });
  const proxy = new FaultProxy({
    upstreamPort: Number(new URL(twin.url).port),
    tls: null,
    isWhole: isWholeHttpRequest,
    planFor: () => trouble.providerPlan(),
  });
  await proxy.listen();
  return {
    apiUrl: `http://127.0.0.1:${proxy.port}`,
    apiKeys: fiumeAccount.profiles.map((profile) => profile.keys.test),
    async stop() {
      await proxy.stop();
      await twin.stop();
    },
  };
}
