import { addMoney, money } from '#domain/money.ts';
import type { Money } from '#domain/money.ts';
import type { WriteState } from '#domain/write.ts';
import type { PosError } from '#contract/errors.ts';
import { closeItems, openItem, readPaid } from '#store/reconciliation.ts';
import type { WriteRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';

/**
 * D10: exhaustion is a state, not an end. A write that needs a person has an open item for exactly as long; a bill that was paid
 * here and that the POS would not close has one until the POS shows it closed. Called in the transaction that moved the write;
 * `write.state` is where it came from.
 */
export async function reconcileMove(
  tx: Tx,
  write: WriteRow,
  to: { readonly state: WriteState; readonly error: PosError | null },
  nowMs: number,
): Promise<void> {
  // A message nobody received is dropped after two minutes; there is nothing to reconcile.
  if (write.order_id === null) return;
  if (to.state === 'error') await openWriteItem(tx, write, to.error, nowMs);
  else if (write.state === 'error') await close(tx, write, [writeItemKey(write)], nowMs);
  if (write.kind !== 'mark-paid') return;
  if (to.state === 'delivered')
    await close(tx, write, [paidNotClosedKey(write.order_id), paidTwiceKey(write.order_id)], nowMs);
  if (to.state === 'refused' || to.state === 'cancelled') await openUnclosedBill(tx, write, to.error, nowMs);
}

export function writeItemKey(write: Pick<WriteRow, 'write_id'>): string {
  return `write:${write.write_id}`;
}

export function paidNotClosedKey(orderId: string): string {
  return `paid-not-closed:${orderId}`;
}

export function paidTwiceKey(orderId: string): string {
  return `paid-twice:${orderId}`;
}

export function paidVoidedKey(orderId: string): string {
  return `paid-voided:${orderId}`;
}

async function openWriteItem(tx: Tx, write: WriteRow, error: PosError | null, nowMs: number): Promise<void> {
  await openItem(tx, {
    ...subjectOf(write),
    kind: 'write-in-error',
    dedupeKey: writeItemKey(write),
    facts: {
      write: write.kind,
      cause: error?.code ?? null,
      detail: error?.detail ?? null,
      attempts: write.attempts_used,
    },
    nowMs,
  });
}

/** The money stays recorded whatever the POS says; the bill there is open, or was closed for other money. */
async function openUnclosedBill(
  tx: Tx,
  write: WriteRow,
  error: PosError | null,
  nowMs: number,
): Promise<void> {
  const orderId = write.order_id ?? '';
  const lacksPaidLines = error?.code === 'paid-lines-not-in-pos';
  const closedAtTill = lacksPaidLines || error?.code === 'order-closed';
  // The till closed it for the very cash that was taken here, unless some of that was for a round it never had.
  if (closedAtTill && !lacksPaidLines && !(await readPaid(tx, write.company_id, orderId)).online) return;
  await openItem(tx, {
    ...subjectOf(write),
    kind: closedAtTill ? 'paid-twice' : 'paid-not-closed',
    dedupeKey: closedAtTill ? paidTwiceKey(orderId) : paidNotClosedKey(orderId),
    facts: { cause: error?.code ?? null, detail: error?.detail ?? null },
    nowMs,
  });
}

function close(tx: Tx, write: WriteRow, dedupeKeys: readonly string[], nowMs: number): Promise<number> {
  return closeItems(tx, { companyId: write.company_id, dedupeKeys, how: 'healed', nowMs });
}

function subjectOf(write: WriteRow) {
  return {
    companyId: write.company_id,
    locationId: write.location_id,
    orderId: write.order_id,
    writeId: write.write_id,
    paymentId: write.payment_id,
    amount: moneyAtStake(write),
  };
}

/** What a lost write would cost: the round's price, or the payment with its tips. */
function moneyAtStake({ payload }: WriteRow): Money | null {
  switch (payload.kind) {
    case 'create-order':
    case 'append-round': {
      const [first] = payload.lines;
      if (first === undefined) return null;
      const minor = payload.lines.reduce((sum, line) => sum + line.price.amountMinor, 0);
      return money(minor, first.price.currency);
    }
    case 'mark-paid':
      return [payload.amount, ...payload.tips.map((tip) => tip.amount)].reduce(addMoney);
    case 'apply-card':
    case 'send-message':
      return null;
  }
}
