/** The provider's desk: every payment, its ending at a click, and the calls to shops. Asks the control API every second. */
export function makePage(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Payments desk</title>
<style>${style}</style>
</head>
<body>
<header><h1>Payments desk</h1><p id="news" role="status"></p></header>
<main>
<section aria-labelledby="payments-title"><h2 id="payments-title">Payments</h2><div id="payments"></div></section>
<section aria-labelledby="calls-title"><h2 id="calls-title">Calls to the shop</h2>
<div id="mood" role="group" aria-label="Calls to the shop"></div><ol id="calls"></ol></section>
</main>
<script>${script}</script>
</body>
</html>
`;
}

const style = `
:root { color-scheme: light dark; --paper: #FBF8F3; --card: #FFFFFF; --ink: #1F1A14; --muted: #6A6156; --line: #E6DED2;
  --accent: #B5361C; --good: #47652B; --wait: #8A5A00; }
@media (prefers-color-scheme: dark) { :root { --paper: #15120E; --card: #1F1B16; --ink: #F3EDE3; --muted: #A89E90; --line: #332C24;
  --accent: #FF8A6B; --good: #A5C77F; --wait: #E8B756; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
header { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: baseline; padding: 16px 24px; border-bottom: 1px solid var(--line); }
h1 { font-size: 18px; } h2 { font-size: 14px; color: var(--muted); font-weight: 500; margin-bottom: 12px; } #news { margin-left: auto; color: var(--muted); }
main { display: grid; grid-template-columns: minmax(300px, 3fr) 2fr; gap: 32px; padding: 24px; align-items: start; }
@media (max-width: 900px) { main { grid-template-columns: 1fr; } }
#payments { display: grid; gap: 8px; } .muted { color: var(--muted); font-size: 12px; overflow-wrap: anywhere; }
.payment { background: var(--card); border-radius: 8px; padding: 12px; border-left: 3px solid var(--line); }
.payment.paid { border-color: var(--good); } .payment.open, .payment.pending { border-color: var(--wait); }
.payment.failed, .payment.canceled, .payment.expired { border-color: var(--accent); }
.row { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 12px; } .actions { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin-top: 8px; }
button { background: none; border: 1px solid var(--line); border-radius: 999px; color: var(--ink); font: inherit; padding: 4px 12px; min-height: 36px; cursor: pointer; }
button[aria-pressed="true"] { background: var(--ink); color: var(--paper); } a { color: inherit; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
#mood { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 12px; } ol { list-style: none; padding: 0; display: grid; gap: 8px; }
`;

const script = `
const $ = (id) => document.getElementById(id);
const make = (tag, cls, ...inside) => { const e = document.createElement(tag); if (cls) e.className = cls; e.append(...inside); return e; };
const button = (label, act) => { const b = make('button', '', label); b.onclick = act; return b; };
const shown = 30;
async function post(name, body) {
  const answer = await fetch('/_twin/' + name, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!answer.ok) $('news').textContent = (await answer.json()).error;
  last = ''; refresh();
}
const amount = (one) => one.value + ' ' + one.currency;
function actionsFor(payment) {
  const finish = (label, outcome) => button(label, () => post('finish', { payment: payment.id, outcome }));
  if (payment.status === 'open' || payment.status === 'pending') {
    const link = make('a', '', 'Checkout'); link.href = payment.checkout; link.target = '_blank';
    return [link, finish('Paid', 'paid'), finish('Failed', 'failed'), finish('Canceled', 'canceled'), finish('Expired', 'expired')];
  }
  if (payment.status !== 'paid') return [];
  const refund = (payment._embedded?.refunds ?? []).findLast((r) => !['refunded', 'failed', 'canceled'].includes(r.status));
  const move = (label, status) => button(label, () => post('move-refund', { payment: payment.id, refund: refund.id, status }));
  return [button('Charge back', () => post('chargeback', { payment: payment.id })),
    ...(refund ? [move('Refund arrives', 'refunded'), move('Refund fails', 'failed')] : [])];
}
function drawPayment(payment) {
  const back = [['refunds', 'refund'], ['chargebacks', 'chargeback']].flatMap(([list, name]) => (payment._embedded?.[list] ?? [])
    .map((one) => make('div', 'muted', name + ' ' + amount(one.amount) + (one.status ? ', ' + one.status : ''))));
  return make('article', 'payment ' + payment.status,
    make('div', 'row', make('b', '', amount(payment.amount)), make('span', '', payment.status + (payment.method ? ', ' + (payment.details?.wallet ?? payment.method) : ''))),
    make('div', '', payment.description), make('div', 'muted', payment.id + ', ' + payment.mode + ', ' + payment.createdAt.slice(11, 19)), ...back,
    make('div', 'actions', ...actionsFor(payment)));
}
function drawCall(call) {
  const tries = call.tries.map((one) => one.status ?? 'no answer').join(', ');
  return make('li', '', make('div', 'row', make('span', '', call.payment), make('b', '', call.state)), make('div', 'muted', call.url + (tries ? ': ' + tries : '')));
}
function drawMood(mood) {
  const mode = (value, label) => { const b = button(label, () => post('webhooks', { mode: value })); b.setAttribute('aria-pressed', String(mood.mode === value)); return b; };
  $('mood').replaceChildren(mode('on', 'Sent'), mode('off', 'Lost'), mode('hold', 'Held back'), ...(mood.mode === 'hold' ? [button('Release', () => post('release-webhooks', {}))] : []));
}
let last = '';
async function refresh() {
  try {
    const [payments, webhooks] = await Promise.all(['payments', 'webhooks'].map((what) => fetch('/_twin/' + what).then((r) => r.json())));
    const now = JSON.stringify([payments.slice(-shown), webhooks.mood, webhooks.deliveries.slice(-shown)]);
    if (now === last) return;
    last = now;
    const none = (text) => [make('p', 'muted', text)];
    $('payments').replaceChildren(...(payments.length ? payments.slice(-shown).reverse().map(drawPayment) : none('Nobody has paid yet')));
    $('calls').replaceChildren(...(webhooks.deliveries.length ? webhooks.deliveries.slice(-shown).reverse().map(drawCall) : none('No calls yet')));
    drawMood(webhooks.mood); $('news').textContent = '';
  } catch { $('news').textContent = 'The twin does not answer'; }
}
refresh(); setInterval(refresh, 1000);
`;
