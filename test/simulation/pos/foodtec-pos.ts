import type { StoreDefinition } from '#acceptance/store-definition.ts';
import { manifest } from '#connectors/foodtec/manifest.ts';
import { connectionTo } from '#connectors/foodtec/twin/connection.ts';
import { readPizzeria } from '#connectors/foodtec/twin/pizzeria.ts';
import { makeFoodtecWorld } from '#connectors/foodtec/twin/world.ts';
import type { TwinWorld, WireAnswer, WireRequest } from '#twins/definition.ts';
import { calmMood } from './pos.ts';
import type { OpenOrder, PosMood, SimPos, StaffAct } from './pos.ts';
import { press } from './press.ts';

/** What the twin's page shows of an order, as far as it is read here. */
type ShownOrder = {
  readonly orderRef: string;
  readonly externalRef: string;
  readonly state: string;
  readonly table: string;
  readonly openedAt: number;
  readonly paid: boolean;
  readonly total: number;
  readonly lines: readonly { readonly lineRef: string | null; readonly name: string }[];
};

/** The simulated guests pay in one currency wherever they eat. */
const store: StoreDefinition = { ...readPizzeria(), currency: 'EUR' };
const password = 'simulated';
const guestTables = 12;
const sellsOut = { category: 'Dessert', item: 'Tiramisu' } as const;

/** The real connector's other side: the FoodTec twin's world, without its sockets. */
export class FoodtecPos implements SimPos {
  readonly mood: PosMood = calmMood();
  readonly tableRefs: readonly string[] = Array.from({ length: guestTables }, (_, table) => `${table + 1}`);
  readonly #world: TwinWorld;
  readonly #nowMs: () => number;
  #soldOut = false;

  constructor(options: { readonly nowMs: () => number }) {
    this.#nowMs = options.nowMs;
    const { username } = foodtecConnection('https://any.test').secret;
    this.#world = makeFoodtecWorld({ nowMs: options.nowMs, store, clients: [{ username, password }] });
  }

  isWrite(request: WireRequest): boolean {
    return this.#world.namesOf(request).includes('CreateOrder');
  }

  answer(request: WireRequest): WireAnswer {
    this.#follow();
    if (this.mood.refusesCredentials) return { status: 401, headers: {}, body: '' };
    return this.#world.answer(request);
  }

  /** The store's people do what the mood says. */
  #follow(): void {
    press(this.#world, 'store-fault', { fault: 'not-placing', on: this.mood.busy });
    press(this.#world, 'store-fault', { fault: 'closed', on: this.mood.shiftTooLong });
    if (this.mood.soldOut === this.#soldOut) return;
    this.#soldOut = this.mood.soldOut;
    press(this.#world, 'sell-out', { ...sellsOut, available: !this.#soldOut });
  }

  #orders(): readonly ShownOrder[] {
    return this.#world.orders() as readonly ShownOrder[];
  }

  openOrders(): readonly OpenOrder[] {
    return this.#orders()
      .filter((order) => order.state === 'open')
      .map((order) => ({
        posRef: order.orderRef,
        openedAtMs: order.openedAt,
        rounds: [order.externalRef],
      }));
  }

  /** Nobody holds an order of such a store open at a terminal. */
  lock(): void {
    // Only what is on its way to the till can be locked, and that is here at once.
  }

  unlock(): void {
    // As above.
  }

  /** An order is handed over as a whole, and not before its window is over: that is what the connector counts on. */
  act(act: StaffAct, orderRef: string): boolean {
    const order = this.#orders().find((entry) => entry.orderRef === orderRef);
    const isFresh = this.#nowMs() - (order?.openedAt ?? 0) < (manifest.capabilities.dedupeWindowMs ?? 0);
    if (isFresh || act !== 'closes') return false;
    return press(this.#world, 'complete', { orderRef });
  }

  /** The store has no tables, so nobody opens an order at one. */
  openAtTill(): void {
    // Nothing happens.
  }

  truth() {
    const printed = new Map(this.#world.tickets().map((ticket) => [ticket.orderRef, ticket.at]));
    const orders = this.#orders();
    return {
      packages: orders.flatMap((order) => {
        const atMs = printed.get(order.orderRef);
        if (atMs === undefined) return [];
        return {
          packageRef: order.orderRef,
          roundReference: order.externalRef,
          orderRef: order.orderRef,
          tableRef: order.table,
          atMs,
          lines: order.lines.map((line) => line.lineRef ?? line.name),
        };
      }),
      payments: orders
        .filter((order) => order.paid)
        .map((order) => ({
          orderRef: order.orderRef,
          reference: order.externalRef,
          atMs: order.openedAt,
          amountMinor: order.total,
          withOrder: true as const,
        })),
      // Whoever hands an order over takes no money for it.
      touchedByStaff: new Set<string>(),
    };
  }
}

/** Settings and secret of the connection to such a store. */
export function foodtecConnection(origin: string) {
  return connectionTo(store, { origin, password });
}
