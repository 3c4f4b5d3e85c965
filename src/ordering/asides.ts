import { makeReference } from '#domain/reference.ts';
import { isPaymentCardNumber, parseNote } from '#domain/text.ts';
import { isSettled } from '#domain/write.ts';
import { messageExpiryMs } from '#contract/schedule.ts';
import { endUnwanted } from '#delivery/end-lane.ts';
import { enqueueWrite, laneOfMessages, laneOfOrder } from '#delivery/enqueue.ts';
import {
  announceChange,
  getRound,
  listJoinableOrders,
  listVisitOrders,
  lockOrder,
  lockTable,
  updateOrder,
} from '#store/orders.ts';
import type { OrderRow } from '#store/schema.ts';
import { listOrderWrites, lockAskedWrite, sendStill } from '#store/writes.ts';
import type { Tx } from '#store/store.ts';
import { refuse } from './deps.ts';
import type { GuestTable, OrderingDeps, Refused } from './deps.ts';
import { chooseJoinable } from './join-order.ts';

/** What a till shows of a message without cutting it. */
const messageLengthMax = 120;

type Queued = { readonly kind: 'queued' };

/** A message to the table's waiter. It waits in the table's own lane and is dropped after two minutes. */
export async function callWaiter(
  deps: OrderingDeps,
  table: GuestTable,
  text: string | undefined,
): Promise<Queued | Refused> {
  const capabilities = await deps.capabilitiesOf(table);
  if (capabilities?.sendMessage !== true) return refuse('not-offered');
  const note = parseNote(text ?? '', messageLengthMax);
  if (note.kind === 'bad') return refuse(`note-${note.code}`);
  return deps.store.asCompany(table.companyId, async (tx) => {
    const diningTable = await lockTable(tx, table.companyId, table.tableId);
    const nowMs = deps.clock.nowMs();
    const words =
      note.text === '' ? `Table ${diningTable.name} calls` : `Table ${diningTable.name}: ${note.text}`;
    await enqueueWrite(tx, {
      ...table,
      lane: laneOfMessages(table.tableId),
      orderId: null,
      roundId: null,
      paymentId: null,
      payload: {
        kind: 'send-message',
        messageReference: makeReference(deps.randomBytes),
        tableRef: diningTable.table_ref,
        text: words,
        expiresAtMs: nowMs + messageExpiryMs,
      },
      freshUntilMs: nowMs + messageExpiryMs,
      nowMs,
    });
    return { kind: 'queued' };
  });
}

/** `applied`: the POS has this card on the order already. `waiting`: the POS is away and gets it when it is back. */
type CardTaken = { readonly kind: 'taken'; readonly state: 'queued' | 'waiting' | 'applied' };

/**
 * Applies a loyalty card to the guest's order in the POS; the discount is the POS's to compute. How it ended stands on the order: a
 * card that the loyalty system does not know is refused there.
 */
export async function applyLoyaltyCard(
  deps: OrderingDeps,
  table: GuestTable,
  card: { readonly visit: string | undefined; readonly cardCode: string },
): Promise<CardTaken | Refused> {
  // A bank's card typed into the wrong field must not reach the POS.
  if (isPaymentCardNumber(card.cardCode)) return refuse('note-card-number');
  const capabilities = await deps.capabilitiesOf(table);
  if (capabilities?.applyCard !== true) return refuse('not-offered');
  return deps.store.asCompany(table.companyId, async (tx) => {
    const found = await findOpenOrder(tx, table, card.visit);
    const order = found === undefined ? undefined : await lockOrder(tx, found.company_id, found.order_id);
    if (order === undefined || order.state !== 'open') return refuse('order-unknown');
    const writes = await listOrderWrites(tx, order.company_id, [order.order_id]);
    const before = writes.findLast(
      ({ payload }) => payload.kind === 'apply-card' && payload.cardCode === card.cardCode,
    );
    if (before?.state === 'delivered') return { kind: 'taken', state: 'applied' };
    if (before !== undefined && !isSettled(before.state))
      return { kind: 'taken', state: before.state === 'waiting' ? 'waiting' : 'queued' };
    const write = await enqueueWrite(tx, {
      ...table,
      lane: laneOfOrder(order.order_id),
      orderId: order.order_id,
      roundId: null,
      paymentId: null,
      // An order on its way to the POS gets its reference from the write before this one in the lane.
      payload: { kind: 'apply-card', posRef: order.pos_ref ?? '', cardCode: card.cardCode },
      freshUntilMs: null,
      nowMs: deps.clock.nowMs(),
    });
    return { kind: 'taken', state: write.state };
  });
}

async function findOpenOrder(
  tx: Tx,
  table: GuestTable,
  visit: string | undefined,
): Promise<OrderRow | undefined> {
  if (table.flow === 'pay-later') {
    const joinable = chooseJoinable(await listJoinableOrders(tx, table.companyId, table.tableId));
    return joinable === 'several' ? undefined : joinable;
  }
  if (visit === undefined) return undefined;
  const orders = await listVisitOrders(tx, table.companyId, { locationId: table.locationId, visitId: visit });
  return orders.find((order) => order.state === 'open');
}

/** The guest's answer for a round that waited too long. Only the visit that ordered it may say. */
export async function answerStillWanted(
  deps: OrderingDeps,
  table: GuestTable,
  answer: { readonly visit: string | undefined; readonly roundId: string; readonly wanted: boolean },
): Promise<{ readonly kind: 'answered' } | Refused> {
  return deps.store.asCompany(table.companyId, async (tx) => {
    const round = await getRound(tx, table.companyId, answer.roundId);
    const order = round === undefined ? undefined : await lockOrder(tx, round.company_id, round.order_id);
    const mine = round?.visit_id !== null && round?.visit_id === answer.visit;
    // Its location is enough: a waiter may have moved the order to another table.
    if (round === undefined || order === undefined || order.location_id !== table.locationId || !mine)
      return refuse('order-unknown');
    const nowMs = deps.clock.nowMs();
    const write = await lockAskedWrite(tx, table.companyId, round.round_id);
    if (write === undefined) return refuse('round-settled');
    await (answer.wanted ? sendStill(tx, write, nowMs) : endUnwanted(tx, write, nowMs));
    const place = { companyId: order.company_id, locationId: order.location_id, orderId: order.order_id };
    const event = answer.wanted ? 'still-wanted' : 'no-longer-wanted';
    await deps.logFlow(tx, {
      ...place,
      roundId: round.round_id,
      writeId: write.write_id,
      event,
      detail: '',
      atMs: nowMs,
    });
    await announceChange(tx, place);
    return { kind: 'answered' };
  });
}

/** A waiter says which of several open POS orders the guests of a table join. */
export async function chooseOrder(
  deps: OrderingDeps,
  choice: { readonly companyId: string; readonly tableId: string; readonly posRef: string },
): Promise<{ readonly kind: 'chosen' } | Refused> {
  return deps.store.asCompany(choice.companyId, async (tx) => {
    const orders = await listJoinableOrders(tx, choice.companyId, choice.tableId);
    const chosen = orders.find((order) => order.pos_ref === choice.posRef);
    if (chosen === undefined) return refuse('order-unknown');
    const nowMs = deps.clock.nowMs();
    await updateOrder(tx, chosen, { chosen_at_ms: nowMs }, nowMs);
    const place = { companyId: chosen.company_id, locationId: chosen.location_id, orderId: chosen.order_id };
    await deps.logFlow(tx, { ...place, event: 'order-chosen', detail: '', atMs: nowMs });
    await announceChange(tx, place);
    return { kind: 'chosen' };
  });
}
