import type { Currency } from '#domain/money.ts';
import { isCurrency } from '#domain/money.ts';
import { roundUpMinor } from '#domain/payment.ts';
import { partsMax } from '#domain/share.ts';
import { chosenIn, equalPartMinor, percentMinor, textIn } from './pay-choice.ts';
import type { BillOnScreen, Chosen, PaymentBody } from './pay-choice.ts';
import { renderPayForm } from './pay-form.ts';
import { formatMoney } from './page.ts';
import { textOf } from './texts.ts';
import type { GuestView, OrderView } from './wire.ts';

type Pay = (body: PaymentBody) => Promise<string | undefined>;

/**
 * Asks what the guest pays: everything, an equal part, what they had, or an amount; then, on top, a tip and a donation. `pay` leaves the
 * page, or answers why it could not.
 */
export function openPaySheet(
  sheet: HTMLDialogElement,
  { order, payment }: { readonly order: OrderView; readonly payment: GuestView['payment'] },
  pay: Pay,
): void {
  const currency = currencyOf(order.due.currency);
  const bill: BillOnScreen = { order, currency, payment, parts: order.split?.parts ?? 2 };
  sheet.innerHTML = renderPayForm(bill);
  const form = sheet.querySelector('form');
  if (form === null) return;
  const update = () => showSum(form, bill);
  form.addEventListener('input', update);
  form.addEventListener('focusin', (event) => {
    // Who types an amount has chosen to.
    const input = event.target instanceof Element ? event.target.closest('input[name="amount"]') : null;
    if (input !== null) choose(form, 'share', 'amount');
    update();
  });
  form.addEventListener('click', (event) => {
    const step = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-parts]') : null;
    if (step === null) return;
    bill.parts = Math.min(partsMax, Math.max(2, bill.parts + Number(step.dataset['parts'])));
    choose(form, 'share', 'equal');
    update();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit(form, bill, pay);
  });
  update();
  if (!sheet.open) sheet.showModal();
}

async function submit(form: HTMLFormElement, bill: BillOnScreen, pay: Pay): Promise<void> {
  const chosen = chosenIn(form, bill);
  const button = form.querySelector<HTMLButtonElement>('button.action');
  if (chosen.kind === 'bad' || button === null) return;
  button.disabled = true;
  button.textContent = 'Opening the payment page…';
  const { orderId, billVersion } = bill.order;
  const refused = await pay({ orderId, billVersion, ...chosen.body });
  if (refused === undefined) return;
  showSum(form, bill);
  const problem = form.querySelector('.problem');
  if (problem !== null) problem.textContent = textOf(refused);
}

function choose(form: HTMLFormElement, name: string, value: string): void {
  const radio = form.querySelector<HTMLInputElement>(`input[name="${name}"][value="${value}"]`);
  if (radio !== null) radio.checked = true;
}

/** Everything the form says by itself: what each choice comes to, the sum, and what is wrong. */
function showSum(form: HTMLFormElement, bill: BillOnScreen): void {
  const chosen = chosenIn(form, bill);
  const values = new FormData(form);
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency: bill.currency });
  const set = (selector: string, text: string) => {
    for (const element of form.querySelectorAll(selector)) element.textContent = text;
  };
  hide(form, '.own-lines', textIn(values, 'share') !== 'lines');
  hide(form, '.own-tip', textIn(values, 'tip') !== 'own');
  set('output', String(bill.parts));
  set('[data-part]', `${money(equalPartMinor(bill))} each`);
  const share = chosen.kind === 'chosen' ? chosen.shareMinor : undefined;
  for (const label of form.querySelectorAll<HTMLElement>('[data-tip]'))
    label.textContent = share === undefined ? '' : money(percentMinor(share, Number(label.dataset['tip'])));
  const missing =
    chosen.kind === 'chosen' ? roundUpMinor(chosen.shareMinor + chosen.tipMinor, bill.currency) : 0;
  set(
    '[data-round-up]',
    chosen.kind === 'bad' ? '' : missing === 0 ? 'already round' : `+ ${money(missing)}`,
  );
  const empty = isUntouched(values);
  set('.problem', chosen.kind === 'bad' && !empty ? chosen.text : '');
  const sum = form.querySelector('.sum');
  if (sum !== null) sum.innerHTML = chosen.kind === 'bad' ? '' : renderSum(chosen, money);
  const button = form.querySelector<HTMLButtonElement>('button.action');
  if (button === null) return;
  button.disabled = chosen.kind === 'bad';
  button.textContent =
    chosen.kind === 'bad'
      ? 'Pay'
      : `Pay ${money(chosen.shareMinor + chosen.tipMinor + chosen.donationMinor)}`;
}

/** Nothing typed or ticked yet is no mistake. */
function isUntouched(values: FormData): boolean {
  const share = textIn(values, 'share');
  return (
    (share === 'amount' && textIn(values, 'amount') === '') || (share === 'lines' && !values.has('line'))
  );
}

function renderSum(
  chosen: Extract<Chosen, { kind: 'chosen' }>,
  money: (amountMinor: number) => string,
): string {
  if (chosen.tipMinor + chosen.donationMinor === 0) return '';
  const row = (name: string, minor: number) =>
    minor === 0 ? '' : `<span>${name}</span><span class="money">${money(minor)}</span>`;
  return (
    row('Your share', chosen.shareMinor) + row('Tip', chosen.tipMinor) + row('Donation', chosen.donationMinor)
  );
}

function hide(form: HTMLFormElement, selector: string, hidden: boolean): void {
  const element = form.querySelector<HTMLElement>(selector);
  if (element !== null) element.hidden = hidden;
}

function currencyOf(text: string): Currency {
  if (!isCurrency(text)) throw new RangeError(`unknown currency ${text}`);
  return text;
}
