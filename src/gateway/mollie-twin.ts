import { fiumeAccount } from '#twins/mollie/seed.ts';
import { makeMollieWorld } from '#twins/mollie/world.ts';
import { startTwin } from '#twins/twin.ts';
import type { RunningTwin } from '#twins/twin.ts';
import { randomBytes, systemClock } from './system.ts';

/** Ports, counted from the gateway's. */
const wirePort = 3;
const controlPort = 13;

/** What a shop needs to know of the provider: where it is, and its profiles' keys. */
export type RunningMollie = {
  readonly twin: RunningTwin;
  readonly profiles: readonly {
    readonly profileId: string;
    readonly name: string;
    readonly apiKey: string;
  }[];
};

/** The payment provider's twin with the demo company's profiles. Plain HTTP, because a browser opens its checkout. */
export async function startMollieTwin(host: string, port: number): Promise<RunningMollie> {
  const twin = await startTwin({
    world: makeMollieWorld({ account: fiumeAccount, clock: systemClock, randomBytes }),
    host,
    wirePort: port + wirePort,
    controlPort: port + controlPort,
    tls: null,
  });
  const profiles = fiumeAccount.profiles.map(({ profileId, name, keys }) => ({
    profileId,
    name,
    apiKey: keys.test,
  }));
  return { twin, profiles };
}
