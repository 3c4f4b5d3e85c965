import { readBasic } from '#acceptance/wire.ts';
import { findIntakeLogin, openIntakeLogin } from '#store/intake-clients.ts';
import type { IntakeClient, IntakeLogin } from '#store/intake-clients.ts';
import type { IntakeDeps } from './deps.ts';

/** How long another process may still let a client in that was revoked. */
const rememberedMs = 5_000;
/** Usernames remembered at a time, wrong ones included. */
const rememberedMax = 1_000;
const usernameCharsMax = 200;

/** Who a Basic `Authorization` header stands for. */
export type Authenticate = {
  (header: string | undefined): Promise<IntakeClient | undefined>;
  /** Forgets what is remembered of all clients, so that a revocation holds here at once. */
  forget(): void;
};

/**
 * Passwords are issued by us and random, so one SHA-256 keeps them, and checking one costs microseconds. What would cost a request
 * its time is the look-up: its result is remembered for some seconds, never the outcome of a check.
 */
export function makeAuthenticate(deps: Pick<IntakeDeps, 'store' | 'clock'>): Authenticate {
  const remembered = new Map<string, { readonly login: IntakeLogin; readonly untilMs: number }>();
  const loginOf = async (username: string): Promise<IntakeLogin> => {
    const nowMs = deps.clock.monotonicMs();
    const known = remembered.get(username);
    if (known !== undefined && known.untilMs > nowMs) return known.login;
    const login = await findIntakeLogin(deps.store, username);
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(username, { login, untilMs: nowMs + rememberedMs });
    return login;
  };
  const authenticate = async (header: string | undefined): Promise<IntakeClient | undefined> => {
    // A header that cannot be read names nobody: it takes the same way as a wrong password.
    const { username, password } = readBasic(header) ?? { username: '', password: '' };
    return openIntakeLogin(await loginOf(username.slice(0, usernameCharsMax)), password);
  };
  return Object.assign(authenticate, { forget: () => remembered.clear() });
}
