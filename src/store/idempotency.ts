import { sql } from 'kysely';
import type { Tx } from './store.ts';

/** How long an answer is remembered: longer than any phone keeps a tab open. */
export const idempotencyMemoryMs = 400 * 24 * 60 * 60 * 1_000;

export type IdempotencyScope = { readonly companyId: string; readonly scope: string; readonly key: string };

export type Remembered =
  | { readonly kind: 'new' }
  | { readonly kind: 'other-body' }
  /** The first request with the key still runs, and ran longer than a row lock is waited for. */
  | { readonly kind: 'running' }
  | { readonly kind: 'answered'; readonly answer: unknown };

/** What is known of a key before any work is done for it. */
export async function findAnswer(tx: Tx, scope: IdempotencyScope, bodyHash: string): Promise<Remembered> {
  const row = await tx
    .selectFrom('idempotency_keys')
    .select(['body_hash', 'answer'])
    .where('company_id', '=', scope.companyId)
    .where('scope', '=', scope.scope)
    .where('key', '=', scope.key)
    .executeTakeFirst();
  if (row === undefined) return { kind: 'new' };
  return row.body_hash === bodyHash ? { kind: 'answered', answer: row.answer } : { kind: 'other-body' };
}

/**
 * Takes the key for this transaction. A second request with the same key waits here for the first one's commit, and is then
 * told its answer; a rollback gives the key back. After `running` the transaction can only be left.
 */
export async function takeKey(
  tx: Tx,
  scope: IdempotencyScope,
  request: { readonly bodyHash: string; readonly nowMs: number },
): Promise<Remembered> {
  const taken = await insertKey(tx, scope, request);
  if (taken === 'locked') return { kind: 'running' };
  return taken === 'there' ? findAnswer(tx, scope, request.bodyHash) : { kind: 'new' };
}

/** SQLSTATE lock_not_available: `lock_timeout` ended the wait. */
const lockNotAvailable = '55P03';

async function insertKey(
  tx: Tx,
  scope: IdempotencyScope,
  request: { readonly bodyHash: string; readonly nowMs: number },
): Promise<'taken' | 'there' | 'locked'> {
  const inserting = tx
    .insertInto('idempotency_keys')
    .values({
      company_id: scope.companyId,
      scope: scope.scope,
      key: scope.key,
      body_hash: request.bodyHash,
      status: null,
      answer: null,
      created_at_ms: request.nowMs,
    })
    .onConflict((conflict) => conflict.columns(['company_id', 'scope', 'key']).doNothing())
    .returning('key');
  try {
    return (await inserting.executeTakeFirst()) === undefined ? 'there' : 'taken';
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === lockNotAvailable) return 'locked';
    throw error;
  }
}

/** Remembers the answer with the work it answers, in one transaction. */
export async function saveAnswer(tx: Tx, scope: IdempotencyScope, answer: unknown): Promise<void> {
  await tx
    .updateTable('idempotency_keys')
    .set({ status: 200, answer: JSON.stringify(answer) })
    .where('company_id', '=', scope.companyId)
    .where('scope', '=', scope.scope)
    .where('key', '=', scope.key)
    .execute();
}

/** Keys forgotten in one transaction: a company that was forgotten for long is caught up with in several. */
const forgottenMax = 5_000;

/** Forgets answers that nobody can ask for any more. True: there may be more. */
export async function forgetOldAnswers(tx: Tx, companyId: string, nowMs: number): Promise<boolean> {
  const forgotten = await sql`
    delete from idempotency_keys where company_id = ${companyId} and (scope, key) in (
      select scope, key from idempotency_keys
      where company_id = ${companyId} and created_at_ms < ${nowMs - idempotencyMemoryMs}
      limit ${forgottenMax})`.execute(tx);
  return forgotten.numAffectedRows === BigInt(forgottenMax);
}
