import type { Menu } from '#domain/menu.ts';
import { addMoney, money } from '#domain/money.ts';
import type { Receipt } from '#domain/receipt.ts';
import { taxesOf } from '#domain/tax.ts';
import type { BillTax } from '#domain/tax.ts';
import { viewStoredOrder } from '#ordering/guest-view.ts';
import type { LineView, OrderView } from '#ordering/views.ts';
import { getLocation } from '#store/locations.ts';
import { getCurrentMenu } from '#store/menus.ts';
import { getTable } from '#store/tables.ts';
import type { OrderRow, PaymentRow } from '#store/schema.ts';
import type { Tx } from '#store/store.ts';
import { chargeOf } from './charge.ts';

/** What a payment was for, as the bill stands now. */
export async function makeReceipt(
  tx: Tx,
  order: OrderRow,
  payment: PaymentRow,
  facts: { readonly paidAtMs: number; readonly paidWith: string },
): Promise<Receipt> {
  const place = { companyId: order.company_id, locationId: order.location_id };
  const location = await getLocation(tx, place);
  const table = await getTable(tx, order.company_id, order.table_id);
  const view = await viewStoredOrder(tx, order, table?.name ?? '');
  const current = await getCurrentMenu(tx, place);
  const taxesOfItem = taxesByItem(current?.menu);
  const lines = view.rounds
    .filter((round) => round.state !== 'refused' && round.state !== 'cancelled')
    .flatMap((round) => round.lines)
    .filter((line) => line.voided !== true);
  const of = (minor: number) => money(minor, payment.currency);
  return {
    location: location?.name ?? '',
    venue: location?.venue ?? null,
    timeZone: location?.time_zone ?? 'UTC',
    table: view.table,
    orderId: order.order_id,
    paidAtMs: facts.paidAtMs,
    paidWith: facts.paidWith,
    lines: lines.map((line) => ({
      name: line.name,
      quantity: line.quantity,
      price: line.price,
      taxes: (taxesOfItem.get(line.itemId) ?? []).map((tax) => tax.code),
    })),
    discounts: view.discounts,
    total: view.total,
    taxes: taxesOnBill(view, lines, taxesOfItem),
    share: of(payment.amount_minor),
    tip: of(payment.tip_minor),
    donation: of(payment.donation_minor),
    charged: of(chargeOf(payment)),
  };
}

type TaxesByItem = ReadonlyMap<string, Menu['categories'][number]['items'][number]['taxes']>;

function taxesByItem(menu: Menu | undefined): TaxesByItem {
  const items = menu?.categories.flatMap((category) => category.items) ?? [];
  return new Map(items.map((item) => [item.itemId, item.taxes]));
}

/** Amounts stand only where they and the lines come to the POS's own total: a discount changes them in ways only the till knows. */
function taxesOnBill(
  view: OrderView,
  lines: readonly LineView[],
  taxesOfItem: TaxesByItem,
): readonly BillTax[] {
  const { currency } = view.total;
  const taxed = lines.map(({ itemId, price }) => ({
    item: { taxes: taxesOfItem.get(itemId) ?? [] },
    price,
  }));
  const taxes = taxesOf(taxed, currency);
  const onTop = taxes.flatMap(({ included, amount }) => (included || amount === null ? [] : [amount]));
  const sum = [...lines.map((line) => line.price), ...onTop].reduce(addMoney, money(0, currency));
  const agrees = view.discounts.length === 0 && sum.amountMinor === view.total.amountMinor;
  return agrees ? taxes : taxes.map((tax) => ({ ...tax, amount: null }));
}
