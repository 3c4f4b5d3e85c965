import { deadline } from '#domain/time.ts';
import { keepReading } from '#delivery/detector.ts';
import { getLocationStatus } from '#store/location-statuses.ts';
import { lockOrder } from '#store/orders.ts';
import type { OrderRow } from '#store/schema.ts';
import { refuse } from './deps.ts';
import type { PaymentsDeps, Refused } from './deps.ts';

/** A waiter at the till, or a guest in front of a checkout, waits for this. */
const orderReadMsMax = 10_000;

/** How the bill was found: as the POS has it now, or why that could not be had. */
export type BillReading =
  | { readonly kind: 'read' }
  /** Nothing of the order is in the POS, so there is nothing to read. */
  | { readonly kind: 'not-in-pos' }
  | { readonly kind: 'unreachable'; readonly refused: Refused }
  /** It answers and cannot show the bill. */
  | { readonly kind: 'unreadable'; readonly refused: Refused };

/** Reads an open order's bill from the POS right now and keeps what it shows. A POS known to be away is not asked. */
export async function readBill(deps: PaymentsDeps, order: OrderRow): Promise<BillReading> {
  const askedFor = order.pos_ref;
  if (askedFor === null || order.state !== 'open') return { kind: 'not-in-pos' };
  const place = { companyId: order.company_id, locationId: order.location_id };
  const status = await deps.store.asCompany(order.company_id, (tx) => getLocationStatus(tx, place));
  if (status?.state !== 'online') {
    const { reason } = status ?? { reason: null };
    const known = reason === null || reason === 'starting' ? {} : { reason };
    return { kind: 'unreachable', refused: { ...refuse('location-read-only'), ...known } };
  }
  const readLagMs = (await deps.capabilitiesOf(place))?.readLagMs ?? 0;
  const atMs = deps.clock.nowMs() - readLagMs;
  const limit = deadline(deps.clock, orderReadMsMax);
  const read = await deps.readOrder(place, askedFor, limit.signal);
  limit.done();
  if (read.kind === 'failed') {
    const reason = read.error.code;
    const unreachable = !read.answered && !(await deps.checkLocation(place));
    return unreachable
      ? { kind: 'unreachable', refused: { ...refuse('location-read-only'), reason } }
      : { kind: 'unreadable', refused: { ...refuse('pos-unreadable'), reason } };
  }
  await deps.store.asCompany(order.company_id, async (tx) => {
    const current = await lockOrder(tx, order.company_id, order.order_id);
    if (current !== undefined) await keepReading(tx, current, { askedFor, seen: read.value, atMs });
  });
  return { kind: 'read' };
}
