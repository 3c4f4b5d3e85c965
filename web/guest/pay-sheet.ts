import type { Currency, Money } from '#domain/money.ts';
import { currencyDigits, isCurrency, parseDecimal } from '#domain/money.ts';
import { tipMaxMinor } from '#domain/payment.ts';
import { partsMax } from '#domain/share.ts';
import type { Share } from '#domain/share.ts';
import { escapeHtml, formatMoney } from './page.ts';
import { textOf } from './texts.ts';
import type { GuestView, OrderView } from './wire.ts';

export type PaymentBody = {
  readonly orderId: string;
  readonly billVersion: string;
  readonly share: Share;
  readonly tipMinor: number;
  readonly donationMinor: number;
};

type Pay = (body: PaymentBody) => Promise<string | undefined>;

/**
 * Asks what the guest pays: everything, an equal part, or an amount; then, on top, a tip and a donation, neither chosen beforehand.
 * `pay` leaves the page, or answers why it could not.
 */
export function openPaySheet(
  sheet: HTMLDialogElement,
  { order, payment }: { readonly order: OrderView; readonly payment: GuestView['payment'] },
  pay: Pay,
): void {
  const currency = currencyOf(order.due.currency);
  const bill: BillOnScreen = { order, currency, payment, parts: 2 };
  sheet.innerHTML = renderSheet(bill);
  const form = sheet.querySelector('form');
  if (form === null) return;
  const update = () => showSum(form, bill);
  form.addEventListener('input', update);
  form.addEventListener('click', (event) => {
    const step = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-parts]') : null;
    if (step === null) return;
    bill.parts = Math.min(partsMax, Math.max(2, bill.parts + Number(step.dataset['parts'])));
    form.querySelector<HTMLInputElement>('input[value="equal"]')?.click();
    update();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit(form, bill, pay);
  });
  update();
  sheet.showModal();
}

type BillOnScreen = {
  readonly order: OrderView;
  readonly currency: Currency;
  readonly payment: GuestView['payment'];
  parts: number;
};

async function submit(form: HTMLFormElement, bill: BillOnScreen, pay: Pay): Promise<void> {
  const chosen = chosenIn(form, bill);
  const button = form.querySelector<HTMLButtonElement>('button.action');
  const problem = form.querySelector('.problem');
  if (chosen.kind === 'bad' || button === null || problem === null) return;
  button.disabled = true;
  button.textContent = 'Opening the payment page…';
  const { orderId, billVersion } = bill.order;
  const refused = await pay({ orderId, billVersion, ...chosen.body });
  if (refused === undefined) return;
  showSum(form, bill);
  problem.textContent = textOf(refused);
}

type Chosen =
  | {
      readonly kind: 'chosen';
      readonly body: Pick<PaymentBody, 'share' | 'tipMinor' | 'donationMinor'>;
      readonly sumMinor: number;
    }
  | { readonly kind: 'bad'; readonly text: string };

/** What stands in the form. The server's amount is the one that counts; this is what the button says. */
function chosenIn(form: HTMLFormElement, bill: BillOnScreen): Chosen {
  const values = new FormData(form);
  const dueMinor = bill.order.due.amountMinor;
  const share = shareIn(values, bill);
  if (share === undefined) return { kind: 'bad', text: textOf('amount-invalid') };
  if (share.minor > dueMinor) return { kind: 'bad', text: textOf('amount-over-due') };
  const tipMinor = tipIn(values, bill, share.minor);
  if (tipMinor === undefined) return { kind: 'bad', text: textOf('amount-invalid') };
  if (tipMinor > tipMaxMinor(share.minor, bill.currency))
    return { kind: 'bad', text: textOf('tip-over-limit') };
  const donationMinor = Number(textIn(values, 'donation'));
  return {
    kind: 'chosen',
    body: { share: share.share, tipMinor, donationMinor },
    sumMinor: share.minor + tipMinor + donationMinor,
  };
}

function shareIn(
  values: FormData,
  { order, currency, parts }: BillOnScreen,
): { readonly share: Share; readonly minor: number } | undefined {
  const dueMinor = order.due.amountMinor;
  switch (textIn(values, 'share')) {
    case 'equal': {
      const part = Math.ceil(order.total.amountMinor / parts);
      return { share: { kind: 'equal', parts }, minor: Math.min(dueMinor, part) };
    }
    case 'amount': {
      const amount = parseAmount(textIn(values, 'amount'), currency);
      if (amount === undefined || amount.amountMinor <= 0) return undefined;
      return { share: { kind: 'amount', amountMinor: amount.amountMinor }, minor: amount.amountMinor };
    }
    default:
      return { share: { kind: 'all' }, minor: dueMinor };
  }
}

