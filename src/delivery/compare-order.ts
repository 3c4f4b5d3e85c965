import { money } from '#domain/money.ts';
import type { Money } from '#domain/money.ts';
import type { Line, LineModifier } from '#domain/order.ts';
import type { ReconciliationFacts, ReconciliationKind } from '#domain/reconciliation.ts';
import type { Reference } from '#domain/reference.ts';
import { isSettled } from '#domain/write.ts';
import type { PosLine, PosOrder } from '#contract/snapshot.ts';
import type { OrderRow, ReconciliationItemRow, WriteRow } from '#store/schema.ts';
import { paidNotClosedKey, paidTwiceKey, paidVoidedKey } from './reconcile.ts';

/** One order as we meant it, right before a reading of it is kept. */
export type Intent = {
  /** With the reading before this one. */
  readonly order: OrderRow;
  readonly writes: readonly WriteRow[];
  /** Every item of the order, closed ones included. */
  readonly items: readonly ReconciliationItemRow[];
  readonly paid: {
    /** Cash and cards at the waiter's terminal are the till's to book: it may close the order for them. */
    readonly online: boolean;
    /** What of its payments is too much for its bill, which is told of for each of them. */
    readonly surplusMinor: number;
  };
};

export type Reading = {
  readonly seen: PosOrder;
  /** How old what it shows is: when it began, less the time a write of this POS may take to show. */
  readonly atMs: number;
};

/** One way in which the POS and our intent do not agree. */
export type Finding = {
  readonly kind: ReconciliationKind;
  readonly key: string;
  readonly writeId: number | null;
  readonly amount: Money | null;
  readonly facts: ReconciliationFacts;
};

/** What a reading says of one key: it is wrong, or it is right as far as one can see. */
export type Verdict = { readonly open: readonly Finding[]; readonly healed: readonly string[] };

/**
 * D8, the detector: compares how the POS holds an order with what was meant to be there. Pure.
 *
 * A line is judged by the first reading after its round was delivered. What a waiter changes later is the waiter's business, and
 * a round still on its way is not missed. An item that is open is looked at again by every reading until it is healed.
 */
export function compareOrder(intent: Intent, reading: Reading): Verdict {
  const findings = [...compareRounds(intent, reading), ...compareMoney(intent, reading)];
  const dealtWith = new Set(
    intent.items.filter((item) => item.closed_how === 'dealt-with').map((item) => item.dedupe_key),
  );
  const open = findings.filter((finding) => !dealtWith.has(finding.key));
  const wrong = new Set(findings.map((finding) => finding.key));
  const healed = intent.items
    .filter((item) => item.closed_at_ms === null && seenByReadings.includes(item.kind))
    // While another payment is on its way the bill is as open as before.
    .filter((item) => item.kind !== 'paid-not-closed' || reading.seen.state !== 'open')
    .map((item) => item.dedupe_key)
    .filter((key) => !wrong.has(key));
  return { open, healed };
}

/** The others are opened and healed elsewhere: by a write's end, by the list of a table's orders, by payments. */
const seenByReadings: readonly ReconciliationKind[] = [
  'line-missing',
  'line-twice',
  'modifier-missing',
  'price-drift',
  'withdrawn-in-pos',
  'paid-not-closed',
];

function compareRounds(intent: Intent, reading: Reading): readonly Finding[] {
  const { writes, items } = intent;
  const placed = writes.filter((write) => 'lines' in write.payload);
  // A round that a person typed at the till carries none of our references.
  const typedByHand = new Set(
    items.filter((item) => item.closed_how === 'in-the-pos').map((item) => item.write_id),
  );
  const delivered = new Set(
    placed.filter((write) => write.state === 'delivered').map((write) => write.round_id),
  );
  return placed.flatMap((write) => {
    if (typedByHand.has(write.write_id)) return [];
    if (write.state === 'delivered') return compareDelivered(intent, reading, write);
    const ended = write.state === 'refused' || write.state === 'cancelled';
    // A round that started anew on the same order is there under the same references, and rightly so.
    return ended && !delivered.has(write.round_id) ? findWithdrawn(reading, write) : [];
  });
}

