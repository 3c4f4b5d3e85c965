import type { WireAnswer, WireRequest } from '../definition.ts';
import { refuseHal } from './hal.ts';
import type { Account, Mode, Payment, Profile } from './state.ts';

/** Whom a request speaks for. */
export type Access = {
  readonly bearer: string;
  readonly mode: Mode;
  /** null: a token that named none; it may read by id, and make nothing. */
  readonly profile: Profile | null;
};

type Scope = { readonly profileId?: unknown; readonly testmode?: unknown };

/** Reads the credentials, and the profile and mode that go with a token and must not go with a key. */
export function readAccess(
  request: WireRequest,
  account: Account,
  scope: Scope,
): Access | { readonly refused: WireAnswer } {
  const [, bearer = ''] = /^Bearer (\S+)$/.exec(request.headers['authorization'] ?? '') ?? [];
  for (const profile of account.profiles) {
    for (const mode of ['test', 'live'] as const) {
      if (profile.keys[mode] !== bearer) continue;
      const surplus =
        scope.profileId !== undefined ? 'profileId' : scope.testmode !== undefined ? 'testmode' : null;
      if (surplus === null) return { bearer, mode, profile };
      return { refused: refuseHal(422, `Non-existent parameter "${surplus}" for this API call`, surplus) };
    }
  }
  if (bearer !== account.token) {
    return {
      refused: refuseHal(401, 'Missing authentication, or failed to authenticate'),
    };
  }
  const mode = scope.testmode === true || scope.testmode === 'true' ? 'test' : 'live';
  if (scope.profileId === undefined) return { bearer, mode, profile: null };
  const profile = account.profiles.find(({ profileId }) => profileId === scope.profileId);
  if (profile !== undefined) return { bearer, mode, profile };
  return { refused: refuseHal(422, 'The profile does not exist', 'profileId') };
}

/** A key of another profile or mode does not see the payment at all. */
export function mayReach(access: Access, payment: Payment): boolean {
  return (
    payment.mode === access.mode &&
    (access.profile === null || access.profile.profileId === payment.profileId)
  );
}
