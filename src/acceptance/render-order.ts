import { amountJson } from './amounts.ts';
import type { Json } from './json.ts';
import { writeJson } from './json.ts';
import type { Money } from '#domain/money.ts';
import type { AcceptedOrder, Customer, OrderIngredient, OrderItem, OrderSpecial } from './order.ts';

/** What the store adds to an order when it takes it. */
export type Taking = {
  readonly orderNum: string;
  readonly orderedAtMs: number;
  /** `suspended` is ours: the API documents only `made`. */
  readonly status: 'made' | 'suspended';
};

/** The whole order as the API answers it. Absent values are written as null. */
export function renderOrder(order: AcceptedOrder, taking: Taking): string {
  const { totals, sent } = order;
  const unlessAbsent = (wasSent: boolean, amount: Money): Json =>
    wasSent || amount.amountMinor > 0 ? amountJson(amount) : null;
  return writeJson(
    record({
      orderNum: taking.orderNum,
      type: order.type,
      source: order.source,
      status: taking.status,
      paid: order.paid,
      // The one flag that the API answers as text.
      isThirdPartyPickup: order.isThirdPartyPickup === null ? null : String(order.isThirdPartyPickup),
      price: amountJson(totals.price),
      tax: amountJson(totals.tax),
      taxableSubtotal: amountJson(totals.taxableSubtotal),
      tip: unlessAbsent(sent.tip, totals.tip),
      discount: amountJson(totals.discount),
      deliveryCharge: unlessAbsent(sent.deliveryCharge, totals.deliveryCharge),
      serviceCharge: unlessAbsent(sent.serviceCharge, totals.serviceCharge),
      serviceChargeName: order.serviceChargeName,
      timeOrdered: instant(taking.orderedAtMs),
      deferTime: instant(order.deferAtMs),
      promiseTime: instant(order.promiseAtMs),
      instructions: order.instructions,
      customer: renderCustomer(order.customer),
      items: order.items.map(renderItem),
      specials: order.specials.map(renderSpecial),
      adjustment:
        order.adjustment === null
          ? null
          : record({ name: order.adjustment.name, discount: amountJson(order.adjustment.discount) }),
      orderTaker: null,
      externalRef: order.externalRef,
      externalNumber: order.externalNumber,
    }),
  );
}

function renderCustomer(customer: Customer): Json {
  const places = customer.places.flatMap(({ diff, value }, index) => [
    [`diff${index + 1}`, diff] as const,
    [`value${index + 1}`, value] as const,
  ]);
  return record({
    name: customer.name,
    phone: customer.phone,
    address: customer.address,
    zip: customer.zip,
    city: customer.city,
    state: customer.state,
    ...Object.fromEntries(places),
    latitude: customer.latitude === null ? null : { decimal: customer.latitude },
    longitude: customer.longitude === null ? null : { decimal: customer.longitude },
    deliveryInstructions: customer.deliveryInstructions,
  });
}

function renderItem(item: OrderItem): Json {
  const price = item.price ?? item.sellingPrice;
  return record({
    category: item.category,
    item: item.item,
    size: item.size,
    quantity: { decimal: String(item.quantity) },
    sellingPrice: price === null ? null : amountJson(price),
    ingredients: item.ingredients.map(renderIngredient),
    externalRef: item.externalRef,
    isInBucket: item.isInBucket,
  });
}

function renderIngredient({ ingredient, adHocPrice, sent }: OrderIngredient): Json {
  return record({
    ingredient,
    isLeftHalf: sent.isLeftHalf,
    isRightHalf: sent.isRightHalf,
    ordered: sent.ordered,
    isAdHoc: sent.isAdHoc,
    price: adHocPrice === null ? null : amountJson(adHocPrice),
    qualifiers: sent.qualifiers,
  });
}

function renderSpecial(special: OrderSpecial): Json {
  return record({
    special: special.special,
    type: special.type,
    sellingPrice: amountJson(special.price ?? special.sellingPrice),
    discount: amountJson(special.priceDiscount ?? special.discount),
    items: special.items.map(renderItem),
    isCombo: special.isCombo,
    couponCode: special.couponCode,
  });
}

function record(entries: Readonly<Record<string, Json>>): Json {
  return new Map(Object.entries(entries));
}

function instant(atMs: number | null): Json {
  return atMs === null ? null : { decimal: String(atMs) };
}
