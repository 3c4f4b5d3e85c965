import { join } from 'node:path';
import { makeFoodtecWorld } from '#connectors/foodtec/twin/world.ts';
import { startTwin } from '#twins/twin.ts';
import type { RunningTwin } from '#twins/twin.ts';
import { systemClock } from './system.ts';
import type { Config } from './config.ts';

/** Ports, counted from the gateway's. */
const wirePort = 2;
const controlPort = 12;

/** The one client that the demo's store knows. */
export const foodtecUsername = 'tableside';

/** The FoodTec twin with its pizzeria. */
export function startFoodtecTwin(
  config: Config,
  options: { readonly password: string; readonly port: number },
): Promise<RunningTwin> {
  return startTwin({
    world: makeFoodtecWorld({
      nowMs: () => systemClock.nowMs(),
      clients: [{ username: foodtecUsername, password: options.password }],
    }),
    host: '127.0.0.1',
    wirePort: options.port + wirePort,
    controlPort: options.port + controlPort,
    tls: { directory: join(config.dataDirectory, 'twins', 'foodtec') },
  });
}
