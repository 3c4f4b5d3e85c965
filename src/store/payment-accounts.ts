import type { PaymentAccountRow } from './schema.ts';
import type { Tx } from './store.ts';

export type PaymentAccountToSave = {
  readonly companyId: string;
  readonly accountId: string;
  readonly providerId: string;
  readonly name: string;
  /** Null: the provider's own address. */
  readonly apiUrl: string | null;
  readonly sealedCredentials: string;
  readonly nowMs: number;
};

export function getPaymentAccount(
  tx: Tx,
  companyId: string,
  accountId: string,
): Promise<PaymentAccountRow | undefined> {
  return tx
    .selectFrom('payment_accounts')
    .selectAll()
    .where('company_id', '=', companyId)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
}

export function listPaymentAccounts(tx: Tx, companyId: string): Promise<PaymentAccountRow[]> {
  return tx
    .selectFrom('payment_accounts')
    .selectAll()
    .where('company_id', '=', companyId)
    .orderBy('account_id')
    .execute();
}

/** Saves an account's credentials. The revision rises, so a provider opened with the old ones is opened again. */
export async function savePaymentAccount(tx: Tx, account: PaymentAccountToSave): Promise<void> {
  const values = {
    provider_id: account.providerId,
    name: account.name,
    api_url: account.apiUrl,
    sealed_credentials: account.sealedCredentials,
  };
  await tx
    .insertInto('payment_accounts')
    .values({
      company_id: account.companyId,
      account_id: account.accountId,
      ...values,
      revision: 1,
      created_at_ms: account.nowMs,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['company_id', 'account_id'])
        .doUpdateSet((update) => ({ ...values, revision: update('payment_accounts.revision', '+', 1) })),
    )
    .execute();
}
