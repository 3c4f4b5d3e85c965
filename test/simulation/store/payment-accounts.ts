import type { PaymentAccountRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { PaymentAccountToSave } from '../../../src/store/payment-accounts.ts';
import { see } from './database.ts';

export * from '../../../src/store/payment-accounts.ts';

export function getPaymentAccount(
  tx: Tx,
  companyId: string,
  accountId: string,
): Promise<PaymentAccountRow | undefined> {
  return Promise.resolve(see(tx, companyId).accounts.get(companyId, accountId));
}

export function savePaymentAccount(tx: Tx, account: PaymentAccountToSave): Promise<void> {
  const { accounts } = see(tx, account.companyId);
  const before = accounts.get(account.companyId, account.accountId);
  accounts.put({
    company_id: account.companyId,
    account_id: account.accountId,
    provider_id: account.providerId,
    name: account.name,
    api_url: account.apiUrl,
    sealed_credentials: account.sealedCredentials,
    revision: (before?.revision ?? 0) + 1,
    created_at_ms: before?.created_at_ms ?? account.nowMs,
  });
  return Promise.resolve();
}
