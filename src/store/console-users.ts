import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { Store, Tx } from './store.ts';

/** scrypt at 64 MB and about 100 ms: slow to guess, bearable at a sign-in. Stored with each hash, so it can rise later. */
const cost = { N: 65_536, r: 8, p: 1 } as const;
const memoryBytesMax = 128 * 1024 * 1024;
const hashBytes = 32;
/** A waiter's shift. */
export const sessionMs = 12 * 60 * 60 * 1_000;

export type ConsoleUser = {
  readonly companyId: string;
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
};

export async function insertConsoleUser(
  tx: Tx,
  user: ConsoleUser & { readonly role: 'owner'; readonly passwordHash: string },
): Promise<void> {
  await tx
    .insertInto('console_users')
    .values({
      company_id: user.companyId,
      user_id: user.userId,
      email: user.email.toLowerCase(),
      name: user.name,
      role: user.role,
      password_hash: user.passwordHash,
    })
    .execute();
}

export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt);
  return ['scrypt', cost.N, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** The hash of no password: a sign-in with an unknown address takes as long as one with a wrong password. */
const nobody = [
  'scrypt',
  cost.N,
  Buffer.alloc(16).toString('base64url'),
  Buffer.alloc(hashBytes).toString('base64url'),
].join('$');

/** Signs in; undefined for an unknown address and for a wrong password alike. The token is told once, its hash is kept. */
export async function signIn(
  store: Store,
  credentials: { readonly email: string; readonly password: string; readonly nowMs: number },
): Promise<{ token: string; expiresAtMs: number; user: ConsoleUser } | undefined> {
  const found = await store.asEntry((tx) =>
    tx
      .selectFrom('console_users')
      .select(['company_id', 'user_id', 'password_hash'])
      .where('email', '=', credentials.email.toLowerCase())
      .executeTakeFirst(),
  );
  const right = await verifyPassword(credentials.password, found?.password_hash ?? nobody);
  if (found === undefined || !right) return undefined;
  const token = randomBytes(32).toString('base64url');
  const expiresAtMs = credentials.nowMs + sessionMs;
  const user = await store.asCompany(found.company_id, async (tx) => {
    await tx
      .insertInto('console_sessions')
      .values({
        company_id: found.company_id,
        session_hash: hashSession(token),
        user_id: found.user_id,
        created_at_ms: credentials.nowMs,
        expires_at_ms: expiresAtMs,
      })
      .execute();
    await tx
      .deleteFrom('console_sessions')
      .where('company_id', '=', found.company_id)
      .where('expires_at_ms', '<', credentials.nowMs)
      .execute();
    return getUser(tx, found.company_id, found.user_id);
  });
  return user === undefined ? undefined : { token, expiresAtMs, user };
}

export async function findSessionUser(
  store: Store,
  token: string,
  nowMs: number,
): Promise<ConsoleUser | undefined> {
  const session = await store.asEntry((tx) =>
    tx
      .selectFrom('console_sessions')
      .select(['company_id', 'user_id', 'expires_at_ms'])
      .where('session_hash', '=', hashSession(token))
      .executeTakeFirst(),
  );
  if (session === undefined || session.expires_at_ms <= nowMs) return undefined;
  return store.asCompany(session.company_id, (tx) => getUser(tx, session.company_id, session.user_id));
}

export async function signOut(store: Store, token: string): Promise<void> {
  const session = await store.asEntry((tx) =>
    tx
      .selectFrom('console_sessions')
      .select('company_id')
      .where('session_hash', '=', hashSession(token))
      .executeTakeFirst(),
  );
  if (session === undefined) return;
  await store.asCompany(session.company_id, (tx) =>
    tx
      .deleteFrom('console_sessions')
      .where('company_id', '=', session.company_id)
      .where('session_hash', '=', hashSession(token))
      .execute(),
  );
}

async function getUser(tx: Tx, companyId: string, userId: string): Promise<ConsoleUser | undefined> {
  const row = await tx
    .selectFrom('console_users')
    .select(['email', 'name', 'role'])
    .where('company_id', '=', companyId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return row === undefined ? undefined : { companyId, userId, ...row };
}

async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, n, salt = '', hash = ''] = stored.split('$');
  if (scheme !== 'scrypt' || Number(n) !== cost.N) throw new Error('a password hash of an unknown kind');
  const derived = await derive(password, Buffer.from(salt, 'base64url'));
  return timingSafeEqual(derived, Buffer.from(hash, 'base64url'));
}

function derive(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(
      password.normalize('NFKC'),
      salt,
      hashBytes,
      { ...cost, maxmem: memoryBytesMax },
      (error, hash) => {
        if (error === null) resolve(hash);
        else reject(error);
      },
    );
  });
}

function hashSession(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
