import type { Account, Profile } from './state.ts';

/** A key has thirty characters behind its mode. */
const keyChars = 30;

/**
 * The demo company at its payment provider: a profile per restaurant. The keys are the same on every machine, for they open nothing
 * but this twin.
 */
export const fiumeAccount: Account = {
  organizationId: 'org_12345678',
  token: `access_${'fiume'.padEnd(keyChars, '0')}`,
  profiles: [makeProfile('osteria', 'Osteria Fiume'), makeProfile('porto', 'Fiume al Porto')],
};

function makeProfile(slug: string, name: string): Profile {
  const rest = slug.padEnd(keyChars, '0');
  return {
    profileId: `pfl_${slug.padEnd(8, '0')}`,
    name,
    keys: { test: `test_${rest}`, live: `live_${rest}` },
  };
}
