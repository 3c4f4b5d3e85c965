import { z } from 'zod';
import type { PaymentSettingsPort } from '#api/payment-settings-routes.ts';
import { getPaymentSettings, savePaymentSettings } from '#payments/payment-settings.ts';
import type { PaymentSettingsDeps } from '#payments/payment-settings.ts';
import { checkAccount, listAccounts, setUpAccount } from '#payments/set-up-account.ts';
import type { SetUpDeps } from '#payments/set-up-account.ts';
import { changeSettings, getConnection } from '#store/connections.ts';
import type { Tx } from '#store/store.ts';
import { connectors } from './connectors.ts';
import { connectionSettings } from './open-connections.ts';

type Place = { readonly companyId: string; readonly locationId: string };

/** A connector that books tips as an item has a setting of this name; the others refuse it. */
const tipItemSetting = z.looseObject({ tipItemCode: z.union([z.string(), z.number()]).optional() });

export function makePaymentSettingsPort(accounts: SetUpDeps): PaymentSettingsPort {
  const deps: PaymentSettingsDeps = { store: accounts.store, clock: accounts.clock, tipItemOf, saveTipItem };
  return {
    accounts: ({ companyId }) => listAccounts(accounts, companyId),
    saveAccount: ({ companyId, userId }, accountId, account) =>
      setUpAccount(accounts, { ...account, companyId, userId, accountId }),
    checkAccount: ({ companyId }, accountId) => checkAccount(accounts, { companyId, accountId }),
    settings: ({ companyId }, locationId) => getPaymentSettings(deps, { companyId, locationId }),
    saveSettings: ({ companyId, userId }, locationId, settings) =>
      savePaymentSettings(deps, { companyId, locationId, userId, settings }),
  };
}

async function tipItemOf(tx: Tx, place: Place): Promise<string | null> {
  const row = await getConnection(tx, place);
  const stored = connectionSettings.safeParse(row?.settings);
  const item = tipItemSetting.safeParse(stored.data?.connector);
  return item.data?.tipItemCode === undefined ? null : String(item.data.tipItemCode);
}

async function saveTipItem(tx: Tx, place: Place, code: string | null): Promise<'saved' | 'not-offered'> {
  const row = await getConnection(tx, place);
  const stored = connectionSettings.safeParse(row?.settings);
  const before = tipItemSetting.safeParse(stored.data?.connector);
  const offered = connectors.get(row?.connector_id ?? '');
  if (!stored.success || !before.success || offered === undefined) return 'not-offered';
  const { tipItemCode: _before, ...others } = before.data;
  const connector = code === null ? others : { ...others, tipItemCode: code };
  if (!offered.takesSettings(connector)) return 'not-offered';
  await changeSettings(tx, place, { ...stored.data, connector });
  return 'saved';
}
