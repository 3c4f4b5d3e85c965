import { hash } from 'node:crypto';
import type { Money } from '#domain/money.ts';
import { money } from '#domain/money.ts';
import type { Line, LineModifier } from '#domain/order.ts';
import { attentionOf, roundStateOf } from '#domain/round.ts';
import type { Attention, RoundState } from '#domain/round.ts';
import { isSettled } from '#domain/write.ts';
import { posErrors } from '#contract/errors.ts';
import type { PosLine } from '#contract/snapshot.ts';
import type { OrderRow, PaymentRow, RoundRow, WriteRow } from '#store/schema.ts';
import type { LineView, OrderView, RoundView } from './views.ts';

export type OrderParts = {
  readonly order: OrderRow;
  readonly rounds: readonly RoundRow[];
  /** All writes of the order, in lane order. */
  readonly writes: readonly WriteRow[];
  readonly payments: readonly PaymentRow[];
  /** The table's name in the POS. */
  readonly table: string;
};
type Counted = Omit<OrderParts, 'table'>;

/** Rounds that count on the bill although the POS has not shown them yet. */
const countedStates: readonly RoundState[] = ['awaiting-payment', 'sending', 'waiting', 'locked', 'accepted'];

/**
 * The order as guests and waiters see it: the POS's own figures where it has been read, our prices for what is still on its
 * way. Pure.
 */
export function viewOrder(parts: OrderParts): OrderView {
  const { order, writes } = parts;
  const { ourRounds, figures } = countOrder(parts);
  const rounds = [...viewTillRounds(parts), ...ourRounds.map(viewRound)];
  const discounts = order.snapshot?.discounts ?? [];
  return {
    orderId: order.order_id,
    flow: order.flow,
    state: order.state === 'draft' ? 'awaiting-payment' : order.state,
    attention: attentionTo(parts),
    table: parts.table,
    billVersion: billVersionOf({ rounds, discounts, figures }),
    ...figures,
    discounts,
    ...(order.snapshot?.waiter ? { waiter: order.snapshot.waiter.name } : {}),
    ...viewCard(writes),
    rounds,
  };
}

/** What the order costs, as its view says it. */
export function totalOf(parts: Counted): Money {
  return countOrder(parts).figures.total;
}

function countOrder(parts: Counted): {
  readonly ourRounds: readonly SeenRound[];
  readonly figures: Figures;
} {
  const { order, writes } = parts;
  const inPos = new Map<string, PosLine>(
    (order.snapshot?.lines ?? []).flatMap((line) =>
      line.reference === null ? [] : [[line.reference, line]],
    ),
  );
  const ourRounds = parts.rounds.map((round) => {
    const write = writes.find((candidate) => candidate.write_id === round.write_id);
    return { round, write, state: roundStateOf(write?.state), read: wasReadSince(order, write), inPos };
  });
  const pendingMinor = ourRounds
    .filter((round) => countedStates.includes(round.state) && !round.read)
    .reduce((sum, { round }) => sum + pendingOf(round, inPos), 0);
  return { ourRounds, figures: figuresOf(parts, pendingMinor) };
}

/** What the POS does not show yet. A round that it shows nothing of costs its total: taxes on top and discounts are in that. */
function pendingOf(round: RoundRow, inPos: ReadonlyMap<string, PosLine>): number {
  const absent = round.lines.filter((line) => !inPos.has(line.lineId));
  return absent.length === round.lines.length
    ? round.total_minor
    : absent.reduce((sum, line) => sum + line.price.amountMinor, 0);
}

/** The POS was read after the round got there: what it shows of the round, and what it no longer shows, is the truth. */
function wasReadSince(order: OrderRow, write: WriteRow | undefined): boolean {
  return (
    write?.state === 'delivered' &&
    order.snapshot_at_ms !== null &&
    order.snapshot_at_ms >= write.changed_at_ms
  );
}

/** A bill that was paid here and that the POS refused to close needs a person as much as a write that is stuck. */
function attentionTo({ order, writes }: OrderParts): Attention {
  const head = writes.find((write) => !isSettled(write.state));
  if (head !== undefined) return attentionOf(head.state);
  const paid = writes.findLast((write) => write.kind === 'mark-paid');
  return order.state === 'open' && paid?.state === 'refused' ? 'error' : null;
}

type Figures = { readonly total: Money; readonly tip: Money; readonly paid: Money; readonly due: Money };

function figuresOf(parts: Counted, pendingMinor: number): Figures {
  const { order } = parts;
  const { snapshot } = order;
  const of = (minor: number) => money(minor, order.currency);
  const bookedMinor = [...bookedTips(parts).values()].reduce((sum, minor) => sum + minor, 0);
  const total = (snapshot?.total.amountMinor ?? 0) - bookedMinor + pendingMinor;
  const paidInPos = snapshot?.paid.amountMinor ?? 0;
  // An open order shows only what was paid at the till; a settled one shows ours as well, tip included.
  const paid =
    snapshot?.state === 'settled' ? Math.max(order.paid_minor, total) : paidInPos + order.paid_minor;
  return {
    total: of(total),
    tip: of(order.tip_minor),
    paid: of(paid),
    due: of(order.state === 'settled' ? 0 : Math.max(0, total - paid)),
  };
}

/**
 * Tips of ours that the POS holds as lines, by their reference: part of its total, but not of the bill. A tip typed at the till is
 * due like any line.
 */
export function bookedTips({
  order,
  payments,
}: Pick<OrderParts, 'order' | 'payments'>): ReadonlyMap<string, number> {
  const ours = new Set<string>(payments.flatMap((payment) => payment.tip_reference ?? []));
  return new Map(
    (order.snapshot?.lines ?? [])
      .filter((line) => line.tip && !line.voided && ours.has(line.reference ?? ''))
      .map((line) => [line.reference ?? '', line.price.amountMinor]),
  );
}

