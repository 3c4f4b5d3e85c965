import type { Tx } from '#store/store.ts';
import type { NewAuditEntry } from '../../../src/store/audit.ts';
import { fromJson, see } from './database.ts';

export * from '../../../src/store/audit.ts';

export function appendAudit(tx: Tx, entry: NewAuditEntry): Promise<void> {
  const { audit } = see(tx, entry.companyId);
  audit.put({
    company_id: entry.companyId,
    entry_id: audit.all().length + 1,
    at_ms: entry.atMs,
    user_id: entry.userId,
    action: entry.action,
    subject: entry.subject,
    reason: entry.reason,
    facts: fromJson(JSON.stringify(entry.facts)),
  });
  return Promise.resolve();
}
