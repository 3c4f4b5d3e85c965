import { formatDecimal, isCurrency, parseDecimal } from '#domain/money.ts';
import type { Money } from '#domain/money.ts';
import type { ProviderChargeback, ProviderPayment, ProviderRefund } from '../provider.ts';
import type { WireAmount, WireChargeback, WirePayment, WireRefund } from './wire.ts';

/** Wire to contract. Undefined: an amount that our currency table cannot read exactly. */
export function mapPayment(wire: WirePayment): ProviderPayment | undefined {
  const amount = mapAmount(wire.amount);
  const refunds = mapAll(wire._embedded?.refunds ?? [], mapRefund);
  const chargebacks = mapAll(wire._embedded?.chargebacks ?? [], mapChargeback);
  if (amount === undefined || refunds === undefined || chargebacks === undefined) return undefined;
  return {
    ref: wire.id,
    state: wire.status,
    mode: wire.mode,
    amount,
    attemptId: idIn(wire.metadata, 'attemptId'),
    checkoutUrl: wire._links.checkout?.href ?? null,
    cancelable: wire.isCancelable ?? false,
    createdAtMs: Date.parse(wire.createdAt),
    expiresAtMs: instantOf(wire.expiresAt),
    paidAtMs: instantOf(wire.paidAt),
    method: wire.method ?? null,
    wallet: wire.details?.wallet ?? null,
    failureReason: wire.details?.failureReason ?? null,
    refunds,
    chargebacks,
  };
}

export function mapRefund(wire: WireRefund): ProviderRefund | undefined {
  const amount = mapAmount(wire.amount);
  if (amount === undefined) return undefined;
  const refundId = idIn(wire.metadata, 'refundId');
  return { ref: wire.id, refundId, state: wire.status, amount, createdAtMs: Date.parse(wire.createdAt) };
}

/** All of them, or undefined: a list with a hole would hide money. */
export function mapAll<Wire, Value>(
  items: readonly Wire[],
  map: (item: Wire) => Value | undefined,
): readonly Value[] | undefined {
  const mapped = items.map(map).filter((value) => value !== undefined);
  return mapped.length === items.length ? mapped : undefined;
}

/** `{ amountMinor: 890, currency: 'EUR' }` is `{ currency: 'EUR', value: '8.90' }`: exactly the currency's digits, as text. */
export function wireAmount(amount: Money): WireAmount {
  return { currency: amount.currency, value: formatDecimal(amount) };
}

function mapChargeback(wire: WireChargeback): ProviderChargeback | undefined {
  const amount = mapAmount(wire.amount);
  if (amount === undefined) return undefined;
  const createdAtMs = Date.parse(wire.createdAt);
  return { ref: wire.id, amount, createdAtMs, reversedAtMs: instantOf(wire.reversedAt) };
}

function mapAmount({ value, currency }: WireAmount): Money | undefined {
  return isCurrency(currency) ? parseDecimal(value, currency) : undefined;
}

function instantOf(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Date.parse(text);
}

function idIn(metadata: unknown, name: 'attemptId' | 'refundId'): string | null {
  if (typeof metadata !== 'object' || metadata === null || !(name in metadata)) return null;
  const value = (metadata as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : null;
}
