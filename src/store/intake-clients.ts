import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IntakeClientRow } from './schema.ts';
import type { Store, Tx } from './store.ts';

/**
 * 192 random bits, issued by us. Nobody can guess or look up such a password, so one round of SHA-256 keeps it as safe as a slow
 * hash would keep a chosen one, and a request can afford it.
 */
const passwordBytes = 24;

export type IntakeClient = {
  readonly companyId: string;
  readonly clientId: string;
  readonly locationId: string;
};

/** Registers a third party at a location. The password is told this once; its hash is kept. */
export async function registerIntakeClient(
  tx: Tx,
  client: IntakeClient & { readonly name: string; readonly password?: string; readonly nowMs: number },
): Promise<{ readonly username: string; readonly password: string }> {
  const password = client.password ?? randomBytes(passwordBytes).toString('base64url');
  const username = `intake-${client.clientId}`;
  await tx
    .insertInto('intake_clients')
    .values({
      company_id: client.companyId,
      client_id: client.clientId,
      location_id: client.locationId,
      name: client.name,
      username,
      password_hash: hashOf(password).toString('hex'),
      created_at_ms: client.nowMs,
      revoked_at_ms: null,
    })
    .execute();
  return { username, password };
}

/** From now on the client's password opens nothing. False: there is no such client, or it was revoked before. */
export async function revokeIntakeClient(
  tx: Tx,
  client: { readonly companyId: string; readonly clientId: string; readonly nowMs: number },
): Promise<IntakeClientRow | undefined> {
  return tx
    .updateTable('intake_clients')
    .set({ revoked_at_ms: client.nowMs })
    .where('company_id', '=', client.companyId)
    .where('client_id', '=', client.clientId)
    .where('revoked_at_ms', 'is', null)
    .returningAll()
    .executeTakeFirst();
}

export function listIntakeClients(
  tx: Tx,
  place: { readonly companyId: string; readonly locationId: string },
): Promise<IntakeClientRow[]> {
  return tx
    .selectFrom('intake_clients')
    .selectAll()
    .where('company_id', '=', place.companyId)
    .where('location_id', '=', place.locationId)
    .orderBy('created_at_ms')
    .execute();
}

/** What is kept of a client's login. The hash of a client that is unknown or revoked is one that no password has. */
export type IntakeLogin = { readonly client: IntakeClient | undefined; readonly passwordHash: Buffer };

/** SHA-256 answers this for nothing anybody knows. */
const nobody = Buffer.alloc(32);

export async function findIntakeLogin(store: Store, username: string): Promise<IntakeLogin> {
  const row = await store.asEntry((tx) =>
    tx
      .selectFrom('intake_clients')
      .select(['company_id', 'client_id', 'location_id', 'password_hash', 'revoked_at_ms'])
      .where('username', '=', username)
      .executeTakeFirst(),
  );
  if (row === undefined || row.revoked_at_ms !== null) return { client: undefined, passwordHash: nobody };
  return {
    client: { companyId: row.company_id, clientId: row.client_id, locationId: row.location_id },
    passwordHash: Buffer.from(row.password_hash, 'hex'),
  };
}

/** The client, if the password is right. Takes the same time whether the client, its password or neither is known. */
export function openIntakeLogin(login: IntakeLogin, password: string): IntakeClient | undefined {
  return timingSafeEqual(hashOf(password), login.passwordHash) ? login.client : undefined;
}

function hashOf(password: string): Buffer {
  return hash('sha256', password, 'buffer');
}
