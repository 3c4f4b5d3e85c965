import type {
  ApplyCardWrite,
  MarkPaidWrite,
  PosWrite,
  PosWritten,
  RoundWrite,
  SendMessageWrite,
} from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { ReadBack, ReadOutcome } from '#contract/outcome.ts';
import type { Call, OperationName } from './client.ts';
import { findOurOrder, listOpenOrders, readOrderIfAny } from './find-order.ts';
import { checkRestaurant } from './get-restaurant-status.ts';
import { findJoined } from './joined-orders.ts';
import { readFailed } from './map-error.ts';
import { findRound, isClosed, isWhole } from './map-order.ts';
import { showsCard } from './post-apply-personal-card.ts';
import { roundPlaced } from './post-order.ts';
import { findOurPayment } from './post-pay-order.ts';
import { findMessage } from './post-send-message.ts';
import type { Asked, Site } from './site.ts';
import type { WireOrder } from './wire-order.ts';

type Answer = ReadOutcome<ReadBack<PosWritten>>;

/** What one reading shows of a write whose answer never came. Changes nothing. */
export async function readBack(site: Site, write: PosWrite, signal: AbortSignal): Promise<Answer> {
  const call: Call = {
    operation: operationOf(write),
    signal,
    ...('posRef' in write && write.posRef !== null ? { posRef: write.posRef } : {}),
  };
  // Another restaurant has none of our orders, which must not count as "absent".
  const failure = await checkRestaurant(site, call);
  if (failure !== undefined) return readFailed(failure);
  switch (write.kind) {
    case 'create-order':
    case 'append-round':
      return readBackRound(site, write, call);
    case 'mark-paid':
      return readBackPayment(site, write, call);
    case 'send-message':
      return readBackMessage(site, write, call);
    case 'apply-card':
      return readBackCard(site, write, call);
  }
}

function operationOf(write: PosWrite): OperationName {
  switch (write.kind) {
    case 'create-order':
    case 'append-round':
      return 'PostOrder';
    case 'mark-paid':
      return 'PostPayOrder';
    case 'send-message':
      return 'PostSendMessage';
    case 'apply-card':
      return 'PostApplyPersonalCard';
  }
}

/**
 * A round is looked for on its order; a first round on every order it may have been put on: ours, the one we remember to have
 * joined, and those open at the table.
 */
async function readBackRound(site: Site, write: RoundWrite, call: Call): Promise<Answer> {
  const found = await readCandidates(site, write, call);
  if (found.kind === 'failed') return readFailed(found.failure);
  for (const order of found.value) {
    const session = findRound(order.sessions, write);
    if (session === undefined) continue;
    // Part of the round is there and the rest will not follow: neither sending it again nor calling it done is right.
    return isWhole(session, write)
      ? present(roundPlaced(site, order, session, write))
      : impossible(
          'unknown-outcome',
          `the POS took ${session.dishes.length} of ${write.lines.length} lines; a waiter must look`,
        );
  }
  if (write.posRef !== null && found.value.length === 0) {
    return impossible('order-unknown', 'the POS no longer has the order');
  }
  // A closed order takes nothing more, so what is not on it will not get there.
  return found.value.length > 0 && found.value.every((order) => isClosed(order) || order.deleted)
    ? impossible('order-closed', 'the order was closed without the round')
    : absent;
}

async function readCandidates(
  site: Site,
  write: RoundWrite,
  call: Call,
): Promise<Asked<readonly WireOrder[]>> {
  const orders: WireOrder[] = [];
  const known = write.posRef ?? (await findJoined(site.memory, write.roundReference));
  if (known !== undefined) {
    const order = await readOrderIfAny(site, known, call);
    if (order.kind === 'failed') return order;
    if (order.value !== null) orders.push(order.value);
  }
  if (write.posRef !== null) return { kind: 'read', value: orders };
  const ours = await findOurOrder(site, write.orderReference, call);
  if (ours.kind === 'failed') return ours;
  if (ours.value !== null) orders.push(ours.value);
  const found = orders.some((order) => findRound(order.sessions, write) !== undefined);
  if (found || write.openOrder === 'own') return { kind: 'read', value: orders };
  const listed = await listOpenOrders(site, write.tableRef, call);
  if (listed.kind === 'failed') return listed;
  for (const { guid } of listed.value.filter((entry) => orders.every((order) => order.guid !== entry.guid))) {
    const order = await readOrderIfAny(site, guid, call);
    if (order.kind === 'failed') return order;
    // An order that others opened proves nothing by lacking the round: only one that shows it counts.
    if (order.value !== null && findRound(order.value.sessions, write) !== undefined)
      orders.push(order.value);
  }
  return { kind: 'read', value: orders };
}

async function readBackPayment(site: Site, write: MarkPaidWrite, call: Call): Promise<Answer> {
  const order = await readOrderIfAny(site, write.posRef, call);
  if (order.kind === 'failed') return readFailed(order.failure);
  if (order.value === null) {
    const listed = await listOpenOrders(site, null, call);
    if (listed.kind === 'failed') return readFailed(listed.failure);
    return listed.value.some((entry) => entry.guid === write.posRef)
      ? absent
      : impossible('order-unknown', 'the POS no longer has the order');
  }
  const paid = findOurPayment(order.value, write);
  if (paid !== undefined) return present(paid);
  if (!isClosed(order.value) && !order.value.deleted) return absent;
  return impossible('order-closed', 'the order was closed without our payment');
}

async function readBackMessage(site: Site, write: SendMessageWrite, call: Call): Promise<Answer> {
  const found = await findMessage(site, write, call);
  if (found.kind === 'failed') return readFailed(found.failure);
  return found.value === null ? absent : present({ messageRef: found.value });
}

async function readBackCard(site: Site, write: ApplyCardWrite, call: Call): Promise<Answer> {
  const order = await readOrderIfAny(site, write.posRef, call);
  if (order.kind === 'failed') return readFailed(order.failure);
  if (order.value === null) return impossible('order-unknown', 'the POS no longer has the order');
  if (showsCard(order.value, write.cardCode)) return present({ posRef: write.posRef });
  return isClosed(order.value) ? impossible('order-closed', 'the order was closed without the card') : absent;
}

const absent: Answer = { kind: 'read', value: { kind: 'absent' } };

function present(value: PosWritten): Answer {
  return { kind: 'read', value: { kind: 'present', value } };
}

function impossible(code: PosErrorCode, detail: string): Answer {
  return { kind: 'read', value: { kind: 'impossible', error: posError(code, detail) } };
}