function tipIn(values: FormData, bill: BillOnScreen, shareMinor: number): number | undefined {
  const tip = textIn(values, 'tip');
  if (tip === '') return 0;
  if (tip !== 'own') return Math.round((shareMinor * Number(tip)) / 100);
  const text = textIn(values, 'own-tip');
  return text === '' ? 0 : parseAmount(text, bill.currency)?.amountMinor;
}

function textIn(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === 'string' ? value : '';
}

/** Guests type commas as well as points. */
function parseAmount(text: string, currency: Currency): Money | undefined {
  return parseDecimal(text.trim().replace(',', '.'), currency);
}

function showSum(form: HTMLFormElement, bill: BillOnScreen): void {
  const chosen = chosenIn(form, bill);
  const { currency } = bill;
  const button = form.querySelector<HTMLButtonElement>('button.action');
  const problem = form.querySelector('.problem');
  const parts = form.querySelector('output');
  const values = new FormData(form);
  if (button === null || problem === null) return;
  if (parts !== null) parts.textContent = String(bill.parts);
  const share = shareIn(values, bill);
  for (const label of form.querySelectorAll<HTMLElement>('[data-tip]')) {
    const minor = Math.round(((share?.minor ?? 0) * Number(label.dataset['tip'])) / 100);
    label.textContent = share === undefined ? '' : formatMoney({ amountMinor: minor, currency });
  }
  const typing = textIn(values, 'share') === 'amount' && textIn(values, 'amount') === '';
  button.disabled = chosen.kind === 'bad';
  problem.textContent = chosen.kind === 'bad' && !typing ? chosen.text : '';
  button.textContent =
    chosen.kind === 'bad' ? 'Pay' : `Pay ${formatMoney({ amountMinor: chosen.sumMinor, currency })}`;
}

function renderSheet(bill: BillOnScreen): string {
  const { order, currency, payment, parts } = bill;
  const money = (amountMinor: number) => formatMoney({ amountMinor, currency });
  const due = money(order.due.amountMinor);
  const alone = order.flow === 'pay-first';
  const shares = alone
    ? ''
    : `<fieldset><legend>How much?</legend>
<label class="choice"><input type="radio" name="share" value="all" checked><span>Everything that is left</span><span class="money">${due}</span></label>
<label class="choice"><input type="radio" name="share" value="equal"><span>An equal part of the bill</span><span class="stepper"><button type="button" data-parts="-1" aria-label="One person less">−</button><output>${parts}</output><button type="button" data-parts="1" aria-label="One person more">+</button></span></label>
<label class="choice"><input type="radio" name="share" value="amount"><span>Another amount</span>${amountInput('amount', 'Another amount', currency)}</label></fieldset>`;
  const tips = payment.tipPercents.map(
    (percent) =>
      `<label class="choice"><input type="radio" name="tip" value="${percent}"><span>${percent} %</span><span class="money" data-tip="${percent}"></span></label>`,
  );
  const donation =
    payment.donation === null
      ? ''
      : `<fieldset><legend>A gift <span class="muted small">for ${escapeHtml(payment.donation.cause)}, not for the restaurant</span></legend>
<label class="choice"><input type="radio" name="donation" value="0"><span>None</span><span></span></label>
${payment.donation.amountsMinor.map((minor) => `<label class="choice"><input type="radio" name="donation" value="${minor}"><span>${money(minor)}</span><span></span></label>`).join('')}</fieldset>`;
  return `<form class="sheet"><div class="sheet-head"><div><h2 id="sheet-title">Pay</h2><p class="muted">${due} to pay</p></div><button class="pill" type="button" data-close>Close</button></div>
${shares}
<fieldset><legend>A tip <span class="muted small">for the staff, on what you pay</span></legend>
<label class="choice"><input type="radio" name="tip" value=""><span>No tip</span><span></span></label>${tips.join('')}
<label class="choice"><input type="radio" name="tip" value="own"><span>Another tip</span>${amountInput('own-tip', 'Another tip', currency)}</label></fieldset>
${donation}
<p class="problem" role="alert"></p>
<p class="muted small">You pay on the payment provider's page. Your card's number never comes here.</p>
<div class="sheet-foot"><button class="action" type="submit">Pay</button></div></form>`;
}

function amountInput(name: string, label: string, currency: Currency): string {
  const digits = currencyDigits[currency];
  const example = digits === 0 ? '0' : `0.${'0'.repeat(digits)}`;
  return `<input class="amount money" name="${name}" inputmode="decimal" autocomplete="off" aria-label="${label}" placeholder="${example}">`;
}

function currencyOf(text: string): Currency {
  if (!isCurrency(text)) throw new RangeError(`unknown currency ${text}`);
  return text;
}
