import type { Currency } from '#domain/money.ts';
import type { ProviderMode } from './provider.ts';

/**
 * Why a location takes no online payments. It is a state to show, never a reason for the process not to start: guests order, and
 * waiters take the money.
 */
export const onlinePaymentOff = {
  'no-account': 'No payment account is set up.',
  'account-unreadable': 'The payment account cannot be opened; save its credentials again.',
  'test-account-on-live-location':
    'A live location never takes test money: give it an account with live credentials.',
  'live-account-on-test-location':
    'A test location never takes real money: give it an account with test credentials.',
  'currency-not-taken':
    "The payment provider does not charge in the location's currency; guests pay at the table.",
} as const;
export type OnlinePaymentOff = keyof typeof onlinePaymentOff;

export type AccountFacts =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'opened'; readonly mode: ProviderMode; readonly takes: (currency: Currency) => boolean };

/** Whether a location may take money through the account it points to. Null: it may. */
export function judgeAccount(
  account: AccountFacts,
  location: { readonly mode: ProviderMode; readonly currency: Currency },
): OnlinePaymentOff | null {
  if (account.kind === 'none') return 'no-account';
  if (account.kind === 'unreadable') return 'account-unreadable';
  if (account.mode !== location.mode) {
    return account.mode === 'test' ? 'test-account-on-live-location' : 'live-account-on-test-location';
  }
  return account.takes(location.currency) ? null : 'currency-not-taken';
}
