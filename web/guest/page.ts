import type { Menu, MenuItem } from '#domain/menu.ts';
import type { Money } from '#domain/money.ts';
import { currencyDigits } from '#domain/money.ts';
import { guestTexts, textOf } from './texts.ts';

/** What the guest page shows before any script runs. */
export type GuestPage = {
  readonly token: string;
  readonly location: string;
  readonly table: string;
  readonly flow: 'pay-first' | 'pay-later';
  /** A key of the texts, or null when the location takes orders. */
  readonly readOnlyText: string | null;
  /** Undefined until the menu was read from the POS once. */
  readonly menu: Menu | undefined;
  /** Allows the one inline script (the import map) under the page's content security policy. */
  readonly nonce: string;
};

/** The guest page as a whole document: the menu is readable before, and without, any script. */
export function renderGuestPage(page: GuestPage): string {
  const categories = (page.menu?.categories ?? []).filter((category) => category.items.length > 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="robots" content="noindex">
<title>${escapeHtml(page.location)} · table ${escapeHtml(page.table)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/tokens.css">
<link rel="stylesheet" href="/assets/guest/guest.css">
<script type="importmap" nonce="${page.nonce}">{"imports":{"#domain/":"/assets/domain/"}}</script>
<script type="module" src="/assets/guest/app.ts"></script>
</head>
<body data-token="${escapeHtml(page.token)}" data-flow="${page.flow}">
<header class="venue">
<div><h1>${escapeHtml(page.location)}</h1><p class="muted small">${page.flow === 'pay-first' ? 'Order, then pay; the kitchen starts after that.' : 'Order as you like, pay at the end.'}</p></div>
<div><span class="pill">Table ${escapeHtml(page.table)}</span></div>
</header>
<nav class="categories" aria-label="Menu"><ul>${categories
    .map(
      (category, index) =>
        `<li><a href="#c${index}"${index === 0 ? ' aria-current="true"' : ''}>${escapeHtml(category.name)}</a></li>`,
    )
    .join('')}</ul></nav>
<main>
<p id="read-only" class="band" role="status"${page.readOnlyText === null ? ' hidden' : ''}>${escapeHtml(page.readOnlyText === null ? '' : textOf(page.readOnlyText))}</p>
<section id="payment" aria-live="polite" hidden></section>
<section id="order" aria-live="polite" hidden></section>
<section id="elsewhere" aria-live="polite" hidden></section>
${categories.length === 0 ? `<p class="band">${guestTexts['menu-not-read']}</p>` : ''}
${categories
  .map(
    (category, index) =>
      `<section class="category" id="c${index}"><h2>${escapeHtml(category.name)}</h2><ul class="items">${category.items.map(renderItem).join('')}</ul></section>`,
  )
  .join('\n')}
<p class="muted small"><button class="pill" id="call-waiter" type="button">Call the waiter</button></p>
</main>
<div class="bar" id="bar" hidden><button class="action" type="button" id="open-cart"><span id="bar-count"></span><span>Look over your order</span><span class="money" id="bar-total"></span></button></div>
<dialog id="sheet" aria-labelledby="sheet-title"></dialog>
</body>
</html>`;
}

function renderItem(item: MenuItem): string {
  const soldOut = item.availability.state === 'sold-out';
  const lowest = item.variants.reduce(
    (least, variant) => Math.min(least, variant.price.amountMinor),
    Number.POSITIVE_INFINITY,
  );
  const price =
    item.variants.length === 0
      ? formatMoney(item.price)
      : `from ${formatMoney({ amountMinor: lowest, currency: item.price.currency })}`;
  const mark = soldOut
    ? '<span class="sold-out">Sold out</span>'
    : item.availability.state === 'limited'
      ? `<span class="sold-out">${item.availability.remaining} left</span>`
      : '';
  return `<li><button class="item" type="button" data-item="${escapeHtml(item.itemId)}"${soldOut ? ' disabled' : ''}><span class="name">${escapeHtml(item.name)}</span><span class="price money">${price}</span>${item.description === undefined ? '' : `<span class="description">${escapeHtml(item.description)}</span>`}${mark}</button></li>`;
}

/** The amount as the guest reads it; digits come from our own table. */
export function formatMoney(amount: Money): string {
  const digits = currencyDigits[amount.currency];
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: amount.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount.amountMinor / 10 ** digits);
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
