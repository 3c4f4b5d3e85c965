import type { ConnectionMemory } from '#contract/connector.ts';
import type { Tag } from './client.ts';
import type { RkeeperSecret, RkeeperSettings } from './settings.ts';

/**
 * The licence of an order interface by subscription: SaveOrder and PayOrder carry a token, the GUID of this installation and a
 * number that grows by one with every call and starts at 0 (vendor page "XML by subscription"). One counter per location for
 * both, because the vendor says "each next call".
 */
export type Licence = {
  /**
   * The LicenseInfo of the next call, with its number saved before it is handed out; null when the licence lies in RK7.
   *
   * A number whose call may have reached the POS is never given to another call: the POS could answer the second call with
   * what it answered to the first.
   */
  take(): Promise<Tag | null>;
  /** The call with the number taken last provably never left. */
  giveBack(): Promise<void>;
  /** The LicenseInfo to ask for the last number with; null when the licence lies in RK7. */
  current(): Promise<Tag | null>;
  /** The POS said which number it saw last. */
  sawLast(seqNumber: number): Promise<void>;
};

export type LicenceOptions = {
  readonly settings: RkeeperSettings;
  readonly secret: RkeeperSecret;
  readonly memory: ConnectionMemory;
};

export function makeLicence(options: LicenceOptions): Licence {
  const { licence } = options.settings;
  if (licence.mode === 'lifetime') {
    return {
      take: () => Promise.resolve(null),
      giveBack: () => Promise.resolve(),
      current: () => Promise.resolve(null),
      sawLast: () => Promise.resolve(),
    };
  }
  const key = `licence-seq-${licence.instanceGuid}`;

  async function lastTaken(): Promise<number> {
    const saved = await options.memory.get(key);
    return saved === undefined || !/^-?\d{1,15}$/.test(saved) ? -1 : Number(saved);
  }

  function tag(seqNumber: number, instanceGuid: string, anchor: string): Tag {
    return {
      name: 'LicenseInfo',
      attributes: { anchor, licenseToken: options.secret.licenceToken ?? '' },
      children: [
        { name: 'LicenseInstance', attributes: { guid: instanceGuid, seqNumber: String(seqNumber) } },
      ],
    };
  }

  return {
    async take() {
      const next = (await lastTaken()) + 1;
      await options.memory.put(key, String(next));
      return tag(next, licence.instanceGuid, licence.anchor);
    },
    async giveBack() {
      await options.memory.put(key, String((await lastTaken()) - 1));
    },
    async current() {
      return tag(Math.max(await lastTaken(), 0), licence.instanceGuid, licence.anchor);
    },
    async sawLast(seqNumber) {
      await options.memory.put(key, String(seqNumber));
    },
  };
}
