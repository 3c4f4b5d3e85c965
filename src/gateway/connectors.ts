import { foodtec } from '#connectors/foodtec/connector.ts';
import { rkeeper } from '#connectors/rkeeper/connector.ts';
import type { Connection, ConnectorDefinition, Manifest, Parsed, PosConnector } from '#contract/connector.ts';

/** A connector with its own types closed over: what the rest of the composition root handles. */
export type OfferedConnector = {
  readonly manifest: Manifest;
  /** Settings and secret as stored, judged by the connector's own schemas. */
  open(
    stored: { settings: unknown; secret: unknown },
    rest: Omit<Connection<never, never>, 'settings' | 'secret'>,
  ): Parsed<PosConnector>;
  /** Whether the connector's own schema takes these settings. */
  takesSettings(settings: unknown): boolean;
};

/** Every connector there is. The one line per POS outside its folder. */
export const connectors: ReadonlyMap<string, OfferedConnector> = new Map([
  [rkeeper.manifest.id, offer(rkeeper)],
  [foodtec.manifest.id, offer(foodtec)],
]);

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
