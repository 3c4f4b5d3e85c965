import type { MarkPaidWrite, OrderPaid, Tip } from '#contract/connector.ts';
import { posError } from '#contract/errors.ts';
import type { WriteOutcome } from '#contract/outcome.ts';
import { childrenNamed } from '#transport/xml.ts';
import { asWrite, end, on } from './as-write.ts';
import type { Step, WriteCall } from './as-write.ts';
import type { Tag } from './client.ts';
import { readDue } from './get-table-order-status.ts';
import { readOrder } from './find-order.ts';
import { sendLicensed } from './licensed-send.ts';
import { underLock } from './lock.ts';
import { beforeTheWrite, failureOf, failureOfErrors, outcomeOf } from './map-error.ts';
import { findLine, isClosed } from './map-order.ts';
import { refAttributes } from './settings.ts';
import { bracedGuid, configured, orderTag } from './site.ts';
import type { Site } from './site.ts';
import type { WireOrder } from './wire-order.ts';

/**
 * PostPayOrder: books the tips, if there are any, pays exactly what is due and so closes the order. Of the payment the POS gets
 * our reference and nothing else.
 */
export async function postPayOrder(
  site: Site,
  write: MarkPaidWrite,
  signal: AbortSignal,
): Promise<WriteOutcome<OrderPaid>> {
  const { posRef } = write;
  return asWrite(site, 'PostPayOrder', { signal, posRef }, async (call) => {
    // Before the lock as well: an order that we have paid already cannot be locked any more.
    const seen = await readUnpaid(site, write, call);
    if (seen.kind === 'end') return seen.outcome;
    return underLock(site, posRef, call, async (lockguid) => {
      const order = await readUnpaid(site, write, call);
      if (order.kind === 'end') return order.outcome;
      const due = await bookTips(site, { write, order: order.value, lockguid }, call);
      if (due.kind === 'end') return due.outcome;
      return pay(site, { write, due: due.value, lockguid }, call);
    });
  });
}

async function readUnpaid(
  site: Site,
  write: MarkPaidWrite,
  call: WriteCall,
): Promise<Step<WireOrder, OrderPaid>> {
  const order = await readOrder(site, write.posRef, call);
  if (order.kind === 'failed') return end(beforeTheWrite(order.failure));
  const paid = findOurPayment(order.value, write);
  if (paid !== undefined) return end({ kind: 'applied', value: paid, repeated: true });
  return isClosed(order.value) || order.value.deleted
    ? end({ kind: 'refused', error: posError('order-closed', 'closed at the till') })
    : on(order.value);
}

type Bill = { readonly write: MarkPaidWrite; readonly order: WireOrder; readonly lockguid: string };

/**
 * The amount to pay: what CalcOrder2 says is due, tips included. Each tip item is found again by the GUID of its own reference,
 * so that one payment books it once however often it is tried. The due amount is compared first: a bill that changed gets no tip.
 */
async function bookTips(site: Site, bill: Bill, call: WriteCall): Promise<Step<number>> {
  const { write, order } = bill;
  const { tipItemCode } = site.settings;
  const tips = tipItemCode === undefined ? [] : write.tips.filter((tip) => tip.amount.amountMinor > 0);
  const missing = tips.filter((tip) => findLine(order.sessions, tip.reference) === undefined);
  const before = await compareDue(site, bill, sumOf(tips) - sumOf(missing), call);
  if (before.kind === 'end' || tipItemCode === undefined || missing.length === 0) return before;
  const reply = await sendLicensed(
    site,
    {
      command: 'SaveOrder',
      attributes: { lockguid: bill.lockguid },
      children: [
        orderTag(write.posRef),
        configured(site, 'LockStation', 'station'),
        {
          name: 'Session',
          children: [
            configured(site, 'Station', 'station'),
            configured(site, 'Author', 'waiter'),
            configured(site, 'Creator', 'waiter'),
            ...missing.map((tip) => tipDish(site, tipItemCode, tip)),
          ],
        },
      ],
    },
    call,
    async () => {
      const again = await readOrder(site, write.posRef, call);
      return (
        again.kind === 'read' &&
        missing.every((tip) => findLine(again.value.sessions, tip.reference) === undefined)
      );
    },
  );
  // Nothing is paid yet, so even a lost answer leaves the payment certainly not applied.
  if (reply.kind !== 'ok') return end(beforeTheWrite(failureOf(reply, site.settings)));
  return compareDue(site, bill, sumOf(tips), call);
}

