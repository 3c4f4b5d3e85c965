import type { Tx } from '#store/store.ts';
import type { IdempotencyScope, Remembered } from '../../../src/store/idempotency.ts';
import { fromJson, see } from './database.ts';

export * from '../../../src/store/idempotency.ts';

export function findAnswer(tx: Tx, scope: IdempotencyScope, bodyHash: string): Promise<Remembered> {
  const row = see(tx, scope.companyId).keys.get(scope.companyId, scope.scope, scope.key);
  if (row === undefined) return Promise.resolve({ kind: 'new' });
  return Promise.resolve(
    row.body_hash === bodyHash ? { kind: 'answered', answer: row.answer } : { kind: 'other-body' },
  );
}

/** One transaction runs at a time, so nobody ever waits for another's key. */
export function takeKey(
  tx: Tx,
  scope: IdempotencyScope,
  request: { readonly bodyHash: string; readonly nowMs: number },
): Promise<Remembered> {
  const taken = see(tx, scope.companyId).keys.insert({
    company_id: scope.companyId,
    scope: scope.scope,
    key: scope.key,
    body_hash: request.bodyHash,
    status: null,
    answer: null,
    created_at_ms: request.nowMs,
  });
  return taken ? Promise.resolve({ kind: 'new' }) : findAnswer(tx, scope, request.bodyHash);
}

export function saveAnswer(tx: Tx, scope: IdempotencyScope, answer: unknown): Promise<void> {
  const { keys } = see(tx, scope.companyId);
  const row = keys.get(scope.companyId, scope.scope, scope.key);
  if (row !== undefined) keys.update(row, { status: 200, answer: fromJson(JSON.stringify(answer)) });
  return Promise.resolve();
}