function compareDelivered(
  { order, items, writes }: Intent,
  reading: Reading,
  write: WriteRow,
): readonly Finding[] {
  const deliveredAtMs = write.changed_at_ms;
  if (reading.atMs < deliveredAtMs) return [];
  // A later reading than the first sees what became of the round, not whether it got there.
  const isFirst = order.snapshot_at_ms === null || order.snapshot_at_ms < deliveredAtMs;
  const before = new Set(order.snapshot?.lines.map((line) => line.reference));
  const isOpen = (key: string) => items.some((item) => item.dedupe_key === key && item.closed_at_ms === null);
  const strangers = strangersIn(reading.seen, writes);
  return linesOf(write).flatMap((line) => {
    const shown = reading.seen.lines.filter((posLine) => posLine.reference === line.lineId);
    const living = shown.filter((posLine) => !posLine.voided);
    const about = { order, write, line };
    if (living.length > 1) return [findingOf('line-twice', about, { shown: living.length }, line.price)];
    const judged = (kind: ReconciliationKind) =>
      (isFirst && !before.has(line.lineId)) || isOpen(keyOf(kind, line));
    if (shown.length === 0) {
      const isThere = takeStranger(strangers, line);
      return judged('line-missing') && !isThere
        ? [findingOf('line-missing', about, { quantity: line.quantity }, line.price)]
        : [];
    }
    const [posLine] = living;
    if (posLine === undefined) return [];
    return [
      ...(judged('modifier-missing') ? compareModifiers(about, posLine) : []),
      ...(judged('price-drift') ? comparePrice(about, posLine) : []),
    ];
  });
}

type About = { readonly order: OrderRow; readonly write: WriteRow; readonly line: Line };

/** Defaults left as they are come by themselves, and what was taken off is not there to be seen. */
function compareModifiers(about: About, posLine: PosLine): readonly Finding[] {
  const missing = flatten(about.line.modifiers)
    .filter((modifier) => modifier.default !== true && modifier.quantity > 0)
    .filter((modifier) => {
      const shown = posLine.modifiers
        .filter((one) => one.modifierId === modifier.modifierId)
        .reduce((sum, one) => sum + one.quantity, 0);
      return shown < modifier.quantity;
    });
  if (missing.length === 0) return [];
  const facts = { modifiers: missing.map((modifier) => modifier.modifierId).join(' ') };
  return [findingOf('modifier-missing', about, facts, about.line.price)];
}

function flatten(modifiers: readonly LineModifier[]): readonly LineModifier[] {
  return modifiers.flatMap((modifier) => [modifier, ...flatten(modifier.modifiers ?? [])]);
}

function comparePrice(about: About, posLine: PosLine): readonly Finding[] {
  const { line } = about;
  const driftMinor = posLine.price.amountMinor - line.price.amountMinor;
  if (posLine.quantity !== line.quantity || driftMinor === 0) return [];
  const facts = { meantMinor: line.price.amountMinor, shownMinor: posLine.price.amountMinor };
  return [findingOf('price-drift', about, facts, money(Math.abs(driftMinor), line.price.currency))];
}

/** A round that its guest was told is not coming, and that is there all the same: a send that landed beyond every bound. */
function findWithdrawn({ seen, atMs }: Reading, write: WriteRow): readonly Finding[] {
  const lines = linesOf(write);
  const ids = new Set<Reference | null>(lines.map((line) => line.lineId));
  const shown = seen.lines.filter((line) => ids.has(line.reference) && !line.voided);
  const [first] = shown;
  if (first === undefined || atMs < write.changed_at_ms || seen.state !== 'open') return [];
  const minor = shown.reduce((sum, line) => sum + line.price.amountMinor, 0);
  return [
    {
      kind: 'withdrawn-in-pos',
      key: `withdrawn-in-pos:${write.write_id}`,
      writeId: write.write_id,
      amount: money(minor, first.price.currency),
      facts: { lines: shown.length, of: lines.length },
    },
  ];
}

