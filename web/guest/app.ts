import type { Menu } from '#domain/menu.ts';
import { findItem } from '#domain/menu.ts';
import { taxOnTop } from '#domain/tax.ts';
import { makeGuestApi } from './api.ts';
import { makeCart } from './cart.ts';
import { openItemSheet } from './item-sheet.ts';
import { makeMyRounds } from './my-rounds.ts';
import { renderElsewhere, renderOrder } from './order-panel.ts';
import { openPaySheet } from './pay-sheet.ts';
import { followPayment } from './payment-panel.ts';
import { escapeHtml, formatMoney } from './page.ts';
import { textOf } from './texts.ts';
import type { GuestView } from './wire.ts';

const token = document.body.dataset['token'] ?? '';
const api = makeGuestApi(token);
const cart = makeCart(token, localStorage);
const myRounds = makeMyRounds(token, localStorage);
const sheet = elementOf<HTMLDialogElement>('sheet');
const orderPanel = elementOf('order');
const elsewherePanel = elementOf('elsewhere');
const band = elementOf('read-only');
const bar = elementOf('bar');
/** Without a live stream the page asks again this often. */
const askAgainMs = 10_000;
let menu: Menu | undefined;
let shown: GuestView | undefined;
let readOnly = !band.hidden;

document.addEventListener('click', (event) => void onClick(event));
sheet.addEventListener('click', (event) => {
  if (event.target === sheet) sheet.close();
});
markCategories();
await loadMenu();
await refresh();
listen();
void followReturn();

async function loadMenu(): Promise<void> {
  const answer = await api.menu();
  if (answer.kind === 'ok') menu = answer.value;
}

async function refresh(): Promise<void> {
  const answer = await api.view();
  if (answer.kind !== 'ok') return;
  show(answer.value);
  const { order } = answer.value;
  // Pay-First: older carts of this phone are orders of their own.
  if (document.body.dataset['flow'] === 'pay-first') return;
  const rounds = await myRounds.elsewhere(order, api.orderOfRound);
  elsewherePanel.hidden = rounds.length === 0;
  elsewherePanel.innerHTML = renderElsewhere(rounds);
}

function show(view: GuestView): void {
  readOnly = view.readOnly !== null;
  band.hidden = !readOnly;
  band.textContent = view.readOnly === null ? '' : textOf(view.readOnly.guestText);
  shown = view;
  orderPanel.hidden = view.order === null;
  if (view.order !== null) orderPanel.innerHTML = renderOrder(view.order, view.payment.online);
  showBar();
}

/** Streams say "ask again"; a page that lost its stream asks by itself until it is back. */
function listen(): void {
  const events = api.events();
  let asking: ReturnType<typeof setInterval> | undefined;
  events.addEventListener('changed', () => void refresh());
  events.addEventListener('open', () => clearInterval(asking));
  events.addEventListener('error', () => {
    clearInterval(asking);
    asking = setInterval(() => void refresh(), askAgainMs);
  });
}

async function onClick(event: Event): Promise<void> {
  const target = event.target instanceof Element ? event.target : null;
  const item = target?.closest<HTMLElement>('[data-item]')?.dataset['item'];
  if (item !== undefined) await showItem(item);
  if (target?.closest('#open-cart')) showCart();
  if (target?.closest('#pay')) showPay();
  if (target?.closest('#call-waiter')) await callWaiter(target.closest<HTMLButtonElement>('#call-waiter'));
  const removed = target?.closest<HTMLElement>('[data-remove]')?.dataset['remove'];
  if (removed !== undefined) {
    cart.remove(Number(removed));
    showBar();
    if (cart.count() === 0) sheet.close();
    else showCart();
  }
  if (target?.closest('[data-close]')) sheet.close();
  const submit = target?.closest<HTMLButtonElement>('#submit');
  if (submit) await submitRound(submit);
  const wanted = target?.closest<HTMLElement>('[data-wanted]');
  if (wanted) {
    await api.answerStillWanted(wanted.dataset['round'] ?? '', wanted.dataset['wanted'] === 'yes');
    await refresh();
  }
}

async function showItem(itemId: string): Promise<void> {
  await loadMenu();
  const item = menu === undefined ? undefined : findItem(menu, itemId);
  if (menu === undefined || item === undefined) return;
  openItemSheet(sheet, menu, item, (line) => {
    cart.add(line);
    showBar();
  });
}

function showBar(): void {
  bar.hidden = cart.count() === 0;
  elementOf('bar-count').textContent = String(cart.count());
  elementOf('bar-total').textContent = totalText();
}

function totalText(): string {
  if (menu === undefined) return '';
  const { currency } = menu;
  return formatMoney({ amountMinor: cart.totalMinor() + cartTaxMinor(menu), currency });
}

/** What the bill will add to the prices: a cart that promised less than the bill would be a surprise. */
function cartTaxMinor(shownMenu: Menu): number {
  const taxed = cart.lines().flatMap((line) => {
    const item = findItem(shownMenu, line.itemId);
    const price = { amountMinor: line.priceMinor, currency: shownMenu.currency };
    return item === undefined ? [] : [{ item, price }];
  });
  return taxOnTop(taxed, shownMenu.currency).amountMinor;
}

