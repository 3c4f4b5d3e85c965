import { deadline } from '#domain/time.ts';
import type { ReconciliationEnd } from '#domain/reconciliation.ts';
import type { PosWritten } from '#contract/connector.ts';
import type { Capabilities } from '#contract/capabilities.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { PosOrder } from '#contract/snapshot.ts';
import { appendAudit } from '#store/audit.ts';
import { findOrderByPosRef, getOrder, lockOrder } from '#store/orders.ts';
import { closeItems, getItem, lockItem } from '#store/reconciliation.ts';
import type { OrderRow, ReconciliationItemRow, WriteRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { getWrite, lockWriteUnlessBusy, readSoon, resolveWrite, shareLocationStatus } from '#store/writes.ts';
import { settledAtMs } from './decide.ts';
import { endLane, tellMove } from './end-lane.ts';
import { performReadBack, withPosRef } from './perform.ts';
import { factsOf } from './step.ts';
import type { StepDeps } from './step.ts';

/** A person waits for this reading. */
const orderReadMsMax = 10_000;

export type ResolveDeps = Pick<StepDeps, 'store' | 'clock' | 'connectorFor' | 'ended' | 'moved'>;

/** What a signed-in person said about one item, and why. */
export type Said = {
  readonly companyId: string;
  readonly userId: string;
  readonly itemId: number;
  readonly reason: string;
};

export type Resolved = { readonly kind: 'resolved'; readonly how: ReconciliationEnd } | ResolveRefused;
export type ResolveRefused = {
  readonly kind: 'refused';
  readonly code:
    | 'location-read-only'
    | 'pos-ref-required'
    | 'pos-says-otherwise'
    | 'pos-unreadable'
    | 'reconciliation-closed'
    | 'reconciliation-not-possible'
    | 'reconciliation-unknown'
    | 'too-early'
    | 'write-under-way';
  readonly detail?: string;
  readonly reason?: PosErrorCode;
};

/**
 * D10, the first of the two safe answers: "it is in the POS". The write counts as delivered and its lane goes on. Where the order
 * is not known in the POS yet, the person says which one it is; where the POS can be read, it must not contradict.
 */
export async function sayInPos(
  deps: ResolveDeps,
  said: Said & { readonly posRef: string | undefined },
): Promise<Resolved> {
  const found = await findCase(deps, said, 'in-the-pos');
  if (found.kind !== 'found') return found;
  const { order, write } = found;
  const posRef = order.pos_ref ?? said.posRef;
  if (posRef === undefined) return refuse('pos-ref-required');
  if (said.posRef !== undefined && said.posRef !== posRef)
    return refuse('pos-says-otherwise', `the order is ${posRef} in the POS`);
  const seen = await lookInPos(deps, found, posRef);
  if (seen.kind === 'refused') return seen;
  return conclude(deps, said, found, {
    how: 'in-the-pos',
    async check(tx) {
      const place = { companyId: order.company_id, locationId: order.location_id };
      const taken = await findOrderByPosRef(tx, { ...place, posRef });
      // An order that guests opened is no other order's, whatever a person copied from a till.
      return taken !== undefined && taken.order_id !== order.order_id && taken.opened_by === 'guest'
        ? refuse('pos-says-otherwise', 'the order in the POS belongs to other guests')
        : undefined;
    },
    async move(tx) {
      await resolveWrite(tx, write, 'delivered', deps.clock.nowMs());
      await tellMove(deps, tx, write, {
        decision: { state: 'delivered', error: null },
        value: valueSeen(write, posRef, seen.order),
        detail: 'a person found it in the POS',
      });
    },
  });
}

/**
 * D10, the second: "it is not in the POS". It is sent once more from the start of its schedule, or withdrawn when nobody wants it
 * any more. Refused while the POS shows it, cannot say, or may still be finishing the last attempt.
 */
export async function sayNotInPos(
  deps: ResolveDeps,
  said: Said & { readonly sendAgain: boolean },
): Promise<Resolved> {
  const how = said.sendAgain ? 'sent-again' : 'withdrawn';
  const found = await findCase(deps, said, how);
  if (found.kind !== 'found') return found;
  const unsafe = (said.sendAgain ? mayNotSend(found) : undefined) ?? (await mayBeThere(deps, found));
  if (unsafe !== undefined) return unsafe;
  const { write } = found;
  return conclude(deps, said, found, {
    how,
    check: (_tx, { readOnly }) =>
      Promise.resolve(said.sendAgain && readOnly ? refuse('location-read-only') : undefined),
    async move(tx) {
      const state = said.sendAgain ? 'queued' : 'cancelled';
      await resolveWrite(tx, write, state, deps.clock.nowMs());
      const detail = said.sendAgain
        ? 'a person did not find it in the POS: sent again'
        : 'withdrawn by a person';
      await tellMove(deps, tx, write, { decision: { state, error: null }, value: undefined, detail });
      if (state === 'cancelled') await endLane(deps, tx, write, 'the round before it was withdrawn');
    },
  });
}

/** What has no write to send or to link, e.g. a line that the POS lacks: a person dealt with it and says how. */
export async function sayDealtWith(deps: ResolveDeps, said: Said): Promise<Resolved> {
  return deps.store.asCompany(said.companyId, async (tx) => {
    const item = await lockItem(tx, said.companyId, said.itemId);
    const ended = endedBefore(item, 'dealt-with');
    if (item === undefined || ended !== undefined) return ended ?? refuse('reconciliation-unknown');
    if (item.kind === 'write-in-error')
      return refuse('reconciliation-not-possible', 'say whether it is in the POS');
    await close(tx, deps, said, { item, how: 'dealt-with' });
    return { kind: 'resolved', how: 'dealt-with' };
  });
}

type Found = {
  readonly kind: 'found';
  readonly item: ReconciliationItemRow;
  readonly order: OrderRow;
  readonly write: WriteRow;
};

async function findCase(deps: ResolveDeps, said: Said, how: ReconciliationEnd): Promise<Found | Resolved> {
  return deps.store.asCompany(said.companyId, async (tx) => {
    const item = await getItem(tx, said.companyId, said.itemId);
    const ended = endedBefore(item, how);
    if (item === undefined || ended !== undefined) return ended ?? refuse('reconciliation-unknown');
    if (item.kind !== 'write-in-error' || item.write_id === null || item.order_id === null)
      return refuse('reconciliation-not-possible', 'there is no write to link or to send');
    const write = await getWrite(tx, said.companyId, item.write_id);
    const order = await getOrder(tx, said.companyId, item.order_id);
    if (write === undefined || order === undefined)
      throw new Error(`item ${item.item_id} is about no write or order`);
    return write.state === 'error' ? { kind: 'found', item, order, write } : refuse('write-under-way');
  });
}

/** Said once more it is the same answer; something else said before it is not undone. */
function endedBefore(item: ReconciliationItemRow | undefined, how: ReconciliationEnd): Resolved | undefined {
  if (item === undefined || item.closed_how === null) return undefined;
  return item.closed_how === how
    ? { kind: 'resolved', how }
    : refuse('reconciliation-closed', `it ended before: ${item.closed_how}`);
}

/** What makes a send pointless or wrong whatever the POS shows. */
function mayNotSend({ write, order }: Found): ResolveRefused | undefined {
  const needsOrder =
    write.kind === 'mark-paid' || write.kind === 'apply-card' || write.kind === 'append-round';
  return needsOrder && order.pos_ref === null
    ? refuse('reconciliation-not-possible', 'its order is not in the POS', 'order-not-in-pos')
    : undefined;
}

/** Why nobody may say yet that it is not there; undefined: it certainly is not. */
async function mayBeThere(deps: ResolveDeps, { write, order }: Found): Promise<ResolveRefused | undefined> {
  // Never sent: nothing can be there.
  if (write.last_sent_at_ms === null) return undefined;
  const connector = await deps.connectorFor(write.company_id, write.location_id);
  if (connector === undefined) return refuse('pos-unreadable');
  const { capabilities } = connector;
  const early = tooEarly(deps, write, capabilities);
  if (early !== undefined) return early;
  const asked = withPosRef(write.payload, order.pos_ref);
  // Where the POS cannot be asked, the person's word is all there is. Without its order nothing of it was ever sent.
  if (capabilities.readBack === 'none' || asked === undefined) return undefined;
  const read = await performReadBack(deps.clock, connector, asked);
  if (read.kind === 'failed') return refuse('pos-unreadable', read.error.detail, read.error.code);
  if (read.value.kind === 'absent') return undefined;
  if (read.value.kind === 'impossible') {
    // The POS will never take it: sending is pointless, the next read ends it.
    return refuse('pos-says-otherwise', read.value.error.detail, read.value.error.code);
  }
  await deps.store.asCompany(write.company_id, (tx) => readSoon(tx, write, deps.clock.nowMs()));
  return refuse('pos-says-otherwise', 'the POS shows it; it closes itself in a moment');
}

/** Whatever was sent last may still arrive. */
function tooEarly(
  deps: ResolveDeps,
  write: WriteRow,
  capabilities: Capabilities,
): ResolveRefused | undefined {
  const waitMs = settledAtMs(factsOf(write), capabilities) - deps.clock.nowMs();
  return waitMs > 0
    ? refuse(
        'too-early',
        `the POS may still be finishing the last attempt for ${Math.ceil(waitMs / 1_000)} s`,
      )
    : undefined;
}

type Seen = { readonly kind: 'seen'; readonly order: PosOrder | null };

/** The order the person means, as the POS shows it; a POS that cannot be read leaves it to the person. */
async function lookInPos(deps: ResolveDeps, found: Found, posRef: string): Promise<Seen | ResolveRefused> {
  const { write } = found;
  const connector = await deps.connectorFor(write.company_id, write.location_id);
  if (connector === undefined) return refuse('pos-unreadable');
  // What comes next in its lane may close the order, and a repeat that arrives after that would make a second one.
  const knownOnlyOpen = connector.capabilities.createDedupe === 'open-only' && write.last_sent_at_ms !== null;
  const early = knownOnlyOpen ? tooEarly(deps, write, connector.capabilities) : undefined;
  if (early !== undefined) return early;
  if (!connector.capabilities.readOrders) return { kind: 'seen', order: null };
  const limit = deadline(deps.clock, orderReadMsMax);
  const read = await connector.readOrder(posRef, limit.signal);
  limit.done();
  if (read.kind === 'failed') {
    const isGone = read.error.code === 'order-unknown';
    // A till may forget what it closed, so a bill may be closed and gone; a round cannot be on an order that is not there.
    if (isGone && write.kind === 'mark-paid' && found.order.pos_ref !== null)
      return { kind: 'seen', order: null };
    return refuse(isGone ? 'pos-says-otherwise' : 'pos-unreadable', read.error.detail, read.error.code);
  }
  const { state } = read.value;
  if (write.kind === 'mark-paid' && state !== 'settled')
    return refuse('pos-says-otherwise', `the order is ${state} in the POS, not paid`);
  if (write.kind !== 'mark-paid' && state === 'voided')
    return refuse('pos-says-otherwise', 'the order was voided in the POS');
  return { kind: 'seen', order: read.value };
}

function valueSeen(write: WriteRow, posRef: string, order: PosOrder | null): PosWritten {
  switch (write.kind) {
    case 'create-order':
    case 'append-round': {
      const joined = order !== null && order.reference !== write.order_id;
      return { posRef, joined, packageRef: '', order };
    }
    case 'mark-paid':
      return { posRef, receiptRef: null };
    case 'apply-card':
    case 'send-message':
      return { posRef };
  }
}

type Conclusion = {
  readonly how: ReconciliationEnd;
  /** What may have changed since it was found; asked under the locks. */
  readonly check: (tx: Tx, status: { readonly readOnly: boolean }) => Promise<ResolveRefused | undefined>;
  readonly move: (tx: Tx) => Promise<void>;
};

/** Acts, closes the item and writes down who said it, in one transaction: what was found before is found again under the locks. */
async function conclude(
  deps: ResolveDeps,
  said: Said,
  { write }: Found,
  { how, check, move }: Conclusion,
): Promise<Resolved> {
  return deps.store.asCompany(said.companyId, async (tx) => {
    const place = { companyId: write.company_id, locationId: write.location_id };
    // Status, order, write, item: the order everybody locks them in.
    const status = await shareLocationStatus(tx, place);
    if (write.order_id !== null) await lockOrder(tx, said.companyId, write.order_id);
    const current = await lockWriteUnlessBusy(tx, said.companyId, write.write_id);
    const item = await lockItem(tx, said.companyId, said.itemId);
    const ended = endedBefore(item, how);
    if (ended !== undefined) return ended;
    if (item === undefined) return refuse('reconciliation-unknown');
    // Sent again and failed again since: what the person saw may be older than the last attempt.
    if (current?.state !== 'error' || current.last_sent_at_ms !== write.last_sent_at_ms)
      return refuse('write-under-way');
    const refused = await check(tx, status);
    if (refused !== undefined) return refused;
    // Closed before it moves: what moves out of error by itself would be called healed.
    await close(tx, deps, said, { item, how });
    await move(tx);
    return { kind: 'resolved', how };
  });
}

async function close(
  tx: Tx,
  deps: Pick<ResolveDeps, 'clock'>,
  said: Said,
  { item, how }: { readonly item: ReconciliationItemRow; readonly how: ReconciliationEnd },
): Promise<void> {
  const nowMs = deps.clock.nowMs();
  await closeItems(tx, { companyId: said.companyId, dedupeKeys: [item.dedupe_key], how, nowMs });
  await appendAudit(tx, {
    companyId: said.companyId,
    userId: said.userId,
    action: `reconciliation ${how}`,
    subject: `item:${item.item_id}`,
    reason: said.reason,
    facts: { kind: item.kind, orderId: item.order_id, writeId: item.write_id, paymentId: item.payment_id },
    atMs: nowMs,
  });
}

function refuse(code: ResolveRefused['code'], detail?: string, reason?: PosErrorCode): ResolveRefused {
  return {
    kind: 'refused',
    code,
    ...(detail === undefined ? {} : { detail }),
    ...(reason === undefined ? {} : { reason }),
  };
}
