import type { Currency, Money } from '#domain/money.ts';
import { parseDecimal } from '#domain/money.ts';
import { roundUpMinor, tipMaxMinor } from '#domain/payment.ts';
import { isOnBill } from '#domain/round.ts';
import { allocate } from '#domain/share.ts';
import type { Share } from '#domain/share.ts';
import { textOf } from './texts.ts';
import type { GuestView, OrderView } from './wire.ts';

export type PaymentBody = {
  readonly orderId: string;
  readonly billVersion: string;
  readonly share: Share;
  readonly tipMinor: number;
  readonly donationMinor?: number;
  readonly donationRoundUp?: true;
};

export type BillOnScreen = {
  readonly order: OrderView;
  readonly currency: Currency;
  readonly payment: GuestView['payment'];
  parts: number;
};

export type Chosen =
  | {
      readonly kind: 'chosen';
      readonly body: Omit<PaymentBody, 'orderId' | 'billVersion'>;
      readonly shareMinor: number;
      readonly tipMinor: number;
      readonly donationMinor: number;
    }
  | { readonly kind: 'bad'; readonly text: string };

/** What stands in the form. The server's amount is the one that counts; this is what the button says. */
export function chosenIn(form: HTMLFormElement, bill: BillOnScreen): Chosen {
  const values = new FormData(form);
  const share = shareIn(values, bill);
  if (share.kind === 'bad') return share;
  if (share.minor > bill.order.due.amountMinor) return bad('amount-over-due');
  const tipMinor = tipIn(values, bill, share.minor);
  if (tipMinor === undefined) return bad('amount-invalid');
  if (tipMinor > tipMaxMinor(share.minor, bill.currency, bill.payment.tipMaxPercent))
    return bad('tip-over-limit');
  const donation = textIn(values, 'donation');
  const donationMinor =
    donation === 'round-up' ? roundUpMinor(share.minor + tipMinor, bill.currency) : Number(donation);
  return {
    kind: 'chosen',
    body: {
      share: share.share,
      tipMinor,
      ...(donation === 'round-up' ? { donationRoundUp: true } : { donationMinor }),
    },
    shareMinor: share.minor,
    tipMinor,
    donationMinor,
  };
}

type ChosenShare = { readonly kind: 'share'; readonly share: Share; readonly minor: number };

function shareIn(values: FormData, bill: BillOnScreen): ChosenShare | Extract<Chosen, { kind: 'bad' }> {
  const { order, currency, parts } = bill;
  switch (textIn(values, 'share')) {
    case 'equal': {
      const minor = equalPartMinor(bill);
      return minor <= 0 ? bad('share-being-paid') : { kind: 'share', share: { kind: 'equal', parts }, minor };
    }
    case 'lines': {
      const chosen = values.getAll('line').map(String);
      if (chosen.length === 0) return bad('choose-a-dish');
      const lines = chosen.map((lineId) => ({ lineId }));
      return { kind: 'share', share: { kind: 'lines', lines }, minor: linesMinor(order, new Set(chosen)) };
    }
    case 'amount': {
      const amount = parseAmount(textIn(values, 'amount'), currency);
      if (amount === undefined || amount.amountMinor <= 0) return bad('amount-invalid');
      const { amountMinor } = amount;
      return { kind: 'share', share: { kind: 'amount', amountMinor }, minor: amountMinor };
    }
    default:
      return { kind: 'share', share: { kind: 'all' }, minor: order.due.amountMinor };
  }
}

/** One part of what is left; of a split that others began, one of the parts that are left. */
export function equalPartMinor({ order, parts }: BillOnScreen): number {
  const { split } = order;
  if (split === undefined || split.parts !== parts) return Math.ceil(order.due.amountMinor / parts);
  return split.partsLeft <= 0 ? 0 : Math.ceil(split.left.amountMinor / split.partsLeft);
}

export type PayableLine = OrderView['rounds'][number]['lines'][number] & { readonly leftMinor: number };

/** What is on the bill, discounts of the whole bill spread over the lines by price, less what others took of them. */
export function payableLines(order: OrderView): readonly PayableLine[] {
  const lines = order.rounds
    .filter(({ state }) => isOnBill(state))
    .flatMap((round) => round.lines)
    .filter((line) => line.voided !== true);
  const shares = allocate(
    order.total.amountMinor,
    lines.map((line) => line.price.amountMinor),
  );
  return lines.map((line, index) => ({
    ...line,
    leftMinor: line.taken?.left.amountMinor ?? shares[index] ?? 0,
  }));
}

/** Whoever takes the last of the lines pays what is left to the cent. */
function linesMinor(order: OrderView, chosen: ReadonlySet<string>): number {
  const open = payableLines(order).filter((line) => line.leftMinor > 0);
  const mine = open.filter((line) => chosen.has(line.lineId));
  const sum = mine.reduce((total, line) => total + line.leftMinor, 0);
  return mine.length === open.length ? order.due.amountMinor : Math.min(sum, order.due.amountMinor);
}

function tipIn(values: FormData, bill: BillOnScreen, shareMinor: number): number | undefined {
  const tip = textIn(values, 'tip');
  if (tip === '') return 0;
  if (tip !== 'own') return percentMinor(shareMinor, Number(tip));
  const text = textIn(values, 'own-tip');
  return text === '' ? 0 : parseAmount(text, bill.currency)?.amountMinor;
}

export function percentMinor(shareMinor: number, percent: number): number {
  return Math.round((shareMinor * percent) / 100);
}

export function textIn(values: FormData, name: string): string {
  const value = values.get(name);
  return typeof value === 'string' ? value : '';
}

/** Guests type commas as well as points. */
function parseAmount(text: string, currency: Currency): Money | undefined {
  return parseDecimal(text.trim().replace(',', '.'), currency);
}

function bad(key: string): Extract<Chosen, { kind: 'bad' }> {
  return { kind: 'bad', text: textOf(key) };
}
