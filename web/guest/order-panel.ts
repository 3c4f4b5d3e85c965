import type { Currency } from '#domain/money.ts';
import { isCurrency } from '#domain/money.ts';
import { escapeHtml, formatMoney } from './page.ts';
import { textOf } from './texts.ts';
import type { OrderView } from './wire.ts';

type RoundView = OrderView['rounds'][number];

const stateWords: Record<RoundView['state'], string> = {
  'awaiting-payment': 'The kitchen starts when it is paid',
  sending: 'On its way to the kitchen',
  waiting: 'Waiting: the kitchen will get it as soon as the till answers',
  locked: 'Your waiter has the bill open. We keep trying.',
  accepted: 'In the kitchen',
  error: 'Please tell your waiter',
  refused: 'Not ordered',
  cancelled: 'Cancelled',
};

const stateMarks: Record<RoundView['state'], string> = {
  'awaiting-payment': '○',
  sending: '…',
  waiting: '…',
  locked: '…',
  accepted: '✓',
  error: '!',
  refused: '×',
  cancelled: '×',
};

/** The table's order as a receipt: rounds with their state, then the bill. */
export function renderOrder(order: OrderView, paysOnline: boolean): string {
  const rounds = order.rounds.map(renderRound).join('');
  const money = (amount: { amountMinor: number; currency: string }) =>
    formatMoney({ amountMinor: amount.amountMinor, currency: currencyOf(amount.currency) });
  const taxMinor = order.rounds.reduce((sum, round) => sum + (round.tax?.amountMinor ?? 0), 0);
  const tax =
    taxMinor === 0
      ? ''
      : `<span>Tax</span><span class="money">${money({ ...order.total, amountMinor: taxMinor })}</span>`;
  const discounts = order.discounts.map(
    (discount) =>
      `<span>${escapeHtml(discount.name)}</span><span class="money">${money(discount.amount)}</span>`,
  );
  const paid =
    order.paid.amountMinor === 0 ? '' : `<span>Paid</span><span class="money">${money(order.paid)}</span>`;
  const open = order.state === 'open' || order.state === 'awaiting-payment';
  const pay =
    !open || order.due.amountMinor === 0
      ? ''
      : paysOnline
        ? `<p><button class="action wide" type="button" id="pay">Pay ${money(order.due)}</button></p>`
        : '<p class="muted">Pay your waiter when you are ready.</p>';
  const tip =
    order.tip.amountMinor === 0 ? '' : `<span>Tip</span><span class="money">${money(order.tip)}</span>`;
  const title =
    order.state === 'settled'
      ? 'Paid, thank you'
      : order.state === 'voided'
        ? 'Cancelled by the restaurant'
        : 'Your order';
  return `<div class="card"><h2>${title}</h2>${order.waiter === undefined ? '' : `<p class="muted small">Served by ${escapeHtml(order.waiter)}</p>`}
<ul class="rounds">${rounds}</ul>
<div class="figures total">${tax}${discounts.join('')}<span>Total</span><span class="money">${money(order.total)}</span>${tip}${paid}${order.due.amountMinor === order.total.amountMinor ? '' : `<span>To pay</span><span class="money">${money(order.due)}</span>`}</div>${pay}</div>`;
}

/** What this phone ordered and a waiter moved to another bill: how it stands. */
export function renderElsewhere(rounds: readonly RoundView[]): string {
  return `<div class="card"><h2>On another bill</h2><p class="muted">Your waiter has this on another bill. Please pay it with your waiter.</p><ul class="rounds">${rounds.map(renderRound).join('')}</ul></div>`;
}

function renderRound(round: RoundView): string {
  const lines = round.lines.map((line) => {
    const modifiers = line.modifiers.map((modifier) =>
      modifier.quantity === 0 ? `without ${modifier.name}` : modifier.name,
    );
    const detail =
      modifiers.length === 0
        ? ''
        : `<br><span class="muted small">${escapeHtml(modifiers.join(', '))}</span>`;
    const price = formatMoney({
      amountMinor: line.price.amountMinor,
      currency: currencyOf(line.price.currency),
    });
    return `<span${line.voided === true ? ' class="voided"' : ''}>${line.quantity} × ${escapeHtml(line.name)}${detail}</span><span class="money${line.voided === true ? ' voided' : ''}">${price}</span>`;
  });
  const words =
    round.by === 'till'
      ? 'Ordered with the waiter'
      : round.guestText === undefined || round.state === 'accepted'
        ? stateWords[round.state]
        : textOf(round.guestText);
  const ask =
    round.stillWanted === undefined
      ? ''
      : `<p>This waited longer than usual. Do you still want it?</p><p><button class="pill" data-wanted="yes" data-round="${escapeHtml(round.roundId)}">Yes, please</button> <button class="pill" data-wanted="no" data-round="${escapeHtml(round.roundId)}">No, thank you</button></p>`;
  return `<li class="round"><div class="state ${round.state}"><span aria-hidden="true">${stateMarks[round.state]}</span><span>${escapeHtml(words)}</span></div><div class="figures">${lines.join('')}</div>${ask}</li>`;
}

function currencyOf(text: string): Currency {
  if (!isCurrency(text)) throw new RangeError(`unknown currency ${text}`);
  return text;
}
