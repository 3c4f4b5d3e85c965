import { foodtec } from '#connectors/foodtec/connector.ts';
import { rkeeper } from '#connectors/rkeeper/connector.ts';
import type { ConnectorDefinition } from '#contract/connector.ts';
import type { OfferedConnector } from '#gateway/connectors.ts';
import { FoodtecPos, foodtecConnection } from './foodtec-pos.ts';
import { modelClasses } from './classes.ts';
import type { PosClass } from './classes.ts';
import { modelConnector } from './model-connector.ts';
import { RkeeperPos, rkeeperConnection } from './rkeeper-pos.ts';

/** Stands in the place of the gateway's own list: every real connector, and one per class of modelled POS. */
export const connectors: ReadonlyMap<string, OfferedConnector> = new Map<string, OfferedConnector>([
  ...modelClasses.map((posClass): [string, OfferedConnector] => [
    posClass.classId,
    offer(modelConnector(posClass)),
  ]),
  [rkeeper.manifest.id, offer(rkeeper)],
  [foodtec.manifest.id, offer(foodtec)],
]);

/** All classes of POS that are simulated. */
export const posClasses: readonly PosClass[] = [
  ...modelClasses,
  {
    classId: rkeeper.manifest.id,
    capabilities: rkeeper.manifest.capabilities,
    semantics: {
      keyTtlMs: null,
      uniqueReference: 'never',
      judgesFirst: false,
      twoStep: true,
      relayRepeats: false,
      dropsLines: false,
    },
    real: {
      makePos: (index, options) => new RkeeperPos(index, options),
      connection: rkeeperConnection,
      never: { 'waiter-merges': "the twin's tills cannot put two orders together" },
      neverMet: {},
    },
  },
  {
    classId: foodtec.manifest.id,
    capabilities: foodtec.manifest.capabilities,
    semantics: {
      keyTtlMs: null,
      uniqueReference: 'while-open',
      judgesFirst: false,
      twoStep: false,
      relayRepeats: false,
      dropsLines: false,
    },
    real: {
      makePos: (_index, options) => new FoodtecPos(options),
      connection: (_index, origin) => foodtecConnection(origin),
      never: {
        'wrong-restaurant': 'another store knows no login of ours: it is told as refused credentials',
        'lock-burst': 'nobody holds an order open at a terminal there',
        'waiter-adds': 'an order there is whole from its beginning',
        'waiter-voids': 'an order there is open for its window: the vendor promises it',
        'waiter-moves': 'the store has no tables',
        'waiter-merges': 'the store has no tables',
        'waiter-opens': 'the store has no tables',
      },
      neverMet: { locked: 'the store locks nothing' },
    },
  },
];

function offer<Settings, Secret>(definition: ConnectorDefinition<Settings, Secret>): OfferedConnector {
  return {
    manifest: definition.manifest,
    takesSettings: (settings) => definition.parseSettings(settings).kind === 'parsed',
    open(stored, rest) {
      const settings = definition.parseSettings(stored.settings);
      if (settings.kind === 'bad') return settings;
      const secret = definition.parseSecret(stored.secret);
      if (secret.kind === 'bad') return secret;
      return {
        kind: 'parsed',
        value: definition.connect({ ...rest, settings: settings.value, secret: secret.value }),
      };
    },
  };
}