/** A card that was withdrawn is none. */
function viewCard(writes: readonly WriteRow[]): Pick<OrderView, 'loyaltyCard'> {
  const write = writes.findLast(({ kind, state }) => kind === 'apply-card' && state !== 'cancelled');
  if (write === undefined) return {};
  const state = cardStates[write.state as keyof typeof cardStates] ?? 'sending';
  const failed = (state === 'refused' || state === 'error') && write.error_code !== null;
  return {
    loyaltyCard: {
      state,
      ...(failed && write.error_code !== null ? { guestText: posErrors[write.error_code].guestText } : {}),
    },
  };
}

const cardStates = {
  delivered: 'applied',
  refused: 'refused',
  error: 'error',
  waiting: 'waiting',
} as const;

type SeenRound = {
  readonly round: RoundRow;
  readonly write: WriteRow | undefined;
  readonly state: RoundState;
  /** The POS was read after it was delivered. */
  readonly read: boolean;
  readonly inPos: ReadonlyMap<string, PosLine>;
};

function viewRound(seen: SeenRound): RoundView {
  const { round, write } = seen;
  const failed =
    write !== undefined &&
    write.error_code !== null &&
    (seen.state === 'refused' || seen.state === 'error' || seen.state === 'locked');
  const asked =
    write?.freshness === 'asked' &&
    write.asked_at_ms !== null &&
    seen.state !== 'cancelled' &&
    seen.state !== 'error';
  return {
    roundId: round.round_id,
    state: seen.state,
    by: round.by,
    lines: round.lines.map((line) => viewLine(line, seen.inPos.get(line.lineId), seen.read)),
    ...taxOf(seen),
    ...(failed && write.error_code !== null ? { guestText: posErrors[write.error_code].guestText } : {}),
    ...(asked && write.asked_at_ms !== null ? { stillWanted: { askedAtMs: write.asked_at_ms } } : {}),
  };
}

/** What a round costs beyond its lines, until the POS's own figures stand in its place. */
function taxOf({ round, read, inPos }: SeenRound): Pick<RoundView, 'tax'> {
  const lines = round.lines.reduce((sum, line) => sum + line.price.amountMinor, 0);
  const [first] = round.lines;
  const isPending = !read && round.lines.every((line) => !inPos.has(line.lineId));
  return isPending && first !== undefined && round.total_minor > lines
    ? { tax: money(round.total_minor - lines, first.price.currency) }
    : {};
}

function viewLine(line: Line, posLine: PosLine | undefined, read: boolean): LineView {
  // A line that was there and is no longer was taken off, or moved to another order, at the till.
  const gone = posLine === undefined ? read : posLine.voided;
  return {
    lineId: line.lineId,
    itemId: line.itemId,
    name: line.variantName === undefined ? line.name : `${line.name}, ${line.variantName}`,
    quantity: posLine === undefined || posLine.voided ? line.quantity : posLine.quantity,
    modifiers: line.modifiers.flatMap(viewModifier),
    price: posLine === undefined || posLine.voided ? line.price : posLine.price,
    ...(gone ? { voided: true } : {}),
  };
}

/** An untouched default is part of the dish, not something the guest chose. */
function viewModifier(modifier: LineModifier): LineView['modifiers'] {
  const nested = (modifier.modifiers ?? []).flatMap(viewModifier);
  if (modifier.default === true) return nested;
  return [{ modifierId: modifier.modifierId, name: modifier.name, quantity: modifier.quantity }, ...nested];
}

/** Packages of the POS order that are none of our rounds: what a waiter typed. Tips booked as items stay out of sight. */
function viewTillRounds({ order, rounds }: OrderParts): readonly RoundView[] {
  const ours = new Set<string>(
    rounds.flatMap((round) => [round.round_id, ...round.lines.map((line) => line.lineId)]),
  );
  const byPackage = new Map<string, PosLine[]>();
  for (const line of order.snapshot?.lines ?? []) {
    const mine =
      (line.roundReference !== null && ours.has(line.roundReference)) ||
      (line.reference !== null && ours.has(line.reference));
    if (mine || line.tip) continue;
    byPackage.set(line.packageRef, [...(byPackage.get(line.packageRef) ?? []), line]);
  }
  return [...byPackage].map(([packageRef, lines]) => ({
    roundId: packageRef,
    state: 'accepted' as const,
    by: 'till' as const,
    lines: lines.map((line) => ({
      lineId: line.posLineRef,
      itemId: line.itemId ?? '',
      name: line.name,
      quantity: line.quantity,
      modifiers: line.modifiers,
      price: line.price,
      ...(line.voided ? { voided: true as const } : {}),
    })),
  }));
}

/**
 * Another text whenever what a guest would pay, or for what, has changed: not when a waiter merely opened the order, nor when a
 * round that was on the bill already reached the POS at the price we said.
 */
function billVersionOf({
  rounds,
  discounts,
  figures,
}: Pick<OrderView, 'rounds' | 'discounts'> & { readonly figures: Figures }): string {
  const seen = [
    rounds
      .filter((round) => countedStates.includes(round.state))
      .flatMap((round) => round.lines)
      .map((line) => [line.lineId, line.quantity, line.price.amountMinor, line.voided === true]),
    discounts.map((discount) => [discount.name, discount.amount.amountMinor]),
    [figures.total.amountMinor, figures.paid.amountMinor, figures.due.amountMinor],
  ];
  return hash('sha256', JSON.stringify(seen), 'base64url').slice(0, 16);
}
