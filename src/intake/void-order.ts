import { refuse } from '#acceptance/codes.ts';
import type { Refused } from '#acceptance/codes.ts';
import { isReference } from '#acceptance/read-order.ts';
import { readVoid } from '#acceptance/void-order.ts';
import type { Reference } from '#domain/reference.ts';
import { cancelBeforeDelivery } from '#delivery/cancel.ts';
import type { IntakeClient } from '#store/intake-clients.ts';
import { findByExternalRef, lockIntakeOrder, updateIntakeOrder } from '#store/intake-orders.ts';
import { announceChange, lockOrder, updateOrder } from '#store/orders.ts';
import { removeCollected } from '#store/payments.ts';
import { openItem } from '#store/reconciliation.ts';
import type { IntakeOrderRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import type { IntakeDeps } from './deps.ts';

export type Voided = { readonly kind: 'voided' } | Refused;

/**
 * Withdraws an order that no POS has seen yet. Void is not part of the connector contract: once a write may have reached the POS,
 * a person must void it there, which becomes an item on the list of what staff look at.
 */
export async function voidOrder(
  deps: IntakeDeps,
  client: IntakeClient,
  asked: { readonly externalRef: string; readonly text: string },
): Promise<Voided> {
  const read = readVoid(asked.text);
  if (read.kind === 'refused' && read.refusal.code !== 1050) return read;
  return deps.store.asCompany(client.companyId, async (tx) => {
    const found = isReference(asked.externalRef)
      ? await findByExternalRef(tx, client, asked.externalRef)
      : undefined;
    const order =
      found === undefined ? undefined : await lockIntakeOrder(tx, client.companyId, found.intake_id);
    if (order === undefined) return refuse(1005, { externalRef: asked.externalRef });
    // An order that nobody knows needs no reason.
    if (read.kind === 'refused') return read;
    if (order.state === 'voided') return refuse(1050, { reason: 'it is voided already.' });
    const wrong = order.order_id === null ? undefined : await withdraw(tx, deps, order, order.order_id);
    if (wrong !== undefined) return refuse(1050, { reason: wrong });
    await updateIntakeOrder(tx, order, { state: 'voided', changed_at_ms: deps.clock.nowMs() });
    return { kind: 'voided' };
  });
}

/** Undefined: nothing of it reaches the POS any more. Else why it cannot be taken back from here. */
async function withdraw(
  tx: Tx,
  deps: IntakeDeps,
  intake: IntakeOrderRow,
  orderId: Reference,
): Promise<string | undefined> {
  const order = await lockOrder(tx, intake.company_id, orderId);
  if (order === undefined) throw new Error('a posted order without its order');
  const nowMs = deps.clock.nowMs();
  const place = { companyId: order.company_id, locationId: order.location_id };
  if (order.state === 'voided' && order.pos_ref !== null) return undefined;
  if (order.pos_ref === null && (await cancelBeforeDelivery(tx, order, nowMs))) {
    await removeCollected(tx, order);
    const nothing = { money_state: 'unpaid', paid_minor: 0, tip_minor: 0, covered_minor: null } as const;
    await updateOrder(tx, order, { state: 'voided', ...nothing }, nowMs);
    await deps.logFlow(tx, { ...place, orderId, event: 'intake-voided', detail: '', atMs: nowMs });
    await announceChange(tx, { ...place, orderId });
    return undefined;
  }
  await openItem(tx, {
    ...place,
    kind: 'void-asked',
    dedupeKey: `void-asked:${intake.intake_id}`,
    orderId,
    writeId: null,
    paymentId: null,
    amount: null,
    facts: { orderNum: intake.order_num, externalNumber: intake.external_number },
    nowMs,
  });
  await announceChange(tx, { ...place, orderId });
  return order.state === 'settled'
    ? 'it is paid and closed in the POS; the staff are told.'
    : 'it is with the POS already; the staff are told to void it there.';
}
