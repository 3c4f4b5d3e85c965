import { currencyDigits, money } from '#domain/money.ts';
import { holdsCardNumber } from '#domain/text.ts';
import type { Clock } from '#domain/time.ts';
import { appendAudit } from '#store/audit.ts';
import { listLocations } from '#store/locations.ts';
import { getPaymentAccount, listPaymentAccounts, savePaymentAccount } from '#store/payment-accounts.ts';
import type { Store } from '#store/store.ts';
import type { OpenedAccount, PaymentMethod, PaymentProvider, ProviderMode } from './provider.ts';

/** An account without its credentials: those are written and never read back. */
export type AccountView = {
  readonly accountId: string;
  readonly provider: string;
  readonly name: string;
  /** Null: its credentials cannot be opened; save them again. */
  readonly mode: ProviderMode | null;
  /** Where it is, when that is not the provider's own address. */
  readonly apiUrl: string | null;
  /** The locations whose guests pay through it. */
  readonly locationIds: readonly string[];
};

export type NewAccount = {
  readonly companyId: string;
  readonly userId: string;
  readonly accountId: string;
  readonly provider: string;
  readonly name: string;
  readonly apiUrl: string | null;
  /** As the provider's own schema wants them. */
  readonly credentials: unknown;
};

export type SetUpDeps = {
  readonly store: Store;
  readonly clock: Clock;
  readonly providerOf: (companyId: string, accountId: string) => Promise<PaymentProvider | undefined>;
  /** Opens credentials that are not saved yet; undefined: there is no such provider. */
  readonly tryOpen: (account: NewAccount) => OpenedAccount | undefined;
  readonly sealCredentials: (account: NewAccount) => string;
};

export type AccountRefused = {
  readonly kind: 'refused';
  readonly code: 'note-card-number' | 'payment-account-invalid' | 'payment-account-unknown';
  readonly errors?: readonly { readonly path: string; readonly code: string }[];
};

export async function listAccounts(deps: SetUpDeps, companyId: string): Promise<readonly AccountView[]> {
  const { rows, locations } = await deps.store.asCompany(companyId, async (tx) => ({
    rows: await listPaymentAccounts(tx, companyId),
    locations: await listLocations(tx, companyId),
  }));
  return Promise.all(
    rows.map(async (row) => ({
      accountId: row.account_id,
      provider: row.provider_id,
      name: row.name,
      mode: (await deps.providerOf(companyId, row.account_id))?.mode ?? null,
      apiUrl: row.api_url,
      locationIds: locations
        .filter((location) => location.payment_account_id === row.account_id)
        .map((location) => location.location_id),
    })),
  );
}

/** Saves an account, new or with other credentials. They are judged by the provider's schema before they are sealed. */
export async function setUpAccount(
  deps: SetUpDeps,
  account: NewAccount,
): Promise<{ readonly kind: 'saved'; readonly mode: ProviderMode } | AccountRefused> {
  if (holdsCardNumber(account.name)) return { kind: 'refused', code: 'note-card-number' };
  const opened = deps.tryOpen(account);
  if (opened?.kind !== 'opened') {
    const errors = (opened?.errors ?? [{ path: '', detail: 'no such provider' }]).map((error) => ({
      path:
        opened === undefined ? 'provider' : error.path === 'apiUrl' ? 'apiUrl' : `credentials.${error.path}`,
      code: error.detail,
    }));
    return { kind: 'refused', code: 'payment-account-invalid', errors };
  }
  const { companyId, accountId } = account;
  const nowMs = deps.clock.nowMs();
  const { mode } = opened.provider;
  await deps.store.asCompany(companyId, async (tx) => {
    await savePaymentAccount(tx, {
      companyId,
      accountId,
      providerId: account.provider,
      name: account.name,
      apiUrl: account.apiUrl,
      sealedCredentials: deps.sealCredentials(account),
      nowMs,
    });
    await appendAudit(tx, {
      companyId,
      userId: account.userId,
      action: 'payment account saved',
      subject: `payment-account:${accountId}`,
      reason: 'saved in the console',
      facts: { provider: account.provider, name: account.name, mode },
      atMs: nowMs,
    });
  });
  return { kind: 'saved', mode };
}

export type AccountCheck =
  | { readonly kind: 'checked'; readonly state: 'working'; readonly methods: readonly PaymentMethod[] }
  | { readonly kind: 'checked'; readonly state: 'failing'; readonly cause: string; readonly detail: string };

/** What a guest could pay ten of the currency with; so a price that hardly any method is too small or too large for. */
const checkedUnits = 10;

/** Asks the provider whether the saved credentials work, and what guests could pay with there. No money moves. */
export async function checkAccount(
  deps: SetUpDeps,
  asked: { readonly companyId: string; readonly accountId: string },
): Promise<AccountCheck | AccountRefused> {
  const { companyId, accountId } = asked;
  const { account, locations } = await deps.store.asCompany(companyId, async (tx) => ({
    account: await getPaymentAccount(tx, companyId, accountId),
    locations: await listLocations(tx, companyId),
  }));
  if (account === undefined) return { kind: 'refused', code: 'payment-account-unknown' };
  const provider = await deps.providerOf(companyId, accountId);
  if (provider === undefined)
    return {
      kind: 'checked',
      state: 'failing',
      cause: 'account-unreadable',
      detail: 'save its credentials again',
    };
  const currency = locations.find((location) => location.payment_account_id === accountId)?.currency ?? 'EUR';
  const amount = money(checkedUnits * 10 ** currencyDigits[currency], currency);
  const listed = await provider.methods({ amount, locale: 'en' });
  return listed.kind === 'done'
    ? { kind: 'checked', state: 'working', methods: listed.value }
    : { kind: 'checked', state: 'failing', cause: listed.error.code, detail: listed.error.detail };
}
