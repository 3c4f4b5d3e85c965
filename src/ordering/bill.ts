import { isUnderWay } from '#domain/payment.ts';
import { splitOf, takenLines } from '#domain/share.ts';
import type { Bill } from '#domain/share.ts';
import { money } from '#domain/money.ts';
import { isOnBill } from '#domain/round.ts';
import type { PaymentRow } from '#store/schema.ts';
import type { OrderView } from './views.ts';

/** Who looks at a bill, and when: one's own checkout holds nothing from oneself. */
export type Viewer = { readonly visit: string | undefined; readonly nowMs: number };

/** The bill as shares of it are reckoned: what is on it, what was paid, and what other guests are at the checkout for. */
export function billOf(view: OrderView, payments: readonly PaymentRow[], viewer: Viewer): Bill {
  return {
    totalMinor: view.total.amountMinor,
    dueMinor: view.due.amountMinor,
    lines: view.rounds
      .filter((round) => isOnBill(round.state))
      .flatMap((round) => round.lines)
      .filter((line) => line.voided !== true)
      .map((line) => ({ lineId: line.lineId, priceMinor: line.price.amountMinor })),
    taken: payments
      .filter((payment) => {
        if (payment.state === 'paid') return payment.counts && payment.refunded_minor < payment.amount_minor;
        const held = payment.locked_until_ms !== null && payment.locked_until_ms > viewer.nowMs;
        return isUnderWay(payment.state) && held && payment.visit_id !== viewer.visit;
      })
      .map((payment) => ({
        paid: payment.state === 'paid',
        share: payment.share,
        amountMinor: payment.amount_minor,
        lineAmounts: payment.line_amounts,
      })),
  };
}

/** The same order with what others have taken of its lines. */
export function showTaken(view: OrderView, payments: readonly PaymentRow[], viewer: Viewer): OrderView {
  const bill = billOf(view, payments, viewer);
  const taken = takenLines(bill);
  const split = view.due.amountMinor === 0 ? undefined : splitOf(bill);
  if (taken.size === 0 && split === undefined) return view;
  return {
    ...view,
    ...(split === undefined
      ? {}
      : {
          split: {
            parts: split.parts,
            partsLeft: split.partsLeft,
            left: money(split.leftMinor, view.due.currency),
          },
        }),
    rounds: view.rounds.map((round) => ({
      ...round,
      lines: round.lines.map((line) => {
        const found = taken.get(line.lineId);
        if (found === undefined) return line;
        const left = money(found.leftMinor, line.price.currency);
        return { ...line, taken: { state: found.state, left } };
      }),
    })),
  };
}
