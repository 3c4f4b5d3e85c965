import { isDeepStrictEqual } from 'node:util';
import type { Donation } from '#domain/payment.ts';
import type { Venue } from '#domain/receipt.ts';
import { holdsCardNumber } from '#domain/text.ts';
import type { Clock } from '#domain/time.ts';
import { appendAudit } from '#store/audit.ts';
import { getLocation, updateLocation } from '#store/locations.ts';
import { getPaymentAccount } from '#store/payment-accounts.ts';
import type { LocationRow } from '#store/schema.ts';
import type { Store, Tx } from '#store/store.ts';
import type { ProviderMode } from './provider.ts';

/** What a location does about guests' money. Its credentials stand in an account, apart. */
export type PaymentSettings = {
  /** Null: no online payments. */
  readonly accountId: string | null;
  /** A live location takes no test money, and the reverse. */
  readonly mode: ProviderMode;
  readonly tips: {
    /** Offered, never chosen beforehand. */
    readonly percents: readonly number[];
    /** The largest tip, in percent of the share; 0: none are taken. */
    readonly maxPercent: number;
    /** What tips are booked as in the POS; null: they are reported only. */
    readonly itemCode: string | null;
  };
  readonly donation: Donation | null;
  /** Surpluses are given back without asking a person. */
  readonly autoRefund: boolean;
  /** Minutes after local midnight. */
  readonly dayStartsMinute: number;
  /** What receipts say of the restaurant. */
  readonly venue: Venue | null;
};

type Place = { readonly companyId: string; readonly locationId: string };

export type PaymentSettingsDeps = {
  readonly store: Store;
  readonly clock: Clock;
  /** The item tips are booked as is part of how the POS is reached. */
  readonly tipItemOf: (tx: Tx, place: Place) => Promise<string | null>;
  /** `not-offered`: this POS has no such item, or not by this code. */
  readonly saveTipItem: (tx: Tx, place: Place, code: string | null) => Promise<'saved' | 'not-offered'>;
};

export type SettingsRefused = {
  readonly kind: 'refused';
  readonly code: 'location-unknown' | 'note-card-number' | 'not-offered' | 'payment-account-unknown';
  readonly errors?: readonly { readonly path: string; readonly code: string }[];
};

export function getPaymentSettings(
  deps: PaymentSettingsDeps,
  place: Place,
): Promise<PaymentSettings | undefined> {
  return deps.store.asCompany(place.companyId, async (tx) => {
    const location = await getLocation(tx, place);
    return location === undefined ? undefined : settingsOf(location, await deps.tipItemOf(tx, place));
  });
}

/** Saves all of them at once, and who did. An account of the other mode may be named: the location then says why nobody pays. */
export async function savePaymentSettings(
  deps: PaymentSettingsDeps,
  saving: Place & { readonly userId: string; readonly settings: PaymentSettings },
): Promise<{ readonly kind: 'saved' } | SettingsRefused> {
  const { companyId, settings } = saving;
  if (textsOf(settings).some(holdsCardNumber)) return { kind: 'refused', code: 'note-card-number' };
  return deps.store.asCompany(companyId, async (tx) => {
    const location = await getLocation(tx, saving);
    if (location === undefined) return { kind: 'refused', code: 'location-unknown' };
    const { accountId, tips } = settings;
    if (accountId !== null && (await getPaymentAccount(tx, companyId, accountId)) === undefined)
      return { kind: 'refused', code: 'payment-account-unknown' };
    const before = settingsOf(location, await deps.tipItemOf(tx, saving));
    if (
      tips.itemCode !== before.tips.itemCode &&
      (await deps.saveTipItem(tx, saving, tips.itemCode)) === 'not-offered'
    )
      return {
        kind: 'refused',
        code: 'not-offered',
        errors: [{ path: 'tips.itemCode', code: 'not-offered' }],
      };
    await updateLocation(tx, saving, columnsOf(settings));
    await appendAudit(tx, {
      companyId,
      userId: saving.userId,
      action: 'payment settings saved',
      subject: `location:${saving.locationId}`,
      reason: 'saved in the console',
      facts: changesIn(before, settings),
      atMs: deps.clock.nowMs(),
    });
    return { kind: 'saved' };
  });
}

/** The same settings as a location's row holds them. */
export function columnsOf(settings: PaymentSettings) {
  return {
    payment_account_id: settings.accountId,
    payment_mode: settings.mode,
    tip_percents: JSON.stringify(settings.tips.percents),
    tip_max_percent: settings.tips.maxPercent,
    donation: settings.donation === null ? null : JSON.stringify(settings.donation),
    auto_refund: settings.autoRefund,
    day_starts_minute: settings.dayStartsMinute,
    venue: settings.venue === null ? null : JSON.stringify(settings.venue),
  };
}

function settingsOf(location: LocationRow, itemCode: string | null): PaymentSettings {
  return {
    accountId: location.payment_account_id,
    mode: location.payment_mode,
    tips: { percents: location.tip_percents, maxPercent: location.tip_max_percent, itemCode },
    donation: location.donation,
    autoRefund: location.auto_refund,
    dayStartsMinute: location.day_starts_minute,
    venue: location.venue,
  };
}

function textsOf({ donation, venue }: PaymentSettings): readonly string[] {
  return [donation?.cause, venue?.legalName, ...(venue?.addressLines ?? []), venue?.taxNumber].flatMap(
    (text) => text ?? [],
  );
}

/** Which settings changed: what was there before, and what is there now. */
function changesIn(before: PaymentSettings, after: PaymentSettings): Readonly<Record<string, string>> {
  const changed = (Object.keys(after) as (keyof PaymentSettings)[]).filter(
    (name) => !isDeepStrictEqual(before[name], after[name]),
  );
  return Object.fromEntries(
    changed.map((name) => [name, `${JSON.stringify(before[name])} → ${JSON.stringify(after[name])}`]),
  );
}
