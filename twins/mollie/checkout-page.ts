import { showAmount } from './amounts.ts';
import type { Method } from './methods.ts';
import type { Payment } from './state.ts';

/** The checkout as a guest sees it on a phone: a stage set, no vendor's branding, and nowhere to type a card number. */
export function checkoutPage(visit: {
  readonly payment: Payment;
  readonly shop: string;
  readonly offered: readonly Method[];
  readonly notice: string | null;
}): string {
  const { payment, shop, offered, notice } = visit;
  const price = escapeHtml(formatAmount(payment));
  const waiting = payment.status === 'pending';
  const choice = offered.map(
    ({ id, name }, index) => `
      <label><input type="radio" name="method" value="${id}"${index === 0 ? ' checked' : ''}><span>${escapeHtml(name)}</span></label>`,
  );
  return page(
    `Pay ${price}`,
    `<p class="shop">${escapeHtml(shop)}</p>
    <h1>${price}</h1>
    <p class="what">${escapeHtml(payment.description)}</p>
    ${notice === null ? '' : `<p class="notice" role="status">${escapeHtml(notice)}</p>`}
    ${waiting ? '<p class="notice" role="status">The bank is still working on it.</p>' : ''}
    <form method="post">
      ${waiting ? '' : `<fieldset><legend>How would you like to pay?</legend>${choice.join('')}</fieldset>`}
      <button class="pay" name="outcome" value="paid">${waiting ? 'The bank says yes' : `Pay ${price}`}</button>
      ${waiting ? '' : '<button class="plain" name="outcome" value="canceled">Cancel and go back</button>'}
      <details>
        <summary>Other ways this can end</summary>
        ${waiting ? '' : ending('declined', 'The card is declined', 'you choose again, the payment stays open')}
        ${ending('failed', 'The bank says no', 'the payment has failed')}
        ${waiting ? '' : ending('pending', 'The bank takes its time', 'the payment is pending')}
        ${ending('expired', 'Too late', 'the payment has expired')}
        ${ending('open', 'Walk away', 'back to the restaurant, nothing decided')}
      </details>
    </form>`,
  );
}

export function endedPage(title: string, back: string | null): string {
  const link =
    back === null
      ? ''
      : `<a class="pay" href="${escapeHtml(back)}" rel="noreferrer">Back to the restaurant</a>`;
  return page(title, `<h1>${escapeHtml(title)}</h1>${link}`);
}

function ending(outcome: string, name: string, meaning: string): string {
  return `<button class="ending" name="outcome" value="${outcome}"><b>${name}</b><span>${meaning}</span></button>`;
}

function formatAmount(payment: Payment): string {
  const { value, currency } = showAmount(payment.amount);
  const places = value.split('.')[1]?.length ?? 0;
  const locale = payment.locale?.replace('_', '-') ?? 'en-GB';
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  }).format(payment.amount.minor / 10 ** places);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
  <main>${body}</main>
  <footer>A checkout for trying things out. No money moves, and no card is asked for.</footer>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

const style = `
:root { color-scheme: light dark; --paper: #FBF8F3; --card: #FFFFFF; --ink: #1F1A14; --muted: #6A6156; --line: #E6DED2;
  --accent: #B5361C; --on-accent: #FFFFFF; --wait: #8A5A00; --wait-tint: #F7E7C2; --shadow: 0 8px 28px rgb(31 26 20 / 0.14); }
@media (prefers-color-scheme: dark) { :root { --paper: #15120E; --card: #1F1B16; --ink: #F3EDE3; --muted: #A89E90; --line: #332C24;
  --accent: #FF8A6B; --on-accent: #15120E; --wait: #E8B756; --wait-tint: #3A2E14; --shadow: 0 8px 28px rgb(0 0 0 / 0.5); } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); font: 16px/1.4 system-ui, sans-serif; padding: 24px 16px 32px;
  display: grid; gap: 24px; justify-items: center; align-content: start; min-height: 100vh; }
main { width: 100%; max-width: 420px; background: var(--card); border-radius: 12px; box-shadow: var(--shadow); padding: 24px; }
.shop { color: var(--muted); }
h1 { font: 600 28px/1.2 ui-serif, "Iowan Old Style", Palatino, Georgia, serif; font-variant-numeric: tabular-nums; margin: 4px 0; }
.what { color: var(--muted); overflow-wrap: anywhere; }
.notice { background: var(--wait-tint); color: var(--wait); border-radius: 8px; padding: 12px; margin-top: 16px; }
form { display: grid; gap: 12px; margin-top: 24px; }
fieldset { border: 0; padding: 0; } legend { padding: 0; font-size: 14px; color: var(--muted); margin-bottom: 4px; }
label { display: flex; align-items: center; gap: 12px; min-height: 48px; border-top: 1px solid var(--line); cursor: pointer; }
label:first-of-type { border-top: 0; }
input { accent-color: var(--accent); width: 20px; height: 20px; }
button, .pay { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; border-radius: 12px; min-height: 48px; }
.pay { background: var(--accent); color: var(--on-accent); font-weight: 600; font-variant-numeric: tabular-nums; padding: 12px 24px; }
a.pay { display: block; text-align: center; text-decoration: none; margin-top: 24px; }
.plain { color: var(--muted); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
details { border-top: 1px solid var(--line); padding-top: 4px; }
summary { min-height: 44px; display: flex; align-items: center; cursor: pointer; color: var(--muted); font-size: 14px; }
summary::marker { content: none; } summary::after { content: "\\203A"; margin-left: auto; font-size: 18px; }
details[open] summary::after { transform: rotate(90deg); }
.ending { display: grid; width: 100%; text-align: left; padding: 8px 0; gap: 0; border-radius: 8px; }
.ending b { font-weight: 500; } .ending span { color: var(--muted); font-size: 14px; }
footer { color: var(--muted); font-size: 14px; max-width: 420px; text-align: center; }
@media (min-width: 700px) { body { padding-top: 72px; } }
`;
