import type { StoreDefinition } from '#acceptance/store-definition.ts';

/** The store's order list and the kitchen's tickets on one page that asks the control API every second. Loads nothing from elsewhere. */
export function makePage(store: StoreDefinition): string {
  const plan = {
    name: store.name,
    currency: store.currency,
    stations: [...new Set(store.categories.map(({ station }) => station))],
  };
  // A "<" would let a name end the script.
  const data = JSON.stringify(plan).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Store and kitchen</title>
<style>${style}</style>
</head>
<body>
<header><h1 id="name"></h1><p id="news" role="status"></p></header>
<main>
<section aria-labelledby="orders-title"><h2 id="orders-title">Orders</h2><div id="orders"></div></section>
<section aria-labelledby="kitchen-title"><h2 id="kitchen-title">Kitchen</h2><div id="kitchen"></div></section>
</main>
<script>const plan = ${data};${script}</script>
</body>
</html>
`;
}

const style = `
:root { color-scheme: dark; --paper: #15120E; --card: #1F1B16; --ink: #F3EDE3; --muted: #A89E90; --line: #332C24;
  --accent: #FF8A6B; --on-accent: #15120E; --good: #A5C77F; --wait: #E8B756; }
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
header { display: flex; gap: 24px; align-items: baseline; padding: 16px 24px; border-bottom: 1px solid var(--line); }
h1 { font-size: 18px; } h2 { font-size: 14px; color: var(--muted); font-weight: 500; margin-bottom: 12px; }
#news { margin-left: auto; color: var(--muted); }
main { display: grid; grid-template-columns: minmax(300px, 2fr) 3fr; gap: 32px; padding: 24px; }
@media (max-width: 900px) { main { grid-template-columns: 1fr; } }
#orders { display: grid; gap: 8px; }
.order { background: var(--card); border-radius: 8px; padding: 12px; box-shadow: inset 3px 0 0 var(--good); }
.order.suspended { box-shadow: inset 3px 0 0 var(--wait); } .order.voided, .order.settled { box-shadow: none; color: var(--muted); }
.order button { background: none; border: 1px solid var(--line); border-radius: 999px; color: var(--ink); font: inherit; padding: 8px 16px; min-height: 44px; margin: 8px 8px 0 0; cursor: pointer; }
.order button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.row { display: flex; justify-content: space-between; gap: 8px; } .row span:last-child { white-space: nowrap; }
.small { font-size: 12px; color: var(--muted); }
#kitchen { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 16px; align-items: start; }
.station > h3 { font-size: 14px; margin-bottom: 8px; } .station { display: grid; gap: 8px; align-content: start; }
.ticket { background: var(--card); border-radius: 8px; padding: 12px; } .ticket.void { box-shadow: inset 3px 0 0 var(--accent); }
.ticket ul { list-style: none; padding: 0; margin-top: 8px; } .ticket li li { color: var(--muted); padding-left: 16px; }
`;

const script = `
const $ = (id) => document.getElementById(id);
const make = (tag, cls, ...inside) => { const e = document.createElement(tag); if (cls) e.className = cls; e.append(...inside); return e; };
const money = (minor) => new Intl.NumberFormat('en', { style: 'currency', currency: plan.currency }).format(minor / 100);
const age = (at) => { const s = Math.max(0, Math.round((Date.now() - at) / 1000)); return s < 60 ? s + ' s' : Math.floor(s / 60) + ' min'; };
const shownTickets = 12, shownOrders = 30;
$('name').textContent = plan.name;
async function press(name, body) {
  const answer = await fetch('/_twin/' + name, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  $('news').textContent = answer.ok ? '' : await answer.text();
  await refresh();
}
function button(text, name, orderRef) { const b = make('button', '', text); b.type = 'button'; b.onclick = () => press(name, { orderRef }); return b; }
function drawLine(line) {
  const row = make('div', 'row', make('span', '', line.quantity + ' × ' + (line.size ?? '') + ' ' + line.name + ' ' + line.category), make('span', '', line.amount === null ? '' : money(line.amount)));
  return make('div', '', row, ...line.modifiers.map((m) => make('div', 'small', m.name)));
}
function drawOrder(order) {
  const who = [order.customer.name, order.externalNumber && 'no. ' + order.externalNumber].filter(Boolean).join(' · ');
  const head = make('div', 'row', make('b', '', '#' + order.orderRef + ' ' + (who || order.source)), make('span', '', money(order.total)));
  const state = order.status + ', ' + order.orderType + ', ' + order.source + (order.paid ? ', paid' : ', ' + money(order.due) + ' at the counter') + (order.tip ? ', tip ' + money(order.tip) : '');
  const gaps = order.missing.length ? [make('div', 'small', 'Lacks: ' + order.missing.join(', '))] : [];
  const keys = order.state !== 'open' ? [] : [order.status === 'suspended' ? button('Release', 'release', order.orderRef) : button('Handed over', 'complete', order.orderRef), button('Void', 'void', order.orderRef)];
  return make('article', 'order ' + (order.state === 'open' ? order.status : order.state), head, make('div', 'small', state), ...gaps, ...order.lines.map(drawLine), ...keys);
}
function drawTicket(ticket) {
  const head = make('div', 'row', make('b', '', (ticket.kind === 'void' ? 'Void ' : '') + (ticket.table ? 'table ' + ticket.table : '#' + ticket.orderRef)), make('span', 'small', age(ticket.at)));
  const lines = make('ul', '', ...ticket.lines.map((line) => make('li', '', line.quantity + ' × ' + line.name,
    ...(line.modifiers.length ? [make('ul', '', ...line.modifiers.map((m) => make('li', '', m)))] : []))));
  return make('article', 'ticket ' + ticket.kind, head, make('div', 'small', [ticket.orderType, ticket.comment].filter(Boolean).join(' · ')), lines);
}
let drawn = '';
async function refresh() {
  try {
    const [orders, tickets] = await Promise.all(['orders', 'tickets'].map((what) => fetch('/_twin/' + what).then((r) => r.json())));
    // Buttons keep the focus while nothing changes.
    const seen = JSON.stringify([orders, tickets.length, Math.floor(Date.now() / 10000)]);
    if (seen === drawn) return;
    drawn = seen;
    $('orders').replaceChildren(...(orders.length ? orders.slice(-shownOrders).reverse().map(drawOrder) : [make('p', 'small', 'No orders yet')]));
    $('kitchen').replaceChildren(...plan.stations.map((name) => {
      const here = tickets.filter((t) => t.station === name).reverse().slice(0, shownTickets);
      return make('div', 'station', make('h3', '', name), ...(here.length ? here.map(drawTicket) : [make('p', 'small', 'Nothing yet')]));
    }));
  } catch { $('news').textContent = 'The twin does not answer'; }
}
refresh(); setInterval(refresh, 1000);
`;
