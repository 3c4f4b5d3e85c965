import type { ReconciliationPort } from '#api/ports.ts';
import { sayDealtWith, sayInPos, sayNotInPos } from '#delivery/resolve.ts';
import type { ResolveDeps } from '#delivery/resolve.ts';
import { listReconciliation } from '#ordering/reconciliation-list.ts';

export function makeReconciliationPort(deps: ResolveDeps): ReconciliationPort {
  return {
    list: ({ companyId }, locationId) => listReconciliation(deps, { companyId, locationId }),
    inThePos: ({ companyId, userId }, said) =>
      sayInPos(deps, { ...said, companyId, userId, posRef: said.posRef }),
    notInThePos: ({ companyId, userId }, said) => sayNotInPos(deps, { ...said, companyId, userId }),
    dealtWith: ({ companyId, userId }, said) => sayDealtWith(deps, { ...said, companyId, userId }),
  };
}