function showCart(problem = ''): void {
  const currency = menu?.currency ?? 'EUR';
  const lines = cart
    .lines()
    .map(
      (line, index) =>
        `<li class="choice"><button class="pill" type="button" data-remove="${index}" aria-label="Remove ${escapeHtml(line.name)}">×</button><span>${line.quantity} × ${escapeHtml(line.name)}${line.summary === '' ? '' : `<br><span class="muted small">${escapeHtml(line.summary)}</span>`}${line.note === undefined ? '' : `<br><span class="muted small">“${escapeHtml(line.note)}”</span>`}</span><span class="money">${formatMoney({ amountMinor: line.priceMinor, currency })}</span></li>`,
    );
  const taxMinor = menu === undefined ? 0 : cartTaxMinor(menu);
  const tax =
    taxMinor === 0
      ? ''
      : `<li class="choice"><span></span><span class="muted">Tax</span><span class="money">${formatMoney({ amountMinor: taxMinor, currency })}</span></li>`;
  const action =
    document.body.dataset['flow'] === 'pay-first' ? 'Order and go on to pay' : 'Send to the kitchen';
  sheet.innerHTML = `<div class="sheet"><div class="sheet-head"><h2 id="sheet-title">Your round</h2><button class="pill" type="button" data-close>Close</button></div><ul class="lines cart">${lines.join('')}${tax}</ul>
<p class="problem" role="alert">${escapeHtml(problem === '' && readOnly ? textOf('read-only') : problem)}</p>
<div class="sheet-foot"><button class="action" type="button" id="submit"${readOnly ? ' disabled' : ''}>${action} · ${totalText()}</button></div></div>`;
  if (!sheet.open) sheet.showModal();
}

async function submitRound(button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  button.textContent = 'Sending…';
  const lines = cart.lines().map(({ name: _name, summary: _summary, priceMinor: _price, ...line }) => line);
  const answer = await api.submitRound(cart.submission(), lines);
  if (answer.kind === 'problem') {
    showCart(textOf(answer.problem.guestText ?? 'try-again'));
    return;
  }
  myRounds.add(answer.value.roundId);
  cart.clear();
  sheet.close();
  await refresh();
  orderPanel.scrollIntoView({ block: 'start' });
}

/** A repeated press with the same choice asks for the same checkout. */
const paymentKeys = new Map<string, string>();

function showPay(): void {
  const order = shown?.order ?? null;
  if (shown === undefined || order === null) return;
  const { payment } = shown;
  openPaySheet(sheet, { order, payment }, async (body) => {
    const text = JSON.stringify(body);
    const key = paymentKeys.get(text) ?? crypto.randomUUID();
    paymentKeys.set(text, key);
    const answer = await api.pay(key, body);
    if (answer.kind === 'problem') {
      if (answer.problem.code === 'bill-changed') await refresh();
      return answer.problem.guestText ?? 'try-again';
    }
    if (answer.value.checkoutUrl !== null) location.assign(answer.value.checkoutUrl);
    return undefined;
  });
}

/** Back from the payment page: its address names the attempt. */
async function followReturn(): Promise<void> {
  const attempt = new URLSearchParams(location.search).get('attempt');
  if (attempt === null) return;
  const panel = elementOf('payment');
  panel.hidden = false;
  await followPayment({ show: (html) => (panel.innerHTML = html), ask: () => api.payment(attempt) });
  history.replaceState(null, '', location.pathname);
  await refresh();
}

async function callWaiter(button: HTMLButtonElement | null): Promise<void> {
  if (button === null) return;
  button.disabled = true;
  const answer = await api.callWaiter();
  button.textContent =
    answer.kind === 'ok' ? 'A waiter is on the way' : textOf(answer.problem.guestText ?? 'try-again');
}

/** Fills the pill of the category that is being read. */
function markCategories(): void {
  const links = new Map(
    [...document.querySelectorAll<HTMLAnchorElement>('nav.categories a')].map((link) => [
      link.hash.slice(1),
      link,
    ]),
  );
  const observer = new IntersectionObserver(
    (entries) => {
      const seen = entries.find((entry) => entry.isIntersecting);
      if (seen === undefined) return;
      for (const [id, link] of links) {
        if (id !== seen.target.id) link.removeAttribute('aria-current');
        else {
          link.setAttribute('aria-current', 'true');
          const list = link.closest('ul');
          if (list === null) continue;
          const middle = (list.clientWidth - link.offsetWidth) / 2;
          list.scrollTo({ left: link.offsetLeft - list.offsetLeft - middle });
        }
      }
    },
    { rootMargin: '-72px 0px -70% 0px' },
  );
  for (const section of document.querySelectorAll('section.category')) observer.observe(section);
}

function elementOf<Type extends HTMLElement = HTMLElement>(id: string): Type {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as Type;
}
