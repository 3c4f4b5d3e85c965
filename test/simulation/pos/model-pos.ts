import type { WireAnswer, WireRequest } from '#twins/definition.ts';
import type { BookedPayment, KitchenPackage } from '../checker.ts';
import type { Random } from '../random.ts';
import type { PosClass } from './classes.ts';
import { calmMood } from './pos.ts';
import type { OpenOrder, PosMood, SimPos, StaffAct } from './pos.ts';
import type { ModelOrder, ModelRequest, WireLine, WireRound } from './model-wire.ts';
import { Orders, dueOf, showOrder } from './model-order.ts';
import type { PosOrder } from './model-order.ts';
import { menuOf, pathsThatWrite, soldOutItem, tableRefs } from './model-wire.ts';

type PosAnswer = { readonly error?: string; readonly order?: ModelOrder; readonly packageRef?: string };

/** The one token these POSes accept. */
export const credentials = 'Bearer sesame';

/** A modelled POS: what it is told arrives as JSON, what it does shows in its kitchen. */
export class ModelPos implements SimPos {
  readonly mood: PosMood = calmMood();
  readonly tableRefs = tableRefs;
  readonly #class: PosClass;
  readonly #nowMs: () => number;
  readonly #random: Random;
  readonly #restaurant: string;
  readonly #orders = new Orders();
  readonly #packages: KitchenPackage[] = [];
  readonly #payments: BookedPayment[] = [];
  readonly #keys = new Map<string, { readonly atMs: number; readonly answer: unknown }>();
  readonly #touched = new Set<string>();
  #locked = false;
  #nextRef = 1;

  constructor(posClass: PosClass, options: { restaurant: string; nowMs: () => number; random: Random }) {
    this.#class = posClass;
    this.#restaurant = options.restaurant;
    this.#nowMs = options.nowMs;
    this.#random = options.random;
  }

  isWrite(request: WireRequest): boolean {
    return pathsThatWrite.includes(request.path);
  }

  answer(request: WireRequest): WireAnswer {
    if (this.mood.refusesCredentials || request.headers['authorization'] !== credentials)
      return { status: 401, headers: {}, body: '{}' };
    const asked = { path: request.path, ...(JSON.parse(request.body) as object) } as ModelRequest;
    const answer = this.#carryOut(asked);
    return { status: 200, headers: {}, body: JSON.stringify(answer) };
  }

