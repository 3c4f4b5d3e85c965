import type { Clock } from '#domain/time.ts';
import { judgeAccount } from '#payments/account.ts';
import type { AccountFacts } from '#payments/account.ts';
import type { OnlineAccount } from '#payments/deps.ts';
import { mollie } from '#payments/mollie/mollie.ts';
import type { NewAccount, SetUpDeps } from '#payments/set-up-account.ts';
import type { Fetch, OpenedAccount, PaymentProvider, ProviderDefinition } from '#payments/provider.ts';
import { getLocation } from '#store/locations.ts';
import { getPaymentAccount } from '#store/payment-accounts.ts';
import type { PaymentAccountRow } from '#store/schema.ts';
import { seal, unseal } from '#store/seal.ts';
import type { SealedFor } from '#store/seal.ts';
import type { Store } from '#store/store.ts';

/** Every payment provider there is, by id: the only place that names one. */
export const paymentProviders: ReadonlyMap<string, ProviderDefinition> = new Map([[mollie.id, mollie]]);

type Place = { readonly companyId: string; readonly locationId: string };

export type PaymentAccountsDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly masterKey: Buffer;
  readonly fetch: Fetch;
  /** A twin's address may stand in an account. */
  readonly lab: boolean;
  readonly onTrouble: (message: string, account: { companyId: string; accountId: string }) => void;
};

/** Payment accounts this process uses, opened on first use and again when their credentials change. */
export interface PaymentAccounts {
  readonly tryOpen: SetUpDeps['tryOpen'];
  readonly sealCredentials: SetUpDeps['sealCredentials'];
  readonly accountOf: (place: Place) => Promise<OnlineAccount>;
  readonly providerOf: (companyId: string, accountId: string) => Promise<PaymentProvider | undefined>;
}

type Opened = { readonly revision: number; readonly provider: PaymentProvider | undefined };

export function makePaymentAccounts(deps: PaymentAccountsDeps): PaymentAccounts {
  const opened = new Map<string, Opened>();

  function openRow(row: PaymentAccountRow): PaymentProvider | undefined {
    const key = `${row.company_id} ${row.account_id}`;
    const known = opened.get(key);
    if (known?.revision === row.revision) return known.provider;
    const provider = open(deps, row);
    opened.set(key, { revision: row.revision, provider });
    return provider;
  }
  return {
    tryOpen: (account) => tryOpen(deps, account),
    sealCredentials: (account) => sealCredentials(account, deps.masterKey),
    async accountOf(place) {
      const found = await deps.store.asCompany(place.companyId, async (tx) => {
        const location = await getLocation(tx, place);
        const accountId = location?.payment_account_id ?? undefined;
        const row =
          accountId === undefined ? undefined : await getPaymentAccount(tx, place.companyId, accountId);
        return { location, row };
      });
      if (found.location === undefined) return { kind: 'off', reason: 'no-account' };
      const { row, location } = found;
      const definition = paymentProviders.get(row?.provider_id ?? '');
      const provider = row === undefined ? undefined : openRow(row);
      const off = judgeAccount(factsOf(row, definition, provider), {
        mode: location.payment_mode,
        currency: location.currency,
      });
      if (off !== null || row === undefined || definition === undefined || provider === undefined)
        return { kind: 'off', reason: off ?? 'account-unreadable' };
      return {
        kind: 'ready',
        accountId: row.account_id,
        providerId: definition.id,
        provider,
        idempotencyWindowMs: definition.idempotencyWindowMs,
      };
    },
    async providerOf(companyId, accountId) {
      const row = await deps.store.asCompany(companyId, (tx) => getPaymentAccount(tx, companyId, accountId));
      return row === undefined ? undefined : openRow(row);
    },
  };
}

function factsOf(
  row: PaymentAccountRow | undefined,
  definition: ProviderDefinition | undefined,
  provider: PaymentProvider | undefined,
): AccountFacts {
  if (row === undefined) return { kind: 'none' };
  if (definition === undefined || provider === undefined) return { kind: 'unreadable' };
  return { kind: 'opened', mode: provider.mode, takes: definition.takes };
}

function open(deps: PaymentAccountsDeps, row: PaymentAccountRow): PaymentProvider | undefined {
  const account = { companyId: row.company_id, accountId: row.account_id };
  const definition = paymentProviders.get(row.provider_id);
  if (definition === undefined) return trouble(`there is no payment provider ${row.provider_id}`);
  if (row.api_url !== null && !deps.lab) return trouble('a twin takes no money in production');
  const unsealed = unseal(
    row.sealed_credentials,
    deps.masterKey,
    credentialsSealedFor({ ...account, apiUrl: row.api_url }),
  );
  if (unsealed.kind === 'bad') return trouble(`the credentials cannot be opened: ${unsealed.detail}`);
  const result = definition.open(JSON.parse(unsealed.plain), {
    fetch: deps.fetch,
    clock: deps.clock,
    ...(row.api_url === null ? {} : { apiUrl: row.api_url }),
  });
  if (result.kind === 'opened') return result.provider;
  return trouble(result.errors.map((error) => `${error.path}: ${error.detail}`).join('; '));

  function trouble(message: string): undefined {
    deps.onTrouble(message, account);
    return undefined;
  }
}

/** With credentials that are not saved yet. A twin's address is an error in production. */
function tryOpen(deps: PaymentAccountsDeps, account: NewAccount): OpenedAccount | undefined {
  if (account.apiUrl !== null && !deps.lab)
    return { kind: 'bad', errors: [{ path: 'apiUrl', detail: 'a twin takes no money in production' }] };
  return paymentProviders.get(account.provider)?.open(account.credentials, {
    fetch: deps.fetch,
    clock: deps.clock,
    ...(account.apiUrl === null ? {} : { apiUrl: account.apiUrl }),
  });
}

export function sealCredentials(
  account: Pick<NewAccount, 'companyId' | 'accountId' | 'apiUrl' | 'credentials'>,
  masterKey: Buffer,
): string {
  return seal(JSON.stringify(account.credentials), masterKey, credentialsSealedFor(account));
}

/** Credentials for the provider's own address open nowhere else, and the reverse. */
function credentialsSealedFor(account: {
  readonly companyId: string;
  readonly accountId: string;
  readonly apiUrl: string | null;
}): SealedFor {
  return {
    companyId: account.companyId,
    accountId: account.accountId,
    origin: account.apiUrl === null ? 'provider' : new URL(account.apiUrl).origin,
    purpose: 'payment-account',
  };
}
