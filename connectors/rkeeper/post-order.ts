import type { RoundPlaced, RoundWrite } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { PosErrorCode } from '#contract/errors.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import { asWrite, end, on } from './as-write.ts';
import type { Step, WriteCall } from './as-write.ts';
import type { Rk7Reply, Tag } from './client.ts';
import { findOurOrder, listOpenOrders, readOrder, referenceProps } from './find-order.ts';
import { noteShiftTooLong } from './get-restaurant-status.ts';
import { noteJoined } from './joined-orders.ts';
import { sendLicensed } from './licensed-send.ts';
import { underLock } from './lock.ts';
import { beforeTheWrite, failureOf, failureOfErrors, outcomeOf } from './map-error.ts';
import { findRound, isClosed, isOurs, isWhole, mapLines, mapOrder, packageRefOf } from './map-order.ts';
import { refAttributes } from './settings.ts';
import { bracedGuid, configured, orderTag, readOrFail } from './site.ts';
import type { Site } from './site.ts';
import { discountTags, headOf } from './third-party-order.ts';
import type { OrderHead } from './third-party-order.ts';
import { readOrderIn } from './wire-order.ts';
import type { WireOrder, WireSession } from './wire-order.ts';

/**
 * PostOrder: one round into the POS, as one package.
 *
 * The outcome follows the last thing that is certain. Until the first byte of SaveOrder the round is not in the POS, whatever
 * became of CreateOrder: an empty order of ours is found and resumed by the next attempt, never voided.
 */
export async function postOrder(
  site: Site,
  write: RoundWrite,
  signal: AbortSignal,
): Promise<WriteOutcome<RoundPlaced>> {
  const head = headOf(site.settings, write.thirdParty);
  if (head === undefined)
    return refused('bad-request', 'the profile names a station or order type by no ident');
  const lines = mapLines(write.lines, { ...site.settings, orderType: head.orderType });
  if (lines.kind === 'unwritable') return refused(lines.code, lines.detail);
  if (!/^\d{1,15}$/.test(write.tableRef)) return refused('table-unknown', 'not an ident of a table');
  return asWrite(site, 'PostOrder', { signal, posRef: write.posRef }, async (call) => {
    const target = await findTarget(site, { write, head }, call);
    if (target.kind === 'end') return target.outcome;
    const seen = judge(target.value, write, site);
    if (seen.kind === 'end') return seen.outcome;
    return addRound(site, { write, head, lines: lines.tags, target: target.value }, call);
  });
}

type Wanted = { readonly write: RoundWrite; readonly head: OrderHead };

/** The order this round belongs to; made when there is none. */
async function findTarget(site: Site, wanted: Wanted, call: WriteCall): Promise<Step<WireOrder>> {
  const { write } = wanted;
  if (write.posRef !== null) {
    const order = await readOrder(site, write.posRef, call);
    return order.kind === 'failed' ? end(beforeTheWrite(order.failure)) : on(order.value);
  }
  if (write.openOrder === 'join') {
    const listed = await listOpenOrders(site, write.tableRef, call);
    if (listed.kind === 'failed') return end(beforeTheWrite(listed.failure));
    const open = listed.value.filter((order) => !isClosed(order) && !order.deleted && !order.reserve);
    const ours = open.find((order) => isOurs(order, write.orderReference));
    const [only, another] = open;
    if (ours === undefined && another !== undefined) {
      return end(refused('table-has-several-orders', `${open.length} orders are open at the table`));
    }
    const chosen = ours ?? only;
    if (chosen !== undefined) return on(chosen);
  }
  return findOrCreateOurs(site, wanted, call);
}