/**
 * Paid and open must agree: a bill that our payment closed is closed, and one that the till closed for its own money was not paid
 * here as well. A payment whose outcome is not known yet may be the very one that closed it.
 */
function compareMoney({ order, writes, items, paid }: Intent, { seen, atMs }: Reading): readonly Finding[] {
  const paidMinor = order.paid_minor + order.tip_minor - paid.surplusMinor;
  // Each payment that the till's closing left over is an item of its own already: one case, one item.
  const isToldByPayments = items.some(
    (item) => item.kind === 'surplus' && item.facts['closedAtTill'] === true,
  );
  if (paidMinor <= 0 || (isToldByPayments && seen.state !== 'open')) return [];
  const amount = money(paidMinor, order.currency);
  const markPaid = writes.findLast((write) => write.kind === 'mark-paid');
  const about = { writeId: markPaid?.write_id ?? null, amount };
  if (seen.state === 'voided')
    return [{ ...about, kind: 'paid-voided', key: paidVoidedKey(order.order_id), facts: {} }];
  if (markPaid === undefined) return [];
  if (seen.state === 'open') {
    const isLeftOpen = isSettled(markPaid.state) && atMs >= markPaid.changed_at_ms;
    return isLeftOpen
      ? [
          {
            ...about,
            kind: 'paid-not-closed',
            key: paidNotClosedKey(order.order_id),
            facts: { cause: markPaid.error_code, dueMinor: seen.due.amountMinor },
          },
        ]
      : [];
  }
  const isOurs =
    markPaid.state === 'delivered' ||
    markPaid.state === 'sending' ||
    markPaid.state === 'unconfirmed' ||
    markPaid.doubt_since_ms !== null ||
    markPaid.error_code === 'unknown-outcome';
  // Cash that was taken here is what the till closed it with, but for what it paid of a round that the till never had.
  const lacksPaidLines = markPaid.state === 'refused' && markPaid.error_code === 'paid-lines-not-in-pos';
  const isTillsOwn = !paid.online && !lacksPaidLines;
  return isOurs || isTillsOwn
    ? []
    : [{ ...about, kind: 'paid-twice', key: paidTwiceKey(order.order_id), facts: { cause: 'order-closed' } }];
}

function findingOf(
  kind: ReconciliationKind,
  { write, line }: About,
  facts: ReconciliationFacts,
  amount: Money,
): Finding {
  return {
    kind,
    key: keyOf(kind, line),
    writeId: write.write_id,
    amount,
    facts: { lineId: line.lineId, itemId: line.itemId, ...facts },
  };
}

function keyOf(kind: ReconciliationKind, line: Line): string {
  return `${kind}:${line.lineId}`;
}

function linesOf({ payload }: WriteRow): readonly Line[] {
  return payload.kind === 'create-order' || payload.kind === 'append-round' ? payload.lines : [];
}

/**
 * Lines that carry no reference of ours. A server that gives packages GUIDs of its own, or a waiter who typed the dish, has put it
 * there: it is not missing.
 */
function strangersIn(seen: PosOrder, writes: readonly WriteRow[]): PosLine[] {
  const ours = new Set<Reference | null>(writes.flatMap(linesOf).map((line) => line.lineId));
  return seen.lines.filter((line) => !line.tip && !ours.has(line.reference));
}

function takeStranger(strangers: PosLine[], line: Line): boolean {
  const index = strangers.findIndex(
    (stranger) => stranger.itemId === line.itemId && stranger.quantity === line.quantity,
  );
  if (index >= 0) strangers.splice(index, 1);
  return index >= 0;
}
