import type { ApplyCardWrite, CardApplied } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import { asWrite } from './as-write.ts';
import { readOrder } from './find-order.ts';
import { underLock } from './lock.ts';
import { beforeTheWrite, failureOf, outcomeOf } from './map-error.ts';
import { isClosed } from './map-order.ts';
import { configured, orderTag } from './site.ts';
import type { Site } from './site.ts';
import type { WireOrder } from './wire-order.ts';

/**
 * PostApplyPersonalCard: puts a loyalty card on the order. `Interface` is the card system's logical interface, which the
 * settings call the program code.
 */
export async function postApplyPersonalCard(
  site: Site,
  write: ApplyCardWrite,
  signal: AbortSignal,
): Promise<WriteOutcome<CardApplied>> {
  const { posRef, cardCode } = write;
  const interfaceCode = site.settings.loyalty.programCode;
  if (interfaceCode === undefined) {
    return { kind: 'refused', error: posError('not-possible', 'no loyalty program is configured') };
  }
  const value = { posRef };
  return asWrite(
    site,
    'PostApplyPersonalCard',
    { signal, posRef },
    async (call): Promise<WriteOutcome<CardApplied>> => {
      const order = await readOrder(site, posRef, call);
      if (order.kind === 'failed') return beforeTheWrite(order.failure);
      if (showsCard(order.value, cardCode)) return { kind: 'applied', value, repeated: true };
      if (isClosed(order.value)) {
        return { kind: 'refused', error: posError('order-closed', 'closed at the till') };
      }
      return underLock(site, posRef, call, async (lockguid): Promise<WriteOutcome<CardApplied>> => {
        const reply = await site.client.send(
          {
            command: 'ApplyPersonalCard',
            attributes: { CardCode: cardCode, lockguid },
            children: [
              orderTag(posRef),
              configured(site, 'Station', 'station'),
              { name: 'Interface', attributes: { code: interfaceCode } },
              configured(site, 'Cashier', 'cashier'),
              // Required by the schema, empty for us.
              { name: 'Coupons' },
            ],
          },
          call,
        );
        if (reply.kind !== 'ok') return outcomeOf(failureOf(reply, site.settings));
        // Ok is also what a discount gets that may not be combined with one already there; the order shows what happened.
        const again = await readOrder(site, posRef, call);
        if (again.kind === 'failed') {
          return { kind: 'unknown', error: again.failure.error, answered: again.failure.answered };
        }
        return showsCard(again.value, cardCode)
          ? { kind: 'applied', value, repeated: false }
          : { kind: 'refused', error: posError('card-refused', 'the card did not take effect on the order') };
      });
    },
  );
}

/** The card stands on a guest of the order or on a discount it gave. */
export function showsCard(order: WireOrder, cardCode: string): boolean {
  const discounts = order.sessions.flatMap((session) => [
    ...session.discounts,
    ...session.dishes.flatMap((dish) => dish.discounts),
  ]);
  return (
    order.cardCodes.includes(cardCode) ||
    discounts.some((discount) => !discount.deleted && discount.cardCode === cardCode)
  );
}