  #carryOut(asked: ModelRequest): object {
    if (this.mood.busy && this.isWriteOp(asked)) return { error: 'busy' };
    switch (asked.path) {
      case '/status':
        return {
          restaurant: this.mood.wrongRestaurant ? 'elsewhere' : this.#restaurant,
          closed: this.mood.shiftTooLong,
        };
      case '/availability':
        return { soldOut: this.mood.soldOut ? [soldOutItem] : [] };
      case '/menu':
        return menuOf(this.#restaurant);
      case '/tables':
        return {
          orders: this.#seen(this.#orders.open().filter((order) => asked.tableRef.includes(order.tableRef))),
        };
      case '/order': {
        const known = this.#orders.get(asked.posRef);
        const [order] = known === undefined ? [] : this.#seen([known]);
        return order === undefined ? { error: 'order-unknown' } : { order };
      }
      case '/find':
        return { orders: this.#mayHold(asked.round) };
      case '/place':
        return this.#oncePerKey(asked.round.roundReference, () => this.#place(asked.round));
      case '/create':
        return this.#create(asked.round);
      case '/add':
        return this.#add(asked.posRef, asked.round);
      case '/pay':
        return this.#oncePerKey(asked.paymentReference, () => this.#pay(asked));
    }
  }

  isWriteOp(asked: ModelRequest): boolean {
    return pathsThatWrite.includes(asked.path);
  }

  /** Orders that a round may have come into. Its lines count as soon as a reader sees them. */
  #mayHold(round: WireRound): readonly ModelOrder[] {
    const named = round.posRef === null ? undefined : this.#orders.get(round.posRef);
    const orders = new Set([
      ...(named === undefined ? [] : [named]),
      ...this.#orders.withReference(round.orderReference),
      ...this.#orders.withRound(round.roundReference),
    ]);
    return this.#seen([...orders]).filter(
      (order) =>
        order.posRef === round.posRef ||
        order.reference === round.orderReference ||
        order.lines.some((line) => line.roundReference === round.roundReference),
    );
  }

  #oncePerKey(key: string, act: () => PosAnswer): object {
    const ttlMs = this.#class.semantics.keyTtlMs;
    if (ttlMs === null) return act();
    const kept = this.#keys.get(key);
    if (kept !== undefined && this.#nowMs() - kept.atMs < ttlMs)
      return { ...(kept.answer as object), repeated: true };
    const answer = act();
    // A no is not remembered: asked again, it is judged again.
    if (answer.error === undefined) this.#keys.set(key, { atMs: this.#nowMs(), answer });
    return answer;
  }

  #place(round: WireRound): PosAnswer {
    if (this.#class.semantics.judgesFirst && this.#isSoldOut(round.lines)) return { error: 'item-sold-out' };
    const known = this.#findReference(round.roundReference);
    if (known !== undefined) return { error: 'duplicate', ...this.#shown(known) };
    if (this.#locked) return { error: 'locked' };
    const found = this.#target(round);
    if (typeof found === 'string') return { error: found };
    if (this.#isSoldOut(round.lines)) return { error: 'item-sold-out' };
    return this.#save(found ?? this.#open(round), round);
  }

  #findReference(reference: string): PosOrder | undefined {
    const { uniqueReference } = this.#class.semantics;
    if (uniqueReference === 'never') return undefined;
    return this.#orders
      .withRound(reference)
      .find((order) => uniqueReference === 'for-ever' || order.state === 'open');
  }

  /** The order a round goes onto; undefined: one is to be made; a word: why it goes nowhere. */
  #target(round: WireRound): PosOrder | undefined | string {
    if (round.posRef !== null) {
      const order = this.#orders.get(round.posRef);
      if (order === undefined) return 'order-unknown';
      if (order.state !== 'open') return 'order-closed';
      return round.openOrder === 'join' && order.tableRef !== round.tableRef ? 'order-moved' : order;
    }
    if (this.mood.shiftTooLong) return 'shift-too-long';
    const ours = this.#orders.withReference(round.orderReference).find((order) => order.state === 'open');
    if (ours !== undefined || round.openOrder === 'own') return ours;
    const here = this.#orders.open().filter((order) => order.tableRef === round.tableRef);
    return here.length > 1 ? 'table-has-several-orders' : here[0];
  }

  #isSoldOut(lines: readonly WireLine[]): boolean {
    return this.mood.soldOut && lines.some((line) => line.itemId === soldOutItem);
  }

  #open(
    round: Pick<WireRound, 'tableRef' | 'openOrder'> & { readonly orderReference: string | null },
  ): PosOrder {
    return this.#orders.add({
      posRef: String(this.#takeRef()),
      reference: round.orderReference,
      tableRef: round.tableRef,
      state: 'open',
      version: 1,
      lines: [],
      paidMinor: 0,
      closedAtMs: null,
      payments: [],
      openedAtMs: this.#nowMs(),
      paidBefore: round.openOrder === 'own',
    });
  }

  #takeRef(): number {
    const ref = this.#nextRef;
    this.#nextRef += 1;
    return ref;
  }

  #save(order: PosOrder, round: WireRound): PosAnswer {
    const packageRef = `p${this.#takeRef()}`;
    const dropped = this.mood.dropsLines > 0 && round.lines.length > 1;
    if (dropped) this.mood.dropsLines -= 1;
    const lines = dropped ? round.lines.slice(0, -1) : round.lines;
    for (const line of lines)
      this.#orders.addLine(order, {
        lineRef: `l${this.#takeRef()}`,
        reference: line.reference,
        roundReference: round.roundReference,
        packageRef,
        itemId: line.itemId,
        quantity: line.quantity,
        priceMinor: line.priceMinor,
        tip: false,
        voided: false,
        atMs: this.#nowMs(),
      });
    order.version += 1;
    this.#packages.push({
      packageRef,
      roundReference: round.roundReference,
      orderRef: order.posRef,
      tableRef: order.tableRef,
      atMs: this.#nowMs(),
      lines: lines.map((line) => line.reference),
    });
    return { packageRef, ...this.#shown(order) };
  }

  /** First of two steps: an empty order under our reference, one however often it is asked for. */
  #create(round: WireRound): object {
    if (this.mood.shiftTooLong) return { error: 'shift-too-long' };
    const [known] = this.#orders.withReference(round.orderReference);
    return this.#shown(known ?? this.#open(round));
  }

  #add(posRef: string, round: WireRound): object {
    if (this.#locked) return { error: 'locked' };
    const order = this.#orders.get(posRef);
    if (order === undefined) return { error: 'order-unknown' };
    if (order.state !== 'open') return { error: 'order-closed' };
    return this.#isSoldOut(round.lines) ? { error: 'item-sold-out' } : this.#save(order, round);
  }

  #pay(asked: ModelRequest & { path: '/pay' }): PosAnswer {
    const order = this.#orders.get(asked.posRef);
    if (order === undefined) return { error: 'order-unknown' };
    const isPaid = order.payments.some((payment) => payment.reference === asked.paymentReference);
    if (isPaid && this.#class.semantics.uniqueReference === 'for-ever')
      return { error: 'duplicate', ...this.#shown(order) };
    if (order.state !== 'open') return { error: 'order-closed' };
    if (this.#locked) return { error: 'locked' };
    if (dueOf(order) !== asked.amountMinor) return { error: 'bill-changed' };
    for (const tip of asked.tips)
      this.#orders.addLine(order, {
        lineRef: `l${this.#takeRef()}`,
        reference: tip.reference,
        roundReference: null,
        packageRef: `p${this.#takeRef()}`,
        itemId: 'tip',
        quantity: 1,
        priceMinor: tip.amountMinor,
        tip: true,
        voided: false,
        atMs: this.#nowMs(),
      });
    const amountMinor = dueOf(order);
    const atMs = this.#nowMs();
    order.payments.push({ reference: asked.paymentReference, amountMinor, atMs });
    this.#payments.push({ orderRef: order.posRef, reference: asked.paymentReference, atMs, amountMinor });
    order.paidMinor += amountMinor;
    this.#orders.close(order, 'settled', this.#nowMs());
    order.version += 1;
    return this.#shown(order);
  }

  #shown(order: PosOrder): { readonly order: ModelOrder } {
    return { order: showOrder(order, Number.POSITIVE_INFINITY) };
  }

  #seen(orders: readonly PosOrder[]): readonly ModelOrder[] {
    const untilMs = this.#nowMs() - this.#class.capabilities.readLagMs;
    return orders.filter((order) => order.openedAtMs <= untilMs).map((order) => showOrder(order, untilMs));
  }

  openOrders(): readonly OpenOrder[] {
    return this.#orders.open().map((order) => ({
      posRef: order.posRef,
      openedAtMs: order.openedAtMs,
      rounds: [...new Set(order.lines.flatMap((line) => line.roundReference ?? []))],
    }));
  }

  lock(): void {
    this.#locked = true;
  }

  unlock(): void {
    this.#locked = false;
  }

  act(act: StaffAct, posRef: string): boolean {
    const order = this.#orders.get(posRef);
    if (order?.state !== 'open') return false;
    const { dedupeWindowMs, createDedupe } = this.#class.capabilities;
    // Staff of such a POS leave an order open that just took a round: its window is what the vendor promises for each of them. And
    // a cart that was paid beforehand stays off tables where others would join it, and close it with their bill. What they opened
    // themselves is theirs.
    const takenAtMs = order.lines.flatMap((line) => (line.roundReference === null ? [] : line.atMs));
    const newestAtMs = Math.max(order.reference === null ? 0 : order.openedAtMs, ...takenAtMs);
    const isFresh = this.#nowMs() - newestAtMs < (dedupeWindowMs ?? 0) && createDedupe === 'open-only';
    const mayBeForgotten = act === 'closes' || act === 'merges' || (act === 'moves' && order.paidBefore);
    if (mayBeForgotten && isFresh) return false;
    order.version += 1;
    if (act === 'adds') this.#typeLine(order);
    else if (act === 'voids') {
      const line = order.lines.find((entry) => !entry.voided && !entry.tip);
      if (line !== undefined) line.voided = true;
    } else if (act === 'moves') {
      order.tableRef = String((Number(order.tableRef) % this.tableRefs.length) + 1);
      this.#touched.add(order.posRef);
    } else if (act === 'merges') return this.#merge(order);
    else {
      order.paidMinor += dueOf(order);
      this.#orders.close(order, 'settled', this.#nowMs());
      this.#touched.add(order.posRef);
    }
    return true;
  }

  /** Two tables move together. Carts that were paid beforehand have no bill to put together. */
  #merge(order: PosOrder): boolean {
    if (order.paidBefore) return false;
    const into = this.#orders.open().find((other) => !other.paidBefore && other.posRef !== order.posRef);
    if (into === undefined) return false;
    this.#orders.moveLines(order, into);
    into.version += 1;
    this.#orders.close(order, 'voided', this.#nowMs());
    this.#touched.add(order.posRef).add(into.posRef);
    return true;
  }

  openAtTill(tableRef: string): void {
    this.#typeLine(this.#open({ tableRef, openOrder: 'join', orderReference: null }));
  }

  #typeLine(order: PosOrder): void {
    this.#orders.addLine(order, {
      lineRef: `l${this.#takeRef()}`,
      reference: null,
      roundReference: null,
      packageRef: `p${this.#takeRef()}`,
      itemId: 'soup',
      quantity: this.#random.between(1, 3),
      priceMinor: 500,
      tip: false,
      voided: false,
      atMs: this.#nowMs(),
    });
  }

  truth() {
    return { packages: this.#packages, payments: this.#payments, touchedByStaff: this.#touched };
  }
}
