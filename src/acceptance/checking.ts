import type { AcceptanceCode, Refusal, Refused } from './codes.ts';
import type { OrderType } from './order.ts';
import type { StoreRules } from './rules.ts';

/** What every step of a check needs to know. */
export type Checking = {
  readonly rules: StoreRules;
  readonly type: OrderType;
  readonly nowMs: number;
  /** Where a suspended order's gaps are noted; null for an order that must be whole. */
  readonly missing: Refusal[] | null;
};

export type Checked<Value> = Refused | { readonly kind: 'ok'; readonly value: Value };

/** Information that a suspended order may lack until it is released. Everything else must be right from the start. */
const missable: ReadonlySet<AcceptanceCode> = new Set([
  1120, 1141, 1210, 1220, 1300, 1301, 1304, 1305, 1512, 1513,
]);

export function ok<Value>(value: Value): Checked<Value> {
  return { kind: 'ok', value };
}

/** Something is absent: noted on a suspended order, answered otherwise. */
export function lacking(checking: Checking, refused: Refused): Refused | undefined {
  if (checking.missing === null || !missable.has(refused.refusal.code)) return refused;
  checking.missing.push(refused.refusal);
  return undefined;
}
