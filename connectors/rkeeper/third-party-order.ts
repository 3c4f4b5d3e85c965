import type { RoundWrite } from '#contract/connector.ts';
import type { Tag } from './client.ts';
import type { RefItem, RkeeperSettings } from './settings.ts';

export type OrderHead = { readonly station: RefItem; readonly orderType: RefItem };

/** The till and the kind of order: the third party's profile names them by ident, else the connection does. Undefined: not an ident. */
export function headOf(
  settings: RkeeperSettings,
  thirdParty: RoundWrite['thirdParty'],
): OrderHead | undefined {
  const station = identOr(settings.station, thirdParty?.stationRef);
  const orderType = identOr(settings.orderType, thirdParty?.orderTypeRef);
  return station === undefined || orderType === undefined ? undefined : { station, orderType };
}

function identOr(configured: RefItem, ref: string | null | undefined): RefItem | undefined {
  if (ref === null || ref === undefined) return configured;
  return /^[1-9]\d{0,14}$/.test(ref) ? { id: Number(ref) } : undefined;
}

/**
 * Open-amount entries of DISCOUNTS, in the order's first package: `amount` on a package is the sum as it is typed in, the
 * effect is the POS's own `discountSum`.
 */
export function discountTags(write: RoundWrite): readonly Tag[] {
  return (write.thirdParty?.discounts ?? []).map((discount) => ({
    name: 'Discount',
    attributes: { code: discount.code, amount: String(discount.amount.amountMinor) },
  }));
}
