/** The wire of the modelled POSes: JSON, one path per request, an `error` word where something is refused. */

export type WireLine = {
  readonly reference: string;
  readonly itemId: string;
  readonly quantity: number;
  readonly priceMinor: number;
};

export type WireRound = {
  readonly orderReference: string;
  readonly roundReference: string;
  readonly tableRef: string;
  readonly posRef: string | null;
  readonly openOrder: 'join' | 'own';
  readonly lines: readonly WireLine[];
};

export type ModelRequest =
  | { readonly path: '/status' | '/availability' | '/menu' }
  | { readonly path: '/tables'; readonly tableRef: readonly string[] }
  | { readonly path: '/order'; readonly posRef: string }
  | { readonly path: '/find' | '/place' | '/create'; readonly round: WireRound }
  | { readonly path: '/add'; readonly posRef: string; readonly round: WireRound }
  | {
      readonly path: '/pay';
      readonly posRef: string;
      readonly paymentReference: string;
      readonly amountMinor: number;
      readonly tips: readonly { readonly reference: string; readonly amountMinor: number }[];
    };

export const pathsThatWrite: readonly string[] = ['/place', '/create', '/add', '/pay'];

/** An order as a read shows it. */
export type ModelOrder = {
  readonly posRef: string;
  readonly reference: string | null;
  readonly tableRef: string;
  readonly state: 'open' | 'settled' | 'voided';
  readonly version: string;
  readonly lines: readonly {
    readonly lineRef: string;
    readonly reference: string | null;
    readonly roundReference: string | null;
    readonly packageRef: string;
    readonly itemId: string;
    readonly quantity: number;
    readonly priceMinor: number;
    readonly tip: boolean;
    readonly voided: boolean;
  }[];
  readonly paidMinor: number;
  readonly totalMinor: number;
  readonly paymentReferences: readonly string[];
};

/** Every modelled restaurant has as many. */
export const tableRefs: readonly string[] = Array.from({ length: 48 }, (_, table) => String(table + 1));

/** The one item that runs out. */
export const soldOutItem = 'oyster';

const items = [
  ['soup', 500],
  ['steak', 2_000],
  ['coffee', 250],
  [soldOutItem, 300],
] as const;

export function menuOf(restaurant: string): {
  readonly version: string;
  readonly items: readonly (readonly [string, number])[];
} {
  return { version: `menu of ${restaurant}`, items };
}