/** CreateOrder is sent only after GetOrder said, by GUID and by our reference, that the order is not there. */
async function findOrCreateOurs(site: Site, wanted: Wanted, call: WriteCall): Promise<Step<WireOrder>> {
  const { write } = wanted;
  const found = await findOurOrder(site, write.orderReference, call);
  if (found.kind === 'failed') return end(beforeTheWrite(found.failure));
  if (found.value !== null) return on(found.value);
  const reply = await site.client.send(
    { command: 'CreateOrder', children: [newOrderTag(site, wanted)] },
    call,
  );
  if (reply.kind !== 'ok') {
    const failure = failureOf(reply, site.settings);
    if (failure.error.code === 'shift-too-long') await noteShiftTooLong(site, call);
    return end(beforeTheWrite(failure));
  }
  const created = readOrFail(readOrderIn(reply.data));
  if (created.kind === 'read') return on(created.value);
  // Before 7.5.5.057 the answer carries only the identifiers.
  const posRef = reply.data.attributes['guid'] ?? bracedGuid(write.orderReference);
  const order = await readOrder(site, posRef, call);
  return order.kind === 'failed' ? end(beforeTheWrite(order.failure)) : on(order.value);
}

function newOrderTag(site: Site, { write, head }: Wanted): Tag {
  return {
    name: 'Order',
    attributes: {
      guid: bracedGuid(write.orderReference),
      // A guest's order says nothing that an order typed at the till does not: our reference stands in GUID and properties.
      ...(write.thirdParty === undefined ? {} : { persistentComment: write.thirdParty.comment }),
    },
    children: [
      { name: 'Table', attributes: { id: write.tableRef } },
      { name: 'Station', attributes: refAttributes(head.station) },
      configured(site, 'Creator', 'waiter'),
      configured(site, 'Waiter', 'waiter'),
      { name: 'OrderType', attributes: refAttributes(head.orderType) },
      // Venues may demand a guest count (3444 without); we know of one guest, the one who orders.
      {
        name: 'Guests',
        attributes: { count: '1' },
        children: [{ name: 'Guest', attributes: { guestLabel: '1' } }],
      },
      referenceProps(write.orderReference),
    ],
  };
}

/** May the round still go onto this order? */
function judge(order: WireOrder, write: RoundWrite, site: Site): Step<WireOrder, RoundPlaced> {
  const there = findRound(order.sessions, write);
  if (there !== undefined) {
    return end(applied(site, { order, session: there, write, repeated: true }));
  }
  if (isClosed(order) || order.deleted) return end(refused('order-closed', 'closed at the till'));
  // A cart that was paid before it was cooked follows its order to wherever the waiter seated the guest.
  const mayMove = write.openOrder === 'own';
  if (!mayMove && order.table !== null && String(order.table.id) !== write.tableRef) {
    return end(refused('order-moved', `now at table ${order.table.name}`));
  }
  return on(order);
}

type Round = Wanted & { readonly lines: readonly Tag[]; readonly target: WireOrder };

async function addRound(site: Site, round: Round, call: WriteCall): Promise<WriteOutcome<RoundPlaced>> {
  const { write, target } = round;
  const posRef = target.guid;
  return underLock(site, posRef, { ...call, posRef }, async (lockguid) => {
    const locked = await readOrder(site, posRef, call);
    if (locked.kind === 'failed') return beforeTheWrite(locked.failure);
    // Version and checksum tell that the till changed the order between the reading and the lock; lists carry no packages
    // at all. Either way what stands there now decides, and under the lock it stays so.
    const changed = locked.value.version !== target.version || locked.value.crc32 !== target.crc32;
    if (changed || target.sessions.length === 0) {
      const step = judge(locked.value, write, site);
      if (step.kind === 'end') return step.outcome;
    }
    if (write.posRef === null && !isOurs(target, write.orderReference)) {
      await noteJoined(site.memory, write.roundReference, posRef);
    }
    const reply = await sendLicensed(
      site,
      {
        command: 'SaveOrder',
        attributes: { lockguid },
        children: [orderTag(posRef), configured(site, 'LockStation', 'station'), packageTag(site, round)],
      },
      { ...call, posRef },
      async () => {
        const again = await readOrder(site, posRef, call);
        return again.kind === 'read' && findRound(again.value.sessions, write) === undefined;
      },
    );
    return outcomeOfSave(site, { reply, write, before: locked.value }, call);
  });
}

