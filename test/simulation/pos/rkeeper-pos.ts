import { connectionTo } from '#connectors/rkeeper/twin/connection.ts';
import { fiumeAlPorto, osteriaFiume } from '#connectors/rkeeper/twin/houses.ts';
import { makeRkeeperWorld } from '#connectors/rkeeper/twin/world.ts';
import { referenceOfGuid } from '#domain/reference.ts';
import type { TwinWorld, WireAnswer, WireRequest } from '#twins/definition.ts';
import type { Random } from '../random.ts';
import { calmMood } from './pos.ts';
import type { OpenOrder, PosMood, SimPos, StaffAct } from './pos.ts';
import { press } from './press.ts';

/** What the twin's page shows of an order, as far as it is read here. */
type ShownOrder = {
  readonly orderRef: string;
  readonly restaurant: string;
  readonly state: string;
  readonly table: string;
  readonly openedAt: number;
  readonly packages: readonly {
    readonly packageRef: string;
    readonly station: string | null;
    readonly at: number;
    readonly lines: readonly { readonly lineRef: string; readonly name: string }[];
  }[];
  readonly payments: readonly { readonly reference: string | null; readonly amount: number }[];
};

/** Our packages come from the station that the connection is. A waiter adds to our orders at another. */
const ourStation = 'Cassa Tableside';
const writeCommands: readonly string[] = ['CreateOrder', 'SaveOrder', 'PayOrder', 'WaiterMessage'];
const password = 'simulated';
const guestTables = 12;

export const rkeeperHouses = [osteriaFiume, fiumeAlPorto] as const;

/** The real connector's other side: the R-Keeper twin's world, without its sockets. */
export class RkeeperPos implements SimPos {
  readonly mood: PosMood = calmMood();
  readonly tableRefs: readonly string[];
  readonly #world: TwinWorld;
  readonly #tableNames: readonly string[];
  readonly #random: Random;
  readonly #nowMs: () => number;
  readonly #touched = new Set<string>();
  readonly #paidAt = new Map<string, number>();
  #locked: readonly string[] = [];
  #shift: 'open' | 'closing' | 'too-long' = 'open';
  #soldOut = false;

  constructor(house: number, options: { nowMs: () => number; random: Random }) {
    const seed = rkeeperHouses[house % rkeeperHouses.length] ?? osteriaFiume;
    this.#world = makeRkeeperWorld({
      nowMs: options.nowMs,
      randomBytes: options.random.bytes,
      restaurants: [seed],
      password,
    });
    this.#random = options.random;
    this.#nowMs = options.nowMs;
    this.tableRefs = seed.tables.slice(0, guestTables).map((table) => String(table.ident));
    this.#tableNames = seed.tables.slice(0, guestTables).map((table) => table.name);
  }

  isWrite(request: WireRequest): boolean {
    return this.#world.namesOf(request).some((name) => writeCommands.includes(name));
  }

  answer(request: WireRequest): WireAnswer {
    this.#follow();
    if (this.mood.refusesCredentials) return { status: 401, headers: {}, body: 'Unauthorized' };
    const answer = this.#world.answer(request);
    this.#notePayments(request);
    return answer;
  }

  /** The till's people do what the mood says. */
  #follow(): void {
    const shift = this.mood.shiftTooLong ? 'too-long' : this.mood.busy ? 'closing' : 'open';
    if (shift !== this.#shift) {
      this.#shift = shift;
      press(this.#world, 'open-shift', {});
      if (shift !== 'open') press(this.#world, 'close-shift', { tooLong: shift === 'too-long' });
    }
    if (this.mood.soldOut !== this.#soldOut) {
      this.#soldOut = this.mood.soldOut;
      press(this.#world, 'sell-out', { item: 806, available: !this.#soldOut });
    }
    this.#world.setDefects(new Set(this.mood.wrongRestaurant ? ['wrong-restaurant'] : []));
  }

  /** The day report keeps no instants, so the till's clock is read when a payment appears. */
  #notePayments(request: WireRequest): void {
    if (!this.#world.namesOf(request).includes('PayOrder')) return;
    for (const order of this.#orders())
      for (const { reference } of order.payments)
        if (reference !== null && !this.#paidAt.has(reference)) this.#paidAt.set(reference, this.#nowMs());
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
        rounds: order.packages
          .filter((entry) => entry.station === ourStation)
          .flatMap((entry) => referenceOfGuid(entry.packageRef) ?? []),
      }));
  }

  lock(): void {
    this.#locked = this.openOrders().map((order) => order.posRef);
    const code = this.#random.chance(0.5) ? 13 : 2219;
    for (const orderRef of this.#locked) press(this.#world, 'lock', { orderRef, code });
  }

  unlock(): void {
    for (const orderRef of this.#locked) press(this.#world, 'unlock', { orderRef });
    this.#locked = [];
  }

  act(act: StaffAct, orderRef: string): boolean {
    switch (act) {
      case 'adds':
        return press(this.#world, 'add-lines', { orderRef, lines: [{ item: 806 }] });
      case 'voids': {
        const order = this.#orders().find((entry) => entry.orderRef === orderRef);
        const line = order?.packages.flatMap((entry) => entry.lines)[0];
        return line !== undefined && press(this.#world, 'void', { orderRef, line: line.lineRef });
      }
      case 'moves':
        this.#touched.add(orderRef);
        return press(this.#world, 'edit', { orderRef, table: this.#random.pick(this.#tableNames) });
      case 'closes':
        this.#touched.add(orderRef);
        return press(this.#world, 'settle', { orderRef });
      case 'merges':
        return false;
    }
  }

  openAtTill(tableRef: string): void {
    press(this.#world, 'open-order', { table: Number(tableRef), lines: [{ item: 806 }] });
  }

  truth() {
    const printed = new Map(
      this.#world
        .tickets()
        .filter((ticket) => ticket.kind === 'order')
        .map((ticket) => [ticket.packageRef, ticket.at]),
    );
    const orders = this.#orders();
    return {
      packages: orders.flatMap((order) =>
        order.packages.flatMap((entry) => {
          const atMs = printed.get(entry.packageRef);
          if (atMs === undefined) return [];
          return {
            packageRef: entry.packageRef,
            roundReference:
              entry.station === ourStation ? (referenceOfGuid(entry.packageRef) ?? entry.packageRef) : null,
            orderRef: order.orderRef,
            tableRef: order.table,
            atMs,
            lines: entry.lines.map((line) => referenceOfGuid(line.lineRef) ?? line.name),
          };
        }),
      ),
      payments: orders.flatMap((order) =>
        order.payments.flatMap(({ reference, amount: amountMinor }) =>
          reference === null
            ? []
            : {
                orderRef: order.orderRef,
                reference,
                atMs: this.#paidAt.get(reference) ?? 0,
                amountMinor,
              },
        ),
      ),
      touchedByStaff: this.#touched,
    };
  }
}

/** Settings and secret of the connection to such a POS. */
export function rkeeperConnection(house: number, origin: string) {
  const seed = rkeeperHouses[house % rkeeperHouses.length] ?? osteriaFiume;
  return connectionTo(seed, { origin, isFirst: true, password });
}