/** The one dish whose price we give: it is open-priced, and the guest chose the price. */
function tipDish(site: Site, code: string, tip: Tip): Tag {
  return {
    name: 'Dish',
    attributes: {
      code,
      quantity: '1000',
      price: String(tip.amount.amountMinor),
      line_guid: bracedGuid(tip.reference),
    },
    children: [{ name: 'OrderType', attributes: refAttributes(site.settings.orderType) }],
  };
}

function sumOf(tips: readonly Tip[]): number {
  return tips.reduce((sum, tip) => sum + tip.amount.amountMinor, 0);
}

async function compareDue(site: Site, bill: Bill, tipMinor: number, call: WriteCall): Promise<Step<number>> {
  const due = await readDue(site, bill.write.posRef, call);
  if (due.kind === 'failed') return end(beforeTheWrite(due.failure));
  const expected = bill.write.amount.amountMinor + tipMinor;
  if (due.value === expected) return on(due.value);
  return end({
    kind: 'refused',
    error: posError('bill-changed', `due ${due.value}, paid ${expected} (hundredths)`),
  });
}

type Payment = { readonly write: MarkPaidWrite; readonly due: number; readonly lockguid: string };

async function pay(site: Site, payment: Payment, call: WriteCall): Promise<WriteOutcome<OrderPaid>> {
  const { write } = payment;
  const reply = await sendLicensed(
    site,
    {
      command: 'PayOrder',
      attributes: { lockguid: payment.lockguid },
      children: [
        orderTag(write.posRef),
        configured(site, 'Station', 'station'),
        configured(site, 'Cashier', 'cashier'),
        {
          name: 'Payment',
          attributes: {
            ...refAttributes(site.settings.paidCurrency),
            amount: String(payment.due),
            extTransactionInfo: write.paymentReference,
          },
        },
      ],
    },
    call,
    async () => {
      const again = await readOrder(site, write.posRef, call);
      return again.kind === 'read' && !isClosed(again.value);
    },
  );
  if (reply.kind !== 'ok') return outcomeOf(failureOf(reply, site.settings));
  const [receipt] = childrenNamed(reply.data, 'PrintCheck');
  if (receipt !== undefined && reply.errors.length === 0) {
    return {
      kind: 'applied',
      value: { posRef: write.posRef, receiptRef: receipt.attributes['CheckNum'] ?? null },
      repeated: false,
    };
  }
  // Ok without a receipt, or with errors beside it (a receipt printer, a card system): the order itself decides.
  const again = await readOrder(site, write.posRef, call);
  const paid = again.kind === 'read' ? findOurPayment(again.value, write) : undefined;
  if (paid !== undefined) return { kind: 'applied', value: paid, repeated: false };
  const failure = failureOfErrors(reply.errors, site.settings);
  if (again.kind === 'read' && !isClosed(again.value) && failure !== undefined) return outcomeOf(failure);
  return {
    kind: 'unknown',
    error: posError('bad-answer', 'PayOrder answered Ok, but the order does not show the payment'),
    answered: true,
  };
}

/** Our payment on the closed order, by the reference it carries. */
export function findOurPayment(order: WireOrder, write: MarkPaidWrite): OrderPaid | undefined {
  if (!isClosed(order)) return undefined;
  const isOurs = order.sessions
    .flatMap((session) => session.pays)
    .some((entry) => !entry.deleted && entry.extTransactionInfo === write.paymentReference);
  if (!isOurs) return undefined;
  const receipt = order.sessions
    .flatMap((session) => session.receipts)
    .find((entry) => !entry.deleted && !entry.bill);
  return { posRef: order.guid, receiptRef: receipt?.CheckNum ?? null };
}
