import { z } from 'zod';
import type { ProviderMode } from '../provider.ts';

/**
 * The two kinds of credentials an installation of its own has. An API key belongs to one profile and one mode; an organisation's
 * token reaches all profiles and both modes, so it names which.
 */
const accountSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('api-key'),
    apiKey: z.string().regex(/^(?:test|live)_\w{30,100}$/, 'not an API key: test_… or live_…'),
  }),
  z.strictObject({
    kind: z.literal('organisation-token'),
    token: z.string().regex(/^access_\w{30,200}$/, 'not an organisation access token: access_…'),
    profileId: z.string().regex(/^pfl_\w{6,40}$/, 'not a profile: pfl_…'),
    mode: z.enum(['test', 'live']),
  }),
]);
type MollieAccount = z.infer<typeof accountSchema>;

/** What a request needs of an account. */
export type MollieAccess = {
  readonly mode: ProviderMode;
  readonly bearer: string;
  /** Sent with a token only; with an API key Mollie refuses them. */
  readonly scope: { readonly profileId: string; readonly testmode: boolean } | null;
};

export type ParsedAccount =
  | { readonly kind: 'parsed'; readonly access: MollieAccess }
  | { readonly kind: 'bad'; readonly errors: readonly { readonly path: string; readonly detail: string }[] };

export function parseAccount(value: unknown): ParsedAccount {
  const result = accountSchema.safeParse(value);
  if (result.success) return { kind: 'parsed', access: accessOf(result.data) };
  return {
    kind: 'bad',
    errors: result.error.issues.map((issue) => ({ path: issue.path.join('.'), detail: issue.message })),
  };
}

function accessOf(account: MollieAccount): MollieAccess {
  switch (account.kind) {
    case 'api-key':
      return {
        mode: account.apiKey.startsWith('live_') ? 'live' : 'test',
        bearer: account.apiKey,
        scope: null,
      };
    case 'organisation-token':
      return {
        mode: account.mode,
        bearer: account.token,
        scope: { profileId: account.profileId, testmode: account.mode === 'test' },
      };
  }
}
