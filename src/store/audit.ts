import type { ReconciliationFacts } from '#domain/reconciliation.ts';
import type { AuditEntryRow } from './schema.ts';
import type { Tx } from './store.ts';

export type NewAuditEntry = {
  readonly companyId: string;
  readonly userId: string;
  /** What was done, e.g. `reconciliation in-the-pos`. */
  readonly action: string;
  /** What it was done to, e.g. `item:12`. */
  readonly subject: string;
  /** The person's own words; never empty. */
  readonly reason: string;
  readonly facts: ReconciliationFacts;
  readonly atMs: number;
};

/** Adds an entry in the transaction of what it tells. The role that serves requests may neither change nor remove one. */
export async function appendAudit(tx: Tx, entry: NewAuditEntry): Promise<void> {
  await tx
    .insertInto('audit_entries')
    .values({
      company_id: entry.companyId,
      at_ms: entry.atMs,
      user_id: entry.userId,
      action: entry.action,
      subject: entry.subject,
      reason: entry.reason,
      facts: JSON.stringify(entry.facts),
    })
    .execute();
}

/** What was done to one thing, oldest first. */
export function listAudit(tx: Tx, companyId: string, subject: string): Promise<AuditEntryRow[]> {
  return tx
    .selectFrom('audit_entries')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('subject', '=', subject)
    .orderBy('entry_id')
    .execute();
}
