import type { Currency, Money } from '#domain/money.ts';
import { readAmount } from './amounts.ts';
import type { Checked, Checking } from './checking.ts';
import { lacking, ok } from './checking.ts';
import type { Refused } from './codes.ts';
import { refuse } from './codes.ts';
import type { Json, JsonObject } from './json.ts';
import { isObject, writeJson } from './json.ts';
import { filledText, isAbsent, textOf } from './read-order.ts';

/** The amounts of the order as sent. Null: absent. */
export type SentAmounts = {
  readonly price: Money | null;
  readonly tax: Money | null;
  readonly tip: Money | null;
  readonly discount: Money | null;
  readonly deliveryCharge: Money | null;
  readonly serviceCharge: Money | null;
};

export type Adjustment = { readonly name: string; readonly discount: Money };

/** `serviceCharge` and `serviceChargeName` come together or not at all. */
export function wrongServicePair(body: JsonObject): Refused | undefined {
  const name = textOf(body.get('serviceChargeName')) ?? '';
  const charged = !isAbsent(body.get('serviceCharge'));
  if (charged === (name.trim() !== '')) return undefined;
  return charged
    ? refuse(1007, { field1: 'serviceChargeName', field2: 'serviceCharge' })
    : refuse(1007, { field1: 'serviceCharge', field2: 'serviceChargeName' });
}

/** The order's own amounts are amounts: 1506 to 1510, 1512, 1515. */
export function checkAmounts(checking: Checking, body: JsonObject): Checked<SentAmounts> {
  const { currency } = checking.rules;
  const read = (name: string): Money | null | 'wrong' => readSent(body.get(name), currency);
  const price = read('price');
  if (price === 'wrong') return refuse(1506, { price: spelled(body.get('price')) });
  const tax = read('tax');
  if (tax === 'wrong') return refuse(1507, { tax: spelled(body.get('tax')) });
  const tip = read('tip');
  if (tip === 'wrong') return refuse(1508, { tip: spelled(body.get('tip')) });
  const discount = read('discount');
  if (discount === 'wrong') return refuse(1509, { discount: spelled(body.get('discount')) });
  const deliveryCharge = read('deliveryCharge');
  if (deliveryCharge === 'wrong') return refuse(1510, { charge: spelled(body.get('deliveryCharge')) });
  if (price === null) {
    const refused = lacking(checking, refuse(1512));
    if (refused !== undefined) return refused;
  }
  const serviceCharge = read('serviceCharge');
  if (serviceCharge === 'wrong') return refuse(1515, { price: spelled(body.get('serviceCharge')) });
  return ok({ price, tax, tip, discount, deliveryCharge, serviceCharge });
}

/** 1190 to 1192. */
export function checkAdjustment(checking: Checking, sent: Json | undefined): Checked<Adjustment | null> {
  if (isAbsent(sent)) return ok(null);
  const name = isObject(sent) ? filledText(sent.get('name')) : undefined;
  if (!isObject(sent) || name === undefined) return refuse(1190);
  const discount = readSent(sent.get('discount'), checking.rules.currency);
  if (discount === null) return refuse(1191);
  if (discount === 'wrong') return refuse(1192, { discount: spelled(sent.get('discount')) });
  return ok({ name, discount });
}

export function readSent(value: Json | undefined, currency: Currency): Money | null | 'wrong' {
  return isAbsent(value) ? null : (readAmount(value, currency) ?? 'wrong');
}

/** A client's value as it stands in its body. */
export function spelled(value: Json | undefined): string {
  return typeof value === 'string' ? value : writeJson(value ?? null);
}
