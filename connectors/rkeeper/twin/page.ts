import type { RestaurantSeed } from './seed.ts';

/** The till and the kitchen's tickets on one page that asks the control API every second. Loads nothing from elsewhere. */
export function makePage(seeds: readonly RestaurantSeed[]): string {
  const plan = seeds.map((seed) => ({
    slug: seed.slug,
    name: seed.name,
    currency: seed.currencyCode,
    tables: seed.tables.map((table) => table.name),
    stations: [...seed.kitchens.map((kitchen) => kitchen.name)],
  }));
  // A "<" would let a name end the script.
  const data = JSON.stringify(plan).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Till and kitchen</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<header><h1>Till</h1><nav id="places" aria-label="Restaurant"></nav><p id="news" role="status"></p></header>
<main>
<section aria-labelledby="plan-title"><h2 id="plan-title">Tables</h2><div id="plan"></div>
<h2>Messages</h2><div id="messages"></div><h2>Open orders</h2><div id="checks"></div></section>
<section aria-labelledby="kitchen-title"><h2 id="kitchen-title">Kitchen</h2><div id="kitchen"></div></section>
</main>
<script>const plan = ${data};${script}</script>
</body>
</html>
`;
}

const style = `
:root { color-scheme: dark; --paper: #15120E; --card: #1F1B16; --ink: #F3EDE3; --muted: #A89E90; --line: #332C24;
  --accent: #FF8A6B; --good: #A5C77F; --wait: #E8B756; }
* { box-sizing: border-box; margin: 0; }
body { background: var(--paper); color: var(--ink); font: 14px/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
header { display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: baseline; padding: 16px 24px; border-bottom: 1px solid var(--line); }
h1 { font-size: 18px; } h2 { font-size: 14px; color: var(--muted); font-weight: 500; margin-bottom: 12px; }
nav { display: flex; gap: 8px; } #news { margin-left: auto; color: var(--muted); }
nav button { background: none; border: 1px solid var(--line); border-radius: 999px; color: var(--ink); font: inherit; padding: 6px 16px; min-height: 36px; cursor: pointer; }
nav button[aria-pressed="true"] { background: var(--ink); color: var(--paper); }
main { display: grid; grid-template-columns: minmax(320px, 2fr) 5fr; gap: 32px; padding: 24px; }
section { min-width: 0; } section h2:not(:first-child) { margin-top: 24px; }
#plan { display: grid; grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); gap: 8px; }
.table { background: var(--card); border-radius: 8px; padding: 8px 12px; min-height: 64px; color: var(--muted); }
.table b { display: block; font-size: 18px; color: var(--ink); } .table.open { color: var(--ink); }
.table.open { box-shadow: inset 0 3px 0 var(--good); } .table.locked { box-shadow: inset 0 3px 0 var(--wait); }
#checks, #messages { display: grid; gap: 8px; }
.check { background: var(--card); border-radius: 8px; padding: 12px; } .check > .row { margin-bottom: 4px; font-weight: 600; }
.row { display: flex; justify-content: space-between; gap: 12px; } .row span:last-child { white-space: nowrap; }
.gone { text-decoration: line-through; color: var(--muted); } .small { font-size: 12px; color: var(--muted); } .held { color: var(--wait); }
.indent { padding-left: 16px; }
#kitchen { display: grid; grid-auto-flow: column; grid-auto-columns: minmax(0, 1fr); gap: 16px; align-items: start; }
.station > h3 { font-size: 14px; } .station { display: grid; gap: 8px; align-content: start; }
.ticket { background: var(--card); border-radius: 8px; padding: 12px; } .ticket.void { box-shadow: inset 3px 0 0 var(--accent); }
.ticket.message { box-shadow: inset 3px 0 0 var(--wait); } .ticket ul { list-style: none; padding: 0; } .ticket > ul { margin-top: 8px; }
.ticket li li { color: var(--muted); padding-left: 16px; }
@media (max-width: 900px) { main { grid-template-columns: minmax(0, 1fr); padding: 16px; } header { padding: 16px; }
  #kitchen { grid-auto-flow: row; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); } }
`;

const script = `
const $ = (id) => document.getElementById(id);
const make = (tag, cls, ...inside) => { const e = document.createElement(tag); if (cls) e.className = cls; e.append(...inside); return e; };
const money = (minor, currency) => new Intl.NumberFormat('en', { style: 'currency', currency }).format(minor / 100);
const age = (at) => { const s = Math.max(0, Math.round((Date.now() - at) / 1000)); return s < 60 ? s + ' s' : Math.floor(s / 60) + ' min'; };
const shownTickets = 12, shownMessages = 3;
let place = plan[0];
function drawPlaces() {
  $('places').replaceChildren(...plan.map((one) => { const b = make('button', '', one.name);
    b.setAttribute('aria-pressed', String(one === place)); b.onclick = () => { place = one; drawPlaces(); refresh(); }; return b; }));
}
function drawLine(line) {
  const row = make('div', 'row' + (line.voided ? ' gone' : ''), make('span', '', line.quantity + ' × ' + line.name), make('span', '', money(line.amount, place.currency)));
  return make('div', '', row, ...line.modifiers.map((m) => make('div', 'small indent', (m.quantity > 1 ? m.quantity + ' × ' : '') + m.name)));
}
function drawOrder(order) {
  const head = make('div', 'row', make('span', '', 'Table ' + order.table + ', order ' + order.orderName), make('span', '', money(order.total, place.currency)));
  const about = [order.waiter, order.locked ? 'open at ' + order.lockedBy.station : ''].filter(Boolean).join(', ');
  return make('div', 'check', head, make('div', 'small' + (order.locked ? ' held' : ''), about), ...order.lines.map(drawLine));
}
function drawTables(orders) {
  const open = orders.filter((o) => o.restaurant === place.slug && o.state === 'open');
  $('plan').replaceChildren(...place.tables.map((name) => {
    const here = open.filter((o) => o.table === name);
    const cls = 'table' + (here.length ? ' open' : '') + (here.some((o) => o.locked) ? ' locked' : '');
    return make('div', cls, make('b', '', name), here.length ? money(here.reduce((sum, o) => sum + o.total, 0), place.currency) : 'free');
  }));
  $('checks').replaceChildren(...(open.length ? open.map(drawOrder) : [make('p', 'small', 'None')]));
}
function drawTicket(ticket) {
  const title = ticket.kind === 'message' ? ticket.station : (ticket.kind === 'void' ? 'Void, table ' : 'Table ') + ticket.table;
  const head = make('div', 'row', make('b', '', title), make('span', 'small', age(ticket.at)));
  const lines = make('ul', '', ...ticket.lines.map((line) => make('li', '', (ticket.kind === 'message' ? '' : line.quantity + ' × ') + line.name,
    ...(line.modifiers.length ? [make('ul', '', ...line.modifiers.map((m) => make('li', '', m)))] : []))));
  const notes = [ticket.orderType, ticket.comment].filter(Boolean).map((text) => make('div', 'small', text));
  return make('article', 'ticket ' + ticket.kind, head, ...notes, lines);
}
function drawKitchen(tickets) {
  const mine = tickets.filter((t) => t.restaurant === place.slug).reverse();
  const messages = mine.filter((t) => t.kind === 'message').slice(0, shownMessages);
  $('messages').replaceChildren(...(messages.length ? messages.map(drawTicket) : [make('p', 'small', 'None')]));
  $('kitchen').replaceChildren(...place.stations.map((name) => {
    const here = mine.filter((t) => t.station === name && t.kind !== 'message').slice(0, shownTickets);
    return make('div', 'station', make('h3', '', name), ...(here.length ? here.map(drawTicket) : [make('p', 'small', 'Nothing yet')]));
  }));
}
async function refresh() {
  try {
    const [orders, tickets] = await Promise.all(['orders', 'tickets'].map((what) => fetch('/_twin/' + what).then((r) => r.json())));
    drawTables(orders); drawKitchen(tickets); $('news').textContent = '';
  } catch { $('news').textContent = 'The twin does not answer'; }
}
drawPlaces(); refresh(); setInterval(refresh, 1000);
`;
