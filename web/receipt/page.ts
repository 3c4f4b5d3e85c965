import type { Money } from '#domain/money.ts';
import type { Receipt } from '#domain/receipt.ts';
import { escapeHtml, formatMoney } from '../guest/page.ts';

/** A receipt as a page that prints on one sheet. No script, nothing loaded but the style. */
export function renderReceipt(receipt: Receipt): string {
  const { venue } = receipt;
  const row = (name: string, amount: Money, more = '') =>
    `<tr${more}><td>${escapeHtml(name)}</td><td class="money">${formatMoney(amount)}</td></tr>`;
  const lines = receipt.lines.map((line) => {
    const taxes =
      line.taxes.length === 0 ? '' : ` <span class="muted">${escapeHtml(line.taxes.join(', '))}</span>`;
    return `<tr><td>${line.quantity} × ${escapeHtml(line.name)}${taxes}</td><td class="money">${formatMoney(line.price)}</td></tr>`;
  });
  const extras = [
    receipt.share.amountMinor === receipt.total.amountMinor ? '' : row('Your share', receipt.share),
    receipt.tip.amountMinor === 0 ? '' : row('Tip', receipt.tip),
    receipt.donation.amountMinor === 0 ? '' : row('Donation', receipt.donation),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Receipt · ${escapeHtml(receipt.location)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/receipt/receipt.css">
</head>
<body>
<main>
<header>
<h1>${escapeHtml(receipt.location)}</h1>
<p>${[venue?.legalName, ...(venue?.addressLines ?? [])].flatMap((text) => (text === undefined ? [] : escapeHtml(text))).join('<br>')}</p>
${venue?.taxNumber === undefined ? '' : `<p class="muted">Tax number ${escapeHtml(venue.taxNumber)}</p>`}
</header>
<p class="muted">Table ${escapeHtml(receipt.table)} · ${formatTime(receipt)}<br>Order ${escapeHtml(receipt.orderId.slice(0, 8))}</p>
<table>
<tbody>${lines.join('')}${receipt.discounts.map((discount) => row(discount.name, discount.amount)).join('')}</tbody>
<tbody>${taxesOnTop(receipt)
    .map(({ name, amount }) => row(name, amount))
    .join(
      '',
    )}${row('Total', receipt.total, ' class="total"')}${extras.join('')}${row(`Paid, ${wayOf(receipt.paidWith)}`, receipt.charged, ' class="total"')}</tbody>
</table>
${renderTaxes(receipt)}
<p class="muted">The till's own receipt is the fiscal document where the law asks for one.</p>
</main>
</body>
</html>`;
}

/** Taxes that the prices do not hold stand among the figures that make the total; the others are told below it. */
function taxesOnTop(receipt: Receipt): readonly { readonly name: string; readonly amount: Money }[] {
  return receipt.taxes.flatMap(({ code, included, rate, amount }) =>
    included || amount === null ? [] : [{ name: `Tax ${nameOf(code, rate)}`, amount }],
  );
}

/** Never a figure that the POS did not give: where it names no rate, the till's receipt has the amount. */
function renderTaxes(receipt: Receipt): string {
  const held = receipt.taxes.flatMap(({ code, included, rate, amount }) =>
    included && amount !== null
      ? [`<li>The total holds ${formatMoney(amount)} tax ${escapeHtml(nameOf(code, rate))}.</li>`]
      : [],
  );
  const untold = receipt.taxes.filter(({ amount }) => amount === null);
  if (untold.length > 0) {
    const codes = untold.map(({ code }) => code).join(', ');
    held.push(
      `<li>The till does not tell us what tax comes to (its code${untold.length > 1 ? 's' : ''}: ${escapeHtml(codes)}). ${untold.every(({ included }) => included) ? 'The prices hold it; the' : 'The'} amount stands on the till's receipt.</li>`,
    );
  }
  if (receipt.taxes.length === 0) held.push('<li>The till names no tax for these dishes.</li>');
  return held.length === 0 ? '' : `<ul class="taxes muted">${held.join('')}</ul>`;
}

/** Rates are thousandths of a percent. */
function nameOf(code: string, rate: number | undefined): string {
  return rate === undefined ? code : `${code} ${rate / 1_000} %`;
}

const ways: Readonly<Record<string, string>> = {
  cash: 'in cash',
  terminal: 'by card at the table',
  creditcard: 'by card',
  applepay: 'with Apple Pay',
  googlepay: 'with Google Pay',
  nothing: 'nothing was due',
};

function wayOf(paidWith: string): string {
  return escapeHtml(ways[paidWith] ?? `with ${paidWith}`);
}

function formatTime(receipt: Receipt): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone: receipt.timeZone,
    dateStyle: 'medium',
    timeStyle: 'short',
  }).format(receipt.paidAtMs);
}
