import type { ModelOrder } from './model-wire.ts';

/** A line in a modelled POS. */
export type PosLine = Omit<ModelOrder['lines'][number], 'voided'> & {
  voided: boolean;
  readonly atMs: number;
};

/** An order in a modelled POS. */
export type PosOrder = {
  readonly posRef: string;
  readonly reference: string | null;
  tableRef: string;
  state: 'open' | 'settled' | 'voided';
  version: number;
  readonly lines: PosLine[];
  paidMinor: number;
  closedAtMs: number | null;
  readonly payments: { readonly reference: string; readonly amountMinor: number; readonly atMs: number }[];
  readonly openedAtMs: number;
  /** A guest's cart that was paid before it came. */
  readonly paidBefore: boolean;
};

/** A till's orders, found without looking at every one that was ever there. */
export class Orders {
  readonly #all = new Map<string, PosOrder>();
  readonly #open = new Set<PosOrder>();
  readonly #byReference = new Map<string, PosOrder[]>();
  readonly #byRound = new Map<string, Set<PosOrder>>();

  add(order: PosOrder): PosOrder {
    this.#all.set(order.posRef, order);
    this.#open.add(order);
    if (order.reference === null) return order;
    const same = this.#byReference.get(order.reference);
    if (same === undefined) this.#byReference.set(order.reference, [order]);
    else same.push(order);
    return order;
  }

  get(posRef: string): PosOrder | undefined {
    return this.#all.get(posRef);
  }

  open(): readonly PosOrder[] {
    return [...this.#open];
  }

  close(order: PosOrder, state: 'settled' | 'voided', atMs: number): void {
    order.state = state;
    order.closedAtMs = atMs;
    this.#open.delete(order);
  }

  /** Made under this reference of ours, the oldest first. */
  withReference(reference: string): readonly PosOrder[] {
    return this.#byReference.get(reference) ?? [];
  }

  /** Those that have lines of this round. */
  withRound(roundReference: string): readonly PosOrder[] {
    return [...(this.#byRound.get(roundReference) ?? [])];
  }

  addLine(order: PosOrder, line: PosLine): void {
    order.lines.push(line);
    if (line.roundReference === null) return;
    const orders = this.#byRound.get(line.roundReference);
    if (orders === undefined) this.#byRound.set(line.roundReference, new Set([order]));
    else orders.add(order);
  }

  moveLines(from: PosOrder, into: PosOrder): void {
    for (const line of from.lines) {
      if (line.roundReference !== null) this.#byRound.get(line.roundReference)?.delete(from);
      this.addLine(into, line);
    }
    from.lines.length = 0;
  }
}

export function dueOf(order: PosOrder): number {
  return totalOf(order.lines) - order.paidMinor;
}

function totalOf(lines: readonly PosLine[]): number {
  return lines.reduce((sum, line) => sum + (line.voided ? 0 : line.priceMinor), 0);
}

/** As a reader finds it: what was saved after `untilMs` is not there yet. */
export function showOrder(order: PosOrder, untilMs: number): ModelOrder {
  const lines = order.lines.filter((line) => line.atMs <= untilMs);
  // Closed and the payment that closed it are one thing to a reader.
  const isNotYet = order.state === 'settled' && (order.closedAtMs ?? 0) > untilMs;
  return {
    posRef: order.posRef,
    reference: order.reference,
    tableRef: order.tableRef,
    state: isNotYet ? 'open' : order.state,
    version: String(order.version),
    lines,
    paidMinor: isNotYet ? 0 : order.paidMinor,
    totalMinor: totalOf(lines),
    paymentReferences: order.payments
      .filter((payment) => payment.atMs <= untilMs)
      .map((payment) => payment.reference),
  };
}
