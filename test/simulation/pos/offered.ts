import { rkeeper } from '#connectors/rkeeper/connector.ts';
import type { ConnectorDefinition } from '#contract/connector.ts';
import type { OfferedConnector } from '#gateway/connectors.ts';
import { modelClasses } from './classes.ts';
import type { PosClass } from './classes.ts';
import { modelConnector } from './model-connector.ts';

/** Stands in the place of the gateway's own list: every real connector, and one per class of modelled POS. */
export const connectors: ReadonlyMap<string, OfferedConnector> = new Map<string, OfferedConnector>([
  ...modelClasses.map((posClass): [string, OfferedConnector] => [
    posClass.classId,
    offer(modelConnector(posClass)),
  ]),
  [rkeeper.manifest.id, offer(rkeeper)],
]);

/** All classes of POS that are simulated. A real connector joins with one more line. */
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
    real: true,
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