/** A package without `uni` is appended; with one it would rewrite a package that has not been printed yet. */
function packageTag(site: Site, { write, head, lines }: Round): Tag {
  return {
    name: 'Session',
    attributes: { line_guid: bracedGuid(write.roundReference) },
    children: [
      { name: 'Station', attributes: refAttributes(head.station) },
      configured(site, 'Author', 'waiter'),
      configured(site, 'Creator', 'waiter'),
      ...lines,
      ...discountTags(write),
    ],
  };
}

type Saved = { readonly reply: Rk7Reply; readonly write: RoundWrite; readonly before: WireOrder };

/**
 * Whether the round is on the order. `Status="Ok"` does not prove it, and errors may stand beside it (a printer without
 * paper): the package itself does, in the answer or in one more reading.
 */
async function outcomeOfSave(site: Site, saved: Saved, call: WriteCall): Promise<WriteOutcome<RoundPlaced>> {
  const { reply, write, before } = saved;
  if (reply.kind !== 'ok') return outcomeOf(failureOf(reply, site.settings));
  const answered = readOrderIn(reply.data);
  const sessions = answered.kind === 'read' ? answered.value.sessions : [];
  const shown = findRound(sessions, write);
  if (shown !== undefined && isWhole(shown, write) && answered.kind === 'read') {
    return applied(site, { order: answered.value, session: shown, write, repeated: false });
  }
  const again = await readOrder(site, before.guid, call);
  if (again.kind === 'failed') {
    return { kind: 'unknown', error: again.failure.error, answered: again.failure.answered };
  }
  const session = findRound(again.value.sessions, write) ?? newPackage(before, again.value);
  if (session !== undefined && isWhole(session, write)) {
    return applied(site, { order: again.value, session, write, repeated: false });
  }
  const failure = session === undefined ? failureOfErrors(reply.errors, site.settings) : undefined;
  if (failure !== undefined) return outcomeOf(failure);
  const taken = session?.dishes.length ?? 0;
  return {
    kind: 'unknown',
    error: posError('unknown-outcome', `Ok, but the order shows ${taken} of ${write.lines.length} lines`),
    answered: true,
  };
}

/** Under our lock nobody else adds a package: a new one is ours even on a server that gave it a GUID of its own. */
function newPackage(before: WireOrder, after: WireOrder): WireSession | undefined {
  const known = new Set(before.sessions.map(packageRefOf));
  const added = after.sessions.filter(
    (session) => !known.has(packageRefOf(session)) && session.dishes.length > 0,
  );
  return added.length === 1 ? added[0] : undefined;
}

type Placed = {
  readonly order: WireOrder;
  readonly session: WireSession;
  readonly write: RoundWrite;
  readonly repeated: boolean;
};

function applied(site: Site, placed: Placed): WriteOutcome<RoundPlaced> & { kind: 'applied' } {
  return {
    kind: 'applied',
    value: roundPlaced(site, placed.order, placed.session, placed.write),
    repeated: placed.repeated,
  };
}

export function roundPlaced(
  site: Site,
  order: WireOrder,
  session: WireSession,
  write: RoundWrite,
): RoundPlaced {
  // `unpaidSum` is the amount due as long as nothing is promised; then only CalcOrder2 knows it. The lock of this moment is
  // our own.
  const complete = order.sessions.length > 0 && order.promisedSum === 0;
  const due = isClosed(order) ? 0 : order.unpaidSum;
  return {
    posRef: order.guid,
    joined: !isOurs(order, write.orderReference),
    packageRef: packageRefOf(session),
    order: complete ? { ...mapOrder(order, { due, heldBy: null }, site.settings), locked: null } : null,
  };
}

function refused(code: PosErrorCode, detail: string): WriteOutcome<never> {
  return { kind: 'refused', error: posError(code, detail) };
}
