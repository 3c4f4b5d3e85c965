import type { Currency } from '#domain/money.ts';
import { currencyDigits } from '#domain/money.ts';
import { payableLines } from './pay-choice.ts';
import type { BillOnScreen, PayableLine } from './pay-choice.ts';
import { escapeHtml, formatMoney } from './page.ts';

/** The form a guest pays with: how much, then a tip and a donation on top, neither chosen beforehand. */
export function renderPayForm(bill: BillOnScreen): string {
  const { order, currency } = bill;
  const due = formatMoney({ amountMinor: order.due.amountMinor, currency });
  return `<form class="sheet" novalidate><div class="sheet-head"><div><h2 id="sheet-title">Pay</h2><p class="muted">${due} to pay</p></div><button class="pill" type="button" data-close>Close</button></div>
${order.flow === 'pay-first' ? '' : renderShares(bill)}${renderTips(bill)}${renderDonations(bill)}
<p class="muted small">You pay on the payment provider's page. Your card's number never comes here.</p>
<div class="sheet-foot pay"><div class="figures sum" aria-live="polite"></div><p class="problem" role="alert"></p><button class="action wide" type="submit">Pay</button></div></form>`;
}

function renderShares({ order, currency, parts }: BillOnScreen): string {
  const due = formatMoney({ amountMinor: order.due.amountMinor, currency });
  const lines = payableLines(order);
  return `<fieldset><legend>How much?</legend>
<label class="choice"><input type="radio" name="share" value="all" checked><span>Everything that is left</span><span class="money">${due}</span></label>
<label class="choice"><input type="radio" name="share" value="equal"><span>An equal part<br><span class="muted small" data-part></span></span><span class="stepper"><button type="button" data-parts="-1" aria-label="One person less">−</button><output>${parts}</output><button type="button" data-parts="1" aria-label="One person more">+</button></span></label>
<label class="choice"><input type="radio" name="share" value="lines"><span>What I had</span><span></span></label>
<div class="own-lines" hidden>${lines.map((line) => renderLine(line, currency)).join('')}</div>
<label class="choice"><input type="radio" name="share" value="amount"><span>Another amount</span>${amountInput('amount', 'Another amount', currency)}</label></fieldset>`;
}

function renderLine(line: PayableLine, currency: Currency): string {
  const gone = line.leftMinor === 0;
  const words =
    line.taken === undefined
      ? ''
      : line.taken.state === 'being-paid'
        ? 'somebody is paying this now'
        : gone
          ? 'paid'
          : 'a part is paid';
  const note = words === '' ? '' : `<br><span class="muted small">${words}</span>`;
  const price = formatMoney({ amountMinor: gone ? line.price.amountMinor : line.leftMinor, currency });
  return `<label class="choice nested${gone ? ' gone' : ''}"><input type="checkbox" name="line" value="${escapeHtml(line.lineId)}"${gone ? ' disabled' : ''}><span>${line.quantity} × ${escapeHtml(line.name)}${note}</span><span class="money">${price}</span></label>`;
}

function renderTips({ payment, currency }: BillOnScreen): string {
  if (payment.tipMaxPercent === 0) return '';
  const tips = payment.tipPercents.map((percent) =>
    chip('tip', String(percent), `${percent} %`, `<span class="small money" data-tip="${percent}"></span>`),
  );
  return `<fieldset><legend>A tip <span class="muted small">for the staff, on what you pay</span></legend>
<div class="chips">${chip('tip', '', 'No tip')}${tips.join('')}${chip('tip', 'own', 'Other')}</div>
<label class="choice own-tip" hidden><span></span><span>Your tip</span>${amountInput('own-tip', 'Your tip', currency)}</label></fieldset>`;
}

function renderDonations({ payment, currency }: BillOnScreen): string {
  if (payment.donation === null) return '';
  const amounts = payment.donation.amountsMinor.map((amountMinor) =>
    chip('donation', String(amountMinor), formatMoney({ amountMinor, currency })),
  );
  const roundUp =
    payment.donation.roundUp === true
      ? chip('donation', 'round-up', 'Round up', '<span class="small money" data-round-up></span>')
      : '';
  return `<fieldset><legend>A donation <span class="muted small">for ${escapeHtml(payment.donation.cause)}, not for the restaurant</span></legend>
<div class="chips">${chip('donation', '0', 'None')}${roundUp}${amounts.join('')}</div></fieldset>`;
}

function chip(name: string, value: string, words: string, more = ''): string {
  return `<label class="chip"><input type="radio" name="${name}" value="${value}"><span>${words}</span>${more}</label>`;
}

function amountInput(name: string, label: string, currency: Currency): string {
  const digits = currencyDigits[currency];
  const example = digits === 0 ? '0' : `0.${'0'.repeat(digits)}`;
  return `<input class="amount money" name="${name}" inputmode="decimal" autocomplete="off" aria-label="${label}" placeholder="${example}">`;
}
